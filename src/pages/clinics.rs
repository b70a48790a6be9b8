//! Where somebody works, and when it is open.

use maud::{Markup, html};
use serde::Deserialize;

use super::labels::label;
use super::texts::t;

/// A clinic of a listing, as the API answers it.
#[derive(Deserialize)]
pub(super) struct Practice {
    name: String,
    address: Address,
    phone: Option<String>,
    step_free: Option<bool>,
    home_visits: Option<bool>,
    #[serde(default)]
    opening_hours: Vec<Open>,
    confirmed: bool,
}

#[derive(Deserialize)]
struct Address {
    #[serde(default)]
    lines: Vec<String>,
    city: Option<String>,
    postcode: Option<String>,
    country: String,
}

/// A stretch of a day.
#[derive(Deserialize)]
struct Open {
    day: String,
    opens: String,
    closes: String,
}

/// The places of a listing.
pub(super) fn section(clinics: &[Practice]) -> Markup {
    html! {
        section #clinics {
            h2 { (t("listing.clinics")) }
            @if clinics.is_empty() { p { (t("listing.no_clinics")) } }
            ul { @for clinic in clinics { li { (clinic.render()) } } }
        }
    }
}

impl Practice {
    fn render(&self) -> Markup {
        let address = &self.address;
        html! {
            (self.name)
            @for line in &address.lines { ", " (line) }
            @if let Some(city) = &address.city { ", " (city) }
            @if let Some(postcode) = &address.postcode { " " (postcode) }
            ", " (label("countries", &address.country))
            @if let Some(phone) = &self.phone { " · " a href={ "tel:" (phone) } { (phone) } }
            @if self.step_free == Some(true) { " · " (t("listing.step_free")) }
            @if self.home_visits == Some(true) { " · " (t("listing.home_visits")) }
            @if !self.confirmed { " · " span.kind { (t("listing.clinic_unconfirmed")) } }
            @if !self.opening_hours.is_empty() {
                p.kind { (t("listing.open")) }
                ul.facts { @for (days, times) in week(&self.opening_hours) { li { (days) ": " (times) } } }
            }
        }
    }
}

/// The week in as few lines as say it: days that follow each other and are alike share one. The stretches come in the order
/// of the week.
fn week(hours: &[Open]) -> Vec<(String, String)> {
    let days: Vec<(usize, String)> = hours
        .chunk_by(|one, next| one.day == next.day)
        .filter_map(|stretches| {
            let day = DAYS.iter().position(|(code, _)| *code == stretches[0].day)?;
            let times = stretches.iter().map(|open| format!("{}–{}", open.opens, open.closes));
            Some((day, times.collect::<Vec<_>>().join(", ")))
        })
        .collect();
    days.chunk_by(|(day, times), (next, alike)| day + 1 == *next && times == alike)
        .map(|alike| {
            let (first, last) = (t(DAYS[alike[0].0].1), t(DAYS[alike[alike.len() - 1].0].1));
            let days = match alike.len() {
                1 => first.to_owned(),
                2 => format!("{first}, {last}"),
                _ => format!("{first} – {last}"),
            };
            (days, alike[0].1.clone())
        })
        .collect()
}

/// The days as the API has them, and what they are called.
const DAYS: [(&str, &str); 7] = [
    ("monday", "listing.monday"),
    ("tuesday", "listing.tuesday"),
    ("wednesday", "listing.wednesday"),
    ("thursday", "listing.thursday"),
    ("friday", "listing.friday"),
    ("saturday", "listing.saturday"),
    ("sunday", "listing.sunday"),
];
