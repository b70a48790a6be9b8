//! A proof that an entry is in a log, as a file that needs no network (C2SP tlog-proof).

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::LogError;
use super::note::{Checkpoint, NOTE_BYTES, NoteKey};
use super::tree::{check_inclusion, leaf_hash};
use crate::signing::digest::Digest;

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// A proof file as it was read; nothing of it has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfflineProof {
    /// What the log wants to say besides, such as the entry itself.
    pub extra: Option<Vec<u8>>,
    /// The entry's place in the log.
    pub index: u64,
    /// The hashes of the proof, nearest the entry first.
    pub hashes: Vec<Digest>,
    /// The checkpoint, a signed note.
    pub checkpoint: String,
}

impl OfflineProof {
    /// The file's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\n");
        if let Some(extra) = &self.extra {
            let _ = writeln!(text, "extra {}", STANDARD.encode(extra));
        }
        let _ = writeln!(text, "index {}", self.index);
        for hash in &self.hashes {
            let _ = writeln!(text, "{}", STANDARD.encode(hash.0));
        }
        let _ = write!(text, "\n{}", self.checkpoint);
        text
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`LogError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, LogError> {
        if text.len() > 2 * NOTE_BYTES {
            return Err(LogError::Malformed("the proof is too long"));
        }
        let (head, checkpoint) = text
            .split_once("\n\n")
            .ok_or(LogError::Malformed("a proof has a blank line before its checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(LogError::Malformed("a proof begins with c2sp.org/tlog-proof@v1"));
        }
        let decode =
            |text: &str| STANDARD.decode(text).map_err(|_| LogError::Malformed("the lines are base64"));
        let extra = match lines.next_if(|line| line.starts_with("extra ")) {
            Some(line) => Some(decode(&line["extra ".len()..])?),
            None => None,
        };
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .and_then(|text| text.parse::<u64>().ok().filter(|index| index.to_string() == text));
        let index = index.ok_or(LogError::Malformed("a proof has a line with its index"))?;
        let mut hashes = Vec::new();
        for line in lines {
            let hash = decode(line)?.try_into().map_err(|_| LogError::Malformed("a hash has 32 bytes"))?;
            hashes.push(Digest(hash));
            // A tree of 2^63 entries has no longer proof.
            if hashes.len() > 63 {
                return Err(LogError::Malformed("the proof has too many hashes"));
            }
        }
        Ok(Self { extra, index, hashes, checkpoint: checkpoint.to_owned() })
    }

    /// Whether this log signed a tree that has the entry; answers the checkpoint.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn check(&self, entry: &[u8], log: &NoteKey) -> Result<Checkpoint, LogError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, log)?;
        check_inclusion(&leaf_hash(entry), self.index, checkpoint.size, &self.hashes, &checkpoint.root)?;
        Ok(checkpoint)
    }
}
