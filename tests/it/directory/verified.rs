//! What signed certificates change about a listing: on it, in the search, and when time or an academy's
//! recognition takes it back.

use std::time::Duration;

use serde_json::{Value, json};
use stipple::directory;

use super::Directory;
use crate::support::academy::Academy;

async fn listing(directory: &Directory, number: &str) -> Value {
    directory.anyone().get(&format!("/v1/practitioners/{number}")).await.expect(200).json()
}

#[tokio::test]
async fn a_certificate_that_counts_verifies_its_listing() {
    let directory = Directory::new().await;
    let academy = Academy::recognised(&directory, "leeds-smp-school").await;
    let trained = directory.add(&json!({"name": "Marian Wright"})).await;
    directory.add(&json!({"name": "Marian Untrained"})).await;
    assert_eq!(listing(&directory, &trained).await["verified"]["value"], false);

    let signed = academy.sign(&academy.award(&directory, "Marian Wright", Some(&trained)));
    let certificate = academy.submit(&signed).await.expect(201).json()["number"].clone();
    let shown = listing(&directory, &trained).await;
    assert_eq!(shown["verified"], json!({"value": true, "because": [certificate], "missing": []}));
    assert_eq!(shown["certificates"][0]["number"], certificate);
    assert_eq!(shown["supervised_live_hours"], 24);

    assert_eq!(directory.names("verified=true").await, ["Marian Wright"]);
    assert_eq!(directory.names("verified=false").await, ["Marian Untrained"]);
    assert_eq!(directory.names("min_hours=24").await, ["Marian Wright"]);
    assert_eq!(directory.names("min_hours=25").await, Vec::<String>::new());
    assert_eq!(directory.names("level=foundation").await, ["Marian Wright"]);
    assert_eq!(directory.names("academy=leeds-smp-school").await, ["Marian Wright"]);
    assert_eq!(directory.names("credential_kind=training-certificate").await, ["Marian Wright"]);
    assert_eq!(directory.names("q=marian").await, ["Marian Wright", "Marian Untrained"], "training lifts");
    assert_eq!(directory.names("sort=recently-verified").await, ["Marian Wright", "Marian Untrained"]);
    let found = directory.find("verified=true&include=certificates").await;
    assert_eq!(found["items"][0]["certificates"][0]["number"], certificate);
    assert_eq!(found["items"][0]["certificate_counts"], json!({"total": 1, "standing": 1, "counting": 1}));
}

#[tokio::test]
async fn what_does_not_count_is_shown_and_says_why() {
    let directory = Directory::new().await;
    let unknown = Academy::register(&directory, "york-dots").await;
    let number = directory.add(&json!({"name": "Marian Wright"})).await;
    unknown
        .submit(&unknown.sign(&unknown.award(&directory, "Marian Wright", Some(&number))))
        .await
        .expect(201);
    let shown = listing(&directory, &number).await;
    assert_eq!(shown["verified"]["value"], false);
    assert_eq!(shown["verified"]["missing"][0]["requirement"], "recognised-academy");
    assert_eq!(shown["certificates"][0]["counts"], false);
    assert_eq!(directory.names("verified=true").await, Vec::<String>::new());
    assert_eq!(directory.names("level=foundation").await, Vec::<String>::new());
    assert_eq!(directory.names("q=marian").await, ["Marian Wright"], "and is found all the same");
}

#[tokio::test]
async fn lost_recognition_reaches_the_listings_of_graduates() {
    let directory = Directory::new().await;
    let academy = Academy::recognised(&directory, "leeds-smp-school").await;
    let number = directory.add(&json!({"name": "Marian Wright"})).await;
    academy
        .submit(&academy.sign(&academy.award(&directory, "Marian Wright", Some(&number))))
        .await
        .expect(201);
    assert_eq!(directory.names("verified=true").await, ["Marian Wright"]);
    assert_eq!(listing(&directory, &number).await["verified"]["value"], true, "and is now kept rendered");

    let path = "/v1/academies/leeds-smp-school/recognitions";
    let recognitions = directory.anyone().get(path).await.expect(200).json();
    let id = recognitions["items"][0]["id"].as_str().expect("an id").to_owned();
    let end = json!({"reason": "Closed."});
    directory.operator.post(&format!("{path}/{id}/end"), &end).await.expect(200);
    assert_eq!(directory.names("verified=true").await, Vec::<String>::new());
    let shown = listing(&directory, &number).await;
    assert_eq!(shown["verified"]["missing"][0]["requirement"], "recognised-academy");
}

#[tokio::test]
async fn a_certificate_that_runs_out_stops_counting_by_the_clock_alone() {
    let directory = Directory::new().await;
    let academy = Academy::recognised(&directory, "leeds-smp-school").await;
    let number = directory.add(&json!({"name": "Marian Wright"})).await;
    let mut award = academy.award(&directory, "Marian Wright", Some(&number));
    award.valid_until = Some(directory.clock.now().plus(Duration::from_hours(24 * 30)));
    academy.submit(&academy.sign(&award)).await.expect(201);
    assert_eq!(directory.names("verified=true").await, ["Marian Wright"]);
    assert_eq!(listing(&directory, &number).await["verified"]["value"], true);

    directory.clock.advance(Duration::from_hours(24 * 30 + 1));
    directory::sweep(&directory.app.app).await.expect("the sweep runs");
    assert_eq!(directory.names("verified=true").await, Vec::<String>::new());
    let shown = listing(&directory, &number).await;
    assert_eq!(shown["verified"]["missing"][0]["requirement"], "in-force");
    assert_eq!(shown["certificates"][0]["status"], "expired");
}
