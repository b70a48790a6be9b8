//! Which documents of a segment have which words of the query, and how well.
//!
//! For every unit of the query there is one number a document, its level: how few letters are
//! wrong, in which attributes it stands at that many, and in which ways. Posting lists are swept
//! into these arrays one after the other; nothing is scored.

use std::sync::Arc;

use tantivy::postings::{BlockSegmentPostings, TermInfo};
use tantivy::schema::IndexRecordOption;

use super::bits::Bits;
use super::columns::Read;
use super::expand::{Expansion, LookUp as _, side_by_side};
use super::view::{Segment, View};
use crate::search::port::MatchKind;
use crate::search::query::{Lexicon, Plan, Word};

/// The attributes in a level.
pub(super) const FIELDS: u32 = 0xffff;
const TYPO_SHIFT: u32 = 30;
const KIND_SHIFT: u32 = 16;
/// One more than the most letters that may be wrong.
const BEST: u32 = 3;

/// How many letters are wrong at a level that is not zero.
pub(super) fn typos(level: u32) -> u32 {
    BEST - (level >> TYPO_SHIFT)
}

/// Whether the unit stands exactly as typed at a level.
pub(super) fn is_exact(level: u32) -> bool {
    level >> (KIND_SHIFT + MatchKind::Exact as u32) & 1 == 1
}

/// Where a unit is found: its own word, or what stands for it.
pub(super) struct Source {
    pub(super) found: Arc<Expansion>,
    /// What this way costs beyond the terms' own typos.
    pub(super) typos: u8,
    /// How it counts, where not as the term says.
    pub(super) kind: Option<MatchKind>,
}

/// How well a unit can be found at best, by the terms there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Best {
    pub(super) typos: u32,
    /// With so few typos.
    pub(super) field: u32,
    /// In that field.
    pub(super) inexact: bool,
}

impl Best {
    fn of(sources: &[Source], fields: u32) -> Self {
        let ways = sources.iter().flat_map(|source| {
            let terms = source.found.terms.iter().map(|term| (term.typos, term.field, term.kind));
            let sides = source.found.sides.iter().map(|side| (0, side.field, MatchKind::Exact));
            terms.chain(sides).map(move |(typos, field, kind)| (source, typos, field, kind))
        });
        let bests =
            ways.filter(|(_, _, field, _)| fields >> field & 1 == 1).map(|(source, typos, field, kind)| {
                let inexact = source.kind.unwrap_or(kind) != MatchKind::Exact;
                Self { typos: u32::from(source.typos) + u32::from(typos), field: u32::from(field), inexact }
            });
        // Where there is no way no document has the unit, and any bound is one.
        bests.min().unwrap_or(Self { typos: 0, field: 0, inexact: false })
    }
}

/// A segment's matches.
pub(super) struct Matched {
    /// A unit's sources.
    pub(super) sources: Vec<Vec<Source>>,
    /// A unit's levels, one a document; 0 is no match.
    pub(super) levels: Vec<Vec<u32>>,
    /// How well each unit can be found at best.
    pub(super) bests: Vec<Best>,
    /// The documents that have each unit, dead ones included.
    present: Vec<Bits>,
    /// Documents that must not be found.
    unwanted: Option<Bits>,
    /// Whether terms were left out.
    pub(super) cut: bool,
}

impl Matched {
    /// Finds the units of `plan` in a segment.
    pub(super) fn find(view: &View, segment: &Segment, plan: &Plan, lexicon: &Lexicon) -> Read<Self> {
        let mut sources: Vec<Vec<Source>> = Vec::with_capacity(plan.units.len());
        for unit in &plan.units {
            let found = match unit.words.as_slice() {
                [word] => Word::new(word.as_str(), unit.prefix, unit.typos).expand(
                    view,
                    segment,
                    lexicon.lenient,
                )?,
                words => side_by_side(view, segment, words, false)?,
            };
            sources.push(vec![Source { found, typos: 0, kind: unit.must.then_some(MatchKind::Exact) }]);
        }
        for other in &plan.alternatives {
            let found = side_by_side(view, segment, &other.words, other.prefix)?;
            if found.terms.is_empty() && found.sides.is_empty() {
                continue;
            }
            for at in other.range.clone() {
                // What it costs is paid once, for the first of the units it stands for.
                let typos = if at == other.range.start { other.typos } else { 0 };
                sources[at].push(Source { found: found.clone(), typos, kind: Some(other.kind) });
            }
        }
        let mut levels = Vec::with_capacity(sources.len());
        for sources in &sources {
            levels.push(sweep(view, segment, sources, plan.fields)?);
        }
        let cut = sources.iter().flatten().any(|source| source.found.cut);
        let bests = sources.iter().map(|sources| Best::of(sources, plan.fields)).collect();
        let present = levels.iter().map(|levels| Bits::of_nonzero(levels)).collect();
        Ok(Self { sources, levels, bests, present, unwanted: unwanted(view, segment, plan)?, cut })
    }

    /// The living documents that have the first `least` units and all that must be there.
    pub(super) fn docs(&self, segment: &Segment, plan: &Plan, least: usize) -> Bits {
        let mut docs = segment.alive.as_ref().clone();
        for (at, present) in self.present.iter().enumerate() {
            if at < least || plan.units[at].must {
                docs.and(present);
            }
        }
        if let Some(unwanted) = &self.unwanted {
            docs.and_not(unwanted);
        }
        docs
    }
}

/// The documents that have a word or phrase the query excludes, in whichever attribute.
fn unwanted(view: &View, segment: &Segment, plan: &Plan) -> Read<Option<Bits>> {
    if plan.negatives.is_empty() {
        return Ok(None);
    }
    let mut unwanted = Bits::none(segment.len());
    for words in &plan.negatives {
        let found = side_by_side(view, segment, words, false)?;
        for side in &found.sides {
            side.at.iter().for_each(|(doc, _)| {
                unwanted.insert(*doc);
            });
        }
        let mut list = Postings::default();
        for term in &found.terms {
            list.each(view, segment, term.field, &term.info, |doc| {
                unwanted.insert(doc);
            })?;
        }
    }
    Ok(Some(unwanted))
}

/// The levels of one unit.
fn sweep(view: &View, segment: &Segment, sources: &[Source], fields: u32) -> Read<Vec<u32>> {
    let mut levels = vec![0_u32; segment.len()];
    let mut list = Postings::default();
    // Best first: what is worse then never overwrites.
    for typos in 0..BEST {
        let best = BEST - typos;
        for source in sources {
            let Some(own) = typos.checked_sub(u32::from(source.typos)) else { continue };
            for term in &source.found.terms {
                if u32::from(term.typos) != own || fields >> term.field & 1 == 0 {
                    continue;
                }
                let level = level(best, source.kind.unwrap_or(term.kind), term.field);
                list.each(view, segment, term.field, &term.info, |doc| {
                    raise(&mut levels[doc as usize], best, level);
                })?;
            }
            if own == 0 {
                for side in source.found.sides.iter().filter(|side| fields >> side.field & 1 == 1) {
                    let level = level(best, source.kind.unwrap_or(MatchKind::Exact), side.field);
                    for (doc, _) in &side.at {
                        raise(&mut levels[*doc as usize], best, level);
                    }
                }
            }
        }
    }
    Ok(levels)
}

fn level(best: u32, kind: MatchKind, field: u8) -> u32 {
    best << TYPO_SHIFT | 1 << (KIND_SHIFT + kind as u32) | 1 << field
}

#[inline]
fn raise(slot: &mut u32, best: u32, level: u32) {
    *slot = if *slot >> TYPO_SHIFT > best { *slot } else { *slot | level };
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
