//! The edge: every failure is a problem document, every answer has its headers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use poem::EndpointExt;
use poem::endpoint::make_sync;
use poem::http::{Method, StatusCode};
use stipple::config::http::{Http, Network};
use stipple::platform::clock::Clock;
use stipple::platform::http::client::address;
use stipple::platform::http::{CallerKey, Edge, Traffic};
use stipple::platform::id::Ids;
use stipple::platform::metrics::Metrics;
use stipple::platform::problem::Error;

use super::{Got, post, read, request, send, service, service_with};

#[tokio::test]
async fn every_kind_of_failure_is_a_problem_document() {
    let service = service(Http { request_ms: 200, ..Http::for_tests() });
    let expected = [
        (Method::GET, "/nowhere", 404, "not-found"),
        (Method::GET, "/things/7", 404, "not-found"),
        (Method::GET, "/things/x", 400, "invalid-parameter"),
        (Method::GET, "/things?x=1", 400, "unknown-parameter"),
        (Method::DELETE, "/things", 405, "method-not-allowed"),
        (Method::POST, "/page", 405, "method-not-allowed"),
        (Method::GET, "/things/2", 500, "internal"),
        (Method::GET, "/things/3", 500, "internal"),
        (Method::GET, "/things/4", 503, "timed-out"),
        (Method::POST, "/things", 415, "unsupported-media-type"),
        (Method::PUT, "/things/1", 428, "precondition-required"),
    ];
    for (method, path, status, code) in expected {
        let got = send(&service, request(method.clone(), path).finish()).await;
        assert_eq!(got.status.as_u16(), status, "{method} {path}");
        assert_eq!(got.code(), code, "{method} {path}");
        assert_eq!(got.header("cache-control"), Some("no-store"));
        let text = String::from_utf8(got.body.clone()).unwrap();
        assert!(!text.contains("secret"), "{text}");
    }
    let long = format!("/things?q={}", "x".repeat(17_000));
    assert_eq!(read(&service, &long).await.code(), "uri-too-long");
}

#[tokio::test]
async fn a_wrong_method_says_which_are_right() {
    let service = service(Http::for_tests());
    let got = send(&service, request(Method::PATCH, "/things/1").finish()).await;
    assert_eq!(got.header("allow"), Some("GET, HEAD, OPTIONS, PUT"));
    let got = send(&service, request(Method::OPTIONS, "/things").finish()).await;
    assert_eq!(got.status, StatusCode::NO_CONTENT);
    assert_eq!(got.header("allow"), Some("GET, HEAD, OPTIONS, POST"));
    let got = send(&service, request(Method::POST, "/page").finish()).await;
    assert_eq!(got.header("allow"), Some("GET, HEAD, OPTIONS"));
}

