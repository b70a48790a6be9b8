//! `stipple export`, `import`, `backup` and `restore`: everything a directory knows, in an archive.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::open::open_empty;
use super::{Failure, Outcome, Purpose, SettingsArgs, note, open, say};
use crate::app::App;
use crate::archive::{self, Manifest, Step};

/// Where an archive goes.
#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// The folder the archive becomes; it must not be there yet
    archive: PathBuf,
}

/// Which archive comes in.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The archive's folder
    archive: PathBuf,
}

/// Where backups are kept.
#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    /// The folder the backups are kept in, each in one of its own
    folder: PathBuf,
    /// Remove all but so many of the newest once the new one is complete
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    keep: Option<u16>,
}

pub(super) async fn export(settings: &SettingsArgs, args: ExportArgs) -> Outcome {
    let app = open(settings.load()?, Purpose::Command).await?;
    let manifest = write(&app, &args.archive).await?;
    tell(&args.archive, &manifest);
    note(
        "The secret is not in it: whoever takes the archive in needs STIPPLE_SECRET, or the data directory's file `secret`.",
    );
    app.db.close().await;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn backup(settings: &SettingsArgs, args: BackupArgs) -> Outcome {
    let app = open(settings.load()?, Purpose::Command).await?;
    let time: String = app.clock.now().to_string().chars().filter(|c| !matches!(c, ':' | '.')).collect();
    let archive = args.folder.join(format!("{PREFIX}{time}"));
    let manifest = write(&app, &archive).await?;
    tell(&archive, &manifest);
    if let Some(keep) = args.keep {
        remove_oldest(&args.folder, usize::from(keep))?;
    }
    app.db.close().await;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn import(settings: &SettingsArgs, args: ImportArgs) -> Outcome {
    take_in(settings, &args.archive, None).await?;
    say("Start it with `stipple serve`; the search index is made anew then.");
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn restore(settings: &SettingsArgs, args: ImportArgs) -> Outcome {
    let made_at = Manifest::of(&args.archive)?.made_at;
    let why = format!(
        "The database was put back from a backup of {made_at}; what was signed since is missing. `stipple log recover` \
         says what to do."
    );
    take_in(settings, &args.archive, Some(&why)).await?;
    say(
        "The public log signs nothing yet, because entries that were signed after the backup would be missing from it:",
    );
    say("  stipple log recover --from URL        takes them back from a copy of the log");
    say("  stipple log recover --nothing-since   if nothing was signed after the backup");
    say("Everything else works at once: start it with `stipple serve`.");
    Ok(ExitCode::SUCCESS)
}

async fn write(app: &App, archive: &Path) -> Result<Manifest, Failure> {
    Ok(archive::write(app, archive, |step| show(&step)).await?)
}

async fn take_in(settings: &SettingsArgs, archive: &Path, frozen: Option<&str>) -> Result<(), Failure> {
    let app = open_empty(settings.load()?).await?;
    let taken = archive::take_in(&app, archive, frozen, |step| show(&step)).await?;
    say(format_args!("{} rows and {} photos and documents were taken in.", taken.rows, taken.blobs));
    app.db.close().await;
    Ok(())
}

fn tell(archive: &Path, manifest: &Manifest) {
    let (rows, blobs) = manifest.counts();
    say(format_args!("{}: {rows} rows and {blobs} photos and documents.", archive.display()));
}

/// A line for what takes long.
fn show(step: &Step) {
    match step {
        Step::Table { name, rows } if *rows >= 10_000 => note(&format!("{name}: {rows} rows")),
        Step::Blobs { done, of } if done.is_multiple_of(1_000) => {
            note(&format!("{done} of {of} photos and documents"));
        }
        _ => {}
    }
}

/// How backups' folders begin.
const PREFIX: &str = "stipple-";

/// Removes the oldest backups. Only what has a manifest is one.
fn remove_oldest(folder: &Path, keep: usize) -> Result<(), Failure> {
    let mut backups: Vec<PathBuf> = std::fs::read_dir(folder)?
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX))
        .map(|entry| entry.path())
        .filter(|path| Manifest::of(path).is_ok())
        .collect();
    // Their names are their times.
    backups.sort();
    let surplus = backups.len().saturating_sub(keep);
    for path in &backups[..surplus] {
        std::fs::remove_dir_all(path).map_err(|error| format!("{}: {error}", path.display()))?;
        note(&format!("{} was removed.", path.display()));
    }
    Ok(())
}
