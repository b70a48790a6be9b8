//! One listing: the four checks first, then what academies signed, the work, every review, the prices, and what the
//! practitioner says, apart from what was checked.

use maud::{Markup, html};
use serde::Deserialize;

use super::badge;
use super::card::{self, local, rated};
use super::client::Asked;
use super::gallery::Case;
use super::labels::{label, labels, money};
use super::layout;
use super::linked::{self, Listed, Reviewed};
use super::picture;
use super::texts::{fill, t};
use crate::platform::problem::Error;

#[derive(Deserialize)]
struct Listing {
    number: String,
    name: String,
    portrait: Option<Portrait>,
    verified: Verified,
    certificates: Vec<Certificate>,
    own_words: OwnWords,
    clinics: Vec<Practice>,
    services: Vec<Offered>,
    practising_since: Option<String>,
    conditions: Vec<String>,
    languages: Vec<String>,
}

#[derive(Deserialize)]
struct Portrait {
    large: String,
}

#[derive(Deserialize)]
struct Verified {
    value: bool,
}

#[derive(Deserialize)]
struct Certificate {
    title: String,
    academy: Named,
    counts: bool,
    #[serde(default)]
    lacks: Vec<Lack>,
    valid_from: String,
    awarded_on: Option<String>,
    page_url: String,
}

#[derive(Deserialize)]
struct Named {
    slug: String,
    name: String,
}

#[derive(Deserialize)]
struct Lack {
    detail: String,
}

#[derive(Deserialize)]
struct OwnWords {
    headline: Option<String>,
    bio: Option<String>,
}

#[derive(Deserialize)]
struct Practice {
    name: String,
    address: Address,
    step_free: Option<bool>,
}

#[derive(Deserialize)]
struct Address {
    city: Option<String>,
    postcode: Option<String>,
    country: String,
}

#[derive(Deserialize)]
struct Offered {
    service: String,
    price: Option<Price>,
}

#[derive(Deserialize)]
struct Price {
    currency: String,
    amount_from: i64,
    sessions_included: Option<u32>,
    touch_up_included: Option<bool>,
}

#[derive(Deserialize)]
struct Vetting {
    checks: Vec<Check>,
    warnings: Vec<Warning>,
    ask: Vec<Question>,
}

#[derive(Deserialize)]
struct Check {
    #[serde(rename = "check")]
    name: String,
    outcome: String,
    summary: String,
    evidence: Vec<Evidence>,
}

#[derive(Deserialize)]
struct Evidence {
    label: String,
    url: String,
}

#[derive(Deserialize)]
struct Warning {
    detail: String,
}

#[derive(Deserialize)]
struct Question {
    question: String,
}

#[derive(Deserialize)]
struct Reviews {
    items: Vec<Review>,
    summary: Summary,
}

#[derive(Deserialize)]
struct Summary {
    rating: Option<f64>,
    histogram: std::collections::BTreeMap<String, u64>,
    formula: Formula,
}

#[derive(Deserialize)]
struct Formula {
    text: String,
}

#[derive(Deserialize)]
struct Review {
    stars: u8,
    text: Option<String>,
    stage: String,
    written_at: String,
    verification_label: String,
    #[serde(default)]
    replies: Vec<Reply>,
}

#[derive(Deserialize)]
struct Reply {
    text: String,
}

#[derive(Deserialize)]
struct Cases {
    items: Vec<Case>,
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

/// What the address may say beside the number.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    reviews: Reading,
}

