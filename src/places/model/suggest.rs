//! Places for a name that is still being typed.

use fst::automaton::{Automaton as _, Levenshtein};
use fst::{IntoStreamer as _, Streamer as _};

use super::postcode::Postcode;
use super::{Gazetteer, MAX_PLACE_TEXT, Place, fold_prefix};

/// Slips are looked for from this many characters on; shorter beginnings would match anything.
const FUZZY_FROM: usize = 4;
/// And up to this many, since the automaton grows with the text.
const FUZZY_TO: usize = 24;

/// Places whose name begins with a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggested {
    /// The places, those with the most people first; names with a slip come after the others.
    pub places: Vec<Place>,
    /// How many places begin with the text.
    pub total: usize,
    /// Whether names with a slip were added, of which there may be more than `total` says.
    pub with_slips: bool,
}

impl Gazetteer {
    /// Places whose name begins with `text`, in `country` (ISO 3166-1 alpha-2) where one is given,
    /// the `limit` with the most people. What follows a comma is the beginning of a region or
    /// country. Where few begin so, names that do but for a slip or two are added.
    pub fn suggest(&self, text: &str, country: Option<&str>, limit: usize) -> Suggested {
        let mut suggested = Suggested { places: Vec::new(), total: 0, with_slips: false };
        if text.len() > MAX_PLACE_TEXT {
            return suggested;
        }
        if let Some(place) = Postcode::parse(text.trim()).and_then(|postcode| self.postcode(&postcode))
            && country.is_none_or(|country| country == place.country)
        {
            suggested.places.push(place);
            suggested.total = 1;
        }
        let (name, region) = text.split_once(',').unwrap_or((text, ""));
        let (prefix, region) = (fold_prefix(name), fold_prefix(region));
        if prefix.is_empty() {
            return suggested;
        }
        let mut found = self.beginning_with(&prefix);
        // "st" is the beginning of Stockport and the whole of a saint.
        let whole = super::fold(name);
        if whole != prefix {
            found.extend(self.beginning_with(&whole));
        }
        found.retain(|(_, index)| self.is_in_beginning(*index, &region));
        let room = limit.saturating_sub(suggested.places.len());
        let (places, total) = self.heaviest(found, country, room);
        suggested.places.extend(places);
        suggested.total += total;
        if suggested.places.len() < limit {
            self.add_with_slips(&mut suggested, &prefix, &region, country, limit);
        }
        suggested
    }

    fn add_with_slips(
        &self,
        suggested: &mut Suggested,
        prefix: &str,
        region: &str,
        country: Option<&str>,
        limit: usize,
    ) {
        let length = prefix.chars().count();
        if !(FUZZY_FROM..=FUZZY_TO).contains(&length) {
            return;
        }
        let Ok(automaton) = Levenshtein::new(prefix, if length >= 8 { 2 } else { 1 }) else { return };
        let mut found = Vec::new();
        let mut stream = self.packed.names.search(automaton.starts_with()).into_stream();
        while let Some((_, at)) = stream.next() {
            found.extend(self.packed.postings(at).map(|posting| self.weighed(posting)));
        }
        found.retain(|(_, index)| self.is_in_beginning(*index, region));
        for place in self.heaviest(found, country, limit).0 {
            if suggested.places.len() < limit && suggested.places.iter().all(|known| known.id != place.id) {
                suggested.places.push(place);
                suggested.with_slips = true;
            }
        }
    }

    /// The towns that have a name beginning with `prefix`, weighed.
    fn beginning_with(&self, prefix: &str) -> Vec<(u64, u32)> {
        let mut found = Vec::new();
        let mut stream = self.packed.names.range().ge(prefix).into_stream();
        while let Some((name, at)) = stream.next() {
            if !name.starts_with(prefix.as_bytes()) {
                break;
            }
            found.extend(self.packed.postings(at).map(|posting| self.weighed(posting)));
        }
        found
    }

    /// Whether a word for the town's region or country begins with `beginning`.
    fn is_in_beginning(&self, index: u32, beginning: &str) -> bool {
        if beginning.is_empty() {
            return true;
        }
        let region = self.packed.region(self.packed.town(index).region);
        region.is_called_beginning(beginning)
            || self
                .packed
                .countries()
                .any(|country| country.code == region.country && country.is_called_beginning(beginning))
    }
}
