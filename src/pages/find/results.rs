//! What a search answers, and what is shown where that is little or nothing.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use maud::{Markup, html};
use serde::Deserialize;

use super::filters::{Choice, without_all};
use super::state::{Search, State};
use crate::pages::card::Found;
use crate::pages::client::{Asked, query_of};
use crate::pages::map::Shown;
use crate::pages::texts::{fill, t};
use crate::pages::units::EVERYWHERE;
use crate::places::Gazetteer;
use crate::platform::geo::Point;
use crate::platform::problem::Error;

/// Fewer than so many with verified training nearby are not enough to choose from.
const ENOUGH: u64 = 5;
/// How many of the choices made are left out, one at a time, to find somebody.
const WAYS_OUT: usize = 5;
/// How many conditions are offered for the words of a search.
const OFFERS: usize = 2;
/// Fewer letters begin too many words to be taken for a condition.
const LETTERS: usize = 4;

/// A page of a search, as far as it is shown.
#[derive(Deserialize)]
pub(super) struct Page {
    pub(super) items: Vec<Found>,
    pub(super) total: Total,
    pub(super) next_cursor: Option<String>,
    #[serde(default)]
    pub(super) facets: Facets,
    pub(super) place: Option<Place>,
}

/// How many there are over all pages.
#[derive(Deserialize)]
pub(super) struct Total {
    pub(super) value: u64,
}

/// How many listings each choice leaves, by filter.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Facets(BTreeMap<String, Vec<Count>>);

/// How many listings have one value.
#[derive(Deserialize)]
pub(super) struct Count {
    pub(super) value: String,
    pub(super) count: u64,
}

/// The place a search is about.
#[derive(Deserialize)]
pub(super) struct Place {
    pub(super) point: Point,
    pub(super) radius_km: f64,
    pub(super) resolved: Option<Resolved>,
}

/// What a name was taken for.
#[derive(Deserialize)]
pub(super) struct Resolved {
    pub(super) label: String,
    pub(super) country: String,
}

impl Place {
    /// The country it is in, by its two letters; of a point, that of the town nearest to it.
    pub(super) fn country(&self) -> Option<String> {
        match &self.resolved {
            Some(resolved) => Some(resolved.country.clone()),
            None => Gazetteer::embedded().nearest(self.point).map(|(place, _)| place.country),
        }
    }
}

impl Page {
    /// What of it a map shows.
    pub(super) fn map(&self) -> Shown<'_> {
        let circle = self.place.as_ref().map(|place| (place.point, place.radius_km));
        Shown { items: &self.items, total: self.total.value, circle }
    }
}

impl Facets {
    /// The counts of one filter, the most frequent first.
    pub(super) fn of(&self, name: &str) -> &[Count] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// How many have one value.
    pub(super) fn count(&self, name: &str, value: &str) -> u64 {
        self.of(name).iter().find(|count| count.value == value).map_or(0, |count| count.count)
    }
}

/// How many a search in this state finds; the API's refusal counts as nobody.
async fn total(asked: &Asked<'_>, state: &State, search: &Search) -> u64 {
    let page = asked.get::<Page>(&state.api(search, &[("limit", "1"), ("cursor", "")])).await;
    page.map_or(0, |page| page.total.value)
}

/// Who is shown where too few with verified training are near.
pub(super) struct Further {
    /// The nearest with verified training beyond the circle.
    pub(super) next: Vec<Found>,
    /// Those within it whose training is not verified.
    pub(super) unverified: Vec<Found>,
}

/// Beyond the circle those with verified training, and within it those without.
pub(super) async fn further(
    asked: &Asked<'_>,
    state: &State,
    search: &Search,
    page: &Page,
) -> Result<Option<Further>, Error> {
    let is_asked = page.place.is_some() && !state.is_all() && !state.is("bbox") && state.is_first();
    if !is_asked || page.total.value >= ENOUGH {
        return Ok(None);
    }
    let by_distance = ("sort", "distance");
    let everywhere = [by_distance, ("radius_km", EVERYWHERE)];
    let (nearest, unverified) =
        (state.api(search, &everywhere), state.api(search, &[by_distance, ("verified", "false")]));
    let (nearest, unverified) =
        tokio::try_join!(asked.get::<Page>(&nearest), asked.get::<Page>(&unverified))?;
    let shown: Vec<&str> = page.items.iter().map(|found| found.number.as_str()).collect();
    let wanted = usize::try_from(ENOUGH).unwrap_or(0).saturating_sub(shown.len());
    let beyond = nearest.items.into_iter().filter(|found| !shown.contains(&found.number.as_str()));
    Ok(Some(Further { next: beyond.take(wanted).collect(), unverified: unverified.items }))
}

