//! Two to four practitioners side by side: the checks, what to look twice at, and the plain facts, in the order chosen. And
//! the tray in which the find page collects them.

use std::fmt::Write;

use maud::{Markup, html};
use poem::http::StatusCode;
use serde::Deserialize;

use super::card::{Found, Rating, rated};
use super::client::{Asked, query_of};
use super::labels::{label, labels, money};
use super::layout;
use super::texts::{fill, t};
use super::units::{EVERYWHERE, Region};
use crate::config::limits;
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::Error;

/// Most numbers of a request that are looked at.
const MOST_READ: usize = 12;
/// What says from where distances are.
const PLACE: [&str; 3] = ["near", "lat", "lon"];

/// What is asked: whom to compare, and from where distances are.
#[derive(Default)]
struct Chosen {
    numbers: Vec<String>,
    /// What was sent as a number and is none.
    wrong: Vec<String>,
    place: Vec<(&'static str, String)>,
}

impl Chosen {
    fn read(query: &str) -> Self {
        let mut chosen = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if let Some(name) = PLACE.iter().find(|known| **known == name) {
                chosen.place.push((name, value.trim().to_owned()));
            }
            if name != "id" {
                continue;
            }
            for word in value.split(',').map(str::trim).filter(|word| !word.is_empty()).take(MOST_READ) {
                match Number::parse(word, NumberKind::Listing) {
                    Ok(number) => chosen.add(number.to_string()),
                    Err(_) => chosen.wrong.push(word.chars().take(40).collect()),
                }
            }
        }
        chosen.wrong.truncate(MOST_READ);
        chosen.numbers.truncate(MOST_READ);
        chosen
    }

    fn add(&mut self, number: String) {
        if !self.numbers.contains(&number) {
            self.numbers.push(number);
        }
    }

    /// The address of the comparison without one of them.
    fn without(&self, number: &str) -> String {
        let rest = self.numbers.iter().filter(|kept| *kept != number).map(|kept| ("id", kept.as_str()));
        format!("/compare?{}", query_of(&rest.chain(self.place()).collect::<Vec<_>>()))
    }

