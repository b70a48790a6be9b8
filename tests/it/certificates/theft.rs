//! A stolen key, before and after it is reported: what stands, what falls, and who is believed.

use std::time::Duration;

use serde_json::{Value, json};
use stipple::academies::{CompromiseStatement, KeyPurpose, voucher_challenge};
use stipple::platform::clock::Ts;
use stipple::signing::keys::SigningKey;
use stipple::signing::possession;
use zeroize::Zeroizing;

use super::{list, outcome};
use crate::support::academy::Academy;
use crate::support::{TestApp, peers};

const HOUR: Duration = Duration::from_secs(3_600);

/// An academy whose key signs a certificate on Monday, is stolen on Tuesday, and signs another on Wednesday.
struct Stage {
    app: TestApp,
    academy: Academy,
    number: String,
    good: Value,
    stolen: Ts,
    forged: Value,
}

fn path(key: &SigningKey) -> String {
    format!("/v1/academies/leeds-smp-school/keys/{}/compromise", key.public().to_multibase())
}

impl Stage {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let academy = Academy::recognised(&app, "leeds-smp-school").await;
        let listing = list(&app, "Marian Wright").await;
        let good = academy.sign(&academy.award(&app, "Marian Wright", Some(&listing)));
        let made = academy.submit(&good).await.expect(201).json();
        let number = made["number"].as_str().unwrap().to_owned();
        app.log().await;
        app.clock.advance(24 * HOUR);
        let stolen = app.clock.now();
        app.clock.advance(24 * HOUR);
        let forged = academy.sign(&academy.award(&app, "Marian Wright", None));
        academy.submit(&forged).await.expect(201);
        app.log().await;
        app.clock.advance(HOUR);
        Self { app, academy, number, good, stolen, forged }
    }

    /// The statement that `about` is in the wrong hands, by `signer`.
    fn statement(&self, about: &SigningKey, signer: &SigningKey, since: Option<Ts>) -> Value {
        let (key, at) = (about.public().to_multibase(), self.app.clock.now().to_string());
        let statement = CompromiseStatement { did: &self.academy.did, key: &key, since, at: &at };
        let signature = signer.sign(&statement.bytes()).to_multibase();
        let mut body = json!({"key": signer.public().to_multibase(), "at": at, "signature": signature});
        if let Some(since) = since {
            body["since"] = json!(since);
        }
        body
    }

    async fn verdict(&self, document: &Value, query: &str) -> Value {
        self.app.anyone().post(&format!("/v1/verify{query}"), document).await.expect(200).json()
    }

    /// Whether the good certificate counts as verified training.
    async fn counts(&self) -> bool {
        let path = format!("/v1/certificates/{}", self.number);
        self.app.anyone().get(&path).await.expect(200).json()["counts"] == true
    }

    /// Another key of the academy, on the words of its first and of its recovery key.
    async fn add_key(&self, seed: u8) -> SigningKey {
        self.add(seed, KeyPurpose::Assertion).await
    }

    /// A recovery key, in force.
    async fn recovery_key(&self) -> SigningKey {
        let key = self.add(RECOVERY, KeyPurpose::Recovery).await;
        self.app.clock.advance(80 * HOUR);
        key
    }

    async fn add(&self, seed: u8, purpose: KeyPurpose) -> SigningKey {
        let key = key(seed);
        let keeper = &self.academy.keeper;
        let keys = "/v1/academies/leeds-smp-school/keys";
        let made = keeper.post(&format!("{keys}/challenges"), &json!({})).await.expect(201).json();
        let challenge = made["challenge"].as_str().unwrap();
        let words = voucher_challenge(challenge, purpose, &key.public());
        let did = &self.academy.did;
        let word = |key: &SigningKey| {
            json!({
                "public_key_multibase": key.public().to_multibase(),
                "proof": possession::prove(did, key, &words).unwrap(),
            })
        };
        let mut body = json!({
            "public_key_multibase": key.public().to_multibase(),
            "purpose": purpose,
            "challenge": challenge,
            "proof": possession::prove(did, &key, &purpose.challenge(challenge)).unwrap(),
            "voucher": word(&self.academy.key),
        });
        if purpose == KeyPurpose::Assertion {
            body["recovery"] = word(&self::key(RECOVERY));
        }
        keeper.post(keys, &body).await.expect(201);
        key
    }
}

const RECOVERY: u8 = 99;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&Zeroizing::new([seed; 32]))
}

