//! The shape of a certificate: built, read back, and every departure from it named.

use serde_json::{Value, json};
use stipple::certificates::document::{CourseLink, Document, listing_of_urn, listing_urn};
use stipple::signing::digest::Digest;
use stipple::signing::json::Tree;

use super::{DID, award, credential, key, listing, sign_as, signed};

/// The faults of a changed sample, as `pointer code`.
fn faults(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut value = signed();
    change(&mut value);
    let tree = Tree::of(&value);
    let found = match Document::read(&tree) {
        Ok(document) => document.fixed_shape_faults(),
        Err(faults) => faults,
    };
    found.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect()
}

/// Replaces a value, or removes it where `to` is null.
fn set(pointer: &str, to: Value) -> impl FnOnce(&mut Value) {
    move |value| {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        let parent = value.pointer_mut(parent).expect("a parent");
        match (parent, to) {
            (Value::Object(members), Value::Null) => drop(members.remove(name)),
            (Value::Object(members), to) => drop(members.insert(name.to_owned(), to)),
            (Value::Array(items), to) => items[name.parse::<usize>().expect("an index")] = to,
            _ => panic!("nothing to set at {pointer}"),
        }
    }
}

/// The subject as it must be, member for member.
fn subject_of_the_sample() -> Value {
    json!({
        "achievement": {
            "achievementType": "Certificate",
            "criteria": {
                "narrative": "Hours: 24 h supervised live. Live models: 4. Assessed by exam."
            },
            "description": "Five days on skin, needles and hairlines, with live models.",
            "id": "https://stipple.example/v1/academies/north/courses/CRS-2345-6789-A/versions/064b0d443a74bd5508251bc266a8a0fcbfa824b3582f9b4b560346757e179cfe",
            "name": "Foundation in Scalp Micropigmentation",
            "type": [
                "Achievement"
            ]
        },
        "id": "urn:stipple:listing:SMP-6JCH-NAY7-4",
        "identifier": [
            {
                "hashed": false,
                "identityHash": "Zoë Ångström-Lee",
                "identityType": "name",
                "type": "IdentityObject"
            }
        ],
        "source": {
            "id": "urn:stipple:trainer:TRN-6JCH-NAY7-R",
            "name": "Sam Trainer",
            "type": [
                "Profile"
            ]
        },
        "type": [
            "AchievementSubject"
        ]
    })
}

#[test]
fn the_shape_is_fixed() {
    let mut value = signed();
    value["proof"][0]["proofValue"] = json!("z…");
    value["proof"][1]["proofValue"] = json!("z…");
    let subject = value.as_object_mut().and_then(|members| members.remove("credentialSubject"));
    assert_eq!(subject, Some(subject_of_the_sample()));
    insta::assert_json_snapshot!(value, @r#"
    {
      "@context": [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
      ],
      "awardedDate": "2026-02-27T00:00:00Z",
      "id": "urn:uuid:611830d3-641a-48f9-8a69-0dcc25d1f4b0",
      "issuer": {
        "id": "did:web:stipple.example:academies:north",
        "name": "North School",
        "type": [
          "Profile"
        ]
      },
      "name": "Foundation in Scalp Micropigmentation",
      "proof": [
        {
          "created": "2026-03-01T09:30:00Z",
          "cryptosuite": "eddsa-rdfc-2022",
          "proofPurpose": "assertionMethod",
          "proofValue": "z…",
          "type": "DataIntegrityProof",
          "verificationMethod": "did:web:stipple.example:academies:north#z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX"
        },
        {
          "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
          ],
          "created": "2026-03-01T09:30:00Z",
          "cryptosuite": "eddsa-jcs-2022",
          "proofPurpose": "assertionMethod",
          "proofValue": "z…",
          "type": "DataIntegrityProof",
          "verificationMethod": "did:web:stipple.example:academies:north#z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX"
        }
      ],
      "relatedResource": [
        {
          "digestMultibase": "uEiAGSw1EOnS9VQglG8JmqKD8v6gks1gvm0tWA0Z1fhec_g",
          "id": "https://stipple.example/v1/academies/north/courses/CRS-2345-6789-A/versions/064b0d443a74bd5508251bc266a8a0fcbfa824b3582f9b4b560346757e179cfe"
        }
      ],
      "type": [
        "VerifiableCredential",
        "OpenBadgeCredential"
      ],
      "validFrom": "2026-03-01T09:30:00Z",
      "validUntil": "2029-03-01T23:59:59Z"
    }
    "#);
}

