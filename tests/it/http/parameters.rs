//! Parameters: what the document declares is what is taken.

use poem::http::StatusCode;
use stipple::config::http::Http;

use super::{pairs, read, service};

#[tokio::test]
async fn an_unknown_parameter_is_refused_naming_the_nearest() {
    let service = service(Http::for_tests());
    let got = read(&service, "/things?tecnique=density&limit=3&zzzzzzzz=1").await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST);
    assert_eq!(got.code(), "unknown-parameter");
    assert_eq!(
        got.faults(),
        pairs(&[("query:tecnique", "unknown-parameter"), ("query:zzzzzzzz", "unknown-parameter")])
    );
    assert!(got.detail_at("query:tecnique").contains("`technique`"));
    assert!(got.detail_at("query:zzzzzzzz").contains("q, limit"), "{}", got.detail_at("query:zzzzzzzz"));

    let got = read(&service, "/things/1?verbose=1").await;
    assert!(got.detail_at("query:verbose").contains("takes none"));
}

#[tokio::test]
async fn a_parameter_that_takes_one_value_is_given_once() {
    let service = service(Http::for_tests());
    let got = read(&service, "/things?limit=3&limit=4").await;
    assert_eq!(got.code(), "invalid-parameter");
    assert_eq!(got.faults(), pairs(&[("query:limit", "repeated")]));
    let got = read(&service, "/things?technique=density&technique=scar_camouflage").await;
    assert_eq!(got.status, StatusCode::OK);
}

#[tokio::test]
async fn every_parameter_that_cannot_be_used_is_named() {
    let service = service(Http::for_tests());
    let got =
        read(&service, "/things?limit=many&technique=density&technique=densty&sort=up&since=2026-02-30")
            .await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST);
    assert_eq!(got.code(), "invalid-parameter");
    assert_eq!(
        got.faults(),
        pairs(&[
            ("query:limit", "wrong-type"),
            ("query:technique/1", "unknown-value"),
            ("query:sort", "unknown-value"),
            ("query:since", "format"),
        ])
    );
    let got = read(&service, "/things?limit=-1").await;
    assert_eq!(got.detail_at("query:limit"), "This must be between 0 and 65535.");
    let got = read(&service, "/things?limit=").await;
    assert_eq!(got.faults(), pairs(&[("query:limit", "wrong-type")]));
}

#[tokio::test]
async fn path_parameters_keep_their_names() {
    let service = service(Http::for_tests());
    let got = read(&service, "/things/one").await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST);
    assert_eq!(got.faults(), pairs(&[("path:number", "wrong-type")]));
    let got = read(&service, "/listings/SMP-2222/prices/300").await;
    assert_eq!(got.faults(), pairs(&[("path:number", "format"), ("path:at", "out-of-range")]));
    assert!(!String::from_utf8_lossy(&got.body).contains("param0"), "{}", got.json());
}
