//! A `stipple serve` as people run it: what it keeps in memory while nobody asks, how soon it is ready.

use std::time::Duration;

use crate::demo::{self, Demos, Served};
use crate::table::{Row, percentile};
use crate::{Measured, Options};

const MEGABYTES: f64 = 80.0;
const START: Duration = Duration::from_millis(500);

/// Both.
pub(crate) fn run(options: &Options, demos: &mut Demos) -> Measured {
    Ok(vec![memory(demos)?, start(options, demos)?])
}

fn memory(demos: &mut Demos) -> Result<Row, Box<dyn std::error::Error + Send + Sync>> {
    let mut served = Served::start(demos.of(demo::USUAL)?)?;
    // Ready for searches too, and then idle.
    served.wait_for("/v1/practitioners?q=hairline")?;
    std::thread::sleep(Duration::from_secs(3));
    let row = Row::megabytes("resident memory, idle", served.resident()?, MEGABYTES);
    Ok(row.note(&format!("stipple serve on {} listings, after one search", demo::USUAL)))
}

fn start(options: &Options, demos: &mut Demos) -> Result<Row, Box<dyn std::error::Error + Send + Sync>> {
    let listings = match (options.full, options.quick) {
        (true, _) => 100_000,
        (false, false) => 5_000,
        (false, true) => demo::USUAL,
    };
    let dir = demos.of(listings)?;
    let mut times = Vec::new();
    let mut searched = Vec::new();
    // The first start brings the index up to date with what the demo wrote; it is not counted.
    Served::start(dir)?.wait_for("/v1/practitioners?q=hairline")?;
    for _ in 0..5 {
        let begun = std::time::Instant::now();
        let mut served = Served::start(dir)?;
        times.push(served.ready_after);
        served.wait_for("/v1/practitioners?q=hairline")?;
        searched.push(begun.elapsed());
    }
    let row = Row::within("start to /readyz", percentile(&mut times, 50), START);
    let searched = percentile(&mut searched, 50);
    let aimed = if listings == 100_000 { "" } else { ", the target is for 100000: --full" };
    Ok(row.note(&format!("on {listings} listings{aimed}; first search answered after {searched:.0?}")))
}
