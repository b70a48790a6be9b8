//! Types and rules: what a listing may say, how names and addresses are compared, what a change was.

mod clinic;
mod contact;
mod earlier;
mod history;
mod hours;
mod listing;
mod lookup;
mod names;
mod portrait;
mod profile;
mod social;
mod text;
mod ties;
mod view;
mod web;

pub use clinic::*;
pub use contact::email;
pub use earlier::*;
pub use history::*;
pub use hours::{DayOfWeek, OpeningHours};
pub use listing::*;
pub use lookup::*;
pub use names::{NameMatch, PersonNames, fold, name_key, same_name, same_person_name};
pub use portrait::*;
pub use profile::*;
pub use social::{SocialProfile, SocialProfileInput};
pub use text::{paragraphs, statement};
pub use ties::*;
pub use view::*;

use poem_openapi::Enum;
use serde::Serialize;
use time::Date;
use uuid::Uuid;

use crate::platform::clock::Ts;
use crate::platform::id::Number;
use crate::platform::problem::{Code, Error};

/// The listing was merged into another, which answers for it.
pub const MOVED: Code = Code::new("moved", 301, "The listing was merged into another");
/// The listing was removed; its number is never given out again.
pub const LISTING_REMOVED: Code = Code::new("listing-removed", 410, "The listing was removed");
/// A portrait that is not an image this service can read.
pub const NOT_AN_IMAGE: Code = Code::new("not-an-image", 422, "The portrait cannot be read as an image");
/// Another picture is shown now.
pub const PORTRAIT_REPLACED: Code = Code::new("portrait-replaced", 302, "The portrait was replaced");

/// Every code of this room, in order of status.
pub const CODES: &[Code] = &[
    MOVED,
    PORTRAIT_REPLACED,
    TIED_TO_LISTING,
    SAME_OPERATOR,
    NOTHING_TO_APPEAL,
    APPEALED_ALREADY,
    APPEAL_TOO_LATE,
    DECIDED_ALREADY,
    OBJECTED_ALREADY,
    LISTING_REMOVED,
    NOT_AN_IMAGE,
];

/// A listing: a practitioner and all that it says about them.
#[derive(Clone, Debug, PartialEq)]
pub struct Practitioner {
    /// Its id inside the directory.
    pub id: Uuid,
    /// Its public number.
    pub number: Number,
    /// Raised by every change of the listing itself; what `If-Match` names.
    pub version: i64,
    /// What it says.
    pub profile: Profile,
    /// The name of the portrait's renditions in the blob store.
    pub portrait: Option<String>,
    /// Where the practitioner works, in the order they were added.
    pub clinics: Vec<Practice>,
    /// Earlier listings that it shares something with, and that are shown.
    pub earlier: Vec<Earlier>,
    /// When it was made.
    pub created_at: Ts,
    /// When anything shown on it changed last.
    pub updated_at: Ts,
}

impl Practitioner {
    /// The path under `/v1`: its subject in the change feed.
    pub fn subject(&self) -> String {
        subject(self.number)
    }

    /// The clinics where the practitioner works on a day.
    pub fn clinics_on(&self, today: Date) -> impl Iterator<Item = &Practice> {
        self.clinics.iter().filter(move |practice| practice.is_current(today))
    }

    /// The names a certificate may have been made out to.
    pub fn person_names(&self) -> PersonNames<'_> {
        PersonNames {
            name: &self.profile.name,
            given: self.profile.given_name.as_deref(),
            family: self.profile.family_name.as_deref(),
            former: &self.profile.former_names,
        }
    }
}

/// The subject of a listing in the change feed.
pub fn subject(number: Number) -> String {
    format!("practitioners/{number}")
}

/// The subject of a clinic in the change feed.
pub fn clinic_subject(id: Uuid) -> String {
    format!("clinics/{id}")
}

/// Why a listing was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum, sqlx::Type)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum ListingRemoval {
    /// The practitioner asked for it.
    Withdrawn,
    /// The practitioner no longer works.
    Retired,
    /// The practitioner has died.
    Deceased,
    /// There is no such practitioner, or somebody pretended to be one.
    NotGenuine,
    /// It was about something other than scalp micropigmentation.
    OffTopic,
    /// A court or an authority ordered it.
    LegalOrder,
}

impl ListingRemoval {
    /// Whether a keeper may give this reason; the others are for operators.
    pub const fn is_keepers(self) -> bool {
        matches!(self, Self::Withdrawn | Self::Retired)
    }

    /// Whether nothing about the person is kept: where it was theirs to ask. What was removed for
    /// other reasons is hidden, and stays as evidence.
    pub const fn erases(self) -> bool {
        matches!(self, Self::Withdrawn)
    }

    /// The rest of the sentence "This listing was removed: …".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Withdrawn => "the practitioner asked for it",
            Self::Retired => "the practitioner no longer works",
            Self::Deceased => "the practitioner has died",
            Self::NotGenuine => "it was not genuine",
            Self::OffTopic => "it was not about scalp micropigmentation",
            Self::LegalOrder => "a court or an authority ordered it",
        }
    }
}

/// What has become of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is listed.
    Listed {
        /// The listing's id.
        id: Uuid,
        /// Its version.
        version: i64,
    },
    /// It was merged into another listing, which answers for it.
    Merged {
        /// The listing's id.
        id: Uuid,
        /// The number of the surviving listing.
        into: Number,
        /// When.
        at: Ts,
    },
    /// It was removed.
    Removed {
        /// The listing's id.
        id: Uuid,
        /// Why.
        reason: ListingRemoval,
        /// When.
        at: Ts,
    },
}

/// Why there is no listing under a number: 404, 410 with the reason, or 301 to the one that answers
/// for it. `rest` is what follows the number in the path, such as `/history`.
#[track_caller]
pub fn absence(number: Number, standing: Option<&Standing>, rest: &str) -> Error {
    match standing {
        None | Some(Standing::Listed { .. }) => Error::not_found(format!(
            "No listing has the number {number}. The number itself is well formed; it was never given out."
        )),
        Some(Standing::Merged { into, at, .. }) => {
            Error::new(MOVED, format!("The listing {number} was merged into {into} on {}.", at.date()))
                .with_header("location", format!("/v1/practitioners/{into}{rest}"))
                .with_member("number", into.to_string())
        }
        Some(Standing::Removed { reason, at, .. }) => Error::new(
            LISTING_REMOVED,
            format!("The listing {number} was removed on {}: {}.", at.date(), reason.words()),
        )
        .with_member("reason", serde_json::json!(reason))
        .with_member("removed_at", at.to_string()),
    }
}
