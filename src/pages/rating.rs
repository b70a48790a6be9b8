//! The rating explained: the formula with the parameters it has, an example computed by the same function that rates
//! listings, and the counts of one listing, where its number is given.

use maud::{Markup, html};
use poem::web::Query;
use serde::Deserialize;
use time::{Date, Duration};

use super::client::Asked;
use super::labels::label;
use super::layout;
use super::texts::{fill, t};
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::Error;
use crate::reviews::{Contribution, RatingSummary, Sums, base};
use crate::vocabulary::{ReviewStage, ReviewVerification};

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    listing: String,
}

/// What the reviews of a listing come to, as the API answers it.
#[derive(Deserialize)]
struct Summary {
    as_of: String,
    rating: Option<f64>,
    raw_mean: Option<f64>,
    formula: Formula,
    counters: Counters,
    would_recommend: Recommending,
}

#[derive(Deserialize)]
struct Formula {
    id: String,
    text: String,
    prior_weight: f64,
    prior_mean: f64,
    half_life_days: f64,
    checked: f64,
    unchecked: f64,
    fresh: f64,
}

#[derive(Deserialize)]
struct Counters {
    treatments: i64,
    invitations: i64,
    received: i64,
    published: i64,
    removed: Vec<Removed>,
}

#[derive(Deserialize)]
struct Removed {
    reason: String,
    stars: i64,
    count: i64,
}

#[derive(Deserialize)]
struct Recommending {
    yes: i64,
    of: i64,
    lower_bound: Option<f64>,
}

#[derive(Deserialize)]
struct Reviews {
    summary: Summary,
}

/// A review of the example: its stars, how it was checked, at what stage it was written, how long ago.
struct Example {
    stars: u8,
    checked: &'static str,
    stage: &'static str,
    days: i64,
    text: &'static str,
}

/// Reviews that show what each part of the formula does.
fn examples() -> [Example; 4] {
    [
        Example { stars: 5, checked: "invited", stage: "settled", days: 30, text: t("rating.example_new") },
        Example { stars: 5, checked: "invited", stage: "fresh", days: 10, text: t("rating.example_fresh") },
        Example { stars: 2, checked: "proof-seen", stage: "year1", days: 730, text: t("rating.example_old") },
        Example {
            stars: 1,
            checked: "email-confirmed",
            stage: "settled",
            days: 60,
            text: t("rating.example_unchecked"),
        },
    ]
}

/// The whole page.
pub(super) async fn render(
    asked: &Asked<'_>,
    Query(form): Query<Form>,
    today: Date,
) -> Result<Markup, Error> {
    let of_one = match form.listing.trim() {
        "" => None,
        number => Some(of_listing(asked, number).await?),
    };
    let formula = match &of_one {
        Some((_, summary)) => &summary.formula,
        None => &published(today)?,
    };
    let content = html! {
        h1 { (t("rating.heading")) }
        p.lead { (t("rating.lead")) }
        @if let Some((number, summary)) = &of_one { (summary.render(number)) }
        section #formula {
            h2 { (t("rating.formula")) }
            pre tabindex="0" { code { (formula.text) } }
            (formula.render())
        }
        (example(formula, today)?)
        section {
            h2 { (t("rating.rules")) }
            ul { @for rule in ["rating.rule_1", "rating.rule_2", "rating.rule_3", "rating.rule_4"] { li { (t(rule)) } } }
        }
        section {
            h2 { (t("rating.look")) }
            form.search action="/rating" method="get" {
                p { label for="listing" { (t("rating.number")) } input #listing name="listing" type="text" maxlength="40" value=(form.listing) placeholder="SMP-…"; }
                button type="submit" { (t("rating.show")) }
            }
            p { a href="/docs#list_reviews" { (t("rating.docs")) } }
        }
    };
    Ok(layout::Page::new(t("rating.heading")).described(t("rating.lead")).render(&content))
}

/// The formula as the API publishes it beside every rating.
fn published(today: Date) -> Result<Formula, Error> {
    let summary = RatingSummary::new(&Sums::default(), Vec::new(), today);
    let summary = serde_json::to_value(&summary).map_err(Error::internal)?;
    Ok(serde_json::from_value::<Summary>(summary).map_err(Error::internal)?.formula)
}

async fn of_listing(asked: &Asked<'_>, number: &str) -> Result<(String, Summary), Error> {
    let number = Number::parse(number, NumberKind::Listing)
        .map_err(|error| Error::bad_request(format!("This is no number of a listing: {error}.")))?
        .to_string();
    let reviews: Reviews = asked.get(&format!("/v1/practitioners/{number}/reviews?limit=1")).await?;
    Ok((number, reviews.summary))
}

