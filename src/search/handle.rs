//! The handle every operation shares: the engine once it is open, and how far it has followed.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use tokio::sync::watch;

use super::port::SearchEngine;
use crate::platform::problem::Error;

/// Seconds after which a caller should come back while the index opens.
const COME_BACK: u64 = 2;

/// The search engine as the service holds it. It opens while the service already answers, so until
/// then [`Search::engine`] says 503. Clones share it.
#[derive(Clone)]
pub struct Search {
    engine: Arc<ArcSwapOption<Box<dyn SearchEngine>>>,
    followed: watch::Sender<Followed>,
}

/// How far the index has followed the change feed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// The last change that searches see.
    pub position: i64,
    /// The last change the follower knows of.
    pub latest: i64,
    /// Whether the index is being made anew beside the one that answers.
    pub rebuilding: bool,
}

impl Default for Search {
    fn default() -> Self {
        Self { engine: Arc::default(), followed: watch::Sender::new(Followed::default()) }
    }
}

impl Search {
    /// The engine.
    ///
    /// # Errors
    /// 503 `unavailable` while the index is not open yet.
    pub fn engine(&self) -> Result<Arc<Box<dyn SearchEngine>>, Error> {
        self.engine.load_full().ok_or_else(|| {
            Error::unavailable("The search index is being opened; everything else works.", COME_BACK)
        })
    }

    /// Whether searches are answered.
    pub fn is_open(&self) -> bool {
        self.engine.load().is_some()
    }

    /// Puts an open engine in.
    pub fn open(&self, engine: Box<dyn SearchEngine>) {
        self.engine.store(Some(Arc::new(engine)));
    }

    /// Takes the engine out; searches are told to come back until another is put in.
    pub fn close(&self) {
        self.engine.store(None);
        self.followed.send_replace(Followed::default());
    }

    /// How far the index is.
    pub fn followed(&self) -> Followed {
        *self.followed.borrow()
    }

    /// Says how far the index is now.
    pub fn report(&self, change: impl FnOnce(&mut Followed)) {
        self.followed.send_modify(change);
    }

    /// Returns when searches see the change at `seq` of the feed, and every one before it.
    pub async fn wait_until_indexed(&self, seq: i64) {
        let mut followed = self.followed.subscribe();
        // The sender lives as long as this handle does, so the wait cannot fail.
        let _ = followed.wait_for(|now| now.position >= seq).await;
    }
}

impl std::fmt::Debug for Search {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Search").field("open", &self.is_open()).field("followed", &self.followed()).finish()
    }
}
