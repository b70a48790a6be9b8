//! What people do about reviews and practitioners beyond writing: report, remove, appeal, prove, and
//! raise a concern.

use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::id::Number;
use crate::vocabulary::RemovalReason;

/// Who says that a review should be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Enum, Serialize)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum ReportSource {
    /// A person.
    Person,
    /// A rule that looks for patterns.
    Signal,
}

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Enum, Serialize)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum ReportState {
    /// It waits for an operator.
    Open,
    /// The review stays.
    Dismissed,
    /// The review was removed.
    ActedOn,
}

/// A pattern that a person shall look at. It never removes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// One mailbox wrote about several treatments.
    SameMailbox,
    /// One network address wrote about several treatments of a listing within a month.
    SameAddress,
    /// The mailbox is the listing's own, or the caller held its token.
    OwnListing,
    /// The text nearly is another review's.
    NearDuplicate,
    /// Unusually many reviews of a listing within a day.
    Burst,
}

impl Signal {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SameMailbox => "same-mailbox",
            Self::SameAddress => "same-address",
            Self::OwnListing => "own-listing",
            Self::NearDuplicate => "near-duplicate",
            Self::Burst => "burst",
        }
    }
}

/// A report of a review.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its id.
    pub id: Uuid,
    /// The review.
    pub review_id: Uuid,
    /// Who says so.
    pub source: ReportSource,
    /// A removal reason, or a signal's word.
    pub reason: String,
    /// In words.
    pub detail: String,
    /// What stands for the reporter's address.
    pub reporter_mark: Option<Vec<u8>>,
    /// What became of it.
    pub state: ReportState,
    /// When it was made.
    pub at: Ts,
    /// When it was closed.
    pub closed_at: Option<Ts>,
}

/// A report, to operators.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "ReviewReport", skip_serializing_if_is_none)]
pub struct ReportView {
    /// Its id.
    id: Uuid,
    /// The address of the review.
    url: String,
    /// The review.
    review: Uuid,
    /// Who says so.
    source: ReportSource,
    /// A code of `removal-reasons`; of a signal `same-mailbox`, `same-address`, `own-listing`,
    /// `near-duplicate` or `burst`.
    reason: String,
    /// In words.
    detail: String,
    /// What became of it.
    state: ReportState,
    /// When it was made.
    at: Ts,
    /// When it was made or closed.
    updated_at: Ts,
}

impl ReportView {
    /// The view of a report.
    pub fn new(report: &Report, public_url: &str) -> Self {
        Self {
            id: report.id,
            url: format!("{public_url}/v1/reviews/{}", report.review_id),
            review: report.review_id,
            source: report.source,
            reason: report.reason.clone(),
            detail: report.detail.clone(),
            state: report.state,
            at: report.at,
            updated_at: report.closed_at.unwrap_or(report.at),
        }
    }
}

/// What an appeal came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Enum, Serialize)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum AppealOutcome {
    /// The review stays removed.
    Upheld,
    /// The review is shown again.
    Restored,
}

/// The removal of a review by an operator: the statement of reasons, and what became of an appeal.
#[derive(Clone, Debug)]
pub struct Removal {
    /// Its id.
    pub id: Uuid,
    /// The review.
    pub review_id: Uuid,
    /// Why.
    pub reason: RemovalReason,
    /// What the decision rests on.
    pub facts: String,
    /// When.
    pub at: Ts,
    /// The token that decided.
    pub decided_by_token: Uuid,
    /// Whose it is.
    pub decided_by: String,
    /// What the author says against it, and when they said so.
    pub appeal: Option<(String, Ts)>,
    /// What became of the appeal, on what findings, and when.
    pub outcome: Option<(AppealOutcome, String, Ts)>,
}

impl Removal {
    /// Until when it can be appealed.
    pub fn appeal_until(&self) -> Ts {
        self.at.plus(limits::APPEAL_WINDOW)
    }
}

/// The statement of reasons, to the author and to operators.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "StatementOfReasons", skip_serializing_if_is_none)]
pub struct StatementView {
    /// The address of the review.
    url: String,
    /// The ground: a code of `removal-reasons`.
    reason: RemovalReason,
    /// The same in words.
    label: String,
    /// The facts the decision rests on.
    facts: String,
    /// Whether a machine decided. It never does.
    automated: bool,
    /// Who decided.
    decided_by: String,
    /// When.
    at: Ts,
    /// Until when the author may appeal, to another person.
    appeal_until: Ts,
    /// When the author did.
    #[serde(skip_serializing_if = "Option::is_none")]
    appealed_at: Option<Ts>,
    /// What became of the appeal.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<AppealOutcome>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome_at: Option<Ts>,
}

