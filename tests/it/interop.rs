//! The VC-API and DID resolution, as a client of the standards would use them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use stipple::certificates::acts::{Act, ActReason};
use stipple::config::Secret;
use stipple::signing::did;
use stipple::signing::keys::SigningKey;
use stipple::signing::proof::{self, Options, Purpose, Suite};
use stipple::signing::status::Bitstring;
use zeroize::Zeroizing;

use crate::support::academy::Academy;
use crate::support::site::Site;
use crate::support::{Response, TestApp};

const V2: &str = "https://www.w3.org/ns/credentials/v2";

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&Zeroizing::new([seed; 32]))
}

fn did(seed: u8) -> String {
    did::did_key(&key(seed).public())
}

/// A credential about anything, of a did:key.
fn credential(seed: u8) -> Value {
    json!({
        "@context": [V2, "https://www.w3.org/ns/credentials/examples/v2"],
        "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential", "ExampleAlumniCredential"],
        "name": {"@value": "Alumni", "@language": "en"},
        "issuer": did(seed),
        "validFrom": "2023-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
    })
}

fn sign(document: &Value, seed: u8, suite: Suite, purpose: Purpose) -> Value {
    let mut members = document.as_object().unwrap().clone();
    let method = did::method_id(&did(seed), &key(seed).public());
    let options = Options { method: &method, purpose, created: "2026-01-01T00:00:00Z" };
    proof::sign(&mut members, &key(seed), &[suite], options).expect("it is signed");
    Value::Object(members)
}

fn signed(document: &Value) -> Value {
    sign(document, 7, Suite::EddsaRdfc2022, Purpose::AssertionMethod)
}

async fn verify(app: &TestApp, credential: &Value) -> Response {
    app.anyone()
        .post("/credentials/verify", &json!({"verifiableCredential": credential, "options": {}}))
        .await
}

