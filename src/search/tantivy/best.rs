//! The best groups of all the documents that pass. Nearly every document that passes is not among them: the most
//! promising are looked at first, and what cannot come before the worst of the best is turned away unread.

use std::collections::HashSet;
use std::ops::Range;

use super::bits::Bits;
use super::columns::Read;
use super::matching::{Levels, Matched};
use super::rank::{Found, Key, Keys};
use super::together;
use super::view::View;
use crate::search::port::Sort;
use crate::search::query::Plan;

/// Of fewer documents than these each is looked at.
const FEW: usize = 2_048;
/// Documents of the first round of the most promising, and how many times more each further round has.
const ROUND: usize = 512;
const MORE: usize = 8;
/// Rounds go on until one document of so many was looked at.
const MOST_PROMISING: usize = 32;
/// The levels of all documents are written out where one of so many is looked at.
const MANY: usize = 16;

/// What to rank: each segment's matches, and the documents that passed the filters.
pub(super) struct Passed<'a> {
    pub(super) matched: &'a [Matched],
    pub(super) docs: &'a [Bits],
    pub(super) plan: &'a Plan,
}

/// The best groups in order, one document each.
pub(super) fn best(
    view: &View,
    passed: &Passed<'_>,
    sorts: &[Sort],
    after: Option<&Key>,
    limit: usize,
) -> Read<Vec<Found>> {
    let shown = match after {
        Some(after) => Some(shown(view, passed, sorts, after)?),
        None => None,
    };
    let found = Vec::with_capacity(Top::room(limit));
    let mut top = Top { several: &view.several, after, shown: shown.as_ref(), limit, found, worst: None };
    for at in 0..view.segments.len() {
        Going { view, passed, sorts, at, count: passed.docs[at].count() }.through(&mut top)?;
    }
    top.shrink();
    Ok(top.found)
}

/// Goes through the documents of one segment.
struct Going<'a> {
    view: &'a View,
    passed: &'a Passed<'a>,
    sorts: &'a [Sort],
    at: usize,
    /// How many pass.
    count: usize,
}

impl Going<'_> {
    fn keys(&self) -> Read<Keys<'_>> {
        let segment = &self.view.segments[self.at];
        let matched = &self.passed.matched[self.at];
        Keys::open(self.view, segment, matched, self.passed.plan, self.sorts, self.count >= FEW)
    }

    fn through(&self, top: &mut Top<'_>) -> Read<()> {
        let docs = &self.passed.docs[self.at];
        let order = if self.count < FEW { None } else { self.keys()?.order(self.sorts) };
        match order {
            Some(order) => match self.promising(&order, top)? {
                Some(left) => self.each(&left, top),
                None => Ok(()),
            },
            None => self.each(docs, top),
        }
    }

    /// Looks at the documents that come first in `order`, round after round, while one that was not looked at might be
    /// among the best. What is left to be looked at one by one, if anything.
    fn promising(&self, order: &[u32], top: &mut Top<'_>) -> Read<Option<Bits>> {
        let docs = &self.passed.docs[self.at];
        let mut left = docs.clone();
        let mut ahead = order.iter();
        let (mut seen, mut round) = (0, ROUND);
        while seen + round <= ROUND.max(self.count / MOST_PROMISING) {
            let mut chosen: Vec<u32> =
                ahead.by_ref().copied().filter(|doc| docs.has(*doc)).take(round).collect();
            // Places of words are read in ascending order.
            chosen.sort_unstable();
            let mut keys = self.keys()?;
            for doc in &chosen {
                left.remove(*doc);
                if let Some(key) = keys.of(*doc, top.worst.as_ref())? {
                    top.push(Found { key, segment: self.at, doc: *doc });
                }
            }
            top.shrink();
            let Some(next) = ahead.as_slice().first() else { return Ok(None) };
            let out_of_reach = |whole| top.worst.is_some_and(|worst| keys.at_least(*next, whole) > worst);
            if out_of_reach(true) {
                return Ok(None);
            }
            if out_of_reach(false) {
                left.and(&keys.whole());
                return Ok(Some(left));
            }
            seen += chosen.len();
            round *= MORE;
        }
        Ok(Some(left))
    }

    /// Looks at each document.
    fn each(&self, docs: &Bits, top: &mut Top<'_>) -> Read<()> {
        let count = docs.count();
        if count * MANY > docs.len() {
            self.passed.matched[self.at].levels.iter().for_each(Levels::write);
        }
        let parts = together::parts(count);
        let (ranges, from) = (docs.ranges(parts), &*top);
        let found = together::together(parts, ranges, |range| {
            let mut own = from.another();
            self.each_in(docs, range, &mut own)?;
            Ok(own.found)
        })?;
        found.into_iter().flatten().for_each(|found| {
            top.push(found);
        });
        Ok(())
    }

    fn each_in(&self, docs: &Bits, range: Range<usize>, top: &mut Top<'_>) -> Read<()> {
        let mut keys = self.keys()?;
        let word = match self.passed.matched[self.at].levels.as_slice() {
            [levels] if self.sorts.is_empty() => levels.written(),
            _ => None,
        };
        let mut bar = top.worst.map(|worst| worst.parts());
        let mut reach = keys.reach(top.worst.as_ref());
        for doc in docs.iter_in(range) {
            if reach.as_ref().is_some_and(|reach| reach.is_beyond(doc)) {
                continue;
            }
            if let (Some(levels), Some(bar)) = (word, bar)
                && keys.is_word_hopeless(levels[doc as usize], doc, bar)
            {
                continue;
            }
            let Some(key) = keys.of(doc, top.worst.as_ref())? else { continue };
            if top.push(Found { key, segment: self.at, doc }) {
                bar = top.worst.map(|worst| worst.parts());
                reach = keys.reach(top.worst.as_ref());
            }
        }
        Ok(())
    }
}

