//! Bodies: everything that is wrong with them, at once and in the right place.

use poem::http::{Method, StatusCode};
use serde_json::json;
use stipple::config::http::Http;
use stipple::config::limits;

use super::{pairs, post, request, send, service};

#[tokio::test]
async fn a_good_body_is_taken_and_answered() {
    let service = service(Http::for_tests());
    let body = json!({
        "name": "Ada", "techniques": ["density"], "prices": [{"amount": 5, "currency": "GBP"}],
        "website": "https://example.com/", "since": "2026-05-03T09:30:00Z", "rank": 255, "open": false, "ratio": 2,
        "contact": {"kind": "phone", "number": "12345"}, "notes": {"any": "thing"}, "listing": null,
    });
    let got = post(&service, "/things", body.to_string()).await;
    assert_eq!(got.status, StatusCode::CREATED, "{}", got.json());
    assert_eq!(got.header("etag"), Some("\"v1\""));
    assert_eq!(got.header("location"), Some("/things/1"));
    let answer = got.json();
    assert_eq!(answer["name"], "Ada");
    assert_eq!(answer["contact"]["number"], "12345");
    assert_eq!(answer["since"], "2026-05-03T09:30:00Z");
}

#[tokio::test]
async fn every_fault_is_named_at_once() {
    let service = service(Http::for_tests());
    let body = json!({
        "nam": "Ada",
        "techniques": ["densty", 4, "tattoo"],
        "prices": [{"amount": 0, "currency": "gbp"}, {"amount": 1.5, "curency": "GBP"}],
        "website": "not a url", "since": "2026-02-30T00:00:00Z", "listing": "SMP-2222-2222-3", "rank": 256,
        "open": "yes", "ratio": "2", "contact": {"kind": "phone", "number": "1"}, "notes": {"any": 4},
        "id": "mine", "a/b~c": 1,
    });
    let got = post(&service, "/things", body.to_string()).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(got.code(), "invalid");
    let mut faults = got.faults();
    faults.sort();
    let mut wanted = pairs(&[
        ("/a~1b~0c", "unknown-member"),
        ("/contact/number", "too-short"),
        ("/id", "read-only"),
        ("/listing", "format"),
        ("/nam", "unknown-member"),
        ("/name", "required"),
        ("/notes/any", "wrong-type"),
        ("/open", "wrong-type"),
        ("/prices/0/amount", "out-of-range"),
        ("/prices/0/currency", "pattern"),
        ("/prices/1/amount", "wrong-type"),
        ("/prices/1/curency", "unknown-member"),
        ("/prices/1/currency", "required"),
        ("/rank", "out-of-range"),
        ("/ratio", "wrong-type"),
        ("/since", "format"),
        ("/techniques/0", "unknown-value"),
        ("/techniques/1", "wrong-type"),
        ("/techniques/2", "unknown-value"),
        ("/website", "format"),
    ]);
    wanted.sort();
    assert_eq!(faults, wanted);
    assert!(got.detail_at("/nam").contains("`name`"), "{}", got.detail_at("/nam"));
    assert!(got.detail_at("/techniques/0").contains("`density`"));
    assert!(
        got.detail_at("/techniques/2").contains("hairline_restoration"),
        "{}",
        got.detail_at("/techniques/2")
    );
    assert!(got.detail_at("/prices/1/curency").contains("`currency`"));
    assert_eq!(got.detail_at("/rank"), "This must be between 0 and 255.");
}

#[tokio::test]
async fn the_wrong_shape_as_a_whole_is_said_of_the_whole() {
    let service = service(Http::for_tests());
    for (body, fault) in [
        (json!([1]), ("", "wrong-type")),
        (json!("x"), ("", "wrong-type")),
        (json!(null), ("", "wrong-type")),
        (json!({"name": null}), ("/name", "required")),
        (json!({"name": ""}), ("/name", "too-short")),
        (json!({"name": "x".repeat(21)}), ("/name", "too-long")),
        (json!({"name": "x", "prices": [1, 2, 3]}), ("/prices", "too-many")),
        (json!({"name": "x", "contact": {"kind": "post"}}), ("/contact/street", "required")),
        (json!({"name": "x", "contact": {"kind": "pos"}}), ("/contact/kind", "unknown-value")),
        (json!({"name": "x", "contact": {}}), ("/contact/kind", "required")),
        (
            json!({"name": "x", "contact": {"kind": "post", "street": "a", "number": "1"}}),
            ("/contact/number", "unknown-member"),
        ),
    ] {
        let got = post(&service, "/things", body.to_string()).await;
        assert_eq!(got.code(), "invalid", "{body}");
        assert_eq!(got.faults(), pairs(&[fault]), "{body}");
    }
}

