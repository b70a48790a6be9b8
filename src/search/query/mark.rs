//! Why a document matches, from its own texts: the words that agree, and the text around them.

use std::ops::Range;

use super::agree;
use super::plan::{Lexicon, Plan, Unit};
use crate::search::port::{Match, MatchKind, Snippet, Snippets};
use crate::search::settings::Settings;
use crate::search::words::{self, Cut, Word};

/// The searchable texts of a document, by the place of their attribute.
pub(in crate::search) struct Texts(pub(in crate::search) Vec<(usize, Vec<String>)>);

impl Texts {
    /// The values of an attribute.
    pub(in crate::search) fn values(&self, field: usize) -> &[String] {
        self.0.iter().find(|(at, _)| *at == field).map_or(&[], |(_, values)| values)
    }
}

/// How well a document has one unit of the query.
#[derive(Clone, Copy, Debug)]
pub(in crate::search) struct Level {
    /// The fewest letters that are wrong, over all attributes.
    pub(in crate::search) typos: u8,
    /// The attributes, as bits, in which the unit stands at that many.
    pub(in crate::search) fields: u32,
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
pub(in crate::search) struct Marker<'a> {
    plan: &'a Plan,
    attributes: &'a [String],
    lenient: u32,
    words: Vec<Option<agree::Word>>,
    /// Room for one text after the other.
    cut: Cut,
}

impl<'a> Marker<'a> {
    pub(in crate::search) fn new(plan: &'a Plan, lexicon: &Lexicon, settings: &'a Settings) -> Self {
        let word = |unit: &'a Unit| match unit.words.as_slice() {
            [word] if !unit.must => Some(agree::Word::new(word.as_str(), unit.prefix, unit.typos)),
            _ => None,
        };
        Self {
            plan,
            attributes: &settings.searchable_attributes,
            lenient: lexicon.lenient,
            words: plan.units.iter().map(word).collect(),
            cut: Cut::default(),
        }
    }

    /// The places of every unit, each at its fewest typos in this document. Without `levels` they are found out.
    fn places(&mut self, texts: &Texts, levels: Option<&[Level]>) -> Vec<Place> {
        let mut found = Vec::new();
        let mut cut = std::mem::take(&mut self.cut);
        for (field, values) in &texts.0 {
            for (value, text) in values.iter().enumerate() {
                cut.anew(text);
                self.in_text(&cut, *field, value, levels, &mut found);
            }
        }
        self.cut = cut;
        let mut fewest = vec![u8::MAX; self.plan.units.len()];
        match levels {
            Some(levels) => fewest = levels.iter().map(|level| level.typos).collect(),
            None => found.iter().for_each(|place| fewest[place.unit] = fewest[place.unit].min(place.typos)),
        }
        found.retain(|place| place.typos == fewest[place.unit]);
        found
    }

    /// The places in one text. `levels` are the document's by unit: a unit is looked for only in the attributes
    /// in which it stands at its fewest typos.
    fn in_text(
        &self,
        text: &Cut,
        field: usize,
        value: usize,
        levels: Option<&[Level]>,
        found: &mut Vec<Place>,
    ) {
        let is_here = |unit: usize| levels.is_none_or(|levels| levels[unit].fields >> field & 1 == 1);
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
            let most = levels.map_or(u8::MAX, |levels| levels[unit].typos);
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
    pub(in crate::search) fn matches(&mut self, texts: &Texts, levels: Option<&[Level]>) -> Vec<Match> {
        let mut places = self.places(texts, levels);
        places.sort_by_key(|place| (place.field, place.kind, place.value, place.bytes.start));
        let mut found: Vec<Match> = Vec::new();
        for place in places {
            let field = &self.attributes[place.field];
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
    pub(in crate::search) fn snippets(
        &mut self,
        texts: &Texts,
        levels: Option<&[Level]>,
        ask: &Snippets,
    ) -> Vec<Snippet> {
        let places = self.places(texts, levels);
        let mut found = Vec::new();
        for (field, name) in self.attributes.iter().enumerate() {
            if !ask.attributes.is_empty() && !ask.attributes.contains(name) {
                continue;
            }
            for (value, text) in texts.values(field).iter().enumerate() {
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
    pub(in crate::search) fn marks(&self, text: &str, field: usize) -> Vec<Range<usize>> {
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
