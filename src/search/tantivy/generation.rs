//! One index directory: opened, written to, and shown to searches as a [`View`].

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::schema::Term;
use tantivy::store::{Compressor, ZstdCompressor};
use tantivy::tokenizer::TextAnalyzer;
use tantivy::{Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, TantivyError};

use super::disk::Unhurried;
use super::schema::{self, Fields, Folding, TOKENIZER};
use super::view::View;
use crate::search::port::{Batch, Document, Error, Result, Unusable};
use crate::search::query::Lexicon;
use crate::search::settings::Settings;

/// The settings an index was made with, beside its segments.
const SETTINGS_FILE: &str = "stipple-settings.json";
/// Memory of a writer that follows changes: the least tantivy takes.
const FOLLOWING_BYTES: usize = 15_000_000;
/// Memory of each thread of a writer that builds a whole index: larger, so that segments are few.
const BUILDING_BYTES: usize = 100_000_000;
/// Threads that build an index at most: for one thread that makes the documents, two have work.
const MOST_BUILDING: usize = 2;
/// Stored text is compressed in blocks of about so many bytes: a few documents, since hits are read
/// one by one.
const STORE_BLOCK: usize = 8_192;
/// Zstandard's quickest level: higher ones save little in blocks so small.
const STORE_LEVEL: i32 = 1;
/// Segments of one size that are merged into one.
const MERGE_AT: usize = 8;
/// Segments below so many documents count as of one size.
const SMALL_SEGMENT: u32 = 2_000;
/// The part of a segment that may be deleted documents before it is rewritten.
const MOST_DELETED: f32 = 0.3;

/// Letters of the reason why an index cannot be used.
const LONGEST_DETAIL: usize = 300;

/// What a commit carries.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Payload {
    position: Option<i64>,
    /// The number of the next new group.
    next_group: u32,
}

/// An index directory in use.
pub(super) struct Generation {
    pub(super) path: PathBuf,
    pub(super) settings: Arc<Settings>,
    pub(super) lexicon: Lexicon,
    fields: Fields,
    index: Index,
    reader: IndexReader,
    view: ArcSwap<View>,
    writing: Mutex<Writing>,
}

struct Writing {
    payload: Payload,
    /// There while there is something to write; given back by [`Generation::rest`].
    writer: Option<IndexWriter>,
}

impl Generation {
    /// Makes an empty index in a directory that does not exist yet.
    pub(super) fn create(path: &Path, settings: &Settings) -> Result<Self> {
        let failed = |error: std::io::Error| Error::Failed(format!("{}: {error}", path.display()));
        std::fs::create_dir_all(path).map_err(failed)?;
        let json = serde_json::to_string_pretty(settings).expect("settings are JSON");
        std::fs::write(path.join(SETTINGS_FILE), json).map_err(failed)?;
        let (schema, _) = schema::make(settings);
        let stored = IndexSettings {
            docstore_blocksize: STORE_BLOCK,
            docstore_compression: Compressor::Zstd(ZstdCompressor { compression_level: Some(STORE_LEVEL) }),
            docstore_compress_dedicated_thread: false,
            ..IndexSettings::default()
        };
        let directory = Unhurried::open(path).map_err(|error| Error::Failed(error.to_string()))?;
        let index = Index::create(directory, schema, stored)?;
        Self::start(path, settings.clone(), index)
    }

