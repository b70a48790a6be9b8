//! Bad days: two writers at once, bodies that nobody should send, a demo that was cut off. That nothing
//! acknowledged is lost when the disk is full or the process is killed is tested with the other rules of
//! the process.

use std::process::Stdio;
use std::time::Duration;

use serde_json::json;

use crate::support::process::{finish, stipple};
use crate::support::{self, Response, TestApp};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_writers_at_once_from_one_version_one_wins() {
    let app = TestApp::new().await;
    let operator = app.as_operator().await;
    let made = operator.post("/v1/practitioners", &json!({"name": "Jane Doe"})).await.expect(201);
    let path = format!("/v1/practitioners/{}", made.json()["number"].as_str().unwrap());
    let mut tag = made.etag();
    for round in 0..5 {
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let body = json!({"own_words": {"headline": format!("Round {round}, writer {writer}")}});
                let call = operator.patch(&path, &body).if_match(&tag);
                tokio::spawn(async move { (body, call.await) })
            })
            .collect();
        let mut winners = Vec::new();
        for writer in writers {
            let (body, answer) = writer.await.unwrap();
            match answer.status.as_u16() {
                200 => winners.push((body, answer)),
                _ => drop(answer.expect(412).problem("precondition-failed")),
            }
        }
        assert_eq!(winners.len(), 1, "one of them wins");
        let (body, answer) = winners.remove(0);
        let kept = operator.get(&path).await.expect(200).json();
        assert_eq!(kept["own_words"], body["own_words"], "and what it wrote is what is there");
        tag = answer.etag();
    }
}

/// Sends a body to `POST /v1/practitioners`.
async fn send(app: &TestApp, media_type: &str, body: impl Into<Vec<u8>>) -> Response {
    let operator = app.as_operator().await;
    operator.call(poem::http::Method::POST, "/v1/practitioners").body(media_type, body).await
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_by_code() {
    let app = TestApp::new().await;
    let deep = format!("{{\"name\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    let large = json!({"name": "x".repeat(1_000_000)}).to_string();
    let cases: [(&str, u16, &str); 10] = [
        ("", 400, "malformed-json"),
        ("{\"name\":\"Jane\"", 400, "malformed-json"),
        ("{\"name\":\"Jane\",}", 400, "malformed-json"),
        ("{\"name\":\"Jane\"} {}", 400, "malformed-json"),
        ("{'name':'Jane'}", 400, "malformed-json"),
        ("{\"name\":\"Jane\",\"name\":\"Joan\"}", 400, "duplicate-key"),
        ("{\"name\":\"Jane\",\"contact\":{\"phone\":\"1\",\"phone\":\"2\"}}", 400, "duplicate-key"),
        ("{\"name\":\"Jane\",\"practising_since\":9007199254740993}", 400, "malformed-json"),
        (&deep, 400, "malformed-json"),
        (&large, 413, "payload-too-large"),
    ];
    for (body, status, code) in cases {
        let shown: String = body.chars().take(60).collect();
        let problem = send(&app, "application/json", body).await.expect(status).problem(code);
        assert!(!problem["detail"].as_str().unwrap().is_empty(), "{shown}");
    }
    let not_text = b"{\"name\":\"\xff\xfe\"}".as_slice();
    send(&app, "application/json", not_text).await.expect(400).problem("malformed-json");
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/xml"] {
        let refused = send(&app, media_type, "{\"name\":\"Jane\"}").await.expect(415);
        let problem = refused.problem("unsupported-media-type");
        assert!(problem["detail"].as_str().unwrap().contains("application/json"), "{problem}");
    }
    let mut conn = app.db.read().await.unwrap();
    let (kept,): (i64,) = conn.query("select count(*) from practitioners").fetch_one().await.unwrap();
    assert_eq!(kept, 0, "nothing of it was kept");
}

#[tokio::test]
async fn a_body_that_breaks_rules_is_told_all_of_them() {
    let app = TestApp::new().await;
    let body = json!({
        "name": "Jane Doe",
        "tehcniques": ["hairline"],
        "languages": ["klingon-like"],
        "contact": {"phone": 5, "emial": "jane@example.com"},
        "clinics": [
            {"name": "A", "address": {"city": "Leeds", "country": "GB"}, "point": {"lat": 95.0, "lon": 0.0}},
            {"name": "B"},
        ],
        "accepts_new_clients": "yes",
    });
    let refused = send(&app, "application/json", body.to_string()).await.expect(422);
    let problem = refused.json();
    let detail = |pointer: &str| {
        let errors = problem["errors"].as_array().unwrap();
        let fault = errors.iter().find(|fault| fault["pointer"] == pointer);
        fault.unwrap_or_else(|| panic!("{pointer} is not among {errors:#?}"))["detail"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(detail("/tehcniques").contains("`techniques`"));
    assert!(detail("/contact/emial").contains("`email`"));
    for pointer in ["/languages/0", "/contact/phone", "/clinics/0/point/lat", "/accepts_new_clients"] {
        detail(pointer);
    }
    for (from, until, pointer) in [
        ("2026-02-30", None, "/clinics/0/from"),
        ("2025-13-01", None, "/clinics/0/from"),
        ("2025-01-01", Some("2023-02-29"), "/clinics/0/until"),
        ("2025-01-01", Some("2024-12-31"), "/clinics/0/until"),
    ] {
        let mut practice =
            json!({"name": "Ink", "address": {"city": "Leeds", "country": "GB"}, "from": from});
        if let Some(until) = until {
            practice["until"] = json!(until);
        }
        let body = json!({"name": "Jane Doe", "clinics": [practice]}).to_string();
        let faults = send(&app, "application/json", body).await.faults("invalid");
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].0, pointer, "{from} {until:?}");
    }
}

#[tokio::test]
async fn a_demo_that_was_cut_off_is_refused_not_half_shown() {
    let place = support::db().await;
    let data_dir = place.dir.path().join("data");
    let demo = || {
        let fill = ["demo", "--fill-only", "--practitioners", "40", "--listen", "127.0.0.1:0"];
        let mut command = stipple(&place, &fill);
        command.env("STIPPLE_DATA_DIR", &data_dir).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let mut child = demo().spawn().unwrap();
    // The first certificate is a file before the last practitioner is listed.
    while !data_dir.join("demo/certificates").exists() {
        assert!(child.try_wait().unwrap().is_none(), "the demo was not there to be cut off");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!data_dir.join("demo.json").exists(), "it does not call itself done");
    let refused = finish(demo());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success(), "{said}");
    assert!(said.contains("not a finished demo") && said.contains("--data-dir"), "{said}");
}
