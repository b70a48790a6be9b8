//! A witness: remembers the last checkpoint it saw of each log it follows, and cosigns a newer one only when that continues
//! it (C2SP tlog-witness). So a log that showed two histories would have to show them to every witness.
//!
//! What was seen is on disk before a cosignature is given out. It has no part in a directory: `stipple log witness` runs
//! one anywhere else.

pub mod http;

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::signing::digest::Digest;
use crate::signing::keys::SigningKey;
use crate::signing::tlog::note::{Checkpoint, KeyKind, Note, NoteKey, cosignature_line};
use crate::signing::tlog::tree::{check_consistency, empty_root};
use crate::signing::tlog::witness::AddCheckpoint;

/// Why a checkpoint is not cosigned; each is an HTTP status of its own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request is not as it must be, or goes backwards.
    #[error("{0}")]
    Malformed(String),
    /// The log is not one that is followed.
    #[error("this log is not followed here")]
    UnknownLog,
    /// The log did not sign it.
    #[error("the log did not sign this checkpoint")]
    Unsigned,
    /// The last one seen is of another size.
    #[error("{0}")]
    OtherSize(u64),
    /// It does not continue what was seen.
    #[error(
        "this does not continue the checkpoint seen last: the log shows two histories, or the proof is wrong"
    )]
    Inconsistent,
    /// What was seen could not be read or written.
    #[error("{0}")]
    Disk(String),
}

/// A witness, with its memory.
pub struct Witness {
    key: SigningKey,
    vkey: NoteKey,
    logs: Vec<NoteKey>,
    folder: PathBuf,
    /// What was seen last, by log; held while one request is judged, so that two never both continue the same.
    seen: Mutex<HashMap<String, Checkpoint>>,
}

impl Witness {
    /// A witness of that name, that follows these logs and remembers in that folder.
    ///
    /// # Errors
    /// When the name cannot be a key's, or the folder cannot be read.
    pub fn open(name: &str, key: SigningKey, logs: Vec<NoteKey>, folder: PathBuf) -> Result<Self, String> {
        let vkey =
            NoteKey::new(name, KeyKind::Cosignature, key.public()).map_err(|error| error.to_string())?;
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut seen = HashMap::new();
        for log in &logs {
            let path = file_of(&folder, log.name());
            match fs::read_to_string(&path) {
                Ok(note) => {
                    // What was seen was signed by the log; a file that says otherwise was tampered with.
                    let checkpoint = Checkpoint::open(&note, log)
                        .map_err(|error| format!("{}: {error}", path.display()))?;
                    seen.insert(log.name().to_owned(), checkpoint);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(format!("{}: {error}", path.display())),
            }
        }
        Ok(Self { key, vkey, logs, folder, seen: Mutex::new(seen) })
    }

    /// The key its cosignatures are checked with.
    #[must_use]
    pub fn vkey(&self) -> &NoteKey {
        &self.vkey
    }

    /// Judges a request at that time, in seconds since 1970; answers the cosignature line.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn add_checkpoint(&self, request: &str, now: u64) -> Result<String, Refusal> {
        let malformed = |error: &dyn std::fmt::Display| Refusal::Malformed(error.to_string());
        let asked = AddCheckpoint::parse(request).map_err(|error| malformed(&error))?;
        let note = Note::parse(&asked.note).map_err(|error| malformed(&error))?;
        let claimed = Checkpoint::read(&note).map_err(|error| malformed(&error))?;
        let log = self.logs.iter().find(|log| log.name() == claimed.origin).ok_or(Refusal::UnknownLog)?;
        let new = Checkpoint::open(&asked.note, log).map_err(|_| Refusal::Unsigned)?;
        if asked.old > new.size {
            return Err(Refusal::Malformed("the old size is larger than the checkpoint's".to_owned()));
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let last = seen.get(log.name());
        let (size, root) = last.map_or((0, empty_root()), |last| (last.size, last.root));
        if asked.old != size {
            return Err(Refusal::OtherSize(size));
        }
        let continues = check_consistency(size, new.size, &asked.hashes, &root, &new.root);
        if continues.is_err() {
            return Err(Refusal::Inconsistent);
        }
        write(&file_of(&self.folder, log.name()), &asked.note)
            .map_err(|error| Refusal::Disk(error.to_string()))?;
        seen.insert(log.name().to_owned(), new);
        Ok(cosignature_line(note.text(), self.vkey.name(), &self.key, now))
    }
}

/// Where the last checkpoint of a log lies; its name is no file name.
fn file_of(folder: &Path, log: &str) -> PathBuf {
    folder.join(format!("{}.checkpoint", Digest::of_bytes(log.as_bytes())))
}

/// Writes a file so that it is there after a loss of power.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_extension("draft");
    let mut file = fs::File::create(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    fs::File::open(path.parent().unwrap_or(path))?.sync_all()
}
