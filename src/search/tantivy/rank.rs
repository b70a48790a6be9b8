//! The order of hits: one key a document, compared part by part, and the best groups by it.

use std::sync::Arc;

use tantivy::fieldnorm::FieldNormReader;

use super::bits::Bits;
use super::columns::{Columns, Numbers, Points, Read, ordered, unordered};
use super::matching::{FIELDS, Matched, is_exact, typos};
use super::near::{FAR, Nearness};
use super::view::{Segment, View};
use crate::platform::geo::{EARTH_RADIUS_KM, Point};
use crate::search::port::{Cell, Cursor, Direction, Explain, Rank, Sort};
use crate::search::query::{MOST_SORTS, Plan};

/// What has no value to sort by.
const MISSING: u128 = u128::MAX;

/// A document's place. Smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    sorts: [u128; MOST_SORTS],
    /// The buckets, then the standing.
    rank: u128,
    tie: u128,
    group: u32,
}

/// A document that is among the best of its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    pub(super) key: Key,
    pub(super) segment: usize,
    pub(super) doc: u32,
}

impl Found {
    pub(super) fn group(&self) -> u32 {
        self.key.group
    }
}

impl Key {
    /// The key as a cursor carries it.
    pub(super) fn cursor(&self, sorts: usize, words: usize) -> Cursor {
        let last = [self.rank, self.tie, u128::from(self.group)];
        let key = self.sorts[..sorts].iter().chain(&last).map(|part| Cell(*part)).collect();
        Cursor { key, words: u8::try_from(words).unwrap_or(u8::MAX) }
    }

    /// The key a cursor carries, if it fits an order of so many sorts.
    pub(super) fn of_cursor(cursor: &Cursor, sorts: usize) -> Option<Self> {
        let (of_sorts, last) = cursor.key.split_at_checked(sorts)?;
        let [rank, tie, group] = last else { return None };
        let mut key =
            Self { sorts: [0; MOST_SORTS], rank: rank.0, tie: tie.0, group: u32::try_from(group.0).ok()? };
        key.sorts.iter_mut().zip(of_sorts).for_each(|(part, cell)| *part = cell.0);
        Some(key)
    }

    /// The buckets and the standing.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the two parts it was put together from")]
    pub(super) fn parts(&self) -> (u32, u64) {
        ((self.rank >> 64) as u32, (self.rank & u128::from(u64::MAX)) as u64)
    }

    /// Why it stands there.
    pub(super) fn explain(&self, sorts: &[Sort]) -> Explain {
        let (packed, standing) = self.parts();
        let standing = unordered(!standing);
        let rank = Rank {
            words_missing: packed >> 25,
            typos: packed >> 20 & 31,
            proximity: packed >> 12 & 255,
            attribute: packed >> 4 & 255,
            exactness: packed & 15,
            standing: if standing.is_finite() { standing } else { 0.0 },
        };
        let sorted_by = self.sorts.iter().zip(sorts).map(|(part, sort)| sorted_by(*part, sort)).collect();
        Explain { rank, sorted_by }
    }
}

fn sorted_by(part: u128, sort: &Sort) -> serde_json::Value {
    if part == MISSING {
        return serde_json::Value::Null;
    }
    match sort {
        Sort::Distance(_) => {
            let squared = unordered(u64::try_from(part >> 64).unwrap_or(0));
            (2.0 * EARTH_RADIUS_KM * (squared.max(0.0).sqrt() / 2.0).min(1.0).asin()).into()
        }
        Sort::By { direction, .. } => {
            let part = if *direction == Direction::Desc { !part } else { part };
            // The low half of a number's part is all ones or all noughts; a text's is its letters.
            match u64::try_from(part & u128::from(u64::MAX)) {
                Ok(NUMBER) => unordered(u64::try_from(part >> 64).unwrap_or(0)).into(),
                _ => String::from_utf8_lossy(&part.to_be_bytes()).trim_end_matches('\0').into(),
            }
        }
    }
}

/// Marks the part of a number: no text has these bytes, for they are not UTF-8.
const NUMBER: u64 = 0xfffe_fefe_fefe_fefe;

enum SortColumn {
    Distance([f64; 3], Arc<Points>),
    By { numbers: Arc<Numbers>, texts: Arc<Vec<u128>>, down: bool },
}

impl SortColumn {
    fn open(segment: &Segment, sort: &Sort) -> Read<Self> {
        let (columns, reader) = (&segment.columns, &segment.reader);
        Ok(match sort {
            Sort::Distance(from) => Self::Distance(from.unit_vector(), columns.points(reader)?),
            Sort::By { attribute, direction } => Self::By {
                numbers: columns.numbers(reader, attribute)?,
                texts: columns.sort_texts(reader, attribute)?,
                down: *direction == Direction::Desc,
            },
        })
    }

