//! JSON-LD: documents and the statements they make, against other people's software, and what must not get lost.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Map, Value, json};
use stipple::signing::jcs;
use stipple::signing::jsonld::{self, JsonLdError, Problem};
use stipple::signing::rdf::canon::{self, Limits};

use crate::support::peers;

const V2: &str = "https://www.w3.org/ns/credentials/v2";
const EXAMPLES: &str = "https://www.w3.org/ns/credentials/examples/v2";
const BADGES: &str = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json";

/// The canonical statements of a document.
pub(crate) fn statements(document: &Value) -> Result<String, JsonLdError> {
    let dataset = jsonld::to_rdf(document.as_object().expect("an object"), &[], None)?;
    Ok(canon::canonicalize(&dataset, Limits::CREDENTIAL).expect("a canonical form").text)
}

fn theirs(document: &Value) -> Result<String, String> {
    // No package publishes this one.
    let documents = json!({EXAMPLES: jsonld::contexts::text(EXAMPLES).expect("a known context")});
    peers::ask(&json!({"ask": "statements", "document": document, "documents": documents}))
        .map(|text| text.as_str().expect("a text").to_owned())
}

/// A badge with everything the Open Badges context has a word for in some corner of it.
fn badge() -> Value {
    json!({
        "@context": [V2, BADGES],
        "id": "urn:uuid:58172aac-d8ba-41ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Scalp micropigmentation", "validFrom": "2026-03-01T09:30:00Z", "awardedDate": "2025-03-01T09:30:00Z",
        "issuer": {"id": "did:web:stipple.example:academies:north", "type": ["Profile"], "name": "North",
            "address": {"type": ["Address"], "addressCountry": "GB", "geo": {"type": ["GeoCoordinates"], "latitude": 53.5, "longitude": -2}},
            "otherIdentifier": [{"type": "IdentifierEntry", "identifier": "7", "identifierType": "ext:number"}]},
        "credentialSubject": {
            "id": "urn:stipple:listing:SMP-7K3F-9Q2M-4", "type": ["AchievementSubject"],
            "identifier": [{"type": "IdentityObject", "identityType": "name", "hashed": false, "identityHash": "Ünï \"☃\" \\ \n"}],
            "source": {"id": "urn:stipple:trainer:TRN-1", "type": ["Profile"], "name": "T"},
            "achievement": {
                "id": "https://stipple.example/c/1", "type": ["Achievement"], "achievementType": "Certificate",
                "name": "N", "description": "D", "criteria": {"narrative": "C"}, "tag": ["a", "b", "a"],
                "alignment": [{"type": ["Alignment"], "targetName": "x", "targetUrl": "https://a.example/x"}],
                "resultDescription": [{"id": "urn:r:1", "type": ["ResultDescription"], "name": "R", "resultType": "Status",
                    "allowedValue": ["low", "high", "low"]}],
            },
            "result": [{"type": ["Result"], "resultDescription": "urn:r:1", "value": "high"}],
        },
        "credentialStatus": {"id": "https://s.example/1#7", "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation", "statusListIndex": "7", "statusListCredential": "https://s.example/1"},
        "relatedResource": [{"id": "https://stipple.example/c/1", "digestMultibase": "uEi"}],
        "evidence": [{"type": ["Evidence"], "name": "e"}, {"id": "urn:e:2", "type": ["Evidence"], "narrative": "n"}],
        "termsOfUse": [],
    })
}

#[test]
fn a_badge_makes_the_statements_everybody_makes_of_it() {
    let ours = statements(&badge()).expect("statements");
    assert_eq!(Ok(ours.as_str()), theirs(&badge()).as_deref());
    assert!(ours.lines().count() > 50, "{ours}");
    let mut proof = json!({
        "@context": [V2, BADGES], "type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022",
        "created": "2026-03-01T09:30:00Z", "verificationMethod": "did:web:a.example#z6Mk", "proofPurpose": "assertionMethod",
        "domain": ["a", "b"], "challenge": "c", "nonce": "n", "expires": "2027-01-01T00:00:00Z",
    });
    assert_eq!(statements(&proof).ok(), theirs(&proof).ok());
    proof["@context"] = json!([V2, "https://w3id.org/security/data-integrity/v2"]);
    assert_eq!(statements(&proof).ok(), theirs(&proof).ok());
}

