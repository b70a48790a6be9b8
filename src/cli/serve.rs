//! `stipple serve`: the API and the pages.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Failure, Outcome, SettingsArgs, open, say};
use crate::app::App;
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
    let app = open(config, args.moved).await?;
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
    let acceptor = poem::listener::TcpAcceptor::from_tokio(listener)?;
    poem::Server::new_with_acceptor(acceptor)
        .run_with_graceful_shutdown(api::router(app.clone()), stop.cancelled(), Some(Duration::from_secs(10)))
        .await?;
    tracker.close();
    tracker.wait().await;
    app.db.close().await;
    Ok(())
}

pub(super) async fn migrate(settings: &SettingsArgs) -> Outcome {
    let app = open(settings.load()?, false).await?;
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
