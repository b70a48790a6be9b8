//! The verdict on whatever anybody sends.

use std::time::Duration;

use serde_json::{Value, json};
use stipple::signing::did;
use stipple::signing::keys::SigningKey;
use zeroize::Zeroizing;

use super::{list, outcome};
use crate::support::academy::{Academy, sign_with};
use crate::support::{Client, TestApp};

async fn verify(client: &Client, document: &Value) -> Value {
    client.post("/v1/verify", document).await.expect(200).json()
}

#[tokio::test]
async fn a_stored_certificate_is_valid_by_file_and_by_number() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let listing = list(&app, "Marian Wright").await;
    let signed = academy.sign(&academy.award(&app, "Marian Wright", Some(&listing)));
    let number = academy.submit(&signed).await.expect(201).json()["number"].as_str().unwrap().to_owned();
    let by_file = verify(&app.anyone(), &signed).await;
    assert_eq!(by_file["verdict"], "valid", "{by_file:#}");
    // It names no status list, and the directory that holds it knows of no act.
    for check in ["integrity", "issuer", "period", "status", "holder"] {
        assert_eq!(outcome(&by_file, check), "pass", "{check}");
    }
    assert_eq!(outcome(&by_file, "log"), "not_checked", "there is no log yet, and nobody says that there is");
    let by_number = app.anyone().get(&format!("/v1/certificates/{number}/verdict")).await.expect(200).json();
    assert_eq!(by_file["form"], "json");
    let mut same = by_file;
    same.as_object_mut().unwrap().remove("form");
    assert_eq!(by_number, same);
}

#[tokio::test]
async fn an_academy_nobody_recognises_is_unrecognised() {
    let app = TestApp::new().await;
    let academy = Academy::register(&app, "weekend-dots").await;
    let signed = academy.sign(&academy.award(&app, "Marian Wright", None));
    assert_eq!(verify(&app.anyone(), &signed).await["verdict"], "unrecognised");
}

#[tokio::test]
async fn a_stranger_is_never_valid() {
    let app = TestApp::new().await;
    let academy = Academy::register(&app, "leeds-smp-school").await;
    let key = SigningKey::from_seed(&Zeroizing::new([9; 32]));
    let mut award = academy.award(&app, "Marian Wright", None);
    award.issuer = did::did_key(&key.public());
    let signed = sign_with(award.to_credential(), &award.issuer, &key, award.valid_from);
    let verdict = verify(&app.anyone(), &signed).await;
    assert!(
        ["cannot_tell", "unrecognised", "invalid"].contains(&verdict["verdict"].as_str().unwrap()),
        "{verdict:#}"
    );
    award.issuer = "did:web:elsewhere.example:academies:leeds".to_owned();
    let signed = sign_with(award.to_credential(), &award.issuer, &key, award.valid_from);
    let verdict = verify(&app.anyone(), &signed).await;
    assert_ne!(verdict["verdict"], "valid", "{verdict:#}");
    assert_ne!(verdict["verdict"], "unrecognised", "nobody looked that key up: {verdict:#}");
}

#[tokio::test]
async fn a_status_list_nobody_read_is_cannot_tell() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let mut document = academy.award(&app, "Marian Wright", None).to_credential();
    let list = "https://stipple.example/academies/leeds-smp-school/status/1";
    document.insert(
        "credentialStatus".to_owned(),
        json!({"id": format!("{list}#7"), "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
            "statusListIndex": "7", "statusListCredential": list}),
    );
    let verdict =
        verify(&app.anyone(), &sign_with(document, &academy.did, &academy.key, app.clock.now())).await;
    assert_eq!(verdict["verdict"], "cannot_tell", "{verdict:#}");
    assert_eq!(outcome(&verdict, "status"), "unknown");
}

