//! Searches over 100,000 made listings: in process, and over HTTP on the same index.

use std::time::{Duration, Instant};

use bytes::Bytes;
use stipple::api;
use stipple::app::App;
use stipple::platform::rendered::Rendered;
use stipple::search::tantivy::Engine;
use stipple::search::{Filter, Query, SearchEngine as _, Suggest};
use tokio::runtime::Runtime;

use crate::client::{self, Connection};
use crate::demo::{self, Demos};
use crate::search::{self, Line};
use crate::table::{Row, percentile};
use crate::{Measured, Options};

/// The kinds of search that a target is set for.
const TARGETS: [(&str, Duration); 4] = [
    (search::ONE_WORD, Duration::from_millis(1)),
    ("one word and 6 facets", Duration::from_millis(5)),
    ("everything and 6 facets", Duration::from_micros(500)),
    ("25 km, nearest first", Duration::from_millis(3)),
];

/// The time that completing what is typed may take, and what is typed.
const SUGGEST: Duration = Duration::from_millis(3);
const TYPED: [&str; 8] = ["s", "sar", "patel", "hugo n", "zo", "manch", "alop", "studo"];

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
    let [search, suggest] = over_http(options, &runtime, demos, engine)?;
    rows.insert(
        1,
        search.note(&format!(
            "{listings} listings{aimed}; beside 1.5 x the same in process + a bare handler of the same bytes"
        )),
    );
    rows.push(suggest.note(&format!("people, clinics, places and conditions; {listings} listings{aimed}")));
    Ok(rows)
}

/// One search at a time over one kept connection: ours, in process and the bare handler in turns.
fn over_http(
    options: &Options,
    runtime: &Runtime,
    demos: &mut Demos,
    engine: Engine,
) -> Result<[Row; 2], Box<dyn std::error::Error + Send + Sync>> {
    let rounds = if options.quick { 200 } else { 1_000 };
    let app = runtime.block_on(demo::open(demos.of(demo::USUAL)?))?;
    let queries = search::one_word();
    let card = a_card(runtime, &app)?;
    let keep = |number: &str| {
        app.cards.put(&format!("practitioners/{number}"), card.clone(), app.cards.generation());
    };
    for query in &queries {
        engine.search_here(query)?.hits.iter().for_each(|hit| keep(&hit.group));
    }
    runtime.block_on(suggested(&engine))?.iter().for_each(|number| keep(number));
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
    let mut suggesting = Vec::new();
    for text in TYPED.iter().cycle().take(rounds) {
        let path = format!("/v1/suggest?q={}", text.replace(' ', "+"));
        let started = Instant::now();
        to_ours.get(&path)?;
        suggesting.push(started.elapsed());
    }
    Ok([
        Row::within("search: one word over HTTP, p50", over_http, in_process.mul_f64(OVER_HTTP) + bare),
        Row::within("suggest over HTTP, p50", percentile(&mut suggesting, 50), SUGGEST),
    ])
}

/// The numbers of everybody who is suggested for what is typed.
async fn suggested(engine: &Engine) -> Result<Vec<String>, stipple::search::Error> {
    let mut numbers = Vec::new();
    for text in TYPED {
        for attribute in ["name", "former_names", "name_aliases", "clinic"] {
            let filter = Filter::all();
            let ask = Suggest { attribute: attribute.to_owned(), text: text.to_owned(), filter, limit: 5 };
            numbers.extend(engine.suggest(ask).await?.into_iter().map(|suggestion| suggestion.group));
        }
    }
    Ok(numbers)
}

/// The card of a listing of the demo, as a search left it behind. By it listings are shown that are only in the index: kept as
/// the cards of listings that were found before are.
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
