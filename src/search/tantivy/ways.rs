//! The documents that have what a word finds, told apart by the way they have it: with how many letters wrong, how it
//! agrees, and in which attribute.
//!
//! Posting lists are read into these sets once, when a word is first looked up in a segment; searches put sets together.

use std::collections::BTreeMap;
use std::sync::Arc;

use tantivy::postings::{BlockSegmentPostings, TermInfo};
use tantivy::schema::IndexRecordOption;

use super::bits::Bits;
use super::columns::Read;
use super::expand::{Side, Term};
use super::view::{Segment, View};
use crate::search::port::MatchKind;

/// A set takes less than a list from one document of so many.
const SPARSE: usize = 32;

/// A way to have a word.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) typos: u8,
    pub(super) field: u8,
    pub(super) kind: MatchKind,
    pub(super) docs: Docs,
}

/// Documents of a segment, dead ones included.
#[derive(Debug)]
pub(super) enum Docs {
    /// Ascending.
    Few(Vec<u32>),
    Many(Bits),
}

impl Docs {
    fn of_list(mut docs: Vec<u32>) -> Self {
        docs.sort_unstable();
        docs.dedup();
        docs.shrink_to_fit();
        Self::Few(docs)
    }

    #[inline]
    pub(super) fn has(&self, doc: u32) -> bool {
        match self {
            Self::Few(docs) => docs.binary_search(&doc).is_ok(),
            Self::Many(docs) => docs.has(doc),
        }
    }

    pub(super) fn each(&self, mut see: impl FnMut(u32)) {
        match self {
            Self::Few(docs) => docs.iter().for_each(|doc| see(*doc)),
            Self::Many(docs) => docs.iter().for_each(see),
        }
    }

    /// Puts them into a set too.
    pub(super) fn add_to(&self, set: &mut Bits) {
        match self {
            Self::Few(docs) => docs.iter().for_each(|doc| set.put(*doc)),
            Self::Many(docs) => set.or(docs),
        }
    }

    /// About how many bytes they take.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Few(docs) => size_of_val(docs.as_slice()),
            Self::Many(docs) => docs.len() / 8,
        }
    }
}

/// The ways that terms, and words side by side, are found in; those with the fewest typos first.
pub(super) fn gather(view: &View, segment: &Segment, terms: &[Term], sides: &[Side]) -> Read<Vec<Arc<Way>>> {
    let mut alike: BTreeMap<_, Vec<&TermInfo>> = BTreeMap::new();
    for term in terms {
        alike.entry((term.typos, term.field, term.kind)).or_default().push(&term.info);
    }
    let mut ways = Vec::with_capacity(alike.len() + sides.len());
    for side in sides {
        let docs = Docs::of_list(side.at.iter().map(|(doc, _)| *doc).collect());
        ways.push(Arc::new(Way { typos: 0, field: side.field, kind: MatchKind::Exact, docs }));
    }
    let mut lists = Postings::default();
    for ((typos, field, kind), infos) in alike {
        let entries: usize = infos.iter().map(|info| info.doc_freq as usize).sum();
        let docs = if entries * SPARSE < segment.len() {
            let mut docs = Vec::with_capacity(entries);
            for info in infos {
                lists.each(view, segment, field, info, |doc| docs.push(doc))?;
            }
            Docs::of_list(docs)
        } else {
            let mut docs = Bits::none(segment.len());
            for info in infos {
                lists.each(view, segment, field, info, |doc| docs.put(doc))?;
            }
            Docs::Many(docs)
        };
        ways.push(Arc::new(Way { typos, field, kind, docs }));
    }
    Ok(ways)
}

/// A posting list reader that is used again for one term after the other.
#[derive(Default)]
struct Postings {
    open: Option<(u8, Arc<tantivy::InvertedIndexReader>, BlockSegmentPostings)>,
}

impl Postings {
    #[inline]
    fn each(
        &mut self,
        view: &View,
        segment: &Segment,
        field: u8,
        info: &TermInfo,
        mut see: impl FnMut(u32),
    ) -> Read<()> {
        match &mut self.open {
            Some((of, index, list)) if *of == field => {
                index.reset_block_postings_from_terminfo(info, list)?;
            }
            _ => {
                let index = segment.reader.inverted_index(view.fields.text[usize::from(field)])?;
                let list = index.read_block_postings_from_terminfo(info, IndexRecordOption::Basic)?;
                self.open = Some((field, index, list));
            }
        }
        let Some((_, _, list)) = &mut self.open else { return Ok(()) };
        loop {
            let docs = list.docs();
            let docs = &docs[..list.block_len()];
            if docs.is_empty() {
                return Ok(());
            }
            for doc in docs {
                see(*doc);
            }
            list.advance();
        }
    }
}
