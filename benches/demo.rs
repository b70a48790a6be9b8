//! Data directories to measure on, filled by `stipple demo`, and processes started on them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use stipple::app::App;
use stipple::config::http::Http;
use stipple::config::{Config, Secret};
use tempfile::TempDir;

use crate::client::Connection;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const BINARY: &str = env!("CARGO_BIN_EXE_stipple");

/// The demo's own size.
pub(crate) const USUAL: u32 = 500;

/// The directories made so far, by their number of practitioners.
#[derive(Default)]
pub(crate) struct Demos(BTreeMap<u32, TempDir>);

impl Demos {
    /// The directory of a demo with so many practitioners; made at first use.
    pub(crate) fn of(&mut self, practitioners: u32) -> Result<&Path> {
        let made = match self.0.entry(practitioners) {
            Entry::Occupied(made) => made.into_mut(),
            Entry::Vacant(place) => {
                let dir = tempfile::Builder::new().prefix("stipple-bench-").tempdir()?;
                let filled = Command::new(BINARY)
                    .args(["demo", "--fill-only", "--listen", "127.0.0.1:0"])
                    .args(["--practitioners", &practitioners.to_string()])
                    .arg("--data-dir")
                    .arg(dir.path())
                    .stdout(Stdio::null())
                    .output()?;
                if !filled.status.success() {
                    return Err(String::from_utf8_lossy(&filled.stderr).into_owned().into());
                }
                place.insert(dir)
            }
        };
        Ok(made.path())
    }
}

/// The application in this process on a data directory, without quotas and without background work.
pub(crate) async fn open(dir: &Path) -> Result<App> {
    let mut config = Config::for_tests(dir);
    config.http = Http::for_tests();
    // The data directory has its own, under which the log's key lies sealed.
    config.secret = Secret::default();
    stipple::cli::open(config, stipple::cli::Purpose::Serve { moved: true }).await
}

/// A `stipple serve` of its own; stopped when dropped.
pub(crate) struct Served {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// From its start to its first word that it is ready.
    pub(crate) ready_after: Duration,
}

impl Served {
    /// Starts it and waits until it is ready.
    pub(crate) fn start(dir: &Path) -> Result<Self> {
        Self::by(Command::new(BINARY), dir)
    }

    /// The same on one core alone, whatever the machine has.
    pub(crate) fn start_on_one_core(dir: &Path) -> Result<Self> {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", "0", BINARY]);
        Self::by(command, dir)
    }

    fn by(mut command: Command, dir: &Path) -> Result<Self> {
        // Free a moment ago; nobody else here takes ports.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let started = Instant::now();
        let child = command
            .args(["serve", "--moved", "--listen", &address.to_string(), "--data-dir"])
            .arg(dir)
            .env("STIPPLE_PUBLIC_URL", "http://127.0.0.1:8080")
            .env("STIPPLE_HTTP_VERIFICATIONS_PER_MINUTE", "0")
            .env("STIPPLE_HTTP_READS_PER_MINUTE", "0")
            .env("STIPPLE_HTTP_WRITES_PER_MINUTE", "0")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut served = Self { child, address, ready_after: Duration::ZERO };
        served.wait_for("/readyz")?;
        served.ready_after = started.elapsed();
        Ok(served)
    }

    /// Waits until it answers this with 200.
    pub(crate) fn wait_for(&mut self, path: &str) -> Result<()> {
        let begun = Instant::now();
        loop {
            let answered = Connection::open(self.address).and_then(|mut to| to.get(path).map(|_| ()));
            match answered {
                Ok(()) => return Ok(()),
                Err(error) if begun.elapsed() > Duration::from_secs(60) => {
                    return Err(format!("{path}: {error}").into());
                }
                Err(_) => {}
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("stipple serve ended with {status}").into());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Its resident memory, in megabytes of 10^6 bytes.
    pub(crate) fn resident(&self) -> Result<f64> {
        memory_of(&self.child.id().to_string(), "VmRSS:")
    }
}

/// A line about memory in `/proc/<process>/status`, in megabytes of 10^6 bytes.
pub(crate) fn memory_of(process: &str, line: &str) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let rest = status.lines().find_map(|text| text.strip_prefix(line));
    let kibibytes =
        rest.and_then(|rest| rest.trim().strip_suffix("kB")).ok_or_else(|| format!("no {line}"))?;
    Ok(kibibytes.trim().parse::<f64>()? * 1024.0 / 1e6)
}

impl Drop for Served {
    /// Asks it to end, so that the next start finds what an orderly end leaves.
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}
