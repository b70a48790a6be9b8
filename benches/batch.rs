//! A batch: certificates signed with both proofs by the command, sent, verified and stored by a service of its own.

use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::Connection;
use crate::demo::{self, Demos, Served};
use crate::table::Row;
use crate::{Measured, Options};

/// The time that 10,000 may take.
const ALLOWED: Duration = Duration::from_secs(30);

/// Issues a batch from a CSV file.
pub(crate) fn run(options: &Options, demos: &mut Demos) -> Measured {
    let count: u32 = if options.quick { 500 } else { 10_000 };
    let dir = demos.of(demo::USUAL)?.to_owned();
    let demo: Value = serde_json::from_slice(&std::fs::read(dir.join("demo.json"))?)?;
    let slug = demo["academy"].as_str().ok_or("no academy in demo.json")?;
    let served = Served::start(&dir)?;
    let path = format!("/v1/academies/{slug}/courses?limit=1");
    let courses: Value = serde_json::from_slice(Connection::open(served.address)?.get(&path)?)?;
    let course = courses["items"][0]["current"]["url"].as_str().ok_or("no course")?;
    let mut csv = "name,awarded\n".to_owned();
    for nth in 0..count {
        let _ = writeln!(csv, "Student {nth} of the Class,2026-03-01");
    }
    let work = tempfile::tempdir()?;
    std::fs::write(work.path().join("students.csv"), csv)?;
    let before = served.resident()?;
    let begun = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_stipple"))
        .args(["certificate", "issue", "--csv", "students.csv", "--course", course, "--yes", "--directory"])
        .arg(format!("http://{}", served.address))
        .arg("--key")
        .arg(dir.join(format!("demo/academies/{slug}.key.json")))
        .env("STIPPLE_TOKEN", demo["tokens"]["academy"].as_str().ok_or("no token")?)
        .current_dir(work.path())
        .output()?;
    let took = begun.elapsed();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let scaled = took.mul_f64(10_000.0 / f64::from(count));
    let grown = served.resident()? - before;
    let row = Row::within("10,000 certificates signed, sent and stored", scaled, ALLOWED);
    Ok(vec![
        row.note(&format!("{count} in {took:.1?}, both proofs, SQLite; the service grew by {grown:.0} MB")),
    ])
}
