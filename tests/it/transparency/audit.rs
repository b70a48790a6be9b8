//! `stipple log audit` from outside, over a socket: quiet where nothing is wrong, and plain where something is.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use stipple::certificates::acts::{Act, ActReason};
use stipple::signing::digest::Digest;
use stipple::signing::keys::SigningKey;
use stipple::transparency::{self, HIGHEST_FILE, Leaf, Op};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::{fill, replace_tile, sql};
use crate::support::TestApp;
use crate::support::academy::Academy;
use crate::support::process::{finish, stipple_in};

/// A directory with an academy, a status list and a certificate, served on a socket.
struct Stage {
    app: TestApp,
    academy: Academy,
    signed: Value,
    number: String,
    receipt: String,
    address: SocketAddr,
    stop: CancellationToken,
}

impl Stage {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let academy = Academy::recognised(&app, "leeds-smp-school").await;
        academy.enrol(&app, 1).await;
        let mut award = academy.award(&app, "Marian Wright", None);
        award.status = Some(academy.entry().await);
        let signed = academy.sign(&award);
        let made = academy.submit(&signed).await.expect(201).json();
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        let (number, receipt) = (text("number"), text("receipt"));
        app.clock.advance(Duration::from_secs(60));
        let stop = CancellationToken::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (router, http) = (stipple::api::router(app.app.clone()), app.config.http.clone());
        let until = stop.clone();
        tokio::spawn(async move { stipple::platform::http::serve(listener, router, &http, until).await });
        Self { app, academy, signed, number, receipt, address, stop }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.app.place.dir.path().join(name)
    }

    /// An audit that keeps what it saw in that file; its exit code and what it said.
    async fn audit(&self, state: &str, more: &[&str]) -> (Option<i32>, String) {
        let (url, state) = (format!("http://{}", self.address), self.path(state));
        let first = ["log", "audit", &url, "--state", state.to_str().unwrap()];
        let command = stipple_in(self.app.place.dir.path(), &[&first, more].concat());
        let output = tokio::task::spawn_blocking(move || finish(command)).await.unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    }

    /// Audits, and insists on an exit code and on words.
    #[track_caller]
    fn expect((code, said): (Option<i32>, String), wanted: i32, words: &str) {
        assert!(code == Some(wanted) && said.contains(words), "{code:?}, without {words:?}: {said}");
    }

    async fn revoke(&self) {
        let path = format!("/v1/certificates/{}/acts", self.number);
        let mut body =
            self.academy.act(&self.app, &self.signed, Act::Revoke, ActReason::TrainingNotCompleted);
        let index = self.signed["credentialStatus"]["statusListIndex"].as_str().unwrap().parse().unwrap();
        body["list"] = self.academy.list(&self.app, 1, &[index]);
        self.academy.keeper.post(&path, &body).await.expect(201);
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_honest_log_is_followed_and_nothing_is_wrong() {
    let stage = Stage::new().await;
    stage.app.log().await;
    let (code, said) = stage.audit("a", &[]).await;
    assert_eq!(code, Some(0), "{said}");
    for words in [
        "the directory's word, this first time",
        "4 entries lead to the signed root; 4 of them were read now",
        "split view cannot be ruled out",
        "1 keys and 1 status lists of 1 academies",
        "Nothing is wrong.",
    ] {
        assert!(said.contains(words), "no {words:?} in {said}");
    }
    stage.revoke().await;
    stage.app.clock.advance(Duration::from_secs(60));
    stage.app.log().await;
    let (code, said) = stage.audit("a", &[]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("6 entries lead to the signed root; 2 of them were read now"), "{said}");
    assert!(said.contains("1 acts on certificates carry their academy's own signature"), "{said}");
    // Across the border of a tile, and again from the middle of one.
    for _ in 0..2 {
        fill(&stage.app, 300).await;
        stage.app.log().await;
        let (code, said) = stage.audit("a", &[]).await;
        assert!(code == Some(0) && said.contains("300 of them were read now"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_nobody_added_is_found() {
    let stage = Stage::new().await;
    stage.app.log().await;
    Stage::expect(stage.audit("a", &[]).await, 0, "Nothing is wrong");
    let key = SigningKey::from_seed(&Zeroizing::new([9; 32])).public().to_multibase();
    let mut tx = stage.app.db.write().await.unwrap();
    tx.query("update academy_keys set multibase = $1").bind(key).execute().await.unwrap();
    tx.commit().await.unwrap();
    Stage::expect(stage.audit("a", &[]).await, 1, "was never added in the log");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bit_set_behind_the_logs_back_is_found() {
    let stage = Stage::new().await;
    stage.app.log().await;
    // Signed by the academy, even: but no act and no version of it is in the log.
    let list = stage.academy.list(&stage.app, 1, &[7]);
    let mut tx = stage.app.db.write().await.unwrap();
    let bytes = serde_json::to_vec(&list).unwrap();
    tx.query("update status_list_versions set bytes = $1").bind(bytes).execute().await.unwrap();
    tx.commit().await.unwrap();
    Stage::expect(stage.audit("a", &[]).await, 1, "is not the version that is in the log");
    // With the version in the log, the bit is still nobody's act.
    let digest = Digest::of_json(&list).unwrap();
    log_more(&stage, Op::StatusList, digest, |leaf| leaf.with("list", Some(1)).with("version", Some(2)))
        .await;
    Stage::expect(stage.audit("a", &[]).await, 1, "bit 7 of status list 1 is set without an act in the log");
}

/// Puts an entry of the academy into the log, behind the directory's back.
async fn log_more(stage: &Stage, op: Op, digest: Digest, more: impl FnOnce(Leaf) -> Leaf) {
    let mut tx = stage.app.db.write().await.unwrap();
    let academy = stipple::academies::academy_by_slug(&mut tx, "leeds-smp-school").await.unwrap().unwrap();
    let leaf = more(Leaf::new(op, academy.log_id, digest));
    transparency::append(&mut tx, stage.app.ids.uuid(), &leaf, stage.app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    stage.app.log().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_in_an_academys_name_needs_its_signature() {
    let stage = Stage::new().await;
    let digest = Digest::of_json(&stage.signed).unwrap();
    log_more(&stage, Op::Act("suspend"), digest, |leaf| leaf.with("reason", Some("under-review"))).await;
    Stage::expect(stage.audit("a", &[]).await, 1, "without that academy's signature");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rewritten_log_is_found_by_whoever_saw_it_before() {
    let stage = Stage::new().await;
    stage.app.log().await;
    Stage::expect(stage.audit("a", &[]).await, 0, "Nothing is wrong");
    // The directory rewrites an entry and everything that hangs on it, and signs anew.
    let mut conn = stage.app.db.read().await.unwrap();
    let rows: Vec<(Vec<u8>,)> =
        conn.query("select entry from log_entries order by position").fetch_all().await.unwrap();
    drop(conn);
    let mut entries: Vec<Vec<u8>> = rows.into_iter().map(|(entry,)| entry).collect();
    let mut last: Value = serde_json::from_slice(&entries[3]).unwrap();
    last["digest"] = json!(Digest::of_bytes(b"another certificate").to_multibase());
    entries[3] = stipple::signing::jcs::to_vec(&last).unwrap();
    let mut tx = stage.app.db.write().await.unwrap();
    tx.query("update log_entries set entry = $1 where position = 3")
        .bind(entries[3].clone())
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    Stage::expect(stage.audit("b", &[]).await, 1, "has not the hashes of the entries it is about");
    replace_tile(&stage.app, entries.iter().map(Vec::as_slice)).await;
    Stage::expect(stage.audit("b", &[]).await, 1, "do not lead to the root it signed");
    sql(&stage.app, "delete from log_checkpoints").await;
    std::fs::remove_file(stage.app.config.data_dir.join(HIGHEST_FILE)).unwrap();
    assert_eq!(stage.app.log().await, 4);
    // To a newcomer it hangs together, for nothing else is known to them.
    Stage::expect(stage.audit("b", &[]).await, 0, "Nothing is wrong");
    // Not to whoever saw it, who has both signatures to show.
    let (code, said) = stage.audit("a", &[]).await;
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(said.matches("\u{2014} stipple.example/log ").count(), 2, "{said}");
    // And what was seen is kept, so that it is found again.
    Stage::expect(stage.audit("a", &[]).await, 1, "shows different people different logs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_went_back_or_changed_its_key_is_found() {
    let stage = Stage::new().await;
    stage.app.log().await;
    fill(&stage.app, 2).await;
    stage.app.log().await;
    Stage::expect(stage.audit("a", &[]).await, 0, "6 entries");
    sql(&stage.app, "delete from log_checkpoints where size = 6").await;
    Stage::expect(stage.audit("a", &[]).await, 1, "showed 6 entries before and shows 4 now");
    let other = "stipple.example/log+0d1e0484+AdFjTjRO3S0M5D9Ic33Qck0OBL/wJDOXoPRsfpS4WgQt";
    Stage::expect(stage.audit("b", &["--key", other]).await, 1, "by another key than the one it is known by");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_shows_whether_the_log_kept_its_word() {
    let stage = Stage::new().await;
    let receipt = stage.path("receipt");
    std::fs::write(&receipt, &stage.receipt).unwrap();
    let more = ["--receipt", receipt.to_str().unwrap()];
    stage.app.log().await;
    Stage::expect(stage.audit("a", &more).await, 0, "as promised");
    // Also where the entry was read long ago.
    Stage::expect(stage.audit("a", &more).await, 0, "as promised");
    std::fs::write(&receipt, stage.receipt.replace("certificate", "revoke")).unwrap();
    Stage::expect(stage.audit("a", &more).await, 2, "is no receipt of this log");

    // A directory that promises, and drops it.
    let award = stage.academy.award(&stage.app, "Ben Holt", None);
    let made = stage.academy.submit(&stage.academy.sign(&award)).await.expect(201).json();
    std::fs::write(&receipt, made["receipt"].as_str().unwrap()).unwrap();
    sql(&stage.app, "delete from log_queue").await;
    Stage::expect(stage.audit("a", &more).await, 1, "The receipt proves it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_academy_hears_of_keys_and_certificates_it_does_not_know() {
    let stage = Stage::new().await;
    stage.app.log().await;
    let folder = stage.path("own");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("one.json"), serde_json::to_vec_pretty(&stage.signed).unwrap()).unwrap();
    let key = stage.academy.key.public().to_multibase();
    let own = ["--academy", "leeds-smp-school", "--own-certificates", folder.to_str().unwrap()];
    let with_key = [&own[..], &["--own-key", &key]].concat();
    Stage::expect(
        stage.audit("a", &with_key).await,
        0,
        "2 keys and certificates in your academy's name are yours",
    );
    Stage::expect(stage.audit("a", &own).await, 1, "adds a key in your academy's name");
    log_more(&stage, Op::Certificate, Digest::of_bytes(b"forged"), |leaf| leaf).await;
    Stage::expect(
        stage.audit("a", &with_key).await,
        1,
        "is a certificate in your academy's name, and you gave no such one",
    );
}
