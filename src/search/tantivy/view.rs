//! One generation of the index as searches see it: its segments, who is alive in them, and what was
//! worked out about it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tantivy::schema::Term;
use tantivy::store::StoreReader;
use tantivy::{DocSet, Searcher, SegmentReader, TERMINATED};

use super::bits::Bits;
use super::columns::{Columns, Read};
use super::facets::{self, Values};
use super::schema::Fields;
use crate::search::port::{Counts, FacetCount};
use crate::search::settings::{GEO, Settings};

/// Blocks of stored text kept decompressed for a segment.
const STORE_BLOCKS: usize = 64;

/// A generation.
pub(super) struct View {
    pub(super) settings: Arc<Settings>,
    pub(super) fields: Fields,
    pub(super) segments: Vec<Segment>,
    /// The groups that have several documents.
    pub(super) several: Bits,
    /// How many these are.
    pub(super) several_count: usize,
    pub(super) counts: Counts,
    /// Facet counts over everything, all values, by attribute.
    pub(super) facets_of_all: Mutex<HashMap<String, Arc<Vec<FacetCount>>>>,
    /// The values of attributes in all segments.
    pub(super) values: Mutex<HashMap<String, Arc<Values>>>,
}

/// A segment of a generation.
pub(super) struct Segment {
    pub(super) reader: SegmentReader,
    pub(super) columns: Arc<Columns>,
    /// Who is there.
    pub(super) alive: Arc<Bits>,
    /// The living documents of groups that have several, ascending, and which of these groups it is, counted from 0.
    pub(super) of_several: Vec<(u32, u32)>,
    pub(super) store: StoreReader,
}

impl View {
    /// Builds the generation of `searcher`, taking over from `old` what is decoded already.
    pub(super) fn build(
        settings: Arc<Settings>,
        fields: Fields,
        searcher: &Searcher,
        old: Option<&Self>,
    ) -> Read<Self> {
        let mut segments = Vec::with_capacity(searcher.segment_readers().len());
        for reader in searcher.segment_readers() {
            segments.push(open_segment(&settings, reader, old)?);
        }
        let group_limit = segments
            .iter()
            .filter_map(|segment: &Segment| segment.columns.groups.iter().max())
            .max()
            .map_or(0, |highest| highest.saturating_add(1));
        let mut seen = Bits::none(group_limit as usize);
        let mut several = Bits::none(group_limit as usize);
        let mut counts = Counts::default();
        for segment in &segments {
            for doc in segment.alive.iter() {
                let group = segment.columns.groups[doc as usize];
                counts.documents += 1;
                if seen.insert(group) {
                    counts.groups += 1;
                } else {
                    several.insert(group);
                }
            }
        }
        let (mut places, mut several_count) = (HashMap::<u32, u32>::new(), 0_u32);
        for segment in &mut segments {
            let (alive, groups) = (&segment.alive, &segment.columns.groups);
            let of_several = alive.iter().filter(|doc| several.has(groups[*doc as usize]));
            segment.of_several = of_several
                .map(|doc| {
                    let place = *places.entry(groups[doc as usize]).or_insert_with(|| {
                        several_count += 1;
                        several_count - 1
                    });
                    (doc, place)
                })
                .collect();
        }
        let several_count = several_count as usize;
        Ok(Self {
            settings,
            fields,
            segments,
            several,
            several_count,
            counts,
            facets_of_all: Mutex::default(),
            values: Mutex::default(),
        })
    }

    /// Decodes what searches ask for, so that the first of them does not wait for it: names, places, the columns and counts
    /// of filters, and the usual order.
    pub(super) fn warm(&self) -> Read<()> {
        let named = self.settings.filterable_attributes.iter().filter(|name| *name != GEO);
        for segment in self.segments.iter().filter(|segment| segment.len() > 0) {
            let (columns, reader) = (&segment.columns, &segment.reader);
            columns.id(reader, 0)?;
            columns.points(reader)?;
            columns.usual_order();
            for field in &self.fields.text {
                reader.inverted_index(*field)?;
            }
            for name in named.clone() {
                columns.numbers(reader, name)?;
            }
        }
        for name in named {
            facets::count_all(self, name)?;
        }
        Ok(())
    }

