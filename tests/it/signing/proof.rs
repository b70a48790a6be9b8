//! Data Integrity proofs, made, verified and forged.

use serde_json::{Value, json};
use stipple::signing::did;
use stipple::signing::jcs;
use stipple::signing::json::Members;
use stipple::signing::keys::{PublicKey, SigningKey};
use stipple::signing::proof::{
    self, Canonical, ContextRule, Expect, Options, Purpose, Refusal, SignError, Suite, Verified,
};
use stipple::signing::rdf::canon::{self, Limits};

use super::keys::key;

const LOOSE: Expect = Expect { purpose: Purpose::AssertionMethod, context: ContextRule::StartsWith };

fn members(value: &Value) -> Members<'_> {
    Members::of(value.as_object().expect("object"))
}

/// Verifies with the key that the method's fragment names.
fn verify(document: &Value, expect: Expect) -> Result<(usize, usize), Refusal> {
    let document = members(document);
    let proofs = proof::read(&document).expect("proofs");
    let keys: Vec<(String, PublicKey)> = proofs
        .iter()
        .filter_map(|proof| {
            let (_, fragment) = did::split_method(proof.method)?;
            Some((proof.method.to_owned(), PublicKey::from_multibase(fragment).ok()?))
        })
        .collect();
    let find = |id: &str| keys.iter().find(|(method, _)| method == id).map(|(_, key)| key);
    let count = |verified: Verified<'_, '_>| (verified.checked().count(), verified.not_checked().count());
    proof::verify(&Canonical::of(&document), &proofs, expect, find).map(count)
}

fn signed(key: &SigningKey) -> Value {
    let mut document = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://a.example/v1"],
        "id": "urn:uuid:58172aac-d8ba-41ed-83dd-0b3aef56cc33",
        "credentialSubject": {"name": "Ünï ☃", "n": [1, 2.5, true, null]},
    });
    sign(&mut document, key).expect("signed");
    document
}

fn sign(document: &mut Value, key: &SigningKey) -> Result<(), SignError> {
    sign_with(document, key, &[Suite::EddsaJcs2022])
}

fn sign_with(document: &mut Value, key: &SigningKey, suites: &[Suite]) -> Result<(), SignError> {
    let method = did::method_id("did:web:stipple.example", &key.public());
    let options =
        Options { method: &method, purpose: Purpose::AssertionMethod, created: "2026-03-01T09:30:00Z" };
    proof::sign(document.as_object_mut().expect("object"), key, suites, options)
}

#[test]
fn the_published_example_is_made_and_verified() {
    let Some(folder) = super::vectors("eddsa") else { return };
    let read = |path: &str| std::fs::read(folder.join(path)).expect(path);
    let value = |path: &str| -> Value { serde_json::from_slice(&read(path)).expect(path) };
    let expected = value("eddsa-jcs-2022/signedJCS.json");
    assert_eq!(verify(&expected, Expect::CERTIFICATE), Ok((1, 0)));

    let config = value("eddsa-jcs-2022/proofConfigJCS.json");
    assert_eq!(jcs::to_vec(&config).expect("canonical"), read("eddsa-jcs-2022/proofCanonJCS.txt"));
    let pair = value("keyPair.json");
    let secret = pair["privateKeyMultibase"].as_str().expect("secret");
    let key = SigningKey::from_multibase(secret).expect("key");
    let mut document = value("unsigned.json");
    assert_eq!(jcs::to_vec(&document).expect("canonical"), read("eddsa-jcs-2022/canonDocJCS.txt"));
    let options = Options {
        method: config["verificationMethod"].as_str().expect("method"),
        purpose: Purpose::AssertionMethod,
        created: config["created"].as_str().expect("created"),
    };
    proof::sign(document.as_object_mut().expect("object"), &key, &[Suite::EddsaJcs2022], options)
        .expect("signed");
    assert_eq!(document["proof"][0], expected["proof"]);
    let value = read("eddsa-jcs-2022/sigBTC58JCS.txt");
    assert_eq!(document["proof"][0]["proofValue"].as_str().map(str::as_bytes), Some(value.trim_ascii()));

    let mut changed = expected.clone();
    changed["name"] = json!("Alumni credential");
    assert_eq!(verify(&changed, Expect::CERTIFICATE), Err(Refusal::Signature));
}

