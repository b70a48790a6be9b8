//! The rating, by a formula anybody can compute again from the published reviews.
//!
//! `(C·m + Σ w·r) / (C + Σ w)` over the published reviews of a listing, each once, with the stars of
//! its latest version, `w = 0.5^(days / 730) · check · stage`. A weight that halves in 730 days does so
//! for all reviews alike, so the sums are kept as at a fixed day and scaled when they are read.

use poem_openapi::Object;
use serde::Serialize;
use time::Date;
use time::macros::date;

use super::review::Review;
use crate::vocabulary::{RemovalReason, ReviewStage, ReviewVerification};

/// The formula's name; another formula has another.
pub const FORMULA: &str = "bayes-1";
/// How many reviews at the mean every listing is taken to have.
pub const PRIOR_WEIGHT: f64 = 5.0;
/// The mean every listing is taken to begin with.
pub const PRIOR_MEAN: f64 = 3.5;
/// After how many days a review counts half.
pub const HALF_LIFE_DAYS: f64 = 730.0;
/// What a review counts whose author was reached by the practitioner's invitation or showed proof.
pub const CHECKED: f64 = 1.0;
/// What a review counts of which only an e-mail address, or a card in the author's hand, is known.
pub const UNCHECKED: f64 = 0.35;
/// What a review counts beside the others while all its versions are of the stage `fresh`.
pub const FRESH: f64 = 0.5;
/// The normal quantile of 95 % confidence, two-sided.
pub const Z: f64 = 1.959_963_984_540_054;
/// The day the kept weights stand for.
const EPOCH: Date = date!(2026 - 01 - 01);

/// What a review adds to its listing's sums.
#[derive(Clone, Debug, PartialEq)]
pub struct Contribution {
    /// Its stars.
    pub stars: u8,
    /// Whether it recommends.
    pub recommends: bool,
    /// Its weight as at the fixed day.
    pub weight: f64,
    /// The stars at each stage: the last version of each.
    pub stages: Vec<(ReviewStage, u8)>,
}

impl Contribution {
    /// What a published review adds; `stages` are the stars of its versions, oldest first.
    pub fn of(review: &Review, stages: impl IntoIterator<Item = (ReviewStage, u8)>) -> Self {
        let draft = &review.draft;
        let latest = (draft.stars, draft.would_recommend, review.verification, review.written_at.date());
        Self::new(latest, stages)
    }

    /// The same from the latest version's stars, whether it recommends, how it was checked, and its day.
    pub fn new(
        (stars, recommends, verification, day): (u8, bool, ReviewVerification, Date),
        stages: impl IntoIterator<Item = (ReviewStage, u8)>,
    ) -> Self {
        let mut last: Vec<(ReviewStage, u8)> = Vec::new();
        for (stage, stars) in stages {
            match last.iter_mut().find(|(known, _)| *known == stage) {
                Some(slot) => slot.1 = stars,
                None => last.push((stage, stars)),
            }
        }
        let only_fresh = last.iter().all(|(stage, _)| stage.as_str() == "fresh");
        Self { stars, recommends, weight: base(verification, only_fresh) / decay(day), stages: last }
    }
}

/// Whether a review's author was reached by the practitioner's letter, or showed proof of the treatment.
pub fn is_checked(verification: ReviewVerification) -> bool {
    matches!(verification.as_str(), "invited" | "proof-seen")
}

/// What a review counts before it ages.
pub fn base(verification: ReviewVerification, only_fresh: bool) -> f64 {
    (if is_checked(verification) { CHECKED } else { UNCHECKED }) * (if only_fresh { FRESH } else { 1.0 })
}

/// What is left on a day of a weight that was whole on the fixed day.
fn decay(day: Date) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "days are few")]
    let days = (day - EPOCH).whole_days() as f64;
    0.5_f64.powf(days / HALF_LIFE_DAYS)
}

/// The sums of a listing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sums {
    /// Treatments the practitioner recorded.
    pub treatments: i64,
    /// Invitations that went out for them.
    pub invitations: i64,
    /// Published reviews by stars, one first.
    pub stars: [i64; 5],
    /// Published reviews that recommend.
    pub recommending: i64,
    /// The weights, as at the fixed day.
    pub weight: f64,
    /// Weights times stars.
    pub weighted_stars: f64,
    /// How many and their stars, by stage.
    pub stages: Vec<(ReviewStage, i64, i64)>,
}

impl Sums {
    /// Adds what a review contributes.
    pub fn count(&mut self, contribution: &Contribution) {
        if let Some(slot) = self.stars.get_mut(usize::from(contribution.stars).wrapping_sub(1)) {
            *slot += 1;
        }
        self.recommending += i64::from(contribution.recommends);
        self.weight += contribution.weight;
        self.weighted_stars += contribution.weight * f64::from(contribution.stars);
        for (stage, stars) in &contribution.stages {
            self.count_stage(*stage, 1, i64::from(*stars));
        }
    }

