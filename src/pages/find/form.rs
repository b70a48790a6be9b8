//! The form of the find page, filled in as it was sent. Script completes what is typed and finds where the reader is; the
//! form works without.

use maud::{Markup, html};

use super::filters;
use super::results::Facets;
use super::state::{Search, State};
use crate::pages::texts::t;
use crate::pages::units::Region;

/// The form.
pub(super) fn render(state: &State, search: &Search, facets: &Facets, region: Region) -> Markup {
    framed(&html! {
            p.complete {
                label for="q" { (t("find.words")) }
                input #q name="q" type="search" maxlength="200" value=(state.get("q")) placeholder=(t("find.words_hint"))
                    data-complete="people,clinics,conditions,places";
            }
            p.complete {
                label for="near" { (t("find.near")) }
                input #near name="near" type="text" maxlength="100" value=(state.get("near"))
                    placeholder=(t("find.near_hint")) autocomplete="address-level2" data-complete="places";
            }
            p { button.quiet type="button" data-near-me hidden { (t("find.near_me")) } }
            p {
                label for="radius_km" { (t("find.radius")) }
                select #radius_km name="radius_km" {
                    @for (km, says) in state.radii(region) {
                        option value=(km) selected[km == state.radius()] { (says) }
                    }
                }
            }
            p {
                label for="sort" { (t("find.sort")) }
                select #sort name="sort" { (orders(state, search)) }
                span.kind.below { a href="/ranking" { (t("find.order")) } }
            }
            @for name in ["all", "view", "lat", "lon"] {
                @if state.is(name) { input type="hidden" name=(name) value=(state.get(name)); }
            }
            button type="submit" { (t("find.search")) }
            (filters::panel(state, facets, region))
    })
}

/// The one box of the first page, which is completed and finds where the reader is as the find page does.
pub(super) fn front() -> Markup {
    framed(&html! {
            p.complete {
                label for="q" { (t("find.words")) }
                input #q name="q" type="search" maxlength="200" placeholder=(t("find.words_hint"))
                    data-complete="people,clinics,conditions,places";
            }
            button type="submit" { (t("find.search")) }
            p { button.quiet type="button" data-near-me hidden { (t("find.near_me")) } }
    })
}

/// The form around its fields, and where script says what it does.
fn framed(fields: &Markup) -> Markup {
    html! {
        form.search #search action="/find" method="get" role="search"
            data-kind-people=(t("find.kind_people")) data-kind-clinics=(t("find.kind_clinics"))
            data-kind-places=(t("find.kind_places")) data-kind-conditions=(t("find.kind_conditions"))
            data-some=(t("find.suggestions")) data-none=(t("find.no_suggestions"))
            data-locating=(t("find.locating")) data-refused=(t("find.location_refused"))
            data-failed=(t("find.location_failed")) {
            (fields)
        }
        p.said #said role="status" {}
        p.hidden #told role="status" {}
    }
}

/// The orders that can be had. Around a place and without words, nearest first is the usual one.
fn orders(state: &State, search: &Search) -> Markup {
    let has_place = search.near.is_some() || state.is_point();
    let (usual, other) = (("", t("find.relevance")), ("distance", t("find.distance")));
    let (usual, other) = if has_place && search.words.is_empty() {
        (("", other.1), ("relevance", usual.1))
    } else {
        (usual, other)
    };
    let rest = [
        ("rating", t("find.rating")),
        ("experience", t("find.experience")),
        ("recently-verified", t("find.recently_verified")),
        ("name", t("find.name")),
    ];
    html! {
        @for (value, says) in [usual].into_iter().chain(has_place.then_some(other)).chain(rest) {
            option value=(value) selected[value == state.get("sort")] { (says) }
        }
    }
}