#[test]
fn the_published_examples_over_statements_are_made_and_verified() {
    let Some(folder) = super::vectors("eddsa") else { return };
    let read = |path: &str| std::fs::read(folder.join(path)).expect(path);
    let value = |path: &str| -> Value { serde_json::from_slice(&read(path)).expect(path) };
    let expected = value("eddsa-rdfc-2022/signedDataInt.json");
    assert_eq!(verify(&expected, LOOSE), Ok((1, 0)));
    let unsigned = value("unsigned.json");
    let statements = super::jsonld::statements(&unsigned).expect("statements");
    assert_eq!(statements.as_bytes(), read("eddsa-rdfc-2022/canonDocDataInt.txt"));
    let config = value("eddsa-rdfc-2022/proofConfigDataInt.json");
    let options = super::jsonld::statements(&config).expect("statements");
    assert_eq!(options.as_bytes(), read("eddsa-rdfc-2022/proofCanonDataInt.txt"));

    // Its context is not compiled in, so what it states cannot be told; its statements are canonical as they are.
    let employ = value("eddsa-rdfc-2022/employ/signedDataInt.json");
    assert_eq!(verify(&employ, LOOSE), Err(Refusal::NotRead));
    let text = String::from_utf8(read("eddsa-rdfc-2022/employ/canonDocDataInt.txt")).expect("text");
    let dataset = super::rdf::read(&text).dataset;
    assert_eq!(canon::canonicalize(&dataset, Limits::CREDENTIAL).expect("canonical").text, text);

    let pair = value("keyPair.json");
    let key = SigningKey::from_multibase(pair["privateKeyMultibase"].as_str().expect("secret")).expect("key");
    let mut document = unsigned;
    let options = Options {
        method: expected["proof"]["verificationMethod"].as_str().expect("method"),
        purpose: Purpose::AssertionMethod,
        created: expected["proof"]["created"].as_str().expect("created"),
    };
    proof::sign(document.as_object_mut().expect("object"), &key, &[Suite::EddsaRdfc2022], options)
        .expect("signed");
    assert_eq!(document["proof"][0], expected["proof"]);
}

#[test]
fn the_published_sets_and_chains_verify_until_one_proof_is_taken_or_changed() {
    let Some(folder) = super::vectors("eddsa") else { return };
    for name in ["signedProofSet1", "signedProofSet2", "signedProofChain1", "signedProofChain2"] {
        let path = folder.join(format!("proof-set-chain/{name}.json"));
        let document: Value = serde_json::from_slice(&std::fs::read(path).expect(name)).expect("JSON");
        let found = document["proof"].as_array().map_or(1, Vec::len);
        assert_eq!(verify(&document, LOOSE), Ok((found, 0)), "{name}");
        let mut changed = document.clone();
        changed["credentialSubject"]["alumniOf"] = json!("Another School");
        assert_eq!(verify(&changed, LOOSE), Err(Refusal::Signature), "{name}");
        if name.contains("Chain2") {
            let mut stripped = document.clone();
            stripped["proof"].as_array_mut().expect("array").remove(0);
            assert_eq!(verify(&stripped, LOOSE), Err(Refusal::PreviousProof));
        }
    }
}

#[test]
fn what_a_signature_over_statements_would_not_cover_is_refused() {
    let badge = || {
        let mut document = json!({
            "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
            "id": "urn:uuid:58172aac-d8ba-41ed-83dd-0b3aef56cc33", "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "issuer": "did:web:stipple.example", "credentialSubject": {"type": ["AchievementSubject"]}, "name": "A",
        });
        sign_with(&mut document, &key(1), &Suite::BOTH).expect("signed");
        document
    };
    assert_eq!(verify(&badge(), Expect::CERTIFICATE), Ok((2, 0)));
    let only = |suite: usize, change: &dyn Fn(&mut Value)| {
        let mut document = badge();
        let proof = document["proof"][suite].clone();
        document["proof"] = json!([proof]);
        change(&mut document);
        verify(&document, LOOSE)
    };
    assert_eq!(only(0, &|_| {}), Ok((1, 0)));
    assert_eq!(only(1, &|_| {}), Ok((1, 0)));
    assert_eq!(only(0, &|d| d["unexplained"] = json!("x")), Err(Refusal::DataLoss));
    assert_eq!(only(0, &|d| d["issuer"] = json!("stipple")), Err(Refusal::DataLoss));
    assert_eq!(only(0, &|d| d["name"] = json!("B")), Err(Refusal::Signature));
    assert_eq!(only(0, &|d| d["proof"][0]["unexplained"] = json!("x")), Err(Refusal::DataLoss));
    assert_eq!(only(0, &|d| d["proof"][0]["domain"] = json!("x")), Err(Refusal::Signature));
    assert_eq!(only(0, &|d| d["@context"] = json!(["https://a.example/v1"])), Err(Refusal::NotRead));
    // Another word for the same statement is another document, which only the signature over JSON sees.
    let reworded = |d: &mut Value| d["credentialSubject"]["type"] = json!("AchievementSubject");
    assert_eq!(only(0, &reworded), Ok((1, 0)));
    assert_eq!(only(1, &reworded), Err(Refusal::Signature));
}

