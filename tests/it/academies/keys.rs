//! An academy's keys: how they get in, wait, and go, and the DID document that shows them.

use std::future::IntoFuture;
use std::time::Duration;

use serde_json::{Value, json};
use stipple::academies::{self, KeyPurpose, KeyState};
use stipple::platform::clock::Ts;
use stipple::signing::did::DidDocument;
use stipple::signing::keys::SigningKey;
use stipple::signing::possession;
use zeroize::Zeroizing;

use super::courses::course;
use super::{DAY, leeds_keeper, register};
use crate::support::{Client, TestApp};

/// A key made from one byte, so that tests can tell theirs apart.
fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&Zeroizing::new([seed; 32]))
}

const DID: &str = "did:web:stipple.example:academies:leeds-smp-school";
const KEYS: &str = "/v1/academies/leeds-smp-school/keys";

async fn challenge(client: &Client) -> String {
    let made = client.call(poem::http::Method::POST, &format!("{KEYS}/challenges")).await.expect(201).json();
    assert_eq!(made["did"], DID);
    made["challenge"].as_str().unwrap().to_owned()
}

/// A key of that purpose on its way in, with the words of a signing key and of a recovery key where there are any.
async fn application_of(
    client: &Client,
    purpose: KeyPurpose,
    new: &SigningKey,
    [older, recovery]: [Option<&SigningKey>; 2],
) -> Value {
    let challenge = challenge(client).await;
    let words = academies::voucher_challenge(&challenge, purpose, &new.public());
    let word = |key: &SigningKey| {
        json!({
            "public_key_multibase": key.public().to_multibase(),
            "proof": possession::prove(DID, key, &words).unwrap(),
        })
    };
    let mut body = json!({
        "public_key_multibase": new.public().to_multibase(),
        "purpose": purpose,
        "proof": possession::prove(DID, new, &purpose.challenge(&challenge)).unwrap(),
        "challenge": challenge,
    });
    if let Some(older) = older {
        body["voucher"] = word(older);
    }
    if let Some(recovery) = recovery {
        body["recovery"] = word(recovery);
    }
    body
}

/// A signing key on its way in.
async fn application(client: &Client, new: &SigningKey, older: [Option<&SigningKey>; 2]) -> Value {
    application_of(client, KeyPurpose::Assertion, new, older).await
}

const ALONE: [Option<&SigningKey>; 2] = [None, None];

/// The academy's first key, 1, and before it a recovery key, 8.
async fn with_recovery(keeper: &Client) -> SigningKey {
    let recovery = application_of(keeper, KeyPurpose::Recovery, &key(8), ALONE).await;
    let made = keeper.post(KEYS, &recovery).await.expect(201).json();
    assert_eq!((&made["state"], &made["purpose"]), (&json!("active"), &json!("recovery")));
    assert_eq!(made.get("verification_method"), None);
    let made = keeper.post(KEYS, &application(keeper, &key(1), ALONE).await).await.expect(201).json();
    assert_eq!(made["state"], "active");
    key(8)
}

async fn assertion_methods(app: &TestApp) -> Vec<String> {
    let answer = app.anyone().get("/academies/leeds-smp-school/did.json").await.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/did+ld+json"));
    let value = answer.json();
    let document = DidDocument::read(&value).unwrap();
    assert_eq!(document.id(), DID);
    document
        .methods()
        .iter()
        .filter(|method| method.assertion)
        .map(|method| method.key.to_multibase())
        .collect()
}

#[tokio::test]
async fn the_first_key_signs_at_once_and_the_next_waits_for_three_days() {
    let app = TestApp::new().await;
    let keeper = leeds_keeper(&app).await;
    assert_eq!(assertion_methods(&app).await, Vec::<String>::new());
    let (first, second) = (key(1), key(2));
    let recovery = with_recovery(&keeper).await;
    let keys = app.anyone().get(KEYS).await.expect(200).json();
    let method = format!("{DID}#{}", first.public().to_multibase());
    let methods: Vec<&Value> =
        keys["items"].as_array().unwrap().iter().filter_map(|key| key.get("verification_method")).collect();
    assert_eq!(methods, [&json!(method)]);
    assert_eq!(assertion_methods(&app).await, [first.public().to_multibase()]);

    let body = application(&keeper, &second, [Some(&first), Some(&recovery)]).await;
    let made = keeper.post(KEYS, &body).await.expect(201).json();
    assert_eq!((&made["state"], &made["active_at"]), (&json!("waiting"), &json!("2026-06-04T12:00:00Z")));
    assert_eq!(assertion_methods(&app).await.len(), 1);
    app.clock.advance(3 * DAY);
    assert_eq!(assertion_methods(&app).await.len(), 2);

    let retire = format!("{KEYS}/{}/retire", first.public().to_multibase());
    let call = || keeper.call(poem::http::Method::POST, &retire);
    assert_eq!(call().await.expect(200).json()["state"], "retired");
    call().await.expect(409).problem("key-state");
    assert_eq!(assertion_methods(&app).await.len(), 2, "what a retired key signed stands");
    let mut conn = app.db.read().await.unwrap();
    let issuer = academies::issuer_by_slug(&mut conn, &app.config.issuer_host, "leeds-smp-school")
        .await
        .unwrap()
        .unwrap();
    let now = app.clock.now();
    assert!(!issuer.key(&first.public().to_multibase()).unwrap().may_sign(now));
    assert!(issuer.key(&second.public().to_multibase()).unwrap().may_sign(now));
}

