//! The index follows: changes become visible, restarts and damage lose nothing.

use std::fs;
use std::time::Duration;

use serde_json::json;
use stipple::directory;

use super::{Directory, at, leeds, manchester};

#[tokio::test]
async fn a_change_is_found_after_its_commit() {
    let directory = Directory::new().await;
    let number = directory.add(&at("Anna Before", &leeds())).await;
    assert_eq!(directory.names("q=before").await, ["Anna Before"]);
    directory.change(&number, &json!({"name": "Anna Later"})).await;
    assert_eq!(directory.names("q=later").await, ["Anna Later"]);
    assert_eq!(directory.names("q=before").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_restart_goes_on_where_the_index_is() {
    let mut directory = Directory::embedded().await;
    directory.add(&json!({"name": "Person One"})).await;
    directory.settle().await;
    let live = directory.config.data_dir.join("search/practitioners/current");
    let before = fs::read_to_string(&live).expect("the live index has a name");
    directory.halt().await;
    directory.add(&json!({"name": "Person Two"})).await;
    directory.restart().await;
    assert_eq!(directory.names("q=person&sort=name").await, ["Person One", "Person Two"]);
    assert!(!directory.search.followed().rebuilding);
    let after = fs::read_to_string(&live).expect("the live index has a name");
    assert_eq!(before, after, "what is there is not made again");
}

#[tokio::test]
async fn a_damaged_or_lost_index_is_made_again() {
    let mut directory = Directory::embedded().await;
    for name in ["Person One", "Person Two"] {
        directory.add(&at(name, &manchester())).await;
    }
    directory.settle().await;
    let folder = directory.config.data_dir.join("search");
    for damage in ["garbage", "nothing"] {
        directory.halt().await;
        directory.search.close();
        if damage == "garbage" {
            fs::write(folder.join("practitioners/current"), "not a generation").expect("the file is written");
        } else {
            fs::remove_dir_all(&folder).expect("the index is thrown away");
        }
        directory.restart().await;
        assert_eq!(directory.names("q=person&sort=name").await, ["Person One", "Person Two"], "{damage}");
    }
}

#[tokio::test]
async fn making_it_anew_loses_nothing() {
    let directory = Directory::new().await;
    for at in 0..30 {
        directory.add(&json!({"name": format!("Person {at}")})).await;
    }
    let before = directory.names("limit=100&sort=name").await;
    let engine = directory.search.engine().expect("the index is open");
    let mut told = Vec::new();
    let indexed = directory::rebuild(&directory.app.app, engine.as_ref().as_ref(), |progress| {
        told.push((progress.done, progress.of));
    })
    .await
    .expect("the index is made");
    assert_eq!(indexed, 30);
    assert_eq!(told.last(), Some(&(30, 30)));
    assert_eq!(directory.names("limit=100&sort=name").await, before);
}

#[tokio::test]
async fn time_alone_brings_a_listing_to_the_index() {
    let directory = Directory::new().await;
    let mut body = at("Starts Tomorrow", &leeds());
    body["clinics"][0]["from"] = json!("2026-06-02");
    directory.add(&body).await;
    assert_eq!(directory.names("near=Leeds").await, Vec::<String>::new(), "not there yet");
    directory.clock.advance(Duration::from_hours(24));
    directory::sweep(&directory.app.app).await.expect("the sweep runs");
    assert_eq!(directory.names("near=Leeds").await, ["Starts Tomorrow"]);
}

#[tokio::test]
async fn searches_are_told_to_wait_while_the_index_opens() {
    let app = crate::support::TestApp::new().await;
    let early = app.anyone().get("/v1/practitioners").await;
    assert!(early.header("retry-after").is_some());
    early.problem("unavailable");
}
