//! The HTTP plumbing, on a small service that knows no slice: every kind of failure, every header.

#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod answers;
mod bodies;
mod cursors;
mod edge;
mod once;
mod parameters;
mod server;

use std::sync::Arc;
use std::time::Duration;

use poem::endpoint::BoxEndpoint;
use poem::http::{HeaderMap, Method, StatusCode};
use poem::{Endpoint, EndpointExt, Request, RequestBuilder, Route, get};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Enum, Object, OpenApi, OpenApiService, Union};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stipple::config::http::Http;
use stipple::platform::clock::{Clock, Ts};
use stipple::platform::http::{
    Answer, Body, Cached, Checked, Class, Created, Edge, IfMatch, NoContent, Page, Policy, RawBody, RawKind,
    Shelf, Total, Traffic, Validate, Version,
};
use stipple::platform::id::{Ids, Number};
use stipple::platform::metrics::Metrics;
use stipple::platform::problem::{Error, Fault};
use stipple::platform::rendered::Rendered;

#[derive(Clone, Debug, Enum, Serialize, Deserialize, PartialEq)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
enum Technique {
    Density,
    HairlineRestoration,
    ScarCamouflage,
}

#[derive(Clone, Debug, Object, Serialize)]
struct Price {
    /// Minor units.
    #[oai(validator(minimum(value = "1"), maximum(value = "10000000")))]
    amount: i64,
    #[oai(validator(pattern = "^[A-Z]{3}$"))]
    currency: String,
}

#[derive(Clone, Debug, Object, Serialize)]
struct ByPost {
    street: String,
}

#[derive(Clone, Debug, Object, Serialize)]
struct ByPhone {
    #[oai(validator(min_length = 5))]
    number: String,
}

#[derive(Clone, Debug, Union, Serialize)]
#[oai(discriminator_name = "kind", one_of = true)]
#[serde(tag = "kind")]
enum Contact {
    #[oai(mapping = "post")]
    #[serde(rename = "post")]
    Post(ByPost),
    #[oai(mapping = "phone")]
    #[serde(rename = "phone")]
    Phone(ByPhone),
}

#[derive(Clone, Debug, Object, Serialize)]
struct Thing {
    #[oai(validator(min_length = 1, max_length = 20))]
    name: String,
    techniques: Option<Vec<Technique>>,
    #[oai(validator(max_items = 2))]
    prices: Option<Vec<Price>>,
    #[serde(skip)]
    website: Option<url::Url>,
    since: Option<Ts>,
    listing: Option<Number>,
    rank: Option<u8>,
    open: Option<bool>,
    ratio: Option<f64>,
    contact: Option<Contact>,
    notes: Option<std::collections::HashMap<String, String>>,
    #[oai(read_only)]
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

impl Validate for Thing {
    const BYTES: usize = 2048;

    fn faults(&self) -> Vec<Fault> {
        if self.name == "nobody" && self.open == Some(true) {
            vec![
                Fault::new("/name", "nobody", "Nobody has no name."),
                Fault::new("/open", "closed", "Nobody is closed."),
            ]
        } else {
            Vec::new()
        }
    }
}

struct Credential;

impl RawKind for Credential {
    const BYTES: usize = 512;
    const MEDIA_TYPES: &'static [&'static str] = &["application/json", "application/vc"];
}

struct Api;

#[OpenApi]
impl Api {
    /// Things, by word.
    #[oai(path = "/things", method = "get", operation_id = "list_things")]
    async fn list(
        &self,
        q: Query<Option<String>>,
        limit: Query<Option<u16>>,
        technique: Query<Option<Vec<Technique>>>,
        sort: Query<Option<Technique>>,
        since: Query<Option<Ts>>,
    ) -> Result<Answer<Page<Price>>, Error> {
        let _ = (q, technique, sort, since);
        let price = Price { amount: 100, currency: "GBP".to_owned() };
        let many = usize::from(limit.0.unwrap_or(2));
        let page = Page::new(vec![price; many], Total::at_least(many as u64), None);
        Ok(Answer::new(&page).link("next", "/things?cursor=x"))
    }

    /// Make a thing.
    #[oai(path = "/things", method = "post", operation_id = "create_thing")]
    async fn create(&self, body: Body<Thing>) -> Result<Created<Thing>, Error> {
        Ok(Created::new(&body.0).location("/things/1").version(Version(1)))
    }

