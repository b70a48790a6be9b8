//! What is typed, read into words to find: units in their order, what may stand for them, and what
//! must not be there.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::search::port::{Error, MatchKind, Query, Result};
use crate::search::settings::Settings;
use crate::search::words::{self, MOST_WORDS};

/// Most alternatives considered for one query.
const MOST_ALTERNATIVES: usize = 64;
/// Most unwanted words or phrases considered.
const MOST_NEGATIVES: usize = 10;
/// Shortest part when a word is taken apart, in letters.
const SHORTEST_PART: usize = 2;

/// The settings as queries need them, folded once.
pub(in crate::search) struct Lexicon {
    synonyms: HashMap<Vec<String>, Vec<Vec<String>>>,
    longest_synonym: usize,
    stop_words: HashSet<String>,
    as_written: HashSet<String>,
    one_typo: usize,
    two_typos: usize,
    numbers_as_written: bool,
    /// The searchable attributes, as bits, in which typos are forgiven.
    pub(in crate::search) lenient: u32,
}

/// A word or phrase of the query.
#[derive(Clone, Debug)]
pub(in crate::search) struct Unit {
    /// One word, or those of a phrase in quotes.
    pub(in crate::search) words: Vec<String>,
    /// Whether it may be only the beginning.
    pub(in crate::search) prefix: bool,
    /// How many letters may be wrong.
    pub(in crate::search) typos: u8,
    /// Whether nothing matches without it: a phrase.
    pub(in crate::search) must: bool,
}

/// Words side by side that stand for some of the units.
#[derive(Clone, Debug)]
pub(in crate::search) struct Alternative {
    /// The units it stands for.
    pub(in crate::search) range: Range<usize>,
    /// What to find.
    pub(in crate::search) words: Vec<String>,
    /// Whether the last word may be only the beginning.
    pub(in crate::search) prefix: bool,
    /// What it costs.
    pub(in crate::search) typos: u8,
    /// How it counts.
    pub(in crate::search) kind: MatchKind,
}

/// A query's words.
#[derive(Clone, Debug, Default)]
pub(in crate::search) struct Plan {
    pub(in crate::search) units: Vec<Unit>,
    pub(in crate::search) alternatives: Vec<Alternative>,
    pub(in crate::search) negatives: Vec<Vec<String>>,
    /// How many words there were, those of no weight included.
    pub(in crate::search) spoken: u32,
    /// The searchable attributes that count, as bits.
    pub(in crate::search) fields: u32,
}

impl Lexicon {
    pub(in crate::search) fn new(settings: &Settings) -> Self {
        let stop_words: HashSet<String> =
            settings.stop_words.iter().flat_map(|word| words::split(word)).collect();
        let mut synonyms: HashMap<Vec<String>, Vec<Vec<String>>> = HashMap::new();
        for (mut from, tos) in settings.folded_synonyms() {
            if !from.iter().all(|word| stop_words.contains(word)) {
                from.retain(|word| !stop_words.contains(word));
            }
            synonyms.entry(from).or_default().extend(tos);
        }
        let typos = &settings.typo_tolerance;
        let never = usize::MAX;
        let size = |letters: u8| if typos.enabled { usize::from(letters) } else { never };
        let lenient = settings
            .searchable_attributes
            .iter()
            .enumerate()
            .filter(|(_, attribute)| !typos.disable_on_attributes.contains(attribute))
            .fold(0, |bits, (at, _)| bits | 1 << at);
        Self {
            longest_synonym: synonyms.keys().map(Vec::len).max().unwrap_or(0),
            synonyms,
            stop_words,
            as_written: typos.disable_on_words.iter().flat_map(|word| words::split(word)).collect(),
            one_typo: size(typos.min_word_size_for_typos.one_typo),
            two_typos: size(typos.min_word_size_for_typos.two_typos),
            numbers_as_written: typos.disable_on_numbers,
            lenient,
        }
    }

    /// How many letters of a word may be wrong.
    pub(in crate::search) fn typos(&self, word: &str) -> u8 {
        let number = self.numbers_as_written && word.chars().all(char::is_numeric);
        if number || self.as_written.contains(word) {
            return 0;
        }
        let letters = word.chars().count();
        u8::from(letters >= self.one_typo) + u8::from(letters >= self.two_typos)
    }
}