#[tokio::test]
async fn a_certificate_moved_to_another_listing_is_not_valid() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let (mine, theirs) = (list(&app, "Marian Wright").await, list(&app, "Joan Clarke").await);
    let mut signed = academy.sign(&academy.award(&app, "Marian Wright", Some(&mine)));
    academy.submit(&signed).await.expect(201);
    signed["credentialSubject"]["id"] = json!(format!("urn:stipple:listing:{theirs}"));
    assert_eq!(verify(&app.anyone(), &signed).await["verdict"], "invalid");
}

#[tokio::test]
async fn another_signing_of_a_stored_id_is_not_the_stored_form() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let mut award = academy.award(&app, "Marian Wright", None);
    academy.submit(&academy.sign(&award)).await.expect(201);
    award.holder = "Joan Clarke".to_owned();
    let verdict = verify(&app.anyone(), &academy.sign(&award)).await;
    assert_eq!(verdict["verdict"], "invalid", "really signed, and not what was submitted: {verdict:#}");
}

#[tokio::test]
async fn whatever_is_sent_the_answer_is_a_verdict_or_a_problem() {
    let app = TestApp::new().await;
    let send =
        |body: &str| app.anyone().post("/v1/verify", &json!({})).body("application/json", body.to_owned());
    for text in ["[]", "null", "{}", "\"a\"", "{\"type\": \"VerifiableCredential\"}"] {
        let answer = send(text).await.expect(200).json();
        assert_eq!(answer["verdict"], "invalid", "{text}: {answer:#}");
        assert_eq!(outcome(&answer, "integrity"), "fail", "{text}");
    }
    let deep = "[".repeat(200) + &"]".repeat(200);
    for text in ["{", "{\"n\": 9007199254740993}", "\"\\ud800\"", "", "{} {}", &deep] {
        send(text).await.problem("malformed-json");
    }
    send("{\"a\":1,\"a\":2}").await.problem("duplicate-key");
    send(&format!("\"{}\"", "x".repeat(1 << 20))).await.problem("payload-too-large");
    app.anyone()
        .post("/v1/verify", &json!({}))
        .body("image/gif", "{}")
        .await
        .problem("unsupported-media-type");
}

#[tokio::test]
async fn the_past_is_answered_by_what_is_known_now() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let mut award = academy.award(&app, "Marian Wright", None);
    award.valid_until = Some(app.clock.now().plus(Duration::from_secs(10 * 86_400)));
    let signed = academy.sign(&award);
    academy.submit(&signed).await.expect(201);
    app.place.clock.advance(Duration::from_secs(20 * 86_400));
    assert_eq!(verify(&app.anyone(), &signed).await["verdict"], "invalid", "it has expired");
    let past = app.anyone().post("/v1/verify?as_of=2026-06-03", &signed).await.expect(200).json();
    assert_eq!((&past["verdict"], &past["today"]), (&json!("valid"), &json!("invalid")), "{past:#}");
    app.anyone().post("/v1/verify?as_of=2030-01-01", &signed).await.problem("invalid-parameter");
    app.anyone().post("/v1/verify?as_of=yesterday", &signed).await.problem("invalid-parameter");
}

#[tokio::test]
async fn what_another_process_did_is_seen_within_a_second() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let signed = academy.sign(&academy.award(&app, "Marian Wright", None));
    academy.submit(&signed).await.expect(201);
    assert_eq!(verify(&app.anyone(), &signed).await["verdict"], "valid");

    // What this process does is seen at once: see the tests of acts and of stolen keys, which ask before and after.
    let other = app.place.reopen().await;
    let mut tx = other.write().await.unwrap();
    tx.query("update certificates set digest = $1").bind(vec![0_u8; 32]).execute().await.unwrap();
    tx.commit().await.unwrap();
    other.close().await;
    assert_eq!(verify(&app.anyone(), &signed).await["verdict"], "valid", "from memory");
    app.place.clock.advance(Duration::from_secs(1));
    assert_eq!(verify(&app.anyone(), &signed).await["verdict"], "invalid");
}
