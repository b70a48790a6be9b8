//! The order of results explained, with the numbers that the API publishes.

use maud::{Markup, html};
use serde::Deserialize;

use super::client::Asked;
use super::layout;
use super::text::inline;
use super::texts::{fill, t};
use crate::platform::problem::Error;

#[derive(Deserialize)]
struct Ranking {
    version: u32,
    buckets: Vec<Bucket>,
    standing: Vec<Counted>,
    never: Vec<String>,
}

#[derive(Deserialize)]
struct Bucket {
    bucket: String,
    detail: String,
}

#[derive(Deserialize)]
struct Counted {
    rule: String,
    points: i32,
    detail: String,
}

/// The whole page.
pub(super) async fn render(asked: &Asked<'_>) -> Result<Markup, Error> {
    let ranking: Ranking = asked.get("/v1/ranking").await?;
    let most: i32 = ranking.standing.iter().map(|rule| rule.points.max(0)).sum();
    let content = html! {
        h1 { (t("ranking.heading")) }
        p.lead { (t("ranking.lead")) }
        section {
            h2 { (t("ranking.order")) }
            p { (t("ranking.order_text")) }
            ol {
                @for one in &ranking.buckets {
                    li data-bucket=(one.bucket) { strong { (named(&one.bucket)) } ". " (inline(&one.detail)) }
                }
            }
        }
        section #standing {
            h2 { (t("ranking.standing")) }
            p { (fill("ranking.standing_text", "n", most)) }
            table.figures {
                thead { tr { th scope="col" { (t("ranking.points")) } th scope="col" { (t("ranking.what_for")) } } }
                tbody {
                    @for rule in &ranking.standing {
                        tr data-rule=(rule.rule) {
                            td { (signed(rule.points)) }
                            td { (inline(&rule.detail)) }
                        }
                    }
                }
            }
        }
        section #never {
            h2 { (t("ranking.never")) }
            p { strong { (t("ranking.unpaid")) } }
            ul { @for one in &ranking.never { li { (inline(one)) } } }
        }
        p {
            (fill("ranking.version", "n", ranking.version)) " "
            a href="/docs#read_ranking" { (t("ranking.docs")) }
        }
    };
    Ok(layout::Page::new(t("ranking.heading")).described(t("ranking.lead")).render(&content))
}

/// What a bucket is called on the page; one that is new here goes by its own name.
fn named(bucket: &str) -> &str {
    match bucket {
        "sort" => t("ranking.bucket_sort"),
        "words" => t("ranking.bucket_words"),
        "typo" => t("ranking.bucket_typo"),
        "proximity" => t("ranking.bucket_proximity"),
        "attribute" => t("ranking.bucket_attribute"),
        "exactness" => t("ranking.bucket_exactness"),
        "standing" => t("ranking.bucket_standing"),
        "number" => t("ranking.bucket_number"),
        other => other,
    }
}

fn signed(points: i32) -> String {
    if points < 0 { format!("\u{2212}{}", points.unsigned_abs()) } else { format!("+{points}") }
}
