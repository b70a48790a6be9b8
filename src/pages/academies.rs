//! Academies: who trains, who vouches for them and since when, what their courses hold, and which keys they sign with.

use std::collections::HashMap;

use maud::{Markup, html};
use poem::web::Query;
use serde::Deserialize;

use super::client::{Asked, query_of};
use super::days::day;
use super::labels::label;
use super::layout;
use super::texts::{fill, t};
use crate::platform::problem::Error;

/// So many academies have their people counted in one answer of the search.
const COUNTED_AT_ONCE: usize = 100;

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    q: String,
    cursor: String,
}

/// A page of a list of the API.
#[derive(Deserialize)]
pub(super) struct List<T> {
    pub(super) items: Vec<T>,
    total: Total,
    #[serde(default)]
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Total {
    value: u64,
}

/// An academy, as the API answers it.
#[derive(Deserialize)]
pub(super) struct Academy {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) legal_name: Option<String>,
    pub(super) website: Option<String>,
    pub(super) country: String,
    pub(super) own_words: Option<String>,
    pub(super) did: String,
    pub(super) did_fault: Option<String>,
    pub(super) recognised: bool,
    pub(super) recognition: Option<Recognition>,
}

/// Who vouches for an academy, and from when to when it counts.
#[derive(Deserialize)]
pub(super) struct Recognition {
    pub(super) vouched_by: String,
    pub(super) counts_from: String,
    pub(super) counts_until: Option<String>,
    #[serde(default)]
    pub(super) in_force: bool,
    pub(super) end_reason: Option<String>,
    pub(super) note: Option<String>,
    pub(super) evidence: Option<Evidence>,
}

/// What something rests on.
#[derive(Deserialize)]
pub(super) struct Evidence {
    url: Option<String>,
    text: Option<String>,
}

#[derive(Deserialize)]
struct Counted {
    total: Total,
    #[serde(default)]
    facets: Facets,
}

#[derive(Default, Deserialize)]
struct Facets {
    #[serde(default)]
    academy: Vec<Count>,
}

#[derive(Deserialize)]
struct Count {
    value: String,
    count: u64,
}

/// The list.
pub(super) async fn list(asked: &Asked<'_>, Query(form): Query<Form>) -> Result<Markup, Error> {
    let query = query_of(&[("q", form.q.trim()), ("cursor", &form.cursor)]);
    let page: List<Academy> = asked.get(&format!("/v1/academies?{query}")).await?;
    let people = people_of(asked, &page.items).await;
    let content = html! {
        h1 { (t("academies.heading")) }
        p.lead { (t("academies.lead")) }
        form.search action="/academies" method="get" role="search" {
            p {
                label for="q" { (t("academies.name")) }
                input #q name="q" type="search" maxlength="100" value=(form.q);
            }
            button type="submit" { (t("find.search")) }
        }
        p.count role="status" { (fill("academies.found", "n", page.total.value)) }
        @if !page.items.is_empty() { h2.hidden { (t("find.results")) } }
        ul.results { @for academy in &page.items { li { (academy.card(people.get(&academy.slug).copied())) } } }
        @if let Some(next) = &page.next_cursor {
            p { a rel="next" href={ "/academies?" (query_of(&[("q", form.q.trim()), ("cursor", next)])) } { (t("find.more")) } }
        }
        p { (t("academies.counts")) }
    };
    Ok(layout::Page::new(t("academies.heading")).described(t("academies.lead")).render(&content))
}

/// How many listed people show a certificate of each of these that stands, by slug; nothing where the search is away.
pub(super) async fn people_of(asked: &Asked<'_>, academies: &[Academy]) -> HashMap<String, u64> {
    let Ok(all) = asked.get::<Counted>("/v1/practitioners?limit=1&facets=academy").await else {
        return HashMap::new();
    };
    let complete = all.facets.academy.len() < COUNTED_AT_ONCE;
    let mut counts: HashMap<String, u64> =
        all.facets.academy.into_iter().map(|one| (one.value, one.count)).collect();
    for academy in academies {
        if counts.contains_key(&academy.slug) {
            continue;
        }
        let alone = async || {
            let query = query_of(&[("academy", &academy.slug), ("limit", "1")]);
            asked.get::<Counted>(&format!("/v1/practitioners?{query}")).await
        };
        let count = if complete { Some(0) } else { alone().await.ok().map(|one| one.total.value) };
        counts.extend(count.map(|count| (academy.slug.clone(), count)));
    }
    counts
}

/// How many people, in words.
pub(super) fn people(count: u64) -> String {
    match count {
        0 => t("academies.people_none").to_owned(),
        1 => t("academies.people_one").to_owned(),
        many => fill("academies.people", "n", many),
    }
}

impl Academy {
    fn card(&self, count: Option<u64>) -> Markup {
        html! {
            article.card data-academy=(self.slug) {
                h3 { a href={ "/academies/" (self.slug) } { (self.name) } }
                (self.mark())
                ul.facts {
                    li { (label("countries", &self.country)) }
                    @if let Some(recognition) = &self.recognition {
                        li { (recognition.since()) }
                    }
                    @if let Some(count) = count { li { (people(count)) } }
                }
            }
        }
    }

    /// Whether somebody vouches for it today, in words.
    pub(super) fn mark(&self) -> Markup {
        html! {
            @if self.recognised { span.badge.yes { "✓ " (t("academies.recognised")) } }
            @else { span.badge.no { "○ " (t("academies.unrecognised")) } }
        }
    }
}

impl Recognition {
    /// Who vouches, and since when.
    pub(super) fn since(&self) -> String {
        fill("academies.vouched", "who", &self.vouched_by).replace("{day}", day(&self.counts_from))
    }
}

impl Evidence {
    /// What it rests on, as a text and a link.
    pub(super) fn render(&self) -> Markup {
        html! {
            @if let Some(text) = &self.text { (text) " " }
            @if let Some(url) = &self.url { (outward(url)) }
        }
    }
}

/// A link to somebody else's site; nothing of it is loaded here, and engines are told that it is not our word.
pub(super) fn outward(url: &str) -> Markup {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    html! { @if is_web { a href=(url) rel="nofollow noopener external" { (url) } } @else { (url) } }
}
