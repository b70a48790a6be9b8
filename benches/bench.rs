//! Measurements: the figures of ours beside their floors, as ratios of one run.
//!
//! `make bench`, or `cargo bench --bench bench -- [--quick | --full] [--only SECTION] [--sharp FOLDER]`. A floor is measured
//! in the same run, in turns with ours, so that a busy machine slows both. What a run did not measure,
//! it says so.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a measurement is printed")]

mod batch;
mod client;
mod demo;
#[path = "../tests/it/browser/driver.rs"]
#[expect(dead_code, reason = "the tests do more with a browser")]
mod driver;
mod found;
mod growth;
mod histories;
mod listing;
mod log;
mod mixed;
mod pages;
mod peer;
mod peers;
mod pictures;
mod process;
mod search;
mod support;
mod table;
mod verdicts;
mod verify;
mod writes;

use std::process::ExitCode;

use demo::Demos;
use table::Row;

/// The allocator that the service runs with, for the floors too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How much is measured.
pub(crate) struct Options {
    /// Fewer rounds over fewer listings: to see that everything works.
    pub(crate) quick: bool,
    /// With what takes long: a data directory of 100,000 listings, and every kind of search.
    pub(crate) full: bool,
    /// A folder where `npm install sharp` was run, to compare renditions with.
    pub(crate) sharp: Option<String>,
    /// Only the sections whose names contain this.
    only: String,
}

/// What a section answers.
pub(crate) type Measured = Result<Vec<Row>, Box<dyn std::error::Error + Send + Sync>>;

/// A section: its name, and what measures it.
type Section = (&'static str, fn(&Options, &mut Demos) -> Measured);

/// The sections, in the order of the table.
const SECTIONS: [Section; 15] = [
    ("verify", verify::run),
    ("verdicts", verdicts::run),
    ("log", log::run),
    ("batch", batch::run),
    ("listing", listing::run),
    ("search", found::run),
    ("meilisearch", peer::run),
    ("growth", growth::run),
    ("mixed", mixed::run),
    ("writes", writes::run),
    ("pages", pages::run),
    ("pictures", pictures::run),
    ("cases", histories::cases),
    ("reviews", histories::reviews),
    ("process", process::run),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some(ended) = as_child(&words) {
        return ended.map_or_else(
            |error| {
                eprintln!("{error}");
                ExitCode::FAILURE
            },
            |()| ExitCode::SUCCESS,
        );
    }
    let options = match options(words.into_iter()) {
        Ok(options) => options,
        Err(problem) => {
            eprintln!("{problem}\nusage: bench [--quick | --full] [--only SECTION] [--sharp FOLDER]");
            return ExitCode::from(2);
        }
    };
    let mut demos = Demos::default();
    let mut rows = Vec::new();
    for (name, measure) in SECTIONS {
        if !name.contains(&options.only) {
            continue;
        }
        eprintln!("{name} …");
        match measure(&options, &mut demos) {
            Ok(measured) => rows.extend(measured),
            Err(error) => rows.push(Row::not_measured(name, &error.to_string())),
        }
    }
    table::print(&rows);
    if cfg!(debug_assertions) {
        println!("\nThis is an unoptimised build: its figures say nothing.");
    }
    ExitCode::SUCCESS
}

/// What this process does for another run of itself, whose memory is measured apart.
fn as_child(words: &[String]) -> Option<Result<(), Box<dyn std::error::Error + Send + Sync>>> {
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [pictures::RENDER_ONCE, file] => {
            pictures::render_once(file);
            Some(Ok(()))
        }
        [growth::BUILD_ONCE, listings, dir] => Some(growth::build_once(listings, dir.as_ref())),
        [growth::SEARCH_ONCE, dir] => Some(growth::search_once(dir.as_ref())),
        _ => None,
    }
}

fn options(mut words: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options { quick: false, full: false, sharp: None, only: String::new() };
    while let Some(word) = words.next() {
        match word.as_str() {
            // What cargo says to every measurement.
            "--bench" => {}
            "--quick" => options.quick = true,
            "--full" => options.full = true,
            "--sharp" => options.sharp = Some(words.next().ok_or("--sharp names a folder")?),
            "--only" => options.only = words.next().ok_or("--only names a section")?,
            other => return Err(format!("`{other}` is not an option")),
        }
    }
    if !SECTIONS.iter().any(|(name, _)| name.contains(&options.only)) {
        let names = SECTIONS.map(|(name, _)| name).join(", ");
        return Err(format!("there is no section `{}`; there are {names}", options.only));
    }
    Ok(options)
}
