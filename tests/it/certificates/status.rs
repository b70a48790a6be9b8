//! Revoking, suspending and replacing certificates, for everybody to see, and by nobody but the academy.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};
use stipple::certificates::acts::{Act, ActReason};
use stipple::signing::status::{Bitstring, BitstringError, ENTRIES, Entry};

use super::{list, outcome};
use crate::support::academy::Academy;
use crate::support::{TestApp, peers};

/// An academy with a status list, and a certificate of it that names a bit.
struct Stage {
    app: TestApp,
    academy: Academy,
    listing: String,
    entry: Entry,
    signed: Value,
    number: String,
}

impl Stage {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let academy = Academy::recognised(&app, "leeds-smp-school").await;
        academy.enrol(&app, 1).await;
        let listing = list(&app, "Marian Wright").await;
        let entry = academy.entry().await;
        let mut award = academy.award(&app, "Marian Wright", Some(&listing));
        award.status = Some(entry.clone());
        let signed = academy.sign(&award);
        let made = academy.submit(&signed).await.expect(201).json();
        let number = made["number"].as_str().unwrap().to_owned();
        app.clock.advance(Duration::from_secs(60));
        Self { app, academy, listing, entry, signed, number }
    }

    fn path(&self) -> String {
        format!("/v1/certificates/{}/acts", self.number)
    }

    fn revocation(&self) -> Value {
        let mut body =
            self.academy.act(&self.app, &self.signed, Act::Revoke, ActReason::TrainingNotCompleted);
        body["list"] = self.academy.list(&self.app, 1, &[self.entry.index]);
        body
    }

    async fn verdict(&self, query: &str) -> Value {
        self.app.anyone().post(&format!("/v1/verify{query}"), &self.signed).await.expect(200).json()
    }

    async fn status(&self) -> Value {
        let path = format!("/v1/certificates/{}", self.number);
        self.app.anyone().get(&path).await.expect(200).json()
    }
}

/// What a client of the digitalbazaar stack sees: whether the credential verifies, and whether its bit is set.
async fn abroad(stage: &Stage) -> (bool, bool) {
    let anyone = stage.app.anyone();
    let did = anyone.get("/academies/leeds-smp-school/did.json").await.expect(200).json();
    let list = anyone.get("/academies/leeds-smp-school/status/1").await.expect(200);
    assert_eq!(list.header("cache-control"), Some("public, max-age=300"));
    let documents = json!({stage.academy.did.as_str(): did, stage.entry.list.as_str(): list.json()});
    let question = json!({
        "ask": "verify", "credential": stage.signed, "suites": ["eddsa-rdfc-2022"], "documents": documents, "status": true,
    });
    let answer = peers::ask(&question).expect("an answer");
    let bit = answer["status"][0].as_bool().unwrap_or_else(|| panic!("no status: {answer}"));
    (answer["verified"] == true, bit)
}

#[tokio::test]
async fn a_revocation_is_seen_here_and_abroad_and_not_before_its_day() {
    let stage = Stage::new().await;
    let before = stage.verdict("").await;
    assert_eq!(
        (before["verdict"].as_str(), outcome(&before, "status")),
        (Some("valid"), "pass"),
        "{before:#}"
    );
    assert_eq!(abroad(&stage).await, (true, false));
    let day = stage.app.clock.now().to_string();

    stage.app.clock.advance(Duration::from_hours(24));
    let made = stage.academy.keeper.post(&stage.path(), &stage.revocation()).await.expect(201).json();
    assert_eq!((made["act"].as_str(), made["is_the_directorys"].as_bool()), (Some("revoke"), Some(false)));
    let after = stage.verdict("").await;
    assert_eq!(
        (after["verdict"].as_str(), outcome(&after, "status")),
        (Some("invalid"), "fail"),
        "{after:#}"
    );
    // `status: true` says that the bit is set: revoked. The signature is as good as before.
    assert_eq!(abroad(&stage).await, (true, true));
    let then = stage.verdict(&format!("?as_of={day}")).await;
    assert_eq!(
        (then["verdict"].as_str(), then["today"].as_str()),
        (Some("valid"), Some("invalid")),
        "{then:#}"
    );
    stage.app.log().await;
    let note = stage.app.anyone().get("/log/checkpoint").await.expect(200).text();
    let then = stage.verdict(&format!("?as_of={day}")).await;
    assert_eq!(then["checkpoint"], note, "by which state of the log it was answered");
    assert!(after["checkpoint"].is_null());

    let view = stage.status().await;
    assert_eq!(
        (view["status"].as_str(), view["counts"].as_bool()),
        (Some("revoked"), Some(false)),
        "{view:#}"
    );
    let listed =
        stage.app.anyone().get(&format!("/v1/practitioners/{}", stage.listing)).await.expect(200).json();
    assert_eq!(listed["verified"]["value"], false, "{listed:#}");
    let acts = stage.app.anyone().get(&stage.path()).await.expect(200).json();
    assert_eq!(acts["items"][0]["reason"], "training-not-completed");

    // The list as it was published then is still there; nothing was before it.
    let list = "/academies/leeds-smp-school/status/1";
    let old = stage.app.anyone().get(&format!("{list}?timestamp={day}")).await.expect(200).json();
    let bits = Bitstring::decode(old["credentialSubject"]["encodedList"].as_str().unwrap()).unwrap();
    assert_eq!(bits.ones().count(), 0);
    stage.app.anyone().get(&format!("{list}?timestamp=2020-01-01T00:00:00Z")).await.problem("not-found");
    stage
        .app
        .anyone()
        .get(&format!("{list}?timestamp=2099-01-01T00:00:00Z"))
        .await
        .problem("invalid-parameter");

    // It is final.
    stage.academy.keeper.post(&stage.path(), &stage.revocation()).await.problem("act-not-possible");
    let error = stage.academy.act(&stage.app, &stage.signed, Act::IssuedInError, ActReason::Deception);
    stage.academy.keeper.post(&stage.path(), &error).await.expect(201);
    let then = stage.verdict(&format!("?as_of={day}")).await;
    assert_eq!(then["verdict"], "invalid", "issued in error acts backwards: {then:#}");
}