    /// The number of a group that has documents.
    pub(super) fn ordinal(&self, group: &str) -> Read<Option<u32>> {
        let term = Term::from_field_text(self.fields.group, group);
        for segment in &self.segments {
            if let Some(doc) = segment.docs(&term)?.first() {
                return Ok(Some(segment.columns.groups[*doc as usize]));
            }
        }
        Ok(None)
    }

    /// The names of the groups in order, after one.
    pub(super) fn group_names(&self, after: Option<&str>, limit: usize) -> Read<Vec<String>> {
        let mut names = std::collections::BTreeSet::new();
        for segment in &self.segments {
            let Some(column) = segment.reader.fast_fields().str("group")? else { continue };
            let mut range = column.dictionary().range();
            if let Some(after) = after {
                range = range.gt(after);
            }
            let mut stream = range.into_stream()?;
            let mut taken = 0;
            while taken < limit && stream.advance() {
                let name = String::from_utf8_lossy(stream.key()).into_owned();
                // A group may be left in the dictionary by documents that are gone.
                if !segment.docs(&Term::from_field_text(self.fields.group, &name))?.is_empty() {
                    taken += 1;
                    names.insert(name);
                }
            }
        }
        Ok(names.into_iter().take(limit).collect())
    }
}

fn open_segment(settings: &Settings, reader: &SegmentReader, old: Option<&View>) -> Read<Segment> {
    let known = old.and_then(|old| {
        old.segments.iter().find(|segment| segment.reader.segment_id() == reader.segment_id())
    });
    let columns = if let Some(known) = known {
        known.columns.clone()
    } else {
        let columns = Columns::open(reader, settings.standing())?;
        let largest = old.and_then(|old| old.segments.iter().max_by_key(|segment| segment.reader.max_doc()));
        if let Some(largest) = largest {
            columns.warm_like(reader, &largest.columns)?;
        }
        Arc::new(columns)
    };
    let alive = match known {
        Some(known) if known.reader.delete_opstamp() == reader.delete_opstamp() => known.alive.clone(),
        _ => {
            let mut alive = Bits::all(reader.max_doc() as usize);
            if let Some(left) = reader.alive_bitset() {
                (0..reader.max_doc()).filter(|doc| left.is_deleted(*doc)).for_each(|doc| alive.remove(doc));
            }
            Arc::new(alive)
        }
    };
    Ok(Segment {
        reader: reader.clone(),
        columns,
        alive,
        of_several: Vec::new(),
        store: reader.get_store_reader(STORE_BLOCKS)?,
    })
}

impl Segment {
    pub(super) fn len(&self) -> usize {
        self.reader.max_doc() as usize
    }

    /// The living documents that have a term, ascending.
    pub(super) fn docs(&self, term: &Term) -> Read<Vec<u32>> {
        let index = self.reader.inverted_index(term.field())?;
        let mut found = Vec::new();
        if let Some(mut postings) = index.read_postings(term, tantivy::schema::IndexRecordOption::Basic)? {
            let mut doc = postings.doc();
            while doc != TERMINATED {
                if self.alive.has(doc) {
                    found.push(doc);
                }
                doc = postings.advance();
            }
        }
        Ok(found)
    }

    /// A document's group.
    pub(super) fn group(&self, doc: u32) -> Read<String> {
        let first = self.columns.ties[doc as usize].to_be_bytes();
        // What is shorter than the tie-break is whole in it.
        if let Some(end) = first.iter().position(|byte| *byte == 0)
            && let Ok(name) = std::str::from_utf8(&first[..end])
        {
            return Ok(name.to_owned());
        }
        let mut name = String::new();
        if let Some(column) = self.reader.fast_fields().str("group")?
            && let Some(ord) = column.ords().first(doc)
        {
            column.ord_to_str(ord, &mut name)?;
        }
        Ok(name)
    }
}
