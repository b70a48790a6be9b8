//! Creates with an `Idempotency-Key`: made once, answered alike every time.

use std::sync::Arc;
use std::time::Duration;

use poem::endpoint::BoxEndpoint;
use poem::http::{Method, StatusCode};
use poem::web::Data;
use poem::{Endpoint, EndpointExt, Request, Route};
use poem_openapi::{Object, OpenApi, OpenApiService};
use serde::Serialize;
use stipple::config::http::Http;
use stipple::platform::changes;
use stipple::platform::clock::Clock;
use stipple::platform::db::Db;
use stipple::platform::http::idempotency::purge;
use stipple::platform::http::{
    Body, CallerKey, Checked, Context, Created, Edge, Idempotency, Policy, Traffic, Validate,
};
use stipple::platform::metrics::Metrics;
use stipple::platform::problem::Error;

use super::{Got, request, send};
use crate::support::{self, TestDb};

#[derive(Clone, Debug, Object, Serialize)]
struct Note {
    text: String,
    seq: Option<i64>,
}

impl Validate for Note {}

struct Notes;

#[OpenApi]
impl Notes {
    /// Make a note.
    #[oai(path = "/notes", method = "post", operation_id = "create_note")]
    async fn create(
        &self,
        db: Data<&Db>,
        clock: Data<&Clock>,
        #[oai(name = "Idempotency-Key")] once: Idempotency,
        body: Body<Note>,
    ) -> Result<Created<Note>, Error> {
        let mut tx = db.write().await?;
        if let Some(answer) = once.answered(&mut tx, clock.now()).await? {
            return Ok(answer);
        }
        changes::append(&mut tx, &format!("notes/{}", body.text), clock.now()).await?;
        let seq = changes::latest(&mut tx).await?;
        if body.text == "refused" {
            return Err(Error::conflict("No."));
        }
        let note = Note { text: body.text.clone(), seq: Some(seq) };
        let answer = Created::new(&note).location(&format!("/notes/{seq}"));
        once.keep(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }
}

/// Tells callers apart by a header, as the accounts do by a token.
fn service(test: &TestDb) -> BoxEndpoint<'static> {
    let traffic = Arc::new(Traffic::new(Http::for_tests(), &test.ids, Metrics::new()));
    let checked = Checked::new(Notes, traffic.clone(), |_: &str, method: &Method| Policy::of(method));
    let routes = Route::new()
        .nest("/", OpenApiService::new(checked, "Notes", "1"))
        .before(|request: Request| async move {
            if let (Some(caller), Some(context)) = (request.header("x-caller"), Context::of(&request)) {
                context.set_caller(CallerKey::of_token(caller.to_owned()));
            }
            Ok(request)
        })
        .data(test.db.clone())
        .data(test.clock.clone());
    Edge::new(routes, traffic).map_to_response().boxed()
}

fn create(caller: &str, key: &str, text: &str) -> Request {
    request(Method::POST, "/notes")
        .header("x-caller", caller)
        .header("idempotency-key", key)
        .content_type("application/json")
        .body(format!("{{\"text\":\"{text}\"}}"))
}

async fn count(test: &TestDb) -> usize {
    changes::after(&mut test.db.read().await.unwrap(), 0, 100).await.unwrap().len()
}

fn same(one: &Got, other: &Got) {
    assert_eq!(one.status, other.status);
    assert_eq!(one.body, other.body);
    assert_eq!(one.header("location"), other.header("location"));
}

#[tokio::test]
async fn the_same_request_again_makes_nothing_and_answers_alike() {
    let test = support::db().await;
    let service = service(&test);
    let first = send(&service, create("ada", "k1", "one")).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.json());
    let again = send(&service, create("ada", "k1", "one")).await;
    same(&first, &again);
    assert_eq!(count(&test).await, 1);

    let other = send(&service, create("ada", "k2", "one")).await;
    assert_eq!(other.json()["seq"], 2);
}

#[tokio::test]
async fn a_key_used_for_something_else_is_refused() {
    let test = support::db().await;
    let service = service(&test);
    send(&service, create("ada", "k1", "one")).await;
    let got = send(&service, create("ada", "k1", "two")).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(got.code(), "idempotency-key-reused");
    // Another caller's key of the same text is another key.
    assert_eq!(send(&service, create("bob", "k1", "two")).await.status, StatusCode::CREATED);
    for key in ["", "a b", "ä", &"k".repeat(256)] {
        let got = send(&service, create("ada", key, "one")).await;
        assert_eq!(got.code(), "invalid-parameter", "{key}");
        assert_eq!(got.faults()[0].0, "header:Idempotency-Key");
    }
}

#[tokio::test]
async fn a_request_that_failed_may_be_repeated() {
    let test = support::db().await;
    let service = service(&test);
    assert_eq!(send(&service, create("ada", "k1", "refused")).await.code(), "conflict");
    assert_eq!(send(&service, create("ada", "k1", "fine")).await.status, StatusCode::CREATED);
    assert_eq!(count(&test).await, 1);
}

#[tokio::test]
async fn keys_are_forgotten_after_a_day() {
    let test = support::db().await;
    let service = service(&test);
    send(&service, create("ada", "k1", "one")).await;
    send(&service, create("ada", "k2", "one")).await;
    test.clock.advance(Duration::from_secs(24 * 60 * 60 - 1));
    assert_eq!(purge(&test.db, &test.clock).await.unwrap(), 0);
    test.clock.advance(Duration::from_secs(2));
    assert_eq!(send(&service, create("ada", "k1", "two")).await.status, StatusCode::CREATED);
    assert_eq!(purge(&test.db, &test.clock).await.unwrap(), 1);
}

#[tokio::test]
async fn two_at_once_make_one() {
    let test = support::db().await;
    let service = Arc::new(service(&test));
    let ask = || async { service.get_response(create("ada", "k1", "one")).await.status() };
    let answers = futures_util::future::join_all((0..6).map(|_| ask())).await;
    assert!(answers.iter().all(|status| *status == StatusCode::CREATED), "{answers:?}");
    assert_eq!(count(&test).await, 1);
}