#[test]
fn a_certificate_of_ours_is_read_back_whole() {
    let value = signed();
    let tree = Tree::of(&value);
    let document = Document::read(&tree).expect("good form");
    assert_eq!(document.fixed_shape_faults(), []);
    let award = award();
    assert_eq!(document.id, format!("urn:uuid:{}", award.id));
    assert_eq!((document.issuer, document.issuer_name), (DID, Some("North School")));
    assert_eq!(document.holder, Some("Zoë Ångström-Lee"));
    assert_eq!(document.listing(), Some(listing()));
    assert_eq!(document.course(), Some(award.course.link));
    assert_eq!(document.trainer.and_then(|(_, name)| name), Some("Sam Trainer"));
    assert_eq!(document.valid_from.micros(), award.valid_from.micros());
    assert_eq!(
        document.valid_until.map(stipple::signing::stamp::Stamp::micros),
        award.valid_until.map(stipple::platform::clock::Ts::micros)
    );
    assert_eq!(document.awarded.map(stipple::signing::stamp::Stamp::micros), Some(award.awarded.micros()));
    assert!(!document.names_status());
    let draft = credential();
    assert!(
        Document::read_draft(&Tree::of(&draft))
            .is_ok_and(|document| document.fixed_shape_faults().is_empty())
    );
    assert!(Document::read_draft(&Tree::of(&value)).is_err(), "signed already");
    assert!(Document::read(&Tree::of(&draft)).is_err(), "not signed");
}

#[test]
fn optional_parts_may_be_left_out() {
    let mut bare = award();
    (bare.listing, bare.trainer, bare.valid_until) = (None, None, None);
    let value = sign_as(Value::Object(bare.to_credential()), DID, &key(1));
    let tree = Tree::of(&value);
    let document = Document::read(&tree).expect("good form");
    assert_eq!(document.fixed_shape_faults(), []);
    assert_eq!((document.subject, document.trainer, document.valid_until), (None, None, None));
}

/// A place, what is put there, and the fault it makes.
fn of_any_badge() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("/@context", json!("https://www.w3.org/ns/credentials/v2"), "/@context type"),
        ("/@context/0", json!("https://www.w3.org/2018/credentials/v1"), "/@context/0 context"),
        ("/@context/1", json!({"x": "https://x.example"}), "/@context/1 inline-context"),
        ("/id", Value::Null, "/id required"),
        ("/id", json!("certificate-1"), "/id absolute-url"),
        ("/id", json!(["urn:uuid:1", "urn:uuid:2"]), "/id type"),
        ("/id", json!("https:///x"), "/id absolute-url"),
        ("/id", json!("https://a b"), "/id absolute-url"),
        ("/type", json!("VerifiableCredential"), "/type missing-type"),
        ("/type", json!(["VerifiableCredential", "OpenBadgeCredential", "Magic"]), "/type/2 unknown-type"),
        ("/type", json!([]), "/type empty"),
        ("/name", json!({"@value": "x", "extra": 1}), "/name/extra unknown-member"),
        ("/name", json!(7), "/name type"),
        ("/issuer", json!(7), "/issuer type"),
        ("/issuer/id", Value::Null, "/issuer/id required"),
        ("/issuer/id", json!("north"), "/issuer/id absolute-url"),
        ("/issuer/type", json!("Person"), "/issuer/type missing-type"),
        ("/validFrom", Value::Null, "/validFrom required"),
        ("/validFrom", json!("2026-03-01"), "/validFrom date-time"),
        ("/validFrom", json!("2026-03-01T09:30:00"), "/validFrom date-time"),
        ("/validFrom", json!("2026-02-29T09:30:00Z"), "/validFrom date-time"),
        ("/validFrom", json!(1_772_353_800), "/validFrom type"),
        ("/validUntil", json!("2026-03-01T09:29:59Z"), "/validUntil ends-before-it-starts"),
        ("/awardedDate", json!("soon"), "/awardedDate date-time"),
        ("/credentialSubject", json!([]), "/credentialSubject type"),
        ("/credentialSubject/type", json!(["Person"]), "/credentialSubject/type missing-type"),
        ("/credentialSubject/id", json!("me"), "/credentialSubject/id absolute-url"),
        (
            "/credentialSubject/identifier/0/hashed",
            json!("no"),
            "/credentialSubject/identifier/0/hashed type",
        ),
        ("/credentialSubject/achievement", Value::Null, "/credentialSubject/achievement required"),
        ("/credentialSubject/achievement/id", json!("x"), "/credentialSubject/achievement/id absolute-url"),
        (
            "/credentialSubject/achievement/criteria",
            json!({}),
            "/credentialSubject/achievement/criteria required",
        ),
        (
            "/credentialSubject/achievement/description",
            Value::Null,
            "/credentialSubject/achievement/description required",
        ),
        ("/credentialSubject/source/id", Value::Null, "/credentialSubject/source/id required"),
        ("/credentialStatus", json!({"id": "https://a.example/1#2"}), "/credentialStatus/type required"),
        ("/credentialSchema", json!({"type": "JsonSchema"}), "/credentialSchema/id required"),
        ("/evidence", json!([{"type": ["Evidence"], "id": "x"}]), "/evidence/0/id absolute-url"),
        ("/relatedResource", json!(["https://a.example"]), "/relatedResource/0 type"),
        ("/relatedResource/0/digestMultibase", Value::Null, "/relatedResource/0 required"),
        ("/proof", Value::Null, "/proof required"),
        ("/proof/0/proofValue", json!("z1"), "/proof/0/proofValue signature-form"),
    ]
}

