//! Pages: how long one takes beside the calls of the API that it is made of, and how soon it is seen on a slow line.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Connection;
use crate::demo::{self, Demos, Served};
use crate::driver::{Browser, Screen};
use crate::table::{Row, median, percentile};
use crate::{Measured, Options};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How much longer a page may take than what it asks for.
const MOST: f64 = 2.0;
/// How soon the largest thing of a page is to be seen, and how far a page may shift while it loads.
const SEEN: Duration = Duration::from_secs(1);
const SHIFT: f64 = 0.02;
/// A slow line: milliseconds there and back, and bytes per second down and up (1.6 and 0.75 Mbit/s).
const LINE: (u32, u32, u32) = (150, 200_000, 93_750);

/// What the find page counts.
const FACETS: &str = "conditions,services,shows_skin_tones,languages,welcomes,techniques,country,level,accepts_new_clients,offers_correction,verified";

/// A page, and the addresses of the API that it asks.
struct Page {
    name: &'static str,
    path: String,
    beneath: Vec<String>,
}

/// Every page in turns with what it asks; then three of them in a browser, where there is one.
pub(crate) fn run(options: &Options, demos: &mut Demos) -> Measured {
    let rounds = if options.quick { 20 } else { 200 };
    let mut served = Served::start(demos.of(demo::USUAL)?)?;
    served.wait_for("/v1/practitioners?q=hairline")?;
    let mut connection = Connection::open(served.address)?;
    let pages = pages(&mut connection)?;
    let mut rows = Vec::new();
    for page in &pages {
        rows.push(beside(page, &mut connection, rounds)?);
    }
    let seen = ["front", "find", "listing"];
    let seen = pages.iter().filter(|page| seen.contains(&page.name));
    rows.extend(in_browser(&served, &seen.collect::<Vec<_>>(), if options.quick { 1 } else { 5 }));
    Ok(rows)
}

fn read(connection: &mut Connection, path: &str) -> Result<Value> {
    Ok(serde_json::from_slice(connection.get(path)?)?)
}

fn word(value: &Value) -> Result<String> {
    Ok(value.as_str().ok_or("the demo has too little to measure")?.to_owned())
}

fn pages(connection: &mut Connection) -> Result<Vec<Page>> {
    let search = |limit: u32| {
        format!("/v1/practitioners?near=Leeds&radius_km=40&verified=true&facets={FACETS}&limit={limit}")
    };
    let found = read(connection, &search(12))?;
    if found["items"].as_array().is_none_or(|items| items.len() < 5) {
        return Err("fewer than five are found around Leeds".into());
    }
    let (one, two) = (word(&found["items"][0]["number"])?, word(&found["items"][1]["number"])?);
    let listing = format!("/v1/practitioners/{one}");
    let certificates = read(connection, &format!("{listing}/certificates?limit=1"))?;
    let certificate = word(&certificates["items"][0]["number"])?;
    let slug = word(&read(connection, "/v1/academies?limit=1")?["items"][0]["slug"])?;
    let academy = format!("/v1/academies/{slug}");
    let page = |name, path: &str, beneath: &[&str]| Page {
        name,
        path: path.to_owned(),
        beneath: beneath.iter().map(|address| (*address).to_owned()).collect(),
    };
    let below = |base: &str, rest: &str| format!("{base}/{rest}");
    let numbers = format!("{one},{two}");
    Ok(vec![
        page("front", "/", &["/healthz"]),
        page("find", "/find?near=Leeds&radius_km=40", &[&search(12)]),
        page("map", "/find?near=Leeds&radius_km=40&view=map", &[&search(100)]),
        page(
            "listing",
            &format!("/practitioners/{one}"),
            &[
                &listing,
                &below(&listing, "vetting"),
                &below(&listing, "reviews?sort=newest&limit=20"),
                &below(&listing, "cases?limit=12"),
                &below(&academy, "recognitions"),
            ],
        ),
        page("gallery", "/work", &["/v1/cases?limit=12"]),
        page(
            "certificate",
            &format!("/certificates/{certificate}"),
            &[&format!("/v1/certificates/{certificate}/verdict")],
        ),
        page(
            "academy",
            &format!("/academies/{slug}"),
            &[
                &academy,
                &below(&academy, "recognitions"),
                &below(&academy, "courses?limit=100"),
                &below(&academy, "keys"),
                &below(&academy, "trainers?limit=100"),
                "/v1/practitioners?limit=1&facets=academy",
            ],
        ),
        page(
            "compare",
            &format!("/compare?id={one}&id={two}"),
            &[
                &format!("/v1/compare?numbers={one}%2C{two}"),
                &format!("/v1/practitioners?numbers={}&limit=20", numbers.replace(',', "%2C")),
            ],
        ),
    ])
}

