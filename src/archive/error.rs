//! What can go wrong with an archive, and how far it is.

use std::io;
use std::path::{Path, PathBuf};

use crate::platform::{blobs, db};

/// What cannot be archived or taken in, in words for whoever is at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The database.
    #[error("the database: {0}")]
    Database(#[from] db::Error),
    /// The store of photos and documents.
    #[error("the store of photos: {0}")]
    Blobs(#[from] blobs::Error),
    /// The archive is not what it says, or not for here.
    #[error("{0}")]
    Refused(String),
}

/// The result of what is done with an archive.
pub(super) type Result<T, E = Error> = std::result::Result<T, E>;

/// How far an archive is, for whoever waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A table is done, with so many rows.
    Table {
        /// Its name.
        name: String,
        /// Its rows.
        rows: u64,
    },
    /// So many photos and documents of all are done.
    Blobs {
        /// Done.
        done: u64,
        /// Of so many.
        of: u64,
    },
}

/// An error of a file, named.
pub(super) fn in_file(path: &Path) -> impl FnOnce(io::Error) -> Error + '_ {
    |source| Error::File { path: path.to_owned(), source }
}