#[tokio::test]
async fn a_request_id_is_kept_or_made() {
    let service = service(Http::for_tests());
    let with = |id: &str| request(Method::GET, "/things").header("x-request-id", id).finish();
    assert_eq!(send(&service, with("abc-1.2_3")).await.header("x-request-id"), Some("abc-1.2_3"));
    let mut made = Vec::new();
    for id in ["", "a b", "<script>", &"x".repeat(65)] {
        let got = send(&service, with(id)).await;
        let id = got.header("x-request-id").unwrap().to_owned();
        assert!(id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        assert!(!made.contains(&id));
        made.push(id);
    }
}

#[tokio::test]
async fn any_page_may_read_and_verify_and_nothing_else() {
    let service = service(Http::for_tests());
    let preflight = |path: &str, method: &str| {
        request(Method::OPTIONS, path)
            .header("origin", "https://clinic.example")
            .header("access-control-request-method", method)
            .finish()
    };
    for (path, method, open) in [
        ("/things", "GET", true),
        ("/things/1", "HEAD", true),
        ("/verify", "POST", true),
        ("/things", "POST", false),
        ("/things/1", "PUT", false),
    ] {
        let got = send(&service, preflight(path, method)).await;
        assert_eq!(got.status, StatusCode::NO_CONTENT);
        assert_eq!(got.header("access-control-allow-origin"), open.then_some("*"), "{method} {path}");
        assert_eq!(
            got.header("access-control-allow-methods").is_some_and(|methods| methods.contains(method)),
            open,
            "{method} {path}"
        );
        if open {
            assert!(got.header("access-control-allow-headers").unwrap().contains("If-None-Match"));
        }
    }
    let got = read(&service, "/nowhere").await;
    assert_eq!(got.header("access-control-allow-origin"), Some("*"));
    let exposed = got.header("access-control-expose-headers").unwrap().to_owned();
    for name in ["ETag", "Link", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id"] {
        assert!(exposed.contains(name), "{name}");
    }
    assert_eq!(post(&service, "/verify", "{}").await.header("access-control-allow-origin"), Some("*"));
    assert_eq!(post(&service, "/things", "{}").await.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn every_answer_is_told_how_to_be_treated() {
    let service = service(Http::for_tests());
    for got in [read(&service, "/things").await, read(&service, "/nowhere").await] {
        assert_eq!(got.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(got.header("referrer-policy"), Some("no-referrer"));
        assert!(got.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    }
}

#[tokio::test]
async fn a_quota_is_told_and_kept() {
    let service = service(Http { reads_per_minute: 3, ..Http::for_tests() });
    for left in [2, 1, 0] {
        let got = read(&service, "/things").await;
        assert_eq!(got.status, StatusCode::OK);
        assert_eq!(got.header("ratelimit-policy"), Some("\"read\";q=3;w=60"));
        let limit = got.header("ratelimit").unwrap();
        assert!(limit.starts_with(&format!("\"read\";r={left};t=")), "{limit}");
    }
    let got = read(&service, "/things").await;
    assert_eq!(got.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(got.code(), "too-many-requests");
    let wait: u64 = got.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert!(got.header("ratelimit").unwrap().starts_with("\"read\";r=0;t="));
    // Another kind of question has another quota, and another address its own.
    assert_eq!(post(&service, "/things", "{\"name\":\"x\"}").await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn whoever_tries_tokens_spends_a_quota() {
    let settings = Http { writes_per_minute: 2, ..Http::for_tests() };
    let traffic = Traffic::new(settings, &Ids::seeded(Clock::system(), 1), Metrics::new());
    let guarded = make_sync(|_| Err::<(), poem::Error>(Error::unauthorized("No such token.").into()));
    let service = Edge::new(guarded, Arc::new(traffic)).map_to_response().boxed();
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(read(&service, "/things").await.code());
    }
    assert_eq!(codes, ["unauthorized", "unauthorized", "too-many-requests"]);
}

#[test]
fn one_subscriber_of_ipv6_is_one_caller() {
    let key = |text: &str| CallerKey::of_address(text.parse().unwrap());
    assert_eq!(key("2001:db8:1:2:3::4"), key("2001:db8:1:2:ffff::1"));
    assert_ne!(key("2001:db8:1:2::4"), key("2001:db8:1:3::4"));
    assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
    assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
}

#[test]
fn only_trusted_proxies_are_believed() {
    let trusted: Vec<Network> = ["10.0.0.0/8", "fd00::/8"].iter().map(|it| it.parse().unwrap()).collect();
    let seen = |peer: &str, name: &str, value: &str| {
        let request = request(Method::GET, "/").header(name, value).finish();
        let (parts, _) = request.into_parts();
        let peer: SocketAddr = peer.parse().unwrap();
        let hyper = parts.headers.clone();
        let request = with_peer(hyper, peer);
        address(&request, &trusted).to_string()
    };
    assert_eq!(seen("203.0.113.9:1", "x-forwarded-for", "198.51.100.1"), "203.0.113.9");
    assert_eq!(seen("10.0.0.1:1", "x-forwarded-for", "198.51.100.1"), "198.51.100.1");
    // The caller wrote the first one; the proxy appended the second.
    assert_eq!(seen("10.0.0.1:1", "x-forwarded-for", "1.2.3.4, 198.51.100.1"), "198.51.100.1");
    assert_eq!(seen("10.0.0.1:1", "x-forwarded-for", "198.51.100.1, 10.9.9.9"), "198.51.100.1");
    assert_eq!(seen("10.0.0.1:1", "x-forwarded-for", "nonsense, 10.9.9.9"), "10.9.9.9");
    assert_eq!(seen("10.0.0.1:1", "forwarded", "for=\"[2001:db8::1]:80\";proto=https"), "2001:db8::1");
    assert_eq!(seen("10.0.0.1:1", "forwarded", "for=1.2.3.4, for=198.51.100.2:99"), "198.51.100.2");
    assert_eq!(seen("[fd00::1]:1", "x-forwarded-for", "198.51.100.1"), "198.51.100.1");
    assert!("10.0.0.0/33".parse::<Network>().is_err());
    assert!("ten".parse::<Network>().is_err());
}

fn with_peer(headers: poem::http::HeaderMap, peer: SocketAddr) -> poem::Request {
    use poem::web::{LocalAddr, RemoteAddr};
    let mut http = poem::http::Request::new(());
    *http.headers_mut() = headers;
    let (parts, ()) = http.into_parts();
    let parts = poem::RequestParts::from((
        parts,
        LocalAddr::default(),
        RemoteAddr(poem::Addr::SocketAddr(peer)),
        poem::http::uri::Scheme::HTTP,
    ));
    poem::Request::from_parts(parts, poem::Body::empty())
}

#[tokio::test]
async fn expensive_work_waits_in_a_short_queue() {
    let settings = Http { verify_at_once: 1, queue: 1, queue_wait_ms: 5_000, ..Http::for_tests() };
    let service = Arc::new(service(settings));
    let ask = || async {
        let got = post(&service, "/verify", "{}").await;
        (got.status.as_u16(), got.header("retry-after").map(str::to_owned))
    };
    let (a, b, c) = tokio::join!(ask(), ask(), ask());
    let mut statuses = [a.0, b.0, c.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 503]);
    assert_eq!([a, b, c].iter().find(|it| it.0 == 503).unwrap().1.as_deref(), Some("5"));
}

#[tokio::test]
async fn a_wait_that_is_too_long_ends() {
    let settings = Http { verify_at_once: 1, queue: 5, queue_wait_ms: 20, ..Http::for_tests() };
    let service = service(settings);
    let first = post(&service, "/verify", "{}");
    let second = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        post(&service, "/verify", "{}").await
    };
    let (first, second): (Got, Got) = tokio::join!(first, second);
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(second.code(), "unavailable");
}

#[tokio::test]
async fn requests_are_counted_by_operation_and_status() {
    let metrics = Metrics::new();
    let service = service_with(Http::for_tests(), metrics.clone());
    read(&service, "/things").await;
    read(&service, "/things").await;
    read(&service, "/things/7").await;
    read(&service, "/nowhere").await;
    let text = metrics.render();
    for line in [
        "stipple_http_requests_total{operation=\"list_things\",status=\"200\"} 2",
        "stipple_http_requests_total{operation=\"get_thing\",status=\"404\"} 1",
        "stipple_http_requests_total{operation=\"other\",status=\"404\"} 1",
        "stipple_http_request_seconds_count{operation=\"list_things\"} 2",
        "stipple_http_request_seconds_bucket{operation=\"list_things\",le=\"+Inf\"} 2",
        "stipple_http_requests_in_flight 0",
        "# TYPE stipple_http_request_seconds histogram",
    ] {
        assert!(text.lines().any(|it| it == line), "{line}\n{text}");
    }
}
