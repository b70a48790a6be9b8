//! How far apart the words of a query stand in a document.

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, InvertedIndexReader};

use std::sync::Arc;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering::Relaxed;

use super::columns::Read;
use super::matching::{FIELDS, Matched, typos};
use super::view::{Segment, View};

/// From here on, distance makes no difference; also that of words in different attributes.
pub(super) const FAR: u32 = 8;
/// Most terms of one unit whose places are looked at, in one attribute.
const MOST_TERMS: usize = 128;

/// How far apart two units stand in the documents of a segment, as far as that was read: places lie in lists that must be
/// decoded block by block, and words that are asked for together once are asked for together again.
pub(super) struct Distances(Vec<AtomicU8>);

impl Distances {
    pub(super) fn unknown(documents: usize) -> Self {
        Self((0..documents).map(|_| AtomicU8::new(0)).collect())
    }

    #[inline]
    fn get(&self, doc: u32) -> Option<u32> {
        let known = u32::from(self.0[doc as usize].load(Relaxed));
        (known != 0).then_some(known)
    }

    fn put(&self, doc: u32, distance: u32) {
        self.0[doc as usize].store(u8::try_from(distance).unwrap_or(0), Relaxed);
    }
}

/// Reads the places of words, document after document in ascending order.
pub(super) struct Nearness<'a> {
    matched: &'a Matched,
    /// Of each unit and the next; none where few documents are asked for, and nothing was kept before.
    known: Vec<Option<Arc<Distances>>>,
    indexes: Vec<Arc<InvertedIndexReader>>,
    /// Of a unit, of an attribute: what is read there. Opened when first looked at.
    open: Vec<Vec<Option<Vec<Reading<'a>>>>>,
    /// Of which document, unit and attribute `right` was read last.
    held: (u32, usize, usize),
    left: Vec<(u32, u32)>,
    right: Vec<(u32, u32)>,
    buffer: Vec<u32>,
}

#[expect(clippy::large_enum_variant, reason = "nearly all are terms, and they are read in a row")]
enum Reading<'a> {
    Term { typos: u32, postings: SegmentPostings },
    Side { typos: u32, len: u32, at: &'a [(u32, u32)] },
}

impl<'a> Nearness<'a> {
    /// `many` says whether many documents will be asked for.
    pub(super) fn new(view: &View, segment: &Segment, matched: &'a Matched, many: bool) -> Read<Self> {
        let index = |field| segment.reader.inverted_index(field);
        let indexes = view.fields.text.iter().map(|field| index(*field)).collect::<Result<Vec<_>, _>>()?;
        let open = matched.levels.iter().map(|_| indexes.iter().map(|_| None).collect()).collect();
        let pairs = matched.names.windows(2);
        let known = pairs.map(|pair| segment.columns.distances(&pair.join(" / "), many)).collect();
        Ok(Self {
            matched,
            known,
            indexes,
            open,
            held: (u32::MAX, 0, 0),
            left: Vec::new(),
            right: Vec::new(),
            buffer: Vec::new(),
        })
    }

    /// How much farther apart than side by side the first `run` units stand in `doc`, summed over
    /// neighbours; it is given up where it exceeds `most`. Documents must be asked for in ascending
    /// order.
    pub(super) fn of(&mut self, doc: u32, run: usize, most: u32) -> Read<u32> {
        let mut sum = 0;
        for unit in 1..run {
            sum += self.pair(doc, unit - 1)? - 1;
            if sum > most {
                break;
            }
        }
        Ok(sum)
    }

    fn pair(&mut self, doc: u32, unit: usize) -> Read<u32> {
        let known = self.known[unit].as_deref();
        if let Some(distance) = known.and_then(|known| known.get(doc)) {
            return Ok(distance);
        }
        let read = self.read_pair(doc, unit)?;
        if let Some(known) = self.known[unit].as_deref() {
            known.put(doc, read);
        }
        Ok(read)
    }