    /// Opens an index. Where `wanted` differs only in what queries obey, it is obeyed at once;
    /// otherwise the index answers with the settings it was made with.
    pub(super) fn open(path: &Path, wanted: &Settings) -> std::result::Result<Self, Unusable> {
        let unusable = |detail: String| {
            // The engine may quote a whole file.
            let detail = detail.chars().take(LONGEST_DETAIL).collect();
            Unusable { path: path.display().to_string(), detail }
        };
        let read =
            std::fs::read_to_string(path.join(SETTINGS_FILE)).map_err(|error| unusable(error.to_string()))?;
        let made_with = Settings::parse(&read).map_err(|error| unusable(error.to_string()))?;
        let directory = Unhurried::open(path).map_err(|error| unusable(error.to_string()))?;
        let index = Index::open(directory).map_err(|error| unusable(error.to_string()))?;
        let same = made_with.fingerprint() == wanted.fingerprint();
        let settings = if same { wanted.clone() } else { made_with };
        if schema::make(&settings).0 != index.schema() {
            return Err(unusable("its fields are not those of its settings".into()));
        }
        let damaged = index.validate_checksum().map_err(|error| unusable(error.to_string()))?;
        if let Some(file) = damaged.iter().next() {
            return Err(unusable(format!("{} is damaged", file.display())));
        }
        let opened = Self::start(path, settings, index).map_err(|error| unusable(error.to_string()))?;
        // Whoever comes first need not wait for all of it, nor does the start.
        let view = opened.view();
        std::thread::spawn(move || {
            if let Err(error) = view.warm() {
                tracing::warn!(%error, "the index was opened, but not all of it can be read");
            }
        });
        Ok(opened)
    }

    fn start(path: &Path, settings: Settings, index: Index) -> Result<Self> {
        index.tokenizers().register(TOKENIZER, TextAnalyzer::builder(Folding::default()).build());
        let settings = Arc::new(settings);
        let (_, fields) = schema::make(&settings);
        let payload = match index.load_metas()?.payload {
            Some(payload) => serde_json::from_str(&payload)
                .map_err(|error| Error::Failed(format!("the commit's payload cannot be read: {error}")))?,
            None => Payload::default(),
        };
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(1)
            .try_into()?;
        let view = View::build(settings.clone(), fields.clone(), &reader.searcher(), None)?;
        Ok(Self {
            path: path.to_owned(),
            lexicon: Lexicon::new(&settings),
            settings,
            fields,
            index,
            reader,
            view: ArcSwap::from_pointee(view),
            writing: Mutex::new(Writing { payload, writer: None }),
        })
    }

    /// What searches see.
    pub(super) fn view(&self) -> Arc<View> {
        self.view.load_full()
    }

    pub(super) fn position(&self) -> Option<i64> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner).payload.position
    }

    /// Applies a batch and shows it.
    pub(super) fn write(&self, batch: &Batch) -> Result<()> {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut payload = writing.payload;
        payload.position = batch.position.or(payload.position);
        let view = self.view();
        let made = self.make(&view, &mut payload, &batch.upsert)?;
        if writing.writer.is_none() {
            writing.writer = Some(open_writer(&self.index, FOLLOWING_BYTES, 1)?);
        }
        let Some(writer) = writing.writer.as_mut() else { return Ok(()) };
        let committed = self.apply(writer, batch, made, payload);
        if let Err(error) = committed {
            // A writer that failed is not used again; what it had not committed is gone with it.
            writing.writer = None;
            return Err(error);
        }
        writing.payload = payload;
        self.show(&view)
    }

    fn apply(
        &self,
        writer: &mut IndexWriter,
        batch: &Batch,
        made: Vec<tantivy::TantivyDocument>,
        payload: Payload,
    ) -> Result<()> {
        for group in &batch.delete_groups {
            writer.delete_term(Term::from_field_text(self.fields.group, group));
        }
        let replaced = batch.upsert.iter().map(|document| &document.id);
        for id in batch.delete.iter().chain(replaced) {
            writer.delete_term(Term::from_field_text(self.fields.id, id));
        }
        for document in made {
            writer.add_document(document)?;
        }
        commit(writer, payload)
    }

    /// The documents as tantivy takes them; of one id only the last.
    fn make(
        &self,
        view: &View,
        payload: &mut Payload,
        documents: &[Document],
    ) -> Result<Vec<tantivy::TantivyDocument>> {
        let mut last = std::collections::HashMap::new();
        let mut ordinals = std::collections::HashMap::new();
        for (at, document) in documents.iter().enumerate() {
            last.insert(document.id.as_str(), at);
        }
        let mut made = Vec::with_capacity(documents.len());
        for (at, document) in documents.iter().enumerate() {
            if last.get(document.id.as_str()) != Some(&at) {
                continue;
            }
            let ordinal = if let Some(ordinal) = ordinals.get(document.group.as_str()) {
                *ordinal
            } else {
                let ordinal = view.ordinal(&document.group)?.unwrap_or_else(|| payload.take_group());
                ordinals.insert(document.group.as_str(), ordinal);
                ordinal
            };
            made.push(schema::document(&self.settings, &self.fields, document, ordinal)?);
        }
        Ok(made)
    }

    fn show(&self, old: &View) -> Result<()> {
        self.reader.reload()?;
        let view =
            View::build(self.settings.clone(), self.fields.clone(), &self.reader.searcher(), Some(old))?;
        self.view.store(Arc::new(view));
        Ok(())
    }

    /// Gives back the writer's memory and threads; merges that run are waited for.
    pub(super) fn rest(&self) -> Result<()> {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(writer) = writing.writer.take() {
            writer.wait_merging_threads()?;
            self.show(&self.view())?;
        }
        Ok(())
    }
}

