//! The loop that does the jobs.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::MAX_ATTEMPTS;
use super::store::{self, Job};
use crate::platform::clock::Clock;
use crate::platform::db::{Db, Result};

/// How long a claimed job is left alone before another worker may take it.
const LEASE: Duration = Duration::from_mins(1);
/// How long a job may take; well inside the lease, so that no other worker has begun it meanwhile.
const LIMIT: Duration = Duration::from_secs(45);
/// How long an idle worker sleeps between looks.
const IDLE: Duration = Duration::from_millis(500);

type Done = Pin<Box<dyn Future<Output = std::result::Result<(), Failed>> + Send>>;
type Handler<A> = Box<dyn Fn(A, Value) -> Done + Send + Sync>;

/// Why a job was not done: a sentence for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failed {
    /// It is tried again later.
    ForNow(String),
    /// Trying again would come to the same: the job is dead at once.
    ForGood(String),
}

impl From<String> for Failed {
    fn from(why: String) -> Self {
        Self::ForNow(why)
    }
}

impl From<&str> for Failed {
    fn from(why: &str) -> Self {
        Self::ForNow(why.to_owned())
    }
}

/// Every job kind and what does it. `work.rs` fills it.
pub struct Registry<A> {
    handlers: BTreeMap<&'static str, Handler<A>>,
}

impl<A> Default for Registry<A> {
    fn default() -> Self {
        Self { handlers: BTreeMap::new() }
    }
}

impl<A> Registry<A> {
    /// Adds a kind. The handler gets the payload and may run more than once for one job.
    #[must_use]
    pub fn with<F, Fut, E>(mut self, kind: &'static str, handler: F) -> Self
    where
        F: Fn(A, Value) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = std::result::Result<(), E>> + Send + 'static,
        E: Into<Failed>,
    {
        let handler = move |app, payload| -> Done {
            let done = handler(app, payload);
            Box::pin(async move { done.await.map_err(Into::into) })
        };
        self.handlers.insert(kind, Box::new(handler));
        self
    }

    /// The kinds it knows.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.handlers.keys().copied()
    }
}

/// Does the jobs of one process.
pub struct Worker<A> {
    /// The database with the queue.
    pub db: Db,
    /// The clock that says what is due.
    pub clock: Clock,
    /// What the handlers get.
    pub app: A,
    /// Which kinds there are.
    pub registry: Registry<A>,
}

impl<A: Clone> Worker<A> {
    /// Works until cancelled.
    pub async fn run(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let pause = match self.run_due().await {
                Ok(true) => continue,
                Ok(false) => IDLE,
                Err(error) => {
                    tracing::error!(%error, "the job queue cannot be read");
                    IDLE * 10
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Does the job that has been due longest; answers whether there was one.
    ///
    /// # Errors
    /// When the queue itself cannot be read or written; a failing job is not an error here.
    pub async fn run_due(&self) -> Result<bool> {
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        let claimed = store::claim(&mut tx, now, now.plus(LEASE)).await?;
        tx.commit().await?;
        let Some(job) = claimed else { return Ok(false) };
        let outcome = self.attempt(&job).await;
        let mut tx = self.db.write().await?;
        match outcome {
            Ok(()) => store::finish(&mut tx, &job).await?,
            Err(Failed::ForGood(error)) => {
                tracing::error!(job.kind, %job.id, error, "a job cannot be done");
                store::bury(&mut tx, &job, &error).await?;
            }
            Err(Failed::ForNow(error)) if job.attempts >= MAX_ATTEMPTS => {
                tracing::error!(job.kind, %job.id, error, "a job failed for the last time");
                store::bury(&mut tx, &job, &error).await?;
            }
            Err(Failed::ForNow(error)) => {
                tracing::warn!(job.kind, %job.id, job.attempts, error, "a job failed and will be tried again");
                let again = self.clock.now().plus(backoff(job.attempts));
                store::retry(&mut tx, &job, again, &error).await?;
            }
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Runs the handler on a task of its own: one that panics or hangs fails its job, not the worker.
    async fn attempt(&self, job: &Job) -> std::result::Result<(), Failed> {
        if job.attempts > MAX_ATTEMPTS {
            // It never came back to say that it failed: it takes the process down with it.
            return Err(format!("begun {MAX_ATTEMPTS} times and never ended").into());
        }
        let Some(handler) = self.registry.handlers.get(job.kind.as_str()) else {
            return Err(format!("no handler for jobs of kind {}", job.kind).into());
        };
        // Dropping the set stops what is in it.
        let mut task = JoinSet::new();
        task.spawn(handler(self.app.clone(), job.payload.0.clone()));
        match tokio::time::timeout(LIMIT, task.join_next()).await {
            Ok(Some(Ok(outcome))) => outcome,
            Ok(_) => Err("it panicked; the log has the place".into()),
            Err(_) => Err(format!("it took longer than {} seconds", LIMIT.as_secs()).into()),
        }
    }
}

/// 2 s, 4 s, 8 s … at most an hour.
fn backoff(attempts: i64) -> Duration {
    let doubled = 1_u64 << u32::try_from(attempts.clamp(1, 12)).unwrap_or(12);
    Duration::from_secs(doubled.min(3600))
}
