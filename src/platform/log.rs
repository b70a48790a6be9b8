//! The log: structured lines on standard error, written by a thread of their own so that a slow
//! terminal or pipe never holds a request up.
//!
//! A failure is logged once, where it is handled. Never logged: bodies, tokens, query texts.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread::JoinHandle;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::log::{Log, LogFormat};
use crate::platform::metrics::Counter;

/// Lines that may wait to be written; beyond that they are dropped and counted.
const WAITING_LINES: usize = 8192;
/// Bytes gathered before one write.
const WRITE_BYTES: usize = 64 * 1024;

/// Keeps the log going; dropped at the end of `main`, it writes what still waits.
#[derive(Debug)]
pub struct LogGuard {
    lines: Option<SyncSender<Message>>,
    thread: Option<JoinHandle<()>>,
}

enum Message {
    Line(Vec<u8>),
    End,
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
    let (lines, waiting) = mpsc::sync_channel(WAITING_LINES);
    let thread = std::thread::Builder::new().name("log".to_owned()).spawn(move || write_all(&waiting))?;
    let guard = LogGuard { lines: Some(lines.clone()), thread: Some(thread) };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(Lines { lines, dropped });
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
        if let Some(lines) = self.lines.take() {
            let _ = lines.send(Message::End);
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Writes what waits, many lines at once when there are many.
fn write_all(waiting: &Receiver<Message>) {
    let mut out = io::stderr();
    let mut batch = Vec::with_capacity(WRITE_BYTES);
    while let Ok(mut message) = waiting.recv() {
        let mut end = false;
        loop {
            match message {
                Message::Line(line) => batch.extend_from_slice(&line),
                Message::End => end = true,
            }
            match waiting.try_recv() {
                Ok(next) if batch.len() < WRITE_BYTES => message = next,
                Ok(Message::Line(line)) => {
                    batch.extend_from_slice(&line);
                    break;
                }
                Ok(Message::End) => {
                    end = true;
                    break;
                }
                Err(_) => break,
            }
        }
        let _ = out.write_all(&batch);
        batch.clear();
        if end {
            return;
        }
    }
}

#[derive(Clone)]
struct Lines {
    lines: SyncSender<Message>,
    dropped: Counter,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> &'a Self {
        self
    }
}

impl Write for &Lines {
    /// Takes one whole line: the formatter writes each event in one piece.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match self.lines.try_send(Message::Line(line.to_vec())) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => self.dropped.add_one(),
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