impl Payload {
    fn take_group(&mut self) -> u32 {
        let group = self.next_group;
        self.next_group += 1;
        group
    }
}

/// An index being filled, which nobody searches yet.
pub(super) struct Building {
    generation: Generation,
    writer: IndexWriter,
    payload: Payload,
    ordinals: std::collections::HashMap<String, u32>,
}

impl Building {
    pub(super) fn start(path: &Path, settings: &Settings) -> Result<Self> {
        let generation = Generation::create(path, settings)?;
        let writer = open_writer(&generation.index, BUILDING_BYTES, building_threads())?;
        Ok(Self {
            generation,
            writer,
            payload: Payload::default(),
            ordinals: std::collections::HashMap::new(),
        })
    }

    pub(super) fn add(&mut self, documents: &[Document]) -> Result<()> {
        for document in documents {
            let ordinal = if let Some(ordinal) = self.ordinals.get(&document.group) {
                *ordinal
            } else {
                let ordinal = self.payload.take_group();
                self.ordinals.insert(document.group.clone(), ordinal);
                ordinal
            };
            let made =
                schema::document(&self.generation.settings, &self.generation.fields, document, ordinal)?;
            self.writer.add_document(made)?;
        }
        Ok(())
    }

    /// Commits, and hands the index over to be searched.
    pub(super) fn finish(mut self, position: i64) -> Result<Generation> {
        self.payload.position = Some(position);
        commit(&mut self.writer, self.payload)?;
        self.writer.wait_merging_threads()?;
        let old = self.generation.view();
        self.generation.show(&old)?;
        // Nobody searches it yet, so nobody waits.
        self.generation.view().warm()?;
        self.generation.writing.lock().unwrap_or_else(PoisonError::into_inner).payload = self.payload;
        Ok(self.generation)
    }

    pub(super) fn path(&self) -> PathBuf {
        self.generation.path.clone()
    }
}

/// Documents are made in one thread and indexed in others.
fn building_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(MOST_BUILDING)
}

fn open_writer(index: &Index, bytes: usize, threads: usize) -> Result<IndexWriter> {
    let options = IndexWriterOptions::builder()
        .num_worker_threads(threads)
        .num_merge_threads(1)
        .memory_budget_per_thread(bytes)
        .build();
    let writer: IndexWriter = index.writer_with_options(options)?;
    let mut policy = LogMergePolicy::default();
    policy.set_min_num_segments(MERGE_AT);
    policy.set_min_layer_size(SMALL_SEGMENT);
    policy.set_del_docs_ratio_before_merge(MOST_DELETED);
    writer.set_merge_policy(Box::new(policy));
    Ok(writer)
}

fn commit(writer: &mut IndexWriter, payload: Payload) -> Result<()> {
    let mut commit = writer.prepare_commit()?;
    commit.set_payload(&serde_json::to_string(&payload).expect("two numbers are JSON"));
    commit.commit().map_err(|error: TantivyError| Error::Failed(error.to_string()))?;
    Ok(())
}
