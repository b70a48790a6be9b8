//! What the find page is asked. Every state of the page is in its address; this reads and writes it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::filters::{FILTERS, Kind};
use crate::pages::client::query_of;
use crate::pages::labels::minor_units;
use crate::pages::units::{EVERYWHERE, Region};

/// Listings on a page of the list.
pub(super) const ON_A_PAGE: &str = "12";
/// What is said to be near where nobody says how far, in kilometres.
const USUAL_KM: f64 = 40.0;
/// What stands in an address beside the filters, in the order it is written.
const PLAIN: [&str; 11] =
    ["q", "near", "lat", "lon", "radius_km", "bbox", "price", "currency", "all", "sort", "view"];

/// What is searched, once the one box was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// The words.
    pub words: String,
    /// The place, if one is named.
    pub near: Option<String>,
}

impl Search {
    /// Takes "crown thinning near Leeds" apart, unless a place is named apart already.
    #[must_use]
    pub fn of(words: &str, near: &str) -> Self {
        let (words, near) = (words.trim(), near.trim());
        if !near.is_empty() {
            return Self { words: words.to_owned(), near: Some(near.to_owned()) };
        }
        let lower = words.to_lowercase();
        // Letters that change their length in lower case would shift the cut.
        let cut = [" near ", " around ", " close to "].iter().find_map(|word| {
            let at = lower.rfind(word).filter(|_| lower.len() == words.len())?;
            Some((at, at + word.len()))
        });
        let begins = lower.starts_with("near ").then_some((0, "near ".len()));
        match cut.or(begins) {
            Some((at, from)) if words.is_char_boundary(at) && !words[from..].trim().is_empty() => {
                Self { words: words[..at].trim().to_owned(), near: Some(words[from..].trim().to_owned()) }
            }
            _ => Self { words: words.to_owned(), near: None },
        }
    }
}

/// The state of the page: what its address says, without what nobody knows and what is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::pages) struct State {
    values: BTreeMap<&'static str, String>,
    cursor: String,
}