impl Formula {
    fn render(&self) -> Markup {
        let facts = [
            ("C", self.prior_weight, t("rating.prior_weight")),
            ("m", self.prior_mean, t("rating.prior_mean")),
            ("half_life_days", self.half_life_days, t("rating.half_life")),
            ("check", self.checked, t("rating.checked")),
            ("check", self.unchecked, t("rating.unchecked")),
            ("stage", self.fresh, t("rating.fresh")),
        ];
        html! {
            table.figures {
                thead { tr { th scope="col" { (t("rating.letter")) } th scope="col" { (t("rating.value")) } th scope="col" { (t("rating.meaning")) } } }
                tbody { @for (letter, value, meaning) in facts { tr { td { code { (letter) } } td { (value) } td { (meaning) } } } }
            }
            p { (fill("rating.name", "id", &self.id)) }
        }
    }
}

/// The example, computed today by what rates listings.
fn example(formula: &Formula, today: Date) -> Result<Markup, Error> {
    let mut sums = Sums::default();
    let mut rows = Vec::new();
    for one in examples() {
        let verification: ReviewVerification = one.checked.parse().map_err(|_| unknown(one.checked))?;
        let stage: ReviewStage = one.stage.parse().map_err(|_| unknown(one.stage))?;
        let day = today.saturating_sub(Duration::days(one.days));
        sums.count(&Contribution::new((one.stars, one.stars > 3, verification, day), [(stage, one.stars)]));
        #[expect(clippy::cast_precision_loss, reason = "days are few")]
        let aged = 0.5_f64.powf(one.days as f64 / formula.half_life_days);
        rows.push((one, aged * base(verification, stage.as_str() == "fresh")));
    }
    let weights: f64 = rows.iter().map(|(_, weight)| weight).sum();
    let stars: f64 = rows.iter().map(|(one, weight)| weight * f64::from(one.stars)).sum();
    let (weight, mean) = (formula.prior_weight, formula.prior_mean);
    let rating = sums.rating(today).unwrap_or_default();
    Ok(html! {
        section #example data-rating=(rating) {
            h2 { (t("rating.example")) }
            p { (t("rating.example_text")) }
            table.figures {
                thead { tr { th scope="col" { (t("rating.review")) } th scope="col" { (t("rating.stars")) } th scope="col" { (t("rating.weight")) } } }
                tbody {
                    @for (one, weight) in &rows { tr { td { (one.text) } td { (one.stars) } td { (format!("{weight:.2}")) } } }
                }
            }
            pre tabindex="0" { code { "(" (weight) " × " (mean) " + " (format!("{stars:.2}")) ") / (" (weight) " + " (format!("{weights:.2}")) ") = " (format!("{rating:.2}")) } }
            p { (fill("rating.example_mean", "mean", format!("{:.2}", sums.raw_mean().unwrap_or_default()))) }
        }
    })
}

fn unknown(code: &str) -> Error {
    Error::internal(format!("the example of the rating names `{code}`, which no vocabulary has"))
}

impl Summary {
    fn render(&self, number: &str) -> Markup {
        let counts = [
            (t("rating.treatments"), self.counters.treatments),
            (t("rating.invitations"), self.counters.invitations),
            (t("rating.received"), self.counters.received),
            (t("rating.published"), self.counters.published),
        ];
        html! {
            section #counters {
                h2 { (t("rating.of_one")) " " a href={ "/practitioners/" (number) "#reviews" } { (number) } }
                p {
                    @match self.rating {
                        Some(rating) => (fill("rating.is", "rating", format!("{rating:.2}")).replace("{day}", &self.as_of)),
                        None => (t("card.no_reviews")),
                    }
                    @if let Some(mean) = self.raw_mean { " " (fill("rating.mean_is", "mean", format!("{mean:.2}"))) }
                }
                dl { @for (what, count) in counts { dt { (what) } dd { (count) } } }
                @if self.counters.removed.is_empty() { p { (t("rating.none_removed")) } } @else {
                    p { (t("rating.removed")) }
                    ul {
                        @for gone in &self.counters.removed {
                            li { (gone.count) " × " (label("removal-reasons", &gone.reason)) " (" (fill("rating.removed_stars", "n", gone.stars)) ")" }
                        }
                    }
                }
                @if self.would_recommend.of > 0 {
                    p {
                        (fill("rating.recommend", "yes", self.would_recommend.yes).replace("{of}", &self.would_recommend.of.to_string()))
                        @if let Some(least) = self.would_recommend.lower_bound { " " (fill("rating.recommend_least", "share", format!("{:.0} %", least * 100.0))) }
                    }
                }
            }
        }
    }
}
