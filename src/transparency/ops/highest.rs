//! The highest checkpoint that was ever signed here, in a file outside of the database: a database that was put back
//! from a backup would otherwise sign another history under the same name.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::read::root_of;
use crate::app::App;
use crate::platform::db::Conn;
use crate::platform::problem::Error;
use crate::signing::tlog::note::{Checkpoint, Note};

/// Where it lies in the data directory.
pub const HIGHEST_FILE: &str = "log/highest-checkpoint";

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(HIGHEST_FILE)
}

/// The note in the file; none where there is no file yet.
pub(super) fn read(data_dir: &Path) -> Result<Option<Checkpoint>, Error> {
    let path = path(data_dir);
    let note = match fs::read_to_string(&path) {
        Ok(note) => note,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::internal(error)),
    };
    let read = Note::parse(&note).and_then(|note| Checkpoint::read(&note));
    read.map(Some).map_err(|error| Error::internal(format!("{} cannot be read: {error}", path.display())))
}

/// Writes the note so that it is there after a loss of power: beside the file, synced, and put in its place.
pub(super) fn write(data_dir: &Path, note: &str) -> io::Result<()> {
    let path = path(data_dir);
    let folder = path.parent().unwrap_or(data_dir);
    fs::create_dir_all(folder)?;
    let draft = path.with_extension("draft");
    let mut file = fs::File::create(&draft)?;
    file.write_all(note.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, &path)?;
    fs::File::open(folder)?.sync_all()
}

/// The note of the highest checkpoint that was signed here; none where none was.
///
/// # Errors
/// When the file cannot be read.
pub fn highest_note(app: &App) -> Result<Option<String>, Error> {
    match fs::read_to_string(path(&app.config.data_dir)) {
        Ok(note) => Ok(Some(note)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::internal(error)),
    }
}

/// Keeps a note that was signed elsewhere as the highest, unless a higher one was signed here.
///
/// # Errors
/// When it is no checkpoint, or the file cannot be written.
pub fn keep_highest(app: &App, note: &str) -> Result<(), Error> {
    let given = Note::parse(note).and_then(|note| Checkpoint::read(&note)).map_err(Error::internal)?;
    if read(&app.config.data_dir)?.is_some_and(|known| known.size >= given.size) {
        return Ok(());
    }
    write(&app.config.data_dir, note).map_err(Error::internal)
}

/// Whether the tree in the database continues the highest checkpoint; otherwise why not, for whoever has to act.
pub(super) async fn disagrees(
    conn: &mut Conn,
    origin: &str,
    size: u64,
    highest: Option<&Checkpoint>,
) -> Result<Option<String>, Error> {
    let Some(highest) = highest else { return Ok(None) };
    if highest.origin != origin {
        return Ok(Some(format!(
            "the highest checkpoint in the data directory is of the log {}, and this is {origin}",
            highest.origin
        )));
    }
    if highest.size > size {
        return Ok(Some(format!(
            "a checkpoint of {} entries was signed, and the database has {size}: it was put back from a backup",
            highest.size
        )));
    }
    if root_of(conn, highest.size).await? != highest.root {
        return Ok(Some(format!(
            "the first {} entries are not those a checkpoint was signed of",
            highest.size
        )));
    }
    Ok(None)
}
