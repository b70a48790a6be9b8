//! `stipple log`: following the public log from outside, and putting it right from inside.

mod audit;
mod recover;
mod witness;

use std::process::ExitCode;

use clap::Subcommand;

use super::{Failure, Outcome, SettingsArgs};
use crate::platform::fetch::{Fetch, Reach};
use crate::signing::tlog::note::{Checkpoint, NOTE_BYTES, NoteKey};
use crate::signing::tlog::tile::{TilePath, WIDTH, Wanted, unbundle};

/// What to do with the public log.
#[derive(Debug, Subcommand)]
pub(super) enum LogCommand {
    /// Follow a directory's log from the last checkpoint seen, and say plainly what is wrong
    Audit(audit::AuditArgs),
    /// Cosign the checkpoints of logs, each only when it continues the one before
    Witness(witness::WitnessArgs),
    /// Give a database that was put back from a backup the entries it lost, from a copy somebody kept
    Recover(recover::RecoverArgs),
}

pub(super) async fn run(settings: &SettingsArgs, command: LogCommand) -> Outcome {
    match command {
        LogCommand::Audit(args) => audit::run(args).await,
        LogCommand::Witness(args) => witness::run(settings, args).await,
        LogCommand::Recover(args) => recover::run(settings, args).await,
    }
}

/// The most bytes a bundle of entries can have.
const BUNDLE_BYTES: usize = WIDTH * (2 + 65_535);

/// A log as anybody reads it over the web (C2SP tlog-tiles).
struct Reader {
    fetch: Fetch,
    /// Its prefix, without a slash at the end.
    prefix: String,
}

impl Reader {
    fn new(prefix: String) -> Result<Self, Failure> {
        Ok(Self { fetch: Fetch::new(Reach::Chosen, &[], &[])?, prefix })
    }

    /// The newest checkpoint, as a note and read; an error where this log did not sign it.
    async fn checkpoint(&self, log: &NoteKey) -> Result<(String, Checkpoint), Failure> {
        let note = self.fetch.get(&format!("{}/checkpoint", self.prefix), NOTE_BYTES).await?;
        let note = String::from_utf8(note).map_err(|_| "the checkpoint is no text")?;
        let checkpoint = Checkpoint::open(&note, log).map_err(|error| format!("the checkpoint: {error}"))?;
        Ok((note, checkpoint))
    }

    async fn tile(&self, path: TilePath, limit: usize) -> Result<Vec<u8>, Failure> {
        Ok(self.fetch.get(&format!("{}/tile/{}", self.prefix, path.path()), limit).await?)
    }

    /// The entries of bundle `index` in a log of `size` entries.
    async fn entries(&self, index: u64, size: u64) -> Result<Vec<Vec<u8>>, Failure> {
        let width = usize::try_from(size - index * WIDTH as u64)?.min(WIDTH);
        let path = TilePath { wanted: Wanted::Entries(index), width };
        let bytes = self.tile(path, BUNDLE_BYTES).await?;
        let entries = unbundle(&bytes, width).map_err(|error| format!("{}: {error}", path.path()))?;
        Ok(entries.into_iter().map(<[u8]>::to_vec).collect())
    }
}

/// 0 where nothing is wrong, 1 where something is, 2 where something could not be looked at.
fn exit_code(wrong: usize, open: usize) -> ExitCode {
    ExitCode::from(match (wrong, open) {
        (0, 0) => 0,
        (0, _) => 2,
        _ => 1,
    })
}
