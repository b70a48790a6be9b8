//! Everything that happens without a request: each job kind, each timer, each follower of the change
//! feed, in one list. The twin of `api.rs`.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::academies;
use crate::app::App;
use crate::cases;
use crate::config::limits;
use crate::directory;
use crate::platform::db::Dialect;
use crate::platform::http::idempotency;
use crate::platform::jobs::{Registry, Worker};
use crate::platform::lease::Presence;
use crate::platform::mail;
use crate::{practitioners, reviews, transparency};

/// Every job kind and what does it.
pub fn jobs() -> Registry<App> {
    Registry::default()
        .with(practitioners::ops::DELETE_PORTRAIT, practitioners::jobs::delete_portrait)
        .with(mail::SEND, |app: App, letter| async move { app.mail.deliver(letter).await })
        .with(cases::ops::DELETE_PHOTOS, cases::jobs::delete_photos)
}

/// Starts the background work of one process; `stop` ends it, `tracker` says when it has ended.
pub fn start(app: &App, tracker: &TaskTracker, stop: &CancellationToken) {
    let worker = Worker { db: app.db.clone(), clock: app.clock.clone(), app: app.clone(), registry: jobs() };
    let stopped = stop.clone();
    tracker.spawn(async move { worker.run(stopped).await });
    tracker.spawn(directory::follow_changes(app.clone(), stop.clone()));
    if app.db.dialect() == Dialect::Postgres {
        let presence = Presence::new(&app.db, &app.clock, &app.ids, limits::INSTANCE_LIFE);
        let there = move |app: App| {
            let presence = presence.clone();
            async move { presence.give().await.map(|count| app.instances.note(count)) }
        };
        // At once, so that the others know of this one before it is asked anything.
        let (first, app_of_first) = (there.clone(), app.clone());
        tracker.spawn(async move { drop(first(app_of_first).await) });
        every(app, tracker, stop, limits::INSTANCE_EVERY, there);
    }
    every(app, tracker, stop, limits::PURGE_EVERY, |app| async move {
        idempotency::purge(&app.db, &app.clock).await.map(drop)
    });
    every(
        app,
        tracker,
        stop,
        limits::LOG_EVERY,
        |app| async move { transparency::publish(&app).await.map(drop) },
    );
    every(app, tracker, stop, limits::COSIGN_EVERY, |app| async move { transparency::cosign(&app).await });
    every(app, tracker, stop, limits::DID_EVERY, |app| async move { academies::ops::check_due(&app).await });
    every(app, tracker, stop, limits::FOLLOW_UP_EVERY, reviews::jobs::tend);
    every(app, tracker, stop, limits::CASES_SWEEP, |app| async move { cases::ops::sweep(&app).await });
}

/// Does something again and again; the first time after one interval. A failure is logged, and the
/// next turn tries again.
fn every<F, E>(
    app: &App,
    tracker: &TaskTracker,
    stop: &CancellationToken,
    interval: Duration,
    work: impl Fn(App) -> F + Send + 'static,
) where
    F: Future<Output = Result<(), E>> + Send,
    E: Display,
{
    let (app, stop) = (app.clone(), stop.clone());
    tracker.spawn(async move {
        while stop.run_until_cancelled(tokio::time::sleep(interval)).await.is_some() {
            if let Err(error) = work(app.clone()).await {
                tracing::warn!(%error, "work by the clock failed");
            }
        }
    });
}