#[test]
fn presentations_with_badges_alike_are_told_apart_as_everybody_does() {
    let mut one = badge();
    one.as_object_mut().expect("object").remove("id");
    let mut subject = one["credentialSubject"].take();
    subject.as_object_mut().expect("object").remove("id");
    one["credentialSubject"] = subject;
    for count in 1..=4 {
        let document = json!({
            "@context": [V2, BADGES], "type": ["VerifiablePresentation"], "holder": "did:key:z6Mk",
            "verifiableCredential": vec![one.clone(); count],
        });
        let ours = jsonld::to_rdf(document.as_object().expect("object"), &[], None).expect("statements");
        let ours = canon::canonicalize(&ours, Limits::CREDENTIAL).map(|canonical| canonical.text);
        match ours {
            Ok(ours) => assert_eq!(Ok(ours), theirs(&document), "{count}"),
            Err(refused) => panic!("{count}: {refused}"),
        }
    }
}

type Change<'a> = &'a dyn Fn(&mut Value);

#[test]
fn nothing_gets_lost() {
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut document = badge();
        change(&mut document);
        let error = statements(&document).expect_err("refused");
        format!("{} {}", error.pointer, error.problem.code())
    };
    let cases: [(&str, Change<'_>); 12] = [
        ("/nonsense data-loss", &|d| d["nonsense"] = json!("x")),
        ("/credentialSubject/achievement/extra data-loss", &|d| {
            d["credentialSubject"]["achievement"]["extra"] = json!(1);
        }),
        ("/type data-loss", &|d| d["type"] = json!(["VerifiableCredential", "Nonsense"])),
        ("/id data-loss", &|d| d["id"] = json!("not absolute")),
        ("/issuer/id data-loss", &|d| d["issuer"]["id"] = json!("relative/path")),
        ("/evidence/0/id data-loss", &|d| d["evidence"][0]["id"] = json!("urn:a> <b")),
        ("/issuer/@index json-ld-not-supported", &|d| d["issuer"]["@index"] = json!("i")),
        ("/@included json-ld-not-supported", &|d| d["@included"] = json!([])),
        ("/@reverse json-ld-not-supported", &|d| d["@reverse"] = json!({})),
        ("/@graph json-ld-not-supported", &|d| d["@graph"] = json!([])),
        ("/issuer/@nonsense data-loss", &|d| d["issuer"]["@nonsense"] = json!([])),
        (" unknown-context", &|d| d["@context"] = json!([V2, "https://a.example/context"])),
    ];
    for (expected, change) in cases {
        assert_eq!(changed(change), expected);
    }
    let nothing = json!({"@context": [V2], "id": "urn:a:b"});
    assert_eq!(statements(&nothing).map_err(|error| error.problem.code()), Err("data-loss"));
}

#[test]
fn protected_words_keep_their_meaning() {
    let with = |local: Value| {
        let mut document = badge();
        document["@context"] = json!([V2, BADGES, local]);
        document
    };
    for local in [
        json!({"description": "https://a.example/issuer"}),
        json!({"name": {"@id": "https://schema.org/name", "@type": "@id"}}),
        Value::Null,
    ] {
        let document = with(local);
        let error = statements(&document).expect_err("refused");
        assert!(matches!(error.problem, Problem::Protected(_)), "{error}");
        assert!(theirs(&document).is_err());
    }
    // The same meaning may be said again, and words of one's own may be added.
    let mut document = with(
        json!({"name": "https://schema.org/name", "ex": "https://a.example/", "shoe": {"@id": "ex:shoe", "@type": "ex:size"}}),
    );
    document["shoe"] = json!([42, "43", 41.5]);
    document["ex:other"] = json!({"@value": "hallo", "@language": "DE-at"});
    document["ex:right"] = json!({"@value": "shalom", "@language": "he", "@direction": "rtl"});
    assert_eq!(statements(&document).ok(), theirs(&document).ok());
    assert!(statements(&document).expect("statements").contains("\"42\"^^<https://a.example/size>"));
}

