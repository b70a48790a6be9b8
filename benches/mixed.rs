//! A `stipple serve` under a load that goes on: searches, listings and changes side by side, while its memory and its
//! slowest answers are watched.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Connection;
use crate::demo::{self, Demos, Served};
use crate::table::{Row, percentile};
use crate::{Measured, Options};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Callers side by side.
const CALLERS: usize = 2;
/// How much slower one in a hundred may be than one in two.
const SLOWER: f64 = 10.0;
/// How much larger the process may be at the end than after a tenth of the time, when everything is warm.
const LARGER: f64 = 1.1;
const SEARCHES: [&str; 10] = [
    "/v1/practitioners?q=hairline",
    "/v1/practitioners?near=Leeds&radius_km=25&verified=true",
    "/v1/practitioners?q=hair+tattoo&near=Manchester&sort=distance",
    "/v1/practitioners?near=Atlanta&conditions=scar-fut&facets=languages,verified&limit=3",
    "/v1/practitioners?q=natural+hairlin",
    "/v1/practitioners?q=micropigmentaton+london",
    "/v1/practitioners?facets=conditions,techniques,languages&sort=rating",
    "/v1/practitioners?conditions=alopecia-areata&verified=true&sort=experience",
    "/v1/practitioners?q=scar&accepts_new_clients=true&facets=conditions",
    "/v1/suggest?q=sar",
];

/// How often memory is looked at.
const SAMPLES: u32 = 200;

/// What one caller saw.
#[derive(Default)]
struct Seen {
    times: Vec<Duration>,
    faults: Vec<String>,
}

/// Ninety searches, nine listings and a change, again and again.
pub(crate) fn run(options: &Options, demos: &mut Demos) -> Measured {
    let (listings, time) =
        if options.quick { (demo::USUAL, Duration::from_secs(10)) } else { (10_000, Duration::from_mins(5)) };
    let dir = demos.of(listings)?;
    let (numbers, token) = known(dir)?;
    let mut served = Served::start(dir)?;
    served.wait_for("/v1/practitioners?q=hairline")?;
    let (address, ends) = (served.address, Instant::now() + time);
    let turns = AtomicUsize::new(0);
    let (seen, resident) = std::thread::scope(|scope| {
        let one = || caller(address, &numbers, &token, &turns, ends);
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(one)).collect();
        let mut resident = Vec::new();
        while Instant::now() < ends {
            std::thread::sleep(time / SAMPLES);
            resident.push(served.resident());
        }
        let seen: Vec<Seen> = callers.into_iter().filter_map(|caller| caller.join().ok()).collect();
        (seen, resident)
    });
    // Memory goes up and down with merges of the index, so means are compared, once what is kept for readers is there.
    let resident = resident.into_iter().collect::<Result<Vec<f64>>>()?;
    let fifth = resident.len() / 5;
    let mean = |samples: &[f64]| samples.iter().sum::<f64>() / samples.iter().map(|_| 1.0).sum::<f64>();
    let (warm, after) = (mean(&resident[fifth..2 * fifth]), mean(&resident[4 * fifth..]));
    let most = resident.iter().copied().fold(0.0, f64::max);
    if seen.len() < CALLERS {
        return Err("a caller stopped".into());
    }
    let faults: Vec<&String> = seen.iter().flat_map(|seen| &seen.faults).collect();
    if let Some(fault) = faults.first() {
        return Err(format!("{} of the requests failed, such as {fault}", faults.len()).into());
    }
    let mut times: Vec<Duration> = seen.iter().flat_map(|seen| seen.times.iter().copied()).collect();
    let (p50, p99) = (percentile(&mut times, 50), percentile(&mut times, 99));
    let rate = f64::from(u32::try_from(times.len())?) / time.as_secs_f64();
    let ratio = p99.as_secs_f64() / p50.as_secs_f64();
    Ok(vec![
        Row::beside("mixed load: p99 beside p50", (p99, p50), ratio, SLOWER).note(&format!(
            "90 % searches, 9 % listings, 1 % changes for {time:?} on {listings} listings; {rate:.0} /s over {CALLERS} \
             connections, no errors"
        )),
        Row::megabytes("mixed load: resident over the last fifth", after, warm * LARGER)
            .note(&format!("beside {LARGER} x the {warm:.0} MB over the second fifth; {most:.0} MB at most")),
    ])
}

/// Numbers of listings, and an operator's token.
fn known(dir: &Path) -> Result<(Vec<String>, String)> {
    let demo: Value = serde_json::from_slice(&std::fs::read(dir.join("demo.json"))?)?;
    let numbers = demo["numbers"].as_object().ok_or("the demo names no listings")?;
    let listings = numbers.values().filter_map(Value::as_str).filter(|number| number.starts_with("SMP-"));
    let token = demo["tokens"]["operator"].as_str().ok_or("the demo has no operator")?;
    Ok((listings.map(str::to_owned).collect(), token.to_owned()))
}

fn caller(address: SocketAddr, numbers: &[String], token: &str, turns: &AtomicUsize, ends: Instant) -> Seen {
    let mut seen = Seen::default();
    let mut connection = None;
    while Instant::now() < ends {
        let request = request(turns.fetch_add(1, Ordering::Relaxed), numbers, token);
        let started = Instant::now();
        let answered = match connection.as_mut() {
            Some(connection) => Connection::ask(connection, &request).map(|_| ()),
            None => Connection::open(address).map(|opened| connection = Some(opened)),
        };
        match answered {
            Ok(()) => seen.times.push(started.elapsed()),
            Err(error) => {
                seen.faults.push(format!("{}: {error}", String::from_utf8_lossy(&request)));
                connection = None;
            }
        }
    }
    seen
}

/// What is asked at this turn of a hundred.
fn request(turn: usize, numbers: &[String], token: &str) -> Vec<u8> {
    let number = &numbers[turn / 7 % numbers.len()];
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes();
    match turn % 100 {
        0 => {
            let body = json!({"own_words": {"headline": format!("Soft hairlines, turn {turn}")}}).to_string();
            let head = format!(
                "PATCH /v1/practitioners/{number} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
                 if-match: *\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            [head.as_bytes(), body.as_bytes()].concat()
        }
        at if at % 11 == 0 => get(&format!("/v1/practitioners/{number}")),
        at => get(SEARCHES[at % SEARCHES.len()]),
    }
}
