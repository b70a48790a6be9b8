//! Bundles: verified from pinned roots alone, as of their time, and by nothing that is only in the file.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use stipple::academies;
use stipple::certificates::acts::{Act, ActReason};
use stipple::certificates::bundle::{self, BundleError, Roots};
use stipple::certificates::verdict::{Answer, CheckName, CheckOutcome, Question, Verdict};
use stipple::signing::keys::SigningKey;
use stipple::signing::tlog::note::{KeyKind, NoteKey, cosignature_line};
use zeroize::Zeroizing;

use crate::support::TestApp;
use crate::support::academy::Academy;

struct Stage {
    app: TestApp,
    academy: Academy,
    signed: Value,
    number: String,
}

impl Stage {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let academy = Academy::recognised(&app, "leeds-smp-school").await;
        academy.enrol(&app, 1).await;
        let mut award = academy.award(&app, "Marian Wright", None);
        award.status = Some(academy.entry().await);
        let signed = academy.sign(&award);
        let number = academy.submit(&signed).await.expect(201).json()["number"].as_str().unwrap().to_owned();
        Self { app, academy, signed, number }
    }

    async fn bundle(&self) -> Value {
        self.app.log().await;
        let path = format!("/v1/certificates/{}/bundle", self.number);
        bundle::parse(&self.app.anyone().get(&path).await.expect(200).bytes).expect("a bundle")
    }

    async fn roots(&self) -> Roots {
        Roots::read(&self.app.anyone().get("/v1/roots").await.expect(200).bytes).expect("roots")
    }

    fn now(&self) -> Question {
        Question::now(self.app.clock.now())
    }

    /// The bundle, changed, and signed again as only the registry can.
    async fn changed(&self, change: impl FnOnce(&mut Value)) -> Value {
        let mut made = self.bundle().await;
        change(&mut made);
        let registrar = academies::ops::registrar(&self.app.app).await.unwrap();
        let digest = bundle::digest_of(&made).unwrap();
        let value = academies::ops::sign_statement(&registrar, &bundle::statement(digest)).unwrap();
        made["signature"] = json!({"key": registrar.method(), "value": value});
        made
    }
}

fn outcome(verdict: &Verdict, name: CheckName) -> CheckOutcome {
    verdict.check(name).expect("every check is listed").outcome
}

#[tokio::test]
async fn a_bundle_is_valid_from_the_roots_alone_and_as_of_its_time() {
    let stage = Stage::new().await;
    let path = format!("/v1/certificates/{}/bundle", stage.number);
    stage.app.anyone().get(&path).await.expect(404).problem("not-found");
    let (made, roots) = (stage.bundle().await, stage.roots().await);
    let verdict = bundle::judge(&made, &roots, stage.now(), Some("Marian Wright")).expect("it is good");
    assert_eq!(verdict.verdict, Answer::Valid, "{verdict:#?}");
    for check in [CheckName::Integrity, CheckName::Issuer, CheckName::Status, CheckName::Holder] {
        assert_eq!(outcome(&verdict, check), CheckOutcome::Pass, "{check:?}");
    }
    assert_eq!(outcome(&verdict, CheckName::Log), CheckOutcome::Warn, "no witness has seen it");

    // An hour later nobody can tell, except what held then.
    let before = stage.app.clock.now();
    stage.app.clock.advance(Duration::from_secs(3600));
    let later = bundle::judge(&made, &roots, stage.now(), None).unwrap();
    assert_eq!(
        (later.verdict, outcome(&later, CheckName::Status)),
        (Answer::CannotTell, CheckOutcome::Unknown)
    );
    let question = Question::as_of(stage.app.clock.now(), before).unwrap();
    let then = bundle::judge(&made, &roots, question, None).unwrap();
    assert_eq!((then.verdict, then.today), (Answer::Valid, Some(Answer::CannotTell)));
    assert!(
        then.checkpoint.is_some_and(|note| note.contains("\n\n\u{2014} ")),
        "the signed note it rests on"
    );
}