const KINDS: &[&str] = &[
    "Profile",
    "Achievement",
    "AchievementSubject",
    "Alignment",
    "Evidence",
    "Image",
    "Result",
    "ResultDescription",
    "BitstringStatusListEntry",
    "DataIntegrityProof",
    "VerifiableCredential",
    "VerifiablePresentation",
    "JsonSchema",
    "Address",
];

const WORDS: &[&str] = &[
    "name",
    "description",
    "issuer",
    "credentialSubject",
    "achievement",
    "criteria",
    "tag",
    "alignment",
    "targetUrl",
    "image",
    "caption",
    "identifier",
    "source",
    "result",
    "value",
    "allowedValue",
    "resultDescription",
    "proof",
    "verifiableCredential",
    "holder",
    "validFrom",
    "evidence",
    "jsonSchema",
    "statusListIndex",
    "statusSize",
    "statusMessage",
    "proofPurpose",
    "domain",
    "address",
    "hashed",
    "exp",
    "cnf",
    "jwk",
    "https://a.example/own",
    "schema:none",
    "otherIdentifier",
    "version",
    "unknownWord",
];

/// A document nobody would write: members, values and contexts drawn at random.
struct Wild(StdRng);

impl Wild {
    fn one_of<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.0.random_range(0..items.len())].clone()
    }

    fn chance(&mut self, of_hundred: u32) -> bool {
        self.0.random_range(0..100) < of_hundred
    }

    fn text(&mut self) -> Value {
        self.one_of(&[
            "x",
            "",
            "ü ☃ \u{10000}",
            "a\"b\\c\nd\re\tf",
            "urn:x:y",
            "urn:x:z",
            "https://a.example/ü",
            "Profile",
            "did:key:z6Mk",
            "_:b0",
            "_:b1",
            "relative",
            "assertionMethod",
            "\u{1}\u{7f}",
        ])
        .into()
    }

    fn scalar(&mut self) -> Value {
        match self.0.random_range(0..8) {
            0 => json!(true),
            1 => json!(self.0.random_range(-1000..1000)),
            2 => json!(f64::from(self.0.random_range(-1000..1000)) / 8.0 + 0.5),
            3 => json!(1e21),
            4 if self.chance(20) => Value::Null,
            _ => self.text(),
        }
    }

    fn value(&mut self, depth: u32) -> Value {
        match self.0.random_range(0..10) {
            0..4 => self.scalar(),
            4 => json!({"@value": self.scalar(), "@language": self.one_of(&["en", "de-AT"])}),
            5 => json!({"@value": self.scalar(), "@type": "https://a.example/t"}),
            6 if self.chance(30) => {
                // Their library reads a text of this type as a number, and writes NaN.
                json!({"@value": self.0.random_range(-9..9), "@type": "http://www.w3.org/2001/XMLSchema#double"})
            }
            6 if depth > 0 => json!([self.value(depth - 1), self.value(depth - 1)]),
            7 if self.chance(30) => json!({"@list": [self.scalar(), self.scalar()]}),
            _ if depth > 0 => self.node(depth - 1),
            _ => self.scalar(),
        }
    }

    fn node(&mut self, depth: u32) -> Value {
        let mut members = Map::new();
        if self.chance(80) {
            let kind = self.one_of(KINDS);
            let both = [kind, self.one_of(KINDS)];
            members.insert("type".to_owned(), if self.chance(70) { json!(kind) } else { json!(both) });
        }
        if self.chance(40) {
            let id = if self.chance(3) {
                self.text()
            } else {
                json!(self.one_of(&["urn:x:y", "_:b0", "_:b2", "did:key:z6Mk"]))
            };
            members.insert("id".to_owned(), id);
        }
        for _ in 0..self.0.random_range(0..5) {
            let (word, value) = (self.one_of(WORDS), self.value(depth));
            members.insert(word.to_owned(), value);
        }
        if self.chance(3) {
            let local = self.one_of(&[json!(V2), json!({"own": "https://a.example/own"}), json!([])]);
            members.insert("@context".to_owned(), local);
        }
        Value::Object(members)
    }

    fn document(&mut self) -> Value {
        let mut document = self.node(4);
        let context = self.one_of(&[
            json!([V2, BADGES]),
            json!([V2, BADGES]),
            json!([V2]),
            json!([V2, EXAMPLES]),
            json!([V2, BADGES, {"@vocab": "https://a.example/#"}]),
            json!([V2, BADGES, {"@vocab": "https://a.example/#", "@language": "en"}]),
            json!([{"@vocab": "https://a.example/#"}, V2, BADGES]),
            json!([V2, {"@language": "en", "own": {"@id": "https://a.example/own", "@container": "@set"}}]),
            json!([V2, {"a": "https://a.example/", "unknownWord": {"@id": "a:w", "@container": "@list"}}]),
            json!([V2, {"unknownWord": {"@id": "https://a.example/w", "@type": "@json"}}]),
        ]);
        document["@context"] = context;
        document
    }
}

