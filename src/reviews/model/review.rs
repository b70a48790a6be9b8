//! A review: what it says now, what it said before, and what became of it.

use uuid::Uuid;

use super::draft::Draft;
use crate::platform::clock::Ts;
use crate::platform::id::Number;
use crate::search::words;
use crate::vocabulary::{Condition, RemovalReason, ReviewStage, ReviewVerification};

/// Whether a review is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "kebab-case", rename = "ReviewState")]
#[serde(rename_all = "kebab-case")]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum ReviewState {
    /// It is shown and counts.
    Published,
    /// It is not shown and does not count; what is left says why and when.
    Removed,
}

impl ReviewState {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Removed => "removed",
        }
    }
}

/// A review with its latest version.
#[derive(Clone, Debug)]
pub struct Review {
    /// Its id.
    pub id: Uuid,
    /// The listing's id.
    pub practitioner_id: Uuid,
    /// The listing's number.
    pub listing: Number,
    /// The treatment it is about.
    pub treatment_id: Uuid,
    /// What was done to check it.
    pub verification: ReviewVerification,
    /// Whether it is shown.
    pub state: ReviewState,
    /// Counts its changes; what `If-Match` compares.
    pub version: i64,
    /// The stage of the latest version.
    pub stage: ReviewStage,
    /// The latest version.
    pub draft: Draft,
    /// When that was written.
    pub written_at: Ts,
    /// How many found it helpful.
    pub helpful: i64,
    /// Why and when it was removed.
    pub removal: Option<(RemovalReason, Ts)>,
    /// What stands for the author's mailbox.
    pub contact_mark: Option<Vec<u8>>,
    /// What stands for the address it was sent from.
    pub address_mark: Option<Vec<u8>>,
    /// When its first version was received.
    pub received_at: Ts,
    /// When anything shown of it changed last.
    pub updated_at: Ts,
}

/// One version of a review.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its place among the versions.
    pub version: i64,
    /// The stage it was written at.
    pub stage: ReviewStage,
    /// What it said.
    pub draft: Draft,
    /// When it was written.
    pub at: Ts,
}

/// The subject of a review in the change feed.
pub fn review_subject(id: Uuid) -> String {
    format!("reviews/{id}")
}

/// The folded words of a text, each between two spaces.
pub fn word_row(text: &str) -> String {
    format!(" {} ", words::split(text).join(" "))
}

/// A condition and everything above it in its list, between spaces: ` scar-fut scar `.
pub fn condition_path(condition: Option<Condition>) -> String {
    let Some(condition) = condition else { return String::new() };
    let mut path = String::from(" ");
    for code in condition.with_ancestors() {
        path.push_str(code.as_str());
        path.push(' ');
    }
    path
}

/// Where a page of reviews begins, and in which order they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename_all = "kebab-case", rename = "ReviewSort")]
pub enum ReviewSort {
    /// Latest version first.
    Newest,
    /// Fewest stars first.
    Lowest,
    /// Most stars first.
    Highest,
    /// Found helpful by most first.
    MostHelpful,
}

/// The filters of a list of reviews.
#[derive(Clone, Debug)]
pub struct ReviewFilter {
    /// The listing and those merged into it.
    pub listings: Vec<Uuid>,
    /// Shown, or removed.
    pub state: ReviewState,
    /// The stage of the latest version.
    pub stage: Option<ReviewStage>,
    /// The condition, or one above it in its list.
    pub condition: Option<Condition>,
    /// Folded words that the text must have, each possibly unfinished.
    pub words: Vec<String>,
}
