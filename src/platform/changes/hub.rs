//! Where a commit tells this process what changed: caches drop it at once, followers wake.

use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;

type Listener = Box<dyn Fn(&[String]) + Send + Sync>;

/// The meeting point of commits and followers. Clones share it.
#[derive(Clone)]
pub struct Hub {
    listeners: Arc<RwLock<Vec<Listener>>>,
    commits: watch::Sender<u64>,
    /// Every commit that wrote anything, also what no follower needs to hear of.
    all: Arc<AtomicU64>,
    /// The last change this process knows of, its own or another's.
    latest: Arc<AtomicI64>,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            listeners: Arc::default(),
            commits: watch::Sender::new(0),
            all: Arc::default(),
            latest: Arc::default(),
        }
    }
}

impl Hub {
    /// Calls `listener` with the changed subjects after each commit, before it is acknowledged.
    /// It must be quick and must not block.
    pub fn on_commit(&self, listener: impl Fn(&[String]) + Send + Sync + 'static) {
        self.listeners.write().unwrap_or_else(PoisonError::into_inner).push(Box::new(listener));
    }

    /// A receiver that is marked changed after each commit with changes.
    pub fn follow(&self) -> watch::Receiver<u64> {
        self.commits.subscribe()
    }

    /// How many commits of this process wrote anything: what was read at the same count still stands, as far as this process
    /// is concerned.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.all.load(Ordering::SeqCst)
    }

    /// The last change of the feed that this process knows of.
    #[must_use]
    pub fn latest(&self) -> i64 {
        self.latest.load(Ordering::SeqCst)
    }

    /// Notes that the feed has come so far.
    pub fn note(&self, seq: i64) {
        self.latest.fetch_max(seq, Ordering::SeqCst);
    }

    /// Counts a commit that wrote something.
    pub fn count(&self) {
        self.all.fetch_add(1, Ordering::SeqCst);
    }

    /// Announces committed subjects.
    pub fn publish(&self, subjects: &[String]) {
        if subjects.is_empty() {
            return;
        }
        for listener in self.listeners.read().unwrap_or_else(PoisonError::into_inner).iter() {
            listener(subjects);
        }
        self.commits.send_modify(|count| *count += 1);
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hub")
    }
}
