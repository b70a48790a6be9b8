//! `stipple serve`: the API and the pages.

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Args;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Failure, Outcome, Purpose, SettingsArgs, open, say};
use crate::app::App;
use crate::platform::log;
use crate::{api, work};

/// How to serve.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct ServeArgs {
    /// Where to listen, such as 127.0.0.1:8080
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Accept that the public URL is another one than at first start
    #[arg(long)]
    moved: bool,
}

pub(super) async fn run(settings: &SettingsArgs, args: ServeArgs) -> Outcome {
    let mut config = settings.load()?;
    if let Some(listen) = args.listen {
        config.listen = listen;
    }
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", config.listen))?;
    config.listen = listener.local_addr()?;
    let app = open(config, Purpose::Serve { moved: args.moved }).await?;
    let dropped = app.metrics.counter(
        "stipple_log_lines_dropped_total",
        "Log lines dropped because the log could not keep up",
        &[],
    );
    let _log = log::init(&app.config.log, dropped)?;
    say(format_args!("Stipple listens on http://{} as {}", app.config.listen, app.config.public_url));
    serve(app, listener).await?;
    Ok(ExitCode::SUCCESS)
}

/// Serves until SIGINT or SIGTERM, then finishes what was begun.
///
/// # Errors
/// When the listener or the signals fail.
pub(super) async fn serve(app: App, listener: TcpListener) -> Result<(), Failure> {
    let stop = CancellationToken::new();
    let tracker = TaskTracker::new();
    work::start(&app, &tracker, &stop);
    let until = stop.clone();
    tracker.spawn(async move {
        stop_signal().await;
        until.cancel();
    });
    let router = api::router(app.clone());
    crate::platform::http::serve(listener, router, &app.config.http, stop.clone()).await?;
    stop.cancel();
    tracker.close();
    tracker.wait().await;
    app.db.close().await;
    Ok(())
}

pub(super) async fn migrate(settings: &SettingsArgs) -> Outcome {
    let app = open(settings.load()?, Purpose::Command).await?;
    app.db.close().await;
    say("The schema is up to date.");
    Ok(ExitCode::SUCCESS)
}

/// Resolves at SIGINT or SIGTERM.
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