/// A search that finds somebody, one thing away from one that finds nobody.
pub(super) struct WayOut {
    says: String,
    to: State,
    count: u64,
}

/// What to loosen, each with how many it finds. Those that would find nobody either are left out.
pub(super) async fn ways_out(
    asked: &Asked<'_>,
    state: &State,
    search: &Search,
    chosen: &[Choice],
) -> Vec<WayOut> {
    let mut ways: Vec<(String, State)> = Vec::new();
    if !state.is_all() {
        ways.push((t("find.loosen_verified").to_owned(), state.with(&[("all", "1")])));
    }
    if !state.place(search).is_empty() && !state.is("bbox") {
        ways.push((t("find.loosen_radius").to_owned(), state.with(&[("radius_km", EVERYWHERE)])));
    }
    if !state.place(search).is_empty() && !state.is_all() {
        let both = state.with(&[("all", "1"), ("radius_km", EVERYWHERE), ("bbox", "")]);
        ways.push((t("find.loosen_both").to_owned(), both));
    }
    if !search.words.is_empty() {
        let near = search.near.as_deref().unwrap_or_default();
        let without = state.with(&[("q", ""), ("near", near)]);
        ways.push((fill("find.loosen_words", "words", &search.words), without));
    }
    ways.extend(
        chosen
            .iter()
            .take(WAYS_OUT)
            .map(|choice| (fill("find.loosen", "what", &choice.says), choice.without.clone())),
    );
    if chosen.len() > 1 {
        ways.push((t("filters.clear").to_owned(), without_all(state)));
    }
    let counted = ways.into_iter().map(|(says, to)| async move {
        let count = total(asked, &to, &Search::of(to.get("q"), to.get("near"))).await;
        WayOut { says, to, count }
    });
    join_all(counted).await.into_iter().filter(|way| way.count > 0).collect()
}

/// Nobody was found: what to do.
pub(super) fn loosen(ways: &[WayOut], state: &State) -> Markup {
    html! {
        section.loosen {
            h2 { (t("find.loosen_heading")) }
            ul {
                @for way in ways {
                    li { a href=(way.to.link()) { (way.says) } " (" (way.count) ")" }
                }
                li { a href={ "/find?" (query_of(&[("all", "1"), ("view", state.get("view"))])) } { (t("find.everybody")) } }
            }
        }
    }
}

#[derive(Deserialize)]
struct Suggestions {
    conditions: Vec<Suggested>,
}

#[derive(Deserialize)]
struct Suggested {
    text: String,
    code: String,
}

/// The conditions that the words of a search name, as filters: what each is called, the page, and how many it finds.
/// Words that may mean many things offer none.
pub(super) async fn offers(asked: &Asked<'_>, state: &State, search: &Search) -> Vec<(String, State, u64)> {
    let words = &search.words;
    if words.chars().count() < LETTERS || words.len() > 100 || !state.is_first() || state.is("conditions") {
        return Vec::new();
    }
    let query = query_of(&[("q", words), ("types", "conditions"), ("limit", "3")]);
    let Ok(found) = asked.get::<Suggestions>(&format!("/v1/suggest?{query}")).await else {
        return Vec::new();
    };
    if found.conditions.len() > OFFERS {
        return Vec::new();
    }
    let near = search.near.as_deref().unwrap_or_default();
    let mut offers = Vec::new();
    for condition in found.conditions {
        let to = state.with(&[("q", ""), ("near", near), ("conditions", &condition.code)]);
        let count = total(asked, &to, &Search::of("", near)).await;
        if count > 0 {
            offers.push((condition.text, to, count));
        }
    }
    offers
}
