//! `stipple reindex`: makes the search index anew from the database.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::{Failure, Outcome, Purpose, SettingsArgs, open, say};
use crate::directory::{self, Progress};

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(2);

pub(super) async fn run(settings: &SettingsArgs) -> Outcome {
    let app = open(settings.load()?, Purpose::Command).await?;
    let engine = directory::open_index(&app).await.map_err(|error| -> Failure {
        format!("{error}; a service that runs on this data directory must be stopped first").into()
    })?;
    let started = Instant::now();
    let mut show = Show::new();
    let listings = directory::rebuild(&app, engine.as_ref(), |progress| show.at(progress)).await?;
    show.end();
    say(format_args!("{listings} listings indexed in {:.1} s.", started.elapsed().as_secs_f64()));
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