#[tokio::test]
async fn nobody_revokes_in_the_academys_name() {
    let stage = Stage::new().await;
    let good = stage.revocation();
    let forged = |change: &dyn Fn(&mut Value)| {
        let mut body = good.clone();
        change(&mut body);
        body
    };
    let other = Academy::recognised(&stage.app, "york-dots").await;
    other.keeper.post(&stage.path(), &good).await.problem("forbidden");
    stage.app.as_operator().await.post(&stage.path(), &good).await.problem("forbidden");
    stage.app.anyone().post(&stage.path(), &good).await.problem("unauthorized");
    let directory = json!({"act": "directory-withdraw", "reason": "under-review"});
    stage.academy.keeper.post(&stage.path(), &directory).await.problem("forbidden");

    let keeper = &stage.academy.keeper;
    let key = json!(other.key.public().to_multibase());
    let refused: [(&str, Value); 8] = [
        ("statement-refused", forged(&|body| body["reason"] = json!("deception"))),
        ("statement-refused", forged(&|body| body["key"] = key.clone())),
        ("statement-refused", forged(&|body| body["at"] = json!("2026-01-01T00:00:00Z"))),
        ("statement-refused", forged(&|body| body["act"] = json!("issued-in-error"))),
        ("status-list-not-taken", forged(&|body| body["list"] = Value::Null)),
        ("status-list-not-taken", forged(&|body| body["list"]["validFrom"] = json!("2026-06-01T00:00:01Z"))),
        (
            "status-list-not-taken",
            forged(&|body| {
                body["list"] = stage.academy.list(&stage.app, 1, &[stage.entry.index, stage.entry.index ^ 1]);
            }),
        ),
        ("status-list-not-taken", forged(&|body| body["list"] = stage.academy.list(&stage.app, 1, &[]))),
    ];
    for (code, body) in refused {
        keeper.post(&stage.path(), &body).await.problem(code);
    }
    assert_eq!(stage.verdict("").await["verdict"], "valid", "nothing of it had an effect");
    keeper.post(&stage.path(), &good).await.expect(201);
}

#[tokio::test]
async fn a_suspension_can_be_lifted_and_the_directory_speaks_for_itself() {
    let stage = Stage::new().await;
    let keeper = &stage.academy.keeper;
    let suspend = stage.academy.act(&stage.app, &stage.signed, Act::Suspend, ActReason::UnderReview);
    keeper.post(&stage.path(), &suspend).await.expect(201);
    assert_eq!(stage.status().await["status"], "suspended");
    assert_eq!(stage.verdict("").await["verdict"], "invalid");
    assert_eq!(abroad(&stage).await, (true, false), "other people's software does not see a suspension");
    stage.app.clock.advance(Duration::from_secs(60));
    let lift = stage.academy.act(&stage.app, &stage.signed, Act::Reinstate, ActReason::Settled);
    keeper.post(&stage.path(), &lift).await.expect(201);
    assert_eq!(stage.status().await["status"], "active");
    keeper.post(&stage.path(), &lift).await.problem("act-not-possible");

    let operator = stage.app.as_operator().await;
    let withdraw = json!({"act": "directory-withdraw", "reason": "safety-concern"});
    let made = operator.post(&stage.path(), &withdraw).await.expect(201).json();
    assert_eq!(made["is_the_directorys"], true);
    let verdict = stage.verdict("").await;
    assert_eq!(verdict["verdict"], "invalid");
    let detail = verdict["checks"][3]["detail"].as_str().unwrap();
    assert!(detail.contains("directory's word and not the academy's"), "{detail}");
    stage.app.clock.advance(Duration::from_secs(60));
    operator.post(&stage.path(), &json!({"act": "directory-restore", "reason": "settled"})).await.expect(201);
    assert_eq!(stage.status().await["status"], "active");
}