#[test]
fn a_signed_document_verifies_until_anything_changes() {
    let good = signed(&key(1));
    assert_eq!(good["proof"][0]["@context"], good["@context"]);
    assert_eq!(verify(&good, Expect::CERTIFICATE), Ok((1, 0)));
    let single = json!({"proof": good["proof"][0]});
    let mut unwrapped = good.clone();
    unwrapped["proof"] = single["proof"].clone();
    assert_eq!(verify(&unwrapped, Expect::CERTIFICATE), Ok((1, 0)));
    let changes: &[(&str, Value)] = &[
        ("/id", json!("urn:uuid:58172aac-d8ba-41ed-83dd-0b3aef56cc34")),
        ("/credentialSubject/n/1", json!(2.25)),
        ("/credentialSubject/n/2", json!("true")),
        ("/credentialSubject/n/0", json!("1")),
        ("/proof/0/created", json!("2026-03-01T09:30:01Z")),
        ("/proof/0/verificationMethod", json!(did::method_id("did:web:stipple.example", &key(2).public()))),
        ("/proof/0/verificationMethod", json!(did::method_id("did:web:another.example", &key(1).public()))),
        ("/proof/0/proofValue", signed(&key(2))["proof"][0]["proofValue"].clone()),
    ];
    for (pointer, to) in changes {
        let mut forged = good.clone();
        *forged.pointer_mut(pointer).expect(pointer) = to.clone();
        assert_eq!(verify(&forged, LOOSE), Err(Refusal::Signature), "{pointer}");
    }
    let mut added = good.clone();
    added["proof"][0]["domain"] = json!("a.example");
    assert_eq!(verify(&added, LOOSE), Err(Refusal::Signature));
    let mut purpose = good.clone();
    purpose["proof"][0]["proofPurpose"] = json!("authentication");
    assert_eq!(verify(&purpose, Expect::CERTIFICATE), Err(Refusal::Purpose));
    let authentication = Expect { purpose: Purpose::Authentication, ..LOOSE };
    assert_eq!(verify(&purpose, authentication), Err(Refusal::Signature));
}

#[test]
fn contexts_added_after_signing_are_seen_by_our_rule_only() {
    let mut longer = signed(&key(1));
    longer["@context"].as_array_mut().expect("array").push(json!("https://b.example/v1"));
    assert_eq!(verify(&longer, LOOSE), Ok((1, 0)));
    assert_eq!(verify(&longer, Expect::CERTIFICATE), Err(Refusal::Context));
    let mut swapped = signed(&key(1));
    swapped["@context"].as_array_mut().expect("array").reverse();
    assert_eq!(verify(&swapped, LOOSE), Err(Refusal::Context));
    let mut shorter = signed(&key(1));
    shorter["@context"].as_array_mut().expect("array").pop();
    assert_eq!(verify(&shorter, LOOSE), Err(Refusal::Context));
    let mut without = signed(&key(1));
    without["proof"][0].as_object_mut().expect("object").remove("@context");
    assert_eq!(verify(&without, Expect::CERTIFICATE), Err(Refusal::Context));
    assert_eq!(verify(&without, LOOSE), Err(Refusal::Signature));
}

