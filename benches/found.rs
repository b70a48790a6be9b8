//! Searches over 100,000 made listings: in process, and over HTTP on the same index.

use std::time::{Duration, Instant};

use bytes::Bytes;
use stipple::api;
use stipple::app::App;
use stipple::platform::rendered::Rendered;
use stipple::search::Query;
use stipple::search::tantivy::Engine;
use tokio::runtime::Runtime;

use crate::client::{self, Connection};
use crate::demo::{self, Demos};
use crate::search::{self, Line};
use crate::table::{Row, percentile};
use crate::{Measured, Options};

/// The kinds of search that a target is set for.
const TARGETS: [(&str, Duration); 3] = [
    (search::ONE_WORD, Duration::from_millis(1)),
    ("one word and 6 facets", Duration::from_millis(5)),
    ("25 km, nearest first", Duration::from_millis(3)),
];

/// How much longer than in process a search over HTTP may take, beside the bare handler's time.
const OVER_HTTP: f64 = 1.5;

/// The targets; with `--full` the other kinds after them.
pub(crate) fn run(options: &Options, demos: &mut Demos) -> Measured {
    let listings = if options.quick { 20_000 } else { 100_000 };
    let runtime = Runtime::new()?;
    let dir = tempfile::Builder::new().prefix("stipple-bench-").tempdir()?;
    let engine = search::build(&runtime, dir.path(), listings);
    let lines = search::measure_all(&engine, |class| {
        options.full || TARGETS.iter().any(|(target, _)| *target == class)
    });
    let aimed = if listings == 100_000 { "" } else { ", the target is for 100000" };
    let row = |line: &Line, allowed: Option<Duration>| {
        let what = format!("search: {}, p50", line.class);
        let row = match allowed {
            Some(allowed) => Row::within(&what, line.p50, allowed),
            None => Row::plain(&what, line.p50),
        };
        row.note(&format!(
            "{listings} listings{aimed}; p99 {:.2?}, processor {:.2?} a search, {} found",
            line.p99, line.processor, line.found
        ))
    };
    let line = |class: &str| lines.iter().find(|line| line.class == class);
    let mut rows: Vec<Row> =
        TARGETS.iter().filter_map(|(class, allowed)| Some(row(line(class)?, Some(*allowed)))).collect();
    rows.extend(
        lines
            .iter()
            .filter(|line| TARGETS.iter().all(|(class, _)| *class != line.class))
            .map(|line| row(line, None)),
    );
    if options.full {
        rows.push(row(&search::writes(&runtime, &engine, listings), None));
    }
    rows.insert(
        1,
        over_http(options, &runtime, demos, engine)?.note(&format!(
            "{listings} listings{aimed}; beside 1.5 x the same in process + a bare handler of the same bytes"
        )),
    );
    Ok(rows)
}

/// One search at a time over one kept connection: ours, in process and the bare handler in turns.
fn over_http(
    options: &Options,
    runtime: &Runtime,
    demos: &mut Demos,
    engine: Engine,
) -> Result<Row, Box<dyn std::error::Error + Send + Sync>> {
    let rounds = if options.quick { 200 } else { 1_000 };
    let app = runtime.block_on(demo::open(demos.of(demo::USUAL)?))?;
    let queries = search::one_word();
    keep_cards(runtime, &app, &engine, &queries)?;
    app.search.open(Box::new(engine.clone()));
    let ours = client::serve(runtime, api::router(app))?;
    let path = |query: &Query| format!("/v1/practitioners?q={}", query.text);
    let mut to_ours = Connection::open(ours)?;
    let mut length = 0;
    for query in &queries {
        let body = to_ours.get(&path(query))?;
        if !body.starts_with(b"{\"items\":[{") {
            return Err(format!("the search for {} found nothing to show", query.text).into());
        }
        length = length.max(body.len());
    }
    let mut to_bare =
        Connection::open(client::serve(runtime, client::bare(Bytes::from(vec![b' '; length])))?)?;
    let mut times = [const { Vec::new() }; 3];
    for query in queries.iter().cycle().take(rounds) {
        let path = path(query);
        let started = Instant::now();
        to_ours.get(&path)?;
        times[0].push(started.elapsed());
        let started = Instant::now();
        engine.search_here(query)?;
        times[1].push(started.elapsed());
        let started = Instant::now();
        to_bare.get(&path)?;
        times[2].push(started.elapsed());
    }
    let [over_http, in_process, bare] = times.map(|mut times| percentile(&mut times, 50));
    Ok(Row::within("search: one word over HTTP, p50", over_http, in_process.mul_f64(OVER_HTTP) + bare))
}

/// Listings that are only in the index are shown by the card of one that is in the database too, kept
/// as the cards of listings that were found before are.
fn keep_cards(
    runtime: &Runtime,
    app: &App,
    engine: &Engine,
    queries: &[Query],
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let card = a_card(runtime, app)?;
    for query in queries {
        for hit in engine.search_here(query)?.hits {
            let subject = format!("practitioners/{}", hit.group);
            app.cards.put(&subject, card.clone(), app.cards.generation());
        }
    }
    Ok(())
}

/// The card of a listing of the demo, as a search left it behind.
fn a_card(runtime: &Runtime, app: &App) -> Result<Rendered, Box<dyn std::error::Error + Send + Sync>> {
    let found = runtime.block_on(async {
        let index = stipple::directory::open_index(app).await?;
        // A demo that was only filled has no index yet.
        stipple::directory::rebuild(app, index.as_ref(), |_| {}).await?;
        let answer = index.search(Query::default()).await?;
        app.search.open(index);
        let request = poem::Request::builder().uri("/v1/practitioners".parse()?).finish();
        let answered = poem::Endpoint::get_response(&api::router(app.clone()), request).await;
        app.search.close();
        if !answered.status().is_success() {
            return Err(format!("a search answered {}", answered.status()).into());
        }
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(answer)
    })?;
    let cards = found.hits.iter().filter_map(|hit| app.cards.get(&format!("practitioners/{}", hit.group)));
    cards.max_by_key(|card| card.body.len()).ok_or_else(|| "no card was kept".into())
}