    /// The name of the order that this sort alone makes; none where it depends on where somebody is.
    fn order(sort: &Sort) -> Option<String> {
        match sort {
            Sort::Distance(_) => None,
            Sort::By { attribute, direction } => Some(format!("{attribute} {direction:?}")),
        }
    }

    #[inline]
    fn part(&self, doc: usize) -> u128 {
        match self {
            Self::Distance(from, points) => {
                let squared = chord_squared(*from, points.vectors[doc]);
                if squared.is_nan() { MISSING } else { u128::from(ordered(squared)) << 64 }
            }
            Self::By { numbers, texts, down } => {
                let number = numbers.first[doc];
                let part = if !number.is_nan() {
                    u128::from(ordered(number)) << 64 | u128::from(NUMBER)
                } else if texts[doc] == MISSING {
                    return MISSING;
                } else {
                    texts[doc]
                };
                if *down { !part } else { part }
            }
        }
    }
}

/// A distance from somewhere that is too far.
pub(super) struct Reach {
    from: [f64; 3],
    points: Arc<Points>,
    squared: f64,
}

impl Reach {
    #[inline]
    pub(super) fn is_beyond(&self, doc: u32) -> bool {
        // What has no place is no number, and not compared here.
        chord_squared(self.from, self.points.vectors[doc as usize]) > self.squared
    }
}

/// The square of the straight line between two points of the unit sphere.
#[inline]
pub(super) fn chord_squared(a: [f64; 3], b: [f64; 3]) -> f64 {
    let apart = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    apart[0] * apart[0] + apart[1] * apart[1] + apart[2] * apart[2]
}

/// A document's place in the buckets, taken apart.
#[derive(Clone, Copy, Default)]
struct Bucket {
    /// How many of the first units it has.
    run: usize,
    missing: u32,
    wrong: u32,
    apart: u32,
    attribute: u32,
    inexact: u32,
    exactness: u32,
    /// The attributes that have all of them.
    common: u32,
}

impl Bucket {
    /// In one number: words 4 bits, typos 5, proximity 8, attribute 8, exactness 4.
    #[inline]
    fn packed(&self) -> u32 {
        let Self { missing, wrong, apart, attribute, exactness, .. } = *self;
        missing << 25 | wrong.min(31) << 20 | apart.min(255) << 12 | attribute.min(255) << 4 | exactness
    }

    /// How exact it is, where `is_whole` says whether one of the attributes that have all the words has no others.
    fn exactness(&self, is_whole: impl FnOnce(u32) -> bool) -> u32 {
        let Self { run, missing, wrong, inexact, apart, common, .. } = *self;
        let whole = missing + wrong + inexact + apart == 0 && common != 0 && is_whole(common);
        if whole || run == 0 { 0 } else { (1 + inexact).min(15) }
    }
}

/// Makes the keys of one segment's documents.
pub(super) struct Keys<'a> {
    columns: &'a Columns,
    sorts: Vec<SortColumn>,
    matched: &'a Matched,
    near: Nearness<'a>,
    norms: Vec<Option<FieldNormReader>>,
    /// How long an attribute is that says no more than the query, as tantivy writes lengths.
    spoken: [u8; 2],
    /// The attributes, as bits, that are no longer than the query in some document.
    short: u32,
    /// No document's buckets are better than these.
    best: Bucket,
}

impl<'a> Keys<'a> {
    /// `many` says whether many documents will be asked for.
    pub(super) fn open(
        view: &View,
        segment: &'a Segment,
        matched: &'a Matched,
        plan: &Plan,
        sorts: &[Sort],
        many: bool,
    ) -> Read<Self> {
        let sorts = sorts.iter().map(|sort| SortColumn::open(segment, sort)).collect::<Result<_, _>>()?;
        let norms = segment.reader.fieldnorms_readers();
        let norms =
            view.fields.text.iter().map(|field| norms.get_field(*field)).collect::<Result<Vec<_>, _>>()?;
        let units = plan.units.iter().map(|unit| u32::try_from(unit.words.len()).unwrap_or(1)).sum();
        let spoken = [units, plan.spoken].map(FieldNormReader::fieldnorm_to_id);
        let shortest = segment.columns.shortest(&norms);
        let short = (0..).zip(shortest).fold(0, |bits, (field, shortest)| {
            bits | u32::from(spoken.iter().any(|spoken| shortest <= spoken)) << field
        });
        Ok(Self {
            columns: &segment.columns,
            sorts,
            matched,
            near: Nearness::new(view, segment, matched, many)?,
            norms,
            spoken,
            short,
            best: best_buckets(matched),
        })
    }

