//! What a case is and the rules it lives by: no await, no SQL, no HTTP.

mod consent;
mod details;
mod gallery;
mod hold;
mod letter;
mod like;
mod looks;
mod photo;
mod portfolio;
mod shelf;
mod upload;
mod view;

pub use consent::*;
pub use details::{Details, Loss, Traits};
pub use gallery::*;
pub use hold::*;
pub(super) use letter::consent_letter;
pub use like::{Like, Likeness};
pub use looks::*;
pub use photo::*;
pub use portfolio::*;
pub use upload::{Progress, Upload, UploadState, Uploads};
pub use view::*;

use poem_openapi::Enum;
use serde::Serialize;
use time::Date;
use uuid::Uuid;

use crate::platform::clock::Ts;
use crate::platform::id::Number;
use crate::platform::problem::{Code, Error, Fault};

/// The case cannot be shown as it stands.
pub const NOT_PUBLISHABLE: Code = Code::new("not-publishable", 422, "The case cannot be shown as it stands");
/// The case is over: the client withdrew, its consent ran out, or its keeper took it away.
pub const CASE_ENDED: Code = Code::new("case-ended", 410, "This case was taken away for good");
/// The case has as many photos, or the listing as many cases, as it may have.
pub const TOO_MANY: Code = Code::new("too-many-in-case", 409, "There are as many of these as there may be");
/// The client has confirmed the case, so there is no second link.
pub const CONFIRMED: Code = Code::new("client-confirmed", 409, "The client has confirmed this case");
/// The link was not made here, was replaced, or is too old.
pub const LINK_SPENT: Code =
    Code::new("consent-link-spent", 410, "This consent link does not work, or not any more");

/// Every code of this room.
pub const CODES: &[Code] = &[NOT_PUBLISHABLE, CASE_ENDED, TOO_MANY, CONFIRMED, LINK_SPENT];

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum, sqlx::Type)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum CaseState {
    /// Its keeper works on it; nobody else sees it.
    Draft,
    /// It is shown.
    Published,
    /// It was taken away, and nothing of it is kept.
    Ended,
}

/// Why a case was taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum, sqlx::Type)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum CaseEnd {
    /// Its keeper removed it.
    Removed,
    /// The client withdrew their consent.
    ConsentWithdrawn,
    /// The client's consent ran out.
    ConsentExpired,
    /// The listing it belonged to was removed.
    ListingRemoved,
    /// Its photos were somebody else's.
    NotTheirs,
    /// Its photos were held to be somebody else's, and were not.
    TakenAwayWrongly,
}

impl CaseEnd {
    /// The rest of the sentence "This case was taken away: …".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Removed => "its keeper removed it",
            Self::ConsentWithdrawn => "the client withdrew their consent",
            Self::ConsentExpired => "the client's consent ran out",
            Self::ListingRemoved => "the listing it belonged to was removed",
            Self::NotTheirs => "its photos were somebody else's",
            Self::TakenAwayWrongly => "its photos were held to be somebody else's, wrongly",
        }
    }
}

/// A case as the directory keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its id.
    pub id: Uuid,
    /// The listing it belongs to.
    pub practitioner: Uuid,
    /// That listing's number.
    pub listing: Number,
    /// Raised by every change of its keeper; what `If-Match` names.
    pub version: i64,
    /// Where it stands.
    pub state: CaseState,
    /// What it says.
    pub details: Details,
    /// What the client confirmed.
    pub confirmation: Option<Confirmation>,
    /// When it was first shown.
    pub published_at: Option<Ts>,
    /// When it was taken away, and why.
    pub ended: Option<(Ts, CaseEnd)>,
    /// When it was made.
    pub created_at: Ts,
    /// When anything of it changed last.
    pub updated_at: Ts,
}

impl Case {
    /// The path under `/v1`: its subject in the change feed.
    pub fn subject(&self) -> String {
        format!("cases/{}", self.id)
    }

    /// The consent it rests on; the client's own word comes first.
    pub fn grounds(&self) -> Option<Grounds<'_>> {
        match (&self.confirmation, &self.details.consent) {
            (Some(own), _) => Some(Grounds { scopes: &own.scopes, until: own.until }),
            (None, Some(stated)) => Some(Grounds { scopes: &stated.scopes, until: stated.until }),
            (None, None) => None,
        }
    }

    /// Whether everybody may see it on that day, as far as the case itself goes.
    pub fn is_shown(&self, today: Date) -> bool {
        self.state == CaseState::Published && self.grounds().is_some_and(|grounds| grounds.cover(today))
    }

    /// Everything that is missing before it can be shown.
    pub fn gaps(&self, photos: &[Photo], today: Date) -> Vec<Fault> {
        let mut gaps = self.details.gaps();
        gaps.extend(photo_gaps(photos));
        if !self.grounds().is_some_and(|grounds| grounds.cover(today)) {
            gaps.push(Fault::new(
                "/consent",
                "no-consent",
                "Being shown needs the client's consent for `directory` and `api`, still in force: stated here, \
                 or confirmed by the client with a consent link.",
            ));
        }
        gaps
    }

    /// Refuses a published case that could not be published as it stands.
    ///
    /// # Errors
    /// 422 `not-publishable` with everything that is missing.
    pub fn check_shown(&self, photos: &[Photo], today: Date) -> Result<(), Error> {
        if self.state != CaseState::Published {
            return Ok(());
        }
        let gaps = self.gaps(photos, today);
        if gaps.is_empty() {
            return Ok(());
        }
        let detail =
            "A case that is shown has all of what `errors` names. Add it first, or set `published` to false.";
        Err(Error::new(NOT_PUBLISHABLE, detail).with_faults(gaps))
    }

    /// Whether the sessions fit every photo; faults at `/sessions`.
    pub fn photo_date_faults(&self, photos: &[Photo]) -> Vec<Fault> {
        let wrong = photos.iter().filter_map(|photo| photo.facts.impossible(&self.details));
        wrong.map(|why| Fault::new("/sessions", "impossible-date", why)).collect()
    }
}

/// The problem of a case that was taken away.
#[track_caller]
pub fn ended(at: Ts, reason: CaseEnd) -> Error {
    Error::new(CASE_ENDED, format!("This case was taken away on {}: {}.", at.date(), reason.words()))
        .with_member("reason", serde_json::json!(reason))
}

/// The problem of a case that is not there, or not for this caller to see.
#[track_caller]
pub fn no_such_case(id: Uuid) -> Error {
    Error::not_found(format!("There is no case {id} to be seen. GET /v1/cases finds cases."))
}
