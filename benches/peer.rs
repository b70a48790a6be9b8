//! The same searches over the same listings by the engine in this process and by a Meilisearch server, in turns: both over
//! HTTP on one kept connection, both answering numbers and counts. Measured where `STIPPLE_TEST_MEILISEARCH_URL` names a
//! server (with `STIPPLE_TEST_MEILISEARCH_KEY` where it asks for a key) that does nothing else meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use poem::web::{Data, Path};
use poem::{EndpointExt, Response, Route, get, handler};
use serde_json::json;
use stipple::config::Secret;
use stipple::platform::clock::Clock;
use stipple::platform::fetch::{Fetch, Reach};
use stipple::platform::id::Ids;
use stipple::search::{Answer, Query, SearchEngine as _, Settings, meilisearch, tantivy};
use tokio::runtime::Runtime;

use crate::client::{self, Connection};
use crate::demo::Demos;
use crate::search;
use crate::table::{Row, percentile};
use crate::{Measured, Options};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The kinds that are compared, and how much of the peer's time ours may take.
const CLASSES: [(&str, f64); 8] = [
    (search::ONE_WORD, 0.5),
    ("two words", 0.5),
    ("three words with typos", 0.5),
    ("one word and 6 facets", 0.5),
    ("everything and 6 facets", 0.5),
    ("25 km, nearest first", 0.1),
    ("25 km, nearest first, one word", 0.1),
    ("everything by experience", 0.5),
];
/// How many times faster an index is built.
const BULK: f64 = 10.0;

/// Nothing without a server.
pub(crate) fn run(options: &Options, _: &mut Demos) -> Measured {
    let Some(server) = server() else {
        return Ok(vec![Row::not_measured(
            "searches beside Meilisearch",
            "STIPPLE_TEST_MEILISEARCH_URL names no server",
        )]);
    };
    let listings: u32 = if options.quick { 5_000 } else { 100_000 };
    let rounds = if options.quick { 40 } else { 200 };
    let runtime = Runtime::new()?;
    let dir = tempfile::Builder::new().prefix("stipple-bench-").tempdir()?;
    let started = Instant::now();
    let ours = search::build(&runtime, dir.path(), listings.into());
    let built = started.elapsed();
    let started = Instant::now();
    let theirs = runtime.block_on(fill(&server, listings.into()))?;
    let took = started.elapsed();
    let ratio = took.as_secs_f64() / built.as_secs_f64();
    let rate = |time: Duration| f64::from(listings) / time.as_secs_f64();
    let mut rows = vec![
        Row::at_least("listings indexed, beside Meilisearch", (rate(built), rate(took)), "/s", ratio, BULK)
            .note(&format!("{listings} listings; its index is built beside and swapped in too")),
    ];
    for (class, most) in CLASSES {
        let queries: Arc<Vec<Query>> = Arc::new(search::of_class(class));
        let mut connection = Connection::open(serve(&runtime, &ours, &queries)?)?;
        let (mut one, mut other) = (Vec::new(), Vec::new());
        for round in 0..rounds {
            let at = round % queries.len();
            let started = Instant::now();
            connection.get(&format!("/{at}"))?;
            one.push(started.elapsed());
            let started = Instant::now();
            runtime.block_on(theirs.search(queries[at].clone()))?;
            other.push(started.elapsed());
        }
        for of_hundred in [50, 99] {
            let (ours, theirs) = (percentile(&mut one, of_hundred), percentile(&mut other, of_hundred));
            let what = format!("{class}, beside Meilisearch, p{of_hundred}");
            let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
            rows.push(
                Row::beside(&what, (ours, theirs), ratio, most)
                    .note(&format!("{listings} listings, over HTTP")),
            );
        }
    }
    Ok(rows)
}

#[expect(clippy::disallowed_methods, reason = "a run is told its peer by the environment")]
fn server() -> Option<meilisearch::Server> {
    Some(meilisearch::Server {
        url: std::env::var("STIPPLE_TEST_MEILISEARCH_URL").ok()?,
        key: Secret::new(std::env::var("STIPPLE_TEST_MEILISEARCH_KEY").unwrap_or_default()),
        index: "bench".to_owned(),
        search_within: Duration::from_secs(60),
        write_within: Duration::from_secs(60),
    })
}

async fn fill(server: &meilisearch::Server, listings: u64) -> Result<meilisearch::Engine> {
    let fetch = Fetch::new(Reach::Chosen, &[], &[])?;
    let ids = Ids::system(Clock::system());
    let engine = meilisearch::Engine::open(fetch, server.clone(), &Settings::practitioners(), ids).await?;
    let mut rebuild = engine.rebuild().await?;
    for from in (0..listings).step_by(1_000) {
        rebuild.add(search::made(from..(from + 1_000).min(listings))).await?;
    }
    rebuild.commit(1).await?;
    Ok(engine)
}

/// What the engine in this process is asked by number.
#[derive(Clone)]
struct Served {
    engine: tantivy::Engine,
    queries: Arc<Vec<Query>>,
}

fn serve(
    runtime: &Runtime,
    engine: &tantivy::Engine,
    queries: &Arc<Vec<Query>>,
) -> Result<std::net::SocketAddr> {
    let served = Served { engine: engine.clone(), queries: Arc::clone(queries) };
    client::serve(runtime, Route::new().at("/:at", get(answer_by_number)).data(served))
}

#[handler]
fn answer_by_number(Path(at): Path<usize>, served: Data<&Served>) -> Response {
    match served.engine.search_here(&served.queries[at]) {
        Ok(found) => Response::builder().content_type("application/json").body(numbers_and_counts(&found)),
        Err(error) => {
            Response::builder().status(poem::http::StatusCode::SERVICE_UNAVAILABLE).body(error.to_string())
        }
    }
}

fn numbers_and_counts(found: &Answer) -> String {
    let hits: Vec<&str> = found.hits.iter().map(|hit| hit.group.as_str()).collect();
    let facets: Vec<Vec<(&str, u64)>> = found
        .facets
        .iter()
        .map(|facets| facets.values.iter().map(|value| (value.value.as_str(), value.count)).collect())
        .collect();
    json!({"hits": hits, "total": found.total.value, "facets": facets}).to_string()
}