#[tokio::test]
async fn rules_beyond_the_schema_are_told_together_too() {
    let service = service(Http::for_tests());
    let got = post(&service, "/things", json!({"name": "nobody", "open": true}).to_string()).await;
    assert_eq!(got.faults(), pairs(&[("/name", "nobody"), ("/open", "closed")]));
}

#[tokio::test]
async fn what_is_not_strict_json_is_refused_with_the_place() {
    let service = service(Http::for_tests());
    let deep = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    for (body, code, pointer) in [
        ("", "malformed-json", None),
        ("{", "malformed-json", None),
        ("{\"name\":\"x\"} x", "malformed-json", None),
        (
            "{\"name\":\"x\",\"prices\":[{\"amount\":1,\"amount\":2}]}",
            "duplicate-key",
            Some("/prices/0/amount"),
        ),
        ("{\"name\":\"\\ud800\"}", "malformed-json", Some("/name")),
        ("{\"ratio\":9007199254740993}", "malformed-json", Some("/ratio")),
        (deep.as_str(), "malformed-json", None),
    ] {
        let got = post(&service, "/things", body.to_owned()).await;
        assert_eq!(got.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(got.code(), code, "{body}");
        if let Some(pointer) = pointer {
            assert_eq!(got.faults()[0].0, pointer, "{body}");
        }
    }
    let got = post(&service, "/things", &b"{\"name\":\"\xff\"}"[..]).await;
    assert_eq!(got.code(), "malformed-json");
}

#[tokio::test]
async fn the_media_type_has_to_be_one_that_is_taken() {
    let service = service(Http::for_tests());
    for (given, taken) in [
        (Some("text/plain"), false),
        (Some("application/vc"), false),
        (None, false),
        (Some("Application/JSON; charset=utf-8"), true),
    ] {
        let builder = request(Method::POST, "/things");
        let builder = given.into_iter().fold(builder, poem::RequestBuilder::content_type);
        let got = send(&service, builder.body("{\"name\":\"x\"}")).await;
        if taken {
            assert_eq!(got.status, StatusCode::CREATED);
        } else {
            assert_eq!(got.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
            assert_eq!(got.code(), "unsupported-media-type");
            assert!(got.json()["detail"].as_str().unwrap().contains("application/json"));
        }
    }
    let vc = request(Method::POST, "/verify").content_type("application/vc").body("{ }");
    let got = send(&service, vc).await;
    assert_eq!(got.json()["amount"], 3);
}

#[tokio::test]
async fn a_body_too_large_is_refused_announced_or_in_chunks() {
    let service = service(Http::for_tests());
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(4000));
    let got = post(&service, "/things", large.clone()).await;
    assert_eq!(got.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(got.code(), "payload-too-large");
    assert_eq!(got.json()["limit"], 2048);

    let chunks: Vec<Result<String, std::io::Error>> =
        large.as_bytes().chunks(100).map(|chunk| Ok(String::from_utf8(chunk.to_vec()).unwrap())).collect();
    let body = poem::Body::from_bytes_stream(futures_util::stream::iter(chunks));
    let got = post(&service, "/things", body).await;
    assert_eq!(got.code(), "payload-too-large");

    let announced = request(Method::POST, "/things").header("content-length", "99999999");
    let got = send(&service, announced.content_type("application/json").body("{}")).await;
    assert_eq!(got.code(), "payload-too-large");
    assert_eq!(got.json()["limit"], limits::LARGEST_BODY_BYTES);
}
