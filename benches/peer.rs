//! The same searches over the same listings by the engine in this process and by a Meilisearch server, in turns: both over
//! HTTP on one kept connection each, both answering numbers and counts. What the server is asked is what this service asks
//! it, recorded on its way once and then sent as it was, so that nothing of the service's own work is in its time; for the
//! ratio it is asked the easier question: one page, and no exact total. Measured where `STIPPLE_TEST_MEILISEARCH_URL` names a
//! server (with `STIPPLE_TEST_MEILISEARCH_KEY` where it asks for a key) that does nothing else meanwhile.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use poem::http::{StatusCode, header};
use poem::web::{Data, Path};
use poem::{EndpointExt, Request, Response, Route, get, handler};
use serde_json::{Value, json};
use stipple::config::Secret;
use stipple::platform::clock::Clock;
use stipple::platform::fetch::{Ask, Fetch, Reach};
use stipple::platform::id::Ids;
use stipple::search::{Answer, Document, Query, SearchEngine as _, Settings, meilisearch, tantivy};
use tokio::runtime::Runtime;

use crate::client::{self, Connection};
use crate::demo::Demos;
use crate::search;
use crate::table::{Row, percentile};
use crate::{Measured, Options};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The kinds that are compared, and how much of the peer's time ours may take.
const CLASSES: [(&str, f64); 8] = [
    ("one whole word", 0.5),
    (search::ONE_WORD, 0.5),
    ("three words with typos", 0.5),
    ("one word and 6 facets", 0.5),
    ("everything and 6 facets", 0.5),
    ("25 km, nearest first", 0.1),
    ("25 km, nearest first, one word, filters", 0.1),
    ("everything by rating", 0.5),
];
/// The largest request or answer that is recorded, in bytes.
const RECORDED: usize = 16 * 1024 * 1024;
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
    let documents: Vec<Vec<Document>> = search::batches(listings.into()).collect();
    let (ours, built) = search::build_of(&runtime, dir.path(), documents.clone().into_iter());
    let started = Instant::now();
    runtime.block_on(fill(&server, documents))?;
    let took = started.elapsed();
    let ratio = took.as_secs_f64() / built.as_secs_f64();
    let rate = |time: Duration| f64::from(listings) / time.as_secs_f64();
    let mut rows = vec![
        Row::at_least("listings indexed, beside Meilisearch", (rate(built), rate(took)), "/s", ratio, BULK)
            .note(&format!("{listings} listings; its index is built beside and swapped in too")),
    ];
    let recorder = Recorder::new(server.clone())?;
    let theirs = recorder.engine(&runtime)?;
    for (class, most) in CLASSES {
        let queries: Arc<Vec<Query>> = Arc::new(search::of_class(class));
        let recorded = queries.iter().map(|query| runtime.block_on(recorder.record(&theirs, query)));
        let recorded = recorded.collect::<Result<Vec<_>>>()?;
        let mut to_ours = Connection::open(serve(&runtime, &ours, &queries)?)?;
        let mut to_theirs = Connection::open(recorder.address()?)?;
        let mut times = [const { Vec::new() }; 3];
        for round in 0..rounds {
            let at = round % queries.len();
            let started = Instant::now();
            to_ours.get(&format!("/{at}"))?;
            times[0].push(started.elapsed());
            let started = Instant::now();
            to_theirs.ask(&recorded[at].a_page)?;
            times[1].push(started.elapsed());
        }
        // Apart, because so much work leaves nothing in the processor's caches for whoever comes next.
        for recorded in recorded.iter().cycle().take(rounds / 4) {
            let started = Instant::now();
            for request in &recorded.whole {
                to_theirs.ask(request)?;
            }
            times[2].push(started.elapsed());
        }
        for of_hundred in [50, 99] {
            let [ours, page, whole] = times.each_mut().map(|times| percentile(times, of_hundred));
            let what = format!("{class}, beside Meilisearch, p{of_hundred}");
            let ratio = ours.as_secs_f64() / page.as_secs_f64();
            rows.push(Row::beside(&what, (ours, page), ratio, most).note(&format!(
                "{listings} listings, over HTTP; {whole:.2?} for the same answer with its exact total"
            )));
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

async fn open(server: meilisearch::Server) -> Result<meilisearch::Engine> {
    let fetch = Fetch::new(Reach::Chosen, &[], &[])?;
    Ok(meilisearch::Engine::open(fetch, server, &Settings::practitioners(), Ids::system(Clock::system()))
        .await?)
}

async fn fill(server: &meilisearch::Server, batches: Vec<Vec<Document>>) -> Result<()> {
    let mut rebuild = open(server.clone()).await?.rebuild().await?;
    for batch in batches {
        rebuild.add(batch).await?;
    }
    Ok(rebuild.commit(1).await?)
}

/// What one search takes, as it is written to a connection.
struct Recorded {
    /// Everything that this service asks, in its order.
    whole: Vec<Vec<u8>>,
    /// Its first search alone, with an estimate for its total.
    a_page: Vec<u8>,
}

/// The path and the body of a request that came by.
type Passed = (String, Vec<u8>);

/// Stands between this service's engine and the server, and keeps what the one asks the other.
#[derive(Clone)]
struct Recorder {
    server: meilisearch::Server,
    fetch: Fetch,
    requests: Arc<Mutex<Vec<Passed>>>,
}

impl Recorder {
    fn new(server: meilisearch::Server) -> Result<Self> {
        Ok(Self { server, fetch: Fetch::new(Reach::Chosen, &[], &[])?, requests: Arc::default() })
    }

    /// Where the server itself listens.
    fn address(&self) -> Result<SocketAddr> {
        let address =
            self.server.url.trim_start_matches("http://").trim_end_matches('/').to_socket_addrs()?.next();
        address.ok_or_else(|| "the server has no address".into())
    }

    /// An engine whose requests come by here.
    fn engine(&self, runtime: &Runtime) -> Result<meilisearch::Engine> {
        let here = client::serve(runtime, Route::new().at("/*path", pass_on).data(self.clone()))?;
        runtime.block_on(open(meilisearch::Server { url: format!("http://{here}"), ..self.server.clone() }))
    }

    async fn record(&self, engine: &meilisearch::Engine, query: &Query) -> Result<Recorded> {
        self.taken().clear();
        engine.search(query.clone()).await?;
        let requests = std::mem::take(&mut *self.taken());
        let (path, first) = requests.first().ok_or("a search asked nothing")?;
        let mut first: Value = serde_json::from_slice(first)?;
        let search = &mut first["queries"][0];
        let least = search.as_object_mut().ok_or("the first request is no search")?;
        least.remove("page");
        least.remove("hitsPerPage");
        least.extend([("offset".to_owned(), json!(0)), ("limit".to_owned(), json!(query.limit))]);
        let a_page = json!({"queries": [search.take()]}).to_string();
        Ok(Recorded {
            a_page: self.post(path, a_page.as_bytes()),
            whole: requests.iter().map(|(path, body)| self.post(path, body)).collect(),
        })
    }

    fn post(&self, path: &str, body: &[u8]) -> Vec<u8> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            self.server.key.reveal(),
            body.len()
        );
        [head.as_bytes(), body].concat()
    }

    fn taken(&self) -> MutexGuard<'_, Vec<Passed>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn pass(&self, request: &Request, body: Vec<u8>) -> Result<Response> {
        let (method, target) = (request.method(), request.original_uri());
        let key = self.server.key.reveal();
        self.taken().push((target.to_string(), body.clone()));
        let address = format!("{}{target}", self.server.url);
        let ask = Ask {
            method: method.clone(),
            address: &address,
            token: (!key.is_empty()).then_some(key),
            body: (!body.is_empty()).then_some(("application/json", body)),
            limit: RECORDED,
            within: Duration::from_secs(60),
        };
        let (status, answer) = self.fetch.ask(ask).await?;
        let answered = Response::builder().status(StatusCode::from_u16(status)?);
        Ok(answered.header(header::CONTENT_TYPE, "application/json").body(answer))
    }
}

#[handler]
async fn pass_on(request: &Request, body: Vec<u8>, recorder: Data<&Recorder>) -> Response {
    recorder
        .pass(request, body)
        .await
        .unwrap_or_else(|error| Response::builder().status(StatusCode::BAD_GATEWAY).body(error.to_string()))
}

/// What the engine in this process is asked by number.
#[derive(Clone)]
struct Served {
    engine: tantivy::Engine,
    queries: Arc<Vec<Query>>,
}

fn serve(runtime: &Runtime, engine: &tantivy::Engine, queries: &Arc<Vec<Query>>) -> Result<SocketAddr> {
    let served = Served { engine: engine.clone(), queries: Arc::clone(queries) };
    client::serve(runtime, Route::new().at("/:at", get(answer_by_number)).data(served))
}

#[handler]
fn answer_by_number(Path(at): Path<usize>, served: Data<&Served>) -> Response {
    match served.engine.search_here(&served.queries[at]) {
        Ok(found) => Response::builder().content_type("application/json").body(numbers_and_counts(&found)),
        Err(error) => Response::builder().status(StatusCode::SERVICE_UNAVAILABLE).body(error.to_string()),
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
