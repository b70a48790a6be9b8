//! What a segment holds beside its words, decoded into plain arrays on first use.
//!
//! A segment never changes (documents only leave it), so what is decoded stays good from one
//! generation to the next and only new segments are read after a commit.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tantivy::columnar::{Column, DynamicColumn, StrColumn};
use tantivy::fieldnorm::FieldNormReader;
use tantivy::{SegmentReader, TantivyError};

use super::bits::Bits;
use super::expand::Expansion;
use super::near::Distances;
use super::schema::FACTS;
use crate::platform::geo::Point;
use crate::search::words;

/// No standing at all.
const NO_STANDING: f64 = f64::NEG_INFINITY;
/// Room for what words find in a segment, in bytes, whatever its size. When it is used up, all is
/// dropped and gathered anew.
const KEPT_BASE: usize = 256 << 10;
/// The same, for each document of the segment.
const KEPT_PER_DOCUMENT: usize = 64;

/// What tantivy answers.
pub(super) type Read<T> = Result<T, TantivyError>;

/// The arrays of one segment. Every array has one entry a document.
pub(super) struct Columns {
    /// The document's group.
    pub(super) groups: Vec<u32>,
    /// The first 16 bytes of the group's name: the last tie-break.
    pub(super) ties: Vec<u128>,
    /// The standing, so that smaller is better.
    pub(super) standings: Vec<u64>,
    ids: OnceLock<Ids>,
    shortest: OnceLock<Vec<u8>>,
    points: OnceLock<Arc<Points>>,
    keywords: Mutex<HashMap<String, Arc<Keywords>>>,
    numbers: Mutex<HashMap<String, Arc<Numbers>>>,
    texts: Mutex<HashMap<String, Arc<Vec<u128>>>>,
    orders: Mutex<HashMap<String, Arc<Vec<u32>>>>,
    expansions: Mutex<Kept>,
}

/// What words were found to find, how far apart they stand, and its size in bytes.
#[derive(Default)]
struct Kept {
    found: HashMap<String, Arc<Expansion>>,
    distances: HashMap<String, Arc<Distances>>,
    weight: usize,
}

/// The documents' ids, one after the other.
struct Ids {
    /// Where a document's begins. One longer than the documents.
    starts: Vec<u32>,
    text: String,
}

/// Where the documents are.
pub(super) struct Points {
    /// The points; NaN where there is none.
    pub(super) at: Vec<Point>,
    /// The same as unit vectors.
    pub(super) vectors: Vec<[f64; 3]>,
}

/// The values of an attribute that are texts.
pub(super) struct Keywords {
    column: Option<StrColumn>,
    /// Of a document: from where to where in `values`. One longer than the documents.
    starts: Vec<u32>,
    /// Values, by their place in the segment's dictionary.
    values: Vec<u32>,
    /// Of a value: from where to where in `docs`. One longer than the values.
    value_starts: Vec<u32>,
    /// Documents, value by value.
    docs: Vec<u32>,
    /// The documents of the values so frequent that a set is the quicker way to count them.
    dense: Vec<Option<Bits>>,
    names: OnceLock<Vec<String>>,
}

/// The values of an attribute that are numbers.
pub(super) struct Numbers {
    /// A document's first; NaN where there is none.
    pub(super) first: Vec<f64>,
    /// All pairs of document and number, only where some document has several.
    all: Option<Vec<(u32, f64)>>,
}

impl Columns {
    pub(super) fn open(reader: &SegmentReader, standing: &str) -> Read<Self> {
        let len = reader.max_doc() as usize;
        let mut ordinals = vec![0; len];
        reader.fast_fields().u64("ordinal")?.values.get_range(0, &mut ordinals);
        let groups = ordinals.iter().map(|ordinal| u32::try_from(*ordinal).unwrap_or(u32::MAX)).collect();
        let standings = numbers(reader, standing)?.first;
        Ok(Self {
            groups,
            ties: first_texts(reader, "group", prefix_key)?,
            standings: standings
                .iter()
                .map(|standing| !ordered(if standing.is_nan() { NO_STANDING } else { *standing }))
                .collect(),
            ids: OnceLock::new(),
            shortest: OnceLock::new(),
            points: OnceLock::new(),
            keywords: Mutex::default(),
            numbers: Mutex::default(),
            texts: Mutex::default(),
            orders: Mutex::default(),
            expansions: Mutex::default(),
        })
    }

    /// A document's id. They are kept together in memory: a dictionary finds one in microseconds, and
    /// every answer names twenty.
    pub(super) fn id(&self, reader: &SegmentReader, doc: u32) -> Read<&str> {
        let ids = if let Some(ids) = self.ids.get() {
            ids
        } else {
            let read = Ids::read(reader)?;
            self.ids.get_or_init(|| read)
        };
        Ok(&ids.text[ids.starts[doc as usize] as usize..ids.starts[doc as usize + 1] as usize])
    }

