//! When a word of a document is a word of the query.

use std::cell::OnceCell;
use std::sync::LazyLock;

use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder};

use crate::search::port::MatchKind;

static ONE_WRONG: LazyLock<LevenshteinAutomatonBuilder> =
    LazyLock::new(|| LevenshteinAutomatonBuilder::new(1, true));
static TWO_WRONG: LazyLock<LevenshteinAutomatonBuilder> =
    LazyLock::new(|| LevenshteinAutomatonBuilder::new(2, true));

/// A word to find.
pub(in crate::search) struct Word {
    text: String,
    prefix: bool,
    typos: u8,
    fuzzy: OnceCell<DFA>,
}

impl Word {
    pub(in crate::search) fn new(text: impl Into<String>, prefix: bool, typos: u8) -> Self {
        Self { text: text.into(), prefix, typos, fuzzy: OnceCell::new() }
    }

    /// As typed, folded.
    pub(in crate::search) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it may be only the beginning.
    pub(in crate::search) const fn prefix(&self) -> bool {
        self.prefix
    }

    /// How many letters may be wrong.
    pub(in crate::search) const fn typos(&self) -> u8 {
        self.typos
    }

    /// What counts its wrong letters.
    pub(in crate::search) fn dfa(&self) -> &DFA {
        self.fuzzy.get_or_init(|| {
            let builder = if self.typos == 1 { &*ONE_WRONG } else { &*TWO_WRONG };
            if self.prefix { builder.build_prefix_dfa(&self.text) } else { builder.build_dfa(&self.text) }
        })
    }

    /// In which way a term is this word, and how many letters are wrong; a wrong first letter
    /// counts twice.
    pub(in crate::search) fn agrees(&self, term: &str) -> Option<(u8, MatchKind)> {
        self.agrees_within(term, self.typos)
    }

    /// The same where no more than `most` letters may be wrong: without any, nothing is built to count them.
    pub(in crate::search) fn agrees_within(&self, term: &str, most: u8) -> Option<(u8, MatchKind)> {
        if term == self.text {
            return Some((0, MatchKind::Exact));
        }
        if self.prefix && term.starts_with(&self.text) {
            return Some((0, MatchKind::Prefix));
        }
        if self.typos.min(most) == 0 {
            return None;
        }
        let Distance::Exact(wrong) = self.dfa().eval(term) else { return None };
        let first = u8::from(term.chars().next() != self.text.chars().next());
        (wrong + first <= self.typos).then_some((wrong + first, MatchKind::Typo))
    }
}
