//! The results on a map: an SVG drawn here, so that it works without script and loads nothing. Outlines of the world, the
//! largest places that are seen, and the results as marks that are links; ways to move and to come closer are links too.

mod ground;
mod marks;
mod outlines;
mod view;

use maud::{Markup, PreEscaped, html};

use self::ground::Ground;
use self::marks::{Mark, Name};
use self::view::{SIDE, View};
use super::card::{Found, badge};
use super::compare;
use super::find::State;
use super::texts::{fill, t};
use super::units::{MILE_KM, Region};
use crate::places::Gazetteer;
use crate::platform::geo::{Bounds, Point};

/// A circle wider than this says little of where the results are, in kilometres.
const WIDE_KM: f64 = 500.0;
/// The longest a bar of the scale may be, in units.
const BAR: f64 = 120.0;
/// Wider than this, in degrees, distances differ too much over a map for a scale.
const NO_SCALE: f64 = 40.0;

/// What a map shows: the results of a page, how many there are over all pages, and the circle that was searched, in kilometres.
pub(super) struct Shown<'a> {
    pub(super) items: &'a [Found],
    pub(super) total: u64,
    pub(super) circle: Option<(Point, f64)>,
}

/// The map, with what moves it.
pub(super) fn render(state: &State, shown: &Shown<'_>, region: Region) -> Markup {
    let view = view_of(state, shown);
    let ground = Ground::of(view);
    let marks = marks::marks(shown.items, view);
    let on_map: usize = marks.iter().map(|mark| mark.whose.len()).sum();
    html! {
        section.map #map data-west=(view.west) data-north=(view.north) data-span=(view.span) {
            svg viewBox={ "0 0 " (SIDE) " " (SIDE) } role="group" aria-label=(t("map.label")) {
                rect.sea width=(SIDE) height=(SIDE) {}
                g transform="scale(.1)" aria-hidden="true" {
                    path.land fill-rule="evenodd" d=(PreEscaped(&ground.outlines.land)) {}
                    path.border d=(PreEscaped(&ground.outlines.borders)) {}
                }
                @if !state.is("bbox") { (circle(view, shown.circle)) }
                g.names aria-hidden="true" { @for name in marks::names(&ground.towns, &marks) { (name_of(&name)) } }
                (scale(view, region))
                @for mark in &marks { (mark_of(mark, state, shown.items, view)) }
            }
            nav.moves aria-label=(t("map.move")) {
                @for (symbol, says, to, key) in moves(view) {
                    a href=(state.with(&[("bbox", &to.bbox())]).link()) aria-label=(says) title=(says) data-key=(key) { (symbol) }
                }
            }
            @if (shown.items.len() as u64) < shown.total {
                p { (fill("map.part", "shown", shown.items.len()).replace("{total}", &shown.total.to_string())) }
            }
            @if on_map < shown.items.len() { p { (fill("map.nowhere", "n", shown.items.len() - on_map)) } }
            p.source { (t("map.source")) }
        }
    }
}

/// The results beside a map, numbered as its marks are.
pub(super) fn list(found: &[Found], miles: bool) -> Markup {
    html! {
        ol.on-map {
            @for (at, found) in found.iter().enumerate() {
                li id={ "r" (at + 1) } data-number=(found.number) {
                    a href={ "/practitioners/" (found.number) } { (found.name) } " "
                    (badge(found.verified.value))
                    @if let Some(place) = found.whereabouts(miles) { p { (place) } }
                    (compare::tick(&found.number, &found.name))
                }
            }
        }
    }
}

/// What is shown: the part asked for, otherwise the circle that was searched, otherwise where the results are.
fn view_of(state: &State, shown: &Shown<'_>) -> View {
    if let Ok(bounds) = Bounds::parse(state.get("bbox")) {
        return View::fitting(bounds);
    }
    if let Some((centre, km)) = shown.circle.filter(|(_, km)| *km <= WIDE_KM) {
        return View::fitting(Bounds::around(centre, km)).zoomed(1.05);
    }
    let points = shown.items.iter().filter_map(|found| found.clinic()?.point);
    let points: Vec<Point> = points.chain(shown.circle.map(|(centre, _)| centre)).collect();
    View::with_room(view::around(&points).unwrap_or(Bounds::WORLD))
}

