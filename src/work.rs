//! Everything that happens without a request: each job kind, each timer, each follower of the change
//! feed, in one list. The twin of `api.rs`.

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::platform::jobs::{Registry, Worker};

/// Every job kind and what does it.
pub fn jobs() -> Registry<App> {
    Registry::default()
}

/// Starts the background work of one process; `stop` ends it, `tracker` says when it has ended.
pub fn start(app: &App, tracker: &TaskTracker, stop: &CancellationToken) {
    let worker = Worker { db: app.db.clone(), clock: app.clock.clone(), app: app.clone(), registry: jobs() };
    let stopped = stop.clone();
    tracker.spawn(async move { worker.run(stopped).await });
}