/// The whole page.
pub(super) async fn render(asked: &Asked<'_>, number: &str, form: Form) -> Result<Markup, Error> {
    let base = format!("/v1/practitioners/{number}");
    let sort = if form.reviews == Reading::Worst { "lowest" } else { "newest" };
    let (listing, listed): (Listing, Listed) = asked.get_both(&base).await?;
    let vetting: Vetting = asked.get(&format!("{base}/vetting")).await?;
    let (reviews, reviewed): (Reviews, Reviewed) =
        asked.get_both(&format!("{base}/reviews?sort={sort}&limit=20")).await?;
    let cases: Cases = asked.get(&format!("{base}/cases?limit=12")).await?;
    let content = html! {
        @if let Some(portrait) = &listing.portrait {
            img.portrait src=(local(&portrait.large)) alt="" width="128" height="128";
        }
        h1 { (listing.name) }
        p { (card::badge(listing.verified.value)) " " span.kind { (fill("listing.number", "number", &listing.number)) } }
        @if !listing.conditions.is_empty() {
            p { (fill("listing.conditions", "list", labels("conditions", &listing.conditions))) "." }
        }
        @if !listing.languages.is_empty() {
            p { (fill("listing.languages", "list", labels("languages", &listing.languages))) "." }
        }
        (vetting.render())
        (certificates(&listing.certificates))
        (work(&cases.items))
        (reviews.render(&listing.number, form.reviews))
        (prices(&listing.services))
        (places(&listing.clinics))
        (own_words(&listing))
        p {
            a href={ "/practitioners/" (listing.number) "/questions" } { (t("listing.questions")) } " · "
            a href={ "/v1/practitioners/" (listing.number) "/history" } { (t("listing.history")) }
        }
        (badge::how_to(&listing.number))
    };
    let linked = linked::listing(&listed, &reviewed, asked.today()?);
    let page = layout::Page::new(&listing.name).linked(&linked);
    Ok(picture::shown_on(
        page,
        &format!("/practitioners/{}", listing.number),
        &picture::of_listing(&listed),
        &content,
    ))
}

/// What the listing leaves open, to be printed.
pub(super) async fn questions(asked: &Asked<'_>, number: &str) -> Result<Markup, Error> {
    let base = format!("/v1/practitioners/{number}");
    let listing: Listing = asked.get(&base).await?;
    let vetting: Vetting = asked.get(&format!("{base}/vetting")).await?;
    let heading = fill("listing_questions.heading", "name", &listing.name);
    let content = html! {
        h1 { (heading) }
        p.lead { (t("listing_questions.lead")) }
        ul.ask { @for ask in &vetting.ask { li { (ask.question) } } }
        p.screen { a href={ "/practitioners/" (listing.number) } { (t("listing_questions.back")) } }
    };
    Ok(layout::page(&heading, &content))
}

