//! How Meilisearch is asked: the SDK's requests, sent by the service's own HTTP client, which gives up in time and
//! takes in no more than it is told to.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::AsyncReadExt;
use meilisearch_sdk::errors::Error;
use meilisearch_sdk::request::{HttpClient, Method, parse_response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::form_urlencoded::Serializer;

use crate::config::Secret;
use crate::platform::fetch::{self, Ask, Fetch};

/// The largest answer that is taken in: a thousand documents with their texts.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;
/// The media type of everything that is sent.
const JSON: &str = "application/json";

/// The SDK's way out.
#[derive(Clone, Debug)]
pub(super) struct Http {
    fetch: Fetch,
    key: Arc<Secret>,
    within: Duration,
}

impl Http {
    /// Requests that may each take so long, with this key where the server asks for one.
    pub(super) fn new(fetch: Fetch, key: Secret, within: Duration) -> Self {
        Self { fetch, key: Arc::new(key), within }
    }

    /// The same with another patience.
    pub(super) fn within(&self, within: Duration) -> Self {
        Self { within, ..self.clone() }
    }

    async fn exchange<Output: DeserializeOwned>(
        &self,
        url: &str,
        method: fetch::Method,
        query: Value,
        body: Option<Vec<u8>>,
        expected: u16,
    ) -> Result<Output, Error> {
        let address = with_query(url, &query);
        let token = (!self.key.is_empty()).then(|| self.key.reveal());
        let body = body.map(|bytes| (JSON, bytes));
        let ask = Ask { method, address: &address, token, body, limit: LARGEST_ANSWER, within: self.within };
        let (status, bytes) = self.fetch.ask(ask).await.map_err(other)?;
        let text = String::from_utf8(bytes).map_err(other)?;
        let text = if text.is_empty() { "null" } else { &text };
        parse_response(status, expected, text, address.clone())
    }
}

#[async_trait]
impl HttpClient for Http {
    async fn request<Query, Body, Output>(
        &self,
        url: &str,
        method: Method<Query, Body>,
        expected_status_code: u16,
    ) -> Result<Output, Error>
    where
        Query: Serialize + Send + Sync,
        Body: Serialize + Send + Sync,
        Output: DeserializeOwned + 'static + Send,
    {
        let query = serde_json::to_value(method.query())?;
        let body = method.body().map(serde_json::to_vec).transpose()?;
        self.exchange(url, verb(&method), query, body, expected_status_code).await
    }

    async fn stream_request<
        Query: Serialize + Send + Sync,
        Body: futures_util::AsyncRead + Send + Sync + 'static,
        Output: DeserializeOwned + 'static,
    >(
        &self,
        url: &str,
        method: Method<Query, Body>,
        _content_type: &str,
        expected_status_code: u16,
    ) -> Result<Output, Error> {
        let (verb, query) = (verb(&method), serde_json::to_value(method.query())?);
        let mut bytes = None;
        if let Some(body) = method.into_body() {
            let mut whole = Vec::new();
            Box::pin(body).read_to_end(&mut whole).await.map_err(other)?;
            bytes = Some(whole);
        }
        self.exchange(url, verb, query, bytes, expected_status_code).await
    }

    fn is_tokio(&self) -> bool {
        true
    }
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Other(Box::new(error))
}

const fn verb<Q, B>(method: &Method<Q, B>) -> fetch::Method {
    match method {
        Method::Get { .. } => fetch::Method::GET,
        Method::Post { .. } => fetch::Method::POST,
        Method::Patch { .. } => fetch::Method::PATCH,
        Method::Put { .. } => fetch::Method::PUT,
        Method::Delete { .. } => fetch::Method::DELETE,
    }
}

/// An address with the members of an object as its query; lists are written with commas.
fn with_query(url: &str, query: &Value) -> String {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut pairs = Serializer::new(String::new());
    for (name, value) in query.as_object().into_iter().flatten() {
        match value {
            Value::Null => {}
            Value::Array(many) => {
                pairs.append_pair(name, &many.iter().map(text).collect::<Vec<_>>().join(","));
            }
            one => drop(pairs.append_pair(name, &text(one))),
        }
    }
    match pairs.finish() {
        pairs if pairs.is_empty() => url.to_owned(),
        pairs => format!("{url}?{pairs}"),
    }
}
