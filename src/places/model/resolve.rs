//! From what somebody typed to one place, by a rule that can be told in a sentence: what the text
//! itself says, then `country=`, then the caller's country, then how many people live there.

use fst::automaton::Levenshtein;
use fst::{IntoStreamer as _, Streamer as _};
use serde_json::{Value, json};

use super::packed::Posting;
use super::postcode::Postcode;
use super::{Gazetteer, MAX_PLACE_TEXT, Place, UNKNOWN_PLACE, fold};
use crate::platform::problem::{Error, Fault, shorten};

/// How many other places an answer names.
pub const MAX_ALTERNATIVES: usize = 8;

/// How many names are offered for one that is not known.
const MAX_SUGGESTIONS: usize = 5;

/// The longest name that is looked up with slips, in characters: the automaton grows with it.
const MAX_FUZZY_CHARS: usize = 32;

/// A place that is only called so is left out of the alternatives this near to one that is listed,
/// in kilometres: the City of London is no alternative to London.
const SAME_PLACE_KM: f64 = 25.0;

/// What is known of where somebody means, beside the text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// The country that was asked for, ISO 3166-1 alpha-2: places elsewhere are not taken, unless
    /// the text itself names where.
    pub country: Option<&'a str>,
    /// The country the caller seems to be in: places there go before larger ones elsewhere.
    pub client_country: Option<&'a str>,
}

/// A text that names a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// The place that was taken.
    pub place: Place,
    /// Other places it may have meant, the likelier first; at most [`MAX_ALTERNATIVES`].
    pub alternatives: Vec<Place>,
}

/// A text that names no place that is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Miss {
    /// Why, and what to write instead, for the caller.
    pub reason: String,
    /// Places that may have been meant.
    pub suggestions: Vec<Place>,
}

impl Miss {
    fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), suggestions: Vec::new() }
    }

    /// The problem to answer with, for the parameter at `pointer`, such as `query:near`. Its member
    /// `suggestions` has the label and id of places that may have been meant.
    pub fn into_error(self, pointer: &str) -> Error {
        let suggestions: Vec<Value> = self
            .suggestions
            .iter()
            .map(|place| json!({ "id": place.id, "label": place.label, "country": place.country }))
            .collect();
        let fault = Fault::new(pointer, UNKNOWN_PLACE.slug, self.reason.clone());
        let error = Error::new(UNKNOWN_PLACE, self.reason).with_faults(vec![fault]);
        if suggestions.is_empty() { error } else { error.with_member("suggestions", suggestions) }
    }
}