#[tokio::test]
async fn what_the_log_shows_to_be_older_than_the_theft_stands_and_nothing_else_does() {
    let stage = Stage::new().await;
    for document in [&stage.good, &stage.forged] {
        assert_eq!(stage.verdict(document, "").await["verdict"], "valid");
    }
    assert!(stage.counts().await);
    let key = &stage.academy.key;
    let report = stage.statement(key, key, Some(stage.stolen));
    let view = stage.academy.keeper.post(&path(key), &report).await.expect(200).json();
    assert_eq!((&view["state"], &view["compromised_since"]), (&json!("compromised"), &json!(stage.stolen)));

    let good = stage.verdict(&stage.good, "").await;
    assert_eq!((&good["verdict"], outcome(&good, "issuer")), (&json!("valid"), "warn"), "{good:#}");
    let forged = stage.verdict(&stage.forged, "").await;
    assert_eq!((&forged["verdict"], outcome(&forged, "issuer")), (&json!("invalid"), "fail"));
    // A theft acts backwards: on the day it was signed, too.
    let day = stage.app.clock.now().minus(HOUR);
    assert_eq!(stage.verdict(&stage.forged, &format!("?as_of={day}")).await["verdict"], "invalid");
    assert!(stage.counts().await, "the good one still counts");

    // Nothing more is taken from it.
    let more = stage.academy.sign(&stage.academy.award(&stage.app, "Ben Holt", None));
    stage.academy.submit(&more).await.expect(422).problem("key-not-active");
    let did = stage.app.anyone().get("/academies/leeds-smp-school/did.json").await.expect(200).json();
    assert_eq!(did["assertionMethod"], json!([]));
    assert_eq!(did["verificationMethod"][0]["revoked"], json!(stage.stolen));

    // Earlier than the good one: then that falls as well, and the listing with it.
    let later = stage.statement(key, key, Some(stage.app.clock.now()));
    stage.academy.keeper.post(&path(key), &later).await.expect(409).problem("key-state");
    let earlier = stage.statement(key, key, None);
    stage.academy.keeper.post(&path(key), &earlier).await.expect(200);
    assert_eq!(stage.verdict(&stage.good, "").await["verdict"], "invalid");
    assert!(!stage.counts().await);
    stage.academy.keeper.post(&path(key), &earlier).await.expect(409).problem("key-state");
    let items =
        stage.academy.keeper.get("/v1/academies/leeds-smp-school/certificates").await.expect(200).json();
    for item in items["items"].as_array().unwrap() {
        assert_eq!(item["status"], "key-compromised");
    }
    let letters = stage.app.place.dir.path().join("mail");
    assert!(!letters.exists(), "the academy left no address");
}

#[tokio::test]
async fn other_peoples_software_refuses_every_certificate_of_a_stolen_key() {
    let stage = Stage::new().await;
    let ask = async || {
        let did = stage.app.anyone().get("/academies/leeds-smp-school/did.json").await.expect(200).json();
        let documents = json!({stage.academy.did.as_str(): did});
        let question = json!({
            "ask": "verify", "credential": stage.good, "suites": ["eddsa-rdfc-2022"], "documents": documents,
        });
        peers::ask(&question).expect("an answer")["verified"] == true
    };
    assert!(ask().await);
    let key = &stage.academy.key;
    let report = stage.statement(key, key, Some(stage.stolen));
    stage.academy.keeper.post(&path(key), &report).await.expect(200);
    assert!(!ask().await);
    // Which the verdict here says, where the certificate stands.
    let good = stage.verdict(&stage.good, "").await;
    let text = good.to_string();
    assert!(text.contains("Other people's software refuses it all the same"), "{text}");
}

#[tokio::test]
async fn what_only_waited_to_enter_the_log_falls() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let signed = academy.sign(&academy.award(&app, "Marian Wright", None));
    academy.submit(&signed).await.expect(201);
    app.clock.advance(HOUR);
    let stolen = app.clock.now();
    let stage = Stage { number: String::new(), forged: Value::Null, good: signed, stolen, academy, app };
    let key = &stage.academy.key;
    let report = stage.statement(key, key, Some(stolen));
    stage.academy.keeper.post(&path(key), &report).await.expect(200);
    stage.app.log().await;
    stage.app.clock.advance(HOUR);
    // Received before the theft is the directory's word; entered after it is what the log shows.
    assert_eq!(stage.verdict(&stage.good, "").await["verdict"], "invalid");
}

