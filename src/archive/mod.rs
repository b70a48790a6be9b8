//! Archives: everything a directory knows, in files that any instance can take in, whichever database and store it has.
//!
//! An archive is a folder: `manifest.json`, which names every other file with its digest; `tables/<name>.jsonl.gz`, one
//! row a line in the form of [`crate::platform::db`]'s copies; `blobs.jsonl` and `blobs/…`, the photos and documents.
//! Certificates are in it byte for byte, and so is the public log with its place. The search index is not: it is
//! derived. Neither is the secret; an archive only says whether a secret is the one that sealed what is in it.
//!
//! Invariants:
//! - all tables are of one state of the database, read while the service goes on; photos are copied after that, so that
//!   every photo a row names is there, or has been erased since;
//! - an archive is complete or not there: it is written under another name and renamed at the end;
//! - nothing is taken in before every digest has been looked at, and all rows come in in one transaction, into an empty
//!   database of the same schema;
//! - what was put back from a backup signs nothing in the public log until somebody has said what became of the entries
//!   signed since.

mod error;
mod manifest;
mod read;
mod write;

pub use error::{Error, Step};
pub use manifest::Manifest;
pub use read::{Taken, take_in};
pub use write::write;
