//! The log: structured lines on standard error, written by a thread of their own so that a slow
//! terminal or pipe never holds a request up.
//!
//! A failure is logged once, where it is handled. Never logged: bodies, tokens, query texts.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::log::{Log, LogFormat};
use crate::platform::metrics::Counter;

/// Bytes that may wait to be written; a line beyond that is dropped and counted.
const WAITING_BYTES: usize = 4 * 1024 * 1024;
/// How long lines are gathered before they are written: waking the thread for each would cost a
/// request more than the line itself.
const GATHER: Duration = Duration::from_millis(5);

/// Keeps the log going; dropped at the end of `main`, it writes what still waits.
#[derive(Debug)]
pub struct LogGuard {
    waiting: Arc<Waiting>,
    thread: Option<JoinHandle<()>>,
}

/// Lines on their way from those who log to the thread that writes.
#[derive(Debug, Default)]
struct Waiting {
    lines: Mutex<Lines>,
    some: Condvar,
}

#[derive(Debug, Default)]
struct Lines {
    bytes: Vec<u8>,
    /// Whether the thread sleeps until it is told that there is something.
    idle: bool,
    end: bool,
}

impl Waiting {
    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why the log cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The level is no level and no list of directives.
    #[error("log.level: {0}")]
    Level(String),
    /// A subscriber is set already.
    #[error("the log is set up twice")]
    Twice,
    /// The writing thread does not start.
    #[error("the log's thread does not start: {0}")]
    Thread(#[from] io::Error),
}

/// Sets the log up for the whole process. Lines that had to be dropped are counted in `dropped`.
///
/// # Errors
/// [`LogError`].
pub fn init(settings: &Log, dropped: Counter) -> Result<LogGuard, LogError> {
    let filter =
        EnvFilter::builder().parse(&settings.level).map_err(|error| LogError::Level(error.to_string()))?;
    let waiting = Arc::<Waiting>::default();
    let written = Arc::clone(&waiting);
    let thread = std::thread::Builder::new().name("log".to_owned()).spawn(move || write_all(&written))?;
    let guard = LogGuard { waiting: Arc::clone(&waiting), thread: Some(thread) };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(Writer { waiting, dropped });
    let terminal = io::stderr().is_terminal();
    let json = match settings.format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !terminal,
    };
    let set = if json {
        builder.json().flatten_event(true).with_current_span(false).try_init()
    } else {
        builder.with_ansi(terminal).try_init()
    };
    set.map_err(|_| LogError::Twice)?;
    Ok(guard)
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        self.waiting.lock().end = true;
        self.waiting.some.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Writes what waits, many lines at once when there are many.
fn write_all(waiting: &Waiting) {
    let mut out = io::stderr();
    let mut batch = Vec::new();
    loop {
        let mut lines = waiting.lock();
        while lines.bytes.is_empty() && !lines.end {
            lines.idle = true;
            lines = waiting.some.wait(lines).unwrap_or_else(PoisonError::into_inner);
        }
        lines.idle = false;
        let end = lines.end;
        if !end {
            drop(lines);
            std::thread::sleep(GATHER);
            lines = waiting.lock();
        }
        std::mem::swap(&mut lines.bytes, &mut batch);
        drop(lines);
        let _ = out.write_all(&batch);
        batch.clear();
        if end {
            return;
        }
    }
}

#[derive(Clone)]
struct Writer {
    waiting: Arc<Waiting>,
    dropped: Counter,
}

impl<'a> MakeWriter<'a> for Writer {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> &'a Self {
        self
    }
}

impl Write for &Writer {
    /// Takes one whole line: the formatter writes each event in one piece.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut lines = self.waiting.lock();
        if lines.bytes.len() + line.len() > WAITING_BYTES {
            self.dropped.add_one();
            return Ok(line.len());
        }
        lines.bytes.extend_from_slice(line);
        if std::mem::take(&mut lines.idle) {
            self.waiting.some.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