#[tokio::test]
async fn a_key_without_an_older_ones_word_needs_a_second_operator() {
    let app = TestApp::new().await;
    let keeper = leeds_keeper(&app).await;
    let (alice, bob) = (app.as_operator().await, app.as_operator().await);
    keeper.post(KEYS, &application(&keeper, &key(1), ALONE).await).await.expect(201);
    let made = alice.post(KEYS, &application(&alice, &key(2), ALONE).await).await.expect(201).json();
    assert_eq!(made["state"], "unconfirmed");
    let confirm = format!("{KEYS}/{}/confirm", key(2).public().to_multibase());
    let call = |client: &Client| client.call(poem::http::Method::POST, &confirm);
    call(&keeper).await.expect(403);
    call(&alice).await.expect(403).problem("second-operator-needed");
    app.clock.advance(30 * DAY);
    assert_eq!(assertion_methods(&app).await.len(), 1, "unconfirmed for however long");
    assert_eq!(call(&bob).await.expect(200).json()["state"], "waiting");
    call(&bob).await.expect(409).problem("key-state");
    // The academy does not know that key and takes it back before it ever signs.
    let retire = format!("{KEYS}/{}/retire", key(2).public().to_multibase());
    let gone = keeper.call(poem::http::Method::POST, &retire).await.expect(200).json();
    assert_eq!(gone["state"], "withdrawn");
    app.clock.advance(30 * DAY);
    assert_eq!(assertion_methods(&app).await, [key(1).public().to_multibase()]);
}

#[tokio::test]
async fn a_key_gets_in_by_its_own_signature_over_a_fresh_challenge_only() {
    let app = TestApp::new().await;
    let keeper = leeds_keeper(&app).await;
    let good = application(&keeper, &key(1), ALONE).await;
    // Somebody else's proof, a proof for another DID, an unknown challenge, an old one, a used one.
    let mut forged = good.clone();
    forged["public_key_multibase"] = json!(key(9).public().to_multibase());
    keeper.post(KEYS, &forged).await.expect(422).problem("possession-unproven");
    let mut elsewhere = good.clone();
    let words = good["challenge"].as_str().unwrap();
    elsewhere["proof"] =
        json!(possession::prove("did:web:stipple.example:academies:york", &key(1), words).unwrap());
    keeper.post(KEYS, &elsewhere).await.expect(422).problem("possession-unproven");
    let mut unknown = good.clone();
    unknown["challenge"] = json!("a-challenge-nobody-made");
    keeper.post(KEYS, &unknown).await.expect(409).problem("challenge-spent");
    keeper.post(KEYS, &good).await.expect(201);
    keeper.post(KEYS, &good).await.expect(409).problem("challenge-spent");

    let again = application(&keeper, &key(1), ALONE).await;
    keeper.post(KEYS, &again).await.expect(409).problem("key-known");
    let late = application(&keeper, &key(2), [Some(&key(1)), None]).await;
    app.clock.advance(Duration::from_secs(15 * 60));
    keeper.post(KEYS, &late).await.expect(409).problem("challenge-spent");
    let not_a_key = json!({"public_key_multibase": "z6Mkbroken", "challenge": "x", "proof": "z"});
    keeper.post(KEYS, &not_a_key).await.expect(422).problem("invalid");
}

