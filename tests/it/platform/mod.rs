//! The plumbing: on both databases, under crashes, cancellations and races.

mod bucket;
mod changes;
mod database;
mod fetch;
mod jobs;
mod machine;
mod mail;
mod memory;
mod numbers;
mod replica;
mod time;

use crate::support::{self, Client, Response, TestApp};

#[tokio::test]
async fn every_test_has_a_migrated_database_of_its_own() {
    let (one, other) = (support::db().await, support::db().await);
    let mut tx = one.write().await.unwrap();
    stipple::platform::changes::append(&mut tx, "practitioners/x", one.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    for (db, seen) in [(other.db.clone(), 0), (one.reopen().await, 1)] {
        let mut read = db.read().await.unwrap();
        assert_eq!(stipple::platform::changes::latest(&mut read).await.unwrap(), seen);
    }
}

#[tokio::test]
async fn the_test_application_answers() {
    let app = TestApp::new().await;
    let (anyone, operator): (Client, Client) = (app.anyone(), app.as_operator().await);
    let answer: Response = anyone.get("/readyz").await.expect(200);
    assert_eq!(answer.text(), "ready");
    operator.get("/nowhere").await.expect(404).problem("not-found");
}

/// A job of a kind nobody knows stays in the queue, and the test that left it there fails.
#[tokio::test]
async fn a_job_that_cannot_be_done_fails_the_test_that_left_it() {
    let app = TestApp::new().await;
    let mut tx = app.db.write().await.unwrap();
    stipple::platform::jobs::enqueue(&mut tx, &app.ids, "nobody.knows", &(), app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    let dropped = tokio::task::spawn_blocking(move || {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(app)))
    });
    let said = dropped.await.unwrap().expect_err("a job was left");
    let said = said.downcast_ref::<String>().unwrap();
    assert!(said.contains("no handler for jobs of kind nobody.knows"), "{said}");
}

#[tokio::test]
async fn without_a_database_callers_are_told_to_come_back() {
    let app = TestApp::new().await;
    let operator = app.as_operator().await;
    app.lose_the_database().await;
    app.anyone().get("/healthz").await.expect(200);
    app.anyone().get("/readyz").await.expect(503);
    let body = serde_json::json!({"name": "Ana Bell"});
    let answers =
        [app.anyone().get("/v1/academies").await, operator.post("/v1/practitioners", &body).key("k").await];
    for answer in answers {
        let answer = answer.expect(503);
        assert!(answer.header("retry-after").is_some(), "{answer:?}");
        answer.problem("unavailable");
    }
}
