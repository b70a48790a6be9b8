//! Counts of the groups that have a value, over the documents that pass.
//!
//! Of most groups one document passes, and counting documents is counting groups. A further document
//! of a group counts only for values that none of the group's earlier ones has.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use super::bits::Bits;
use super::columns::{Keywords, Read};
use super::view::View;
use crate::search::port::{FacetCount, Facets};

/// No segment and no document.
const NOWHERE: (u32, u32) = (u32::MAX, u32::MAX);

/// The documents that pass, told apart.
pub(super) struct Distinct {
    /// One document of each group, by segment.
    first: Vec<Bits>,
    further: Vec<Further>,
    /// How many groups there are.
    pub(super) groups: u64,
}

/// A document whose group has another one before it.
struct Further {
    /// Segment and number of the group's first.
    first: (u32, u32),
    /// Its own.
    own: (u32, u32),
    /// The group's further document before this one, by its place.
    before: Option<usize>,
}

/// The values of an attribute in all segments.
pub(super) struct Values {
    names: Vec<String>,
    /// Of each segment: which of the names a value of its dictionary is.
    of: Vec<Vec<u32>>,
}

impl Values {
    fn of(columns: &[Arc<Keywords>]) -> Read<Self> {
        let mut known: HashMap<&str, u32> = HashMap::new();
        let mut of = Vec::with_capacity(columns.len());
        for column in columns {
            let mut places = Vec::with_capacity(column.distinct());
            for name in column.names()? {
                let next = u32::try_from(known.len()).expect("fewer values than 2^32");
                places.push(*known.entry(name).or_insert(next));
            }
            of.push(places);
        }
        let mut names = vec![String::new(); known.len()];
        for (name, place) in known {
            name.clone_into(&mut names[place as usize]);
        }
        Ok(Self { names, of })
    }
}

impl Distinct {
    pub(super) fn of(view: &View, docs: &[Bits]) -> Self {
        let mut first = docs.to_vec();
        let mut further = Vec::new();
        let mut groups = 0;
        // The first document of each group that has several, and its last further one so far.
        let mut known = vec![(NOWHERE, None); view.several_count];
        for ((at, segment), docs) in (0_u32..).zip(&view.segments).zip(docs) {
            groups += docs.count() as u64;
            for (doc, group) in &segment.of_several {
                if !docs.has(*doc) {
                    continue;
                }
                let own = (at, *doc);
                let (first_of_group, last) = &mut known[*group as usize];
                if *first_of_group == NOWHERE {
                    *first_of_group = own;
                } else {
                    further.push(Further { first: *first_of_group, own, before: *last });
                    *last = Some(further.len() - 1);
                    first[at as usize].remove(*doc);
                    groups -= 1;
                }
            }
        }
        Self { first, further, groups }
    }
}

/// The counts of one attribute, cut to the most frequent values.
pub(super) fn cut(attribute: &str, counts: &[FacetCount], limit: usize) -> Facets {
    Facets {
        attribute: attribute.to_owned(),
        values: counts.iter().take(limit).cloned().collect(),
        distinct: counts.len() as u64,
    }
}

/// The counts over everything, worked out once a generation.
pub(super) fn count_all(view: &View, attribute: &str) -> Read<Arc<Vec<FacetCount>>> {
    let known = view.facets_of_all.lock().unwrap_or_else(PoisonError::into_inner).get(attribute).cloned();
    if let Some(known) = known {
        return Ok(known);
    }
    let alive: Vec<Bits> = view.segments.iter().map(|segment| segment.alive.as_ref().clone()).collect();
    let counts = Arc::new(count(view, attribute, &Distinct::of(view, &alive))?);
    let mut cache = view.facets_of_all.lock().unwrap_or_else(PoisonError::into_inner);
    cache.insert(attribute.to_owned(), counts.clone());
    Ok(counts)
}

/// All the values that occur, most frequent first.
pub(super) fn count(view: &View, attribute: &str, docs: &Distinct) -> Read<Vec<FacetCount>> {
    let columns = view.segments.iter().map(|segment| segment.columns.keywords(&segment.reader, attribute));
    let columns = columns.collect::<Read<Vec<_>>>()?;
    let values = values(view, attribute, &columns)?;
    let mut totals = vec![0_u64; values.names.len()];
    for ((column, first), places) in columns.iter().zip(&docs.first).zip(&values.of) {
        for (count, place) in in_segment(column, first).into_iter().zip(places) {
            totals[*place as usize] += count;
        }
    }
    further(&columns, &values, docs, &mut totals);
    let occurring = values.names.iter().zip(totals).filter(|(_, count)| *count > 0);
    let mut counts: Vec<FacetCount> =
        occurring.map(|(name, count)| FacetCount { value: name.clone(), count }).collect();
    counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    Ok(counts)
}

/// The values of an attribute, put together once a generation.
fn values(view: &View, attribute: &str, columns: &[Arc<Keywords>]) -> Read<Arc<Values>> {
    let known = view.values.lock().unwrap_or_else(PoisonError::into_inner).get(attribute).cloned();
    if let Some(known) = known {
        return Ok(known);
    }
    let made = Arc::new(Values::of(columns)?);
    view.values.lock().unwrap_or_else(PoisonError::into_inner).insert(attribute.to_owned(), made.clone());
    Ok(made)
}

/// How many of `docs` have each value of a segment's dictionary.
fn in_segment(keywords: &Keywords, docs: &Bits) -> Vec<u64> {
    let mut counts = vec![0_u64; keywords.distinct()];
    let found = docs.count();
    // Document by document for a few, value by value for many.
    if found < docs.len() / 32 || keywords.distinct() > found {
        for doc in docs.iter() {
            keywords.of(doc).iter().for_each(|value| counts[*value as usize] += 1);
        }
        return counts;
    }
    for (value, count) in counts.iter_mut().enumerate() {
        *count = match keywords.dense(value) {
            Some(dense) => docs.count_common(dense) as u64,
            None => keywords.docs(value).iter().filter(|doc| docs.has(**doc)).count() as u64,
        };
    }
    counts
}

/// Counts what the further documents of a group have and its earlier ones have not.
fn further(columns: &[Arc<Keywords>], values: &Values, docs: &Distinct, totals: &mut [u64]) {
    let of = |(segment, doc): (u32, u32)| {
        let places = &values.of[segment as usize];
        columns[segment as usize].of(doc).iter().map(|value| places[*value as usize])
    };
    for Further { first, own, before } in &docs.further {
        let column = &columns[own.0 as usize];
        if first.0 == own.0 && column.of(own.1) == column.of(first.1) {
            continue;
        }
        for value in of(*own) {
            let mut earlier = std::iter::successors(*before, |at| docs.further[*at].before);
            let had = of(*first).any(|other| other == value)
                || earlier.any(|at| of(docs.further[at].own).any(|other| other == value));
            if !had {
                totals[value as usize] += 1;
            }
        }
    }
}
