//! Academies whose key the directory holds: issuing and acting with nothing but a token.

use std::time::Duration;

use serde_json::{Value, json};
use stipple::signing::status::Bitstring;

use super::list;
use crate::support::academy::{Academy, counting_course};
use crate::support::{Client, TestApp, peers};

const KEYS: &str = "/v1/academies/york-school/keys";

/// A recognised academy that let the directory hold its key, with a course.
struct Stage {
    app: TestApp,
    keeper: Client,
    course: String,
}

impl Stage {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let keeper = app.as_new_academy().await;
        let body = json!({"slug": "york-school", "name": "York School", "country": "GB"});
        keeper.post("/v1/academies", &body).await.expect(201);
        keeper.post(&format!("{KEYS}/held"), &Value::Null).await.expect(201);
        let recognition = json!({"from": "2020-01-01", "vouched_by": "The operators, after a visit"});
        app.as_operator()
            .await
            .post("/v1/academies/york-school/recognitions", &recognition)
            .await
            .expect(201);
        let made =
            keeper.post("/v1/academies/york-school/courses", &counting_course()).await.expect(201).json();
        let course = made["current"]["url"].as_str().unwrap().to_owned();
        Self { app, keeper, course }
    }

    fn order(&self, holder: &str) -> Value {
        json!({"holder": holder, "course": self.course, "awarded": "2026-05-01"})
    }

    async fn issue(&self, order: &Value) -> crate::support::Response {
        self.keeper.post("/v1/academies/york-school/certificates", order).await
    }

    /// The signed document of a certificate that was issued.
    async fn document(&self, number: &str) -> Value {
        self.app.anyone().get(&format!("/v1/certificates/{number}/credential")).await.expect(200).json()
    }

    async fn verdict(&self, document: &Value) -> Value {
        self.app.anyone().post("/v1/verify", document).await.expect(200).json()["verdict"].clone()
    }
}

#[tokio::test]
async fn an_academy_without_a_machine_of_its_own_issues_what_everybodys_software_accepts() {
    let stage = Stage::new().await;
    let listing = list(&stage.app, "Marian Wright").await;
    let trainer = json!({"name": "Tamsin Teacher", "practising_since": 2011});
    let trainer = stage.keeper.post("/v1/academies/york-school/trainers", &trainer).await.expect(201).json();
    let mut order = stage.order("Marian  Wright ");
    order["listing"] = json!(listing);
    order["trainer"] = trainer["number"].clone();
    order["valid_until"] = json!("2029-05-01");
    let made = stage.issue(&order).await.expect(201);
    let view = made.json();
    assert_eq!((&view["holder_name"], &view["counts"]), (&json!("Marian Wright"), &json!(true)), "{view:#}");
    assert!(view["receipt"].as_str().unwrap().starts_with("stipple.example/log/receipt\n"));
    let document = stage.document(view["number"].as_str().unwrap()).await;
    assert_eq!(stage.verdict(&document).await, "valid");
    assert_eq!(document["credentialSubject"]["source"]["name"], "Tamsin Teacher");
    assert_eq!(
        document["credentialSubject"]["achievement"]["criteria"]["narrative"],
        "Hours: 16 h classroom, 24 h supervised live. Live models: 4. Assessed by performance."
    );
    // Abroad, with either proof alone, and its status.
    let anyone = stage.app.anyone();
    let did = anyone.get("/academies/york-school/did.json").await.expect(200).json();
    let entry = &document["credentialStatus"]["statusListCredential"];
    let bits = anyone.get("/academies/york-school/status/1").await.expect(200).json();
    for suite in ["eddsa-rdfc-2022", "eddsa-jcs-2022"] {
        let question = json!({
            "ask": "verify", "credential": document, "suites": [suite], "status": true,
            "documents": {did["id"].as_str().unwrap(): did, entry.as_str().unwrap(): bits},
        });
        let answer = peers::ask(&question).expect("an answer");
        assert_eq!((&answer["verified"], &answer["status"][0]), (&json!(true), &json!(false)), "{answer}");
    }
}

