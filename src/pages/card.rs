//! A listing as the results show it.

use maud::{Markup, html};
use serde::Deserialize;

use super::texts::{fill, t};

/// Kilometres in a mile.
const MILE_KM: f64 = 1.609_344;

/// A listing, as the API answers it in a search.
#[derive(Deserialize)]
pub(super) struct Found {
    pub(super) number: String,
    name: String,
    headline: Option<String>,
    portrait: Option<Portrait>,
    verified: Verified,
    supervised_live_hours: u32,
    #[serde(default)]
    newly_trained: Vec<String>,
    rating: Rating,
    case_counts: Cases,
    clinics: Vec<Clinic>,
    clinic_id: Option<String>,
    distance_km: Option<f64>,
    accepts_new_clients: Option<bool>,
}

#[derive(Deserialize)]
struct Portrait {
    small: String,
}

#[derive(Deserialize)]
struct Verified {
    value: bool,
}

#[derive(Deserialize)]
struct Rating {
    rating: Option<f64>,
    reviews: u64,
}

#[derive(Deserialize)]
struct Cases {
    settled: u32,
}

#[derive(Deserialize)]
struct Clinic {
    id: String,
    name: String,
    city: Option<String>,
}

/// A list of cards.
pub(super) fn list(found: &[Found], miles: bool) -> Markup {
    html! { ul.results { @for found in found { li { (found.render(miles)) } } } }
}

impl Found {
    fn render(&self, miles: bool) -> Markup {
        let clinic = self.clinics.iter().find(|clinic| Some(&clinic.id) == self.clinic_id.as_ref());
        let clinic = clinic.or(self.clinics.first());
        html! {
            article.card data-number=(self.number) {
                @if let Some(portrait) = &self.portrait {
                    img.portrait src=(local(&portrait.small)) alt="" width="64" height="64" loading="lazy";
                }
                h3 { a href={ "/practitioners/" (self.number) } { (self.name) } }
                (badge(self.verified.value))
                @if !self.newly_trained.is_empty() { " " span.badge.new { (t("card.new")) } }
                @if let Some(headline) = &self.headline { p.own { (headline) } }
                ul.facts {
                    @if let Some(clinic) = clinic {
                        li {
                            (clinic.name)
                            @if let Some(city) = &clinic.city { ", " (city) }
                            @if let Some(km) = self.distance_km { " · " (fill("card.away", "n", distance(km, miles))) }
                        }
                    }
                    @if self.supervised_live_hours > 0 {
                        li { (fill("card.hours", "n", self.supervised_live_hours)) }
                    }
                    li {
                        @match self.case_counts.settled {
                            0 => (t("card.no_cases")),
                            1 => (t("card.cases_one")),
                            some => (fill("card.cases", "n", some)),
                        }
                    }
                    li { (rated(self.rating.rating, self.rating.reviews)) }
                    @if self.accepts_new_clients == Some(false) { li { (t("card.not_new")) } }
                }
            }
        }
    }
}

/// Whether training is verified, in words and not by colour alone.
pub(super) fn badge(verified: bool) -> Markup {
    html! {
        @if verified { span.badge.yes { "✓ " (t("card.verified")) } }
        @else { span.badge.no { "○ " (t("card.unverified")) } }
    }
}

/// A rating in words.
pub(super) fn rated(rating: Option<f64>, reviews: u64) -> String {
    let count = match reviews {
        0 => return t("card.no_reviews").to_owned(),
        1 => t("card.reviews_one").to_owned(),
        many => fill("card.reviews", "n", many),
    };
    match rating {
        Some(rating) => format!("{}, {count}", fill("card.rating", "stars", format_args!("{rating:.1}"))),
        None => count,
    }
}

/// A distance as people there say it.
pub(super) fn distance(km: f64, miles: bool) -> String {
    let (value, unit) = if miles { (km / MILE_KM, "miles") } else { (km, "km") };
    if value < 10.0 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

/// A distance in both units.
pub(super) fn both_units(km: u32) -> String {
    format!("{km} km ({:.0} miles)", f64::from(km) / MILE_KM)
}

/// An address of this directory without its host: pages load nothing from elsewhere, under whatever name they are read.
pub(super) fn local(address: &str) -> &str {
    let path =
        address.split_once("://").map_or(address, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    if path.starts_with('/') { path } else { "/" }
}