    /// The segment's documents by their first sort and then their standing; none where the first sort depends on where
    /// somebody is.
    pub(super) fn order(&self, sorts: &[Sort]) -> Option<Arc<Vec<u32>>> {
        let (columns, Some(first)) = (self.columns, sorts.first()) else {
            return Some(self.columns.usual_order());
        };
        let name = SortColumn::order(first)?;
        Some(columns.order(&name, |doc| (self.sorts[0].part(doc), columns.standings[doc], columns.ties[doc])))
    }

    /// What the keys of a document and of all that come after it in [`Keys::order`] are at least; `whole` says whether
    /// such count that may say no more than the query.
    pub(super) fn at_least(&self, doc: u32, whole: bool) -> Key {
        let at = doc as usize;
        let first = self.sorts.first().map_or(0, |sort| sort.part(at));
        let mut best = self.best;
        best.exactness = best.exactness(|common| whole && common & self.short != 0);
        let rank = u128::from(best.packed()) << 64 | u128::from(self.columns.standings[at]);
        // With further sorts or words the tie is not the next thing to be compared.
        let tie =
            if self.sorts.len() > 1 || !self.matched.levels.is_empty() { 0 } else { self.columns.ties[at] };
        Key { sorts: [first, 0, 0], rank, tie, group: 0 }
    }

    /// Whether a document cannot reach the bar by the only word of a query, from its level: what is asked of every
    /// document there is, is asked as shortly as can be.
    #[inline]
    pub(super) fn is_word_hopeless(&self, level: u32, doc: u32, bar: (u32, u64)) -> bool {
        let packed =
            typos(level) << 20 | (level & FIELDS).trailing_zeros() << 4 | u32::from(!is_exact(level)) << 1;
        self.is_below(doc, packed, level, bar)
    }

    /// Whether buckets, at their best, and the document's standing do not reach the bar.
    #[inline]
    fn is_below(&self, doc: u32, mut packed: u32, common: u32, bar: (u32, u64)) -> bool {
        // Whether it is the whole of an attribute is asked only where that can be.
        let exact = packed.trailing_zeros() >= 4 && common & FIELDS != 0;
        if exact && (common & FIELDS & self.short == 0 || !self.is_whole(doc, common)) {
            packed += 1;
        }
        packed > bar.0 || (packed == bar.0 && self.columns.standings[doc as usize] > bar.1)
    }

    /// From where to where it is farther than to all that come before `worst`, where the first thing to sort by is a distance.
    pub(super) fn reach(&self, worst: Option<&Key>) -> Option<Reach> {
        let (Some(SortColumn::Distance(from, points)), Some(worst)) = (self.sorts.first(), worst) else {
            return None;
        };
        // Whatever has no place comes after everything that has one.
        let squared = u64::try_from(worst.sorts[0] >> 64).ok().filter(|_| worst.sorts[0] != MISSING);
        squared.map(|squared| Reach { from: *from, points: points.clone(), squared: unordered(squared) })
    }

    /// The documents of which an attribute that may have all the words has no others.
    pub(super) fn whole(&self) -> Bits {
        let mut whole = Bits::none(self.columns.groups.len());
        let may_be = self.best.common & self.short;
        for norms in (0..)
            .zip(&self.norms)
            .filter(|(field, _)| may_be >> field & 1 == 1)
            .filter_map(|(_, of)| of.as_ref())
        {
            whole.or(&Bits::of(whole.len(), |doc| self.spoken.contains(&norms.fieldnorm_id(number(doc)))));
        }
        whole
    }

    /// The document's key, unless it cannot come before `worst`.
    #[inline]
    pub(super) fn of(&mut self, doc: u32, worst: Option<&Key>) -> Read<Option<Key>> {
        let first = self.sorts.first().map_or(0, |sort| sort.part(doc as usize));
        // Most documents are turned away here.
        if !self.sorts.is_empty() && worst.is_some_and(|worst| first > worst.sorts[0]) {
            return Ok(None);
        }
        let bucket = self.at_best(doc);
        let below = |worst: &Key| self.is_below(doc, bucket.packed(), bucket.common, worst.parts());
        if self.sorts.is_empty() && worst.is_some_and(below) {
            return Ok(None);
        }
        self.exactly(doc, bucket, first, worst)
    }

