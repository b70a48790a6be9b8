//! A search server that is not there, does not answer, or has lost its index: searches say so, everything else goes on,
//! and nobody has to do anything for searches to come back.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stipple::platform::fetch::{Ask, Fetch, Method, Reach};
use tokio::net::TcpListener;

use super::Directory;
use crate::support::TestApp;
use crate::support::meilisearch::{Between, Mode, search_server};
use crate::support::skip;

/// Searches until the answer has this status.
async fn wait_for(directory: &Directory, path: &str, status: u16) -> Value {
    let began = Instant::now();
    loop {
        let response = directory.anyone().get(path).await;
        if response.status == status {
            return response.json();
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{path} goes on answering {}", response.status);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn names(found: &Value) -> Vec<&str> {
    found["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_server_everything_but_searching_works() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (silent_at, nobody_at) = (silent.local_addr().unwrap(), nobody.local_addr().unwrap());
    drop(nobody);
    for address in [nobody_at, silent_at] {
        let app = TestApp::with(|config| config.search_url = format!("http://{address}")).await;
        let directory = Directory::of(app).await;
        let number = directory.add(&json!({"name": "Anna Somebody"})).await;
        let listing = directory.anyone().get(&format!("/v1/practitioners/{number}")).await.expect(200).json();
        assert_eq!(listing["name"], "Anna Somebody");
        let refused = directory.anyone().get("/v1/practitioners?q=anna").await.expect(503);
        assert!(refused.header("retry-after").is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn searches_come_back_by_themselves() {
    let Some(server) = search_server() else {
        skip("a search server that fails: STIPPLE_TEST_MEILISEARCH_URL is not set");
        return;
    };
    let between = Between::new(&server.url).await;
    let app = TestApp::with(|config| {
        config.search_url.clone_from(&between.url);
        config.search_key = server.key.clone();
        config.search_index.clone_from(&server.index);
    })
    .await;
    let directory = Directory::of(app).await;
    directory.add(&json!({"name": "Person One"})).await;
    assert_eq!(directory.names("q=person&sort=name").await, ["Person One"]);

    for (mode, next) in [(Mode::Closed, "Person Two"), (Mode::Silent, "Person Two and a half")] {
        between.set(mode);
        let began = Instant::now();
        let refused = directory.anyone().get("/v1/practitioners?q=person").await.expect(503);
        assert!(refused.header("retry-after").is_some());
        assert!(began.elapsed() < Duration::from_secs(10), "{mode:?}: {:?}", began.elapsed());
        directory.add(&json!({"name": next})).await;
        between.set(Mode::Open);
        wait_for(&directory, "/v1/practitioners?q=person", 200).await;
    }
    let all = ["Person One", "Person Two", "Person Two and a half"];
    assert_eq!(directory.names("q=person&sort=name").await, all);

    // Somebody removes the index, or empties it.
    let fetch = Fetch::new(Reach::Chosen, &[], &[]).unwrap();
    for what in ["", "/documents"] {
        let address = format!("{}/indexes/{}{what}", server.url, server.index);
        let token = Some(server.key.reveal()).filter(|key| !key.is_empty());
        let ask = Ask {
            method: Method::DELETE,
            address: &address,
            token,
            body: None,
            limit: 1 << 20,
            within: Duration::from_secs(10),
        };
        let (status, _) = fetch.ask(ask).await.unwrap();
        assert_eq!(status, 202);
        wait_for(&directory, "/v1/practitioners?q=person&sort=name", 503).await;
        let found = wait_for(&directory, "/v1/practitioners?q=person&sort=name", 200).await;
        assert_eq!(names(&found), all, "never a part of it");
    }
}
