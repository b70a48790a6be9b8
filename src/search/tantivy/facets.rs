//! Counts of the groups that have a value, over the documents that pass.
//!
//! Of most groups one document passes, and counting documents is counting groups. A further document
//! of a group counts only for values that none of the group's earlier ones has.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};

use super::bits::Bits;
use super::columns::{Keywords, Read};
use super::view::View;
use crate::search::port::{FacetCount, Facets};

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
    group: u32,
    /// Segment and number of the group's first.
    first: (u32, u32),
    /// Its own.
    own: (u32, u32),
}

impl Distinct {
    pub(super) fn of(view: &View, docs: &[Bits]) -> Self {
        let mut first = docs.to_vec();
        let mut further = Vec::new();
        let mut groups = 0;
        // Of a group: one more than the place of its first document in `seen`.
        let mut places = vec![0_u32; view.several.len()];
        let mut seen: Vec<(u32, u32)> = Vec::new();
        for ((at, segment), docs) in (0_u32..).zip(&view.segments).zip(docs) {
            groups += docs.count() as u64;
            for doc in docs.iter_common(&segment.of_several) {
                let group = segment.columns.groups[doc as usize];
                let place = &mut places[group as usize];
                if *place == 0 {
                    seen.push((at, doc));
                    *place = u32::try_from(seen.len()).expect("fewer than there are documents");
                } else {
                    further.push(Further { group, first: seen[*place as usize - 1], own: (at, doc) });
                    first[at as usize].remove(doc);
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
    let mut totals: HashMap<String, u64> = HashMap::new();
    let mut columns = Vec::with_capacity(view.segments.len());
    for (segment, first) in view.segments.iter().zip(&docs.first) {
        let keywords = segment.columns.keywords(&segment.reader, attribute)?;
        let counts = in_segment(&keywords, first);
        let mut known = None;
        for (value, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let names = match known {
                Some(names) => names,
                None => *known.insert(keywords.names()?),
            };
            let name: &String = &names[value];
            match totals.get_mut(name) {
                Some(total) => *total += count,
                None => drop(totals.insert(name.clone(), *count)),
            }
        }
        columns.push(keywords);
    }
    further(&columns, docs, &mut totals)?;
    let mut counts: Vec<FacetCount> =
        totals.into_iter().map(|(value, count)| FacetCount { value, count }).collect();
    counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    Ok(counts)
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
fn further(columns: &[Arc<Keywords>], docs: &Distinct, totals: &mut HashMap<String, u64>) -> Read<()> {
    let mut names = Vec::with_capacity(columns.len());
    for column in columns {
        names.push(if docs.further.is_empty() { &[][..] } else { column.names()? });
    }
    let mut added: HashSet<(u32, &str)> = HashSet::new();
    for Further { group, first, own } in &docs.further {
        let (segment, first_segment) = (own.0 as usize, first.0 as usize);
        let (here, before) = (columns[segment].of(own.1), columns[first_segment].of(first.1));
        if segment == first_segment && here == before {
            continue;
        }
        for value in here {
            let name = names[segment][*value as usize].as_str();
            let had = before.iter().any(|value| names[first_segment][*value as usize] == name);
            if !had && added.insert((*group, name)) {
                *totals.entry(name.to_owned()).or_default() += 1;
            }
        }
    }
    Ok(())
}
