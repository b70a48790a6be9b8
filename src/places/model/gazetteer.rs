//! The gazetteer: opening it, and places by id, by postcode and by where they are.

use std::sync::OnceLock;

use bytes::Bytes;

use super::packed::{Packed, TownRow};
use super::postcode::Postcode;
use super::{Place, PlaceKind, Region, fold};
use crate::platform::geo::{Bounds, Point};

/// How far a postcode's town may be from it, in kilometres.
const LOCALITY_KM: f64 = 40.0;

/// Kilometres to a degree of latitude, rounded down, so that a band measured with it is never too
/// narrow.
const KM_PER_DEGREE: f64 = 111.0;

/// The places of the world, packed.
///
/// Holds no copies: rows and names are read out of the file where it lies.
pub struct Gazetteer {
    pub(super) packed: Packed,
}

impl Gazetteer {
    /// The gazetteer that is part of the binary. Opening it reads a header of 44 bytes.
    ///
    /// # Panics
    /// Never in a build whose tests passed: the file is embedded.
    pub fn embedded() -> &'static Self {
        static OPENED: OnceLock<Gazetteer> = OnceLock::new();
        OPENED.get_or_init(|| {
            let file = Bytes::from_static(include_bytes!("../../../data/places.bin"));
            Self::open(file).expect("the tests open the embedded file")
        })
    }

    /// Opens a packed gazetteer.
    ///
    /// # Errors
    /// Why `file` is not one.
    pub fn open(file: Bytes) -> Result<Self, String> {
        Packed::open(file).map(|packed| Self { packed })
    }

    /// Reads the whole file: every row, every name, and the checksum of the index.
    ///
    /// # Errors
    /// What is broken first. Panics where a row refers to something that is not there.
    pub fn verify(&self) -> Result<(), String> {
        self.packed.names.as_fst().verify().map_err(|e| e.to_string())?;
        let countries: Vec<&str> = self.packed.countries().map(|country| country.code).collect();
        for region in self.packed.regions() {
            if !countries.contains(&region.country) {
                return Err(format!("the country {} of {} is not listed", region.country, region.name));
            }
        }
        for index in 0..self.town_count() {
            let town = self.packed.town(u32::try_from(index).map_err(|e| e.to_string())?);
            self.packed.region(town.region);
            if !town.point.is_valid() || town.name.is_empty() {
                return Err(format!("geonames:{} has no name or no point", town.id));
            }
        }
        Ok(())
    }

    /// How many towns there are.
    pub fn town_count(&self) -> usize {
        self.packed.town_count()
    }

    /// The town with the `rank`th most people, from 0; `None` past the last.
    pub fn ranked(&self, rank: usize) -> Option<Place> {
        let index = u32::try_from(rank).ok().filter(|_| rank < self.town_count())?;
        Some(self.town(index))
    }

    /// The place with this id, such as `geonames:2643123`.
    pub fn by_id(&self, id: &str) -> Option<Place> {
        match id.split_once(':')? {
            ("geonames", number) => self.packed.town_by_id(canonical(number)?).map(|index| self.town(index)),
            ("gb-outward", code) => self.postcode(&Postcode::Outward(code.to_owned())),
            ("us-zip", code) if code.len() == 5 => self.postcode(&Postcode::Zip(code.parse().ok()?)),
            _ => None,
        }
    }

    /// The names of the towns in a box and where they are, those with the most people first; at most `limit`.
    pub fn largest_within(&self, bounds: Bounds, limit: usize) -> impl Iterator<Item = (&str, Point)> {
        let is_inside = |index: &u32| bounds.contains(self.packed.point(*index));
        let band = self.first_north_of(bounds.south)..self.first_north_of(bounds.north.next_up());
        // Towns stand in the order of their people. Where few are as far north it is quicker to look at those.
        let found: Vec<u32> = if band.len() < self.town_count() / 8 {
            let mut inside: Vec<u32> = band.map(|at| self.packed.by_lat(at)).filter(is_inside).collect();
            inside.sort_unstable();
            inside.truncate(limit);
            inside
        } else {
            (0..u32::try_from(self.town_count()).unwrap_or(u32::MAX)).filter(is_inside).take(limit).collect()
        };
        found.into_iter().map(|index| {
            let town = self.packed.town(index);
            (town.name, town.point)
        })
    }

    /// The town nearest to `point`, and how far it is in kilometres.
    pub fn nearest(&self, point: Point) -> Option<(Place, f64)> {
        let mut best: Option<(f64, u32)> = None;
        let start = self.first_north_of(point.lat);
        // From the point's latitude away, north and south, until no town can be nearer.
        let north = start..self.town_count();
        let south = (0..start).rev();
        for side in [&mut north.into_iter() as &mut dyn Iterator<Item = usize>, &mut south.into_iter()] {
            for at in side {
                let index = self.packed.by_lat(at);
                let town = self.packed.point(index);
                if best.is_some_and(|(km, _)| (town.lat - point.lat).abs() * KM_PER_DEGREE > km) {
                    break;
                }
                let km = point.distance_km(town);
                if best.is_none_or(|(best_km, best_index)| (km, index) < (best_km, best_index)) {
                    best = Some((km, index));
                }
            }
        }
        best.map(|(km, index)| (self.town(index), km))
    }

    /// The town of this index as a place.
    pub(super) fn town(&self, index: u32) -> Place {
        let town = self.packed.town(index);
        let region = self.packed.region(town.region);
        Place {
            id: format!("geonames:{}", town.id),
            name: town.name.to_owned(),
            label: self.label(town.name, town.region),
            kind: PlaceKind::Town,
            country: region.country.to_owned(),
            region: self.region(town.region),
            district: (!region.district.is_empty()).then(|| region.district.to_owned()),
            point: town.point,
            population: Some(town.people),
        }
    }

    /// The country of the town of this index.
    pub(super) fn country_of(&self, index: u32) -> &str {
        self.packed.country_of(index)
    }

    /// The postcode as a place, if it exists. Its region is that of the town it belongs to.
    pub(super) fn postcode(&self, postcode: &Postcode) -> Option<Place> {
        let (point, kind, prefix) = match postcode {
            Postcode::Outward(code) => (self.packed.outward(code)?, PlaceKind::GbOutward, "gb-outward"),
            Postcode::Zip(code) => (self.packed.zip(*code)?, PlaceKind::UsZip, "us-zip"),
        };
        let name = postcode.text();
        let town = self.locality(point, postcode.country());
        let label = match &town {
            Some(town) => format!("{name}, {}", self.label(town.name, town.region)),
            None => format!("{name}, {}", self.country_label(postcode.country())),
        };
        let district = town.map(|town| self.packed.region(town.region).district);
        Some(Place {
            id: format!("{prefix}:{name}"),
            name,
            label,
            kind,
            country: postcode.country().to_owned(),
            region: town.and_then(|town| self.region(town.region)),
            district: district.filter(|district| !district.is_empty()).map(str::to_owned),
            point,
            population: None,
        })
    }

    /// The town of `country` that people at `point` would name: near, and large for its distance.
    fn locality(&self, point: Point, country: &str) -> Option<TownRow<'_>> {
        let band = LOCALITY_KM / KM_PER_DEGREE;
        let range = self.first_north_of(point.lat - band)..self.first_north_of(point.lat + band);
        let mut best: Option<(f64, TownRow<'_>)> = None;
        for at in range {
            let index = self.packed.by_lat(at);
            let km = point.distance_km(self.packed.point(index));
            if km > LOCALITY_KM || self.packed.country_of(index) != country {
                continue;
            }
            let town = self.packed.town(index);
            let pull = f64::from(town.people.max(1)) / (km + 1.0).powi(3);
            if best.as_ref().is_none_or(|(most, _)| pull > *most) {
                best = Some((pull, town));
            }
        }
        best.map(|(_, town)| town)
    }

    /// How many towns lie south of `lat`: where the northern ones begin in the order by latitude.
    fn first_north_of(&self, lat: f64) -> usize {
        let (mut low, mut high) = (0, self.town_count());
        while low < high {
            let middle = low.midpoint(high);
            if self.packed.point(self.packed.by_lat(middle)).lat < lat {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    fn region(&self, at: u16) -> Option<Region> {
        let region = self.packed.region(at);
        (!region.code.is_empty() || !region.name.is_empty())
            .then(|| Region { code: region.code.to_owned(), name: region.name.to_owned() })
    }

    /// The name, and after it what tells it from others of the name, without saying a word twice.
    fn label(&self, name: &str, region: u16) -> String {
        let region = self.packed.region(region);
        let mut label = name.to_owned();
        let mut said = vec![fold(name)];
        for part in [region.district, region.name, self.country_label(region.country)] {
            let word = fold(part);
            if !word.is_empty() && !said.contains(&word) {
                label.push_str(", ");
                label.push_str(part);
                said.push(word);
            }
        }
        label
    }

    /// The countries that places are in, by code.
    pub fn countries(&self) -> impl Iterator<Item = &str> + Clone {
        self.packed.countries().map(|country| country.code)
    }

    pub(super) fn country_label(&self, code: &str) -> &str {
        self.packed.country(code).map_or("", |country| country.label)
    }
}

/// A number without sign or leading zeros, so that a place has one id.
fn canonical(number: &str) -> Option<u32> {
    number.parse().ok().filter(|parsed: &u32| parsed.to_string() == number)
}
