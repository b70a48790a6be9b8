//! `stipple reindex`: makes the search index anew from the database.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::{Outcome, Purpose, SettingsArgs, note, open, say};
use crate::app::App;
use crate::directory::{self, Progress};
use crate::search;

/// How long a service may take to make an index anew before the command stops waiting.
const PATIENCE: Duration = Duration::from_mins(30);
/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(2);

pub(super) async fn run(settings: &SettingsArgs) -> Outcome {
    let app = open(settings.load()?, Purpose::Command).await?;
    let started = Instant::now();
    let engine = match directory::open_index(&app).await {
        Ok(engine) => engine,
        // The service that runs here has the index open.
        Err(error) if app.config.search_server().is_none() => return ask_the_service(&app, &error).await,
        Err(error) => return Err(error.into()),
    };
    let mut show = Show::new();
    let listings = directory::rebuild(&app, engine.as_ref(), |progress| show.at(progress)).await?;
    show.end();
    say(format_args!("{listings} listings indexed in {:.1} s.", started.elapsed().as_secs_f64()));
    app.db.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Asks the service that has the index open to make it anew, and waits until it has.
async fn ask_the_service(app: &App, error: &search::Error) -> Outcome {
    let request = directory::rebuild_request(app);
    std::fs::write(&request, "").map_err(|source| format!("{}: {source}", request.display()))?;
    note(&format!(
        "The index is in use ({error}); the service that runs here is asked to make it anew. Searches go on."
    ));
    let started = Instant::now();
    while request.exists() {
        if started.elapsed() > PATIENCE {
            std::fs::remove_file(&request)?;
            return Err("no service took it up; is one running on this data directory?".into());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    say(format_args!("The new index answers, after {:.1} s.", started.elapsed().as_secs_f64()));
    app.db.close().await;
    Ok(ExitCode::SUCCESS)
}

/// A bar on a terminal, plain lines elsewhere.
enum Show {
    Bar(ProgressBar),
    Lines(Instant),
}

impl Show {
    fn new() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::Lines(Instant::now());
        }
        let style = ProgressStyle::with_template("{bar:32} {pos}/{len} listings  {per_sec}  {eta} left");
        let bar = ProgressBar::new(0);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self::Bar(bar)
    }

    fn at(&mut self, progress: Progress) {
        match self {
            Self::Bar(bar) => {
                bar.set_length(progress.of);
                bar.set_position(progress.done);
            }
            Self::Lines(last) if last.elapsed() >= LINE_EVERY => {
                *last = Instant::now();
                say(format_args!("{} of {} listings", progress.done, progress.of));
            }
            Self::Lines(_) => {}
        }
    }

    fn end(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
