//! The search engine in this process, on tantivy.
//!
//! tantivy keeps the words: dictionaries, posting lists, positions, merges, commits. What makes them
//! an answer is here: words are expanded through the dictionaries ([`expand`]), posting lists are
//! swept into one small number a document and word ([`matching`]), filters and facets work on plain
//! arrays and bit sets decoded once a segment ([`columns`]), and hits are compared by an explicit key
//! ([`rank`]). A directory holds generations side by side and a file that names the live one.

mod best;
mod bits;
mod columns;
mod disk;
mod expand;
mod facets;
mod filters;
mod generation;
mod matching;
mod near;
mod rank;
mod schema;
mod search;
mod source;
mod together;
mod view;
mod ways;

use std::fs::{File, TryLockError};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tokio::runtime::{Handle, RuntimeFlavor};

use self::generation::{Building, Generation};
use super::port::{
    Answer, Batch, Counts, Document, Error, FacetCount, FacetSearch, Later, Query, Rebuild, Result,
    SearchEngine, Suggest, Suggestion, Unusable,
};
use super::settings::Settings;

/// The file that names the live generation.
const CURRENT: &str = "current";
/// The file that the process with the index open has locked.
const LOCK: &str = "lock";
/// How long an index that is open is waited for.
const TAKE_OVER: Duration = Duration::from_secs(2);
/// What generations' directories are called, before their number.
const PREFIX: &str = "generation-";

/// The engine. Clones share everything.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    /// The settings as the service wants them; the live generation may have been made with others.
    wanted: Settings,
    live: ArcSwap<Generation>,
    /// The number of the newest generation.
    newest: AtomicU64,
    /// Held as long as the index is open: two processes would remove each other's generations.
    _lock: File,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("path", &self.inner.path).finish_non_exhaustive()
    }
}

impl Engine {
    /// Opens the index in a directory, or makes an empty one where there is none.
    ///
    /// # Errors
    /// [`Error::Unusable`] when the index there is damaged or cannot be read: [`Engine::reset`]
    /// starts anew.
    pub fn open(path: &Path, settings: &Settings) -> Result<Self> {
        let lock = take(path)?;
        match std::fs::read_to_string(path.join(CURRENT)) {
            Ok(name) => {
                let number = number_of(name.trim()).ok_or_else(|| Unusable {
                    path: path.display().to_string(),
                    detail: "the file `current` names no generation".into(),
                })?;
                let live = Generation::open(&directory(path, number), settings)?;
                let engine = Self::with(path, settings, live, number, lock);
                engine.remove_others(number);
                Ok(engine)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::anew(path, settings, lock),
            Err(error) => {
                Err(Unusable { path: path.display().to_string(), detail: error.to_string() }.into())
            }
        }
    }

    /// Makes an empty index, whatever the directory holds.
    ///
    /// # Errors
    /// [`Error::Failed`] when the directory cannot be written.
    pub fn reset(path: &Path, settings: &Settings) -> Result<Self> {
        let lock = take(path)?;
        Self::anew(path, settings, lock)
    }

    fn anew(path: &Path, settings: &Settings, lock: File) -> Result<Self> {
        let number = generations(path).into_iter().max().unwrap_or(0) + 1;
        let live = Generation::create(&directory(path, number), settings)?;
        name_live(path, number)?;
        let engine = Self::with(path, settings, live, number, lock);
        engine.remove_others(number);
        Ok(engine)
    }

    fn with(path: &Path, settings: &Settings, live: Generation, number: u64, lock: File) -> Self {
        Self {
            inner: Arc::new(Inner {
                path: path.to_owned(),
                wanted: settings.clone(),
                live: ArcSwap::from_pointee(live),
                newest: AtomicU64::new(number),
                _lock: lock,
            }),
        }
    }

    /// Removes generations that are not live. What cannot be removed now is tried again at the next
    /// start.
    fn remove_others(&self, live: u64) {
        for number in generations(&self.inner.path).into_iter().filter(|number| *number != live) {
            if let Err(error) = std::fs::remove_dir_all(directory(&self.inner.path, number)) {
                tracing::warn!(%error, number, "an old search index could not be removed");
            }
        }
    }

    /// Answers a query on this thread.
    ///
    /// # Errors
    /// As [`SearchEngine::search`].
    pub fn search_here(&self, query: &Query) -> Result<Answer> {
        let live = self.inner.live.load_full();
        search::search(&live.view(), &live.lexicon, query)
    }
}

impl SearchEngine for Engine {
    fn settings(&self) -> Arc<Settings> {
        self.inner.live.load().settings.clone()
    }

    fn rebuild_needed(&self) -> Option<String> {
        let live = self.inner.live.load();
        if live.settings.fingerprint() != self.inner.wanted.fingerprint() {
            return Some("the search settings ask for other attributes than the index has".into());
        }
        live.position().is_none().then(|| "the search index has not been built".into())
    }

    fn write(&self, batch: Batch) -> Later<'_, ()> {
        let live = self.inner.live.load_full();
        Box::pin(blocking(move || live.write(&batch)))
    }

