//! Academies that are issuers under their own site's name: pinned keys, and a document that only takes away.

use std::time::Duration;

use serde_json::{Value, json};
use stipple::academies::ops::check_due;
use stipple::signing::did::{DidDocument, KeyState, ListedKey};
use stipple::signing::keys::SigningKey;
use zeroize::Zeroizing;

use crate::support::academy::{Academy, add_key, counting_course, sign_with};
use crate::support::site::Site;
use crate::support::{Client, TestApp};

const DID: &str = "did:web:leeds.example";
const DOCUMENT: &str = "/.well-known/did.json";

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&Zeroizing::new([seed; 32]))
}

fn document(keys: &[&SigningKey]) -> Vec<u8> {
    let listed: Vec<ListedKey> =
        keys.iter().map(|key| ListedKey { key: key.public(), state: KeyState::Standing }).collect();
    serde_json::to_vec(&DidDocument::build(DID, &listed)).unwrap()
}

async fn app_beside(site: &Site) -> TestApp {
    let folder = tempfile::tempdir().unwrap();
    let (known_hosts, authorities) = site.settings(folder.path());
    TestApp::with(|config| {
        config.outbound.known_hosts = known_hosts;
        config.outbound.authorities = authorities;
    })
    .await
}

/// Registers an academy that has nothing yet.
async fn registered(app: &TestApp) -> Client {
    let keeper = app.as_new_academy().await;
    let body = json!({"slug": "leeds-smp-school", "name": "Leeds SMP School", "country": "GB",
        "contact_email": "office@leeds.example"});
    keeper.post("/v1/academies", &body).await.expect(201);
    keeper
}

async fn set_did(keeper: &Client, did: &str) -> crate::support::Response {
    keeper.put("/v1/academies/leeds-smp-school/did", &json!({"did": did})).await
}

/// An academy on its own site, with its first key, recognised, and with a course.
async fn on_its_own_site(app: &TestApp, site: &Site) -> Academy {
    let keeper = registered(app).await;
    site.put(DOCUMENT, &document(&[&key(1)]));
    set_did(&keeper, DID).await.expect(200);
    add_key(&keeper, "leeds-smp-school", DID, &key(1)).await;
    let operator = app.as_operator().await;
    let recognition = json!({"from": "2020-01-01", "vouched_by": "The operators, after a visit"});
    operator.post("/v1/academies/leeds-smp-school/recognitions", &recognition).await.expect(201);
    let course = keeper.post("/v1/academies/leeds-smp-school/courses", &counting_course()).await.expect(201);
    let link = course.json()["current"]["url"].as_str().unwrap().to_owned();
    Academy {
        slug: "leeds-smp-school".to_owned(),
        did: DID.to_owned(),
        key: key(1),
        keeper,
        course: stipple::certificates::document::CourseLink::parse(&link).unwrap(),
    }
}

async fn verdict(app: &TestApp, document: &Value) -> Value {
    app.anyone().post("/v1/verify", document).await.expect(200).json()["verdict"].clone()
}

#[tokio::test]
async fn an_academy_on_its_own_site_issues_under_its_own_name() {
    let site = Site::start("leeds.example").await;
    let app = app_beside(&site).await;
    let academy = on_its_own_site(&app, &site).await;
    let view = app.anyone().get("/v1/academies/leeds-smp-school").await.expect(200).json();
    assert_eq!((&view["did"], view.get("did_fault")), (&json!(DID), None));
    let signed = academy.sign(&academy.award(&app, "Marian Wright", None));
    academy.submit(&signed).await.expect(201);
    assert_eq!(verdict(&app, &signed).await, "valid");
    // The directory speaks for nobody it does not host.
    let here = app.anyone().get("/academies/leeds-smp-school/did.json").await.expect(404).json();
    assert!(
        here["detail"].as_str().unwrap().contains("https://leeds.example/.well-known/did.json"),
        "{here}"
    );
    let hosted = "did:web:stipple.example:academies:leeds-smp-school";
    let mut award = academy.award(&app, "Marian Wright", None);
    award.issuer = hosted.to_owned();
    let posing = sign_with(award.to_credential(), hosted, &key(1), award.valid_from);
    academy.submit(&posing).await.expect(422).problem("unknown-issuer");
    assert_eq!(site.asked.lock().unwrap().as_slice(), [DOCUMENT, DOCUMENT]);
}

#[tokio::test]
async fn a_key_comes_in_only_when_the_site_lists_it_and_the_site_alone_adds_none() {
    let site = Site::start("leeds.example").await;
    let app = app_beside(&site).await;
    let academy = on_its_own_site(&app, &site).await;
    // Whoever has the domain puts a key there: that is nothing to the directory.
    site.put(DOCUMENT, &document(&[&key(1), &key(66)]));
    app.clock.advance(Duration::from_secs(7_200));
    check_due(&app.app).await.unwrap();
    let award = academy.award(&app, "Marian Wright", None);
    let forged = sign_with(award.to_credential(), DID, &key(66), award.valid_from);
    academy.submit(&forged).await.expect(422).problem("key-not-active");
    assert_eq!(verdict(&app, &forged).await, "invalid");
    // And whoever has the token, and not the domain, gets none in either.
    let keys = "/v1/academies/leeds-smp-school/keys";
    let made = academy.keeper.post(&format!("{keys}/challenges"), &json!({})).await.expect(201).json();
    let challenge = made["challenge"].as_str().unwrap();
    let body = json!({
        "public_key_multibase": key(67).public().to_multibase(), "challenge": challenge,
        "proof": stipple::signing::possession::prove(DID, &key(67), challenge).unwrap(),
    });
    let refused = academy.keeper.post(keys, &body).await.expect(422).problem("did-document");
    assert!(refused["detail"].as_str().unwrap().contains("does not list the key"), "{refused}");
}

