//! What is shown of treatments, invitations and reviews.

use poem_openapi::Object;
use serde::Serialize;
use uuid::Uuid;

use super::draft::Dimensions;
use super::rating::RatingSummary;
use super::review::{Review, ReviewState, Written};
use super::treatment::Treatment;
use crate::platform::clock::Ts;
use crate::platform::http::Total;
use crate::vocabulary::{
    Condition, Incentive, Relationship, RemovalReason, ReviewStage, ReviewVerification, Service,
};

/// A treatment, to the listing's keeper.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "Treatment", skip_serializing_if_is_none)]
pub struct TreatmentView {
    /// Its id.
    pub id: Uuid,
    /// The address of the listing's treatments.
    pub url: String,
    /// What was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// The days of its sessions.
    pub sessions: Vec<String>,
    /// How the client is invited: to their e-mail address, or by the printed card.
    pub invited_by: String,
    /// Whether the client's address is still kept. It is erased thirteen months after the last session.
    pub contact_kept: bool,
    /// When it was recorded.
    pub created_at: Ts,
    /// When it was recorded: what changes afterwards is its sessions.
    pub updated_at: Ts,
    /// The code to print on the card, in the answer to the recording alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<CardView>,
}

/// What a printed card says.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "InvitationCard")]
pub struct CardView {
    /// The client's code. It is shown once, here.
    pub code: String,
    /// The page where it is used; for a QR code.
    pub address: String,
    /// Until when.
    pub expires_at: Ts,
    /// How a review written with it is labelled.
    pub label: String,
}

impl TreatmentView {
    /// The view of a treatment.
    pub fn new(treatment: &Treatment, public_url: &str) -> Self {
        Self {
            id: treatment.id,
            url: format!("{public_url}/v1/practitioners/{}/treatments", treatment.listing),
            service: treatment.service,
            sessions: treatment.sessions.iter().map(ToString::to_string).collect(),
            invited_by: if treatment.card { "printed-card" } else { "e-mail" }.to_owned(),
            contact_kept: treatment.contact.is_some(),
            created_at: treatment.created_at,
            updated_at: treatment.created_at,
            card: None,
        }
    }
}

/// An invitation, to whoever holds its token.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "ReviewInvitation", skip_serializing_if_is_none)]
pub struct InvitationView {
    /// The listing.
    pub listing: String,
    /// The listing's address.
    pub listing_url: String,
    /// What was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// The days of the sessions.
    pub sessions: Vec<String>,
    /// The stage a review written today is of.
    pub stage: ReviewStage,
    /// What the review will show about how it was checked.
    pub verification: ReviewVerification,
    /// Until when the invitation can be used, once.
    pub expires_at: Ts,
    /// Whether a review was written before, which the next version goes on from.
    pub written_before: bool,
    /// What to do: POST a review to this same address.
    pub next: String,
}

/// A review.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "Review", skip_serializing_if_is_none)]
pub struct ReviewView {
    /// Its id.
    pub id: Uuid,
    /// Its address.
    pub url: String,
    /// The number of the listing it is about.
    pub listing: String,
    /// The listing's address.
    pub listing_url: String,
    /// Whether it is shown. Of a removed one the stars, the dates and the reason are left.
    pub state: ReviewState,
    /// What was done to check it.
    pub verification: ReviewVerification,
    /// The same in words.
    pub verification_label: String,
    /// The stage of the latest version: how long after the last session it was written.
    pub stage: ReviewStage,
    /// Overall, 1 to 5.
    pub stars: u8,
    /// Beside the stars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<Dimensions>,
    /// Whether the author would recommend the practitioner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub would_recommend: Option<bool>,
    /// What ties the author to the practitioner.
    pub relationship: Relationship,
    /// What the author was given or promised.
    pub incentive: Incentive,
    /// What the author came with, by their own word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// In the author's words: plain text, never markup.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// When the latest version was written.
    pub written_at: Ts,
    /// When the first version was received and published.
    pub received_at: Ts,
    /// When anything shown here changed last.
    pub updated_at: Ts,
    /// Counts its changes.
    pub version: i64,
    /// How many found it helpful.
    pub helpful: i64,
    /// What it said before, oldest first, the latest version included.
    pub versions: Vec<ReviewVersionView>,
    /// What the practitioner says to it, every version, oldest first. The last one counts.
    pub replies: Vec<ReviewReplyView>,
    /// Why and when it was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removal: Option<ReviewRemovalView>,
}

