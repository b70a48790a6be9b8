//! Where a listing stands among others that match a search equally well.
//!
//! The rules are published (`GET /v1/ranking` serves the numbers below) and none can be bought: nothing
//! that enters them is a payment, a subscription or a choice of ours about one listing.

use std::time::Duration;

use poem_openapi::Object;
use serde::{Deserialize, Serialize};

use crate::platform::clock::Ts;

/// What a listing's standing is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandingFacts {
    /// Whether its training is verified.
    pub verified: bool,
    /// Hours of supervised live work, over the certificates that count.
    pub supervised_live_hours: u32,
    /// Cases shown with settled work that the client confirmed.
    pub settled_confirmed_cases: u32,
    /// Whether it says what a treatment costs.
    pub has_price: bool,
    /// Whether it says how to reach somebody: phone, e-mail, website or booking link.
    pub has_contact: bool,
    /// Whether it says where the work is done.
    pub has_clinic: bool,
    /// When it was last changed or attested.
    pub updated_at: Ts,
}

/// One line of the published rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Object)]
pub struct StandingRule {
    /// What is looked at.
    pub rule: String,
    /// Points it adds, at most; negative where it takes away.
    pub points: i32,
    /// How the points come about.
    pub detail: String,
}

/// Verified training.
pub(in crate::directory) const POINTS_VERIFIED: i32 = 35;
/// Supervised live hours and confirmed settled cases together, at most: somebody new can have them all by
/// training alone.
pub(in crate::directory) const POINTS_PRACTICE_MOST: i32 = 25;
/// Hours of supervised live work for a point.
pub(in crate::directory) const LIVE_HOURS_PER_POINT: u32 = 4;
/// Prices are stated.
pub(in crate::directory) const POINTS_PRICE: i32 = 5;
/// A way of contact is stated.
pub(in crate::directory) const POINTS_CONTACT: i32 = 5;
/// A clinic is stated.
pub(in crate::directory) const POINTS_CLINIC: i32 = 5;
/// Nothing was changed or attested for [`AGEING_AFTER`].
pub(in crate::directory) const POINTS_AGEING: i32 = -10;
/// Nothing was changed or attested for [`STALE_AFTER`]; in place of [`POINTS_AGEING`].
pub(in crate::directory) const POINTS_STALE: i32 = -25;
/// Every listing starts here, so that staleness can be told apart from having nothing.
pub(in crate::directory) const POINTS_START: i32 = 25;
/// A year.
pub(in crate::directory) const AGEING_AFTER: Duration = Duration::from_hours(365 * 24);
/// Two years.
pub(in crate::directory) const STALE_AFTER: Duration = Duration::from_hours(2 * 365 * 24);
/// Raised when a rule or a number changes.
pub(in crate::directory) const RANKING_VERSION: u32 = 2;

/// A listing's standing: the bucket that decides between listings that match a search equally well.
/// Between 0 and 100.
pub fn standing(facts: &StandingFacts, now: Ts) -> i32 {
    let stated = |there: bool, points: i32| if there { points } else { 0 };
    // Hours count only where the training is verified; a case is its client's word and counts by itself.
    let hours = if facts.verified { facts.supervised_live_hours } else { 0 };
    let practice = (hours / LIVE_HOURS_PER_POINT).saturating_add(facts.settled_confirmed_cases);
    let practice = i32::try_from(practice).unwrap_or(POINTS_PRACTICE_MOST).min(POINTS_PRACTICE_MOST);
    let age = now.since(facts.updated_at);
    let freshness = if age >= STALE_AFTER {
        POINTS_STALE
    } else if age >= AGEING_AFTER {
        POINTS_AGEING
    } else {
        0
    };
    POINTS_START
        + stated(facts.verified, POINTS_VERIFIED)
        + practice
        + stated(facts.has_price, POINTS_PRICE)
        + stated(facts.has_contact, POINTS_CONTACT)
        + stated(facts.has_clinic, POINTS_CLINIC)
        + freshness
}

/// The next instant after `now` at which the passing of time alone changes the standing.
pub(in crate::directory) fn standing_changes_at(updated_at: Ts, now: Ts) -> Option<Ts> {
    [AGEING_AFTER, STALE_AFTER].into_iter().map(|after| updated_at.plus(after)).find(|at| *at > now)
}

/// The published rules of ranking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Object)]
pub struct Ranking {
    /// Raised when a rule or a number changes.
    pub version: u32,
    /// What is compared, in this order; a later one decides only between equals of all before it.
    pub buckets: Vec<Bucket>,
    /// How the bucket `standing` is counted.
    pub standing: Vec<StandingRule>,
    /// What never enters.
    pub never: Vec<String>,
}

/// One thing that is compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Object)]
pub struct Bucket {
    /// Its name, as in a search with `explain=true`.
    pub bucket: String,
    /// What it compares.
    pub detail: String,
}

/// The rules as they are served.
pub fn ranking() -> Ranking {
    let buckets = [
        (
            "sort",
            "The order that was asked for: distance, rating, recently verified, experience or name. Nothing, unless asked.",
        ),
        ("words", "Listings that have more of the words of the search come first."),
        ("typo", "Then fewer letters that differ."),
        ("proximity", "Then words that stand closer together."),
        (
            "attribute",
            "Then matches in more telling fields: the name before the clinic, the clinic before the place, services and conditions before courses, the own words last.",
        ),
        ("exactness", "Then words found exactly as written."),
        ("standing", "Then the listing's standing, by the rules below."),
        ("number", "Then the listing number, so that the order is always the same."),
    ];
    let rule =
        |rule: &str, points: i32, detail: String| StandingRule { rule: rule.to_owned(), points, detail };
    let days = |after: Duration| after.as_secs() / 86_400;
    let standing = vec![
        rule("start", POINTS_START, "Every listing.".to_owned()),
        rule(
            "verified-training",
            POINTS_VERIFIED,
            "At least one certificate meets every requirement of `verified`.".to_owned(),
        ),
        rule(
            "training-and-settled-work",
            POINTS_PRACTICE_MOST,
            format!(
                "One point for every {LIVE_HOURS_PER_POINT} hours of supervised live work over the certificates that \
                 count, and one for every case with settled work that its client confirmed, together. Somebody newly \
                 trained can have them all by training alone."
            ),
        ),
        rule("price-stated", POINTS_PRICE, "A price is stated.".to_owned()),
        rule(
            "contact-stated",
            POINTS_CONTACT,
            "A phone number, e-mail address, website or booking link is stated.".to_owned(),
        ),
        rule("clinic-stated", POINTS_CLINIC, "A clinic is stated.".to_owned()),
        rule("ageing", POINTS_AGEING, format!("Nothing was changed for {} days.", days(AGEING_AFTER))),
        rule(
            "stale",
            POINTS_STALE,
            format!("Nothing was changed for {} days; in place of `ageing`.", days(STALE_AFTER)),
        ),
    ];
    let never = [
        "Payments of any kind: there is no field for them.",
        "Reviews and ratings, unless `sort=rating` is asked for; cases that no client confirmed.",
        "Which academy signed, beyond its being recognised.",
        "Who asks, what they asked before, or which listings others opened.",
    ];
    Ranking {
        version: RANKING_VERSION,
        buckets: buckets
            .into_iter()
            .map(|(bucket, detail)| Bucket { bucket: bucket.to_owned(), detail: detail.to_owned() })
            .collect(),
        standing,
        never: never.map(str::to_owned).to_vec(),
    }
}