#[tokio::test]
async fn an_older_key_vouches_for_one_new_key_and_no_other() {
    let app = TestApp::new().await;
    let keeper = leeds_keeper(&app).await;
    let recovery = with_recovery(&keeper).await;
    let both = [Some(&key(1)), Some(&recovery)];
    // The words were given for key 2; somebody with the academy's token puts key 3 in its place.
    let mut swapped = application(&keeper, &key(2), both).await;
    swapped["public_key_multibase"] = json!(key(3).public().to_multibase());
    swapped["proof"] =
        json!(possession::prove(DID, &key(3), swapped["challenge"].as_str().unwrap()).unwrap());
    keeper.post(KEYS, &swapped).await.expect(422).problem("voucher-refused");
    // A stranger's key and a key that does not sign yet vouch for nothing.
    let stranger = application(&keeper, &key(2), [Some(&key(7)), Some(&recovery)]).await;
    keeper.post(KEYS, &stranger).await.expect(422).problem("voucher-refused");
    keeper.post(KEYS, &application(&keeper, &key(4), both).await).await.expect(201);
    let waiting = application(&keeper, &key(5), [Some(&key(4)), Some(&recovery)]).await;
    keeper.post(KEYS, &waiting).await.expect(422).problem("voucher-refused");
}

#[tokio::test]
async fn whoever_steals_a_signing_key_and_the_token_brings_in_no_key() {
    let app = TestApp::new().await;
    let keeper = leeds_keeper(&app).await;
    let recovery = with_recovery(&keeper).await;
    let (stolen, theirs) = (key(1), key(6));
    let refused = |body: Value| {
        let keeper = &keeper;
        async move { keeper.post(KEYS, &body).await.expect(422).problem("voucher-refused") }
    };
    for [signing, recovering] in [
        [Some(&stolen), None],
        [Some(&stolen), Some(&stolen)],
        [Some(&stolen), Some(&theirs)],
        [None, Some(&recovery)],
        [Some(&recovery), Some(&recovery)],
    ] {
        refused(application(&keeper, &theirs, [signing, recovering]).await).await;
    }
    // Challenges that were not used up count for a quarter of an hour.
    app.clock.advance(Duration::from_secs(1_000));
    // Nor a recovery key of their own, on the word of the stolen key.
    for words in [[Some(&stolen), None], [None, Some(&stolen)], [Some(&stolen), Some(&recovery)]] {
        refused(application_of(&keeper, KeyPurpose::Recovery, &theirs, words).await).await;
    }
    // What a recovery key signed to become one does not make a signing key of it, nor the other way round.
    let mut turned = application_of(&keeper, KeyPurpose::Recovery, &theirs, ALONE).await;
    turned["purpose"] = json!("assertion");
    keeper.post(KEYS, &turned).await.expect(422).problem("possession-unproven");
    // Taking the academy's recovery key away leaves the operators.
    let retire = format!("{KEYS}/{}/retire", recovery.public().to_multibase());
    keeper.call(poem::http::Method::POST, &retire).await.expect(200);
    refused(application(&keeper, &theirs, [Some(&stolen), Some(&recovery)]).await).await;
    refused(application_of(&keeper, KeyPurpose::Recovery, &theirs, [Some(&stolen), None]).await).await;
    let alone = application_of(&keeper, KeyPurpose::Recovery, &theirs, ALONE).await;
    assert_eq!(keeper.post(KEYS, &alone).await.expect(201).json()["state"], "unconfirmed");
    assert_eq!(assertion_methods(&app).await, [stolen.public().to_multibase()]);
    // The recovery key signs nothing else: a certificate of it is by a key nobody knows.
    let mut conn = app.db.read().await.unwrap();
    let issuer = academies::issuer_by_slug(&mut conn, &app.config.issuer_host, "leeds-smp-school").await;
    assert!(issuer.unwrap().unwrap().key(&recovery.public().to_multibase()).is_none());
}

#[tokio::test]
async fn a_recovery_key_that_comes_later_waits_and_the_next_needs_its_word() {
    let app = TestApp::new().await;
    let keeper = leeds_keeper(&app).await;
    keeper.post(KEYS, &application(&keeper, &key(1), ALONE).await).await.expect(201);
    let first = application_of(&keeper, KeyPurpose::Recovery, &key(8), [Some(&key(1)), None]).await;
    assert_eq!(keeper.post(KEYS, &first).await.expect(201).json()["state"], "waiting");
    let both = [Some(&key(1)), Some(&key(8))];
    let early = application(&keeper, &key(2), both).await;
    keeper.post(KEYS, &early).await.expect(422).problem("voucher-refused");
    app.clock.advance(3 * DAY);
    let made = keeper.post(KEYS, &application(&keeper, &key(2), both).await).await.expect(201).json();
    assert_eq!(
        (&made["state"], &made["recovered_by"]),
        (&json!("waiting"), &json!(key(8).public().to_multibase()))
    );
    let next = application_of(&keeper, KeyPurpose::Recovery, &key(9), [None, Some(&key(8))]).await;
    assert_eq!(keeper.post(KEYS, &next).await.expect(201).json()["state"], "waiting");
    app.clock.advance(3 * DAY);
    let spare = [Some(&key(2)), Some(&key(9))];
    assert_eq!(
        keeper.post(KEYS, &application(&keeper, &key(3), spare).await).await.expect(201).json()["state"],
        "waiting"
    );
    assert_eq!(app.log().await, 5);
}