/// One version of a practitioner's reply.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "ReviewReply")]
pub struct ReviewReplyView {
    /// The practitioner's words.
    pub text: String,
    /// When they were written.
    pub at: Ts,
}

/// One version of a review.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "ReviewVersion", skip_serializing_if_is_none)]
pub struct ReviewVersionView {
    /// The review's version from then on.
    pub version: i64,
    /// The stage it was written at.
    pub stage: ReviewStage,
    /// Overall, 1 to 5.
    pub stars: u8,
    /// Beside the stars.
    pub dimensions: Dimensions,
    /// Whether the author would recommend the practitioner.
    pub would_recommend: bool,
    /// In the author's words.
    pub text: String,
    /// When it was written.
    pub at: Ts,
}

/// Why a review is not shown any more.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "ReviewRemoval")]
pub struct ReviewRemovalView {
    /// Why.
    pub reason: RemovalReason,
    /// The same in words.
    pub label: String,
    /// When.
    pub at: Ts,
}

impl ReviewView {
    /// The view of a review, its versions and the versions of its reply, oldest first.
    pub fn new<'a>(
        review: &Review,
        versions: impl Iterator<Item = &'a Written>,
        replies: impl Iterator<Item = (&'a str, Ts)>,
        public_url: &str,
    ) -> Self {
        let shown = review.state == ReviewState::Published;
        let draft = &review.draft;
        let version = |one: &Written| ReviewVersionView {
            version: one.version,
            stage: one.stage,
            stars: one.draft.stars,
            dimensions: one.draft.dimensions.clone(),
            would_recommend: one.draft.would_recommend,
            text: one.draft.text.clone(),
            at: one.at,
        };
        Self {
            id: review.id,
            url: format!("{public_url}/v1/reviews/{}", review.id),
            listing: review.listing.to_string(),
            listing_url: format!("{public_url}/v1/practitioners/{}", review.listing),
            state: review.state,
            verification: review.verification,
            verification_label: review.verification.label().to_owned(),
            stage: review.stage,
            stars: draft.stars,
            dimensions: shown.then(|| draft.dimensions.clone()),
            would_recommend: shown.then_some(draft.would_recommend),
            relationship: draft.relationship,
            incentive: draft.incentive,
            condition: draft.condition.filter(|_| shown),
            text: shown.then(|| draft.text.clone()),
            written_at: review.written_at,
            received_at: review.received_at,
            updated_at: review.updated_at,
            version: review.version,
            helpful: review.helpful,
            versions: versions.filter(|_| shown).map(version).collect(),
            replies: replies
                .filter(|_| shown)
                .map(|(text, at)| ReviewReplyView { text: text.to_owned(), at })
                .collect(),
            removal: review.removal.map(|(reason, at)| ReviewRemovalView {
                reason,
                label: reason.label().to_owned(),
                at,
            }),
        }
    }
}

/// A review that was just written, to its author alone.
#[derive(Clone, Debug, Object, Serialize)]
pub struct SubmittedReview {
    /// The review as everybody sees it.
    pub review: ReviewView,
    /// What shows later that the review is yours: to withdraw it or to appeal. Keep it.
    pub author_token: String,
}

/// A page of the reviews of a listing, and what all of them come to.
#[derive(Clone, Debug, Object, Serialize)]
pub struct ReviewPage {
    /// The items of this page, in the order asked for.
    pub items: Vec<ReviewView>,
    /// How many there are over all pages.
    pub total: Total,
    /// What to send as `cursor` for the next page; null on the last one.
    #[oai(nullable)]
    pub next_cursor: Option<String>,
    /// What all reviews of the listing come to, whatever was filtered.
    pub summary: RatingSummary,
    /// The licence of these facts.
    pub licence: String,
    /// Whom to name when they are reused.
    pub attribution: String,
}
