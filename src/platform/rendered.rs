//! Rendered answers kept in memory by the subject they show, dropped when the subject changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use quick_cache::sync::Cache;

use super::changes::Hub;

/// A rendered body and its strong entity tag.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The body, exactly as sent.
    pub body: Bytes,
    /// Its entity tag, quotes included.
    pub etag: Arc<str>,
}

/// The cache. Clones share it.
#[derive(Clone, Debug)]
pub struct RenderedCache {
    entries: Arc<Cache<String, Rendered>>,
    /// Counts commits: what was read before a commit is not kept after it.
    generation: Arc<AtomicU64>,
}

/// Taken before the reads that a rendering is made from.
#[derive(Clone, Copy, Debug)]
pub struct Generation(u64);

impl RenderedCache {
    /// A cache of at most `entries` renderings that follows the commits of `hub`.
    pub fn new(entries: usize, hub: &Hub) -> Self {
        let cache = Self { entries: Arc::new(Cache::new(entries)), generation: Arc::default() };
        let dropped = cache.clone();
        hub.on_commit(move |subjects| dropped.drop_all(subjects));
        cache
    }

    /// The rendering of a subject, such as `practitioners/SMP-7K3F-9Q2M-4`.
    pub fn get(&self, subject: &str) -> Option<Rendered> {
        self.entries.get(subject)
    }

    /// To be taken before reading what a rendering is made from.
    pub fn generation(&self) -> Generation {
        Generation(self.generation.load(Ordering::SeqCst))
    }

    /// Keeps a rendering, unless something was committed since `read_at`.
    pub fn put(&self, subject: &str, rendered: Rendered, read_at: Generation) {
        self.entries.insert(subject.to_owned(), rendered);
        // Looked at after the insert: a commit in between either sees the entry and drops it, or has
        // moved the generation and the entry is dropped here.
        if self.generation.load(Ordering::SeqCst) != read_at.0 {
            self.entries.remove(subject);
        }
    }

    /// Drops the renderings of changed subjects.
    pub fn drop_all(&self, subjects: &[String]) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        for subject in subjects {
            self.entries.remove(subject.as_str());
        }
    }
}