    /// The least length of each searchable attribute where there is any, as tantivy writes lengths.
    pub(super) fn shortest(&self, norms: &[Option<FieldNormReader>]) -> &[u8] {
        self.shortest.get_or_init(|| {
            let least = |norms: &FieldNormReader| {
                (0..norms.num_docs()).map(|doc| norms.fieldnorm_id(doc)).filter(|length| *length > 0).min()
            };
            norms.iter().map(|norms| norms.as_ref().and_then(least).unwrap_or(u8::MAX)).collect()
        })
    }

    pub(super) fn points(&self, reader: &SegmentReader) -> Read<Arc<Points>> {
        if let Some(points) = self.points.get() {
            return Ok(points.clone());
        }
        let (lat, lon) = (decode(reader, "lat")?, decode(reader, "lon")?);
        let at: Vec<Point> = lat.into_iter().zip(lon).map(|(lat, lon)| Point { lat, lon }).collect();
        let vectors = at.iter().map(|point| point.unit_vector()).collect();
        Ok(self.points.get_or_init(|| Arc::new(Points { at, vectors })).clone())
    }

    pub(super) fn keywords(&self, reader: &SegmentReader, attribute: &str) -> Read<Arc<Keywords>> {
        cached(&self.keywords, attribute, || Keywords::open(reader, attribute))
    }

    pub(super) fn numbers(&self, reader: &SegmentReader, attribute: &str) -> Read<Arc<Numbers>> {
        cached(&self.numbers, attribute, || numbers(reader, attribute))
    }

    /// The first 16 folded bytes of a text attribute, for sorting; `u128::MAX` where there is none.
    pub(super) fn sort_texts(&self, reader: &SegmentReader, attribute: &str) -> Read<Arc<Vec<u128>>> {
        let column = format!("{FACTS}.{attribute}");
        cached(&self.texts, attribute, || {
            first_texts(reader, &column, |text| prefix_key(words::fold(text).trim()))
        })
    }

    /// The documents in an order of that name, by a key of each; put in order once.
    pub(super) fn order<K: Ord>(&self, name: &str, key: impl Fn(usize) -> K) -> Arc<Vec<u32>> {
        let known = self.orders.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if let Some(known) = known {
            return known;
        }
        let mut keyed: Vec<(K, u32)> = (0..self.groups.len()).map(key).zip(0..).collect();
        keyed.sort_unstable();
        let order = Arc::new(keyed.into_iter().map(|(_, doc)| doc).collect::<Vec<u32>>());
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), order.clone());
        order
    }

    /// The documents as they stand where nothing is asked for: by their standing.
    pub(super) fn usual_order(&self) -> Arc<Vec<u32>> {
        self.order("", |doc| (0_u128, self.standings[doc], self.ties[doc]))
    }

    /// What a word finds in this segment, looked up once while there is room to keep it.
    pub(super) fn expansion(
        &self,
        key: &str,
        make: impl FnOnce() -> Read<Expansion>,
    ) -> Read<Arc<Expansion>> {
        let known = self.kept().found.get(key).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let made = Arc::new(make()?);
        let mut kept = self.room_for(2 * key.len() + made.weight());
        kept.found.insert(key.to_owned(), made.clone());
        Ok(made)
    }

    /// How far apart two units stand, as far as that is known; `keep` says whether to begin to keep it.
    pub(super) fn distances(&self, key: &str, keep: bool) -> Option<Arc<Distances>> {
        let known = self.kept().distances.get(key).cloned();
        if known.is_some() || !keep {
            return known;
        }
        let made = Arc::new(Distances::unknown(self.groups.len()));
        let mut kept = self.room_for(key.len() + self.groups.len());
        Some(kept.distances.entry(key.to_owned()).or_insert(made).clone())
    }

    /// What is kept, with room for so many bytes more.
    fn room_for(&self, weight: usize) -> MutexGuard<'_, Kept> {
        let room = KEPT_BASE + KEPT_PER_DOCUMENT * self.groups.len();
        let mut kept = self.kept();
        if kept.weight + weight > room {
            *kept = Kept::default();
        }
        kept.weight += weight;
        kept
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.expansions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decodes what `old` has decoded, so that the first search after a merge does not pay for it.
    pub(super) fn warm_like(&self, reader: &SegmentReader, old: &Self) -> Read<()> {
        let names = |of: &Mutex<HashMap<String, Arc<Keywords>>>| -> Vec<String> {
            of.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
        };
        for name in names(&old.keywords) {
            self.keywords(reader, &name)?;
        }
        let numeric: Vec<String> =
            old.numbers.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect();
        for name in numeric {
            self.numbers(reader, &name)?;
        }
        if old.points.get().is_some() {
            self.points(reader)?;
        }
        if old.ids.get().is_some() && reader.max_doc() > 0 {
            self.id(reader, 0)?;
        }
        Ok(())
    }
}

