//! Reviews: as clients, practitioners and operators meet them, and as those who would bend them do.

mod invitations;
mod log;
mod moderation;
mod rating;
mod relisting;
mod writing;

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Client, Response, TestApp};

/// A text that is long enough.
const TEXT: &str =
    "They took their time, explained each step, and the hairline looks like it always was mine.";

/// An application with one listing and its keeper.
pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) keeper: Client,
    pub(crate) listing: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        let app = TestApp::new().await;
        let keeper = app.as_new_practitioner().await;
        let listing = new_listing(&keeper, "Marian Wright").await;
        Self { app, keeper, listing }
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/practitioners/{}{rest}", self.listing)
    }

    /// Records a treatment of today for an address.
    pub(crate) async fn record(&self, email: &str) -> Value {
        let body =
            json!({"service": "full-head", "sessions": [self.app.clock.today().to_string()], "email": email});
        self.keeper.post(&self.path("/treatments"), &body).await.expect(201).json()
    }

    /// The token in the last letter to an address.
    pub(crate) async fn token_for(&self, email: &str) -> String {
        let letters = self.app.letters().await;
        let to = format!("To: {email}\r\n");
        let letter = letters.iter().rev().find(|letter| letter.contains(&to) && letter.contains("stp_rv_"));
        token_in(letter.unwrap_or_else(|| panic!("no invitation to {email} in {letters:#?}")))
    }

    /// An invited review by a client with that address: the answer to its author.
    pub(crate) async fn reviewed(&self, email: &str, review: Value) -> Value {
        self.record(email).await;
        let token = self.token_for(email).await;
        self.submit(&token, &review).await.expect(201).json()
    }

    async fn submit(&self, token: &str, review: &Value) -> Response {
        self.app.anyone().post(&format!("/v1/review-invitations/{token}"), review).await
    }

    /// The list of reviews with what they come to.
    pub(crate) async fn reviews(&self, query: &str) -> Value {
        self.app.anyone().get(&self.path(&format!("/reviews{query}"))).await.expect(200).json()
    }

    fn days_pass(&self, days: u64) {
        self.app.clock.advance(Duration::from_hours(24 * days));
    }
}

async fn new_listing(keeper: &Client, name: &str) -> String {
    let made = keeper.post("/v1/practitioners", &json!({"name": name})).await.expect(201).json();
    made["number"].as_str().unwrap().to_owned()
}

/// The invitation's token in a text.
fn token_in(text: &str) -> String {
    let at = text.find("stp_rv_").expect("there is a token");
    text[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

/// A review of so many stars.
pub(crate) fn review(stars: i64) -> Value {
    json!({
        "stars": stars, "would_recommend": stars > 3, "relationship": "client", "incentive": "none",
        "text": format!("{TEXT} So it was {stars}.")
    })
}

/// A review with a member changed.
fn with(member: &str, value: Value) -> Value {
    let mut body = review(4);
    body[member] = value;
    body
}
