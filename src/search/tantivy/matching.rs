//! Which documents of a segment have which words of the query, and how well.
//!
//! For every unit of the query there is one number a document, its level: how few letters are
//! wrong, in which attributes it stands at that many, and in which ways. It is put together from the sets of
//! [`super::ways`]; nothing is scored.

use std::sync::{Arc, OnceLock};

use super::bits::Bits;
use super::columns::Read;
use super::expand::{Expansion, LookUp as _, side_by_side};
use super::view::{Segment, View};
use super::ways::Way;
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Best {
    pub(super) typos: u32,
    /// The attributes in which it can stand with so few typos.
    pub(super) fields: u32,
    /// Whether it can stand exactly as typed with so few typos.
    pub(super) exact: bool,
}

impl Best {
    /// None where there is no way to find the unit.
    fn of(levels: &Levels) -> Option<Self> {
        let (first, _) = levels.ways.first()?;
        let best = levels.ways.iter().map(|(level, _)| *level).filter(|level| typos(*level) == typos(*first));
        let best = best.fold(0, |best, level| best | level);
        Some(Self { typos: typos(best), fields: best & FIELDS, exact: is_exact(best) })
    }
}

/// The levels of one unit's documents.
pub(super) struct Levels {
    /// The level that each way of having the unit leads to, best first.
    ways: Vec<(u32, Arc<Way>)>,
    /// One level a document; 0 is no match.
    written: OnceLock<Vec<u32>>,
    /// The documents of the segment.
    len: usize,
}

impl Levels {
    fn of(sources: &[Source], fields: u32, len: usize) -> Self {
        let mut ways = Vec::new();
        for source in sources {
            for way in source.found.ways.iter().filter(|way| fields >> way.field & 1 == 1) {
                if let Some(best) =
                    BEST.checked_sub(u32::from(source.typos + way.typos)).filter(|best| *best > 0)
                {
                    ways.push((level(best, source.kind.unwrap_or(way.kind), way.field), way.clone()));
                }
            }
        }
        ways.sort_by_key(|(level, _)| std::cmp::Reverse(level >> TYPO_SHIFT));
        Self { ways, written: OnceLock::new(), len }
    }

    /// The level of a document.
    #[inline]
    pub(super) fn at(&self, doc: u32) -> u32 {
        match self.written.get() {
            Some(levels) => levels[doc as usize],
            None => self.put_together(doc),
        }
    }

    fn put_together(&self, doc: u32) -> u32 {
        let mut found = 0;
        for (level, way) in &self.ways {
            // What is worse adds nothing.
            if found >> TYPO_SHIFT > level >> TYPO_SHIFT {
                break;
            }
            if way.docs.has(doc) {
                found |= level;
            }
        }
        found
    }

    /// The levels of all documents: worth it where many of them are looked at.
    pub(super) fn write(&self) {
        self.written.get_or_init(|| {
            let mut levels = vec![0_u32; self.len];
            for (level, way) in &self.ways {
                way.docs.each(|doc| raise(&mut levels[doc as usize], *level));
            }
            levels
        });
    }

    /// The same, if they were written.
    pub(super) fn written(&self) -> Option<&[u32]> {
        self.written.get().map(Vec::as_slice)
    }

    fn present(&self) -> Bits {
        let mut present = Bits::none(self.len);
        self.ways.iter().for_each(|(_, way)| way.docs.add_to(&mut present));
        present
    }
}

/// A segment's matches.
pub(super) struct Matched {
    /// A unit's sources.
    pub(super) sources: Vec<Vec<Source>>,
    /// A unit's levels.
    pub(super) levels: Vec<Levels>,
    /// What tells each unit from others, in whatever query it stands.
    pub(super) names: Vec<String>,
    /// How well each unit can be found at best; those that come after one that cannot be found at all are left out.
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
        let levels: Vec<Levels> =
            sources.iter().map(|sources| Levels::of(sources, plan.fields, segment.len())).collect();
        let present = levels.iter().map(Levels::present).collect();
        let names = sources.iter().map(|sources| name_of(sources, plan.fields)).collect();
        let cut = sources.iter().flatten().any(|source| source.found.cut);
        let bests = levels.iter().map_while(Best::of).collect();
        Ok(Self { sources, levels, names, bests, present, unwanted: unwanted(view, segment, plan)?, cut })
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
        found.ways.iter().for_each(|way| way.docs.add_to(&mut unwanted));
    }
    Ok(Some(unwanted))
}

fn name_of(sources: &[Source], fields: u32) -> String {
    let ways = sources.iter().map(|Source { found, typos, kind }| format!("{typos} {kind:?} {}", found.name));
    format!("{fields:x} {}", ways.collect::<Vec<_>>().join(", "))
}

fn level(best: u32, kind: MatchKind, field: u8) -> u32 {
    best << TYPO_SHIFT | 1 << (KIND_SHIFT + kind as u32) | 1 << field
}

#[inline]
fn raise(slot: &mut u32, level: u32) {
    *slot = if *slot >> TYPO_SHIFT > level >> TYPO_SHIFT { *slot } else { *slot | level };
}