    /// The key of a document that may come before `worst`.
    fn exactly(
        &mut self,
        doc: u32,
        mut bucket: Bucket,
        first: u128,
        worst: Option<&Key>,
    ) -> Read<Option<Key>> {
        let at = doc as usize;
        let standing = u128::from(self.columns.standings[at]);
        let mut sorts = [first, 0, 0];
        for (slot, sort) in sorts.iter_mut().zip(&self.sorts).skip(1) {
            *slot = sort.part(at);
        }
        bucket.exactness = bucket.exactness(|common| self.is_whole(doc, common));
        let mut rank = u128::from(bucket.packed()) << 64 | standing;
        // Places are read only where they can make a difference.
        if bucket.run > 1 {
            if worst.is_some_and(|worst| (sorts, rank) > (worst.sorts, worst.rank)) {
                return Ok(None);
            }
            // Beyond the worst of an equal beginning, how far apart they are makes no difference.
            let packed = bucket.packed();
            let equal = worst.filter(|worst| worst.sorts == sorts && worst.parts().0 >> 20 == packed >> 20);
            let most = equal.map_or(u32::MAX, |worst| worst.parts().0 >> 12 & 255);
            bucket.apart = self.near.of(doc, bucket.run, most)?;
            bucket.exactness = bucket.exactness(|common| self.is_whole(doc, common));
            rank = u128::from(bucket.packed()) << 64 | standing;
        }
        // The tie lies far from all that was read so far.
        if worst.is_some_and(|worst| (sorts, rank) > (worst.sorts, worst.rank)) {
            return Ok(None);
        }
        let key = Key { sorts, rank, tie: self.columns.ties[at], group: self.columns.groups[at] };
        Ok(worst.is_none_or(|worst| key <= *worst).then_some(key))
    }

    /// The document's buckets if its words stood side by side, where they can, and were all there is.
    #[inline]
    fn at_best(&self, doc: u32) -> Bucket {
        let common = if self.matched.levels.is_empty() { 0 } else { FIELDS };
        let mut bucket = Bucket { common, ..Bucket::default() };
        let mut before = FIELDS;
        for levels in &self.matched.levels {
            let level = levels.at(doc);
            if level == 0 {
                break;
            }
            bucket.run += 1;
            bucket.wrong += typos(level);
            bucket.attribute += (level & FIELDS).trailing_zeros();
            bucket.inexact += u32::from(!is_exact(level));
            bucket.common &= level;
            if before & level & FIELDS == 0 {
                bucket.apart += FAR - 1;
            }
            before = level;
        }
        bucket.missing = bits(self.matched.levels.len() - bucket.run, 15);
        bucket.exactness = if bucket.inexact == 0 { 0 } else { (1 + bucket.inexact).min(15) };
        bucket
    }

    /// Whether an attribute has no more words than the query.
    #[inline]
    fn is_whole(&self, doc: u32, common: u32) -> bool {
        let field = common.trailing_zeros() as usize;
        let Some(Some(norms)) = self.norms.get(field) else { return false };
        self.spoken.contains(&norms.fieldnorm_id(doc))
    }
}

/// No document's buckets are better than these, by what the words find at all; how exact they are at best is left open.
/// A document that needs more typos than the least is worse whatever else it has; one that needs the least stands in the
/// attributes that are known for it.
fn best_buckets(matched: &Matched) -> Bucket {
    let mut bucket = Bucket { run: matched.bests.len(), common: FIELDS, ..Bucket::default() };
    bucket.missing = bits(matched.levels.len() - bucket.run, 15);
    for unit in &matched.bests {
        bucket.wrong += unit.typos;
        bucket.attribute += unit.fields.trailing_zeros();
        bucket.inexact += u32::from(!unit.exact);
        bucket.common &= unit.fields;
    }
    let neighbours = matched.bests.windows(2);
    let parted = neighbours.filter(|pair| pair[0].fields & pair[1].fields == 0).count();
    bucket.apart = bits(parted, 255) * (FAR - 1);
    bucket
}

fn number(doc: usize) -> u32 {
    u32::try_from(doc).expect("a segment has fewer than 2^32 documents")
}

fn bits(number: usize, most: u32) -> u32 {
    u32::try_from(number).unwrap_or(most).min(most)
}

/// The nearest of a group's passing documents, with its distance in kilometres.
pub(super) fn nearest(
    view: &View,
    docs: &[Bits],
    group: &str,
    origin: Point,
) -> Read<Option<(usize, u32, f64)>> {
    let term = tantivy::Term::from_field_text(view.fields.group, group);
    let mut nearest: Option<(usize, u32, f64)> = None;
    for (at, segment) in view.segments.iter().enumerate() {
        let points = segment.columns.points(&segment.reader)?;
        for doc in segment.docs(&term)? {
            let point = points.at[doc as usize];
            let distance = origin.distance_km(point);
            if docs[at].has(doc) && !distance.is_nan() && nearest.is_none_or(|(_, _, known)| distance < known)
            {
                nearest = Some((at, doc, distance));
            }
        }
    }
    Ok(nearest)
}