#[tokio::test]
async fn its_acts_are_signed_here_and_move_its_status_list() {
    let stage = Stage::new().await;
    let mut numbers = Vec::new();
    for holder in ["Marian Wright", "Ben Holt"] {
        let view = stage.issue(&stage.order(holder)).await.expect(201).json();
        numbers.push(view["number"].as_str().unwrap().to_owned());
    }
    // Within one second: each version of the list is later than the one before all the same.
    for number in &numbers {
        let act = json!({"act": "revoke", "reason": "training-not-completed"});
        let done =
            stage.keeper.post(&format!("/v1/certificates/{number}/acts"), &act).await.expect(201).json();
        assert_eq!(done["is_the_directorys"], false);
        assert!(done["signature"].as_str().unwrap().starts_with('z'));
        assert_eq!(stage.verdict(&stage.document(number).await).await, "invalid");
    }
    let bits = stage.app.anyone().get("/academies/york-school/status/1").await.expect(200).json();
    let bits = Bitstring::decode(bits["credentialSubject"]["encodedList"].as_str().unwrap()).unwrap();
    assert_eq!(bits.ones().count(), 2);
    let again = json!({"act": "suspend", "reason": "under-review"});
    stage
        .keeper
        .post(&format!("/v1/certificates/{}/acts", numbers[0]), &again)
        .await
        .expect(409)
        .problem("act-not-possible");
    stage.app.log().await;
}

#[tokio::test]
async fn nobody_but_the_academy_has_anything_signed_in_its_name() {
    let stage = Stage::new().await;
    let operator = stage.app.as_operator().await;
    let path = "/v1/academies/york-school/certificates";
    operator.post(path, &stage.order("Marian Wright")).await.expect(403);
    operator.post(&format!("{KEYS}/held"), &Value::Null).await.expect(403);
    let other = Academy::recognised(&stage.app, "leeds-smp-school").await;
    other.keeper.post(path, &stage.order("Marian Wright")).await.expect(403);
    let number = stage.issue(&stage.order("Marian Wright")).await.expect(201).json()["number"].clone();
    let acts = format!("/v1/certificates/{}/acts", number.as_str().unwrap());
    let act = json!({"act": "revoke", "reason": "training-not-completed"});
    operator.post(&acts, &act).await.expect(403);
    other.keeper.post(&acts, &act).await.expect(403);
    // An academy that holds its own key has nothing signed here.
    let mut order = stage.order("Ben Holt");
    order["course"] = json!(other.course.url());
    let refused = other.keeper.post("/v1/academies/leeds-smp-school/certificates", &order).await;
    refused.expect(409).problem("key-not-held");
    let signed = other.sign(&other.award(&stage.app, "Ben Holt", None));
    let made = other.submit(&signed).await.expect(201).json();
    let acts = format!("/v1/certificates/{}/acts", made["number"].as_str().unwrap());
    other.keeper.post(&acts, &act).await.expect(409).problem("key-not-held");
}

#[tokio::test]
async fn keys_are_held_all_by_the_academy_or_all_by_the_directory() {
    let stage = Stage::new().await;
    let did = "did:web:stipple.example:academies:york-school";
    let key = stipple::signing::keys::SigningKey::from_seed(&zeroize::Zeroizing::new([5; 32]));
    let made = stage.keeper.post(&format!("{KEYS}/challenges"), &json!({})).await.expect(201).json();
    let challenge = made["challenge"].as_str().unwrap();
    let body = json!({
        "public_key_multibase": key.public().to_multibase(), "challenge": challenge,
        "proof": stipple::signing::possession::prove(did, &key, challenge).unwrap(),
    });
    stage.keeper.post(KEYS, &body).await.expect(409).problem("key-custody");
    let own = Academy::register(&stage.app, "leeds-smp-school").await;
    let path = "/v1/academies/leeds-smp-school/keys/held";
    own.keeper.post(path, &Value::Null).await.expect(409).problem("key-custody");

    stage.app.clock.advance(Duration::from_secs(1));
    // A second held key waits like any other, and signs from its day on.
    let second = stage.keeper.post(&format!("{KEYS}/held"), &Value::Null).await.expect(201).json();
    assert_eq!(second["state"], "waiting");
    let first = stage.app.anyone().get(KEYS).await.expect(200).json()["items"][0].clone();
    assert_eq!(second["vouched_by"], first["public_key_multibase"]);
    stage.app.clock.advance(Duration::from_secs(73 * 3_600));
    let view = stage.issue(&stage.order("Marian Wright")).await.expect(201).json();
    let document = stage.document(view["number"].as_str().unwrap()).await;
    assert_eq!(document["proof"][0]["verificationMethod"], second["verification_method"]);
}

