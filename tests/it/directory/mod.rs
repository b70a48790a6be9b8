//! The directory: what makes a listing verified, the search over HTTP, one listing, the change feed,
//! and an index that follows every change.

mod follow;
mod listing;
mod remote;
mod rules;
mod search;
mod suggest;
mod verified;
mod work;

use std::ops::Deref;
use std::time::Duration;

use serde_json::{Value, json};
use stipple::directory;
use stipple::platform::changes;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::{Client, TestApp};

/// An application whose index follows its changes, as in a service that runs.
pub(crate) struct Directory {
    app: TestApp,
    operator: Client,
    stop: CancellationToken,
    follower: Option<JoinHandle<()>>,
}

impl Deref for Directory {
    type Target = TestApp;
    fn deref(&self) -> &TestApp {
        &self.app
    }
}

impl Directory {
    pub(crate) async fn new() -> Self {
        Self::of(TestApp::new().await).await
    }

    /// With the engine in this process, whatever the run is about: for its files, and for what it alone does.
    async fn embedded() -> Self {
        Self::of(TestApp::with(|config| "embedded".clone_into(&mut config.search_url)).await).await
    }

    async fn of(app: TestApp) -> Self {
        let operator = app.as_operator().await;
        let (stop, follower) = follow(&app);
        Self { app, operator, stop, follower: Some(follower) }
    }

    /// Makes a listing; answers its number.
    pub(crate) async fn add(&self, body: &Value) -> String {
        let made = self.operator.post("/v1/practitioners", body).await.expect(201).json();
        made["number"].as_str().expect("a new listing has a number").to_owned()
    }

    /// Changes a listing whatever its version is.
    async fn change(&self, number: &str, body: &Value) {
        self.operator.patch(&format!("/v1/practitioners/{number}"), body).if_match("*").await.expect(200);
    }

    /// Waits until searches see every change committed so far.
    pub(crate) async fn settle(&self) {
        let mut conn = self.db.read().await.expect("a reader is free");
        let latest = changes::latest(&mut conn).await.expect("the feed answers");
        drop(conn);
        tokio::time::timeout(Duration::from_secs(20), self.search.wait_until_indexed(latest))
            .await
            .expect("the index follows");
    }

    /// Everything a search answers, after the index has caught up.
    async fn find(&self, query: &str) -> Value {
        self.settle().await;
        self.anyone().get(&format!("/v1/practitioners?{query}")).await.expect(200).json()
    }

    /// The names a search finds, in order.
    async fn names(&self, query: &str) -> Vec<String> {
        let found = self.find(query).await;
        let items = found["items"].as_array().expect("a page has items");
        items.iter().map(|item| item["name"].as_str().expect("a listing has a name").to_owned()).collect()
    }

    /// Ends the follower and begins another one, as a restart does.
    async fn restart(&mut self) {
        self.halt().await;
        self.app.search.close();
        let (stop, follower) = follow(&self.app);
        (self.stop, self.follower) = (stop, Some(follower));
    }

    /// Ends the follower.
    async fn halt(&mut self) {
        self.stop.cancel();
        if let Some(follower) = self.follower.take() {
            follower.await.expect("the follower ends");
        }
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn follow(app: &TestApp) -> (CancellationToken, JoinHandle<()>) {
    let stop = CancellationToken::new();
    #[expect(clippy::disallowed_methods, reason = "the test itself waits for it")]
    let follower = tokio::spawn(directory::follow_changes(app.app.clone(), stop.clone()));
    (stop, follower)
}

/// A clinic at a point.
pub(crate) fn clinic(name: &str, city: &str, country: &str, lat: f64, lon: f64) -> Value {
    json!({
        "name": name,
        "address": {"city": city, "country": country},
        "point": {"lat": lat, "lon": lon},
    })
}

/// A listing with one clinic.
pub(crate) fn at(name: &str, clinic: &Value) -> Value {
    json!({"name": name, "clinics": [clinic]})
}

pub(crate) fn manchester() -> Value {
    clinic("Northern Scalp Studio", "Manchester", "GB", 53.48, -2.24)
}

pub(crate) fn leeds() -> Value {
    clinic("Aire Clinic", "Leeds", "GB", 53.8, -1.55)
}

fn atlanta() -> Value {
    clinic("Peachtree Ink", "Atlanta", "US", 33.75, -84.39)
}