impl Vetting {
    fn render(&self) -> Markup {
        html! {
            @if !self.warnings.is_empty() {
                section.warnings {
                    h2 { (t("listing.warnings")) }
                    ul { @for warning in &self.warnings { li { (warning.detail) } } }
                }
            }
            section.checks {
                h2 { (t("listing.checks")) }
                @for check in &self.checks {
                    article data-check=(check.name) data-outcome=(check.outcome) {
                        h3 { (capital(&check.name)) }
                        p.outcome { (outcome(&check.outcome)) }
                        p { (check.summary) }
                        @if !check.evidence.is_empty() {
                            details {
                                summary { (t("listing.evidence")) }
                                ul { @for piece in &check.evidence { li { a href=(local(&piece.url)) { (piece.label) } } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn outcome(outcome: &str) -> &'static str {
    match outcome {
        "verified" => t("listing.verified"),
        "claimed" => t("listing.claimed"),
        "missing" => t("listing.missing"),
        _ => t("listing.not_checked_here"),
    }
}

fn certificates(certificates: &[Certificate]) -> Markup {
    html! {
        section #certificates {
            h2 { (t("listing.certificates")) }
            @if certificates.is_empty() { p { (t("listing.no_certificates")) } }
            @for certificate in certificates {
                article {
                    h3 { a href=(local(&certificate.page_url)) { (certificate.title) } }
                    p {
                        (fill("listing.signed", "academy", &certificate.academy.name).replace("{day}", day(&certificate.valid_from)))
                        @if let Some(awarded) = &certificate.awarded_on { ". " (fill("listing.awarded", "day", awarded)) }
                        ". " a href={ "/academies/" (certificate.academy.slug) } { (t("listing.academy")) }
                    }
                    @if certificate.counts { p.yes { (t("listing.counts")) "." } }
                    @else {
                        p.no { (t("listing.counts_not")) "." }
                        ul { @for lack in &certificate.lacks { li { (lack.detail) } } }
                    }
                }
            }
        }
    }
}

fn work(cases: &[Case]) -> Markup {
    html! {
        section #work {
            h2 { (t("listing.work")) }
            @if cases.is_empty() { p { (t("listing.no_work")) } } @else { p { (t("listing.stage_days")) } }
            @for case in cases { (case.render()) }
        }
    }
}

impl Reviews {
    fn render(&self, number: &str, reading: Reading) -> Markup {
        let total: u64 = self.summary.histogram.values().sum();
        html! {
            section #reviews {
                h2 { (t("listing.reviews")) }
                @if total == 0 { p { (t("listing.no_reviews")) } } @else {
                    p { (rated(self.summary.rating, total)) }
                    ul.histogram {
                        @for (stars, count) in self.summary.histogram.iter().rev() {
                            li {
                                (fill("listing.histogram", "n", count).replace("{stars}", stars)) " "
                                meter min="0" max=(total) value=(count) aria-hidden="true" {}
                            }
                        }
                    }
                    details { summary { (t("listing.evidence")) } p { (self.summary.formula.text) }
                        p { a href={ "/rating?listing=" (number) "#counters" } { (t("listing.formula")) } }
                    }
                    p {
                        @if reading == Reading::Worst {
                            a href={ "/practitioners/" (number) "#reviews" } { (t("listing.newest")) }
                        } @else {
                            a href={ "/practitioners/" (number) "?reviews=worst#reviews" } { (t("listing.worst")) }
                        }
                    }
                }
                @for review in &self.items {
                    article.review {
                        h3 { (fill("card.rating", "stars", review.stars)) }
                        p.kind { (label("review-stages", &review.stage)) " · " (day(&review.written_at)) " · " (review.verification_label) }
                        @if let Some(text) = &review.text { p { (text) } }
                        @for reply in &review.replies { blockquote { strong { (t("listing.reply")) ": " } (reply.text) } }
                    }
                }
            }
        }
    }
}

fn prices(services: &[Offered]) -> Markup {
    let priced: Vec<(&Offered, &Price)> =
        services.iter().filter_map(|offered| Some((offered, offered.price.as_ref()?))).collect();
    html! {
        section #prices {
            h2 { (t("listing.prices")) }
            @if priced.is_empty() { p { (t("listing.no_prices")) } } @else {
                ul {
                    @for (offered, price) in priced {
                        li {
                            (label("services", &offered.service)) ": " (fill("listing.price_from", "price", money(price.amount_from, &price.currency)))
                            @if let Some(sessions) = price.sessions_included { ", " (fill("listing.sessions", "n", sessions)) }
                            @if price.touch_up_included == Some(true) { ", " (t("listing.touch_up")) }
                        }
                    }
                }
            }
        }
    }
}

fn places(clinics: &[Practice]) -> Markup {
    html! {
        section #clinics {
            h2 { (t("listing.clinics")) }
            ul {
                @for clinic in clinics {
                    li {
                        (clinic.name)
                        @if let Some(city) = &clinic.address.city { ", " (city) }
                        @if let Some(postcode) = &clinic.address.postcode { " " (postcode) }
                        ", " (label("countries", &clinic.address.country))
                        @if clinic.step_free == Some(true) { " · " (t("listing.step_free")) }
                    }
                }
            }
        }
    }
}

fn own_words(listing: &Listing) -> Markup {
    html! {
        section.own {
            h2 { (t("listing.own")) }
            p.kind { (t("listing.own_note")) }
            @if let Some(headline) = &listing.own_words.headline { p { strong { (headline) } } }
            @if let Some(bio) = &listing.own_words.bio { p { (bio) } }
            @if let Some(since) = &listing.practising_since { p { (fill("listing.since", "year", since)) "." } }
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The day of an instant.
fn day(instant: &str) -> &str {
    instant.split('T').next().unwrap_or(instant)
}
