//! Certificates in the hands of other people's software.

use serde_json::{Value, json};

use super::list;
use crate::support::academy::Academy;
use crate::support::{TestApp, peers};

/// What the digitalbazaar stack says of a credential, with what a client would have fetched.
pub(super) fn verify(credential: &Value, suites: &[&str], documents: &Value) -> Value {
    let question =
        json!({"ask": "verify", "credential": credential, "suites": suites, "documents": documents});
    peers::ask(&question).expect("an answer")
}

#[tokio::test]
async fn strangers_verify_both_proofs_and_each_alone() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let listing = list(&app, "Marian Wright").await;
    let signed = academy.sign(&academy.award(&app, "Marian Wright", Some(&listing)));
    let made = academy.submit(&signed).await.expect(201).json();
    let path = format!("/v1/certificates/{}/credential", made["number"].as_str().unwrap());
    let credential = app.anyone().get(&path).await.expect(200).json();
    let did = app.anyone().get("/academies/leeds-smp-school/did.json").await.expect(200).json();
    let documents = json!({academy.did.as_str(): did});

    let both = ["eddsa-rdfc-2022", "eddsa-jcs-2022"];
    assert_eq!(verify(&credential, &both, &documents)["verified"], true);
    for (at, suite) in both.into_iter().enumerate() {
        assert_eq!(credential["proof"][at]["cryptosuite"], suite);
        let mut alone = credential.clone();
        alone["proof"] = json!([credential["proof"][at]]);
        let good = verify(&alone, &[suite], &documents);
        assert_eq!(good["verified"], true, "{suite}: {good}");
        let mut forged = alone.clone();
        forged["credentialSubject"]["identifier"][0]["identityHash"] = json!("Somebody Else");
        assert_eq!(verify(&forged, &[suite], &documents)["verified"], false, "{suite}");
    }
}

#[tokio::test]
async fn a_certificate_needs_both_proofs() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let signed = academy.sign(&academy.award(&app, "Marian Wright", None));
    for proofs in [json!([signed["proof"][0]]), json!([signed["proof"][1]])] {
        let mut stripped = signed.clone();
        stripped["proof"] = proofs;
        academy.submit(&stripped).await.problem("proofs-missing");
        let verdict = app.anyone().post("/v1/verify", &stripped).await.expect(200).json();
        assert_eq!(verdict["verdict"], "invalid", "{verdict:#}");
    }
    academy.submit(&signed).await.expect(201);
    assert_eq!(app.anyone().post("/v1/verify", &signed).await.expect(200).json()["verdict"], "valid");
    let mut turned = signed.clone();
    turned["proof"].as_array_mut().unwrap().reverse();
    academy.submit(&turned).await.problem("certificate-shape");
}