/// The last word of each problem's type.
fn kinds(problem: &Value) -> Vec<String> {
    let details = problem["problemDetails"].as_array().unwrap();
    details.iter().map(|one| one["type"].as_str().unwrap().rsplit('#').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_credential_about_anything_verifies_by_its_proof() {
    let app = TestApp::new().await;
    for suite in Suite::BOTH {
        let good = sign(&credential(7), 7, suite, Purpose::AssertionMethod);
        let answer = verify(&app, &good).await.expect(200).json();
        assert_eq!(answer["verified"], true);
        let mut changed = good.clone();
        changed["credentialSubject"]["alumniOf"] = "Elsewhere".into();
        let problem = verify(&app, &changed).await.expect(422).problem("not-verified");
        assert_eq!(
            (kinds(&problem), &problem["verified"]),
            (vec!["PROOF_VERIFICATION_ERROR".to_owned()], &json!(false))
        );
        // Another's signature, a purpose that is not meant for this, a proof that is gone.
        let mut stolen = credential(7);
        stolen["issuer"] = did(8).into();
        verify(&app, &sign(&stolen, 7, suite, Purpose::AssertionMethod)).await.expect(422);
        verify(&app, &sign(&credential(7), 7, suite, Purpose::Authentication)).await.expect(422);
        verify(&app, &credential(7)).await.expect(400);
    }
    verify(&app, &json!("a text")).await.expect(400).problem("malformed-credential");
}

#[tokio::test]
async fn what_the_data_model_forbids_is_refused_even_when_it_is_signed() {
    let app = TestApp::new().await;
    let cases: [(&str, &str, Value); 19] = [
        ("/@context", "", json!(["https://www.w3.org/2018/credentials/v1"])),
        ("/type", "", json!(["ExampleAlumniCredential"])),
        ("/id", "", json!("relative")),
        ("/id", "", json!(["urn:a:b"])),
        ("/issuer", "", json!(7)),
        ("/issuer", "", json!({"name": "No id"})),
        ("/validFrom", "", json!("2023-01-01")),
        ("/validFrom", "", json!("2023-01-01T00:00:00")),
        ("/credentialSubject", "", json!({})),
        ("/credentialSubject", "", json!([])),
        ("/credentialSubject", "", json!("did:example:a")),
        ("", "name", json!({"@value": "a", "more": "b"})),
        ("", "description", json!(5)),
        ("", "credentialStatus", json!({"id": "urn:a:b"})),
        ("", "credentialSchema", json!({"type": "JsonSchema"})),
        ("", "relatedResource", json!(["urn:a:b"])),
        ("", "relatedResource", json!([{"id": "urn:a:b"}])),
        (
            "",
            "relatedResource",
            json!([{"id": V2, "digestMultibase": "uEiAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]),
        ),
        // Without the context that explains its type and words.
        ("/@context", "", json!([V2])),
    ];
    for (pointer, name, value) in cases {
        let mut document = credential(7);
        if name.is_empty() {
            *document.pointer_mut(pointer).unwrap() = value.clone();
        } else {
            document[name] = value.clone();
        }
        // Canonical JSON signs anything; the form is judged all the same.
        let secured = sign(&document, 7, Suite::EddsaJcs2022, Purpose::AssertionMethod);
        let problem = verify(&app, &secured).await;
        assert_eq!(problem.status.as_u16(), 400, "{pointer}{name} {value}: {}", problem.text());
    }
    let mut ended = credential(7);
    ended["validUntil"] = "2024-01-01T00:00:00Z".into();
    let problem = verify(&app, &signed(&ended)).await.expect(400).problem("malformed-credential");
    assert_eq!(kinds(&problem), ["RANGE_ERROR"]);
}

#[tokio::test]
async fn certificates_of_this_directory_verify_until_they_are_revoked() {
    let app = TestApp::new().await;
    // Nobody recognises the academy, and nobody asks here.
    let academy = Academy::register(&app, "leeds-smp-school").await;
    academy.enrol(&app, 1).await;
    let mut award = academy.award(&app, "Marian Wright", None);
    award.status = Some(academy.entry().await);
    let index = award.status.as_ref().unwrap().index;
    let certificate = academy.sign(&award);
    let made = academy.submit(&certificate).await.expect(201).json();
    verify(&app, &certificate).await.expect(200);
    app.clock.advance(std::time::Duration::from_secs(1));
    let mut act = academy.act(&app, &certificate, Act::Revoke, ActReason::Deception);
    act["list"] = academy.list(&app, 1, &[index]);
    let path = format!("/v1/certificates/{}/acts", made["number"].as_str().unwrap());
    academy.keeper.post(&path, &act).await.expect(201);
    let problem = verify(&app, &certificate).await.expect(422).problem("not-verified");
    assert_eq!(kinds(&problem), ["STATUS_VERIFICATION_ERROR"]);
}

/// A status list of somebody else.
fn foreign_list(url: &str, purpose: &str, set: &[u32]) -> Value {
    let mut bits = Bitstring::zero();
    for index in set {
        assert!(bits.set(*index));
    }
    json!({
        "@context": [V2],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": did(7),
        "validFrom": "2023-01-01T00:00:00Z",
        "credentialSubject": {
            "id": format!("{url}#list"), "type": "BitstringStatusList", "statusPurpose": purpose,
            "encodedList": bits.encode(),
        },
    })
}

#[tokio::test]
async fn a_strangers_status_list_is_fetched_once_the_signature_is_good_and_judged() {
    let site = Site::start("issuer.example").await;
    let folder = tempfile::tempdir().unwrap();
    let (known_hosts, authorities) = site.settings(folder.path());
    let app = TestApp::with(|config| {
        config.outbound.known_hosts = known_hosts;
        config.outbound.authorities = authorities;
    })
    .await;
    let url = format!("https://{}/status/1", site.host);
    let with = |purpose: &str, index: &str, list: &str| {
        let mut document = credential(7);
        document["credentialStatus"] = json!({
            "id": format!("{list}#{index}"), "type": "BitstringStatusListEntry", "statusPurpose": purpose,
            "statusListIndex": index, "statusListCredential": list,
        });
        document
    };
    let serve = |list: &Value| site.put("/status/1", list.to_string().as_bytes());
    serve(&signed(&foreign_list(&url, "revocation", &[94_567])));
    let asked = || site.asked.lock().unwrap().len();
    verify(&app, &signed(&with("revocation", "94566", &url))).await.expect(200);
    assert_eq!(asked(), 1);
    let mut forged = signed(&with("revocation", "94566", &url));
    forged["credentialSubject"]["alumniOf"] = "Elsewhere".into();
    verify(&app, &forged).await.expect(422);
    assert_eq!(asked(), 1, "nothing is fetched for a signature that is no good");
    let problem = async |document: &Value| {
        kinds(&verify(&app, &signed(document)).await.expect(422).problem("not-verified"))
    };
    assert_eq!(problem(&with("revocation", "94567", &url)).await, ["STATUS_VERIFICATION_ERROR"]);
    assert_eq!(problem(&with("revocation", "131072", &url)).await, ["RANGE_ERROR"]);
    assert_eq!(problem(&with("suspension", "1", &url)).await, ["STATUS_VERIFICATION_ERROR"]);
    assert_eq!(
        problem(&with("revocation", "1", "https://127.0.0.1/status/1")).await,
        ["STATUS_RETRIEVAL_ERROR"]
    );
    assert_eq!(
        problem(&with("revocation", "1", "http://issuer.example/status/1")).await,
        ["STATUS_RETRIEVAL_ERROR"]
    );
    let mut extra = with("revocation", "1", &url);
    extra["credentialStatus"]["statusReference"] = json!("https://issuer.example/x");
    verify(&app, &signed(&extra)).await.expect(200);
    // A list of somebody else, one that was changed, one too short, a bomb.
    let mut others = foreign_list(&url, "revocation", &[]);
    others["issuer"] = did(8).into();
    serve(&sign(&others, 8, Suite::EddsaJcs2022, Purpose::AssertionMethod));
    assert_eq!(problem(&with("revocation", "1", &url)).await, ["STATUS_VERIFICATION_ERROR"]);
    let mut changed = signed(&foreign_list(&url, "revocation", &[1]));
    changed["credentialSubject"]["encodedList"] =
        foreign_list(&url, "revocation", &[])["credentialSubject"]["encodedList"].clone();
    serve(&changed);
    assert_eq!(problem(&with("revocation", "1", &url)).await, ["STATUS_VERIFICATION_ERROR"]);
    for bytes in [100_usize, 64 << 20] {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::copy(&mut std::io::Read::take(std::io::repeat(0), bytes as u64), &mut encoder).unwrap();
        let mut list = foreign_list(&url, "revocation", &[]);
        let encoded = URL_SAFE_NO_PAD.encode(encoder.finish().unwrap());
        list["credentialSubject"]["encodedList"] = format!("u{encoded}").into();
        serve(&signed(&list));
        let kind = problem(&with("revocation", "1", &url)).await;
        assert!(
            ["STATUS_LIST_LENGTH_ERROR", "STATUS_RETRIEVAL_ERROR"].contains(&kind[0].as_str()),
            "{kind:?}"
        );
    }
}

fn presentation(credentials: &[Value], holder: u8, more: &[(&str, Value)]) -> Value {
    let document = json!({
        "@context": [V2, "https://www.w3.org/ns/credentials/examples/v2"],
        "type": ["VerifiablePresentation"],
        "holder": did(holder),
        "verifiableCredential": credentials,
    });
    let mut members: Map<String, Value> = document.as_object().unwrap().clone();
    let method = did::method_id(&did(holder), &key(holder).public());
    // What the proof is made for is part of its options, which only canonical JSON of our own would leave out here.
    let mut options = json!({
        "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "verificationMethod": method,
        "proofPurpose": "authentication", "created": "2026-01-01T00:00:00Z", "@context": document["@context"],
    });
    for (name, value) in more {
        options[*name] = value.clone();
    }
    let hash = |value: &Value| stipple::signing::digest::Digest::of_json(value).unwrap().0;
    let message = [hash(&options), hash(&document)].concat();
    options["proofValue"] = key(holder).sign(&message).to_multibase().into();
    members.insert("proof".to_owned(), options);
    Value::Object(members)
}

#[tokio::test]
async fn a_presentation_is_its_holders_and_made_for_this_challenge() {
    let app = TestApp::new().await;
    let inside = [signed(&credential(7)), signed(&credential(7))];
    let made_for = [("challenge", json!("c-1")), ("domain", json!(["shop.example", "other.example"]))];
    let good = presentation(&inside, 9, &made_for);
    let ask = async |presentation: &Value, challenge: &str, domain: &str| {
        let body = json!({"verifiablePresentation": presentation, "options": {"challenge": challenge, "domain": domain}});
        app.anyone().post("/presentations/verify", &body).await
    };
    ask(&good, "c-1", "shop.example").await.expect(200);
    let problem = ask(&good, "c-2", "shop.example").await.expect(422).problem("not-verified");
    assert_eq!(kinds(&problem), ["INVALID_CHALLENGE_ERROR"]);
    let problem = ask(&good, "c-1", "evil.example").await.expect(422).problem("not-verified");
    assert_eq!(kinds(&problem), ["INVALID_DOMAIN_ERROR"]);
    let mut thief = good.clone();
    thief["holder"] = did(10).into();
    ask(&thief, "c-1", "shop.example").await.expect(422);
    let mut swapped = good.clone();
    swapped["verifiableCredential"].as_array_mut().unwrap().pop();
    ask(&swapped, "c-1", "shop.example").await.expect(422);
    let mut bad = signed(&credential(7));
    bad["credentialSubject"]["alumniOf"] = "Elsewhere".into();
    ask(&presentation(&[inside[0].clone(), bad], 9, &made_for), "c-1", "shop.example").await.expect(422);
    ask(&presentation(&vec![inside[0].clone(); 21], 9, &made_for), "c-1", "shop.example").await.expect(400);
    ask(&presentation(&[json!("eyJ")], 9, &made_for), "c-1", "shop.example").await.expect(400);

    // Several alike, over their statements: the case in which canonicalisers differ.
    let mut alike = presentation(&inside, 9, &[]);
    alike.as_object_mut().unwrap().remove("proof");
    let alike = sign(&alike, 9, Suite::EddsaRdfc2022, Purpose::Authentication);
    let body = json!({"verifiablePresentation": alike, "options": {}});
    app.anyone().post("/presentations/verify", &body).await.expect(200);
}

#[tokio::test]
async fn an_enveloped_credential_is_verified_by_its_signature() {
    let app = TestApp::new().await;
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let method = did::method_id(&did(7), &key(7).public());
    let envelope = |header: &Value, signer: u8| {
        let text = format!("{}.{}", part(header), part(&credential(7)));
        let signature = URL_SAFE_NO_PAD.encode(key(signer).sign(text.as_bytes()).to_bytes());
        json!({"@context": V2, "type": "EnvelopedVerifiableCredential", "id": format!("data:application/vc+jwt,{text}.{signature}")})
    };
    let header = json!({"alg": "EdDSA", "typ": "vc+jwt", "kid": method});
    verify(&app, &envelope(&header, 7)).await.expect(200);
    verify(&app, &envelope(&header, 8)).await.expect(422);
    verify(&app, &envelope(&json!({"alg": "none", "kid": method}), 7)).await.expect(422);
}

#[tokio::test]
async fn the_conformance_issuer_is_off_until_it_is_given_a_key() {
    let app = TestApp::new().await;
    let body = json!({"credential": credential(7), "options": {"cryptosuite": "eddsa-jcs-2022"}});
    app.anyone().post("/credentials/issue", &body).await.expect(501).problem("issuer-off");
    let secret = key(11).to_secret_multibase().to_string();
    let app = TestApp::with(|config| config.interop.issuer_key = Secret::new(secret)).await;
    for suite in ["eddsa-jcs-2022", "eddsa-rdfc-2022"] {
        let body = json!({"credential": credential(7), "options": {"cryptosuite": suite}});
        let issued = app.anyone().post("/credentials/issue", &body).await.expect(201).json();
        let issued = &issued["verifiableCredential"];
        assert_eq!(
            (issued["issuer"].as_str(), issued["proof"][0]["cryptosuite"].as_str()),
            (Some(did(11).as_str()), Some(suite))
        );
        verify(&app, issued).await.expect(200);
        // It is nobody to the directory.
        let verdict = app.anyone().post("/v1/verify", issued).await.expect(200).json();
        assert_ne!(verdict["verdict"], "valid");
    }
    let mut wrong = body.clone();
    wrong["credential"]["credentialSubject"] = json!({});
    app.anyone().post("/credentials/issue", &wrong).await.expect(400).problem("malformed-credential");
    wrong["options"]["cryptosuite"] = "ecdsa-rdfc-2019".into();
    app.anyone().post("/credentials/issue", &wrong).await.expect(400);
}

#[tokio::test]
async fn dids_are_resolved_and_none_is_fetched() {
    let app = TestApp::new().await;
    let academy = Academy::register(&app, "leeds-smp-school").await;
    let resolve = async |did: &str| app.anyone().get(&format!("/1.0/identifiers/{did}")).await;
    let document = resolve(&did(7)).await.expect(200).json();
    assert_eq!(document["didDocument"]["id"], did(7).as_str());
    assert_eq!(document["didDocument"]["authentication"], document["didDocument"]["assertionMethod"]);
    let document = resolve(&academy.did).await.expect(200).json();
    let served = app.anyone().get("/academies/leeds-smp-school/did.json").await.expect(200).json();
    assert_eq!(document["didDocument"], served);
    resolve("did:web:stipple.example").await.expect(200);
    resolve("did:web:169.254.169.254").await.expect(404);
    resolve("did:web:elsewhere.example").await.expect(404).problem("not-found");
    resolve("did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme")
        .await
        .expect(400)
        .problem("did-method");
    resolve("did:plc:abc").await.expect(400).problem("did-method");
}
