//! The search, for people: one box, a place, the results in the API's own order, and what hides behind "verified only".

use maud::{Markup, html};
use poem::web::Query;
use serde::Deserialize;

use super::card::{self, Found};
use super::client::{Asked, query_of};
use super::layout;
use super::texts::{fill, t};
use crate::platform::problem::Error;

/// Listings on a page.
const ON_A_PAGE: &str = "12";
/// Fewer than so many with verified training nearby are not enough to choose from.
const ENOUGH: u64 = 5;
/// Half the Earth's circumference, in kilometres: everywhere.
const EVERYWHERE: &str = "20037";
/// What is said to be near where nobody says how far.
const USUAL_KM: u32 = 40;
/// How far, in the choices offered.
const RADII_KM: [u32; 5] = [10, 25, 40, 80, 160];

/// What the form sends; every state of the page is in its address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    q: String,
    near: String,
    radius_km: Option<u32>,
    /// Present where listings without verified training are shown too.
    all: Option<String>,
    sort: Option<String>,
    cursor: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Found>,
    total: Total,
    next_cursor: Option<String>,
    #[serde(default)]
    facets: Facets,
    place: Option<Place>,
}

#[derive(Deserialize)]
struct Total {
    value: u64,
}

#[derive(Default, Deserialize)]
struct Facets {
    #[serde(default)]
    verified: Vec<Count>,
}

#[derive(Deserialize)]
struct Count {
    value: String,
    count: u64,
}

#[derive(Deserialize)]
struct Place {
    resolved: Resolved,
}

#[derive(Deserialize)]
struct Resolved {
    label: String,
    country: String,
}

/// What is searched, once the one box was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// The words.
    pub words: String,
    /// The place, if one is named.
    pub near: Option<String>,
}

impl Search {
    /// Takes "crown thinning near Leeds" apart, unless a place is named apart already.
    #[must_use]
    pub fn of(words: &str, near: &str) -> Self {
        let (words, near) = (words.trim(), near.trim());
        if !near.is_empty() {
            return Self { words: words.to_owned(), near: Some(near.to_owned()) };
        }
        let lower = words.to_lowercase();
        // Letters that change their length in lower case would shift the cut.
        let cut = [" near ", " around ", " close to "].iter().find_map(|word| {
            let at = lower.rfind(word).filter(|_| lower.len() == words.len())?;
            Some((at, at + word.len()))
        });
        let begins = lower.starts_with("near ").then_some((0, "near ".len()));
        match cut.or(begins) {
            Some((at, from)) if words.is_char_boundary(at) && !words[from..].trim().is_empty() => {
                Self { words: words[..at].trim().to_owned(), near: Some(words[from..].trim().to_owned()) }
            }
            _ => Self { words: words.to_owned(), near: None },
        }
    }
}

/// The whole page.
pub(super) async fn render(asked: &Asked<'_>, Query(form): Query<Form>) -> Result<Markup, Error> {
    let mut search = Search::of(&form.q, &form.near);
    let mut note = None;
    let page = match asked.get::<Page>(&form.address(&search)).await {
        Err(error) if is_no_place(&error) => {
            let place = search.near.take().unwrap_or_default();
            search = Search { words: format!("{} {place}", search.words).trim().to_owned(), near: None };
            note = Some(fill("find.not_place", "place", place));
            asked.get::<Page>(&form.address(&search)).await?
        }
        page => page?,
    };
    let miles =
        page.place.as_ref().is_some_and(|place| matches!(place.resolved.country.as_str(), "GB" | "US"));
    let further = form.further(asked, &search, &page).await?;
    let hidden =
        page.facets.verified.iter().find(|count| count.value == "false").map_or(0, |count| count.count);
    let content = html! {
        h1 { (t("find.heading")) }
        (form.render())
        @if let Some(note) = note { p.note role="status" { (note) } }
        p.count role="status" {
            (counted(page.total.value))
            @if let Some(place) = &page.place { " " (fill("find.around", "place", &place.resolved.label)) }
            ". "
            @if form.all.is_none() && hidden > 0 {
                (fill("find.hides", "n", hidden)) " "
                a href=(form.link(true, None)) { (t("find.show_all")) }
            } @else if form.all.is_some() {
                a href=(form.link(false, None)) { (t("find.hide_again")) }
            }
        }
        (card::list(&page.items, miles))
        @if let Some(next) = &page.next_cursor {
            p { a rel="next" href=(form.link(form.all.is_some(), Some(next))) { (t("find.more")) } }
        }
        @if let Some(further) = further {
            @if !further.next.is_empty() {
                h2 { (t("find.few")) }
                (card::list(&further.next, miles))
            }
            @if !further.unverified.is_empty() {
                h2.divider { (t("find.unverified")) }
                (card::list(&further.unverified, miles))
            }
        }
    };
    Ok(layout::Page::new(t("find.heading")).script("find").render(&content))
}