    fn read_pair(&mut self, doc: u32, unit: usize) -> Read<u32> {
        let level = |unit: usize| self.matched.levels[unit].at(doc);
        let (one, other) = (level(unit), level(unit + 1));
        let mut common = one & other & FIELDS;
        let mut nearest = FAR;
        while common != 0 && nearest > 1 {
            let field = common.trailing_zeros() as usize;
            common &= common - 1;
            let mut left = std::mem::take(&mut self.left);
            let mut right = std::mem::take(&mut self.right);
            // The right one of the pair before is the left one of this.
            if self.held == (doc, unit, field) {
                std::mem::swap(&mut left, &mut right);
            } else {
                self.places(doc, unit, field, typos(one), &mut left)?;
            }
            self.places(doc, unit + 1, field, typos(other), &mut right)?;
            self.held = (doc, unit + 1, field);
            nearest = nearest.min(distance(&left, &right));
            (self.left, self.right) = (left, right);
        }
        Ok(nearest)
    }

    /// Where a unit stands in an attribute: first and last position, ascending.
    fn places(
        &mut self,
        doc: u32,
        unit: usize,
        field: usize,
        level: u32,
        found: &mut Vec<(u32, u32)>,
    ) -> Read<()> {
        found.clear();
        let mut readings = match self.open[unit][field].take() {
            Some(readings) => readings,
            None => self.open_readings(unit, field)?,
        };
        let mut lists = 0;
        for reading in &mut readings {
            match reading {
                Reading::Term { typos, postings } if *typos == level => {
                    if postings.doc() < doc {
                        postings.seek(doc);
                    }
                    if postings.doc() == doc {
                        postings.positions(&mut self.buffer);
                        found.extend(self.buffer.iter().map(|at| (*at, *at)));
                        lists += 1;
                    }
                }
                Reading::Side { typos, len, at } if *typos == level => {
                    let from = at.partition_point(|(of, _)| *of < doc);
                    *at = &at[from..];
                    let here = at.iter().take_while(|(of, _)| *of == doc);
                    found.extend(here.map(|(_, first)| (*first, first + *len - 1)));
                    lists += 1;
                }
                _ => {}
            }
        }
        if lists > 1 {
            found.sort_unstable();
        }
        self.open[unit][field] = Some(readings);
        Ok(())
    }

    fn open_readings(&self, unit: usize, field: usize) -> Read<Vec<Reading<'a>>> {
        let mut readings = Vec::new();
        for source in &self.matched.sources[unit] {
            let here = source.found.terms.iter().filter(|term| usize::from(term.field) == field);
            for term in here.take(MOST_TERMS) {
                let postings = self.indexes[field]
                    .read_postings_from_terminfo(&term.info, IndexRecordOption::WithFreqsAndPositions)?;
                readings.push(Reading::Term { typos: u32::from(term.typos + source.typos), postings });
            }
            for side in source.found.sides.iter().filter(|side| usize::from(side.field) == field) {
                let typos = u32::from(source.typos);
                readings.push(Reading::Side { typos, len: side.len, at: &side.at });
            }
        }
        Ok(readings)
    }
}

/// The least distance between two lists of places: 1 for neighbours, one more the other way round.
fn distance(left: &[(u32, u32)], right: &[(u32, u32)]) -> u32 {
    let mut nearest = FAR;
    let mut from = 0;
    for (start, end) in left {
        // Nothing that ends far before this one is near a later one either.
        while from < right.len() && right[from].1 + FAR < *start {
            from += 1;
        }
        for (other_start, other_end) in &right[from..] {
            if *other_start > end + FAR {
                break;
            }
            let apart = if other_start > end {
                other_start - end
            } else if start > other_end {
                start - other_end + 1
            } else {
                // The same words stand for both.
                1
            };
            nearest = nearest.min(apart);
        }
    }
    nearest
}
