//! Clinics, and who works where.

use poem_openapi::{Enum, Object};
use serde::Serialize;
use time::Date;
use time::format_description::well_known::Iso8601;
use uuid::Uuid;

use super::profile::required_name;
use super::{OpeningHours, contact, hours, text, web};
use crate::config::limits;
use crate::places::{Context, Gazetteer, Place, PlaceKind};
use crate::platform::clock::Ts;
use crate::platform::geo::Point;
use crate::platform::problem::{Fault, shorten};
use crate::vocabulary::Country;

/// Where a clinic's point comes from, which says how exact it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum, sqlx::Type)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum PointSource {
    /// Whoever wrote the clinic gave it.
    Given,
    /// The middle of its postcode's area.
    Postcode,
    /// The middle of its city.
    City,
}

/// What somebody is at a clinic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Enum, sqlx::Type)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum ClinicRole {
    /// It is theirs.
    Owner,
    /// They work there.
    #[default]
    Staff,
    /// They rent a room or a chair.
    Tenant,
    /// They come on some days.
    Guest,
}

/// Where a clinic is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct Address {
    /// Building and street, a line each. Left out by those who only visit.
    #[oai(default, skip_serializing_if_is_empty, validator(max_items = 4))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// The city, town or village.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// The county, state or province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The postcode or ZIP code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
    /// The country.
    pub country: Country,
}

/// What is written about a clinic, before the rules were applied.
#[derive(Clone, Debug)]
pub struct ClinicInput {
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// Where it is on the map; worked out from the address when left out.
    pub point: Option<Point>,
    /// Its telephone number.
    pub phone: Option<String>,
    /// Its web address.
    pub website: Option<String>,
    /// Whether one can come in without a step.
    pub step_free: Option<bool>,
    /// When it is open, in its own time; empty where that is not known.
    pub opening_hours: Vec<OpeningHours>,
}

/// What is known about a clinic: clean and within every limit.
#[derive(Clone, Debug, PartialEq)]
pub struct ClinicDetails {
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// Where it is on the map, and how that is known. `None` when the gazetteer knows neither its
    /// postcode nor its city.
    pub point: Option<(Point, PointSource)>,
    /// Its telephone number, in E.164.
    pub phone: Option<String>,
    /// Its web address.
    pub website: Option<String>,
    /// Whether one can come in without a step.
    pub step_free: Option<bool>,
    /// When it is open, in its own time; empty where that is not known.
    pub opening_hours: Vec<OpeningHours>,
}

/// A place where practitioners work.
#[derive(Clone, Debug, PartialEq)]
pub struct Clinic {
    /// Its id.
    pub id: Uuid,
    /// Raised by every change of it.
    pub version: i64,
    /// What is known about it.
    pub details: ClinicDetails,
    /// When it was written first.
    pub created_at: Ts,
    /// When it changed last.
    pub updated_at: Ts,
}

/// How and when somebody works at a clinic, before the rules were applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlacementInput {
    /// What they are there.
    pub role: ClinicRole,
    /// The first day, `YYYY-MM-DD`.
    pub from: Option<String>,
    /// The last day, `YYYY-MM-DD`.
    pub until: Option<String>,
    /// Whether they visit clients from there.
    pub home_visits: bool,
}

/// How and when somebody works at a clinic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// What they are there.
    pub role: ClinicRole,
    /// The first day, `YYYY-MM-DD`.
    pub from: Option<String>,
    /// The last day, `YYYY-MM-DD`.
    pub until: Option<String>,
    /// Whether they visit clients from there.
    pub home_visits: bool,
}

/// Somebody's work at one clinic.
#[derive(Clone, Debug, PartialEq)]
pub struct Practice {
    /// The clinic.
    pub clinic: Clinic,
    /// How and when.
    pub placement: Placement,
    /// Whether the clinic's side agrees: whoever wrote the clinic, somebody confirmed there, or an
    /// operator.
    pub confirmed: bool,
}

impl Practice {
    /// Whether it is so on a day: begun, and not ended.
    pub fn is_current(&self, today: Date) -> bool {
        // Days in ISO 8601 sort as text.
        let today = iso(today);
        self.placement.from.as_ref().is_none_or(|from| *from <= today)
            && self.placement.until.as_ref().is_none_or(|until| *until >= today)
    }
}