fn counted(total: u64) -> String {
    match total {
        0 => t("find.none").trim_end_matches('.').to_owned(),
        1 => t("find.found_one").to_owned(),
        many => fill("find.found", "n", many),
    }
}

fn is_no_place(error: &Error) -> bool {
    error.faults().iter().any(|fault| fault.pointer == "query:near")
}

/// Who is shown where too few with verified training are near.
struct Further {
    next: Vec<Found>,
    unverified: Vec<Found>,
}

impl Form {
    fn radius(&self) -> u32 {
        self.radius_km.unwrap_or(USUAL_KM)
    }

    /// The address of the API for the search.
    fn address(&self, search: &Search) -> String {
        let radius = search.near.as_ref().map(|_| self.radius().to_string()).unwrap_or_default();
        let query = query_of(&[
            ("q", &search.words),
            ("near", search.near.as_deref().unwrap_or_default()),
            ("radius_km", &radius),
            ("verified", if self.all.is_none() { "true" } else { "" }),
            ("sort", self.sort.as_deref().unwrap_or_default()),
            ("facets", "verified"),
            ("limit", ON_A_PAGE),
            ("cursor", self.cursor.as_deref().unwrap_or_default()),
        ]);
        format!("/v1/practitioners?{query}")
    }

    /// The address of this page, with or without those whose training is not verified.
    fn link(&self, all: bool, cursor: Option<&str>) -> String {
        let query = query_of(&[
            ("q", &self.q),
            ("near", &self.near),
            ("radius_km", &self.radius_km.map(|km| km.to_string()).unwrap_or_default()),
            ("all", if all { "1" } else { "" }),
            ("sort", self.sort.as_deref().unwrap_or_default()),
            ("cursor", cursor.unwrap_or_default()),
        ]);
        format!("/find?{query}")
    }

    /// Beyond the circle those with verified training, and within it those without.
    async fn further(
        &self,
        asked: &Asked<'_>,
        search: &Search,
        page: &Page,
    ) -> Result<Option<Further>, Error> {
        let (Some(near), true, None) = (&search.near, self.all.is_none(), &self.cursor) else {
            return Ok(None);
        };
        if page.total.value >= ENOUGH {
            return Ok(None);
        }
        let address = |verified: &str, radius: &str| {
            let query = query_of(&[
                ("q", &search.words),
                ("near", near),
                ("radius_km", radius),
                ("verified", verified),
                ("sort", "distance"),
                ("limit", ON_A_PAGE),
            ]);
            format!("/v1/practitioners?{query}")
        };
        let nearest: Page = asked.get(&address("true", EVERYWHERE)).await?;
        let unverified: Page = asked.get(&address("false", &self.radius().to_string())).await?;
        let shown: Vec<&str> = page.items.iter().map(|found| found.number.as_str()).collect();
        let wanted = usize::try_from(ENOUGH).unwrap_or(0).saturating_sub(shown.len());
        let beyond = nearest.items.into_iter().filter(|found| !shown.contains(&found.number.as_str()));
        Ok(Some(Further { next: beyond.take(wanted).collect(), unverified: unverified.items }))
    }

    /// The form, as it was filled in.
    fn render(&self) -> Markup {
        let sort = self.sort.as_deref().unwrap_or("");
        html! {
            form.search action="/find" method="get" role="search" {
                p {
                    label for="q" { (t("find.words")) }
                    input #q name="q" type="search" maxlength="200" value=(self.q) placeholder=(t("find.words_hint"));
                }
                p {
                    label for="near" { (t("find.near")) }
                    input #near name="near" type="text" maxlength="100" value=(self.near)
                        placeholder=(t("find.near_hint")) autocomplete="address-level2";
                }
                p {
                    label for="radius_km" { (t("find.radius")) }
                    select #radius_km name="radius_km" {
                        @for km in RADII_KM {
                            option value=(km) selected[km == self.radius()] { (card::both_units(km)) }
                        }
                    }
                }
                p {
                    label for="sort" { (t("find.sort")) }
                    select #sort name="sort" {
                        option value="" { (t("find.relevance")) }
                        @for (value, label) in [("rating", t("find.rating")), ("experience", t("find.experience"))] {
                            option value=(value) selected[value == sort] { (label) }
                        }
                    }
                }
                @if self.all.is_some() { input type="hidden" name="all" value="1"; }
                button type="submit" { (t("find.search")) }
            }
            p.kind { a href="/ranking" { (t("find.order")) } }
        }
    }
}
