//! The same cases on a real Meilisearch server, where one is given.

use stipple::platform::clock::Clock;
use stipple::platform::fetch::{Fetch, Reach};
use stipple::platform::id::Ids;
use stipple::search::meilisearch::{Engine, Server};
use stipple::search::{Batch, Query, SearchEngine as _};

use super::{cases, corpus, fault, fill, groups, test_settings};
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

/// Holds the engine to the table, but for what is listed.
async fn conform(engine: &Engine) {
    let mut faults = Vec::new();
    for case in &cases::all() {
        let allowed = DIFFERENCES.iter().any(|(name, _)| *name == case.name);
        match (fault(engine, case).await, allowed) {
            (Some(fault), false) => faults.push(fault),
            (None, true) => faults.push(format!("{}: is listed as a difference and is none", case.name)),
            _ => {}
        }
    }
    assert!(faults.is_empty(), "{} cases:\n  {}\n", faults.len(), faults.join("\n  "));
}

#[tokio::test]
async fn meilisearch_conforms_but_for_what_is_listed() {
    let Some(server) = server() else { return };
    let engine = open(&server).await;
    assert!(engine.rebuild_needed().is_some());
    fill(&engine).await;
    conform(&engine).await;
    // Written again and again, and opened by another process.
    fill(&engine).await;
    let other = open(&server).await;
    assert_eq!(other.rebuild_needed(), None);
    assert_eq!(other.counts().await.unwrap(), engine.counts().await.unwrap());
    conform(&other).await;
}

#[tokio::test]
async fn an_index_is_built_beside_the_one_that_answers() {
    let Some(server) = server() else { return };
    let engine = open(&server).await;
    fill(&engine).await;
    let old = corpus::document("old", serde_json::json!({"bio": "thylacine"}));
    engine.write(Batch { upsert: vec![old], position: Some(9), ..Batch::default() }).await.unwrap();
    let text = |text: &str| Query { text: text.into(), ..Query::default() };
    let mut rebuild = engine.rebuild().await.unwrap();
    rebuild.add(corpus::all()).await.unwrap();
    assert_eq!(groups(&engine, text("thylacine")).await, ["old"], "until then the old one answers");
    rebuild.commit(4).await.unwrap();
    assert_eq!(engine.position().await.unwrap(), Some(4), "the position came with the documents");
    assert!(groups(&engine, text("thylacine")).await.is_empty());
    conform(&engine).await;
    // One that is given up leaves what is there.
    let mut rebuild = engine.rebuild().await.unwrap();
    rebuild.add(vec![corpus::document("never", serde_json::json!({"bio": "thylacine"}))]).await.unwrap();
    drop(rebuild);
    assert!(groups(&engine, text("thylacine")).await.is_empty());
    // Every group, a page at a time, in their order.
    let mut all = Vec::new();
    loop {
        let page = engine.groups(all.last().cloned(), 7).await.unwrap();
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    let mut wanted: Vec<String> = corpus::all().into_iter().map(|document| document.group).collect();
    wanted.sort();
    wanted.dedup();
    assert_eq!(all, wanted);
}

#[tokio::test]
async fn other_settings_ask_for_a_rebuild_there_too() {
    let Some(server) = server() else { return };
    fill(&open(&server).await).await;
    let mut more = test_settings();
    more.searchable_attributes.push("motto".into());
    let fetch = Fetch::new(Reach::Chosen, &[], &[]).unwrap();
    let engine = Engine::open(fetch, server, &more, Ids::system(Clock::system())).await.unwrap();
    assert!(engine.rebuild_needed().unwrap().contains("settings"));
    let text = |text: &str| Query { text: text.into(), ..Query::default() };
    assert_eq!(groups(&engine, text("taipan")).await, ["taipan"], "searches go on");
    let mut rebuild = engine.rebuild().await.unwrap();
    rebuild.add(vec![corpus::document("m", serde_json::json!({"motto": "carpe diem"}))]).await.unwrap();
    rebuild.commit(9).await.unwrap();
    assert_eq!(engine.rebuild_needed(), None);
    assert_eq!(groups(&engine, text("carpe")).await, ["m"]);
}