/// The middle time of a page beside the sum of the middle times of its calls.
fn beside(page: &Page, connection: &mut Connection, rounds: u32) -> Result<Row> {
    let mut own = Vec::new();
    let mut calls = vec![Vec::new(); page.beneath.len()];
    let mut time = |path: &str| -> Result<Duration> {
        let started = Instant::now();
        connection.get(path)?;
        Ok(started.elapsed())
    };
    for round in 0..rounds + 3 {
        let taken = time(&page.path)?;
        // The first rounds warm what is kept.
        if round >= 3 {
            own.push(taken);
        }
        for (address, calls) in page.beneath.iter().zip(&mut calls) {
            let taken = time(address)?;
            if round >= 3 {
                calls.push(taken);
            }
        }
    }
    let own = percentile(&mut own, 50);
    let sum: Duration = calls.iter_mut().map(|calls| percentile(calls, 50)).sum();
    let what = format!("page: {}, p50", page.name);
    if page.name == "front" {
        return Ok(Row::plain(&what, own).note("asks the API for nothing"));
    }
    let note = format!("beside {} calls one after another, over the same connection", page.beneath.len());
    Ok(Row::beside(&what, (own, sum), own.as_secs_f64() / sum.as_secs_f64(), MOST).note(&note))
}

/// When the largest thing is seen, and how far the page shifts.
fn in_browser(served: &Served, pages: &[&Page], rounds: u32) -> Vec<Row> {
    let Some(browser) = Browser::open(Screen::Phone, served.address) else {
        return vec![Row::not_measured("page: largest contentful paint", "there is no chromedriver")];
    };
    let (latency, down, up) = LINE;
    browser.cdp("Network.enable", &json!({}));
    let line =
        json!({"offline": false, "latency": latency, "downloadThroughput": down, "uploadThroughput": up});
    browser.cdp("Network.emulateNetworkConditions", &line);
    let observe = "const done = arguments[0]; let [seen, moved] = [0, 0];
        new PerformanceObserver((list) => { for (const one of list.getEntries()) seen = one.startTime; })
            .observe({type: 'largest-contentful-paint', buffered: true});
        new PerformanceObserver((list) => { for (const one of list.getEntries()) moved += one.value; })
            .observe({type: 'layout-shift', buffered: true});
        setTimeout(() => done([seen, moved]), 2000);";
    let mut rows = Vec::new();
    for page in pages {
        let (mut seen, mut moved) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            browser.go("/robots.txt");
            browser.cdp("Network.clearBrowserCache", &json!({}));
            browser.go(&page.path);
            let figures = browser.script_later(observe);
            seen.push(figures[0].as_f64().unwrap_or(f64::MAX));
            moved.push(figures[1].as_f64().unwrap_or(f64::MAX));
        }
        let what = format!("page: {}, largest contentful paint", page.name);
        let note = format!(
            "on a phone's screen, nothing kept, {latency} ms and {down} bytes/s down, which the browser plays; the \
             connection is made at once"
        );
        rows.push(Row::within(&what, Duration::from_secs_f64(median(seen) / 1e3), SEEN).note(&note));
        let moved = median(moved);
        rows.push(Row::share(&format!("page: {}, layout shift", page.name), moved, SHIFT));
    }
    rows
}
