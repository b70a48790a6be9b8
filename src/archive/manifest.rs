//! What an archive says of itself.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::{Error, Result, in_file};
use crate::app::App;

/// The name of the shape archives have; raised when it changes.
pub(super) const FORMAT: &str = "stipple-archive/1";
/// The file that names all others.
pub(super) const MANIFEST: &str = "manifest.json";
/// The folder of tables.
pub(super) const TABLES: &str = "tables";
/// The list of photos and documents, and their folder.
pub(super) const BLOB_LIST: &str = "blobs.jsonl";
pub(super) const BLOBS: &str = "blobs";

/// What an archive says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The shape.
    pub(super) format: String,
    /// When the state it holds was.
    pub made_at: String,
    /// The version that made it.
    pub(super) made_by: String,
    /// The last step of the schema.
    pub(super) schema: i64,
    /// A mark made with the secret that seals what is inside.
    pub(super) secret_mark: String,
    /// The highest checkpoint of the public log that was signed there.
    pub(super) checkpoint: Option<String>,
    /// The tables.
    pub(super) tables: Vec<TableFile>,
    /// The last number of each table that numbers its rows.
    pub(super) numbers: BTreeMap<String, i64>,
    /// Photos and documents.
    pub(super) blobs: BlobFiles,
}

/// A table's file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableFile {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    pub(super) rows: u64,
    pub(super) sha256: String,
}

/// The photos' and documents' files.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BlobFiles {
    pub(super) count: u64,
    pub(super) bytes: u64,
    /// Of the list that names them.
    pub(super) sha256: String,
}

/// One photo or document.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BlobFile {
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Manifest {
    /// Reads the manifest of an archive.
    ///
    /// # Errors
    /// When there is none, or it is of another shape.
    pub fn of(archive: &Path) -> Result<Self> {
        let path = archive.join(MANIFEST);
        let bytes = std::fs::read(&path).map_err(in_file(&path))?;
        let manifest: Self = serde_json::from_slice(&bytes).map_err(|error| {
            Error::Refused(format!(
                "{} is no archive's manifest that this version reads: {error}",
                path.display()
            ))
        })?;
        if manifest.format != FORMAT {
            return Err(Error::Refused(format!(
                "the archive is of the shape {}, and this version reads {FORMAT}",
                manifest.format
            )));
        }
        Ok(manifest)
    }

    /// How many rows and how many photos and documents there are.
    pub fn counts(&self) -> (u64, u64) {
        (self.tables.iter().map(|table| table.rows).sum(), self.blobs.count)
    }
}

/// The mark of this service's secret.
pub(super) fn secret_mark(app: &App) -> String {
    hex(&app.vault.mark("archive", b"the secret that seals what is in an archive"))
}

/// The last step of this version's schema.
pub(super) fn schema() -> i64 {
    crate::platform::db::migrations::STEPS.last().map_or(0, |step| step.number)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The digest of a file.
pub(super) fn digest_of(path: &Path) -> Result<String> {
    let mut file = File::open(path).map_err(in_file(path))?;
    let (mut digest, mut room) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut room).map_err(in_file(path))?;
        if read == 0 {
            return Ok(hex(&digest.finalize()));
        }
        digest.update(&room[..read]);
    }
}
