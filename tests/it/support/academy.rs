//! An academy with a key and a course, that really signs.

use serde_json::{Map, Value, json};
use stipple::certificates::acts::{Act, ActReason, ActStatement};
use stipple::certificates::document::{Award, CourseLink, CourseVersion, StatusList};
use stipple::platform::clock::Ts;
use stipple::platform::id::{Number, NumberKind};
use stipple::signing::did;
use stipple::signing::digest::Digest;
use stipple::signing::json::Members;
use stipple::signing::keys::SigningKey;
use stipple::signing::possession;
use stipple::signing::proof::{self, Options, Purpose, Suite};
use stipple::signing::status::{Bitstring, Entry};
use zeroize::Zeroizing;

use super::{Client, TestApp};

/// An academy of one test.
pub(crate) struct Academy {
    pub(crate) slug: String,
    pub(crate) did: String,
    pub(crate) key: SigningKey,
    pub(crate) keeper: Client,
    pub(crate) course: CourseLink,
}

/// A course with supervised work on living people, which counts.
pub(crate) fn counting_course() -> Value {
    json!({
        "title": "SMP Practitioner Certificate", "description": "From consultation to the last session.",
        "language": "en", "credential_kind": "training-certificate", "level": "foundation",
        "hours": {"classroom": 16, "supervised-live": 24}, "live_models": 4,
        "topics": ["skin-anatomy", "supervised-live-models"], "assessments": ["performance"],
    })
}

impl Academy {
    /// Registers an academy with a first key and a course.
    pub(crate) async fn register(app: &TestApp, slug: &str) -> Self {
        let keeper = app.as_new_academy().await;
        let body = json!({"slug": slug, "name": format!("Academy {slug}"), "country": "GB"});
        let did =
            keeper.post("/v1/academies", &body).await.expect(201).json()["did"].as_str().unwrap().to_owned();
        let key = SigningKey::from_seed(&Zeroizing::new(app.ids.bytes()));
        add_key(&keeper, slug, &did, &key).await;
        let mut academy = Self {
            slug: slug.to_owned(),
            did,
            key,
            keeper,
            course: CourseLink::parse(&format!(
                "http://127.0.0.1:8080/v1/academies/{slug}/courses/none/versions/{}",
                "0".repeat(64)
            ))
            .unwrap(),
        };
        academy.course = academy.add_course(&counting_course()).await;
        academy
    }

    /// Registers an academy that the operator recognises from now on.
    pub(crate) async fn recognised(app: &TestApp, slug: &str) -> Self {
        let academy = Self::register(app, slug).await;
        let body = json!({"from": "2020-01-01", "vouched_by": "The operators, after a visit"});
        let path = format!("/v1/academies/{slug}/recognitions");
        app.as_operator().await.post(&path, &body).await.expect(201);
        academy
    }

    /// Registers another course.
    pub(crate) async fn add_course(&self, content: &Value) -> CourseLink {
        let path = format!("/v1/academies/{}/courses", self.slug);
        let made = self.keeper.post(&path, content).await.expect(201).json();
        CourseLink::parse(made["current"]["url"].as_str().unwrap()).expect("the address of a version")
    }

    /// What is to be certified: everything ordinary, to be changed by the test.
    pub(crate) fn award(&self, app: &TestApp, holder: &str, listing: Option<&str>) -> Award {
        let now = app.clock.now();
        Award {
            id: app.ids.random_uuid(),
            issuer: self.did.clone(),
            issuer_name: format!("Academy {}", self.slug),
            course: CourseVersion {
                link: self.course.clone(),
                name: "SMP Practitioner Certificate".to_owned(),
                description: "From consultation to the last session.".to_owned(),
                criteria: "Passed.".to_owned(),
            },
            holder: holder.to_owned(),
            listing: listing.map(|number| Number::parse(number, NumberKind::Listing).unwrap()),
            trainer: None,
            old_number: None,
            awarded: now,
            valid_from: now,
            valid_until: None,
            status: None,
        }
    }

    /// Signs what is to be certified.
    pub(crate) fn sign(&self, award: &Award) -> Value {
        sign_with(award.to_credential(), &self.did, &self.key, award.valid_from)
    }

    /// Submits a document as this academy.
    pub(crate) async fn submit(&self, document: &Value) -> super::Response {
        self.keeper.post("/v1/certificates", document).await
    }
}

impl Academy {
    /// The address of its first status list.
    pub(crate) fn list_url(&self, app: &TestApp, number: u32) -> String {
        format!("{}/academies/{}/status/{number}", app.config.public_url, self.slug)
    }

    /// A status list with these bits set, signed now.
    pub(crate) fn list(&self, app: &TestApp, number: u32, set: &[u32]) -> Value {
        let mut bits = Bitstring::zero();
        assert!(set.iter().all(|index| bits.set(*index)));
        let at = app.clock.now();
        let draft = StatusList::draft(&self.list_url(app, number), &self.did, at, &bits);
        sign_with(draft, &self.did, &self.key, at)
    }

    /// Enrols its next status list.
    pub(crate) async fn enrol(&self, app: &TestApp, number: u32) {
        let path = format!("/v1/academies/{}/status-lists", self.slug);
        self.keeper.post(&path, &self.list(app, number, &[])).await.expect(201);
    }

    /// A bit for one certificate.
    pub(crate) async fn entry(&self) -> Entry {
        let path = format!("/v1/academies/{}/status-entries", self.slug);
        let given = self.keeper.post(&path, &json!({})).await.expect(201).json();
        Entry::read(&Members::of(given["items"][0].as_object().unwrap()))
            .expect("an entry as certificates have it")
    }

    /// The body of an act on a signed certificate, without a status list.
    pub(crate) fn act(&self, app: &TestApp, signed: &Value, act: Act, reason: ActReason) -> Value {
        let at = app.clock.now().to_string();
        let statement = ActStatement {
            did: &self.did,
            certificate: Digest::of_json(signed).unwrap(),
            act,
            reason,
            superseded_by: None,
            at: &at,
        };
        json!({
            "act": act.as_str(), "reason": reason.as_str(), "at": at,
            "key": self.key.public().to_multibase(),
            "signature": self.key.sign(&statement.bytes()).to_multibase(),
        })
    }
}

/// Signs a document with any key in anybody's name.
pub(crate) fn sign_with(mut document: Map<String, Value>, did: &str, key: &SigningKey, at: Ts) -> Value {
    let method = did::method_id(did, &key.public());
    let created = at.to_string();
    let options = Options { method: &method, purpose: Purpose::AssertionMethod, created: &created };
    proof::sign(&mut document, key, &Suite::BOTH, options).expect("the document can be signed");
    Value::Object(document)
}

/// Adds a first key, proving possession.
pub(crate) async fn add_key(keeper: &Client, slug: &str, did: &str, key: &SigningKey) {
    let challenge =
        keeper.post(&format!("/v1/academies/{slug}/keys/challenges"), &json!({})).await.expect(201).json();
    let challenge = challenge["challenge"].as_str().unwrap();
    let body = json!({
        "public_key_multibase": key.public().to_multibase(),
        "challenge": challenge,
        "proof": possession::prove(did, key, challenge).unwrap(),
    });
    keeper.post(&format!("/v1/academies/{slug}/keys"), &body).await.expect(201);
}
