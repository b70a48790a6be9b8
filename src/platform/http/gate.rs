//! Gates: how many expensive operations run at once. A short queue waits; the rest is told to come
//! back, which keeps the answers of those inside quick.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::platform::metrics::{Counter, Metrics};
use crate::platform::problem::Error;

/// A gate in front of one kind of work. Clones share it.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
    wait: Duration,
    refused: Counter,
}

/// A place inside; dropped, it is free again.
#[derive(Debug)]
#[must_use]
pub struct Place(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

impl Gate {
    /// A gate with so many places, a queue of so many, and a longest wait. `at_once` 0 is two places
    /// for each core.
    pub fn new(name: &'static str, at_once: usize, queue: usize, wait: Duration, metrics: &Metrics) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get);
        let at_once = if at_once == 0 { cores * 2 } else { at_once };
        let refused = metrics.counter(
            "stipple_gate_refused_total",
            "Requests refused because too many of their kind were running",
            &[("gate", name)],
        );
        let inner = Inner {
            places: Arc::new(Semaphore::new(at_once)),
            waiting: AtomicUsize::new(0),
            queue,
            wait,
            refused,
        };
        let gate = Self(Arc::new(inner));
        let seen = gate.clone();
        metrics.read("stipple_gate_waiting", "Requests waiting for a place", &[("gate", name)], move || {
            f64::from(u32::try_from(seen.0.waiting.load(Relaxed)).unwrap_or(u32::MAX))
        });
        gate
    }

    /// A place, at once or after a short wait.
    ///
    /// # Errors
    /// 503 `unavailable` with `Retry-After` when the queue is full or the wait was too long.
    pub async fn enter(&self) -> Result<Place, Error> {
        let inner = &self.0;
        if let Ok(permit) = inner.places.clone().try_acquire_owned() {
            return Ok(Place(permit));
        }
        let _waiter = Waiter::join(inner).ok_or_else(|| self.refuse())?;
        match tokio::time::timeout(inner.wait, inner.places.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Place(permit)),
            Ok(Err(_)) | Err(_) => Err(self.refuse()),
        }
    }

    fn refuse(&self) -> Error {
        self.0.refused.add_one();
        let seconds = self.0.wait.as_secs().max(1);
        Error::unavailable("Too many requests of this kind are running. Try again in a moment.", seconds)
    }
}

/// Somebody in the queue, until dropped; also when the caller hangs up.
struct Waiter<'a>(&'a Inner);

impl<'a> Waiter<'a> {
    fn join(inner: &'a Inner) -> Option<Self> {
        if inner.waiting.fetch_add(1, Relaxed) >= inner.queue {
            inner.waiting.fetch_sub(1, Relaxed);
            return None;
        }
        Some(Self(inner))
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Relaxed);
    }
}
