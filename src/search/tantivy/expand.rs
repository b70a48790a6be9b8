//! From a word of the query to the terms of a segment's dictionaries that it finds, and from words
//! side by side to the documents that have them so.

use std::sync::Arc;

use levenshtein_automata::{DFA, Distance, SINK_STATE};
use tantivy::postings::{Postings, SegmentPostings, TermInfo};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, TERMINATED};
use tantivy_fst::Automaton;

use super::columns::Read;
use super::view::{Segment, View};
use super::ways::{self, Way};
use crate::search::port::MatchKind;
use crate::search::query::Word;

/// Most terms one word finds in one attribute of one segment, the most frequent of them.
const MOST_TERMS: usize = 4_096;

/// A term found.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) field: u8,
    pub(super) typos: u8,
    pub(super) kind: MatchKind,
    pub(super) info: TermInfo,
}

/// Documents that have words side by side in one attribute.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub(super) field: u8,
    /// How many words stand there.
    pub(super) len: u32,
    /// Document and position of the first word, ascending; a document may come several times.
    pub(super) at: Vec<(u32, u32)>,
}

/// What a word, or words side by side, find in a segment.
#[derive(Clone, Debug, Default)]
pub(super) struct Expansion {
    /// What was looked up, and how.
    pub(super) name: String,
    /// In order of their typos.
    pub(super) terms: Vec<Term>,
    pub(super) sides: Vec<Side>,
    /// The documents of both.
    pub(super) ways: Vec<Arc<Way>>,
    /// Whether terms were left out, because there were too many.
    pub(super) cut: bool,
}

impl Expansion {
    fn gathered(mut self, view: &View, segment: &Segment) -> Read<Self> {
        self.ways = ways::gather(view, segment, &self.terms, &self.sides)?;
        Ok(self)
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        let sides: usize = self.sides.iter().map(|side| size_of_val(side.at.as_slice())).sum();
        let ways: usize = self.ways.iter().map(|way| size_of::<Way>() + way.docs.weight()).sum();
        size_of::<Self>() + size_of_val(self.terms.as_slice()) + sides + ways
    }
}

/// Looking a word up.
pub(super) trait LookUp {
    /// What it finds in a segment. Typos are forgiven in the attributes of `lenient`.
    fn expand(&self, view: &View, segment: &Segment, lenient: u32) -> Read<Arc<Expansion>>;
}

impl LookUp for Word {
    fn expand(&self, view: &View, segment: &Segment, lenient: u32) -> Read<Arc<Expansion>> {
        let key = format!("{}{}{}", u8::from(self.prefix()), self.typos(), self.text());
        segment.columns.expansion(&key, || {
            let mut expansion = Expansion { name: key.clone(), ..Expansion::default() };
            for (at, field) in (0_u8..).zip(&view.fields.text) {
                let index = segment.reader.inverted_index(*field)?;
                let from = expansion.terms.len();
                let typos = if lenient >> at & 1 == 1 { self.typos() } else { 0 };
                look_up(self, index.terms(), at, typos, &mut expansion.terms)?;
                if expansion.terms.len() - from > MOST_TERMS {
                    let found = &mut expansion.terms[from..];
                    found.sort_by_key(|term| std::cmp::Reverse(term.info.doc_freq));
                    expansion.terms.truncate(from + MOST_TERMS);
                    expansion.cut = true;
                }
            }
            expansion.terms.sort_by_key(|term| term.typos);
            expansion.gathered(view, segment)
        })
    }
}