    /// Adds the sums of another listing, its stages left out.
    pub fn add(&mut self, other: &Self) {
        self.treatments += other.treatments;
        self.invitations += other.invitations;
        self.stars.iter_mut().zip(other.stars).for_each(|(sum, more)| *sum += more);
        self.recommending += other.recommending;
        self.weight += other.weight;
        self.weighted_stars += other.weighted_stars;
    }

    /// Adds reviews of one stage, with the sum of their stars.
    pub fn count_stage(&mut self, stage: ReviewStage, count: i64, stars: i64) {
        match self.stages.iter_mut().find(|(known, ..)| *known == stage) {
            Some(slot) => {
                slot.1 += count;
                slot.2 += stars;
            }
            None => self.stages.push((stage, count, stars)),
        }
    }

    /// Published reviews.
    pub fn published(&self) -> i64 {
        self.stars.iter().sum()
    }

    /// The mean of the formula on a day, to two decimals; `None` before the first review.
    pub fn rating(&self, today: Date) -> Option<f64> {
        let scale = decay(today);
        let (weight, stars) = (self.weight * scale, self.weighted_stars * scale);
        let mean = (PRIOR_WEIGHT * PRIOR_MEAN + stars) / (PRIOR_WEIGHT + weight);
        (self.published() > 0).then(|| rounded(mean, 100.0))
    }

    /// The plain mean, to two decimals.
    pub fn raw_mean(&self) -> Option<f64> {
        let stars = self.stars.iter().zip(1..).map(|(count, stars)| count * stars).sum();
        mean(stars, self.published())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a listing has far fewer than 2^53 reviews")]
fn mean(sum: i64, count: i64) -> Option<f64> {
    (count > 0).then(|| rounded(sum as f64 / count as f64, 100.0))
}

fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}

/// The lower bound of Wilson's interval for a share, at 95 %, to three decimals.
pub fn wilson(yes: i64, of: i64) -> Option<f64> {
    if of <= 0 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "a listing has far fewer than 2^53 reviews")]
    let (yes, of) = (yes as f64, of as f64);
    let share = yes / of;
    let centre = share + Z * Z / (2.0 * of);
    let spread = Z * (share * (1.0 - share) / of + Z * Z / (4.0 * of * of)).sqrt();
    Some(rounded(((centre - spread) / (1.0 + Z * Z / of)).max(0.0), 1000.0))
}

/// What the reviews of a listing come to.
#[derive(Clone, Debug, Object, Serialize)]
pub struct RatingSummary {
    /// The day the weights stand for: the rating changes daily, by age alone.
    as_of: String,
    /// The rating by `formula`; null before the first review.
    #[oai(nullable)]
    rating: Option<f64>,
    /// The plain mean of the stars; null before the first review.
    #[oai(nullable)]
    raw_mean: Option<f64>,
    /// Published reviews, each counted once with its latest version, by their stars.
    histogram: Histogram,
    /// What reviews said at each stage. A review that has grown stands at each stage it was written at.
    stages: Vec<StageMean>,
    /// How many would recommend the practitioner.
    would_recommend: Recommending,
    /// How the rating is computed.
    formula: Formula,
    /// What was asked, received and removed.
    counters: Counters,
}

/// How many reviews have how many stars.
#[derive(Clone, Debug, PartialEq, Object, Serialize)]
#[oai(rename = "ReviewHistogram")]
pub struct Histogram {
    /// One star.
    #[oai(rename = "1")]
    #[serde(rename = "1")]
    one: i64,
    /// Two stars.
    #[oai(rename = "2")]
    #[serde(rename = "2")]
    two: i64,
    /// Three stars.
    #[oai(rename = "3")]
    #[serde(rename = "3")]
    three: i64,
    /// Four stars.
    #[oai(rename = "4")]
    #[serde(rename = "4")]
    four: i64,
    /// Five stars.
    #[oai(rename = "5")]
    #[serde(rename = "5")]
    five: i64,
}

/// What reviews said at one stage.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "ReviewStageMean")]
pub struct StageMean {
    /// The stage.
    stage: ReviewStage,
    /// How many reviews were written, or written on, at it.
    count: i64,
    /// The plain mean of their stars at it.
    #[oai(nullable)]
    raw_mean: Option<f64>,
}

/// How many would recommend the practitioner.
#[derive(Clone, Debug, PartialEq, Object, Serialize)]
#[oai(rename = "ReviewsRecommending")]
pub struct Recommending {
    /// So many would.
    yes: i64,
    /// Of so many.
    of: i64,
    /// What share at least, with 95 % confidence: the lower bound of Wilson's interval.
    #[oai(nullable)]
    lower_bound: Option<f64>,
    /// The normal quantile of that confidence.
    z: f64,
}

