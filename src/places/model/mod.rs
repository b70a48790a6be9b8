//! Places and how they are found: names, postcodes, beginnings of names, and the nearest town.

mod fold;
mod gazetteer;
mod pack;
mod packed;
mod postcode;
mod resolve;
mod suggest;

pub use fold::{MAX_PLACE_TEXT, fold, fold_prefix};
pub use gazetteer::Gazetteer;
pub use pack::pack;
pub use resolve::{Context, MAX_ALTERNATIVES, Miss, Resolved};
pub use suggest::Suggested;

use poem_openapi::{Enum, Object};
use serde::Serialize;

use crate::platform::geo::Point;
use crate::platform::problem::Code;

/// What must be named wherever places are shown.
pub const ATTRIBUTION: &str = "Contains data from GeoNames (CC BY 4.0); OS data © Crown copyright and database right \
    and Royal Mail data © Royal Mail copyright and database right (Open Government Licence v3.0); ZIP codes of the \
    U.S. Census Bureau.";

/// The day the packed places were taken from their sources.
pub const EDITION: &str = "2026-11-21";

/// A place that cannot be found, or that is not one.
pub const UNKNOWN_PLACE: Code = Code::new("unknown-place", 400, "No such place is known");

/// What kind of place it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum)]
#[serde(rename_all = "kebab-case")]
#[oai(rename_all = "kebab-case")]
pub enum PlaceKind {
    /// A city, town or part of one.
    Town,
    /// The outward half of a British postcode, placed at the mean of its postcodes.
    GbOutward,
    /// A ZIP code of the United States, placed at the middle of its area.
    UsZip,
}

/// A region of a country, such as a state or a home nation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Object)]
#[oai(rename = "PlaceRegion")]
pub struct Region {
    /// The code people write where there is one (`NH`, `ENG`, `ON`), otherwise the one of GeoNames.
    pub code: String,
    /// The region's name; empty where the source has none.
    pub name: String,
}

/// A place of the gazetteer.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Place {
    /// `geonames:2643123`, `gb-outward:LS1` or `us-zip:30303`; stable, and taken for `near=`.
    pub id: String,
    /// The place's own name.
    pub name: String,
    /// The name with what tells it from others: `Manchester, England, United Kingdom`.
    pub label: String,
    /// What kind of place it is.
    pub kind: PlaceKind,
    /// The country, ISO 3166-1 alpha-2.
    pub country: String,
    /// The state, province or nation it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// In Britain and Ireland, the county or borough it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
    /// Where it is.
    pub point: Point,
    /// How many people live there; absent for postcodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub population: Option<u32>,
}