#[tokio::test]
async fn whatever_is_changed_in_a_bundle_it_is_not_what_was_signed() {
    let stage = Stage::new().await;
    let (made, roots) = (stage.bundle().await, stage.roots().await);
    for pointer in [
        "/at",
        "/number",
        "/certificate/name",
        "/didDocument/id",
        "/statusList/validFrom",
        "/courseVersion/content/title",
        "/registry/validFrom",
        "/proofs/certificate",
        "/proofs/keys/0",
    ] {
        let mut changed = made.clone();
        let text = changed.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is there"));
        *text = json!(format!("{}x", text.as_str().unwrap()));
        assert_eq!(
            bundle::judge(&changed, &roots, stage.now(), None),
            Err(BundleError::Unsigned),
            "{pointer}"
        );
    }
    for member in ["acts", "signature", "statusList"] {
        let mut changed = made.clone();
        changed.as_object_mut().unwrap().remove(member);
        assert_eq!(
            bundle::judge(&changed, &roots, stage.now(), None),
            Err(BundleError::Unsigned),
            "{member}"
        );
    }
    // Another directory's roots know nothing of it.
    let elsewhere = Stage::new().await;
    let strange = Roots { log: roots.log.clone(), ..elsewhere.roots().await };
    if strange.registry != roots.registry {
        assert_eq!(bundle::judge(&made, &strange, stage.now(), None), Err(BundleError::Unsigned));
    }
    let key = SigningKey::from_seed(&Zeroizing::new([5; 32])).public();
    let log = NoteKey::new("stipple.example/log", KeyKind::Ed25519, key).unwrap().to_string();
    let other_log = Roots { log, ..roots.clone() };
    assert!(matches!(bundle::judge(&made, &other_log, stage.now(), None), Err(BundleError::Proof(..))));
}

#[tokio::test]
async fn even_the_registry_cannot_make_a_key_or_a_proof_out_of_nothing() {
    let stage = Stage::new().await;
    let roots = stage.roots().await;
    // A key that only the file names is nobody's.
    let keyless = stage.changed(|made| made["proofs"]["keys"] = json!([])).await;
    let verdict = bundle::judge(&keyless, &roots, stage.now(), None).unwrap();
    assert_eq!(
        (verdict.verdict, outcome(&verdict, CheckName::Issuer)),
        (Answer::CannotTell, CheckOutcome::Unknown)
    );
    // The proof of another entry is no proof of this one.
    let crossed =
        stage.changed(|made| made["proofs"]["certificate"] = made["proofs"]["keys"][0].clone()).await;
    assert!(matches!(
        bundle::judge(&crossed, &roots, stage.now(), None),
        Err(BundleError::Proof("the certificate", _))
    ));
    let unproven = stage.changed(|made| made["proofs"]["certificate"] = Value::Null).await;
    assert!(matches!(bundle::judge(&unproven, &roots, stage.now(), None), Err(BundleError::Form(_))));
    // A list with a bit taken out is not the academy's.
    let blank = stage.academy.list(&stage.app, 1, &[]);
    let wrong = stage.changed(|made| {
        made["statusList"] = blank;
        made["statusList"]["validFrom"] = json!("2020-01-01T00:00:00Z");
    });
    assert!(matches!(bundle::judge(&wrong.await, &roots, stage.now(), None), Err(BundleError::Form(_))));
}

#[tokio::test]
async fn what_was_done_to_a_certificate_is_in_its_bundle() {
    let stage = Stage::new().await;
    let index = stage.signed["credentialStatus"]["statusListIndex"].as_str().unwrap().parse().unwrap();
    let mut act = stage.academy.act(&stage.app, &stage.signed, Act::Revoke, ActReason::Deception);
    stage.app.clock.advance(Duration::from_secs(1));
    act["list"] = stage.academy.list(&stage.app, 1, &[index]);
    let path = format!("/v1/certificates/{}/acts", stage.number);
    stage.academy.keeper.post(&path, &act).await.expect(201);
    let verdict = bundle::judge(&stage.bundle().await, &stage.roots().await, stage.now(), None).unwrap();
    assert_eq!(
        (verdict.verdict, outcome(&verdict, CheckName::Status)),
        (Answer::Invalid, CheckOutcome::Fail)
    );
}

