//! What was signed and sent so far, one JSON object a line, only ever added to. A line that a crash cut off is the last
//! one, and counts as not written.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::students::Student;
use crate::cli::Failure;
use crate::config::limits;
use crate::signing::digest::Digest;

/// What became of a row so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It is signed; its line begins at this byte of the file.
    Signed(u64),
    /// The directory has it.
    Done,
}

/// The file, open.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    rows: HashMap<Digest, State>,
    end: u64,
    new: bool,
}

impl Journal {
    /// Opens it, and sees that it belongs to this academy and course. `look` leaves the disk as it is.
    pub(super) fn open(path: &Path, issuer: &str, course: &str, look: bool) -> Result<Self, Failure> {
        let shown = path.display().to_string();
        let failed = |error: std::io::Error| Failure::from(format!("{shown}: {error}"));
        let file = if look && !path.exists() {
            tempfile()
        } else {
            OpenOptions::new().read(true).append(true).create(true).open(path)
        };
        let file = file.map_err(failed)?;
        // Two runs at once would both sign what neither has sent.
        file.try_lock().map_err(|_| format!("{shown}: another run is using it"))?;
        let mut journal = Self { file, rows: HashMap::new(), end: 0, new: false };
        let head = json!({"issuer": issuer, "course": course});
        journal.replay(&head).map_err(|error| Failure::from(format!("{shown}: {error}")))?;
        if journal.end == 0 {
            journal.new = true;
            journal.append(&head).map_err(failed)?;
            journal.sync()?;
        }
        Ok(journal)
    }

    fn replay(&mut self, head: &Value) -> Result<(), Failure> {
        self.file.seek(SeekFrom::Start(0))?;
        let longest = limits::CERTIFICATE_BYTES as u64 * 2;
        let mut reader = BufReader::new(&self.file);
        let mut line = Vec::new();
        let (mut end, mut rows) = (0, HashMap::new());
        loop {
            line.clear();
            let read = reader.by_ref().take(longest).read_until(b'\n', &mut line)? as u64;
            if read == 0 || line.last() != Some(&b'\n') {
                break;
            }
            let value: Value =
                serde_json::from_slice(&line).map_err(|error| format!("at byte {end}: {error}"))?;
            if end == 0 {
                if value != *head {
                    return Err("it is of another academy or course; name another with --journal".into());
                }
            } else {
                let row = value["row"].as_str().and_then(Digest::from_hex).ok_or("a line without its row")?;
                let state = if value["number"].is_string() { State::Done } else { State::Signed(end) };
                rows.insert(row, state);
            }
            end += read;
        }
        // What a crash cut off is taken away, so that the next line begins at the beginning of one.
        if self.file.metadata()?.len() > end {
            self.file.set_len(end)?;
        }
        (self.end, self.rows) = (end, rows);
        Ok(())
    }

    /// Whether nothing was in it.
    pub(super) fn is_new(&self) -> bool {
        self.new
    }

    pub(super) fn state(&self, row: &Digest) -> Option<State> {
        self.rows.get(row).copied()
    }

    pub(super) fn is_done(&self, row: &Digest) -> bool {
        self.state(row) == Some(State::Done)
    }

    /// The certificate that was signed for a row, byte for byte.
    pub(super) fn read(&self, at: u64) -> Result<Vec<u8>, Failure> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(at))?;
        let mut line = Vec::new();
        BufReader::new(file).take(limits::CERTIFICATE_BYTES as u64 * 2).read_until(b'\n', &mut line)?;
        let value: Value = serde_json::from_slice(&line)?;
        let text = value["certificate"].as_str().ok_or("a line without its certificate")?;
        Ok(text.as_bytes().to_vec())
    }

    /// Writes down what was signed, and waits until it is on disk.
    pub(super) fn keep(&mut self, signed: &[(&Student, Vec<u8>)]) -> Result<(), Failure> {
        for (student, bytes) in signed {
            if self.state(&student.row).is_none() {
                let at = self.end;
                let text = std::str::from_utf8(bytes)?;
                self.append(
                    &json!({"row": student.row.to_string(), "line": student.line, "certificate": text}),
                )?;
                self.rows.insert(student.row, State::Signed(at));
            }
        }
        self.sync()
    }

    /// Writes down that the directory has it.
    pub(super) fn done(&mut self, row: &Digest, number: &str) -> Result<(), Failure> {
        self.append(&json!({"row": row.to_string(), "number": number}))?;
        self.rows.insert(*row, State::Done);
        Ok(())
    }

    pub(super) fn sync(&mut self) -> Result<(), Failure> {
        self.file.sync_data()?;
        Ok(())
    }

    fn append(&mut self, value: &Value) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.end += line.len() as u64;
        Ok(())
    }
}

/// A file that nobody sees, for looking only.
fn tempfile() -> std::io::Result<File> {
    let path = std::env::temp_dir().join(format!("stipple-preview-{}", std::process::id()));
    let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}
