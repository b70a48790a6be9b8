//! The index follows: changes become visible, restarts and damage lose nothing.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;
use stipple::directory;
use stipple::search::{Batch, Document};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_just_written_finds_it() {
    let directory = Directory::new().await;
    directory.add(&json!({"name": "Somebody Before"})).await;
    directory.settle().await;
    for at in 0..12 {
        let number = directory.add(&json!({"name": format!("Quincy Number{at}")})).await;
        let found =
            directory.operator.get(&format!("/v1/practitioners?q=%22number{at}%22")).await.expect(200).json();
        assert_eq!(found["items"][0]["number"], json!(number), "{found:#}");
    }
}

/// Somebody wrote to the index behind the service's back: what is missing, what is too much and what is old.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_has_drifted_is_put_right() {
    let mut directory = Directory::new().await;
    let mut numbers = Vec::new();
    for at in 0..8 {
        numbers.push(directory.add(&json!({"name": format!("Person {at}")})).await);
    }
    directory.settle().await;
    let engine = directory.search.engine().expect("it is open");
    let ghost = |number: &str, name: &str| Document {
        id: number.to_owned(),
        group: number.to_owned(),
        point: None,
        fields: json!({"number": number, "name": name, "updated_at": 1}).as_object().unwrap().clone(),
    };
    let batch = Batch {
        delete_groups: vec![numbers[0].clone()],
        upsert: vec![ghost("SMP-0000-0000-0", "Person Nobody"), ghost(&numbers[1], "Person Of Old")],
        ..Batch::default()
    };
    engine.write(batch).await.expect("it is written");
    drop(engine);
    // The look around begins anew with the follower, at once.
    directory.restart().await;
    let began = Instant::now();
    let wanted: Vec<String> = (0..8).map(|at| format!("Person {at}")).collect();
    loop {
        let names = directory.names("q=person&sort=name&limit=100").await;
        if names == wanted {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{names:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let metrics = directory.anyone().get("/metrics").await.expect(200).text();
    let drift = metrics.lines().find(|line| line.starts_with("stipple_index_drift_total")).unwrap();
    assert!(drift.ends_with(" 3"), "{drift}");
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
