//! Taking an archive in.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Component, Path};

use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use super::error::{Error, Result, Step, in_file};
use super::manifest::{
    BLOB_LIST, BLOBS, BlobFile, Manifest, TABLES, TableFile, digest_of, hex, schema, secret_mark,
};
use crate::app::App;
use crate::platform::db::{Table, Tx};
use crate::transparency;

/// Rows that go into a table at once, and about how many bytes at most.
const ROWS: usize = 500;
const ROW_BYTES: usize = 1 << 20;
/// The longest list entry or row that is read.
const LONGEST_LINE: usize = 64 << 20;
/// Tables that are not empty in a new database.
const NEVER_EMPTY: [&str; 2] = ["log_state", "meta"];

/// What was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Rows.
    pub rows: u64,
    /// Photos and documents.
    pub blobs: u64,
}

/// Takes an archive into an empty database and an empty store. With `frozen`, the public log signs nothing afterwards
/// until `stipple log recover` has put it right: for archives that may be older than the log is.
///
/// # Errors
/// [`Error`]; nothing is in the database then, only perhaps photos in the store, which a second try replaces.
pub async fn take_in(
    app: &App,
    archive: &Path,
    frozen: Option<&str>,
    mut step: impl FnMut(Step) + Send,
) -> Result<Taken> {
    let manifest = Manifest::of(archive)?;
    check_fits(app, &manifest)?;
    check_digests(archive, &manifest)?;
    let blobs = blob_list(archive)?;
    check_blobs(archive, &blobs, &manifest)?;
    for (at, blob) in (1..).zip(&blobs) {
        let path = archive.join(BLOBS).join(&blob.path);
        let bytes = fs::read(&path).map_err(in_file(&path))?;
        app.blobs.put(&blob.path, bytes.into()).await?;
        step(Step::Blobs { done: at, of: manifest.blobs.count });
    }
    let mut tx = app.db.write().await?;
    tx.take_time().await?;
    let tables = tx.tables().await?;
    check_schema(&mut tx, &tables, &manifest).await?;
    let aside = tx.make_room(&tables).await?;
    let mut rows = 0;
    for (table, file) in tables.iter().zip(&manifest.tables) {
        rows += load(&mut tx, archive, table, file).await?;
        step(Step::Table { name: file.name.clone(), rows: file.rows });
    }
    tx.settle(aside, &manifest.numbers).await?;
    if let Some(why) = frozen {
        transparency::freeze(&mut tx, why).await?;
    }
    // Before the commit: a database that is there without it could sign another history.
    if let Some(note) = &manifest.checkpoint {
        transparency::keep_highest(app, note).map_err(|error| Error::Refused(error.detail().to_owned()))?;
    }
    tx.commit().await?;
    // Whatever index is there is of other data.
    let index = app.config.data_dir.join("search");
    if index.exists() {
        fs::remove_dir_all(&index).map_err(in_file(&index))?;
    }
    Ok(Taken { rows, blobs: manifest.blobs.count })
}

fn check_fits(app: &App, manifest: &Manifest) -> Result<()> {
    if manifest.schema != schema() {
        return Err(Error::Refused(format!(
            "the archive has schema {} (made by version {}), and this version has {}: take it in with the version that \
             made it, then upgrade",
            manifest.schema,
            manifest.made_by,
            schema()
        )));
    }
    if !bool::from(manifest.secret_mark.as_bytes().ct_eq(secret_mark(app).as_bytes())) {
        return Err(Error::Refused(
            "the archive was sealed with another secret: set STIPPLE_SECRET to the one of the service it was made from \
             (in its data directory it is the file `secret`)"
                .to_owned(),
        ));
    }
    Ok(())
}

