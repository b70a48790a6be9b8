//! The mathematics of a public append-only log, as C2SP's tlog-tiles, signed-note, tlog-checkpoint, tlog-cosignature
//! and tlog-proof write it down, with the hashing of RFC 6962 section 2.1.
//!
//! - [`tree`]: hashes of leaves and nodes, proofs of inclusion and consistency, the right edge of a growing tree;
//! - [`tile`]: which hashes lie in which tile, what a tile's address is, bundles of entries;
//! - [`note`]: signed notes, the keys they name, checkpoints, cosignatures of witnesses;
//! - [`offline`]: a proof that travels with what it proves.

pub mod note;
pub mod offline;
pub mod tile;
pub mod tree;
pub mod witness;

/// Why something of a log was not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// A text has not the form it must have.
    #[error("it is not in good form: {0}")]
    Malformed(&'static str),
    /// The proof has fewer or more hashes than this tree needs, or the index is outside of it.
    #[error("the proof does not fit a tree of this size")]
    WrongShape,
    /// The proof leads to another root.
    #[error("the proof leads to another root than the checkpoint names")]
    WrongRoot,
    /// The key's signature is missing or does not fit.
    #[error("the log's signature is missing or does not fit")]
    Unsigned,
    /// It is about another log.
    #[error("it is about another log")]
    OtherLog,
}