impl StatementView {
    /// The statement of a removal.
    pub fn new(removal: &Removal, public_url: &str) -> Self {
        Self {
            url: format!("{public_url}/v1/reviews/{}", removal.review_id),
            reason: removal.reason,
            label: removal.reason.label().to_owned(),
            facts: removal.facts.clone(),
            automated: false,
            decided_by: removal.decided_by.clone(),
            at: removal.at,
            appeal_until: removal.appeal_until(),
            appealed_at: removal.appeal.as_ref().map(|(_, at)| *at),
            outcome: removal.outcome.as_ref().map(|(outcome, ..)| *outcome),
            findings: removal.outcome.as_ref().map(|(_, findings, _)| findings.clone()),
            outcome_at: removal.outcome.as_ref().map(|(.., at)| *at),
        }
    }
}

/// What kind of proof an author sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum ProofKind {
    /// A receipt.
    Receipt,
    /// A deposit that was paid.
    Deposit,
    /// Messages about the booking.
    BookingMessage,
}

/// Proof that a treatment took place, to the operator who judges it.
#[derive(Clone, Debug, Object, Serialize, Deserialize)]
#[oai(rename = "ReviewProof", skip_serializing_if_is_none)]
pub struct Proof {
    /// What it is.
    pub kind: ProofKind,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The file, base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What the file is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
}

/// What a concern is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Enum, Serialize)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum ConcernKind {
    /// Somebody was or may be hurt.
    Unsafe,
    /// The practitioner is not trained.
    Untrained,
    /// Somebody pretends to be another.
    Impersonation,
}

impl ConcernKind {
    /// How long an operator has to look into it.
    pub const fn deadline(self) -> std::time::Duration {
        match self {
            Self::Unsafe => limits::CONCERN_URGENT,
            Self::Untrained | Self::Impersonation => limits::CONCERN_USUAL,
        }
    }
}

/// What became of a concern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Enum, Serialize)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum ConcernState {
    /// It is being looked into.
    Open,
    /// It is so.
    Upheld,
    /// It is not so.
    Unfounded,
}

/// A concern about a practitioner.
#[derive(Clone, Debug)]
pub struct Concern {
    /// Its id.
    pub id: Uuid,
    /// The listing's id.
    pub practitioner_id: Uuid,
    /// The listing's number.
    pub listing: Number,
    /// The review that said so.
    pub review_id: Option<Uuid>,
    /// What it is about.
    pub kind: ConcernKind,
    /// In words.
    pub detail: String,
    /// What became of it.
    pub state: ConcernState,
    /// When it was raised.
    pub opened_at: Ts,
    /// By when it is to be decided.
    pub due_at: Ts,
    /// What was found.
    pub findings: Option<String>,
    /// When anything of it changed last.
    pub updated_at: Ts,
}

/// A concern, to operators.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "Concern", skip_serializing_if_is_none)]
pub struct ConcernView {
    /// Its id.
    id: Uuid,
    /// The address of the listing it is about.
    url: String,
    /// The listing's number.
    listing: String,
    /// The review that said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<Uuid>,
    /// What it is about.
    kind: ConcernKind,
    /// In words.
    detail: String,
    /// What became of it.
    state: ConcernState,
    /// When it was raised.
    opened_at: Ts,
    /// By when it is to be decided.
    due_at: Ts,
    /// Whether that time is over and it is still open.
    overdue: bool,
    /// What was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<String>,
    /// When anything of it changed last.
    updated_at: Ts,
}

impl ConcernView {
    /// The view of a concern.
    pub fn new(concern: &Concern, public_url: &str, now: Ts) -> Self {
        Self {
            id: concern.id,
            url: format!("{public_url}/v1/practitioners/{}", concern.listing),
            listing: concern.listing.to_string(),
            review: concern.review_id,
            kind: concern.kind,
            detail: concern.detail.clone(),
            state: concern.state,
            opened_at: concern.opened_at,
            due_at: concern.due_at,
            overdue: concern.state == ConcernState::Open && concern.due_at < now,
            findings: concern.findings.clone(),
            updated_at: concern.updated_at,
        }
    }
}