impl State {
    /// Reads the query of an address. Choices of one filter that stand apart, as a form sends them, are joined by commas.
    pub(in crate::pages) fn read(query: &str) -> Self {
        let mut state = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim();
            if name == "cursor" {
                value.clone_into(&mut state.cursor);
            }
            let Some(name) = known(&name).filter(|_| !value.is_empty()) else { continue };
            let many =
                FILTERS.iter().any(|filter| filter.name == name && matches!(filter.kind, Kind::Codes(_)));
            match state.values.get_mut(name) {
                Some(before) if many => {
                    before.push(',');
                    before.push_str(value);
                }
                _ => drop(state.values.insert(name, value.to_owned())),
            }
        }
        if state.is("near") {
            // A place that was typed goes before a point that was found.
            state.values.remove("lat");
            state.values.remove("lon");
        }
        if !state.is("price") {
            state.values.remove("currency");
        }
        state
    }

    /// What is said of one thing; empty where nothing is.
    pub(in crate::pages) fn get(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// Whether anything is said of it.
    pub(in crate::pages) fn is(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// The choices made of one filter.
    pub(super) fn chosen(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name).split(',').map(str::trim).filter(|value| !value.is_empty())
    }

    /// The same with something else said, from the first page on; the empty text takes it away.
    pub(in crate::pages) fn with(&self, changes: &[(&str, &str)]) -> Self {
        let mut state = Self { cursor: String::new(), ..self.clone() };
        for (name, value) in changes {
            match known(name) {
                Some(name) if value.is_empty() => drop(state.values.remove(name)),
                Some(name) => drop(state.values.insert(name, (*value).to_owned())),
                None => {}
            }
        }
        state
    }

    /// The same without one choice of a filter.
    pub(super) fn without(&self, name: &str, choice: &str) -> Self {
        let rest: Vec<&str> = self.chosen(name).filter(|value| *value != choice).collect();
        self.with(&[(name, &rest.join(","))])
    }

    /// The page after this one.
    pub(super) fn turned(&self, cursor: &str) -> Self {
        Self { cursor: cursor.to_owned(), ..self.clone() }
    }

    /// Whether it is the first page.
    pub(super) const fn is_first(&self) -> bool {
        self.cursor.is_empty()
    }

    /// Whether listings without verified training are shown too.
    pub(super) fn is_all(&self) -> bool {
        self.is("all")
    }

    /// Whether the map is asked for.
    pub(in crate::pages) fn is_map(&self) -> bool {
        self.get("view") == "map"
    }

    /// Whether the reader's own place is searched around.
    pub(super) fn is_point(&self) -> bool {
        self.is("lat") && self.is("lon")
    }

    /// How far around a place, in kilometres, as it is written.
    pub(super) fn radius(&self) -> Cow<'_, str> {
        if self.is("radius_km") { self.get("radius_km").into() } else { USUAL_KM.to_string().into() }
    }

    /// The address of the page in this state.
    pub(in crate::pages) fn link(&self) -> String {
        let mut pairs: Vec<(&str, &str)> = self.pairs().collect();
        pairs.push(("cursor", &self.cursor));
        format!("/find?{}", query_of(&pairs))
    }

    /// What is said, in the order of an address.
    fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let names = PLAIN.iter().copied().chain(FILTERS.iter().map(|filter| filter.name));
        names.map(|name| (name, self.get(name)))
    }

    /// Where a search is about: the parameters of the API that say the place.
    pub(super) fn place(&self, search: &Search) -> Vec<(&'static str, String)> {
        match &search.near {
            Some(near) => vec![("near", near.clone())],
            None if self.is_point() => {
                vec![("lat", self.get("lat").to_owned()), ("lon", self.get("lon").to_owned())]
            }
            None => Vec::new(),
        }
    }

    /// The address of the API for a search in this state, with some of its parameters said otherwise.
    pub(super) fn api(&self, search: &Search, otherwise: &[(&'static str, &str)]) -> String {
        let mut pairs = vec![("q", search.words.clone())];
        pairs.extend(self.place(search));
        let has_place = pairs.len() > 1;
        if has_place {
            // Within a part of the map everything counts that is there; the place says how far it is.
            let radius = if self.is("bbox") { EVERYWHERE.into() } else { self.radius() };
            pairs.push(("radius_km", radius.into_owned()));
        }
        pairs.push(("bbox", self.get("bbox").to_owned()));
        for filter in FILTERS {
            pairs.push((filter.name, self.get(filter.name).to_owned()));
        }
        if self.is("price") {
            pairs.push(("price_max", minor_units(self.get("price"), self.get("currency"))));
            pairs.push(("currency", self.get("currency").to_owned()));
        }
        pairs.push(("verified", if self.is_all() { String::new() } else { "true".to_owned() }));
        let sort = if self.get("sort") == "distance" && !has_place { "" } else { self.get("sort") };
        pairs.push(("sort", sort.to_owned()));
        pairs.push(("limit", ON_A_PAGE.to_owned()));
        pairs.push(("cursor", self.cursor.clone()));
        for (name, value) in otherwise {
            pairs.retain(|(known, _)| known != name);
            pairs.push((name, (*value).to_owned()));
        }
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        format!("/v1/practitioners?{}", query_of(&pairs))
    }

    /// The choices of how far, in kilometres, and what they are called; a distance that is asked for and is none of them
    /// stands among them.
    pub(super) fn radii(&self, region: Region) -> Vec<(String, String)> {
        let asked = self.radius();
        let mut radii = region.radii();
        if let Ok(km) = asked.parse::<f64>()
            && !radii.iter().any(|(value, _)| *value == asked)
        {
            radii.push((asked.into_owned(), region.distance(km)));
        }
        radii
    }
}

fn known(name: &str) -> Option<&'static str> {
    let filters = FILTERS.iter().map(|filter| filter.name);
    PLAIN.iter().copied().chain(filters).find(|known| *known == name)
}