#[tokio::test]
async fn of_two_first_keys_at_once_one_is_the_first() {
    let app = TestApp::new().await;
    let keeper = leeds_keeper(&app).await;
    let (one, two) = (application(&keeper, &key(1), ALONE).await, application(&keeper, &key(2), ALONE).await);
    let (one, two) =
        tokio::join!(keeper.post(KEYS, &one).into_future(), keeper.post(KEYS, &two).into_future());
    let mut states = [one, two].map(|made| made.expect(201).json()["state"].as_str().unwrap().to_owned());
    states.sort();
    assert_eq!(states, ["active", "unconfirmed"]);
}

#[tokio::test]
async fn a_key_belongs_to_one_academy_for_ever() {
    let app = TestApp::new().await;
    let keeper = leeds_keeper(&app).await;
    keeper.post(KEYS, &application(&keeper, &key(1), ALONE).await).await.expect(201);
    let york = app.as_new_academy().await;
    register(&york, &json!({"slug": "york-smp", "name": "York SMP", "country": "GB"})).await;
    let keys = "/v1/academies/york-smp/keys";
    let made = york.call(poem::http::Method::POST, &format!("{keys}/challenges")).await.expect(201).json();
    let words = made["challenge"].as_str().unwrap();
    let did = made["did"].as_str().unwrap();
    let body = json!({"public_key_multibase": key(1).public().to_multibase(), "challenge": words,
        "proof": possession::prove(did, &key(1), words).unwrap()});
    york.post(keys, &body).await.expect(409).problem("key-known");
    keeper.post(keys, &body).await.expect(403);
}

#[tokio::test]
async fn every_change_is_told_to_those_who_follow() {
    let app = TestApp::new().await;
    let keeper = leeds_keeper(&app).await;
    keeper.post("/v1/academies/leeds-smp-school/courses", &course()).await.expect(201);
    keeper.post(KEYS, &application(&keeper, &key(1), ALONE).await).await.expect(201);
    let mut conn = app.db.read().await.unwrap();
    let changes = stipple::platform::changes::after(&mut conn, 0, 10).await.unwrap();
    let subjects: Vec<&str> = changes.iter().map(|change| change.subject.as_str()).collect();
    assert_eq!(subjects, ["academies/leeds-smp-school"; 3]);
}

#[test]
fn a_compromised_key_leaves_what_may_sign_and_stays_listed() {
    let at = Ts::parse("2026-06-01T12:00:00Z").unwrap();
    let id = uuid::Uuid::nil();
    let key = academies::Key {
        id,
        academy_id: id,
        public: key(1).public(),
        added_at: at,
        added_by: "academy:leeds".into(),
        added_by_token: id,
        purpose: KeyPurpose::Assertion,
        vouched_by: None,
        recovered_by: None,
        confirmed_at: None,
        confirmed_by: None,
        active_at: Some(at),
        retired_at: None,
        retired_by: None,
        revoked_at: Some(at.plus(2 * DAY)),
        compromised_since: Some(at.plus(DAY)),
    };
    assert_eq!(key.state(at.plus(DAY)), KeyState::Active, "as was known then");
    assert_eq!(key.state(at.plus(2 * DAY)), KeyState::Compromised);
    let issuer = academies::Issuer {
        academy_id: id,
        own_site: None,
        log_id: uuid::Uuid::nil(),
        slug: "leeds".into(),
        name: "Leeds".into(),
        did: DID.into(),
        keys: vec![key],
        recognitions: vec![],
    };
    let document = issuer.did_document(at.plus(2 * DAY));
    assert_eq!(document["assertionMethod"], json!([]));
    assert_eq!(document["verificationMethod"][0]["revoked"], "2026-06-02T12:00:00Z");
}
