//! `stipple log recover`: the entries a restored database lost, from whoever kept a copy of the log.

use std::process::ExitCode;

use clap::Args;

use super::Reader;
use crate::cli::{Outcome, Purpose, SettingsArgs, open, say};
use crate::signing::tlog::note::{Checkpoint, Note};
use crate::transparency::{self, HIGHEST_FILE};

/// Where the entries are.
#[derive(Debug, Args)]
pub(in crate::cli) struct RecoverArgs {
    /// A copy of the log over the web: the address under which `checkpoint` and `tile/…` are
    #[arg(long, value_name = "URL")]
    from: String,
}

pub(super) async fn run(settings: &SettingsArgs, args: RecoverArgs) -> Outcome {
    let app = open(settings.load()?, Purpose::Command).await?;
    let path = app.config.data_dir.join(HIGHEST_FILE);
    let note = std::fs::read_to_string(&path).map_err(|error| {
        format!("{} cannot be read, so nothing says what was signed: {error}", path.display())
    })?;
    let highest = Note::parse(&note).and_then(|note| Checkpoint::read(&note))?;
    let mut conn = app.db.read().await?;
    let have = transparency::head(&mut conn).await?.size;
    drop(conn);
    if have >= highest.size {
        say(format_args!(
            "The database has {have} entries, and {} were signed: nothing is missing.",
            highest.size
        ));
        return Ok(ExitCode::SUCCESS);
    }
    let copy = Reader::new(args.from.trim_end_matches('/').to_owned())?;
    let mut lost = Vec::new();
    let width = crate::signing::tlog::tile::WIDTH as u64;
    for bundle in have / width..highest.size.div_ceil(width) {
        let entries = copy.entries(bundle, highest.size).await?;
        let known = usize::try_from(have.saturating_sub(bundle * width))?;
        lost.extend(entries.into_iter().skip(known));
    }
    let count = lost.len();
    let size = transparency::take_back(&app, lost).await.map_err(|error| error.detail().to_owned())?;
    say(format_args!("{count} entries were taken back; the log has {size} entries again and goes on."));
    say("What they are about is still missing from the database: `stipple log audit` names what it is.");
    app.db.close().await;
    Ok(ExitCode::SUCCESS)
}