/// The terms of a dictionary that a word finds.
fn look_up(
    word: &Word,
    dictionary: &tantivy::termdict::TermDictionary,
    field: u8,
    typos: u8,
    found: &mut Vec<Term>,
) -> Read<()> {
    let mut take = |term: &[u8], info: &TermInfo| {
        let agreed = std::str::from_utf8(term).ok().and_then(|term| word.agrees(term));
        if let Some((typos, kind)) = agreed {
            found.push(Term { field, typos, kind, info: info.clone() });
        }
    };
    if typos > 0 {
        let mut stream = dictionary.search(Fuzzy(word.dfa())).into_stream()?;
        while let Some((term, info)) = stream.next() {
            take(term, info);
        }
    } else if word.prefix() {
        let mut stream = dictionary.range().ge(word.text()).into_stream()?;
        while let Some((term, info)) = stream.next() {
            if !term.starts_with(word.text().as_bytes()) {
                break;
            }
            take(term, info);
        }
    } else if let Some(info) = dictionary.get(word.text())? {
        take(word.text().as_bytes(), &info);
    }
    Ok(())
}

/// Words side by side in a segment; of the last perhaps only the beginning.
pub(super) fn side_by_side(
    view: &View,
    segment: &Segment,
    words: &[String],
    prefix: bool,
) -> Read<Arc<Expansion>> {
    let mut key = format!("s{}", u8::from(prefix));
    for word in words {
        key.push(' ');
        key.push_str(word);
    }
    segment.columns.expansion(&key, || {
        let mut expansion = Expansion { name: key.clone(), ..Expansion::default() };
        for (at, field) in (0_u8..).zip(&view.fields.text) {
            let index = segment.reader.inverted_index(*field)?;
            let Some((last, before)) = words.split_last() else { continue };
            let mut infos = Vec::with_capacity(words.len());
            for word in before {
                match index.terms().get(word)? {
                    Some(info) => infos.push(info),
                    None => break,
                }
            }
            if infos.len() < before.len() {
                continue;
            }
            let mut lasts = Vec::new();
            look_up(&Word::new(last.as_str(), prefix, 0), index.terms(), at, 0, &mut lasts)?;
            if before.is_empty() {
                expansion.terms.append(&mut lasts);
                continue;
            }
            let mut side = Side { field: at, len: u32::try_from(words.len()).unwrap_or(1), at: Vec::new() };
            for end in lasts.iter().take(MOST_TERMS / 16) {
                let open =
                    |info| index.read_postings_from_terminfo(info, IndexRecordOption::WithFreqsAndPositions);
                let postings = infos.iter().chain([&end.info]).map(open).collect::<Result<Vec<_>, _>>()?;
                follow(postings, &mut side.at);
            }
            if lasts.len() > 1 {
                side.at.sort_unstable();
            }
            if !side.at.is_empty() {
                expansion.sides.push(side);
            }
        }
        expansion.gathered(view, segment)
    })
}

/// Gathers the documents in which the terms follow each other.
fn follow(mut postings: Vec<SegmentPostings>, found: &mut Vec<(u32, u32)>) {
    let mut starts = Vec::new();
    let mut next = Vec::new();
    let Some(rarest) = (0..postings.len()).min_by_key(|at| postings[*at].doc_freq()) else { return };
    let mut doc = postings[rarest].doc();
    'docs: while doc != TERMINATED {
        for other in &mut postings {
            let there = if other.doc() < doc { other.seek(doc) } else { other.doc() };
            if there != doc {
                doc = postings[rarest].seek(there.max(doc + 1).min(TERMINATED));
                continue 'docs;
            }
        }
        postings[0].positions(&mut starts);
        for (offset, other) in (0_u32..).zip(&mut postings).skip(1) {
            other.positions(&mut next);
            starts.retain(|start| next.binary_search(&(start + offset)).is_ok());
        }
        found.extend(starts.iter().map(|start| (doc, *start)));
        doc = postings[rarest].advance();
    }
}

struct Fuzzy<'a>(&'a DFA);

impl Automaton for Fuzzy<'_> {
    type State = u32;

    fn start(&self) -> u32 {
        self.0.initial_state()
    }

    fn is_match(&self, state: &u32) -> bool {
        matches!(self.0.distance(*state), Distance::Exact(_))
    }

    fn can_match(&self, state: &u32) -> bool {
        *state != SINK_STATE
    }

    fn accept(&self, state: &u32, byte: u8) -> u32 {
        self.0.transition(*state, byte)
    }
}
