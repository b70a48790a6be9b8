//! The same cases on a real Meilisearch server, where one is given.

use stipple::platform::clock::Clock;
use stipple::platform::fetch::{Fetch, Reach};
use stipple::platform::id::Ids;
use stipple::search::meilisearch::{Engine, Server};

use super::{cases, fault, fill, test_settings};
use crate::support::meilisearch::search_server;
use crate::support::skip;

/// Where the server answers otherwise, and why that is let be. What is listed has to differ: the list only shrinks.
const DIFFERENCES: &[(&str, &str)] = &[
    (
        "a value is compared as written",
        "the server folds the values of filters; ours are codes, of which no two differ in case alone",
    ),
    (
        "a facet of places of one listing counts it once for each",
        "the server counts one document of a group: somebody with clinics in two countries is counted in one of them",
    ),
];

fn server() -> Option<Server> {
    let server = search_server();
    if server.is_none() {
        skip("the cases on Meilisearch: STIPPLE_TEST_MEILISEARCH_URL is not set");
    }
    server
}

async fn open(server: &Server) -> Engine {
    let fetch = Fetch::new(Reach::Chosen, &[], &[]).unwrap();
    Engine::open(fetch, server.clone(), &test_settings(), Ids::system(Clock::system())).await.unwrap()
}

#[tokio::test]
async fn meilisearch_conforms_but_for_what_is_listed() {
    let Some(server) = server() else { return };
    let engine = open(&server).await;
    fill(&engine).await;
    let mut faults = Vec::new();
    for case in &cases::all() {
        let allowed = DIFFERENCES.iter().any(|(name, _)| *name == case.name);
        match (fault(&engine, case).await, allowed) {
            (Some(fault), false) => faults.push(fault),
            (None, true) => faults.push(format!("{}: is listed as a difference and is none", case.name)),
            _ => {}
        }
    }
    assert!(faults.is_empty(), "{} cases:\n  {}\n", faults.len(), faults.join("\n  "));
}
