//! Certificates through the real application: what is taken in and what is refused, what counts, and the
//! verdict on what anybody may send.

mod abroad;
mod batch;
mod bundle;
mod check;
mod custody;
mod forms;
mod requests;
mod status;
mod submission;
mod theft;
mod verdicts;

use serde_json::{Value, json};

use crate::support::TestApp;

/// Lists somebody; answers the number.
pub(super) async fn list(app: &TestApp, name: &str) -> String {
    let body = json!({"name": name});
    let made = app.as_operator().await.post("/v1/practitioners", &body).await.expect(201).json();
    made["number"].as_str().expect("a number").to_owned()
}

/// The outcome of one check of a verdict.
pub(super) fn outcome<'a>(verdict: &'a Value, check: &str) -> &'a str {
    verdict["checks"]
        .as_array()
        .and_then(|checks| checks.iter().find(|one| one["check"] == check))
        .and_then(|one| one["outcome"].as_str())
        .unwrap_or_else(|| panic!("{verdict:#} has no check {check}"))
}
