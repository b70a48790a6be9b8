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

/// The documents that pass, told apart.
pub(super) struct Distinct<'a> {
    /// The documents, by segment.
    docs: &'a [Bits],
    /// One document of each group, by segment: the first.
    first: Vec<Bits>,
    /// How many groups there are.
    pub(super) groups: u64,
}

/// The values of an attribute in all segments.
pub(super) struct Values {
    names: Vec<String>,
    /// Of each segment: which of the names a value of its dictionary is.
    of: Vec<Vec<u32>>,
    /// The groups of several documents, by their place, whose documents have not all the same values.
    mixed: Bits,
    /// How many these are.
    mixed_count: usize,
}

impl Values {
    fn of(view: &View, columns: &[Arc<Keywords>]) -> Read<Self> {
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
        let mut values = Self { names, of, mixed: Bits::none(view.several_count), mixed_count: 0 };
        let mut first = vec![None; view.several_count];
        for (at, segment) in view.segments.iter().enumerate() {
            for (doc, group) in &segment.of_several {
                match first[*group as usize] {
                    None => first[*group as usize] = Some((at, *doc)),
                    Some(first) if values.alike(columns, first, (at, *doc)) => {}
                    Some(_) => values.mixed_count += usize::from(values.mixed.insert(*group)),
                }
            }
        }
        Ok(values)
    }

    /// A document's values, as places in the names.
    fn at<'a>(
        &'a self,
        columns: &'a [Arc<Keywords>],
        (segment, doc): (usize, u32),
    ) -> impl Iterator<Item = u32> + 'a {
        columns[segment].of(doc).iter().map(move |value| self.of[segment][*value as usize])
    }

    fn alike(&self, columns: &[Arc<Keywords>], one: (usize, u32), other: (usize, u32)) -> bool {
        if one.0 == other.0 {
            return columns[one.0].of(one.1) == columns[other.0].of(other.1);
        }
        let sorted = |at| {
            let mut values: Vec<u32> = self.at(columns, at).collect();
            values.sort_unstable();
            values
        };
        sorted(one) == sorted(other)
    }
}

impl<'a> Distinct<'a> {
    pub(super) fn of(view: &View, docs: &'a [Bits]) -> Self {
        let mut first = docs.to_vec();
        let mut groups = 0;
        let mut seen = Bits::none(view.several_count);
        for ((segment, docs), first) in view.segments.iter().zip(docs).zip(&mut first) {
            groups += docs.count() as u64;
            for (doc, group) in &segment.of_several {
                if docs.has(*doc) && !seen.insert(*group) {
                    first.remove(*doc);
                    groups -= 1;
                }
            }
        }
        Self { docs, first, groups }
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
pub(super) fn count(view: &View, attribute: &str, docs: &Distinct<'_>) -> Read<Vec<FacetCount>> {
    let columns = view.segments.iter().map(|segment| segment.columns.keywords(&segment.reader, attribute));
    let columns = columns.collect::<Read<Vec<_>>>()?;
    let values = values(view, attribute, &columns)?;
    let mut totals = vec![0_u64; values.names.len()];
    for ((column, first), places) in columns.iter().zip(&docs.first).zip(&values.of) {
        for (count, place) in in_segment(column, first).into_iter().zip(places) {
            totals[*place as usize] += count;
        }
    }
    further(view, &columns, &values, docs.docs, &mut totals);
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
    let made = Arc::new(Values::of(view, columns)?);
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
fn further(view: &View, columns: &[Arc<Keywords>], values: &Values, docs: &[Bits], totals: &mut [u64]) {
    if values.mixed_count == 0 {
        return;
    }
    // The documents of each group so far: the last one, and where the one before it stands.
    let mut last = vec![usize::MAX; view.several_count];
    let mut chain: Vec<((usize, u32), usize)> = Vec::new();
    for (at, segment) in view.segments.iter().enumerate() {
        for (doc, group) in &segment.of_several {
            if !values.mixed.has(*group) || !docs[at].has(*doc) {
                continue;
            }
            let before = std::mem::replace(&mut last[*group as usize], chain.len());
            chain.push(((at, *doc), before));
            if before == usize::MAX {
                continue;
            }
            for value in values.at(columns, (at, *doc)) {
                let mut earlier = std::iter::successors(chain.get(before), |(_, before)| chain.get(*before));
                if !earlier.any(|(other, _)| values.at(columns, *other).any(|other| other == value)) {
                    totals[value as usize] += 1;
                }
            }
        }
    }
}