/// The formula and all its parameters.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "RatingFormula")]
pub struct Formula {
    /// Its name; a change of it or of a parameter has another.
    id: String,
    /// In letters, over the published reviews, `r` the stars of the latest version, `days` since it was
    /// written.
    text: String,
    /// `C`.
    prior_weight: f64,
    /// `m`.
    prior_mean: f64,
    /// After so many days a review counts half.
    half_life_days: f64,
    /// `check` of a review whose author was invited by e-mail or whose proof was seen.
    checked: f64,
    /// `check` of any other.
    unchecked: f64,
    /// `stage` while every version is of the stage `fresh`; 1 otherwise.
    fresh: f64,
}

/// What was asked, received and removed: enough to see whether anything is held back.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "ReviewCounters")]
pub struct Counters {
    /// Treatments the practitioner recorded. Each is invited.
    treatments: i64,
    /// Invitations that went out for them, follow-ups included.
    invitations: i64,
    /// Reviews received, whatever became of them.
    received: i64,
    /// Reviews shown now.
    published: i64,
    /// Reviews removed, by reason and stars.
    removed: Vec<RemovedCount>,
    /// How long reviews waited before they were shown, by their stars. Always 0: a review is published
    /// in the transaction that receives it, and there is no other way in.
    hours_to_publish: Vec<HoursToPublish>,
}

/// Reviews removed for one reason.
#[derive(Clone, Debug, PartialEq, Object, Serialize)]
#[oai(rename = "RemovedReviews")]
pub struct RemovedCount {
    /// Why.
    pub reason: RemovalReason,
    /// Their stars.
    pub stars: i64,
    /// How many.
    pub count: i64,
}

/// How long reviews of so many stars waited.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "ReviewHoursToPublish")]
pub struct HoursToPublish {
    /// Their stars.
    stars: i64,
    /// The median wait in hours.
    median: f64,
}

/// A listing's rating in short; the whole of it is with its reviews.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
#[oai(rename = "ListingRating")]
pub struct Rating {
    /// The day the weights stand for: the rating changes by age, about a hundredth in a month.
    pub as_of: String,
    /// The rating by `formula`; null before the first review.
    #[oai(nullable)]
    pub rating: Option<f64>,
    /// The plain mean of the stars; null before the first review.
    #[oai(nullable)]
    pub raw_mean: Option<f64>,
    /// Published reviews.
    pub reviews: i64,
    /// The formula's name; the list of reviews gives it with its parameters.
    pub formula: String,
}

impl Rating {
    /// The rating of a listing on a day.
    pub fn new(sums: &Sums, today: Date) -> Self {
        Self {
            as_of: today.to_string(),
            rating: sums.rating(today),
            raw_mean: sums.raw_mean(),
            reviews: sums.published(),
            formula: FORMULA.to_owned(),
        }
    }
}

impl From<[i64; 5]> for Histogram {
    fn from([one, two, three, four, five]: [i64; 5]) -> Self {
        Self { one, two, three, four, five }
    }
}

impl From<&Sums> for Recommending {
    fn from(sums: &Sums) -> Self {
        let (yes, of) = (sums.recommending, sums.published());
        Self { yes, of, lower_bound: wilson(yes, of), z: Z }
    }
}

impl RatingSummary {
    /// The summary of a listing on a day.
    pub fn new(sums: &Sums, removed: Vec<RemovedCount>, today: Date) -> Self {
        let published = sums.published();
        let taken: i64 = removed.iter().map(|one| one.count).sum();
        let rated = |stars: i64| {
            let shown = usize::try_from(stars - 1).ok().and_then(|at| sums.stars.get(at).copied());
            shown.unwrap_or(0) > 0 || removed.iter().any(|gone| gone.stars == stars)
        };
        let hours_to_publish = (1..=5)
            .filter(|stars| rated(*stars))
            .map(|stars| HoursToPublish { stars, median: 0.0 })
            .collect();
        let mut stages: Vec<StageMean> = sums
            .stages
            .iter()
            .filter(|(_, count, _)| *count > 0)
            .map(|(stage, count, stars)| StageMean {
                stage: *stage,
                count: *count,
                raw_mean: mean(*stars, *count),
            })
            .collect();
        stages.sort_by_key(|one| one.stage);
        Self {
            as_of: today.to_string(),
            rating: sums.rating(today),
            raw_mean: sums.raw_mean(),
            histogram: sums.stars.into(),
            stages,
            would_recommend: sums.into(),
            formula: Formula {
                id: FORMULA.to_owned(),
                text: "(C*m + sum(w*r)) / (C + sum(w)), w = 0.5^(days/half_life_days) * check * stage"
                    .to_owned(),
                prior_weight: PRIOR_WEIGHT,
                prior_mean: PRIOR_MEAN,
                half_life_days: HALF_LIFE_DAYS,
                checked: CHECKED,
                unchecked: UNCHECKED,
                fresh: FRESH,
            },
            counters: Counters {
                treatments: sums.treatments,
                invitations: sums.invitations,
                received: published + taken,
                published,
                removed,
                hours_to_publish,
            },
        }
    }
}
