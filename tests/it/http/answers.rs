//! Answers: conditions, HEAD, compression, lists.

use std::io::Read;

use poem::http::{Method, StatusCode};
use serde_json::json;
use stipple::config::http::Http;
use stipple::platform::changes::Hub;
use stipple::platform::clock::Ts;
use stipple::platform::http::Shelf;
use stipple::platform::http::answer::{http_date, next_url};
use stipple::platform::metrics::Metrics;
use stipple::platform::rendered::{Rendered, RenderedCache};

use super::{read, request, send, service, shelved};

#[tokio::test]
async fn a_list_has_the_shape_every_list_has() {
    let got = read(&service(Http::for_tests()), "/things?limit=1").await;
    let page = got.json();
    assert_eq!(page["items"], json!([{"amount": 100, "currency": "GBP"}]));
    assert_eq!(page["total"], json!({"value": 1, "relation": "gte"}));
    assert_eq!(page["next_cursor"], json!(null));
    assert!(page["licence"].is_string() && page["attribution"].is_string());
    assert_eq!(got.header("link"), Some("</things?cursor=x>; rel=\"next\""));
    assert_eq!(got.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn an_unchanged_answer_is_not_sent_again() {
    let service = service(Http::for_tests());
    let first = read(&service, "/things").await;
    let tag = first.header("etag").unwrap().to_owned();
    for (condition, unchanged) in [
        (tag.clone(), true),
        (format!("W/{tag}"), true),
        (format!("\"other\", {tag}"), true),
        ("*".to_owned(), true),
        ("\"other\"".to_owned(), false),
    ] {
        let got =
            send(&service, request(Method::GET, "/things").header("if-none-match", &condition).finish())
                .await;
        assert_eq!(got.status == StatusCode::NOT_MODIFIED, unchanged, "{condition}");
        assert_eq!(got.body.is_empty(), unchanged);
        assert_eq!(got.header("etag"), Some(tag.as_str()));
    }
    let other = read(&service, "/things?limit=1").await;
    assert_ne!(other.header("etag"), Some(tag.as_str()));
}

#[tokio::test]
async fn a_change_names_the_version_it_was_made_from() {
    let service = service(Http::for_tests());
    let change = |condition: Option<&str>| {
        let builder = request(Method::PUT, "/things/3");
        condition.into_iter().fold(builder, |builder, value| builder.header("if-match", value)).finish()
    };
    let got = send(&service, change(None)).await;
    assert_eq!(got.status.as_u16(), 428);
    assert_eq!(got.code(), "precondition-required");
    let got = send(&service, change(Some("\"v2\""))).await;
    assert_eq!(got.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(got.code(), "precondition-failed");
    assert_eq!(got.header("etag"), Some("\"v3\""));
    assert_eq!(send(&service, change(Some("W/\"v3\""))).await.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(send(&service, change(Some("v3"))).await.code(), "bad-request");
    for good in ["\"v3\"", "\"v1\", \"v3\"", "*", "\"v3-gzip\""] {
        assert_eq!(send(&service, change(Some(good))).await.status, StatusCode::NO_CONTENT, "{good}");
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let service = service(Http::for_tests());
    for path in ["/things", "/things/1", "/page", "/nowhere"] {
        let get = read(&service, path).await;
        let head = send(&service, request(Method::HEAD, path).finish()).await;
        assert_eq!(head.status, get.status);
        assert!(head.body.is_empty());
        assert_eq!(
            head.header("content-length").unwrap().parse::<usize>().unwrap(),
            get.body.len(),
            "{path}"
        );
        assert_eq!(head.header("etag"), get.header("etag"));
        assert_eq!(head.header("content-type"), get.header("content-type"));
    }
}

#[tokio::test]
async fn a_large_answer_is_compressed_for_those_who_take_it() {
    let service = service(Http::for_tests());
    let plain = read(&service, "/things/1").await;
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(plain.header("vary"), Some("Accept-Encoding"));
    assert_eq!(plain.header("etag"), Some("\"v3\""));

    let asked = |coding: &str| request(Method::GET, "/things/1").header("accept-encoding", coding);
    let packed = send(&service, asked("br, gzip;q=0.5").finish()).await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!(packed.header("etag"), Some("\"v3-gzip\""));
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&packed.body[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);

    let again = send(&service, asked("gzip").header("if-none-match", "\"v3-gzip\"").finish()).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert_eq!(again.header("etag"), Some("\"v3-gzip\""));
    for refused in ["gzip;q=0", "identity", "br", "*;q=0"] {
        assert_eq!(
            send(&service, asked(refused).finish()).await.header("content-encoding"),
            None,
            "{refused}"
        );
    }
    let small = request(Method::GET, "/things?limit=1").header("accept-encoding", "gzip").finish();
    assert_eq!(send(&service, small).await.header("content-encoding"), None);
}

#[tokio::test]
async fn what_stands_on_the_shelf_is_the_operations_own_answer() {
    let cache = RenderedCache::new(10, &Hub::default());
    let body = "{\"amount\":9,\"currency\":\"GBP\"}";
    let rendered = Rendered { body: body.into(), etag: "\"v9\"".into() };
    cache.put("things/9", rendered, cache.generation());
    let metrics = Metrics::new();
    let settings = Http { reads_per_minute: 4, ..Http::for_tests() };
    let service = shelved(settings, metrics.clone(), Shelf::new("get_thing", "/", "things/", cache.clone()));

    let got = read(&service, "/things/9").await;
    assert_eq!(got.body, body.as_bytes());
    assert_eq!(got.header("etag"), Some("\"v9\""));
    assert_eq!(got.header("content-type"), Some("application/json"));
    assert_eq!(got.header("access-control-allow-origin"), Some("*"));
    assert!(got.header("ratelimit").unwrap().starts_with("\"read\";r=3;"));
    let again = request(Method::GET, "/things/9").header("if-none-match", "\"v9\"").finish();
    assert_eq!(send(&service, again).await.status, StatusCode::NOT_MODIFIED);
    // Whoever asks for more asks the operation, which has no such thing.
    assert_eq!(read(&service, "/things/9?verbose=1").await.code(), "unknown-parameter");
    cache.drop_all(&["things/9".to_owned()]);
    assert_eq!(read(&service, "/things/9").await.code(), "not-found");
    assert_eq!(read(&service, "/things/9").await.code(), "too-many-requests");
    let counted = "stipple_http_requests_total{operation=\"get_thing\",status=\"200\"} 1";
    assert!(metrics.render().contains(counted));
}

#[test]
fn dates_and_links_are_written_as_http_writes_them() {
    assert_eq!(http_date(Ts::parse("1994-11-06T08:49:37.5Z").unwrap()), "Sun, 06 Nov 1994 08:49:37 GMT");
    let uri = "/v1/things?q=a%20b&cursor=old&x=%26".parse().unwrap();
    assert_eq!(next_url(&uri, "new"), "/v1/things?q=a+b&x=%26&cursor=new");
}