impl Plan {
    /// Reads a query.
    pub(in crate::search) fn new(settings: &Settings, lexicon: &Lexicon, query: &Query) -> Result<Self> {
        let mut plan = Self { fields: fields(settings, query)?, ..Self::default() };
        let mut spoken = Vec::new();
        for part in parts(&query.text) {
            let found = words::split(part.text);
            if found.is_empty() {
                continue;
            }
            if part.negative {
                if plan.negatives.len() < MOST_NEGATIVES {
                    plan.negatives.push(found);
                }
            } else if part.phrase {
                spoken.push(Unit { words: found, prefix: false, typos: 0, must: true });
            } else {
                spoken.extend(found.into_iter().map(|word| Unit {
                    typos: lexicon.typos(&word),
                    words: vec![word],
                    prefix: false,
                    must: false,
                }));
            }
        }
        let written = query.text.chars().any(|c| !c.is_whitespace());
        if written && spoken.is_empty() && plan.negatives.is_empty() {
            return Err(Error::Asked("the query has no letters or digits to search for".into()));
        }
        spoken.truncate(MOST_WORDS);
        plan.spoken = spoken.iter().map(|unit| u32::try_from(unit.words.len()).unwrap_or(u32::MAX)).sum();
        if let Some(last) = spoken.last_mut() {
            last.prefix = !last.must && !query.text.ends_with(char::is_whitespace);
        }
        plan.units = without_stop_words(spoken, lexicon);
        plan.alternatives = alternatives(&plan.units, lexicon);
        Ok(plan)
    }
}

/// The searchable attributes asked for, as bits.
fn fields(settings: &Settings, query: &Query) -> Result<u32> {
    let all = settings.searchable_attributes.len();
    let Some(asked) = &query.attributes else { return Ok((1 << all) - 1) };
    asked.iter().try_fold(0, |bits, attribute| match settings.searchable(attribute) {
        Some(at) => Ok(bits | 1 << at),
        None => Err(Error::Asked(format!("`{attribute}` is not a searchable attribute"))),
    })
}

fn without_stop_words(units: Vec<Unit>, lexicon: &Lexicon) -> Vec<Unit> {
    let weightless = |unit: &Unit| !unit.must && lexicon.stop_words.contains(&unit.words[0]);
    if units.iter().all(weightless) {
        units
    } else {
        units.into_iter().filter(|unit| !weightless(unit)).collect()
    }
}

fn alternatives(units: &[Unit], lexicon: &Lexicon) -> Vec<Alternative> {
    let mut found = Vec::new();
    for from in 0..units.len() {
        let run = units[from..].iter().take_while(|unit| !unit.must).count();
        for len in 1..=run {
            let range = from..from + len;
            let spoken: Vec<String> = units[range.clone()].iter().map(|unit| unit.words[0].clone()).collect();
            let prefix = units[range.end - 1].prefix;
            if len <= lexicon.longest_synonym {
                for words in lexicon.synonyms.get(&spoken).into_iter().flatten() {
                    let (words, range) = (words.clone(), range.clone());
                    found.push(Alternative {
                        range,
                        words,
                        prefix: false,
                        typos: 0,
                        kind: MatchKind::Synonym,
                    });
                }
            }
            if len == 2 || len == 3 {
                let words = vec![spoken.concat()];
                let range = range.clone();
                found.push(Alternative { range, words, prefix, typos: 1, kind: MatchKind::Exact });
            }
            if len == 1 {
                apart(&spoken[0], from, prefix, &mut found);
            }
        }
    }
    found.truncate(MOST_ALTERNATIVES);
    found
}

/// A word taken apart at every place.
fn apart(word: &str, at: usize, prefix: bool, found: &mut Vec<Alternative>) {
    let letters: Vec<usize> = word.char_indices().map(|(at, _)| at).collect();
    if word.chars().all(char::is_numeric) || letters.len() < 2 * SHORTEST_PART {
        return;
    }
    for cut in &letters[SHORTEST_PART..=letters.len() - SHORTEST_PART] {
        let words = vec![word[..*cut].to_owned(), word[*cut..].to_owned()];
        found.push(Alternative { range: at..at + 1, words, prefix, typos: 1, kind: MatchKind::Exact });
    }
}

struct Part<'a> {
    text: &'a str,
    phrase: bool,
    negative: bool,
}

/// The query taken apart at white space and quotes.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let bare =
            rest.strip_prefix('-').filter(|bare| bare.starts_with(|c: char| !c.is_whitespace() && c != '-'));
        let negative = bare.is_some();
        rest = bare.unwrap_or(rest);
        if rest.is_empty() {
            return found;
        }
        if let Some(quoted) = rest.strip_prefix(is_quote) {
            let end = quoted.find(is_quote).unwrap_or(quoted.len());
            found.push(Part { text: &quoted[..end], phrase: true, negative });
            rest = quoted[end..].strip_prefix(is_quote).unwrap_or("");
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || is_quote(c)).unwrap_or(rest.len());
            found.push(Part { text: &rest[..end], phrase: false, negative });
            rest = &rest[end..];
        }
    }
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}')
}
