//! Every review of a listing: in the order the reader likes, with its stages and the answer, and what all come to.

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde::Deserialize;

use super::card::rated;
use super::client::query_of;
use super::days::day;
use super::labels::label;
use super::texts::{fill, t};

/// The reviews of a listing, as the API answers them.
#[derive(Deserialize)]
pub(super) struct Reviews {
    items: Vec<Review>,
    summary: Summary,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Summary {
    rating: Option<f64>,
    raw_mean: Option<f64>,
    histogram: BTreeMap<String, u64>,
    formula: Formula,
    stages: Vec<StageMean>,
    counters: Counters,
}

#[derive(Deserialize)]
struct Formula {
    text: String,
}

#[derive(Deserialize)]
struct StageMean {
    stage: String,
    count: u64,
    raw_mean: Option<f64>,
}

#[derive(Deserialize)]
struct Counters {
    treatments: u64,
    invitations: u64,
    removed: Vec<Removed>,
}

#[derive(Deserialize)]
struct Removed {
    count: u64,
}

#[derive(Deserialize)]
struct Review {
    id: String,
    stars: u8,
    text: Option<String>,
    stage: String,
    written_at: String,
    relationship: String,
    incentive: String,
    verification_label: String,
    #[serde(default)]
    versions: Vec<Version>,
    #[serde(default)]
    replies: Vec<Reply>,
}

/// What a review said at one of its stages.
#[derive(Deserialize)]
pub(super) struct Version {
    stars: u8,
    stage: String,
    at: String,
    text: Option<String>,
}

#[derive(Deserialize)]
struct Reply {
    text: String,
    at: String,
}

/// The order reviews may be read in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Reading {
    /// The least flattering first.
    Worst,
    /// The newest first.
    #[default]
    Newest,
}

impl Reading {
    /// What the API calls it.
    pub(super) const fn sort(self) -> &'static str {
        match self {
            Self::Worst => "lowest",
            Self::Newest => "newest",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Worst => "worst",
            Self::Newest => "newest",
        }
    }
}

impl Reviews {
    /// The section of a listing's page.
    pub(super) fn render(&self, number: &str, reading: Reading, is_gone: bool) -> Markup {
        let total: u64 = self.summary.histogram.values().sum();
        html! {
            section #reviews {
                h2 { (t("listing.reviews")) }
                @if total == 0 { p { (t("listing.no_reviews")) } } @else { (self.summary.render(number, total)) }
                (self.summary.counters.render())
                @if total > 1 {
                    p {
                        @if reading == Reading::Worst {
                            a href={ "/practitioners/" (number) "#reviews" } { (t("listing.newest")) }
                        } @else {
                            a href={ "/practitioners/" (number) "?reviews=worst#reviews" } { (t("listing.worst")) }
                        }
                    }
                }
                @if !is_gone { p { a href={ "/practitioners/" (number) "/review" } { (t("listing.write")) } } }
                @for review in &self.items { (review.render()) }
                @if let Some(next) = &self.next_cursor {
                    p {
                        a rel="next" href={ "/practitioners/" (number) "?" (query_of(&[("reviews", reading.name()), ("from", next)])) "#reviews" } {
                            (t("listing.more_reviews"))
                        }
                    }
                }
            }
        }
    }
}

impl Summary {
    fn render(&self, number: &str, total: u64) -> Markup {
        html! {
            p { (rated(self.rating, total)) }
            ul.histogram {
                @for (stars, count) in self.histogram.iter().rev() {
                    li {
                        (fill("listing.histogram", "n", count).replace("{stars}", stars)) " "
                        meter min="0" max=(total) value=(count) aria-hidden="true" {}
                    }
                }
            }
            @if self.stages.iter().filter(|stage| stage.count > 0).count() > 1 {
                ul.facts {
                    @for stage in self.stages.iter().filter(|stage| stage.count > 0) {
                        @if let Some(mean) = stage.raw_mean {
                            li {
                                (fill("listing.stage_mean", "stage", label("review-stages", &stage.stage)).replace("{stars}", &format!("{mean:.1}")))
                                " (" (stage.count) ")"
                            }
                        }
                    }
                }
            }
            details {
                summary { (t("listing.how_counted")) }
                @if let Some(mean) = self.raw_mean { p { (fill("listing.plain_mean", "stars", format_args!("{mean:.2}"))) } }
                p { code { (self.formula.text) } }
                p { a href={ "/rating?listing=" (number) "#counters" } { (t("listing.formula")) } }
            }
        }
    }
}

impl Counters {
    fn render(&self) -> Markup {
        let removed: u64 = self.removed.iter().map(|removed| removed.count).sum();
        html! {
            @if self.treatments > 0 || removed > 0 {
                p.kind {
                    (fill("listing.invited", "n", self.invitations).replace("{treatments}", &self.treatments.to_string()))
                    @if removed > 0 { " " (fill("listing.removed_reviews", "n", removed)) }
                }
            }
        }
    }
}

impl Review {
    fn render(&self) -> Markup {
        html! {
            article.review {
                h3 { (fill("card.rating", "stars", self.stars)) }
                p.kind {
                    (label("review-stages", &self.stage)) " · " (day(&self.written_at)) " · " (self.verification_label)
                    @if self.relationship != "client" { " · " (label("relationships", &self.relationship)) }
                    @if self.incentive != "none" { " · " (fill("listing.got", "what", label("incentives", &self.incentive).to_lowercase())) }
                }
                @if let Some(text) = &self.text { p { (text) } }
                (earlier(&self.versions))
                @if let Some(reply) = self.replies.last() {
                    blockquote { strong { (t("listing.reply")) ", " (day(&reply.at)) ": " } (reply.text) }
                }
                p.kind { a href={ "/reviews/" (self.id) } { (t("listing.one_review")) } }
            }
        }
    }
}

/// How a review grew, where it did: nothing that was said once is lost.
pub(super) fn earlier(versions: &[Version]) -> Markup {
    html! {
        @if versions.len() > 1 {
            details {
                summary { (t("review.before")) }
                @for version in versions {
                    p.kind {
                        (fill("card.rating", "stars", version.stars)) " · "
                        (label("review-stages", &version.stage)) " · " (day(&version.at))
                    }
                    @if let Some(text) = &version.text { p { (text) } }
                }
            }
        }
    }
}
