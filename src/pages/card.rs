//! A listing as the results show it.

use maud::{Markup, html};
use serde::Deserialize;

use super::compare;
use super::texts::{fill, t};
use super::units::MILE_KM;
use crate::platform::geo::Point;

/// A listing, as the API answers it in a search.
#[derive(Deserialize)]
pub(super) struct Found {
    pub(super) number: String,
    pub(super) name: String,
    headline: Option<String>,
    portrait: Option<Portrait>,
    pub(super) verified: Verified,
    pub(super) supervised_live_hours: u32,
    #[serde(default)]
    pub(super) newly_trained: Vec<String>,
    pub(super) rating: Rating,
    pub(super) case_counts: Cases,
    pub(super) clinics: Vec<Clinic>,
    pub(super) clinic_id: Option<String>,
    pub(super) distance_km: Option<f64>,
    pub(super) accepts_new_clients: Option<bool>,
    pub(super) services: Vec<Offered>,
    pub(super) languages: Vec<String>,
}

#[derive(Deserialize)]
struct Portrait {
    small: String,
}

/// Whether training is verified.
#[derive(Deserialize)]
pub(super) struct Verified {
    pub(super) value: bool,
}

/// The rating in short.
#[derive(Deserialize)]
pub(super) struct Rating {
    pub(super) rating: Option<f64>,
    pub(super) reviews: u64,
}

/// The cases that are shown, counted.
#[derive(Deserialize)]
pub(super) struct Cases {
    pub(super) settled: u32,
}

/// A clinic.
#[derive(Deserialize)]
pub(super) struct Clinic {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) city: Option<String>,
    pub(super) point: Option<Point>,
}

/// A service that is offered.
#[derive(Deserialize)]
pub(super) struct Offered {
    pub(super) service: String,
    pub(super) price: Option<Price>,
}

/// What a service costs, in minor units.
#[derive(Deserialize)]
pub(super) struct Price {
    pub(super) amount_from: i64,
    pub(super) currency: String,
}

/// A list of cards.
pub(super) fn list(found: &[Found], miles: bool) -> Markup {
    html! {
        @if !found.is_empty() { ul.results { @for found in found { li { (found.render(miles)) } } } }
    }
}

impl Found {
    /// The clinic that was found: the nearest, where a place was given.
    pub(super) fn clinic(&self) -> Option<&Clinic> {
        let found = self.clinics.iter().find(|clinic| Some(&clinic.id) == self.clinic_id.as_ref());
        found.or(self.clinics.first())
    }

    /// Where it is: the clinic, its town and how far that is; nothing without a clinic.
    pub(super) fn whereabouts(&self, miles: bool) -> Option<String> {
        let clinic = self.clinic()?;
        let mut said = clinic.name.clone();
        if let Some(city) = &clinic.city {
            said.push_str(", ");
            said.push_str(city);
        }
        if let Some(km) = self.distance_km {
            said.push_str(" · ");
            said.push_str(&fill("card.away", "n", distance(km, miles)));
        }
        Some(said)
    }

    /// Cases with settled work, in words.
    pub(super) fn settled(&self) -> String {
        match self.case_counts.settled {
            0 => t("card.no_cases").to_owned(),
            1 => t("card.cases_one").to_owned(),
            some => fill("card.cases", "n", some),
        }
    }

    fn render(&self, miles: bool) -> Markup {
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
                    @if let Some(place) = self.whereabouts(miles) { li { (place) } }
                    @if self.supervised_live_hours > 0 {
                        li { (fill("card.hours", "n", self.supervised_live_hours)) }
                    }
                    li { (self.settled()) }
                    li { (rated(self.rating.rating, self.rating.reviews)) }
                    @if self.accepts_new_clients == Some(false) { li { (t("card.not_new")) } }
                }
                (compare::tick(&self.number, &self.name))
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

/// An address of this directory without its host: pages load nothing from elsewhere, under whatever name they are read.
pub(super) fn local(address: &str) -> &str {
    let path =
        address.split_once("://").map_or(address, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    if path.starts_with('/') { path } else { "/" }
}