#[tokio::test]
async fn the_held_key_lies_sealed_and_another_secret_signs_nothing() {
    let stage = Stage::new().await;
    let key =
        stage.app.anyone().get(KEYS).await.expect(200).json()["items"][0]["public_key_multibase"].clone();
    let mut conn = stage.app.db.read().await.unwrap();
    let (sealed,): (Vec<u8>,) = conn.query("select sealed from academy_held_keys").fetch_one().await.unwrap();
    drop(conn);
    // No seed lies in it in the clear: each window of it makes another key.
    for window in sealed.windows(32) {
        let seed = zeroize::Zeroizing::new(<[u8; 32]>::try_from(window).unwrap());
        let public = stipple::signing::keys::SigningKey::from_seed(&seed).public().to_multibase();
        assert_ne!(json!(public), key);
    }
    let mut config = (*stage.app.config).clone();
    config.secret =
        stipple::config::Secret::new("another secret than before, and long enough for one".to_owned());
    let other = stipple::app::App::assemble(
        stage.app.db.clone(),
        stage.app.clock.clone(),
        stage.app.ids.clone(),
        config,
    )
    .await
    .unwrap();
    let mut conn = other.db.read().await.unwrap();
    let issuer =
        stipple::academies::issuer_by_slug(&mut conn, "stipple.example", "york-school").await.unwrap();
    let refused =
        stipple::academies::ops::held_signer(&other, &mut conn, &issuer.unwrap(), other.clock.now()).await;
    assert!(format!("{:?}", refused.unwrap_err()).contains("STIPPLE_SECRET"));
}

#[tokio::test]
async fn an_order_with_faults_signs_nothing_and_names_them() {
    let stage = Stage::new().await;
    let with = |name: &str, value: Value| {
        let mut order = stage.order("Marian Wright");
        order[name] = value;
        order
    };
    for (order, code, pointer) in [
        (with("awarded", json!("2027-01-01")), "invalid", "/awarded"),
        (with("awarded", json!("1066-10-14")), "invalid", "/awarded"),
        (with("valid_until", json!("2026-04-30")), "invalid", "/valid_until"),
        (with("trainer", json!("SMP-7K3F-9Q2M-4")), "invalid", "/trainer"),
        (with("holder", json!(" ")), "invalid", "/holder"),
        (
            with("course", json!("https://elsewhere.example/v1/academies/york-school/courses/x")),
            "unknown-course",
            "/course",
        ),
    ] {
        let faults = stage.issue(&order).await.expect(422).faults(code);
        assert!(faults.iter().any(|(at, _)| at == pointer), "{order}: {faults:?}");
    }
    let items = stage.keeper.get("/v1/academies/york-school/certificates").await.expect(200).json();
    assert_eq!(items["total"]["value"], 0);
    // The same order again is the same certificate, where it is told so.
    let path = "/v1/academies/york-school/certificates";
    let order = stage.order("Marian Wright");
    let once = stage.keeper.post(path, &order).key("one").await.expect(201).json();
    let twice = stage.keeper.post(path, &order).key("one").await.expect(201).json();
    assert_eq!(once["number"], twice["number"]);
}
