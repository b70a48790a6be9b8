//! Certificates as documents and what is said of them: shape, checks, precedence, forgery.

mod checks;
mod document;
mod forgery;

use serde_json::{Value, json};
use stipple::certificates::document::{Award, CourseLink, CourseVersion, Trainer, trainer_urn};
use stipple::certificates::verdict::{
    self, Course, Issuer, IssuerRecord, KeyRecord, Knowledge, Question, Recognition, Span, Verdict,
};
use stipple::platform::clock::{Clock, Ts};
use stipple::platform::id::{Ids, Number, NumberKind};
use stipple::signing::did;
use stipple::signing::digest::Digest;
use stipple::signing::keys::SigningKey;
use stipple::signing::proof::{self, Options, Purpose, Suite};
use zeroize::Zeroizing;

pub(crate) const DID: &str = "did:web:stipple.example:academies:north";
const REGISTRY: &str = "Test Registry";

pub(crate) fn ts(text: &str) -> Ts {
    Ts::parse(text).expect("a time")
}

/// A time at which the sample is in force.
fn now() -> Ts {
    ts("2026-11-21T10:00:00Z")
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&Zeroizing::new([seed; 32]))
}

fn numbers(kind: NumberKind) -> [Number; 2] {
    let ids = Ids::seeded(Clock::fixed(now()), 7);
    [ids.number(kind), ids.number(kind)]
}

fn listing() -> Number {
    numbers(NumberKind::Listing)[0]
}

pub(crate) fn award() -> Award {
    let hash = Digest::of_json(&json!({"title": "Foundation"})).expect("canonical");
    let course = "https://stipple.example/v1/academies/north/courses/CRS-2345-6789-A";
    Award {
        id: Ids::seeded(Clock::fixed(now()), 1).random_uuid(),
        issuer: DID.to_owned(),
        issuer_name: "North School".to_owned(),
        course: CourseVersion {
            link: CourseLink::new(course, hash).expect("a course"),
            name: "Foundation in Scalp Micropigmentation".to_owned(),
            description: "Five days on skin, needles and hairlines, with live models.".to_owned(),
            criteria: "Hours: 24 h supervised live. Live models: 4. Assessed by exam.".to_owned(),
        },
        holder: "Zoë Ångström-Lee".to_owned(),
        listing: Some(listing()),
        trainer: Some(Trainer {
            id: trainer_urn(numbers(NumberKind::Trainer)[0]),
            name: "Sam Trainer".to_owned(),
        }),
        old_number: None,
        awarded: ts("2026-02-27T00:00:00Z"),
        valid_from: ts("2026-03-01T09:30:00Z"),
        valid_until: Some(ts("2029-03-01T23:59:59Z")),
        status: None,
    }
}

/// Signs a document as `did`, with its context in the proof.
fn sign_as(mut document: Value, did: &str, key: &SigningKey) -> Value {
    let method = did::method_id(did, &key.public());
    let options =
        Options { method: &method, purpose: Purpose::AssertionMethod, created: "2026-03-01T09:30:00Z" };
    proof::sign(document.as_object_mut().expect("object"), key, &Suite::BOTH, options).expect("signed");
    document
}

fn credential() -> Value {
    Value::Object(award().to_credential())
}

fn signed() -> Value {
    sign_as(credential(), DID, &key(1))
}

fn registry(spans: Vec<Span>) -> Recognition {
    Recognition::Registry { name: REGISTRY.to_owned(), spans }
}

/// The academy of the sample, recognised since 2025, with the sample's key.
fn academy() -> IssuerRecord {
    IssuerRecord {
        did: DID.to_owned(),
        name: Some("North School".to_owned()),
        keys: vec![KeyRecord::standing(DID, key(1).public(), Some(ts("2025-01-01T00:00:00Z")))],
        recognition: registry(vec![Span { from: ts("2025-01-01T00:00:00Z"), until: None }]),
    }
}

fn knowing(record: &IssuerRecord) -> Knowledge<'_> {
    Knowledge { issuer: Issuer::Known(record), course: Course::Matches, ..Knowledge::default() }
}

fn judge_text(text: &[u8], knowledge: &Knowledge<'_>, question: Question) -> Verdict {
    verdict::of_bytes(text, question, |_| knowledge.clone())
}

fn judge(document: &Value, knowledge: &Knowledge<'_>) -> Verdict {
    judge_text(&serde_json::to_vec(document).expect("JSON"), knowledge, Question::now(now()))
}