impl Ids {
    fn read(reader: &SegmentReader) -> Read<Self> {
        let mut ids = Self { starts: vec![0], text: String::new() };
        let Some(column) = reader.fast_fields().str("id")? else { return Ok(ids) };
        let mut names = Vec::with_capacity(column.dictionary().num_terms());
        let mut stream = column.dictionary().stream()?;
        while stream.advance() {
            names.push(String::from_utf8_lossy(stream.key()).into_owned());
        }
        for doc in 0..reader.max_doc() {
            let ord = column.ords().first(doc).and_then(|ord| usize::try_from(ord).ok());
            ids.text.push_str(ord.and_then(|ord| names.get(ord)).map_or("", String::as_str));
            ids.starts.push(small(ids.text.len() as u64));
        }
        ids.text.shrink_to_fit();
        Ok(ids)
    }
}

fn cached<T>(of: &Mutex<HashMap<String, Arc<T>>>, key: &str, make: impl FnOnce() -> Read<T>) -> Read<Arc<T>> {
    let known = of.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
    if let Some(known) = known {
        return Ok(known);
    }
    let made = Arc::new(make()?);
    of.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), made.clone());
    Ok(made)
}

impl Keywords {
    fn open(reader: &SegmentReader, attribute: &str) -> Read<Self> {
        let len = reader.max_doc();
        let column = reader.fast_fields().str(&format!("{FACTS}.{attribute}"))?;
        let mut starts = Vec::with_capacity(len as usize + 1);
        let mut values = Vec::new();
        starts.push(0);
        for doc in 0..len {
            if let Some(column) = &column {
                let from = values.len();
                values.extend(column.ords().values_for_doc(doc).map(small));
                // A value written twice counts once.
                values[from..].sort_unstable();
                dedup_from(&mut values, from);
            }
            starts.push(small(values.len() as u64));
        }
        let distinct = column.as_ref().map_or(0, |column| column.num_terms());
        let mut keywords = Self {
            column,
            starts,
            values,
            value_starts: Vec::new(),
            docs: Vec::new(),
            dense: Vec::new(),
            names: OnceLock::new(),
        };
        keywords.invert(len, distinct);
        Ok(keywords)
    }

    fn invert(&mut self, len: u32, distinct: usize) {
        let mut value_starts = vec![0_u32; distinct + 1];
        for value in &self.values {
            value_starts[*value as usize + 1] += 1;
        }
        for at in 0..distinct {
            value_starts[at + 1] += value_starts[at];
        }
        let mut next = value_starts.clone();
        let mut docs = vec![0; self.values.len()];
        for doc in 0..len {
            for at in self.starts[doc as usize]..self.starts[doc as usize + 1] {
                let slot = &mut next[self.values[at as usize] as usize];
                docs[*slot as usize] = doc;
                *slot += 1;
            }
        }
        let dense = value_starts.windows(2).zip(0..).map(|(ends, _): (_, u32)| {
            let of = &docs[ends[0] as usize..ends[1] as usize];
            (of.len() > len as usize / 64).then(|| {
                let mut bits = Bits::none(len as usize);
                for doc in of {
                    bits.insert(*doc);
                }
                bits
            })
        });
        self.dense = dense.collect();
        self.value_starts = value_starts;
        self.docs = docs;
    }

    /// How many values the segment's dictionary has.
    pub(super) fn distinct(&self) -> usize {
        self.dense.len()
    }

    /// A document's values.
    pub(super) fn of(&self, doc: u32) -> &[u32] {
        &self.values[self.starts[doc as usize] as usize..self.starts[doc as usize + 1] as usize]
    }

    /// The documents of a value.
    pub(super) fn docs(&self, value: usize) -> &[u32] {
        &self.docs[self.value_starts[value] as usize..self.value_starts[value + 1] as usize]
    }

    /// The documents of a frequent value, as a set.
    pub(super) fn dense(&self, value: usize) -> Option<&Bits> {
        self.dense[value].as_ref()
    }

    /// The place of a value in the dictionary.
    pub(super) fn find(&self, value: &str) -> Read<Option<usize>> {
        let Some(column) = &self.column else { return Ok(None) };
        Ok(column.dictionary().term_ord(value)?.and_then(|at| usize::try_from(at).ok()))
    }

