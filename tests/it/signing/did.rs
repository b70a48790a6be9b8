//! DIDs, DID documents and the times they state.

use serde_json::{Value, json};
use stipple::signing::did::{self, DidDocument, DidWeb, DidWebError, KeyState, ListedKey, LookupError};
use stipple::signing::stamp::{Stamp, StampError};

use super::keys::key;

const DID: &str = "did:web:stipple.example:academies:north";

#[test]
fn did_web_maps_to_its_document() {
    let cases = [
        ("did:web:stipple.example", "https://stipple.example/.well-known/did.json"),
        (DID, "https://stipple.example/academies/north/did.json"),
        ("did:web:localhost%3A8443", "https://localhost:8443/.well-known/did.json"),
        ("did:web:a-b.example%3A3000:user:al_ice.x", "https://a-b.example:3000/user/al_ice.x/did.json"),
    ];
    for (text, url) in cases {
        let did = DidWeb::parse(text).expect(text);
        assert_eq!((did.to_string().as_str(), did.document_url().as_str()), (text, url));
    }
    let refused = [
        ("did:key:z6Mk", DidWebError::Method),
        ("did:web:", DidWebError::Host),
        ("did:web:Example.com", DidWebError::Host),
        ("did:web:127.0.0.1", DidWebError::Host),
        ("did:web:1.2.3.0x7f", DidWebError::Host),
        ("did:web:a..example", DidWebError::Host),
        ("did:web:-a.example", DidWebError::Host),
        ("did:web:a.example/x", DidWebError::Host),
        ("did:web:user@a.example", DidWebError::Host),
        ("did:web:a.example%3a80", DidWebError::Host),
        ("did:web:a.example%3A", DidWebError::Port),
        ("did:web:a.example%3A080", DidWebError::Port),
        ("did:web:a.example%3A+80", DidWebError::Port),
        ("did:web:a.example%3A65536", DidWebError::Port),
        ("did:web:a.example:", DidWebError::Path),
        ("did:web:a.example:..:b", DidWebError::Path),
        ("did:web:a.example:x%2Fy", DidWebError::Path),
        ("did:web:a.example:x#y", DidWebError::Path),
    ];
    for (text, error) in refused {
        assert_eq!(DidWeb::parse(text), Err(error), "{text}");
    }
}

#[test]
fn method_names_are_split_once() {
    let id = did::method_id(DID, &key(1).public());
    assert_eq!(did::split_method(&id), Some((DID, key(1).public().to_multibase().as_str())));
    for text in [
        "",
        DID,
        "did:web:a#",
        "#z6Mk",
        "https://a.example#k",
        "did:web:a/b#k",
        "did:web:a?x#k",
        "did:web:a#b#c",
        "did:web:#k",
    ] {
        assert_eq!(did::split_method(text), None, "{text}");
    }
    let own = did::did_key(&key(1).public());
    assert_eq!(did::read_did_key(&own), Some(Ok(key(1).public())));
    assert_eq!(did::read_did_key(DID), None);
    assert!(matches!(did::read_did_key("did:key:z6MkBroken"), Some(Err(_))));
    assert!(
        DidDocument::of_did_key(&key(1).public())
            .assertion_method(&did::method_id(&own, &key(1).public()))
            .is_ok()
    );
}

fn document() -> Value {
    let compromised = KeyState::Compromised { revoked: "2026-03-01T00:00:00Z".to_owned() };
    DidDocument::build(
        DID,
        &[
            ListedKey { key: key(1).public(), state: KeyState::Standing },
            ListedKey { key: key(2).public(), state: compromised },
        ],
    )
}

#[test]
fn a_document_of_ours_is_read_back() {
    let value = document();
    assert_eq!(value["@context"][0], "https://www.w3.org/ns/did/v1");
    let read = DidDocument::read(&value).expect("document");
    let method = |n| did::method_id(DID, &key(n).public());
    let good = read.assertion_method(&method(1)).expect("standing key");
    assert_eq!((good.key, good.revoked), (key(1).public(), None));
    assert_eq!(read.assertion_method(&method(2)), Err(LookupError::NotForAssertion));
    assert_eq!(read.method(&method(2)).and_then(|m| m.revoked), Stamp::parse("2026-03-01T00:00:00Z").ok());
    assert_eq!(read.assertion_method(&method(3)), Err(LookupError::Unknown));
    let elsewhere = did::method_id("did:web:other.example", &key(1).public());
    assert_eq!(read.assertion_method(&elsewhere), Err(LookupError::Unknown));
}