    /// From where distances are, as an address says it.
    fn place(&self) -> Vec<(&str, &str)> {
        self.place.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    const fn can_be_compared(&self) -> bool {
        2 <= self.numbers.len() && self.numbers.len() <= limits::COMPARED
    }
}

#[derive(Deserialize)]
struct Reports {
    items: Vec<Report>,
}

/// A vetting report, as far as it is compared.
#[derive(Deserialize)]
struct Report {
    number: String,
    name: String,
    checks: Vec<Check>,
    warnings: Vec<Warning>,
    newly_trained: Training,
    cases: Cases,
    reviews: Reviews,
}

#[derive(Deserialize)]
struct Check {
    #[serde(rename = "check")]
    name: String,
    outcome: String,
    summary: String,
}

#[derive(Deserialize)]
struct Warning {
    detail: String,
}

#[derive(Deserialize)]
struct Training {
    value: bool,
    supervised_live_hours: u32,
}

#[derive(Deserialize)]
struct Cases {
    settled: u32,
    settled_client_confirmed: u32,
}

#[derive(Deserialize)]
struct Reviews {
    rating: Rating,
}

#[derive(Default, Deserialize)]
struct Cards {
    items: Vec<Found>,
    place: Option<Place>,
}

#[derive(Deserialize)]
struct Place {
    resolved: Option<Resolved>,
}

#[derive(Deserialize)]
struct Resolved {
    country: String,
}

/// The whole page, and its status.
pub(super) async fn render(asked: &Asked<'_>, query: &str) -> Result<(StatusCode, Markup), Error> {
    let mut chosen = Chosen::read(query);
    let mut notes: Vec<String> =
        chosen.wrong.iter().map(|word| fill("compare.wrong", "number", word)).collect();
    let mut status = StatusCode::BAD_REQUEST;
    let mut reports = if chosen.can_be_compared() { Some(read(asked, &chosen).await) } else { None };
    if matches!(&reports, Some(Err(error)) if matches!(error.code().status, 301 | 404 | 410)) {
        status = StatusCode::NOT_FOUND;
        notes.extend(drop_absent(asked, &mut chosen).await?);
        reports = if chosen.can_be_compared() { Some(read(asked, &chosen).await) } else { None };
    }
    let cards = cards(asked, &chosen).await;
    let content = match reports {
        Some(reports) => {
            status = StatusCode::OK;
            side_by_side(&reports?.items, &cards, &chosen, region(asked, &cards))
        }
        None => too_few_or_many(&chosen, &cards),
    };
    let content = html! {
        h1 { (t("compare.heading")) }
        @for note in &notes { p.note role="status" { (note) } }
        (content)
        p.screen { a href={ "/find?" (query_of(&chosen.place())) } { (t("compare.find")) } }
    };
    let page = layout::Page::new(t("compare.heading"));
    Ok((status, page.render(&content)))
}

async fn read(asked: &Asked<'_>, chosen: &Chosen) -> Result<Reports, Error> {
    asked.get(&format!("/v1/compare?{}", query_of(&[("numbers", &chosen.numbers.join(","))]))).await
}

/// Takes out who is not listed, and goes on with whoever a listing was merged into; answers what to say of each.
async fn drop_absent(asked: &Asked<'_>, chosen: &mut Chosen) -> Result<Vec<String>, Error> {
    let mut notes = Vec::new();
    for number in std::mem::take(&mut chosen.numbers) {
        let read = asked.get::<serde::de::IgnoredAny>(&format!("/v1/practitioners/{number}")).await;
        match read {
            Ok(_) => chosen.add(number),
            Err(error) if matches!(error.code().status, 301 | 404 | 410) => {
                if let Some(into) = error.members().get("number").and_then(|into| into.as_str()) {
                    chosen.add(into.to_owned());
                }
                notes.push(error.detail().to_owned());
            }
            Err(error) => return Err(error),
        }
    }
    Ok(notes)
}

/// What searches say of them: prices, clinics, languages. Without a search the reports still stand.
async fn cards(asked: &Asked<'_>, chosen: &Chosen) -> Cards {
    if chosen.numbers.is_empty() {
        return Cards::default();
    }
    let numbers = chosen.numbers.join(",");
    let base = [("numbers", numbers.as_str()), ("limit", "20")];
    let place = chosen.place();
    if place.iter().any(|(_, value)| !value.is_empty()) {
        let query = query_of(&[&base[..], &place, &[("radius_km", EVERYWHERE)]].concat());
        if let Ok(mut cards) = asked.get::<Cards>(&format!("/v1/practitioners?{query}")).await {
            if cards.items.len() < chosen.numbers.len() {
                // Somebody without a clinic is nowhere, and still compared.
                let all = asked.get::<Cards>(&format!("/v1/practitioners?{}", query_of(&base))).await;
                let known: Vec<String> = cards.items.iter().map(|found| found.number.clone()).collect();
                cards.items.extend(
                    all.unwrap_or_default().items.into_iter().filter(|found| !known.contains(&found.number)),
                );
            }
            return cards;
        }
    }
    asked.get(&format!("/v1/practitioners?{}", query_of(&base))).await.unwrap_or_default()
}

fn region(asked: &Asked<'_>, cards: &Cards) -> Region {
    let resolved = cards.place.as_ref().and_then(|place| place.resolved.as_ref());
    resolved.map_or_else(
        || Region::of_languages(asked.header("accept-language")),
        |resolved| Region::of_country(&resolved.country),
    )
}

fn too_few_or_many(chosen: &Chosen, cards: &Cards) -> Markup {
    let name = |number: &str| {
        let found = cards.items.iter().find(|found| found.number == number);
        found.map_or_else(|| number.to_owned(), |found| found.name.clone())
    };
    let too_many = chosen.numbers.len() > limits::COMPARED;
    html! {
        p.lead {
            @match chosen.numbers.len() {
                0 => (t("compare.none")),
                1 => (fill("compare.one", "name", name(&chosen.numbers[0]))),
                _ => (t("compare.many")),
            }
        }
        @if too_many {
            ul.leave {
                @for number in &chosen.numbers {
                    li { a href=(chosen.without(number)) { (fill("compare.leave_out", "name", name(number))) } }
                }
            }
        }
    }
}

/// A row: its heading, and a cell of every practitioner.
type Row = (&'static str, Vec<Markup>);

fn side_by_side(reports: &[Report], cards: &Cards, chosen: &Chosen, region: Region) -> Markup {
    let columns = reports.len();
    let card = |report: &Report| cards.items.iter().find(|found| found.number == report.number);
    let of_card = |cell: &dyn Fn(&Found) -> Markup| -> Vec<Markup> {
        reports
            .iter()
            .map(|report| card(report).map_or_else(|| html! { (t("compare.unknown")) }, cell))
            .collect()
    };
    let mut rows: Vec<Row> = checks(reports);
    rows.extend(figures(reports));
    rows.push((t("compare.prices"), of_card(&prices)));
    rows.push((
        t("compare.where"),
        of_card(&|found| {
            html! { (found.whereabouts(region.miles).unwrap_or_else(|| t("compare.unknown").to_owned())) }
        }),
    ));
    rows.push((t("compare.languages"), of_card(&|found| html! { (labels("languages", &found.languages)) })));
    rows.push((
        t("compare.new_clients"),
        of_card(&|found| {
            html! {
                @match found.accepts_new_clients {
                    Some(true) => (t("compare.yes")),
                    Some(false) => (t("compare.no")),
                    None => (t("compare.unknown")),
                }
            }
        }),
    ));
    html! {
        p.lead { (t("compare.lead")) }
        div.compare tabindex="0" role="region" aria-label=(t("compare.heading")) {
            table data-columns=(columns) {
                thead {
                    tr {
                        @for report in reports {
                            th scope="col" {
                                a href={ "/practitioners/" (report.number) } { (report.name) }
                                @if report.newly_trained.value { " " span.badge.new { (t("card.new")) } }
                                @if columns > 2 {
                                    a.leave href=(chosen.without(&report.number))
                                        aria-label=(fill("compare.leave_out", "name", &report.name)) { (t("compare.leave")) }
                                }
                            }
                        }
                    }
                }
                @for (heading, cells) in &rows {
                    tbody {
                        tr.what { th scope="rowgroup" colspan=(columns) { span { (heading) } } }
                        tr { @for cell in cells { td { (cell) } } }
                    }
                }
            }
        }
    }
}

/// The four checks, each with its outcome in a word and why.
fn checks(reports: &[Report]) -> Vec<Row> {
    let headings = [
        ("training", t("compare.training")),
        ("experience", t("compare.experience")),
        ("reputation", t("compare.reputation")),
        ("communication", t("compare.communication")),
    ];
    let rows = headings.map(|(name, heading)| {
        let cells = reports.iter().map(|report| {
            let check = report.checks.iter().find(|check| check.name == name);
            html! {
                @if let Some(check) = check {
                    div data-outcome=(check.outcome) {
                        p.outcome { (outcome(&check.outcome)) }
                        p { (check.summary) }
                    }
                } @else { (t("compare.unknown")) }
            }
        });
        (heading, cells.collect())
    });
    rows.into()
}

fn outcome(word: &str) -> &str {
    match word {
        "verified" => t("listing.verified"),
        "claimed" => t("listing.claimed"),
        "missing" => t("listing.missing"),
        _ => t("listing.not_checked_here"),
    }
}

/// What to look twice at, and what can be counted.
fn figures(reports: &[Report]) -> Vec<Row> {
    let each = |cell: &dyn Fn(&Report) -> Markup| -> Vec<Markup> { reports.iter().map(cell).collect() };
    vec![
        (
            t("compare.warnings"),
            each(&|report| {
                html! {
                    @if report.warnings.is_empty() { (t("compare.no_warnings")) }
                    @else { ul { @for warning in &report.warnings { li { (warning.detail) } } } }
                }
            }),
        ),
        (t("compare.hours"), each(&|report| html! { (report.newly_trained.supervised_live_hours) })),
        (
            t("compare.settled"),
            each(&|report| {
                let mut said = report.cases.settled.to_string();
                if report.cases.settled_client_confirmed > 0 {
                    let confirmed = fill("compare.confirmed", "n", report.cases.settled_client_confirmed);
                    write!(said, ", {confirmed}").expect("a text takes more text");
                }
                html! { (said) }
            }),
        ),
        (
            t("compare.rating"),
            each(&|report| html! { (rated(report.reviews.rating.rating, report.reviews.rating.reviews)) }),
        ),
    ]
}

fn prices(found: &Found) -> Markup {
    let priced =
        found.services.iter().filter_map(|offered| Some((&offered.service, offered.price.as_ref()?)));
    let priced: Vec<_> = priced.collect();
    html! {
        @if priced.is_empty() { (t("listing.no_prices")) }
        @else {
            ul {
                @for (service, price) in priced {
                    li {
                        (label("services", service)) ": "
                        (fill("listing.price_from", "price", money(price.amount_from, &price.currency)))
                    }
                }
            }
        }
    }
}

/// The box on a card that puts a practitioner into the tray.
pub(super) fn tick(number: &str, name: &str) -> Markup {
    html! {
        label.tick {
            input type="checkbox" name="id" value=(number) form="tray" data-name=(name);
            span { (t("compare.tick")) span.hidden { " " (name) } }
        }
    }
}

/// The tray: a form of its own, which the boxes on the cards belong to. Script keeps what is in it from page to page.
pub(super) fn tray(place: &[(&'static str, String)]) -> Markup {
    html! {
        form.tray #tray action="/compare" method="get" aria-label=(t("compare.tray"))
            data-chosen=(t("compare.chosen")) data-full=(t("compare.full")) {
            @for (name, value) in place { input type="hidden" name=(name) value=(value); }
            p data-count role="status" { (t("compare.how")) }
            button type="submit" { (t("compare.go")) }
            button.quiet type="button" data-clear hidden { (t("compare.clear")) }
        }
    }
}
