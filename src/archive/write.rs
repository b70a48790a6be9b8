//! Writing an archive beside a service that runs.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::error::{Error, Result, Step, in_file};
use super::manifest::{
    BLOB_LIST, BLOBS, BlobFile, BlobFiles, FORMAT, MANIFEST, Manifest, TABLES, TableFile, hex, schema,
    secret_mark,
};
use crate::app::App;
use crate::platform::blobs;
use crate::platform::db::{self, Conn, Table};
use crate::transparency;

/// Writes an archive into a folder that is not there yet.
///
/// # Errors
/// [`Error`]; then there is no archive, only perhaps the beginning of one under the name with `.partial`.
pub async fn write(app: &App, archive: &Path, mut step: impl FnMut(Step) + Send) -> Result<Manifest> {
    if archive.exists() {
        return Err(Error::Refused(format!(
            "{} is there already; an archive needs a name of its own",
            archive.display()
        )));
    }
    let partial = archive.with_extension("partial");
    if partial.exists() {
        fs::remove_dir_all(&partial).map_err(in_file(&partial))?;
    }
    let tables = partial.join(TABLES);
    fs::create_dir_all(&tables).map_err(in_file(&tables))?;
    let made_at = app.clock.now().to_string();
    // Before the tables: a checkpoint that is signed while they are read may be of entries they do not have.
    let checkpoint =
        transparency::highest_note(app).map_err(|error| Error::Refused(error.detail().to_owned()))?;
    let mut conn = app.db.snapshot().await?;
    conn.take_time().await?;
    let numbers = conn.numbers().await?;
    let mut files = Vec::new();
    for table in conn.tables().await? {
        let file = write_table(&mut conn, &table, &tables).await?;
        step(Step::Table { name: file.name.clone(), rows: file.rows });
        files.push(file);
    }
    drop(conn);
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        made_at,
        made_by: env!("CARGO_PKG_VERSION").to_owned(),
        schema: schema(),
        secret_mark: secret_mark(app),
        checkpoint,
        tables: files,
        numbers,
        blobs: write_blobs(app, &partial, &mut step).await?,
    };
    let path = partial.join(MANIFEST);
    let mut text =
        serde_json::to_string_pretty(&manifest).map_err(|error| Error::Refused(error.to_string()))?;
    text.push('\n');
    let mut file = File::create(&path).map_err(in_file(&path))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(in_file(&path))?;
    fs::rename(&partial, archive).map_err(in_file(archive))?;
    Ok(manifest)
}

/// What ends a dump.
enum Ended {
    Database(db::Error),
    File(io::Error),
}

impl From<db::Error> for Ended {
    fn from(error: db::Error) -> Self {
        Self::Database(error)
    }
}

async fn write_table(conn: &mut Conn, table: &Table, folder: &Path) -> Result<TableFile> {
    let path = folder.join(format!("{}.jsonl.gz", table.name));
    let file = Digesting { inner: File::create(&path).map_err(in_file(&path))?, digest: Sha256::new() };
    let mut gz = GzEncoder::new(BufWriter::new(file), Compression::fast());
    let dumped = conn.dump(table, |line: &str| {
        gz.write_all(line.as_bytes()).and_then(|()| gz.write_all(b"\n")).map_err(Ended::File)
    });
    let rows = dumped.await.map_err(|ended| match ended {
        Ended::Database(error) => Error::Database(error),
        Ended::File(source) => Error::File { path: path.clone(), source },
    })?;
    let finish = || -> io::Result<String> {
        let file = gz.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.inner.sync_all()?;
        Ok(hex(&file.digest.finalize()))
    };
    let sha256 = finish().map_err(in_file(&path))?;
    let columns = table.columns().map(str::to_owned).collect();
    Ok(TableFile { name: table.name.clone(), columns, rows, sha256 })
}

async fn write_blobs(app: &App, archive: &Path, step: &mut (impl FnMut(Step) + Send)) -> Result<BlobFiles> {
    let folder = archive.join(BLOBS);
    let list_path = archive.join(BLOB_LIST);
    let mut list = BufWriter::new(File::create(&list_path).map_err(in_file(&list_path))?);
    let paths = app.blobs.list().await?;
    let (of, mut files) = (paths.len() as u64, BlobFiles::default());
    for (at, path) in (1..).zip(paths) {
        let bytes = match app.blobs.get(&path).await {
            Ok(bytes) => bytes,
            // Erased since the list was made.
            Err(blobs::Error::NotFound) => continue,
            Err(error) => return Err(error.into()),
        };
        let to = folder.join(&path);
        let parent = to.parent().unwrap_or(&folder);
        fs::create_dir_all(parent).map_err(in_file(parent))?;
        fs::write(&to, &bytes).map_err(in_file(&to))?;
        let entry = BlobFile { path, bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(&bytes)) };
        let line = serde_json::to_string(&entry).map_err(|error| Error::Refused(error.to_string()))?;
        writeln!(list, "{line}").map_err(in_file(&list_path))?;
        files.count += 1;
        files.bytes += entry.bytes;
        step(Step::Blobs { done: at, of });
    }
    let list = list
        .into_inner()
        .map_err(|error| Error::File { path: list_path.clone(), source: error.into_error() })?;
    list.sync_all().map_err(in_file(&list_path))?;
    files.sha256 = super::manifest::digest_of(&list_path)?;
    Ok(files)
}

/// A file whose digest is made while it is written.
struct Digesting {
    inner: File,
    digest: Sha256,
}

impl Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