#[test]
fn a_document_is_read_strictly() {
    let cases: &[(&str, Value, &str)] = &[
        ("/@context", json!(["https://example.org"]), "/@context"),
        ("/id", json!("did:web:x#y"), "/id"),
        ("/id", json!("did:web:another.example"), "/verificationMethod/0/id"),
        ("/verificationMethod", json!({}), "/verificationMethod"),
        ("/verificationMethod/0/controller", json!("did:web:x"), "/verificationMethod/0/controller"),
        (
            "/verificationMethod/1/id",
            document()["verificationMethod"][0]["id"].clone(),
            "/verificationMethod/1/id",
        ),
        (
            "/verificationMethod/0/publicKeyMultibase",
            json!(key(9).public().to_multibase()),
            "/verificationMethod/0/publicKeyMultibase",
        ),
        (
            "/verificationMethod/0/publicKeyMultibase",
            json!("z6MkBroken"),
            "/verificationMethod/0/publicKeyMultibase",
        ),
        ("/verificationMethod/1/revoked", json!("soon"), "/verificationMethod/1/revoked"),
        ("/verificationMethod/0/secretKeyMultibase", json!("z3u2"), "/verificationMethod/0"),
        ("/assertionMethod/0", json!(7), "/assertionMethod/0"),
    ];
    for (pointer, value, at) in cases {
        let mut document = document();
        match document.pointer_mut(pointer) {
            Some(place) => *place = value.clone(),
            None => document["verificationMethod"][0]["secretKeyMultibase"] = value.clone(),
        }
        let error = DidDocument::read(&document).expect_err(pointer);
        assert_eq!(&error.pointer, at);
    }
    assert!(DidDocument::read(&json!([])).is_err());
}

#[test]
fn methods_of_other_kinds_are_stepped_over() {
    let mut value = document();
    let id = format!("{DID}#jwk");
    value["verificationMethod"].as_array_mut().expect("array").push(json!({
        "id": id, "type": "JsonWebKey", "controller": DID, "publicKeyJwk": {"kty": "EC"}
    }));
    value["assertionMethod"].as_array_mut().expect("array").push(json!(id));
    let embedded = did::method_id(DID, &key(5).public());
    value["assertionMethod"].as_array_mut().expect("array").push(json!({
        "id": embedded, "type": "Multikey", "controller": DID, "publicKeyMultibase": key(5).public().to_multibase()
    }));
    let read = DidDocument::read(&value).expect("document");
    assert_eq!(read.assertion_method(&id), Err(LookupError::Unsupported));
    assert!(read.assertion_method(&embedded).is_ok());
}

#[test]
fn stamps_need_a_real_day_and_an_offset() {
    let micros = |text: &str| Stamp::parse(text).map(Stamp::micros);
    assert_eq!(micros("1970-01-01T00:00:00Z"), Ok(0));
    assert_eq!(micros("2026-03-01T09:30:00.25+01:00"), Ok(1_772_353_800_250_000));
    assert_eq!(micros("2026-03-01T08:30:00.250000999Z"), Ok(1_772_353_800_250_000));
    assert_eq!(micros("1969-12-31T23:59:59.5Z"), Ok(-500_000));
    assert!(micros("2024-02-29T00:00:00-14:00").is_ok());
    let impossible = [
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-10T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-04-30T24:00:00Z",
        "2026-04-30T00:60:00Z",
        "2026-04-30T00:00:60Z",
        "2026-04-30T00:00:00+14:01",
        "2026-04-30T00:00:00+00:60",
    ];
    for text in impossible {
        assert_eq!(micros(text), Err(StampError::Impossible), "{text}");
    }
    assert_eq!(micros("2026-04-30T00:00:00"), Err(StampError::NoOffset));
    for text in [
        "",
        "2026-04-30",
        "2026-04-30 00:00:00Z",
        "2026-04-30t00:00:00z",
        "26-04-30T00:00:00Z",
        "2026-04-30T00:00:00.Z",
        "2026-04-30T00:00:00+1:00",
        "+2026-04-30T00:00:00Z",
        "2026-04-30T00:00:00Zx",
        "２026-04-30T00:00:00Z",
    ] {
        assert_eq!(micros(text), Err(StampError::Form), "{text}");
    }
}
