//! How searches grow slower as the directory grows: the same kinds over ten times as many listings, and ten times again; with
//! the memory of a process that answers them, the size of the index, and how long it takes to make one.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::demo::{self, Demos};
use crate::search::{self, Line};
use crate::table::Row;
use crate::{Measured, Options};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The option of the child that builds an index of so many listings in a folder.
pub(crate) const BUILD_ONCE: &str = "--build-once";
/// The option of the child that searches the index in a folder.
pub(crate) const SEARCH_ONCE: &str = "--search-once";
/// What the targets are set for.
const LARGEST: u64 = 1_000_000;
const P50: Duration = Duration::from_millis(15);
const P99: Duration = Duration::from_millis(60);
const RESIDENT_MB: f64 = 1_000.0;
const INDEX_MB: f64 = 800.0;
const REBUILD: Duration = Duration::from_mins(1);

/// Every size, each built and searched by a process of its own.
pub(crate) fn run(options: &Options, demos: &mut Demos) -> Measured {
    let sizes: &[u64] = match (options.quick, options.full) {
        (true, _) => &[1_000, 10_000],
        (_, true) => &[10_000, 100_000, LARGEST],
        _ => &[10_000, 100_000],
    };
    let mut rows = Vec::new();
    for &listings in sizes {
        rows.extend(of_size(listings)?);
    }
    rows.push(from_the_database(options, demos)?);
    Ok(rows)
}

fn of_size(listings: u64) -> Result<Vec<Row>> {
    let dir = tempfile::Builder::new().prefix("stipple-bench-").tempdir()?;
    let built = child(&[BUILD_ONCE, &listings.to_string()], dir.path())?;
    let [seconds, peak] = figures(&built, "built")?;
    let searched = child(&[SEARCH_ONCE], dir.path())?;
    let [resident, anonymous] = figures(&searched, "memory")?;
    let size = f64::from(u32::try_from(search::megabytes(dir.path()))?);
    let aimed = if listings == LARGEST { "" } else { "; the targets are for 1000000" };
    let what = |what: &str| format!("{listings} listings: {what}");
    let mut rows = vec![
        Row::within(&what("index built"), Duration::from_secs_f64(seconds), REBUILD)
            .note(&format!("from documents made meanwhile; {peak:.0} MB at most{aimed}")),
        Row::megabytes(&what("index on disk"), size, INDEX_MB),
        Row::megabytes(&what("resident memory after every kind of search"), resident, RESIDENT_MB)
            .note(&format!("{anonymous:.0} MB of its own, the rest the index's pages")),
    ];
    for line in searched.lines().filter_map(|line| line.strip_prefix("class\t")) {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().ok_or("a line is cut");
        let class = cell()?;
        let mut micros = || -> Result<Duration> { Ok(Duration::from_micros(cell()?.parse()?)) };
        let (p50, p99) = (micros()?, micros()?);
        let found = cell()?;
        rows.push(Row::within(&what(&format!("{class}, p50")), p50, P50).note(&format!("{found} found")));
        rows.push(Row::within(&what(&format!("{class}, p99")), p99, P99));
    }
    Ok(rows)
}

/// `stipple reindex` of listings in the database, as an operator runs it.
fn from_the_database(options: &Options, demos: &mut Demos) -> Result<Row> {
    let listings = match (options.full, options.quick) {
        (true, _) => 100_000,
        (false, false) => 10_000,
        (false, true) => demo::USUAL,
    };
    let dir = demos.of(listings)?;
    let started = Instant::now();
    let ended =
        Command::new(env!("CARGO_BIN_EXE_stipple")).arg("reindex").arg("--data-dir").arg(dir).output()?;
    if !ended.status.success() {
        return Err(String::from_utf8_lossy(&ended.stderr).into_owned().into());
    }
    let took = started.elapsed();
    let rate = f64::from(listings) / took.as_secs_f64();
    Ok(Row::plain(&format!("stipple reindex of {listings} listings"), took)
        .note(&format!("read from SQLite with their certificates, reviews and cases; {rate:.0} /s")))
}

fn child(arguments: &[&str], dir: &Path) -> Result<String> {
    let ended = Command::new(std::env::current_exe()?).args(arguments).arg(dir).output()?;
    if !ended.status.success() {
        return Err(String::from_utf8_lossy(&ended.stderr).into_owned().into());
    }
    Ok(String::from_utf8(ended.stdout)?)
}

/// The figures of a line that a child wrote.
fn figures<const N: usize>(said: &str, name: &str) -> Result<[f64; N]> {
    let line = said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('\t'));
    let figures = line.ok_or("a child said nothing")?.split('\t').map(str::parse);
    let figures: Vec<f64> = figures.collect::<std::result::Result<_, _>>()?;
    <[f64; N]>::try_from(figures).map_err(|_| "a line is cut".into())
}

/// The child that builds.
pub(crate) fn build_once(listings: &str, dir: &Path) -> Result<()> {
    let (_, took) = search::build_of(&Runtime::new()?, dir, search::batches(listings.parse()?));
    say(&format!("built\t{}\t{}", took.as_secs_f64(), demo::memory_of("self", "VmHWM:")?))
}

/// The child that searches.
pub(crate) fn search_once(dir: &Path) -> Result<()> {
    let settings = stipple::search::Settings::practitioners();
    let engine = stipple::search::tantivy::Engine::open(dir, &settings)?;
    for Line { class, p50, p99, found, .. } in search::measure_all(&engine, |_| true) {
        say(&format!("class\t{class}\t{}\t{}\t{found}", p50.as_micros(), p99.as_micros()))?;
    }
    let of = |line| demo::memory_of("self", line);
    say(&format!("memory\t{}\t{}", of("VmRSS:")?, of("RssAnon:")?))
}

fn say(line: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