#[test]
fn faults_of_any_open_badge_are_named_by_pointer_and_code() {
    for (pointer, to, expected) in of_any_badge() {
        let found = faults(set(pointer, to.clone()));
        assert!(found.iter().any(|fault| fault == expected), "{pointer} = {to}: {found:?}");
    }
    let nobody = faults(|value| {
        let subject = value["credentialSubject"].as_object_mut().expect("object");
        subject.remove("id");
        subject.remove("identifier");
    });
    assert_eq!(nobody, ["/credentialSubject nobody"]);
}

/// A place, what is put there, and the fault it makes.
fn narrower() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("/id", json!("urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "/id uuid"),
        ("/id", json!("https://stipple.example/1"), "/id uuid"),
        ("/type", json!(["OpenBadgeCredential", "VerifiableCredential"]), "/type fixed-value"),
        ("/validFrm", json!("x"), "/validFrm unknown-member"),
        ("/awardedDate", Value::Null, "/awardedDate required"),
        ("/awardedDate", json!("2026-03-02T00:00:00Z"), "/awardedDate award-after-signing"),
        ("/name", json!({"@value": "x"}), "/name type"),
        ("/name", json!("a\u{202e}b"), "/name control-character"),
        ("/name", json!("x".repeat(201)), "/name too-long"),
        ("/issuer", json!(DID), "/issuer type"),
        ("/issuer/id", json!("did:key:z6Mk"), "/issuer/id did-web"),
        ("/issuer/name", json!(" "), "/issuer/name empty"),
        ("/issuer/url", json!("https://x.example"), "/issuer/url unknown-member"),
        (
            "/relatedResource/0/digestMultibase",
            json!(Digest::of_bytes(b"x").to_multibase()),
            "/relatedResource/0/digestMultibase course-version",
        ),
        (
            "/proof/0/verificationMethod",
            json!("did:web:x.example#z6Mk"),
            "/proof/0/verificationMethod verification-method",
        ),
        (
            "/credentialStatus",
            json!({"id": "https://a.example/1", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "1", "statusListCredential": "https://a.example/1"}),
            "/credentialStatus/id status-entry",
        ),
        (
            "/credentialStatus",
            json!({"id": "https://a.example/1#01", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "01", "statusListCredential": "https://a.example/1"}),
            "/credentialStatus/statusListIndex status-entry",
        ),
    ]
}