#[tokio::test]
async fn a_bit_is_given_out_once_and_only_to_its_academy() {
    let stage = Stage::new().await;
    let (app, academy) = (&stage.app, &stage.academy);
    let twice = {
        let mut award = academy.award(app, "Somebody Else", None);
        award.status = Some(stage.entry.clone());
        academy.sign(&award)
    };
    academy.submit(&twice).await.problem("status-list-not-taken");
    let other = Academy::recognised(app, "york-dots").await;
    let mut award = other.award(app, "Somebody Else", None);
    award.status = Some(Entry { index: stage.entry.index ^ 1, ..stage.entry.clone() });
    other.submit(&other.sign(&award)).await.problem("status-list-not-taken");
    let mut award = academy.award(app, "Somebody Else", None);
    award.status = Some(Entry { index: stage.entry.index ^ 1, ..stage.entry.clone() });
    academy.submit(&academy.sign(&award)).await.problem("status-list-not-taken");
    other.keeper.post("/v1/academies/york-dots/status-entries", &json!({})).await.problem("no-status-list");

    // Many at once never get the same one: as many as there are connections, so that none is told to come back.
    let path = "/v1/academies/leeds-smp-school/status-entries";
    let calls =
        (0..6).map(|_| async { academy.keeper.post(path, &json!({"count": 200})).await.expect(201).json() });
    let given = futures_util::future::join_all(calls).await;
    let ids: Vec<&str> = given
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap())
        .map(|entry| entry["id"].as_str().unwrap())
        .collect();
    assert_eq!((ids.len(), ids.iter().collect::<HashSet<_>>().len()), (1_200, 1_200));
    academy.keeper.post(path, &json!({"count": 1_001})).await.problem("invalid");
}

#[tokio::test]
async fn a_list_is_enrolled_empty_in_order_and_as_it_is_made() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let path = "/v1/academies/leeds-smp-school/status-lists";
    let refused = [
        academy.list(&app, 2, &[]),
        academy.list(&app, 1, &[7]),
        Academy::recognised(&app, "york-dots").await.list(&app, 1, &[]),
    ];
    for list in refused {
        academy.keeper.post(path, &list).await.problem("status-list-not-taken");
    }
    let mut ends = academy.list(&app, 1, &[]);
    ends["validUntil"] = json!("2027-01-01T00:00:00Z");
    academy.keeper.post(path, &ends).await.problem("status-list-not-taken");
    let lists = app.anyone().get(path).await.expect(200).json();
    assert_eq!(lists["next_url"], academy.list_url(&app, 1));
    academy.enrol(&app, 1).await;
    academy.enrol(&app, 2).await;
    assert_eq!(app.anyone().get(path).await.expect(200).json()["total"]["value"], 2);
}

#[test]
fn bits_are_written_as_the_specification_shows() {
    let mut bits = Bitstring::zero();
    assert!(bits.set(94_567));
    // Bitstring Status List v1.0: bit 94567 is the last of byte 11820.
    assert_eq!(
        (bits.is_set(94_567), bits.is_set(94_566), bits.is_set(ENTRIES)),
        (Some(true), Some(false), None)
    );
    let text = bits.encode();
    assert_eq!(Bitstring::decode(&text).as_ref(), Ok(&bits));
    assert_eq!(bits.ones().collect::<Vec<_>>(), [94_567]);
    assert_eq!(Bitstring::decode(&text[1..]), Err(BitstringError::Form));
    assert_eq!(Bitstring::decode("uAAAA"), Err(BitstringError::Form));
    let packed = |len: usize| {
        use std::io::Write as _;
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(&vec![0; len]).unwrap();
        let packed = packer.finish().unwrap();
        format!("u{}", base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, packed))
    };
    assert_eq!(Bitstring::decode(&packed(100)), Err(BitstringError::TooShort));
    // A kilobyte of text that inflates to hundreds of megabytes is stopped at one.
    let bomb = packed(300 * 1024 * 1024);
    assert!(bomb.len() < 600_000);
    assert_eq!(Bitstring::decode(&bomb), Err(BitstringError::TooLarge));
}
