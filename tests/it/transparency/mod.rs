//! The public log as it is run: what enters it, what strangers read of it, and what keeps it from being rewritten.

mod audit;
mod recover;
mod witness;

use std::time::Duration;

use serde_json::{Value, json};
use stipple::app::App;
use stipple::certificates::acts::{Act, ActReason};
use stipple::platform::clock::{Clock, Ts};
use stipple::signing::digest::Digest;
use stipple::signing::tlog::note::{Checkpoint, NoteKey};
use stipple::signing::tlog::offline::OfflineProof;
use stipple::signing::tlog::tile::{Edge, unbundle};
use stipple::signing::tlog::tree::{Frontier, leaf_hash};
use stipple::transparency::{self, HIGHEST_FILE, Published, Receipt, key_digest};

use crate::support::TestApp;
use crate::support::academy::Academy;

async fn vkey(app: &TestApp) -> NoteKey {
    let log = app.anyone().get("/v1/log").await.expect(200).json();
    NoteKey::parse(log["vkey"].as_str().unwrap()).unwrap()
}

/// Every entry, read as a stranger reads them, checked against the signed root.
async fn entries(app: &TestApp) -> Vec<Value> {
    let anyone = app.anyone();
    let note = anyone.get("/log/checkpoint").await.expect(200).text();
    let checkpoint = Checkpoint::open(&note, &vkey(app).await).unwrap();
    let mut frontier = Frontier::default();
    let mut entries = Vec::new();
    while frontier.size() < checkpoint.size {
        let width = usize::try_from(checkpoint.size - frontier.size()).unwrap().min(256);
        let partial = if width < 256 { format!(".p/{width}") } else { String::new() };
        let path = format!("/log/tile/entries/{:03}{partial}", frontier.size() / 256);
        let bundle = anyone.get(&path).await.expect(200).bytes;
        for entry in unbundle(&bundle, width).unwrap() {
            frontier.push(leaf_hash(entry));
            entries.push(serde_json::from_slice(entry).unwrap());
        }
    }
    assert_eq!(frontier.root(), checkpoint.root);
    entries
}

fn ops(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["op"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_happens_to_an_academy_and_its_certificates_is_in_the_log_in_order() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    academy.enrol(&app, 1).await;
    let entry = academy.entry().await;
    let mut award = academy.award(&app, "Marian Wright", None);
    award.status = Some(entry.clone());
    let signed = academy.sign(&award);
    let made = academy.submit(&signed).await.expect(201).json();
    let number = made["number"].as_str().unwrap();
    app.clock.advance(Duration::from_secs(60));
    let mut body = academy.act(&app, &signed, Act::Revoke, ActReason::TrainingNotCompleted);
    body["list"] = academy.list(&app, 1, &[entry.index]);
    let path = format!("/v1/certificates/{number}/acts");
    let act = academy.keeper.post(&path, &body).await.expect(201).json();
    app.log().await;

    let entries = entries(&app).await;
    let sorted = |ops: Vec<&str>| {
        let mut ops: Vec<String> = ops.into_iter().map(str::to_owned).collect();
        ops.sort();
        ops
    };
    assert_eq!(
        sorted(ops(&entries)),
        sorted(vec!["key-add", "recognise", "status-list", "certificate", "revoke", "status-list"])
    );
    let of = |op: &str| entries.iter().find(|entry| entry["op"] == op).unwrap();
    let digest = Digest::of_json(&signed).unwrap().to_multibase();
    assert_eq!(of("certificate")["digest"], digest.as_str());
    let revoke = of("revoke");
    assert_eq!(revoke["digest"], digest.as_str());
    assert_eq!((&revoke["signature"], &revoke["key"]), (&act["signature"], &act["key"]));
    assert_eq!((&revoke["list"], &revoke["index"]), (&json!(1), &json!(entry.index)));
    let key = key_digest(&academy.did, &academy.key.public().to_multibase());
    assert_eq!(of("key-add")["digest"], key.to_multibase());
    // Nothing that says who anybody is.
    let text = serde_json::to_string(&entries).unwrap();
    for word in ["leeds", "Marian", "http", "did:"] {
        assert!(!text.contains(word), "{word} is in {text}");
    }
    let academies: Vec<&Value> = entries.iter().map(|entry| &entry["academy"]).collect();
    let view = app.anyone().get("/v1/academies/leeds-smp-school").await.expect(200).json();
    assert!(academies.iter().all(|academy| **academy == view["log_id"]), "{academies:?}");
}

#[tokio::test]
async fn a_certificate_gets_a_receipt_at_once_and_a_proof_when_it_is_in() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let signed = academy.sign(&academy.award(&app, "Marian Wright", None));
    let made = academy.submit(&signed).await.expect(201).json();
    let number = made["number"].as_str().unwrap();
    let log = vkey(&app).await;
    let receipt = Receipt::open(made["receipt"].as_str().unwrap(), &log).unwrap();
    assert_eq!((receipt.op.as_str(), receipt.digest), ("certificate", Digest::of_json(&signed).unwrap()));
    assert_eq!(receipt.by, receipt.at.plus(Duration::from_secs(3600)));
    // A receipt is no checkpoint, whatever somebody makes of it.
    assert!(Checkpoint::open(made["receipt"].as_str().unwrap(), &log).is_err());

    let path = format!("/v1/certificates/{number}/log");
    let waiting = app.anyone().get(&path).await.expect(200).json();
    assert_eq!((&waiting["receipt"], waiting.get("index")), (&made["receipt"], None));
    app.anyone().get(&format!("{path}-proof")).await.expect(404);
    let verdict = app.anyone().post("/v1/verify", &signed).await.expect(200).json();
    assert_eq!(
        (&verdict["verdict"], &log_check(&verdict)["outcome"]),
        (&json!("valid"), &json!("not_checked"))
    );

    app.clock.advance(Duration::from_secs(5));
    let size = app.log().await;
    assert_eq!(size, 3);
    let logged = app.anyone().get(&path).await.expect(200).json();
    assert_eq!(logged["index"], 2);
    let text = app.anyone().get(&format!("{path}-proof")).await.expect(200).text();
    let proof = OfflineProof::parse(&text).unwrap();
    let entry = proof.extra.clone().unwrap();
    assert_eq!(proof.check(&entry, &log).unwrap().size, 3);
    let entry: Value = serde_json::from_slice(&entry).unwrap();
    assert_eq!((&entry["digest"], &entry["at"]), (&logged["digest"], &logged["logged_at"]));

    let verdict = app.anyone().post("/v1/verify", &signed).await.expect(200).json();
    let check = log_check(&verdict);
    assert_eq!((&verdict["verdict"], &check["outcome"]), (&json!("valid"), &json!("warn")));
    assert!(check["detail"].as_str().unwrap().contains("split view cannot be ruled out"), "{check}");
}