/// The same, inside the subject.
fn narrower_subject() -> Vec<(&'static str, Value, &'static str)> {
    let hash = "0".repeat(64);
    vec![
        ("/credentialSubject/id", json!("did:example:me"), "/credentialSubject/id listing-urn"),
        (
            "/credentialSubject/id",
            json!("urn:stipple:listing:SMP-2222-2222-3"),
            "/credentialSubject/id listing-urn",
        ),
        (
            "/credentialSubject/identifier",
            json!({"type": "IdentityObject", "identityType": "name", "hashed": false, "identityHash": "A"}),
            "/credentialSubject/identifier one-name",
        ),
        (
            "/credentialSubject/identifier/0/identityType",
            json!("emailAddress"),
            "/credentialSubject/identifier/0/identityType fixed-value",
        ),
        (
            "/credentialSubject/identifier/0/hashed",
            json!(true),
            "/credentialSubject/identifier/0/hashed fixed-value",
        ),
        (
            "/credentialSubject/achievement/creditsEarned",
            json!(1.5),
            "/credentialSubject/achievement/creditsEarned unknown-member",
        ),
        (
            "/credentialSubject/achievement/achievementType",
            json!("Badge"),
            "/credentialSubject/achievement/achievementType fixed-value",
        ),
        (
            "/credentialSubject/achievement/id",
            json!("https://a.example/courses/1"),
            "/credentialSubject/achievement/id course-version",
        ),
        (
            "/credentialSubject/achievement/id",
            json!(format!("https://a.example/courses/1/versions/{hash}")),
            "/relatedResource/0/id course-version",
        ),
    ]
}

#[test]
fn our_own_shape_is_narrower() {
    for (pointer, to, expected) in narrower().into_iter().chain(narrower_subject()) {
        let found = faults(set(pointer, to.clone()));
        assert!(found.iter().any(|fault| fault == expected), "{pointer} = {to}: {found:?}");
    }
    let single = faults(|value| value["proof"] = value["proof"][0].clone());
    assert_eq!(single, ["/proof type"]);
}

#[test]
fn an_unknown_member_is_answered_with_the_nearest_real_one() {
    let mut value = signed();
    value["validUntill"] = json!("2029-03-01T00:00:00Z");
    let found = Document::read(&Tree::of(&value)).expect("good form").fixed_shape_faults();
    assert!(found[0].detail.contains("`validUntil`"), "{found:?}");
}

#[test]
fn a_strangers_badge_may_be_looser() {
    let mut value = credential();
    value["issuer"] = json!("https://badges.example/issuers/1");
    value["name"] =
        json!([{"@value": "Badge", "@language": "en"}, {"@value": "Abzeichen", "@language": "de"}]);
    value["credentialSubject"]["id"] = json!("did:example:abc");
    value["credentialSubject"]["achievement"]["id"] = json!("https://badges.example/1");
    value["credentialSubject"]["achievement"]["tag"] = json!(["smp"]);
    value["validFrom"] = json!("2026-03-01T09:30:00.125+01:00");
    value["evidence"] = json!({"type": "Evidence", "id": "https://badges.example/e/1"});
    let value = sign_as(value, "did:web:badges.example", &key(3));
    let tree = Tree::of(&value);
    let document = Document::read(&tree).expect("good form");
    assert_eq!(document.course(), None);
    assert_eq!(document.issuer, "https://badges.example/issuers/1");
    let mut single = value.clone();
    single["proof"] = value["proof"][0].clone();
    assert!(Document::read(&Tree::of(&single)).is_ok());
}

#[test]
fn course_links_and_listing_urns_have_one_form() {
    let link = award().course.link;
    assert_eq!(CourseLink::parse(&link.url()), Some(link.clone()));
    assert_eq!(link.course_number(), "CRS-2345-6789-A");
    for wrong in [
        link.course(),
        &link.url().to_uppercase(),
        &format!("{}/", link.url()),
        &format!("{}?x", link.url()),
        &link.url().replace("/courses/", "/course/"),
        &link.url().replace("https:", ""),
    ] {
        assert_eq!(CourseLink::parse(wrong), None, "{wrong}");
    }
    let urn = listing_urn(listing());
    assert_eq!(listing_of_urn(&urn), Some(listing()));
    assert_eq!(listing_of_urn(&urn.replace("SMP", "smp")), None);
    assert_eq!(listing_of_urn(&urn.replacen('-', "", 1)), None);
}
