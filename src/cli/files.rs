//! Files that commands read and write, and text that is safe to show on a terminal.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal as _, Read, Write as _};
use std::path::Path;

use super::Failure;

/// Reads a whole file, or standard input where the path is `-`, of at most `limit` bytes.
pub(super) fn read(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let take = |source: &mut dyn Read, bytes: &mut Vec<u8>| source.take(limit as u64 + 1).read_to_end(bytes);
    let result = if path == Path::new("-") {
        take(&mut io::stdin().lock(), &mut bytes)
    } else {
        File::open(path).and_then(|mut file| take(&mut file, &mut bytes))
    };
    let shown = path.display();
    result.map_err(|error| format!("{shown} cannot be read: {error}"))?;
    if bytes.len() > limit {
        return Err(format!("{shown} is larger than {limit} bytes, the most that is read here").into());
    }
    Ok(bytes)
}

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readers {
    /// Whoever the system lets.
    Everybody,
    /// Its owner alone: mode 0600.
    Owner,
}

/// Writes a new file and waits until it is on disk. A file that is there already is never touched.
pub(super) fn write_new(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let written = options.open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            format!("{} is there already and is not overwritten; choose another name", path.display()).into()
        }
        _ => Failure::from(format!("{} cannot be written: {error}", path.display())),
    })
}

/// Asks a yes or no question on the terminal. An error where there is nobody to ask.
pub(super) fn confirm(question: &str) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err("there is nobody to ask here: look at it on a terminal, or say --yes".into());
    }
    let mut terminal = io::stderr().lock();
    write!(terminal, "{question} [y/N] ")?;
    terminal.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Text from outside, made safe to show: control characters and changes of writing direction,
/// which could move the cursor or hide words, are written out.
pub(super) fn plain(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if hidden(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}
