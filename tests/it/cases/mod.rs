//! Cases: photos, consent, look-alikes and people like oneself.

mod alike;
mod consent;
mod lifecycle;
mod log;
mod looks;
mod photos;
mod pictures;
mod search;

use image::ImageFormat;
use poem::http::Method;
use serde_json::{Value, json};

use crate::support::pictures::{encoded, scalp};
use crate::support::{Client, Response, TestApp};

/// Somebody with a listing of their own.
pub(crate) struct Keeper {
    pub(crate) client: Client,
    pub(crate) number: String,
}

impl Keeper {
    pub(crate) async fn new(app: &TestApp) -> Self {
        let client = app.as_new_practitioner().await;
        let made = client.post("/v1/practitioners", &json!({"name": "Jane Doe"})).await.expect(201).json();
        Self { client, number: text(&made["number"]) }
    }

    /// Makes a draft of that body.
    pub(crate) async fn draft(&self, body: &Value) -> String {
        let path = format!("/v1/practitioners/{}/cases", self.number);
        text(&self.client.post(&path, body).await.expect(201).json()["id"])
    }

    /// Sends a photo.
    pub(crate) async fn photo(
        &self,
        case: &str,
        stage: &str,
        view: &str,
        day: &str,
        bytes: Vec<u8>,
    ) -> Response {
        send(&self.client, case, stage, view, day, bytes).await
    }

    /// A case that its client is asked to agree to, and the page that the letter leads to.
    pub(crate) async fn asked(&self, app: &TestApp) -> (String, String) {
        let case = self.draft(&story()).await;
        self.complete(&case, 5).await;
        let page = self.consent_page(app, &case).await;
        (case, page)
    }

    /// Has a letter sent about a case; the address of the page it leads the client to.
    async fn consent_page(&self, app: &TestApp, case: &str) -> String {
        let letters = format!("/v1/cases/{case}/consent-letters");
        self.client.post(&letters, &json!({"email": "ann@example.com"})).await.expect(202);
        let letters = app.letters().await;
        let letter = letters.last().expect("a letter");
        let at = letter.find("/consents/stc_").expect("a link to a page");
        letter[at..].chars().take_while(|letter| !letter.is_whitespace()).collect()
    }

    /// Publishes a case as it stands.
    pub(crate) async fn publish(&self, case: &str) -> Response {
        let path = format!("/v1/cases/{case}");
        self.client.patch(&path, &json!({"published": true})).if_match("*").await
    }

    /// A case that is shown, with photos of the seeds `seed` to `seed + 2`.
    pub(crate) async fn shown(&self, body: &Value, seed: u64) -> String {
        let case = self.draft(body).await;
        self.complete(&case, seed).await;
        self.publish(&case).await.expect(200);
        case
    }

    /// Adds the photos that showing a case needs.
    pub(crate) async fn complete(&self, case: &str, seed: u64) {
        self.photo(case, "before", "front", "2025-01-05", jpeg(seed)).await.expect(201);
        self.photo(case, "settled", "front", "2025-06-01", jpeg(seed + 1)).await.expect(201);
        self.photo(case, "settled", "hairline-close", "2025-06-01", jpeg(seed + 2)).await.expect(201);
    }
}

pub(crate) async fn send(
    client: &Client,
    case: &str,
    stage: &str,
    view: &str,
    day: &str,
    bytes: Vec<u8>,
) -> Response {
    let path = format!(
        "/v1/cases/{case}/photos?stage={stage}&view={view}&taken_on={day}&light=clinic-even&identity=hidden"
    );
    client.call(Method::POST, &path).body("image/jpeg", bytes).await
}

/// A body of a case that misses nothing but photos: Norwood 5 and a strip scar on Monk 8.
pub(crate) fn story() -> Value {
    json!({
        "conditions": ["male-pattern", "scar-fut"],
        "loss": {"norwood": "5"},
        "client": {"group": "men", "skin_tone": "mst-8", "hair_length": "shaved"},
        "techniques": ["stippling", "layering"],
        "sessions": ["2025-01-10", "2025-02-10"],
        "consent": {"scopes": ["directory", "api"], "given_on": "2025-01-09"},
    })
}

/// A picture of a seed as a camera's file.
pub(crate) fn jpeg(seed: u64) -> Vec<u8> {
    encoded(scalp(seed, 400, 340), ImageFormat::Jpeg)
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} should be text")).to_owned()
}

/// The path of an address of the API.
pub(crate) fn local(url: &Value) -> String {
    let url = text(url);
    url[url.find("/v1/").expect("an address of the API")..].to_owned()
}

/// Where the API has what a client's page shows.
pub(crate) fn behind(page: &Value) -> String {
    let page = text(page);
    format!("/v1{}", &page[page.find("/consents/").expect("a page for the client")..])
}

/// How many files of photos there are.
pub(crate) fn files(app: &TestApp) -> usize {
    std::fs::read_dir(app.config.data_dir.join("blobs/cases")).map_or(0, Iterator::count)
}