    /// All the values, by their places.
    pub(super) fn names(&self) -> Read<&[String]> {
        if let Some(names) = self.names.get() {
            return Ok(names);
        }
        let mut names = Vec::with_capacity(self.distinct());
        if let Some(column) = &self.column {
            let mut stream = column.dictionary().stream()?;
            while stream.advance() {
                names.push(String::from_utf8_lossy(stream.key()).into_owned());
            }
        }
        Ok(self.names.get_or_init(|| names))
    }

    /// Whether a document has any value.
    pub(super) fn any(&self, doc: usize) -> bool {
        self.starts[doc] != self.starts[doc + 1]
    }
}

fn dedup_from(values: &mut Vec<u32>, from: usize) {
    let mut keep = from;
    for at in from..values.len() {
        if keep == from || values[keep - 1] != values[at] {
            values[keep] = values[at];
            keep += 1;
        }
    }
    values.truncate(keep);
}

impl Numbers {
    /// The documents with a number that passes.
    pub(super) fn passing(&self, pass: impl Fn(f64) -> bool) -> Bits {
        match &self.all {
            None => Bits::of(self.first.len(), |doc| pass(self.first[doc])),
            Some(all) => {
                let mut bits = Bits::none(self.first.len());
                for (doc, number) in all {
                    if pass(*number) {
                        bits.insert(*doc);
                    }
                }
                bits
            }
        }
    }
}

fn numbers(reader: &SegmentReader, attribute: &str) -> Read<Numbers> {
    let len = reader.max_doc();
    let mut first = vec![f64::NAN; len as usize];
    let mut all = Vec::new();
    let mut several = false;
    let mut see = |doc: u32, number: f64| {
        let slot = &mut first[doc as usize];
        several |= !slot.is_nan();
        if slot.is_nan() {
            *slot = number;
        }
        all.push((doc, number));
    };
    for handle in reader.fast_fields().dynamic_column_handles(&format!("{FACTS}.{attribute}"))? {
        match handle.open()? {
            DynamicColumn::F64(column) => each(&column, len, &mut see),
            #[expect(clippy::cast_precision_loss, reason = "a number in JSON is a 64-bit float here")]
            DynamicColumn::I64(column) => each(&column, len, |doc, number| see(doc, number as f64)),
            #[expect(clippy::cast_precision_loss, reason = "a number in JSON is a 64-bit float here")]
            DynamicColumn::U64(column) => each(&column, len, |doc, number| see(doc, number as f64)),
            _ => {}
        }
    }
    Ok(Numbers { first, all: several.then_some(all) })
}

fn each<T: PartialOrd + Copy + std::fmt::Debug + Send + Sync + 'static>(
    column: &Column<T>,
    len: u32,
    mut see: impl FnMut(u32, T),
) {
    for doc in 0..len {
        column.values_for_doc(doc).for_each(|value| see(doc, value));
    }
}

fn decode(reader: &SegmentReader, field: &str) -> Read<Vec<f64>> {
    let mut found = vec![f64::NAN; reader.max_doc() as usize];
    if let Some(column) = reader.fast_fields().column_opt::<f64>(field)? {
        each(&column, reader.max_doc(), |doc, value| found[doc as usize] = value);
    }
    Ok(found)
}

/// A key of each document's first value in a text column; `u128::MAX` where there is none.
fn first_texts(reader: &SegmentReader, column: &str, key: impl Fn(&str) -> u128) -> Read<Vec<u128>> {
    let mut found = vec![u128::MAX; reader.max_doc() as usize];
    let Some(column) = reader.fast_fields().str(column)? else { return Ok(found) };
    let mut keys = Vec::with_capacity(column.dictionary().num_terms());
    let mut stream = column.dictionary().stream()?;
    while stream.advance() {
        keys.push(key(&String::from_utf8_lossy(stream.key())));
    }
    for (doc, slot) in (0..).zip(&mut found) {
        if let Some(ord) = column.ords().first(doc) {
            *slot = usize::try_from(ord).ok().and_then(|ord| keys.get(ord)).copied().unwrap_or(u128::MAX);
        }
    }
    Ok(found)
}

/// The first 16 bytes as a number of the same order.
pub(super) fn prefix_key(text: &str) -> u128 {
    let mut bytes = [0; 16];
    let len = text.len().min(16);
    bytes[..len].copy_from_slice(&text.as_bytes()[..len]);
    u128::from_be_bytes(bytes)
}

/// A float as a number of the same order.
pub(super) fn ordered(number: f64) -> u64 {
    // Zero has two signs and one place.
    let bits = (number + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The float that [`ordered`] made a number of.
pub(super) fn unordered(number: u64) -> f64 {
    f64::from_bits(if number >> 63 == 1 { number & !(1 << 63) } else { !number })
}

fn small(number: u64) -> u32 {
    u32::try_from(number).expect("a segment has fewer than 2^32 values")
}
