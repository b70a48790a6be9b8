//! What the reviews of a listing say of it at a moment: its sums, and what stands behind them.

use uuid::Uuid;

use super::rating::{Contribution, RemovedCount, Sums, is_checked};
use crate::platform::clock::Ts;
use crate::vocabulary::{ReviewStage, ReviewVerification};

/// A version of a published review, as far as a reputation needs it.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    /// The review.
    pub review: Uuid,
    /// How it was checked.
    pub verification: ReviewVerification,
    /// The stage of this version.
    pub stage: ReviewStage,
    /// Its stars.
    pub stars: u8,
    /// Whether it recommends.
    pub recommends: bool,
    /// How clear the answers were, 1 to 5, where the author says.
    pub communication: Option<u8>,
    /// Whether the practitioner has replied to the review.
    pub replied: bool,
    /// When it was written.
    pub at: Ts,
}

/// What the reviews of a listing come to at a moment.
#[derive(Clone, Debug, Default)]
pub struct Reputation {
    /// The sums of the rating.
    pub sums: Sums,
    /// Published reviews whose author was reached by the practitioner's letter, or whose proof was seen.
    pub checked: i64,
    /// Those among the checked that rate the communication, and their sum.
    pub communication: (i64, i64),
    /// Published reviews the practitioner replied to.
    pub replied: i64,
    /// When the latest version was written.
    pub latest: Option<Ts>,
    /// Reviews removed, by reason and stars.
    pub removed: Vec<RemovedCount>,
}

impl Reputation {
    /// From the versions of the published reviews, those of a review together and the oldest first.
    pub fn of(versions: &[Said], removed: Vec<RemovedCount>) -> Self {
        let mut found = Self { removed, ..Self::default() };
        for review in versions.chunk_by(|one, next| one.review == next.review) {
            let Some(last) = review.last() else { continue };
            let stages = review.iter().map(|said| (said.stage, said.stars));
            let of = (last.stars, last.recommends, last.verification, last.at.date());
            found.sums.count(&Contribution::new(of, stages));
            if is_checked(last.verification) {
                found.checked += 1;
                if let Some(score) = last.communication {
                    found.communication.0 += 1;
                    found.communication.1 += i64::from(score);
                }
            }
            found.replied += i64::from(last.replied);
            found.latest = found.latest.max(Some(last.at));
        }
        found
    }

    /// The published reviews that are not checked.
    pub fn unchecked(&self) -> i64 {
        self.sums.published() - self.checked
    }
}