impl Gazetteer {
    /// Finds the place `text` names: an id, a postcode, or a name that may be followed by its
    /// region or country, with commas or without.
    ///
    /// # Errors
    /// A [`Miss`] that says why, with suggestions.
    pub fn resolve(&self, text: &str, context: &Context<'_>) -> Result<Resolved, Miss> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Miss::new("Name a town, a British postcode or a US ZIP code."));
        }
        if text.len() > MAX_PLACE_TEXT {
            return Err(Miss::new(format!("A place has at most {MAX_PLACE_TEXT} bytes.")));
        }
        if let Some(place) = self.by_id(text) {
            return Ok(Resolved { place, alternatives: Vec::new() });
        }
        let parts: Vec<&str> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        let Some((name, wheres)) = parts.split_first() else {
            return Err(Miss::new("Name a town, a British postcode or a US ZIP code."));
        };
        if let Some(found) = self.resolve_postcode(&parts, context) {
            return found;
        }
        let folded: Vec<String> = wheres.iter().map(|part| fold(part)).collect();
        let folded: Vec<&str> = folded.iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
        if let Some(found) = self.resolve_name(name, &folded, context) {
            return found;
        }
        // "12 High Street, Leeds": a house and street before the town.
        if name.chars().any(|c| c.is_ascii_digit())
            && let Some((town, wheres)) = folded.split_first()
            && let Some(found) = self.resolve_name(town, wheres, context)
        {
            return found;
        }
        Err(self.miss(text, name, context))
    }

    /// A postcode anywhere it may stand: alone, as a part, or at the end of one.
    fn resolve_postcode(&self, parts: &[&str], context: &Context<'_>) -> Option<Result<Resolved, Miss>> {
        let country = context.country.or(context.client_country);
        for part in parts.iter().rev() {
            let alone = parts.len() == 1;
            let Some((postcode, whole)) = postcode_in(part) else { continue };
            let meant = country.is_none_or(|country| postcode.is_meant_in(country))
                && context.country.is_none_or(|country| country == postcode.country());
            match self.postcode(&postcode) {
                Some(place) if meant => return Some(Ok(Resolved { place, alternatives: Vec::new() })),
                _ if alone && whole => return Some(Err(Self::unknown_postcode(&postcode, country, meant))),
                _ => {}
            }
        }
        None
    }

    fn unknown_postcode(postcode: &Postcode, country: Option<&str>, meant: bool) -> Miss {
        let code = postcode.text();
        let reason = match postcode {
            _ if !meant => format!(
                "`{code}` is not read as a postcode of {}: only British outward codes and US ZIP codes are known. \
                 Name the town instead.",
                country.unwrap_or("that country")
            ),
            Postcode::Outward(code) if ["BT", "GY", "JE", "IM"].iter().any(|area| code.starts_with(area)) => {
                format!(
                    "`{code}` is in a part that the British postcode data leaves out. Name the town instead."
                )
            }
            Postcode::Outward(_) => format!("`{code}` is not a British postcode district that is known."),
            Postcode::Zip(_) => format!("`{code}` is not a US ZIP code that is known."),
        };
        Miss::new(reason)
    }

    /// A name and the folded words that say where it is. `None` where the name is not known.
    fn resolve_name(
        &self,
        name: &str,
        wheres: &[&str],
        context: &Context<'_>,
    ) -> Option<Result<Resolved, Miss>> {
        let key = fold(name);
        // "80331 Munich": the postcode goes before the town in much of Europe.
        let town = match key.split_once(' ') {
            Some((code, town)) if code.len() >= 4 && code.bytes().all(|b| b.is_ascii_digit()) => town,
            _ => &key,
        };
        for key in [key.as_str(), without_affixes(town)] {
            let all = self.called(key);
            if !all.is_empty() {
                return Some(self.choose(key, all, wheres, context));
            }
            // "Perth Scotland": where it is, without a comma. Longer wheres first, so that "Manchester
            // New Hampshire" is not looked for in a region called Hampshire.
            let words: Vec<&str> = key.split(' ').collect();
            for split in 1.max(words.len().saturating_sub(3))..words.len() {
                let (town, place) = (words[..split].join(" "), words[split..].join(" "));
                let mut wheres = wheres.to_vec();
                wheres.push(&place);
                let all: Vec<Posting> = self.called(without_affixes(&town));
                if all.iter().any(|posting| self.is_in(posting.index, &wheres)) {
                    return Some(self.choose(&town, all, &wheres, context));
                }
            }
        }
        None
    }

    /// The towns called `key`, the weightiest first.
    pub(super) fn called(&self, key: &str) -> Vec<Posting> {
        let at = self.packed.names.get(key);
        at.into_iter().flat_map(|at| self.packed.postings(at)).collect()
    }

    /// Picks among towns of one name.
    fn choose(
        &self,
        name: &str,
        all: Vec<Posting>,
        wheres: &[&str],
        context: &Context<'_>,
    ) -> Result<Resolved, Miss> {
        let mut fitting: Vec<Posting> =
            all.iter().copied().filter(|posting| self.is_in(posting.index, wheres)).collect();
        // The text's own word on where goes before `country=`.
        if wheres.is_empty()
            && let Some(country) = context.country
        {
            fitting.retain(|posting| self.country_of(posting.index) == country);
        }
        if fitting.is_empty() {
            return Err(self.nothing_fits(name, &all, wheres, context));
        }
        // Somebody in Britain who writes Kent does not mean Kent in the State of Washington.
        if wheres.is_empty()
            && let Some(home) = context.country.or(context.client_country)
            && fitting.iter().all(|posting| self.country_of(posting.index) != home)
            && let Some(miss) = self.is_a_region(name, name, Some(home))
        {
            return Err(Miss { suggestions: self.towns(&fitting, MAX_SUGGESTIONS), ..miss });
        }
        let tier = |posting: &Posting| {
            let country = self.country_of(posting.index);
            (Some(country) != context.country, Some(country) != context.client_country)
        };
        // Stable: within a tier the heavier name stays first.
        fitting.sort_by_key(tier);
        let mut places = self.towns(&fitting, MAX_ALTERNATIVES + 1).into_iter();
        let place = places.next().expect("at least one fits");
        Ok(Resolved { place, alternatives: places.collect() })
    }

    /// Why none of the towns of a name will do.
    fn nothing_fits(&self, name: &str, all: &[Posting], wheres: &[&str], context: &Context<'_>) -> Miss {
        if wheres.is_empty()
            && let Some(miss) = self.is_a_region(name, name, context.country)
        {
            return miss;
        }
        let reason = match wheres.iter().find(|word| !self.is_where(word)) {
            Some(word) => format!("`{}` is not a region or country that is known.", shorten(word)),
            None if wheres.is_empty() => {
                format!("No `{}` is known in {}.", shorten(name), context.country.unwrap_or_default())
            }
            None => format!("No `{}` is known in {}.", shorten(name), shorten(&wheres.join(", "))),
        };
        Miss { reason, suggestions: self.towns(all, MAX_ALTERNATIVES) }
    }

    /// The miss of a text that names a region, of `country` where one is given.
    fn is_a_region(&self, key: &str, text: &str, country: Option<&str>) -> Option<Miss> {
        let region = self.packed.regions().find(|region| {
            region.is_called(key) && country.is_none_or(|country| country == region.country)
        })?;
        let country = self.country_label(region.country);
        Some(Miss::new(format!(
            "`{}` is a region of {country}, not a town: name a town there.",
            shorten(text)
        )))
    }

    /// The postings as places, without those that are another name of one that is listed.
    fn towns(&self, postings: &[Posting], limit: usize) -> Vec<Place> {
        let mut places: Vec<Place> = Vec::new();
        for posting in postings {
            if places.len() == limit {
                break;
            }
            let point = self.packed.point(posting.index);
            let same = |place: &Place| place.point.distance_km(point) < SAME_PLACE_KM;
            if !(posting.alternate && places.iter().any(same)) {
                places.push(self.town(posting.index));
            }
        }
        places
    }

    /// Whether the town lies in all of the folded `wheres`.
    fn is_in(&self, index: u32, wheres: &[&str]) -> bool {
        let region = self.packed.region(self.packed.town(index).region);
        let lies_in = |word: &str| {
            region.is_called(word)
                || self
                    .packed
                    .countries()
                    .any(|country| country.code == region.country && country.is_called(word))
        };
        // A region's own name may have a comma ("Bournemouth, Christchurch and Poole"): a part that says
        // nothing by itself is read together with the next.
        let mut rest = wheres;
        while let Some((word, after)) = rest.split_first() {
            rest = match after.split_first() {
                _ if lies_in(word) => after,
                Some((next, after)) if lies_in(&format!("{word} {next}")) => after,
                _ => return false,
            };
        }
        true
    }

    /// Whether the folded word names a region or a country.
    fn is_where(&self, word: &str) -> bool {
        self.packed.countries().any(|country| country.is_called(word))
            || self.packed.regions().any(|region| region.is_called(word))
    }

    /// Why `text` names no place, and what it may have meant.
    fn miss(&self, text: &str, name: &str, context: &Context<'_>) -> Miss {
        let key = fold(text);
        let short = shorten(text);
        if let Some(country) = self.packed.countries().find(|country| country.is_called(&key)) {
            return Miss::new(format!(
                "`{short}` is a country, and no point to measure from: write country={}, or name a town there.",
                country.code
            ));
        }
        if let Some(miss) =
            self.is_a_region(&key, text, context.country).or_else(|| self.is_a_region(&key, text, None))
        {
            return miss;
        }
        if text.split(',').count() == 2 && text.split(',').all(|part| part.trim().parse::<f64>().is_ok()) {
            return Miss::new(format!("`{short}` looks like a point: write it as lat= and lon=."));
        }
        // "Mayfair, London": a part that is not known, of a town that is.
        let town = text.split(',').nth(1).map(|town| self.called(&fold(town))).unwrap_or_default();
        let mut suggestions = self.towns(&town, 1);
        suggestions.extend(self.spelt_nearly(&fold(name), context.country));
        suggestions.truncate(MAX_SUGGESTIONS);
        let reason = match suggestions.first() {
            Some(first) => format!("No place called `{short}` is known. Did you mean {}?", first.label),
            None => format!(
                "No place called `{short}` is known. Towns of 5,000 people or more, British postcodes and US ZIP \
                 codes are; GET /v1/places?q= finds them."
            ),
        };
        Miss { reason, suggestions }
    }

    /// Towns whose name is one slip away from `key`, or two where none is; the larger first.
    fn spelt_nearly(&self, key: &str, country: Option<&str>) -> Vec<Place> {
        let length = key.chars().count();
        if !(3..=MAX_FUZZY_CHARS).contains(&length) {
            return Vec::new();
        }
        for slips in 1..=if length >= 5 { 2 } else { 1 } {
            let Ok(automaton) = Levenshtein::new(key, slips) else { break };
            let mut found = Vec::new();
            let mut stream = self.packed.names.search(automaton).into_stream();
            while let Some((_, at)) = stream.next() {
                found.extend(self.packed.postings(at).map(|posting| self.weighed(posting)));
            }
            let places = self.heaviest(found, country, MAX_SUGGESTIONS).0;
            if !places.is_empty() {
                return places;
            }
        }
        Vec::new()
    }

    /// A posting with its weight: how many people, and a tenth of them for an alternate name.
    pub(super) fn weighed(&self, posting: Posting) -> (u64, u32) {
        let people = u64::from(self.packed.people(posting.index)) * 10;
        (if posting.alternate { people / 10 } else { people }, posting.index)
    }

    /// The heaviest of `found`, each town once, in `country` where one is asked for; and how many
    /// there were.
    pub(super) fn heaviest(
        &self,
        mut found: Vec<(u64, u32)>,
        country: Option<&str>,
        limit: usize,
    ) -> (Vec<Place>, usize) {
        if let Some(country) = country {
            found.retain(|(_, index)| self.country_of(*index) == country);
        }
        // Each town once, by its heaviest name; then by weight.
        found.sort_unstable_by_key(|(weight, index)| (*index, std::cmp::Reverse(*weight)));
        found.dedup_by_key(|(_, index)| *index);
        found.sort_unstable_by_key(|(weight, index)| (std::cmp::Reverse(*weight), *index));
        let places = found.iter().take(limit).map(|(_, index)| self.town(*index)).collect();
        (places, found.len())
    }
}

/// The postcode that `part` is, or ends with; and whether it is all of it.
fn postcode_in(part: &str) -> Option<(Postcode, bool)> {
    if let Some(postcode) = Postcode::parse(part) {
        return Some((postcode, true));
    }
    let words: Vec<&str> = part.split_whitespace().collect();
    (1..=2).rev().filter(|count| *count < words.len()).find_map(|count| {
        let tail = words[words.len() - count..].join(" ");
        // The sector form `LS1 4` is too short to be told from a house number here.
        let whole = count == 1 || tail.len() >= 6;
        Postcode::parse(&tail).filter(|_| whole).map(|postcode| (postcode, false))
    })
}

/// The folded name without what people put around it: "near leeds", "leeds city centre".
fn without_affixes(key: &str) -> &str {
    const BEFORE: &[&str] = &["near ", "in ", "around ", "central ", "greater ", "downtown ", "city of "];
    const AFTER: &[&str] = &[" city centre", " city center", " town centre", " area", " downtown", " city"];
    let key = BEFORE.iter().find_map(|word| key.strip_prefix(word)).unwrap_or(key);
    AFTER.iter().find_map(|word| key.strip_suffix(word)).unwrap_or(key)
}