fn check_digests(archive: &Path, manifest: &Manifest) -> Result<()> {
    let damaged =
        |what: &str| Error::Refused(format!("the archive is damaged: {what} is not what the manifest says"));
    for table in &manifest.tables {
        let name = format!("{}.jsonl.gz", table.name);
        if digest_of(&archive.join(TABLES).join(&name))? != table.sha256 {
            return Err(damaged(&name));
        }
    }
    if digest_of(&archive.join(BLOB_LIST))? != manifest.blobs.sha256 {
        return Err(damaged(BLOB_LIST));
    }
    Ok(())
}

fn blob_list(archive: &Path) -> Result<Vec<BlobFile>> {
    let path = archive.join(BLOB_LIST);
    let file = BufReader::new(File::open(&path).map_err(in_file(&path))?);
    let mut blobs = Vec::new();
    for line in file.lines() {
        let line = line.map_err(in_file(&path))?;
        let blob: BlobFile = serde_json::from_str(&line).map_err(|error| {
            Error::Refused(format!("{} has a line that is none: {error}", path.display()))
        })?;
        // A list that somebody else wrote must not lead out of the archive, or out of the store.
        let inside = Path::new(&blob.path).components().all(|part| matches!(part, Component::Normal(_)));
        if !inside {
            return Err(Error::Refused(format!("`{}` is no path of a photo", blob.path)));
        }
        blobs.push(blob);
    }
    Ok(blobs)
}

fn check_blobs(archive: &Path, blobs: &[BlobFile], manifest: &Manifest) -> Result<()> {
    for blob in blobs {
        let path = archive.join(BLOBS).join(&blob.path);
        let bytes = fs::read(&path).map_err(in_file(&path))?;
        if hex(&Sha256::digest(&bytes)) != blob.sha256 {
            return Err(Error::Refused(format!("the archive is damaged: {} is another file", blob.path)));
        }
    }
    if blobs.len() as u64 != manifest.blobs.count {
        return Err(Error::Refused("the archive is damaged: photos are missing from its list".to_owned()));
    }
    Ok(())
}

/// Whether the tables are the archive's, and empty.
async fn check_schema(tx: &mut Tx, tables: &[Table], manifest: &Manifest) -> Result<()> {
    let here = tables.iter().map(|table| (table.name.as_str(), table.columns().collect::<Vec<_>>()));
    let there = manifest
        .tables
        .iter()
        .map(|file| (file.name.as_str(), file.columns.iter().map(String::as_str).collect::<Vec<_>>()));
    if !here.eq(there) {
        return Err(Error::Refused(
            "the archive's tables are not this version's, although its schema is".to_owned(),
        ));
    }
    for table in tables.iter().filter(|table| !NEVER_EMPTY.contains(&table.name.as_str())) {
        if tx.has_rows(table).await? {
            return Err(Error::Refused(format!(
                "the database is not empty (`{}` has rows): an archive is only taken into a new one",
                table.name
            )));
        }
    }
    Ok(())
}

async fn load(tx: &mut Tx, archive: &Path, table: &Table, file: &TableFile) -> Result<u64> {
    let path = archive.join(TABLES).join(format!("{}.jsonl.gz", file.name));
    let mut lines = BufReader::new(GzDecoder::new(File::open(&path).map_err(in_file(&path))?));
    let (mut batch, mut bytes, mut rows) = (Vec::new(), 0, 0);
    loop {
        let mut line = String::new();
        let read = std::io::Read::take(&mut lines, LONGEST_LINE as u64).read_line(&mut line);
        let ended = read.map_err(in_file(&path))? == 0;
        if !ended {
            line.truncate(line.trim_end_matches('\n').len());
            bytes += line.len();
            batch.push(line);
        }
        if batch.len() >= ROWS || bytes >= ROW_BYTES || (ended && !batch.is_empty()) {
            tx.load(table, &batch).await?;
            rows += batch.len() as u64;
            batch.clear();
            bytes = 0;
        }
        if ended {
            break;
        }
    }
    if rows != file.rows {
        return Err(Error::Refused(format!(
            "{} has {rows} rows, and the manifest says {}",
            path.display(),
            file.rows
        )));
    }
    Ok(rows)
}
