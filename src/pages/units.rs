//! How people somewhere say things: miles or kilometres, and in which money.

use super::card::distance;

/// Kilometres in a mile.
pub(super) const MILE_KM: f64 = 1.609_344;
/// Half the Earth's circumference, in kilometres, as an address has it: nothing is farther.
pub(super) const EVERYWHERE: &str = "20037";
/// How far, in the choices offered: kilometres, and about as many as whole miles.
const RADII_KM: [u32; 5] = [10, 25, 40, 80, 160];
const RADII_MILES: [(u32, u32); 5] = [(8, 5), (16, 10), (40, 25), (80, 50), (160, 100)];

/// A part of the world, as far as it changes how things are said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Region {
    /// Whether distances are said in miles.
    pub(super) miles: bool,
    /// The currency prices are likely to be in.
    pub(super) currency: &'static str,
}

impl Region {
    /// The country's, by its two letters.
    pub(super) fn of_country(country: &str) -> Self {
        let currency = match country {
            "GB" => "GBP",
            "US" => "USD",
            "CA" => "CAD",
            "AU" => "AUD",
            _ => "EUR",
        };
        Self { miles: matches!(country, "GB" | "US"), currency }
    }

    /// The reader's, by what the browser says of languages: the first that names a country.
    pub(super) fn of_languages(accepted: &str) -> Self {
        let tags = accepted.split(',').filter_map(|range| range.split(';').next());
        let countries = tags.filter_map(|tag| {
            let country = tag.trim().split('-').skip(1).find(|part| part.len() == 2)?;
            country.bytes().all(|byte| byte.is_ascii_alphabetic()).then(|| country.to_ascii_uppercase())
        });
        Self::of_country(&countries.into_iter().next().unwrap_or_default())
    }

    /// A distance as people there say it.
    pub(super) fn distance(self, km: f64) -> String {
        distance(km, self.miles)
    }

    /// The choices of how far: kilometres as an address has them, and what they are called.
    pub(super) fn radii(self) -> Vec<(String, String)> {
        if self.miles {
            RADII_MILES.iter().map(|(km, miles)| (km.to_string(), format!("{miles} miles"))).collect()
        } else {
            RADII_KM.iter().map(|km| (km.to_string(), format!("{km} km"))).collect()
        }
    }
}