#[tokio::test]
async fn a_witness_in_the_roots_must_have_seen_the_checkpoint() {
    let stage = Stage::new().await;
    let witness = SigningKey::from_seed(&Zeroizing::new([6; 32]));
    let name = "witness.example/w1";
    let vkey = NoteKey::new(name, KeyKind::Cosignature, witness.public()).unwrap().to_string();
    let roots = Roots { witnesses: vec![vkey], ..stage.roots().await };
    let made = stage.bundle().await;
    assert_eq!(bundle::judge(&made, &roots, stage.now(), None), Err(BundleError::Witnesses(0, 1)));
    let cosigned = stage
        .changed(|made| {
            let proof = made["proofs"]["certificate"].as_str().unwrap().to_owned();
            let (_, note) = proof.split_once("\n\n").unwrap();
            let text = &note[..=note.find("\n\n").unwrap()];
            made["proofs"]["certificate"] =
                json!(format!("{proof}{}", cosignature_line(text, name, &witness, 1_780_000_000)));
        })
        .await;
    let verdict = bundle::judge(&cosigned, &roots, stage.now(), None).unwrap();
    assert_eq!((verdict.verdict, outcome(&verdict, CheckName::Log)), (Answer::Valid, CheckOutcome::Pass));
}

#[tokio::test]
async fn the_registry_is_a_credential_that_its_did_document_explains() {
    let stage = Stage::new().await;
    let answer = stage.app.anyone().get("/v1/registry").await.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/vc"));
    let registry = academies::Registry::read(&answer.json()).expect("it is read");
    let did = stage.app.anyone().get("/.well-known/did.json").await.expect(200).json();
    assert_eq!(
        (registry.did.as_str(), registry.did.as_str()),
        (did["id"].as_str().unwrap(), "did:web:stipple.example")
    );
    let names: Vec<&str> = registry.academies.iter().map(|entry| entry.did.as_str()).collect();
    assert_eq!(names, [stage.academy.did.as_str()]);
    assert!(registry.academies[0].spans[0].1.is_none());
    // It is signed once, and anew when something changed.
    assert_eq!(stage.app.anyone().get("/v1/registry").await.bytes, answer.bytes);
    Academy::recognised(&stage.app, "york-smp-school").await;
    let changed = stage.app.anyone().get("/v1/registry").await.json();
    assert_eq!(academies::Registry::read(&changed).unwrap().academies.len(), 2);
    // A stranger's software can tell that it is the registry's: the proof is by the key in the document.
    let method = changed["proof"][0]["verificationMethod"].as_str().unwrap();
    assert_eq!(did["assertionMethod"][0], method);
    let log = stage.app.anyone().get("/v1/log").await.json();
    assert!(
        !log["vkey"].as_str().unwrap().contains(method.rsplit('#').next().unwrap()),
        "the log has another key"
    );
}

#[tokio::test]
async fn the_command_verifies_a_bundle_with_the_network_off() {
    let stage = Stage::new().await;
    let folder = tempfile::tempdir().unwrap();
    let made = stage.bundle().await;
    std::fs::write(folder.path().join("bundle.json"), made.to_string()).unwrap();
    let roots = serde_json::to_string(&stage.roots().await).unwrap();
    std::fs::write(folder.path().join("roots.json"), roots).unwrap();
    let run = |arguments: &[&str]| {
        let program = env!("CARGO_BIN_EXE_stipple");
        let alone =
            Command::new("unshare").args(["-rn", "true"]).output().is_ok_and(|tried| tried.status.success());
        let mut command = if alone { Command::new("unshare") } else { Command::new(program) };
        if alone {
            command.args(["-rn", program]);
        }
        command.args(["certificate", "verify", "--offline", "bundle.json"]).args(arguments);
        let output = command.current_dir(folder.path()).output().expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    let at = made["at"].as_str().unwrap();
    let (code, said) = run(&["--trust", "roots.json", "--as-of", at, "--name", "Marian Wright"]);
    assert!(code == Some(0) && said.contains("VALID.") && said.contains("The bundle was made on"), "{said}");
    let (code, said) = run(&["--trust", "roots.json"]);
    assert!(code == Some(2) && said.contains("too old for this question"), "{said}");
    let (code, said) = run(&[]);
    assert!(code == Some(2) && said.contains("--trust ROOTS.JSON"), "{said}");
    std::fs::write(folder.path().join("bundle.json"), made.to_string().replace("Marian", "Miriam")).unwrap();
    let (code, said) = run(&["--trust", "roots.json", "--as-of", at]);
    assert!(code == Some(2) && said.contains("not what the registry in the roots signed"), "{said}");
}
