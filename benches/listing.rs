//! A listing by its number over HTTP, beside a poem handler that answers the same bytes.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use stipple::api;

use crate::client::{self, Connection};
use crate::demo::{self, Demos};
use crate::table::{Row, median};
use crate::{Measured, Options};

const LEAST: f64 = 0.8;
const CONNECTIONS: usize = 4;

/// Ours, the bare handler on our server and on poem's, in turns over some rounds.
pub(crate) fn run(options: &Options, demos: &mut Demos) -> Measured {
    let (rounds, time) =
        if options.quick { (5, Duration::from_millis(200)) } else { (15, Duration::from_millis(500)) };
    let runtime = tokio::runtime::Runtime::new()?;
    let app = runtime.block_on(demo::open(demos.of(demo::USUAL)?))?;
    let path = format!("/v1/practitioners/{}", a_number(&demos.of(demo::USUAL)?.join("demo.json"))?);
    let ours = client::serve(&runtime, api::router(app))?;
    let body = Bytes::copy_from_slice(Connection::open(ours)?.get(&path)?);
    let on_ours = client::serve(&runtime, client::bare(body.clone()))?;
    let on_poems = client::serve_by_poem(&runtime, client::bare(body.clone()))?;
    let mut rates = [const { Vec::new() }; 3];
    for _ in 0..rounds {
        for (address, rates) in [ours, on_ours, on_poems].into_iter().zip(&mut rates) {
            rates.push(client::throughput(address, &path, CONNECTIONS, time)?);
        }
    }
    let row = |beside: &str, floor: &[f64]| {
        let ratio = median(rates[0].iter().zip(floor).map(|(ours, floor)| ours / floor).collect());
        let figures = (median(rates[0].clone()), median(floor.to_vec()));
        Row::at_least("listing by number over HTTP", figures, "/s", ratio, LEAST)
            .note(&format!("beside {beside}; {} bytes, {CONNECTIONS} connections", body.len()))
    };
    Ok(vec![
        row("a bare handler on poem's server", &rates[2]),
        row("a bare handler on this server", &rates[1]),
    ])
}

/// The number of a listing of the demo.
fn a_number(demo: &std::path::Path) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let demo: Value = serde_json::from_slice(&std::fs::read(demo)?)?;
    let numbers = demo["numbers"].as_object().ok_or("the demo names no listings")?;
    let listing = numbers.values().filter_map(Value::as_str).find(|number| number.starts_with("SMP-"));
    Ok(listing.ok_or("the demo names no listing")?.to_owned())
}
