//! `stipple log recover`: the entries a restored database lost, from whoever kept a copy of the log.

use std::process::ExitCode;

use clap::Args;

use super::Reader;
use crate::cli::{Outcome, Purpose, SettingsArgs, open, say};
use crate::signing::tlog::tile::WIDTH;
use crate::transparency::{self, Gap};

/// Where the entries are.
#[derive(Debug, Args)]
pub(in crate::cli) struct RecoverArgs {
    /// A copy of the log over the web: the address under which `checkpoint` and `tile/…` are
    #[arg(long, value_name = "URL", required_unless_present = "nothing_since")]
    from: Option<String>,
    /// After a restore: nothing was signed since the backup was made, so that no entry is missing
    #[arg(long, conflicts_with = "from")]
    nothing_since: bool,
}

pub(super) async fn run(settings: &SettingsArgs, args: RecoverArgs) -> Outcome {
    let app = open(settings.load()?, Purpose::Command).await?;
    let Some(from) = args.from else {
        let size = transparency::go_on(&app).await.map_err(|error| error.detail().to_owned())?;
        say(format_args!("The log has {size} entries and goes on."));
        app.db.close().await;
        return Ok(ExitCode::SUCCESS);
    };
    let log = transparency::signer(&app).await.and_then(|signer| signer.vkey());
    let log = log.map_err(|error| error.detail().to_owned())?;
    let copy = Reader::new(from.trim_end_matches('/').to_owned())?;
    let (note, _) = copy.checkpoint(&log).await?;
    let Gap { have, mark } =
        transparency::gap(&app, &note).await.map_err(|error| error.detail().to_owned())?;
    let width = WIDTH as u64;
    let mut lost = Vec::new();
    let bundles = if have < mark.size { have / width..mark.size.div_ceil(width) } else { 0..0 };
    for bundle in bundles {
        let entries = copy.entries(bundle, mark.size).await?;
        let known = usize::try_from(have.saturating_sub(bundle * width))?;
        lost.extend(entries.into_iter().skip(known));
    }
    let count = lost.len();
    let size = transparency::take_back(&app, &note, lost).await.map_err(|error| error.detail().to_owned())?;
    if count == 0 {
        say(format_args!(
            "The database has {size} entries, and {} were signed: nothing is missing.",
            mark.size
        ));
    } else {
        say(format_args!("{count} entries were taken back; the log has {size} entries again and goes on."));
        say("What they are about is still missing from the database: `stipple log audit` names what it is.");
    }
    app.db.close().await;
    Ok(ExitCode::SUCCESS)
}
