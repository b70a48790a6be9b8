//! Photos that look like somebody else's: what a person has to decide, and what speaks for either side.

use poem_openapi::Enum;
use serde::Serialize;
use uuid::Uuid;

use super::{Case, Photo};
use crate::platform::clock::Ts;

/// What was decided about a photo that waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum, sqlx::Type)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum HoldDecision {
    /// They are different pictures: the photo is shown.
    Unrelated,
    /// The picture belongs to the known case: the new one is taken away.
    KeepKnown,
    /// The picture belongs to the new case: the known one is taken away.
    KeepNew,
    /// Nothing had to be decided: the photo was taken away meanwhile.
    Gone,
}

/// What an appeal against a decision came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum, sqlx::Type)]
#[oai(rename = "CaseAppealOutcome", rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum AppealOutcome {
    /// The decision stands.
    Upheld,
    /// The case was taken away wrongly.
    Restored,
}

/// What the keeper of a case says against its being taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appeal {
    /// The case.
    pub case: Uuid,
    /// The hold whose decision took it away.
    pub hold: Uuid,
    /// Why it is wrong.
    pub text: String,
    /// When that was said.
    pub at: Ts,
    /// What another operator decided, why, and when.
    pub decided: Option<(AppealOutcome, String, Ts)>,
}

/// A photo that waits because it looks like a known one of another listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its id.
    pub id: Uuid,
    /// The photo that waits.
    pub photo: Uuid,
    /// Its case.
    pub case: Uuid,
    /// The known photo.
    pub rival_photo: Uuid,
    /// Its case.
    pub rival_case: Uuid,
    /// In how many bits of 64 they differ.
    pub distance: i64,
    /// Since when it waits.
    pub opened_at: Ts,
    /// What was decided.
    pub decision: Option<HoldDecision>,
    /// Why.
    pub note: Option<String>,
    /// When.
    pub decided_at: Option<Ts>,
    /// By whom.
    pub decided_by: Option<String>,
}

/// What speaks for one side being the owner, in words; never who was first, which proves nothing.
pub fn speaks_for(case: &Case, photo: &Photo, other_case: &Case, other: &Photo) -> Vec<String> {
    let mut reasons = Vec::new();
    let pixels = |photo: &Photo| photo.size.0.saturating_mul(photo.size.1);
    if pixels(photo) > pixels(other) {
        let ((width, height), (less_wide, less_high)) = (photo.size, other.size);
        reasons.push(format!(
            "a larger original: {width} by {height} against {less_wide} by {less_high} pixels"
        ));
    }
    if photo.facts.taken_on < other.facts.taken_on {
        reasons.push(format!(
            "an earlier capture date: {} against {}",
            photo.facts.taken_on, other.facts.taken_on
        ));
    }
    if case.confirmation.is_some() && other_case.confirmation.is_none() {
        reasons.push("the client's own confirmation".to_owned());
    }
    reasons
}

/// A request to check pictures by their hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashCheck {
    /// Its id.
    pub id: Uuid,
    /// The token it came by.
    pub token: Uuid,
    /// Whose that is.
    pub actor: String,
    /// About how many pictures.
    pub hashes: i64,
    /// How many cases were named.
    pub matches: i64,
    /// When.
    pub at: Ts,
}