#[tokio::test]
async fn the_site_takes_trust_away_and_cannot_give_it_back() {
    let site = Site::start("leeds.example").await;
    let app = app_beside(&site).await;
    let academy = on_its_own_site(&app, &site).await;
    let before = academy.sign(&academy.award(&app, "Marian Wright", None));
    academy.submit(&before).await.expect(201);
    let ask = async |hours: u64| {
        app.clock.advance(Duration::from_secs(3_600 * hours));
        check_due(&app.app).await.unwrap();
        let award = academy.award(&app, "Ben Holt", None);
        academy.submit(&academy.sign(&award)).await
    };
    // A site that is down, or broken, changes nothing.
    site.put_raw(DOCUMENT, b"500 Internal Server Error\r\ncontent-length: 0\r\n\r\n");
    ask(2).await.expect(201);
    let view = app.anyone().get("/v1/academies/leeds-smp-school").await.expect(200).json();
    assert!(view["did_fault"].as_str().unwrap().contains("answered 500"), "{view}");
    // Not asked again within the hour.
    let asked = site.asked.lock().unwrap().len();
    check_due(&app.app).await.unwrap();
    assert_eq!(site.asked.lock().unwrap().len(), asked);
    site.put(DOCUMENT, &document(&[&key(9)]));
    ask(2).await.expect(422).problem("key-not-active");
    assert_eq!(verdict(&app, &before).await, "valid", "what it signed before stands");
    site.put(DOCUMENT, &document(&[&key(1)]));
    ask(2).await.expect(422).problem("key-not-active");
    let history = app.anyone().get("/v1/academies/leeds-smp-school/history").await.expect(200).text();
    assert!(history.contains("\"actor\":\"did-document\""), "{history}");
    app.run_jobs().await;
    let letters: Vec<_> = std::fs::read_dir(app.place.dir.path().join("mail")).unwrap().collect();
    assert_eq!(letters.len(), 1);
}

#[tokio::test]
async fn a_did_is_chosen_once_and_before_anything_is_signed() {
    let site = Site::start("leeds.example").await;
    let app = app_beside(&site).await;
    let keeper = registered(&app).await;
    let refused = async |did: &str, words: &str| {
        let problem = set_did(&keeper, did).await.expect(422).problem("did-document");
        assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
    };
    for (did, words) in [
        ("did:web:stipple.example:academies:leeds-smp-school", "own domain"),
        ("did:web:localhost", "own domain"),
        ("did:web:127.0.0.1", "never an IP address"),
        ("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", "starts with did:web:"),
        (DID, "answered 404"),
    ] {
        refused(did, words).await;
    }
    let site_says = [
        (b"not JSON".to_vec(), "leeds.example"),
        (serde_json::to_vec(&DidDocument::build("did:web:other.example", &[])).unwrap(), "another DID"),
        (vec![b' '; 70_000], "more than 65536 bytes"),
        (br#"{"@context": "https://www.w3.org/ns/did/v1", "id": "did:web:leeds.example", "id": "did:web:leeds.example"}"#.to_vec(), "leeds.example"),
    ];
    for (body, words) in site_says {
        site.put(DOCUMENT, &body);
        refused(DID, words).await;
    }
    // Nobody is sent anywhere else.
    site.put("/elsewhere", &document(&[]));
    site.put_raw(
        DOCUMENT,
        b"302 Found\r\nlocation: https://leeds.example/elsewhere\r\ncontent-length: 0\r\n\r\n",
    );
    refused(DID, "answered 302").await;
    assert!(!site.asked.lock().unwrap().contains(&"/elsewhere".to_owned()));

    site.put(DOCUMENT, &document(&[]));
    set_did(&keeper, DID).await.expect(200);
    set_did(&keeper, DID).await.expect(409).problem("did-fixed");
    let other = app.as_new_academy().await;
    let body = json!({"slug": "york-school", "name": "York", "country": "GB"});
    other.post("/v1/academies", &body).await.expect(201);
    other.put("/v1/academies/york-school/did", &json!({"did": DID})).await.expect(409).problem("did-fixed");
    other.put("/v1/academies/leeds-smp-school/did", &json!({"did": DID})).await.expect(403);
    let hosted = Academy::register(&app, "north-school").await;
    hosted
        .keeper
        .put("/v1/academies/north-school/did", &json!({"did": DID}))
        .await
        .expect(409)
        .problem("did-fixed");
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_followed() {
    let app = TestApp::new().await;
    let keeper = registered(&app).await;
    // The machine's own name for itself leads to a loopback or private address, wherever this runs.
    for (did, words) in [
        ("did:web:localhost.localdomain", "could not be fetched"),
        ("did:web:ip6-localhost.localdomain", "could not be fetched"),
    ] {
        let problem = set_did(&keeper, did).await.expect(422).problem("did-document");
        assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
    }
}
