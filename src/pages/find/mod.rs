//! The search, for people: one box, a place, filters with counts, the results in the API's own order as a list or on a map,
//! and what hides behind "verified only".

mod filters;
mod form;
mod results;
mod state;

pub use state::Search;
pub(super) use state::State;

use maud::{Markup, html};
use poem::http::StatusCode;

use self::results::{Further, Page};
use super::client::Asked;
use super::layout;
use super::map;
use super::texts::{fill, t};
use super::units::Region;
use super::{card, compare};
use crate::platform::problem::Error;

/// Listings that a map shows at once, the most that the API answers.
const ON_A_MAP: &str = "100";

/// The whole page, and its status.
pub(super) async fn render(asked: &Asked<'_>, query: &str) -> Result<(StatusCode, Markup), Error> {
    let state = State::read(query);
    let mut search = Search::of(state.get("q"), state.get("near"));
    let mut note = None;
    let page = match read(asked, &state, &search).await {
        Err(error) if is_no_place(&error) => {
            let place = search.near.take().unwrap_or_default();
            search = Search { words: format!("{} {place}", search.words).trim().to_owned(), near: None };
            note = Some(fill("find.not_place", "place", place));
            read(asked, &state, &search).await
        }
        page => page,
    };
    let page = match page {
        Ok(page) => page,
        // What was asked is wrong, and is put right where it was asked.
        Err(error) if error.code().status == 400 => return Ok(refused(asked, &state, &error)),
        Err(error) => return Err(error),
    };
    let region = region(asked, &page);
    let chosen = filters::chosen(&state);
    let (offers, further) = tokio::join!(
        results::offers(asked, &state, &search),
        results::further(asked, &state, &search, &page),
    );
    let further = further?;
    let nobody = page.items.is_empty()
        && further.as_ref().is_none_or(|further| further.next.is_empty() && further.unverified.is_empty());
    let ways = if nobody { results::ways_out(asked, &state, &search, &chosen).await } else { Vec::new() };
    let map = state.is_map().then(|| map::render(&state, &page.map(), region));
    let place = state.place(&search);
    let content = html! {
        h1 { (t("find.heading")) }
        (form::render(&state, &search, &page.facets, region))
        @if let Some(note) = note { p.note role="status" { (note) } }
        @for (condition, to, count) in &offers {
            p.offer { a href=(to.link()) { (fill("find.only", "condition", condition)) } " (" (count) ")" }
        }
        (filters::chips(&chosen, &state))
        (found(&state, &page))
        div.map-page data-map[map.is_some()] {
            @if let Some(map) = &map { (map) }
            div.found {
                (listed(&state, &page, further.as_ref(), region))
                @if nobody { (results::loosen(&ways, &state)) }
            }
        }
        @if !nobody { (compare::tray(&place)) }
    };
    let title = t("find.heading");
    let shown = layout::Page::new(title).script("find");
    let shown = if state.is_map() { shown.script("map") } else { shown };
    Ok((StatusCode::OK, shown.render(&content)))
}

async fn read(asked: &Asked<'_>, state: &State, search: &Search) -> Result<Page, Error> {
    let facets = filters::facets();
    let limit = if state.is_map() { ON_A_MAP } else { state::ON_A_PAGE };
    asked.get(&state.api(search, &[("facets", &facets), ("limit", limit)])).await
}

fn is_no_place(error: &Error) -> bool {
    error.faults().iter().any(|fault| fault.pointer == "query:near" && fault.code == "unknown-place")
}

/// How the reader says distances and money: as where they search, otherwise as where they seem to be.
fn region(asked: &Asked<'_>, page: &Page) -> Region {
    let country = page.place.as_ref().and_then(results::Place::country);
    country.map_or_else(
        || Region::of_languages(asked.header("accept-language")),
        |country| Region::of_country(&country),
    )
}

/// The page where the API refuses what was asked: why, and everything that was chosen, to be changed.
fn refused(asked: &Asked<'_>, state: &State, error: &Error) -> (StatusCode, Markup) {
    let region = Region::of_languages(asked.header("accept-language"));
    let chosen = filters::chosen(state);
    let search = Search::of(state.get("q"), state.get("near"));
    let content = html! {
        h1 { (t("find.heading")) }
        (form::render(state, &search, &results::Facets::default(), region))
        div.note role="alert" {
            p { (t("find.refused")) }
            @if error.faults().is_empty() { p { (error.detail()) } }
            ul {
                @for fault in error.faults() {
                    li { @if let Some(what) = subject(&fault.pointer) { (what) ": " } (fault.detail) }
                }
            }
        }
        (filters::chips(&chosen, state))
        p { a href="/find" { (t("find.anew")) } }
    };
    (StatusCode::BAD_REQUEST, layout::Page::new(t("find.heading")).script("find").render(&content))
}

/// The one box of the first page.
pub(super) fn front() -> Markup {
    form::front()
}

/// What the page calls a parameter.
fn subject(pointer: &str) -> Option<&'static str> {
    let name = pointer.strip_prefix("query:")?;
    Some(match name {
        "q" => t("find.words"),
        "near" | "lat" | "lon" => t("find.near"),
        "radius_km" => t("find.radius"),
        "sort" => t("find.sort"),
        "bbox" => t("map.label"),
        "price_max" => t("filters.price"),
        "currency" => t("filters.currency"),
        _ => filters::heading(name)?,
    })
}

/// How many were found, whom that hides, and the other view.
fn found(state: &State, page: &Page) -> Markup {
    let hidden = page.facets.count("verified", "false");
    let place = page.place.as_ref();
    html! {
        p.count role="status" {
            (counted(page.total.value))
            @if state.is("bbox") { " " (t("find.in_part")) }
            @else if let Some(resolved) = place.and_then(|place| place.resolved.as_ref()) {
                " " (fill("find.around", "place", &resolved.label))
            } @else if place.is_some() { " " (t("find.around_me")) }
            ". "
            @if !state.is_all() && hidden > 0 {
                (fill("find.hides", "n", hidden)) " "
                a href=(state.with(&[("all", "1")]).link()) { (t("find.show_all")) }
            } @else if state.is_all() {
                a href=(state.with(&[("all", "")]).link()) { (t("find.hide_again")) }
            }
        }
        p.views {
            @if state.is_map() {
                a href=(state.with(&[("view", ""), ("bbox", "")]).link()) { (t("find.as_list")) }
            } @else {
                a href=(state.with(&[("view", "map")]).link()) { (t("find.as_map")) }
            }
        }
    }
}

fn counted(total: u64) -> String {
    match total {
        0 => t("find.none").trim_end_matches('.').to_owned(),
        1 => t("find.found_one").to_owned(),
        many => fill("find.found", "n", many),
    }
}

/// The results, and who else there is where they are few.
fn listed(state: &State, page: &Page, further: Option<&Further>, region: Region) -> Markup {
    html! {
        @if !page.items.is_empty() { h2.hidden { (t("find.results")) } }
        @if state.is_map() { (map::list(&page.items, region.miles)) }
        @else { (card::list(&page.items, region.miles)) }
        @if let Some(next) = &page.next_cursor {
            p { a rel="next" href=(state.turned(next).link()) { (t("find.more")) } }
        }
        @if let Some(further) = further {
            @if !further.next.is_empty() {
                h2 { (t("find.few")) }
                (card::list(&further.next, region.miles))
            }
            @if !further.unverified.is_empty() {
                h2.divider { (t("find.unverified")) }
                (card::list(&further.unverified, region.miles))
            }
        }
    }
}