impl ClinicInput {
    /// Applies every rule, and works the point out from the address where none is given.
    ///
    /// # Errors
    /// Everything that is wrong, located below `base` (`""`, or `/clinics/0` inside a listing).
    pub fn check(self, base: &str) -> Result<ClinicDetails, Vec<Fault>> {
        let mut faults = Vec::new();
        let at = |member: &str| format!("{base}/{member}");
        let name = required_name(&at("name"), &self.name, &mut faults);
        let address = check_address(&at("address"), &self.address, &mut faults);
        let country = Some(address.country);
        let phone =
            contact::read(&at("phone"), self.phone.as_deref(), "not-a-phone-number", &mut faults, |text| {
                contact::phone(text, country)
            });
        let website = web::normalise(&at("website"), self.website.as_deref(), &mut faults);
        let opening_hours = hours::check(&at("opening_hours"), self.opening_hours, &mut faults);
        let point = match self.point {
            Some(point) if !point.is_valid() => {
                let detail = "A point has a `lat` from -90 to 90 and a `lon` from -180 to 180.";
                faults.push(Fault::new(at("point"), "out-of-range", detail));
                None
            }
            Some(point) if point.lat == 0.0 && point.lon == 0.0 => {
                let detail =
                    "0, 0 lies in the Atlantic; leave the point out and it is worked out from the address.";
                faults.push(Fault::new(at("point"), "out-of-range", detail));
                None
            }
            point => point,
        };
        if point.is_none() && address.city.is_none() && address.postcode.is_none() && faults.is_empty() {
            let detail = "Give a city, a postcode or a point, so that the clinic can be found.";
            faults.push(Fault::new(at("address"), "required", detail));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let point = point.map(|point| (point, PointSource::Given)).or_else(|| locate(&address));
        Ok(ClinicDetails { name, address, point, phone, website, step_free: self.step_free, opening_hours })
    }
}

impl From<ClinicDetails> for ClinicInput {
    fn from(details: ClinicDetails) -> Self {
        // A point that was worked out is worked out again from the address as it will be.
        let given = details.point.filter(|(_, source)| *source == PointSource::Given);
        Self {
            name: details.name,
            address: details.address,
            point: given.map(|(point, _)| point),
            phone: details.phone,
            website: details.website,
            step_free: details.step_free,
            opening_hours: details.opening_hours,
        }
    }
}

impl PlacementInput {
    /// Applies every rule.
    ///
    /// # Errors
    /// Everything that is wrong, located below `base`.
    pub fn check(self, base: &str, today: Date) -> Result<Placement, Vec<Fault>> {
        let mut faults = Vec::new();
        let from = day(&format!("{base}/from"), self.from.as_deref(), today, &mut faults);
        let until = day(&format!("{base}/until"), self.until.as_deref(), today, &mut faults);
        if let (Some(from), Some(until)) = (&from, &until)
            && until < from
        {
            let detail = "The last day must not come before the first.";
            faults.push(Fault::new(format!("{base}/until"), "out-of-range", detail));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Placement { role: self.role, from, until, home_visits: self.home_visits })
    }
}

/// Where an address is as far as the gazetteer knows: its postcode's area, or else its city.
fn locate(address: &Address) -> Option<(Point, PointSource)> {
    let context = Context { country: Some(address.country.as_str()), ..Context::default() };
    let find = |text: &str| Gazetteer::embedded().resolve(text, &context).ok().map(|found| found.place);
    let in_country = |place: &Place| place.country == address.country.as_str();
    let of_postcode = address.postcode.as_deref().and_then(find);
    if let Some(place) = of_postcode.filter(|place| place.kind != PlaceKind::Town && in_country(place)) {
        return Some((place.point, PointSource::Postcode));
    }
    let city = address.city.as_deref()?;
    let of_city = address.region.as_deref().and_then(|region| find(&format!("{city}, {region}")));
    let place = of_city.filter(in_country).or_else(|| find(city).filter(in_country))?;
    Some((place.point, PointSource::City))
}

fn check_address(base: &str, given: &Address, faults: &mut Vec<Fault>) -> Address {
    let at = |member: &str| format!("{base}/{member}");
    text::at_most(&at("lines"), given.lines.len(), limits::ADDRESS_LINES, faults);
    let lines = given
        .lines
        .iter()
        .enumerate()
        .map(|(index, line)| {
            text::line(&format!("{base}/lines/{index}"), line, limits::ADDRESS_CHARS, faults)
        })
        .filter(|line| !line.is_empty())
        .collect();
    let mut part = |member: &str, value: Option<&String>| {
        text::optional_line(&at(member), value.map(String::as_str), limits::ADDRESS_CHARS, faults)
    };
    Address {
        lines,
        city: part("city", given.city.as_ref()),
        region: part("region", given.region.as_ref()),
        postcode: part("postcode", given.postcode.as_ref()).map(|code| code.to_uppercase()),
        country: given.country,
    }
}

/// A day as ISO 8601 writes it, within a lifetime of today.
fn day(pointer: &str, given: Option<&str>, today: Date, faults: &mut Vec<Fault>) -> Option<String> {
    let given = given.map(str::trim).filter(|given| !given.is_empty())?;
    let Some(date) = Some(given)
        .filter(|given| given.len() == 10)
        .and_then(|given| Date::parse(given, &Iso8601::DATE).ok())
    else {
        let detail = format!("`{}` is not a day such as 2026-03-01.", shorten(given));
        faults.push(Fault::new(pointer, "not-a-date", detail));
        return None;
    };
    if date.year() < limits::FIRST_PRACTICE_YEAR || date.year() > today.year() + 5 {
        let detail = format!("A day from {} to {}.", limits::FIRST_PRACTICE_YEAR, today.year() + 5);
        faults.push(Fault::new(pointer, "out-of-range", detail));
    }
    Some(given.to_owned())
}

/// A day as `YYYY-MM-DD`.
fn iso(day: Date) -> String {
    format!("{:04}-{:02}-{:02}", day.year(), u8::from(day.month()), day.day())
}