    /// One thing.
    #[oai(path = "/things/:number", method = "get", operation_id = "get_thing")]
    async fn read(&self, number: Path<u32>) -> Result<Cached<Price>, Error> {
        match number.0 {
            1 => {
                let body = format!("{{\"amount\":1,\"currency\":\"GBP\",\"pad\":\"{}\"}}", "x".repeat(3000));
                Ok(Cached::new(Rendered { body: body.into(), etag: "\"v3\"".into() }))
            }
            2 => panic!("a bug with /secret/path in it"),
            3 => Err(Error::internal(std::io::Error::other("disk /dev/secret is on fire"))),
            4 => {
                tokio::time::sleep(Duration::from_secs(30)).await;
                Err(Error::not_found("Too late."))
            }
            _ => Err(Error::not_found(format!("There is no thing {}.", *number))),
        }
    }

    /// Change a thing.
    #[oai(path = "/things/:number", method = "put", operation_id = "change_thing")]
    async fn change(
        &self,
        number: Path<u32>,
        #[oai(name = "If-Match")] if_match: IfMatch,
    ) -> Result<NoContent, Error> {
        if_match.check(Version(i64::from(*number)))?;
        Ok(NoContent)
    }

    /// Check a credential.
    #[oai(path = "/verify", method = "post", operation_id = "verify")]
    async fn verify(&self, credential: RawBody<Credential>) -> Result<Answer<Price>, Error> {
        tokio::time::sleep(Duration::from_millis(300)).await;
        Ok(Answer::new(&Price {
            amount: i64::try_from(credential.bytes.len()).unwrap(),
            currency: "GBP".to_owned(),
        }))
    }

    /// A listing by number.
    #[oai(path = "/listings/:number/prices/:at", method = "get", operation_id = "get_price")]
    async fn price(&self, number: Path<Number>, at: Path<u8>) -> Result<Answer<Price>, Error> {
        let _ = (number, at);
        Err(Error::not_found("There are no prices."))
    }
}

/// The service behind the edge, with these settings.
fn service(settings: Http) -> BoxEndpoint<'static> {
    service_with(settings, Metrics::new())
}

fn service_with(settings: Http, metrics: Metrics) -> BoxEndpoint<'static> {
    edge(settings, metrics, None)
}

/// The same with a shelf.
fn shelved(settings: Http, metrics: Metrics, shelf: Shelf) -> BoxEndpoint<'static> {
    edge(settings, metrics, Some(shelf))
}

fn edge(settings: Http, metrics: Metrics, shelf: Option<Shelf>) -> BoxEndpoint<'static> {
    let ids = Ids::seeded(Clock::system(), 1);
    let traffic = Arc::new(Traffic::new(settings, &ids, metrics));
    let gate = traffic.verify.clone();
    let checked = Checked::new(Api, traffic.clone(), move |id, method| match id {
        "verify" => Policy { class: Class::Verify, open: true, gate: Some(gate.clone()) },
        _ => Policy::of(method),
    });
    let routes = Route::new()
        .nest("/", OpenApiService::new(checked, "Things", "1"))
        .at("/page", get(poem::endpoint::make_sync(|_| "a page")));
    let edge = Edge::new(routes, traffic);
    match shelf {
        Some(shelf) => edge.with_shelf(shelf).boxed(),
        None => edge.boxed(),
    }
}

/// What came back.
struct Got {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!("{error}: {:?}", String::from_utf8_lossy(&self.body));
        })
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The problem's code, after checking what every problem has.
    fn code(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.status);
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["request_id"], self.header("x-request-id").unwrap());
        assert!(!problem["title"].as_str().unwrap().is_empty());
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        let code = problem["code"].as_str().unwrap().to_owned();
        assert_eq!(problem["type"], format!("/problems/{code}"));
        code
    }

    /// Pointers and codes of every fault.
    fn faults(&self) -> Vec<(String, String)> {
        let problem = self.json();
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        errors.iter().map(|fault| (text(&fault["pointer"]), text(&fault["code"]))).collect()
    }

    fn detail_at(&self, pointer: &str) -> String {
        let problem = self.json();
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        let fault = errors.iter().find(|fault| fault["pointer"] == pointer);
        fault.unwrap_or_else(|| panic!("nothing at {pointer}: {problem}"))["detail"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

async fn send(endpoint: &BoxEndpoint<'static>, request: Request) -> Got {
    let response = endpoint.get_response(request).await;
    Got {
        status: response.status(),
        headers: response.headers().clone(),
        body: response.into_body().into_vec().await.unwrap(),
    }
}

fn request(method: Method, path: &str) -> RequestBuilder {
    Request::builder().method(method).uri_str(path)
}

async fn read(endpoint: &BoxEndpoint<'static>, path: &str) -> Got {
    send(endpoint, request(Method::GET, path).finish()).await
}

async fn post(endpoint: &BoxEndpoint<'static>, path: &str, body: impl Into<poem::Body>) -> Got {
    send(endpoint, request(Method::POST, path).content_type("application/json").body(body)).await
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned())).collect()
}
