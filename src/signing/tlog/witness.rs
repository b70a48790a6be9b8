//! What a log sends to a witness to have a checkpoint cosigned (C2SP tlog-witness, `add-checkpoint`).

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::LogError;
use super::note::NOTE_BYTES;
use crate::signing::digest::Digest;

/// The longest request that is read, in bytes: a note, and no more hashes than a proof can have.
pub const REQUEST_BYTES: usize = NOTE_BYTES + 4096;
/// The most hashes of a consistency proof.
const MAX_HASHES: usize = 63;

/// A request, read and not judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size of the tree the witness is believed to have seen last.
    pub old: u64,
    /// That the new tree begins with that one.
    pub hashes: Vec<Digest>,
    /// The checkpoint, a signed note.
    pub note: String,
}

impl AddCheckpoint {
    /// The request's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("old {}\n", self.old);
        for hash in &self.hashes {
            let _ = writeln!(text, "{}", STANDARD.encode(hash.0));
        }
        let _ = write!(text, "\n{}", self.note);
        text
    }

    /// Reads a request.
    ///
    /// # Errors
    /// [`LogError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, LogError> {
        const FORM: LogError =
            LogError::Malformed("a request is `old` and a size, hashes in base64, a blank line, and a note");
        if text.len() > REQUEST_BYTES {
            return Err(LogError::Malformed("the request is too long"));
        }
        let (head, note) = text.split_once("\n\n").ok_or(FORM)?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).ok_or(FORM)?;
        let old = old.parse::<u64>().ok().filter(|size| size.to_string() == old).ok_or(FORM)?;
        let hash =
            |line: &str| STANDARD.decode(line).ok().and_then(|bytes| bytes.try_into().ok()).map(Digest);
        let hashes: Vec<Digest> = lines.map(hash).collect::<Option<_>>().ok_or(FORM)?;
        if hashes.len() > MAX_HASHES {
            return Err(LogError::Malformed("the proof has too many hashes"));
        }
        Ok(Self { old, hashes, note: note.to_owned() })
    }
}
