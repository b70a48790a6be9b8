//! Why a document matches, from its own text: the words that agree, and the text around them.

use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use tantivy::schema::{TantivyDocument, Value as _};

use super::columns::Read;
use super::expand;
use super::matching::{self, FIELDS};
use super::plan::Plan;
use super::view::{Segment, View};
use crate::search::port::{Match, MatchKind, Snippet, Snippets};
use crate::search::words::{self, Cut, Word};

/// The searchable texts of a document, by the place of their attribute.
pub(super) struct Source {
    attributes: Vec<(usize, Vec<String>)>,
}

/// Reads the attributes of `fields` from a document's own text.
struct Wanted<'a> {
    names: &'a [String],
    fields: u32,
}

impl<'de> DeserializeSeed<'de> for Wanted<'_> {
    type Value = Vec<(usize, Vec<String>)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Wanted<'_> {
    type Value = Vec<(usize, Vec<String>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the texts of a document by their attributes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::new();
        while let Some(name) = map.next_key::<&str>()? {
            match self.names.iter().position(|known| known == name) {
                Some(at) if self.fields >> at & 1 == 1 => found.push((at, map.next_value()?)),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }
}

/// A place in a document where a unit of the query stands.
#[derive(Clone, Debug)]
struct Place {
    unit: usize,
    typos: u8,
    kind: MatchKind,
    field: usize,
    value: usize,
    bytes: Range<usize>,
    term: String,
}

/// Finds the words of one query in texts.
pub(super) struct Marker<'a> {
    plan: &'a Plan,
    lenient: u32,
    words: Vec<Option<expand::Word>>,
    /// Room for one text after the other.
    cut: Cut,
}

impl Source {
    /// The texts of a document in the attributes of `fields`; the others are not even looked at.
    pub(super) fn read(view: &View, segment: &Segment, doc: u32, fields: u32) -> Read<Self> {
        let stored: TantivyDocument = segment.store.get(doc)?;
        let text = stored.get_first(view.fields.source).and_then(|value| value.as_str()).unwrap_or_default();
        let wanted = Wanted { names: &view.settings.searchable_attributes, fields };
        let attributes = wanted.deserialize(&mut serde_json::Deserializer::from_str(text));
        Ok(Self { attributes: attributes.unwrap_or_default() })
    }

    /// The values of an attribute.
    pub(super) fn values(&self, field: usize) -> &[String] {
        self.attributes.iter().find(|(at, _)| *at == field).map_or(&[], |(_, values)| values)
    }
}

/// The attributes in which units stand at their fewest typos.
pub(super) fn fields_of(levels: &[u32]) -> u32 {
    levels.iter().fold(0, |fields, level| fields | level & FIELDS)
}