#[test]
fn wild_documents_make_the_statements_everybody_makes_of_them() {
    let seed = std::env::var("STIPPLE_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7);
    let rounds =
        std::env::var("STIPPLE_TEST_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(1_500);
    let mut wild = Wild(StdRng::seed_from_u64(seed));
    let (mut same, mut refused, mut stricter) = (0, 0, std::collections::BTreeMap::new());
    for round in 0..rounds {
        let document = wild.document();
        let ours = jsonld::to_rdf(document.as_object().expect("object"), &[], None)
            .map_err(|error| error.to_string())
            .and_then(|set| canon::canonicalize(&set, Limits::CREDENTIAL).map_err(|error| error.to_string()))
            .map(|canonical| canonical.text);
        match (ours, theirs(&document)) {
            (Ok(ours), Ok(theirs)) => {
                assert_eq!(ours, theirs, "{round}: {document:#}");
                same += 1;
            }
            (Err(_), Err(_)) => refused += 1,
            // What is not read here, and what they drop without a word, is refused.
            (Err(error), Ok(_)) => {
                *stricter.entry(error.split(" (at").next().unwrap_or_default().to_owned()).or_insert(0) += 1;
            }
            (Ok(ours), Err(theirs)) => panic!("{round}: only they refuse ({theirs}): {document:#}\n{ours}"),
        }
    }
    assert!(
        same > rounds / 5,
        "{same} of {rounds} alike, {refused} refused by both, stricter: {stricter:#?}"
    );
}

#[test]
fn wild_documents_have_the_canonical_json_everybody_gives_them() {
    let mut wild = Wild(StdRng::seed_from_u64(11));
    for round in 0..500 {
        let mut document = wild.document();
        // Names whose order differs between UTF-8 and UTF-16, numbers at the edges, and escapes.
        document["\u{ffff}"] = json!([1e-7, 1e21, -0.0, 5e-324, 9_007_199_254_740_991_i64, 0.1]);
        document["\u{10000}"] = wild.value(3);
        document["\r\"\\"] = wild.text();
        let ours = String::from_utf8(jcs::to_vec(&document).expect("canonical")).expect("UTF-8");
        let theirs = peers::ask(&json!({"ask": "canonical-json", "value": document})).expect("an answer");
        assert_eq!(theirs.as_str(), Some(ours.as_str()), "{round}");
    }
}