    fn position(&self) -> Later<'_, Option<i64>> {
        let live = self.inner.live.load_full();
        Box::pin(async move { Ok(live.position()) })
    }

    fn counts(&self) -> Later<'_, Counts> {
        let live = self.inner.live.load_full();
        Box::pin(async move { Ok(live.view().counts) })
    }

    fn groups(&self, after: Option<String>, limit: usize) -> Later<'_, Vec<String>> {
        let live = self.inner.live.load_full();
        Box::pin(blocking(move || live.view().group_names(after.as_deref(), limit).map_err(Error::from)))
    }

    fn search(&self, query: Query) -> Later<'_, Answer> {
        let engine = self.clone();
        Box::pin(here(move || engine.search_here(&query)))
    }

    fn facet_search(&self, ask: FacetSearch) -> Later<'_, Vec<FacetCount>> {
        let live = self.inner.live.load_full();
        Box::pin(here(move || search::facet_search(&live.view(), &live.lexicon, &ask)))
    }

    fn suggest(&self, ask: Suggest) -> Later<'_, Vec<Suggestion>> {
        let live = self.inner.live.load_full();
        Box::pin(here(move || search::suggest(&live.view(), &live.lexicon, &ask)))
    }

    fn rest(&self) -> Later<'_, ()> {
        let live = self.inner.live.load_full();
        Box::pin(blocking(move || live.rest()))
    }

    fn rebuild(&self) -> Later<'_, Box<dyn Rebuild>> {
        let engine = self.clone();
        Box::pin(blocking(move || {
            let number = engine.inner.newest.fetch_add(1, Ordering::SeqCst) + 1;
            let path = directory(&engine.inner.path, number);
            let building = Building::start(&path, &engine.inner.wanted)?;
            Ok(Box::new(Beside { engine, number, building: Some(building) }) as Box<dyn Rebuild>)
        }))
    }
}

/// A generation being built.
struct Beside {
    engine: Engine,
    number: u64,
    building: Option<Building>,
}

impl Rebuild for Beside {
    fn add(&mut self, documents: Vec<Document>) -> Later<'_, ()> {
        Box::pin(async move {
            let Some(mut building) = self.building.take() else {
                return Err(Error::Failed("the rebuild has failed before".into()));
            };
            let added = blocking(move || {
                building.add(&documents)?;
                Ok(building)
            });
            self.building = Some(added.await?);
            Ok(())
        })
    }

    fn commit(mut self: Box<Self>, position: i64) -> Later<'static, ()> {
        Box::pin(blocking(move || {
            let Some(building) = self.building.take() else {
                return Err(Error::Failed("the rebuild has failed before".into()));
            };
            let built = building.finish(position)?;
            let inner = &self.engine.inner;
            name_live(&inner.path, self.number)?;
            let old = inner.live.swap(Arc::new(built));
            old.rest()?;
            // Searches that still run keep its files open; the names can go.
            if let Err(error) = std::fs::remove_dir_all(&old.path) {
                tracing::warn!(%error, "the replaced search index could not be removed");
            }
            Ok(())
        }))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if let Some(building) = self.building.take() {
            let path = building.path();
            drop(building);
            if let Err(error) = std::fs::remove_dir_all(&path) {
                tracing::warn!(%error, "an abandoned search index could not be removed");
            }
        }
    }
}

/// Does what takes less than a few milliseconds on this very thread, and lets the other tasks of the
/// thread go elsewhere meanwhile: to be woken on a thread of its own takes longer than many a search.
async fn here<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    let others_wait = Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread;
    let work = move || if others_wait { tokio::task::block_in_place(work) } else { work() };
    std::panic::catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Error::Failed("a search panicked; the log says where".to_owned())))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(Error::Failed(error.to_string())),
    }
}

/// Takes the directory for this engine alone. One that is just being closed, by a search that still runs, is waited for.
fn take(path: &Path) -> Result<File> {
    let lock = || -> std::io::Result<File> {
        std::fs::create_dir_all(path)?;
        File::options().create(true).truncate(false).write(true).open(path.join(LOCK))
    };
    let file = lock().map_err(|error| failed(path, &error))?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if began.elapsed() < TAKE_OVER => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Failed(format!("{}: another process has it open", path.display())));
            }
            Err(TryLockError::Error(error)) => return Err(failed(path, &error)),
        }
    }
}

fn directory(path: &Path, number: u64) -> PathBuf {
    path.join(format!("{PREFIX}{number}"))
}

fn number_of(name: &str) -> Option<u64> {
    name.strip_prefix(PREFIX)?.parse().ok()
}

fn generations(path: &Path) -> Vec<u64> {
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    entries.flatten().filter_map(|entry| number_of(entry.file_name().to_str()?)).collect()
}

/// Names the live generation, all at once: after a crash either the old name stands or the new one.
fn name_live(path: &Path, number: u64) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let new = path.join("current.new");
        std::fs::write(&new, format!("{PREFIX}{number}\n"))?;
        std::fs::File::open(&new)?.sync_all()?;
        std::fs::rename(&new, path.join(CURRENT))?;
        std::fs::File::open(path)?.sync_all()
    };
    write().map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    Error::Failed(format!("{}: {error}", path.display()))
}