/// The groups of several documents that came before a cursor: what is left of them does not come
/// again.
fn shown(view: &View, passed: &Passed<'_>, sorts: &[Sort], after: &Key) -> Read<HashSet<u32>> {
    let mut shown = HashSet::new();
    for (at, segment) in view.segments.iter().enumerate() {
        let mut keys = Keys::open(view, segment, &passed.matched[at], passed.plan, sorts, true)?;
        for doc in passed.docs[at].iter() {
            let group = segment.columns.groups[doc as usize];
            if view.several.has(group) && keys.of(doc, Some(after))?.is_some() {
                shown.insert(group);
            }
        }
    }
    Ok(shown)
}

/// Keeps the best groups of all that are pushed.
struct Top<'a> {
    several: &'a Bits,
    /// Nothing up to here comes again, nor a group that came before it.
    after: Option<&'a Key>,
    shown: Option<&'a HashSet<u32>>,
    limit: usize,
    found: Vec<Found>,
    worst: Option<Key>,
}

impl<'a> Top<'a> {
    /// Another one, to be merged with this: what does not come before the worst here is not among the best.
    fn another(&self) -> Top<'a> {
        Top { found: Vec::new(), ..*self }
    }

    /// How many are gathered before the best of them are picked.
    fn room(limit: usize) -> usize {
        4 * limit + 32
    }

    /// Takes a document in, unless it came before; whether it is in.
    fn push(&mut self, found: Found) -> bool {
        let came = |after: &Key| {
            found.key <= *after || self.shown.is_some_and(|shown| shown.contains(&found.group()))
        };
        if self.after.is_some_and(came) {
            return false;
        }
        self.found.push(found);
        if self.found.len() >= Self::room(self.limit) {
            self.shrink();
        }
        true
    }

    fn shrink(&mut self) {
        self.found.sort_unstable();
        let mut seen = HashSet::new();
        let several = self.several;
        self.found.retain(|found| !several.has(found.group()) || seen.insert(found.group()));
        self.found.truncate(self.limit);
        if self.found.len() == self.limit {
            self.worst = self.found.last().map(|found| found.key);
        }
    }
}