fn log_check(verdict: &Value) -> &Value {
    verdict["checks"].as_array().unwrap().iter().find(|check| check["check"] == "log").unwrap()
}

#[tokio::test]
async fn before_it_was_in_the_log_nothing_can_be_told() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let signed = academy.sign(&academy.award(&app, "Marian Wright", None));
    academy.submit(&signed).await.expect(201);
    let received = app.clock.now();
    app.clock.advance(Duration::from_secs(600));
    app.log().await;
    app.clock.advance(Duration::from_secs(600));
    let ask = async |at: stipple::platform::clock::Ts| {
        let path = format!("/v1/verify?as_of={at}");
        app.anyone().post(&path, &signed).await.expect(200).json()["verdict"].clone()
    };
    assert_eq!(ask(received.plus(Duration::from_secs(300))).await, "cannot_tell");
    assert_eq!(ask(received.plus(Duration::from_secs(900))).await, "valid");
}

#[tokio::test]
async fn tiles_are_served_as_far_as_a_checkpoint_goes() {
    let app = TestApp::new().await;
    let anyone = app.anyone();
    anyone.get("/log/checkpoint").await.expect(404);
    anyone.get("/log/tile/0/000.p/1").await.expect(404);
    fill(&app, 300).await;
    // In the tree and not signed: nobody sees it.
    assert_eq!(app.log().await, 300);
    fill(&app, 5).await;
    let full = anyone.get("/log/tile/0/000").await.expect(200);
    assert_eq!((full.bytes.len(), full.header("content-type")), (8_192, Some("application/octet-stream")));
    assert_eq!(full.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(anyone.get("/log/tile/0/001.p/44").await.expect(200).bytes.len(), 44 * 32);
    assert_eq!(anyone.get("/log/tile/0/001.p/7").await.expect(200).bytes.len(), 7 * 32);
    assert_eq!(anyone.get("/log/tile/1/000.p/1").await.expect(200).bytes.len(), 32);
    for path in
        ["0/001.p/45", "0/001", "0/002.p/1", "1/000.p/2", "2/000.p/1", "entries/001", "nothing", "0/000.p/0"]
    {
        anyone.get(&format!("/log/tile/{path}")).await.expect(404);
    }
    let checkpoint = anyone.get("/log/checkpoint").await.expect(200);
    assert_eq!(checkpoint.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(checkpoint.header("cache-control"), Some("no-store"));
    assert_eq!(entries(&app).await.len(), 300);
    assert_eq!(app.log().await, 305);
    assert_eq!(entries(&app).await.len(), 305);
}

/// Puts that many entries in front of the log.
async fn fill(app: &TestApp, count: u32) {
    let mut tx = app.db.write().await.unwrap();
    for at in 0..count {
        let digest = Digest::of_bytes(&[&at.to_be_bytes()[..], &app.ids.bytes::<8>()].concat());
        let leaf = transparency::Leaf::new(transparency::Op::Certificate, app.ids.uuid(), digest);
        transparency::append(&mut tx, app.ids.uuid(), &leaf, app.clock.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_transaction_that_is_given_up_leaves_no_entry() {
    let app = TestApp::new().await;
    fill(&app, 2).await;
    let mut tx = app.db.write().await.unwrap();
    let leaf = transparency::Leaf::new(transparency::Op::Certificate, app.ids.uuid(), Digest::of_bytes(b"x"));
    transparency::append(&mut tx, app.ids.uuid(), &leaf, app.clock.now()).await.unwrap();
    drop(tx);
    assert_eq!(app.log().await, 2);
}

#[tokio::test]
async fn the_time_of_the_log_never_goes_back() {
    let app = TestApp::new().await;
    // Another process of the same directory, whose clock is two hours ahead.
    let ahead = Clock::fixed(app.clock.now().plus(Duration::from_secs(7_200)));
    let other = assemble(&app, ahead).await;
    fill(&app, 1).await;
    assert_eq!(transparency::publish(&other).await.unwrap(), Published::Signed(1));
    fill(&app, 1).await;
    // Its lease is given back.
    sql(&app, "update log_state set lease_until = (select min(queued_at) from log_queue)").await;
    assert_eq!(app.log().await, 2);
    let entries = entries(&app).await;
    assert_eq!(entries[0]["at"], entries[1]["at"]);
}

/// Another process of the same directory, which shares the data directory.
async fn assemble(app: &TestApp, clock: Clock) -> App {
    App::assemble(app.db.clone(), clock, app.ids.clone(), (*app.config).clone()).await.unwrap()
}

async fn sql(app: &TestApp, statement: &'static str) {
    let mut tx = app.db.write().await.unwrap();
    tx.query(statement).execute().await.unwrap();
    tx.commit().await.unwrap();
}

/// Puts other hashes into the one tile of a small log.
async fn replace_tile<'a>(app: &TestApp, entries: impl IntoIterator<Item = &'a [u8]>) {
    let mut edge = Edge::default();
    for entry in entries {
        edge.append(leaf_hash(entry), |_, _| {});
    }
    let mut tx = app.db.write().await.unwrap();
    let hashes = edge.partial()[0].1.to_vec();
    tx.query("update log_tiles set hashes = $1").bind(hashes).execute().await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn two_sequencers_give_every_entry_one_place() {
    let app = TestApp::new().await;
    let other = assemble(&app, app.clock.clone()).await;
    fill(&app, 50).await;
    assert_eq!(app.log().await, 50);
    // The lease is the first one's.
    fill(&app, 50).await;
    assert_eq!(transparency::publish(&other).await.unwrap(), Published::Elsewhere);
    app.clock.advance(Duration::from_secs(31));
    let (one, two) = tokio::join!(transparency::publish(&app.app), transparency::publish(&other));
    let ends = [one.unwrap(), two.unwrap()];
    assert!(ends.contains(&Published::Signed(100)), "{ends:?}");
    let digests: std::collections::HashSet<String> =
        entries(&app).await.iter().map(|entry| entry["digest"].to_string()).collect();
    assert_eq!(digests.len(), 100);
}

/// What a restored backup looks like: of ten entries the database has six. Answers the other four.
async fn forget(app: &TestApp) -> Vec<Vec<u8>> {
    let bundle = app.anyone().get("/log/tile/entries/000.p/10").await.expect(200).bytes;
    let all = unbundle(&bundle, 10).unwrap();
    replace_tile(app, all[..6].iter().copied()).await;
    sql(app, "delete from log_subjects where position >= 6").await;
    sql(app, "delete from log_entries where position >= 6").await;
    sql(app, "delete from log_cosignatures where size > 6").await;
    sql(app, "delete from log_checkpoints where size > 6").await;
    sql(app, "update log_state set size = 6").await;
    all[6..].iter().map(|entry| entry.to_vec()).collect()
}

#[tokio::test]
async fn a_database_put_back_from_a_backup_signs_nothing_until_a_person_has_acted() {
    let app = TestApp::new().await;
    fill(&app, 6).await;
    app.log().await;
    for _ in 0..2 {
        app.clock.advance(Duration::from_secs(60));
        fill(&app, 2).await;
        app.log().await;
    }
    let logged = times(&app).await;
    app.clock.advance(Duration::from_secs(60));
    let copy = app.anyone().get("/log/checkpoint").await.expect(200).text();
    let lost = forget(&app).await;
    assert_eq!(lost.len(), 4);
    let Published::Signed(_) = transparency::publish(&app.app).await.unwrap() else {
        panic!("nothing waits yet")
    };
    // Another history would begin here.
    fill(&app, 2).await;
    let end = transparency::publish(&app.app).await.unwrap();
    assert!(
        matches!(&end, Published::Frozen(why) if why.contains("10 entries") && why.contains("log recover")),
        "{end:?}"
    );
    // It is still served, and says why nothing is signed.
    app.anyone().get("/log/tile/entries/000.p/6").await.expect(200);
    let log = app.anyone().get("/v1/log").await.expect(200).json();
    assert!(log["frozen"].as_str().unwrap().contains("put back from a backup"), "{log}");
    let frozen = |app: &TestApp| app.metrics.gauge("stipple_log_frozen", "", &[]).get();
    assert_eq!(frozen(&app), 1);

    // Entries that lead elsewhere are refused, and nothing changes.
    let mut wrong = lost.clone();
    wrong.swap(0, 1);
    let refused = transparency::take_back(&app.app, &copy, wrong).await.unwrap_err();
    assert!(refused.detail().contains("Nothing was changed"), "{}", refused.detail());
    assert_eq!(transparency::take_back(&app.app, &copy, lost).await.unwrap(), 10);
    // Each is kept with the time it states: what was there before a theft is told by that.
    assert_eq!(times(&app).await, logged);
    assert_eq!(app.log().await, 12);
    assert_eq!(frozen(&app), 0);
    assert_eq!(entries(&app).await.len(), 12);
}

/// When each entry entered, as it is kept.
async fn times(app: &TestApp) -> Vec<(Ts,)> {
    let mut conn = app.db.read().await.unwrap();
    conn.query("select at from log_entries order by position").fetch_all().await.unwrap()
}

#[tokio::test]
async fn entries_changed_behind_the_logs_back_stop_it() {
    let app = TestApp::new().await;
    fill(&app, 6).await;
    app.log().await;
    replace_tile(&app, [&b"0"[..], b"1", b"2", b"3", b"4", b"5"]).await;
    fill(&app, 1).await;
    let end = transparency::publish(&app.app).await.unwrap();
    assert!(matches!(&end, Published::Frozen(why) if why.contains("not those")), "{end:?}");
    // While it signs nothing, it promises nothing.
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let made =
        academy.submit(&academy.sign(&academy.award(&app, "Marian Wright", None))).await.expect(201).json();
    assert_eq!(made.get("receipt"), None);
}

#[tokio::test]
async fn a_crash_between_appending_and_signing_is_gone_on_with() {
    let app = TestApp::new().await;
    fill(&app, 3).await;
    app.log().await;
    // As if the process had died after the file was written and before the checkpoint was kept.
    sql(&app, "delete from log_checkpoints").await;
    assert_eq!(app.log().await, 3);
    // As if it had died before the file was written: the tree is ahead of it.
    fill(&app, 2).await;
    let file = app.config.data_dir.join(HIGHEST_FILE);
    let before = std::fs::read(&file).unwrap();
    assert_eq!(app.log().await, 5);
    std::fs::write(&file, before).unwrap();
    sql(&app, "delete from log_checkpoints where size = 5").await;
    assert_eq!(app.log().await, 5);
    assert_eq!(entries(&app).await.len(), 5);
}

#[tokio::test]
async fn the_key_lies_sealed_and_another_secret_does_not_open_it() {
    let app = TestApp::new().await;
    fill(&app, 1).await;
    app.log().await;
    let mut config = (*app.config).clone();
    config.secret =
        stipple::config::Secret::new("another secret than before, and long enough for one".to_owned());
    let other = App::assemble(app.db.clone(), app.clock.clone(), app.ids.clone(), config).await.unwrap();
    let refused = transparency::publish(&other).await.unwrap_err();
    let source = format!("{refused:?}");
    assert!(source.contains("STIPPLE_SECRET"), "{source}");
}

#[tokio::test]
async fn many_entries_enter_in_batches() {
    let app = TestApp::new().await;
    fill(&app, 2_500).await;
    let end = transparency::publish(&app.app).await;
    assert!(matches!(end, Ok(Published::Signed(2_500))), "{end:?}");
    let proof = {
        let mut conn = app.db.read().await.unwrap();
        transparency::offline_proof(&mut conn, 1_700).await.unwrap().unwrap()
    };
    let entry = proof.extra.clone().unwrap();
    assert_eq!(proof.check(&entry, &vkey(&app).await).unwrap().size, 2_500);
    assert_eq!(entries(&app).await.len(), 2_500);
}