impl<'a> Marker<'a> {
    pub(super) fn new(plan: &'a Plan, lenient: u32) -> Self {
        let word = |unit: &'a super::plan::Unit| match unit.words.as_slice() {
            [word] if !unit.must => Some(expand::Word::new(word.as_str(), unit.prefix, unit.typos)),
            _ => None,
        };
        Self { plan, lenient, words: plan.units.iter().map(word).collect(), cut: Cut::default() }
    }

    /// The places of every unit, each at its fewest typos in this document.
    fn places(&mut self, source: &Source, levels: &[u32]) -> Vec<Place> {
        let mut found = Vec::new();
        let mut cut = std::mem::take(&mut self.cut);
        for (field, values) in &source.attributes {
            for (value, text) in values.iter().enumerate() {
                cut.anew(text);
                self.in_text(&cut, *field, value, Some(levels), &mut found);
            }
        }
        self.cut = cut;
        found.retain(|place| u32::from(place.typos) == matching::typos(levels[place.unit]));
        found
    }

    /// The places in one text. `levels` are the document's by unit: a unit is looked for only in the attributes
    /// in which it stands at its fewest typos.
    fn in_text(
        &self,
        text: &Cut,
        field: usize,
        value: usize,
        levels: Option<&[u32]>,
        found: &mut Vec<Place>,
    ) {
        let is_here = |unit: usize| levels.is_none_or(|levels| levels[unit] >> field & 1 == 1);
        let place = |unit, typos, kind, at: Range<usize>| Place {
            unit,
            typos,
            kind,
            field,
            value,
            bytes: text.bytes(at.clone()),
            term: match at.len() {
                1 => text.word(at.start).to_owned(),
                _ => text.words(at).collect::<Vec<_>>().join(" "),
            },
        };
        let runs =
            |length: usize| (0..(text.len() + 1).saturating_sub(length)).map(move |at| at..at + length);
        for (unit, word) in self.words.iter().enumerate().filter(|(unit, _)| is_here(*unit)) {
            let Some(word) = word else {
                let phrase = &self.plan.units[unit].words;
                let here = runs(phrase.len()).filter(|at| text.words(at.clone()).eq(phrase));
                found.extend(here.map(|at| place(unit, 0, MatchKind::Exact, at)));
                continue;
            };
            let most =
                levels.map_or(u8::MAX, |levels| u8::try_from(matching::typos(levels[unit])).unwrap_or(0));
            for at in 0..text.len() {
                match word.agrees_within(text.word(at), most) {
                    Some((typos, _)) if typos > 0 && self.lenient >> field & 1 == 0 => {}
                    Some((typos, kind)) => found.push(place(unit, typos, kind, at..at + 1)),
                    None => {}
                }
            }
        }
        for other in &self.plan.alternatives {
            if !other.range.clone().any(is_here) {
                continue;
            }
            let last = other.words.len() - 1;
            let same = |(at, (word, wanted)): (usize, (&str, &String))| {
                word == wanted || (other.prefix && at == last && word.starts_with(wanted.as_str()))
            };
            for at in runs(other.words.len()) {
                if text.words(at.clone()).zip(&other.words).enumerate().all(same) {
                    for unit in other.range.clone().filter(|unit| is_here(*unit)) {
                        let typos = if unit == other.range.start { other.typos } else { 0 };
                        found.push(place(unit, typos, other.kind, at.clone()));
                    }
                }
            }
        }
    }

    /// Why a document matches.
    pub(super) fn matches(&mut self, view: &View, source: &Source, levels: &[u32]) -> Vec<Match> {
        let mut places = self.places(source, levels);
        places.sort_by_key(|place| (place.field, place.kind, place.value, place.bytes.start));
        let mut found: Vec<Match> = Vec::new();
        for place in places {
            let field = &view.settings.searchable_attributes[place.field];
            match found.last_mut() {
                Some(last) if last.field == *field && last.kind == place.kind => {
                    if !last.terms.contains(&place.term) {
                        last.terms.push(place.term);
                    }
                }
                _ => found.push(Match { field: field.clone(), terms: vec![place.term], kind: place.kind }),
            }
        }
        found
    }

    /// The texts around the words found.
    pub(super) fn snippets(
        &mut self,
        view: &View,
        source: &Source,
        levels: &[u32],
        ask: &Snippets,
    ) -> Vec<Snippet> {
        let places = self.places(source, levels);
        let mut found = Vec::new();
        for (field, name) in view.settings.searchable_attributes.iter().enumerate() {
            if !ask.attributes.is_empty() && !ask.attributes.contains(name) {
                continue;
            }
            for (value, text) in source.values(field).iter().enumerate() {
                let mut marks: Vec<Range<usize>> = places
                    .iter()
                    .filter(|place| place.field == field && place.value == value)
                    .map(|place| place.bytes.clone())
                    .collect();
                merge(&mut marks);
                if !marks.is_empty() {
                    found.push(crop(name, text, &marks, ask.words.max(1)));
                }
            }
        }
        found
    }

    /// The bytes of `text` that match, if any do.
    pub(super) fn marks(&self, text: &str, field: usize) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        self.in_text(&Cut::of(text), field, 0, None, &mut found);
        let mut marks = found.into_iter().map(|place| place.bytes).collect();
        merge(&mut marks);
        marks
    }
}

/// Sorts ranges and joins those that overlap.
fn merge(marks: &mut Vec<Range<usize>>) {
    marks.sort_by_key(|mark| (mark.start, mark.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(marks.len());
    for mark in marks.drain(..) {
        match merged.last_mut() {
            Some(last) if mark.start < last.end => last.end = last.end.max(mark.end),
            _ => merged.push(mark),
        }
    }
    *marks = merged;
}

/// Cuts a text to about `most` words, where the most marks stand together.
fn crop(attribute: &str, text: &str, marks: &[Range<usize>], most: usize) -> Snippet {
    let words = words::words(text);
    let marked =
        |word: &Word| marks.iter().any(|mark| mark.start <= word.bytes.start && word.bytes.end <= mark.end);
    let most = most.min(words.len());
    let flags: Vec<usize> = words.iter().map(|word| usize::from(marked(word))).collect();
    let (mut best, mut from, mut sum) = (0, 0, 0);
    for at in 0..words.len() {
        sum += flags[at];
        if at >= most {
            sum -= flags[at - most];
        }
        if sum > best {
            (best, from) = (sum, (at + 1).saturating_sub(most));
        }
    }
    // The window ends with the last mark it gained; it is moved so that marks stand in its middle.
    let last = (from..words.len().min(from + most)).rev().find(|at| flags[*at] == 1).unwrap_or(from);
    let first = (from..=last).find(|at| flags[*at] == 1).unwrap_or(from);
    let slack = most.saturating_sub(last + 1 - first);
    let from = first.saturating_sub(slack / 2).min(words.len().saturating_sub(most));
    let upto = (from + most).min(words.len());
    let start = if from == 0 { 0 } else { words[from].bytes.start };
    let end = if upto == words.len() { text.len() } else { words[upto - 1].bytes.end };
    let inside = marks.iter().filter(|mark| mark.start >= start && mark.end <= end);
    Snippet {
        attribute: attribute.to_owned(),
        text: text[start..end].to_owned(),
        marks: inside.map(|mark| mark.start - start..mark.end - start).collect(),
        cut_before: start > 0,
        cut_after: end < text.len(),
    }
}
