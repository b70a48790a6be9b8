//! The demo's invented people and academies, as data.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Everything the plan draws from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct World {
    pub(super) regions: Vec<Region>,
    pub(super) academies: Vec<AcademyPlan>,
    pub(super) courses: BTreeMap<String, CoursePlan>,
}

/// A country with its cities and names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Region {
    pub(super) country: String,
    /// Of a hundred practitioners, how many work here.
    pub(super) share: u32,
    pub(super) currency: String,
    pub(super) languages: Vec<String>,
    pub(super) also: Vec<String>,
    /// The usual range of a whole treatment, in minor units.
    pub(super) full_head: [i64; 2],
    /// Each with its weight.
    pub(super) cities: Vec<(String, u32)>,
    pub(super) given: Vec<String>,
    pub(super) family: Vec<String>,
    pub(super) streets: Vec<String>,
    pub(super) postcodes: BTreeMap<String, String>,
}

/// An academy; recognised only when it says from when.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AcademyPlan {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) country: String,
    pub(super) website: String,
    pub(super) recognised_from: Option<String>,
    pub(super) vouched_by: Option<String>,
    pub(super) weight: u32,
    pub(super) courses: Vec<String>,
    pub(super) description: String,
}

/// A course.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CoursePlan {
    pub(super) title: String,
    pub(super) kind: String,
    pub(super) level: String,
    pub(super) hours: BTreeMap<String, u32>,
    pub(super) live_models: u32,
    /// Zero: its certificates do not expire.
    pub(super) valid_years: i32,
    pub(super) topics: Vec<String>,
    pub(super) assessment: Vec<String>,
    pub(super) awarding_body: Option<String>,
    pub(super) awarding_number: Option<String>,
    pub(super) awarding_level: Option<String>,
    pub(super) description: String,
}

impl World {
    /// The world that ships with the binary.
    pub(super) fn load() -> Result<Self, toml::de::Error> {
        toml::from_str(include_str!("world.toml"))
    }
}