#[test]
fn every_known_proof_must_verify() {
    let good = signed(&key(1));
    let mut two = good.clone();
    let mut again = json!({"proof": null});
    again.clone_from(&good);
    again.as_object_mut().expect("object").remove("proof");
    sign(&mut again, &key(2)).expect("signed");
    two["proof"].as_array_mut().expect("array").push(again["proof"][0].clone());
    assert_eq!(verify(&two, Expect::CERTIFICATE), Ok((2, 0)));
    let mut forged = two.clone();
    forged["proof"][1]["created"] = json!("2026-03-01T09:30:01Z");
    assert_eq!(verify(&forged, Expect::CERTIFICATE), Err(Refusal::Signature));
    let mut foreign = good.clone();
    let mut proof = good["proof"][0].clone();
    proof["cryptosuite"] = json!("ecdsa-rdfc-2019");
    foreign["proof"].as_array_mut().expect("array").push(proof);
    assert_eq!(verify(&foreign, Expect::CERTIFICATE), Ok((1, 1)));
    let mut twice = good.clone();
    twice["proof"].as_array_mut().expect("array").push(good["proof"][0].clone());
    assert_eq!(proof::read(&members(&twice)).expect_err("twice").code, "duplicate");
}

#[test]
fn a_chain_needs_its_earlier_proof() {
    let method = did::method_id("did:web:stipple.example", &key(2).public());
    let mut document = signed(&key(1));
    document["proof"][0]["id"] = json!("urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544");
    // Sign again, because the id is among what is signed.
    let mut first = document["proof"][0].clone();
    let resign = |config: &Value, over: &Value, with: &SigningKey| {
        let mut config = config.clone();
        config.as_object_mut().expect("object").remove("proofValue");
        let hash = |value: &Value| stipple::signing::digest::Digest::of_json(value).expect("canonical").0;
        let message = [hash(&config), hash(over)].concat();
        config["proofValue"] = json!(with.sign(&message).to_multibase());
        config
    };
    let mut plain = document.clone();
    plain.as_object_mut().expect("object").remove("proof");
    first = resign(&first, &plain, &key(1));
    let mut over = plain.clone();
    over["proof"] = json!([first]);
    let mut second = first.clone();
    second.as_object_mut().expect("object").remove("id");
    second["verificationMethod"] = json!(method);
    second["previousProof"] = first["id"].clone();
    second = resign(&second, &over, &key(2));
    document["proof"] = json!([second, first]);
    assert_eq!(verify(&document, Expect::CERTIFICATE), Ok((2, 0)));
    let mut stripped = document.clone();
    stripped["proof"].as_array_mut().expect("array").pop();
    assert_eq!(verify(&stripped, Expect::CERTIFICATE), Err(Refusal::PreviousProof));
}

#[test]
fn the_form_of_a_proof_is_strict() {
    let good = signed(&key(1));
    let cases: &[(&str, Value, &str)] = &[
        ("/proof", json!("x"), "type"),
        ("/proof", json!([]), "required"),
        ("/proof/0/type", json!("Ed25519Signature2020"), "unknown-value"),
        ("/proof/0/type", json!(["DataIntegrityProof"]), "type"),
        ("/proof/0/cryptosuite", Value::Null, "type"),
        ("/proof/0/verificationMethod", json!({"id": "x"}), "type"),
        ("/proof/0/created", json!("yesterday"), "date-time"),
        ("/proof/0/created", json!("2026-02-30T00:00:00Z"), "date-time"),
        ("/proof/0/proofValue", json!("uAAAA"), "signature-form"),
        ("/proof/0/proofValue", json!(format!("z{}", "2".repeat(87))), "signature-form"),
    ];
    for (pointer, to, code) in cases {
        let mut document = good.clone();
        *document.pointer_mut(pointer).expect(pointer) = to.clone();
        let error = proof::read(&members(&document)).expect_err(pointer);
        assert_eq!((error.code, error.pointer.as_str()), (*code, *pointer), "{to}");
    }
    assert_eq!(proof::read(&members(&json!({"proof": ["x"]}))).expect_err("text").pointer, "/proof/0");
    assert_eq!(proof::read(&members(&json!({}))).expect_err("none").code, "required");
    let many = json!({"proof": (0..9).map(|n| json!({"n": n})).collect::<Vec<_>>()});
    assert_eq!(proof::read(&members(&many)).expect_err("many").code, "too-many");
    assert_eq!(sign(&mut good.clone(), &key(1)), Err(SignError::HasProof));
}