#[tokio::test]
async fn keys_the_thief_brought_in_fall_and_those_from_before_stand() {
    let stage = Stage::new().await;
    stage.recovery_key().await;
    // The academy's own second key, from before the theft as it is told below; the thief has the safe, too.
    let own = stage.add_key(7).await;
    stage.app.clock.advance(80 * HOUR);
    let stolen = stage.app.clock.now();
    stage.app.clock.advance(HOUR);
    let thiefs = stage.add_key(8).await;
    stage.app.clock.advance(80 * HOUR);
    let sign = |key: &SigningKey| {
        let award = stage.academy.award(&stage.app, "Ben Holt", None);
        crate::support::academy::sign_with(award.to_credential(), &stage.academy.did, key, award.valid_from)
    };
    let (by_own, by_thief) = (sign(&own), sign(&thiefs));
    for document in [&by_own, &by_thief] {
        stage.academy.submit(document).await.expect(201);
        assert_eq!(stage.verdict(document, "").await["verdict"], "valid");
    }
    stage.app.log().await;
    stage.app.clock.advance(HOUR);
    // The second key says so of the first.
    let first = &stage.academy.key;
    let report = stage.statement(first, &own, Some(stolen));
    stage.academy.keeper.post(&path(first), &report).await.expect(200);
    assert_eq!(stage.verdict(&by_own, "").await["verdict"], "valid");
    assert_eq!(stage.verdict(&by_thief, "").await["verdict"], "invalid");
    assert_eq!(stage.verdict(&stage.good, "").await["verdict"], "valid");
    let keys = stage.app.anyone().get("/v1/academies/leeds-smp-school/keys").await.expect(200).json();
    let states: Vec<&str> =
        keys["items"].as_array().unwrap().iter().map(|key| key["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["compromised", "active", "active", "compromised"]);
    // A key that fell cannot speak against the good one.
    let revenge = stage.statement(&own, &thiefs, None);
    stage.academy.keeper.post(&path(&own), &revenge).await.expect(422).problem("key-report-refused");
    // All of it is in the log, and none of it says who.
    let history = stage.app.anyone().get("/v1/academies/leeds-smp-school/history").await.expect(200).text();
    assert_eq!(history.matches("key-compromised").count(), 2, "{history}");
}

#[tokio::test]
async fn a_key_that_was_taken_back_in_time_cannot_speak_against_the_good_one() {
    let stage = Stage::new().await;
    stage.recovery_key().await;
    // Somebody with the token and both keys brings one in; the academy sees the letter and takes it back.
    let thiefs = stage.add_key(8).await;
    let retire = format!("/v1/academies/leeds-smp-school/keys/{}/retire", thiefs.public().to_multibase());
    stage.academy.keeper.post(&retire, &Value::Null).await.expect(200);
    stage.app.clock.advance(80 * HOUR);
    let revenge = stage.statement(&stage.academy.key, &thiefs, None);
    let path = path(&stage.academy.key);
    stage.academy.keeper.post(&path, &revenge).await.expect(422).problem("key-report-refused");
    assert_eq!(stage.verdict(&stage.good, "").await["verdict"], "valid");
}

#[tokio::test]
async fn nobody_is_believed_without_a_key_or_a_second_operator() {
    let stage = Stage::new().await;
    let key = &stage.academy.key;
    let path = &path(key);
    let keeper = &stage.academy.keeper;
    let good = stage.statement(key, key, Some(stage.stolen));
    let refused = async |body: Value, pointer: &str| {
        let faults = keeper.post(path, &body).await.expect(422).faults("key-report-refused");
        assert_eq!(faults, [(pointer.to_owned(), "statement".to_owned())]);
    };
    refused(json!({"since": stage.stolen}), "/signature").await;
    let stranger = SigningKey::from_seed(&Zeroizing::new([99; 32]));
    refused(stage.statement(key, &stranger, None), "/key").await;
    for (name, value) in [
        ("since", json!(stage.stolen.minus(HOUR))),
        ("at", json!(stage.app.clock.now().minus(Duration::from_secs(1)))),
    ] {
        let mut moved = good.clone();
        moved[name] = value;
        refused(moved, "/signature").await;
    }
    let mut old = good.clone();
    old["at"] = json!(stage.app.clock.now().minus(HOUR));
    refused(old, "/at").await;
    let future = stage.statement(key, key, Some(stage.app.clock.now().plus(HOUR)));
    keeper.post(path, &future).await.expect(422).problem("invalid");
    keeper.post(path, &json!({"key": "z6Mk"})).await.expect(422).problem("invalid");

    // One operator is heard and not believed; the same one again neither.
    let first = stage.app.as_operator_called("ana").await;
    for _ in 0..2 {
        let view = first.post(path, &json!({"since": stage.stolen})).await.expect(200).json();
        assert_eq!(view["state"], "active");
    }
    assert_eq!(stage.verdict(&stage.forged, "").await["verdict"], "valid");
    // The second one knows of an earlier time: that holds.
    let earlier = stage.stolen.minus(HOUR);
    let second = stage.app.as_operator_called("ben").await;
    let view = second.post(path, &json!({"since": earlier})).await.expect(200).json();
    assert_eq!((&view["state"], &view["compromised_since"]), (&json!("compromised"), &json!(earlier)));
    assert_eq!(stage.verdict(&stage.forged, "").await["verdict"], "invalid");
    assert_eq!(stage.verdict(&stage.good, "").await["verdict"], "valid");
}

#[tokio::test]
async fn the_academys_contact_hears_of_new_and_of_ended_keys() {
    let stage = Stage::new().await;
    stage.recovery_key().await;
    let tag = stage.academy.keeper.get("/v1/academies/leeds-smp-school").await.expect(200).etag();
    let body = json!({"contact_email": "keys@leeds.example"});
    stage.academy.keeper.patch("/v1/academies/leeds-smp-school", &body).if_match(tag).await.expect(200);
    let key = stage.add_key(7).await;
    let report = stage.statement(&key, &key, None);
    stage.academy.keeper.post(&path(&key), &report).await.expect(200);
    let letters = stage.app.place.dir.path().join("mail");
    stage.app.run_jobs().await;
    let mut texts: Vec<String> = std::fs::read_dir(letters)
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    texts.sort_by_key(|text| text.contains("was ended"));
    assert_eq!(texts.len(), 2);
    assert!(texts[0].contains("A key was added") && texts[1].contains("was ended"), "{texts:?}");
}