/// What can be done with a map: its sign, what it is called, the view, and the key for it.
fn moves(view: View) -> [(&'static str, &'static str, View, &'static str); 6] {
    [
        ("+", t("map.zoom_in"), view.zoomed(0.5), "+"),
        ("−", t("map.zoom_out"), view.zoomed(2.0), "-"),
        ("↑", t("map.north"), view.moved(0.0, 0.4), "ArrowUp"),
        ("↓", t("map.south"), view.moved(0.0, -0.4), "ArrowDown"),
        ("←", t("map.west"), view.moved(-0.4, 0.0), "ArrowLeft"),
        ("→", t("map.east"), view.moved(0.4, 0.0), "ArrowRight"),
    ]
}

/// A number as a drawing has it, to a tenth.
fn units(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "what is drawn is a few hundred units wide")]
    let tenths = (value * 10.0).round() as i64;
    let sign = if tenths < 0 { "-" } else { "" };
    format!("{sign}{}.{}", tenths.abs() / 10, tenths.abs() % 10)
}

fn circle(view: View, circle: Option<(Point, f64)>) -> Markup {
    html! {
        @if let Some((centre, km)) = circle.filter(|(_, km)| *km <= WIDE_KM) {
            @let (x, y) = view.project(centre);
            circle.reach cx=(units(x)) cy=(units(y)) r=(units(km / view.km_per_unit_at(centre.lat))) {}
        }
    }
}

fn name_of(name: &Name) -> Markup {
    let (x, y) = name.at;
    html! {
        @if let Some((x, y)) = name.dot { circle cx=(units(x)) cy=(units(y)) r="1.6" {} }
        text x=(units(x)) y=(units(y + 4.0)) text-anchor=(name.anchor) { (name.text) }
    }
}

/// A bar of a round length, in miles or kilometres.
fn scale(view: View, region: Region) -> Markup {
    let (unit_km, unit) = if region.miles { (MILE_KM, "miles") } else { (1.0, "km") };
    let longest = BAR * view.km_per_unit() / unit_km;
    let power = 10_f64.powf(longest.log10().floor());
    let length = [5.0, 2.0, 1.0].into_iter().find(|step| step * power <= longest).unwrap_or(1.0) * power;
    let wide = length * unit_km / view.km_per_unit();
    html! {
        @if view.span <= NO_SCALE {
            g.scale aria-hidden="true" {
                path d={ "M10 " (SIDE - 16.0) "v6h" (units(wide)) "v-6" } {}
                text x="14" y=(SIDE - 20.0) { (length) " " (unit) }
            }
        }
    }
}

fn mark_of(mark: &Mark, state: &State, items: &[Found], view: View) -> Markup {
    let (x, y) = mark.at;
    let first = &items[mark.whose[0]];
    let number = mark.whose[0] + 1;
    let (to, says, text) = if mark.whose.len() == 1 {
        let says = fill("map.one", "n", number).replace("{name}", &first.name);
        (format!("/practitioners/{}", first.number), says, number.to_string())
    } else {
        let to = mark
            .apart(view)
            .map_or_else(|| format!("#r{number}"), |closer| state.with(&[("bbox", &closer.bbox())]).link());
        let says = fill("map.some", "n", mark.whose.len()).replace("{where}", &whereabouts(first));
        (to, says, format!("{}×", mark.whose.len()))
    };
    html! {
        a.mark href=(to) aria-label=(says) data-many[mark.whose.len() > 1] {
            title { (says) }
            @if mark.whose.len() == 1 { circle cx=(units(x)) cy=(units(y)) r="15.5" {} }
            @else { rect x=(units(x - 17.0)) y=(units(y - 15.5)) width="34" height="31" rx="6" {} }
            text x=(units(x)) y=(units(y + 4.5)) text-anchor="middle" aria-hidden="true" { (text) }
        }
    }
}

/// The town somebody works in, or the one nearest to it.
fn whereabouts(found: &Found) -> String {
    let clinic = found.clinic();
    let city = clinic.and_then(|clinic| clinic.city.clone());
    let nearest = || {
        let (place, _) = Gazetteer::embedded().nearest(clinic?.point?)?;
        Some(place.name)
    };
    fill("map.place", "place", city.or_else(nearest).unwrap_or_default())
}
