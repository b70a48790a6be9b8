//! Witnesses: one that follows a log over a socket, what it refuses, and what a directory does when one knows more.

use std::sync::Arc;

use poem::endpoint::{EndpointExt as _, make_sync};
use serde_json::Value;
use stipple::certificates::bundle::{self, Roots};
use stipple::certificates::verdict::{Answer, Question};
use stipple::signing::digest::Digest;
use stipple::signing::keys::SigningKey;
use stipple::signing::tlog::note::{Checkpoint, KeyKind, Note, NoteKey};
use stipple::signing::tlog::tree::{Frontier, consistency_path, fold, leaf_hash, nodes};
use stipple::signing::tlog::witness::AddCheckpoint;
use stipple::transparency::witness::{Refusal, Witness, http};
use stipple::transparency::{self, Published};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::vkey;
use crate::support::TestApp;
use crate::support::academy::Academy;

pub(super) const NAME: &str = "witness.example/w1";

pub(super) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&Zeroizing::new([seed; 32]))
}

fn witness_vkey() -> NoteKey {
    NoteKey::new(NAME, KeyKind::Cosignature, key(6).public()).unwrap()
}

/// An application that asks a witness at that listener.
pub(super) async fn app_with(listener: &TcpListener) -> TestApp {
    let line = format!("http://{} {}", listener.local_addr().unwrap(), witness_vkey());
    TestApp::with(|config| config.transparency.witnesses = vec![line]).await
}

pub(super) fn serve(
    listener: TcpListener,
    endpoint: impl poem::Endpoint + 'static,
    app: &TestApp,
) -> CancellationToken {
    let stop = CancellationToken::new();
    let (http, until) = (app.config.http.clone(), stop.clone());
    tokio::spawn(async move { stipple::platform::http::serve(listener, endpoint, &http, until).await });
    stop
}

pub(super) async fn checkpoint(app: &TestApp) -> String {
    app.anyone().get("/log/checkpoint").await.expect(200).text()
}

#[tokio::test]
async fn a_witness_cosigns_what_continues_and_everybody_sees_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let app = app_with(&listener).await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let folder = tempfile::tempdir().unwrap();
    let log = vkey(&app).await;
    let witness = Witness::open(NAME, key(6), vec![log.clone()], folder.path().to_owned()).unwrap();
    let stop = serve(listener, http::routes(Arc::new(witness)), &app);
    let submitted = academy.submit(&academy.sign(&academy.award(&app, "Marian Wright", None))).await;
    let number = submitted.expect(201).json()["number"].as_str().unwrap().to_owned();
    app.log().await;
    let alone = checkpoint(&app).await;
    assert!(Note::parse(&alone).unwrap().cosigned_by(&witness_vkey()).is_none());
    transparency::cosign(&app.app).await.unwrap();
    let seen = checkpoint(&app).await;
    assert!(Note::parse(&seen).unwrap().cosigned_by(&witness_vkey()).is_some(), "{seen}");
    assert!(seen.starts_with(&alone), "the log's own signature is as it was");
    Checkpoint::open(&seen, &log).expect("it opens for whoever knows no witness");

    // The verdict and the bundle say so.
    let verdict = app.anyone().get(&format!("/v1/certificates/{number}/verdict")).await.expect(200).json();
    assert_eq!(super::super::certificates::outcome(&verdict, "log"), "pass", "{verdict:#}");
    let made = app.anyone().get(&format!("/v1/certificates/{number}/bundle")).await.expect(200);
    let roots = Roots::read(&app.anyone().get("/v1/roots").await.expect(200).bytes).unwrap();
    let roots = Roots { witnesses: vec![witness_vkey().to_string()], ..roots };
    let made = bundle::parse(&made.bytes).unwrap();
    let verdict =
        bundle::judge(&made, &roots, Question::now(app.clock.now()), None).expect("one has seen it");
    assert_eq!(verdict.verdict, Answer::Valid);

    // The tree grows; the witness is shown that it continues, and remembers over a restart.
    Academy::recognised(&app, "york-smp-school").await;
    let size = app.log().await;
    transparency::cosign(&app.app).await.unwrap();
    assert!(Note::parse(&checkpoint(&app).await).unwrap().cosigned_by(&witness_vkey()).is_some());
    stop.cancel();
    let again = Witness::open(NAME, key(6), vec![log], folder.path().to_owned()).unwrap();
    let old = AddCheckpoint { old: 0, hashes: Vec::new(), note: alone }.to_text();
    assert_eq!(again.add_checkpoint(&old, 1), Err(Refusal::OtherSize(size)));
}

/// A log of a test's own, whose history can be told in two ways.
struct Log {
    leaves: Vec<Digest>,
}

impl Log {
    fn of(size: u64, word: &str) -> Self {
        Self { leaves: (0..size).map(|nth| leaf_hash(format!("{word} {nth}").as_bytes())).collect() }
    }

    fn note(&self, signer: u8) -> String {
        let mut frontier = Frontier::default();
        self.leaves.iter().for_each(|leaf| frontier.push(*leaf));
        let size = self.leaves.len() as u64;
        Checkpoint { origin: "log.example".to_owned(), size, root: frontier.root() }.sign(&key(signer))
    }

    fn request(&self, old: u64) -> AddCheckpoint {
        let subtree = |leaves: std::ops::Range<u64>| {
            let hashes: Vec<Digest> = nodes(leaves)
                .into_iter()
                .map(|node| {
                    let width = 1_usize << node.level;
                    let start = usize::try_from(node.index).unwrap() * width;
                    let mut frontier = Frontier::default();
                    self.leaves[start..start + width].iter().for_each(|leaf| frontier.push(*leaf));
                    frontier.root()
                })
                .collect();
            fold(&hashes)
        };
        let path = consistency_path(old, self.leaves.len() as u64).unwrap_or_default();
        AddCheckpoint { old, hashes: path.into_iter().map(subtree).collect(), note: self.note(3) }
    }
}

#[test]
fn a_witness_refuses_forks_rollbacks_strangers_and_nonsense() {
    let folder = tempfile::tempdir().unwrap();
    let log = NoteKey::new("log.example", KeyKind::Ed25519, key(3).public()).unwrap();
    let witness = Witness::open(NAME, key(6), vec![log], folder.path().to_owned()).unwrap();
    let ask = |request: &AddCheckpoint| witness.add_checkpoint(&request.to_text(), 1_780_000_000);
    let line = ask(&Log::of(5, "a").request(0)).expect("the first is taken");
    let note = Log::of(5, "a").note(3) + &line;
    assert_eq!(Note::parse(&note).unwrap().cosigned_by(&witness_vkey()), Some(1_780_000_000));
    ask(&Log::of(5, "a").request(5)).expect("the same again");
    ask(&Log::of(13, "a").request(5)).expect("it continues");
    // Two histories.
    assert_eq!(ask(&Log::of(20, "b").request(13)), Err(Refusal::Inconsistent));
    assert_eq!(ask(&Log::of(13, "b").request(13)), Err(Refusal::Inconsistent));
    let mut short = Log::of(20, "a").request(13);
    short.hashes.pop();
    assert_eq!(ask(&short), Err(Refusal::Inconsistent));
    // Backwards, and from where it is not.
    assert_eq!(ask(&Log::of(5, "a").request(5)), Err(Refusal::OtherSize(13)));
    assert_eq!(ask(&Log::of(20, "a").request(0)), Err(Refusal::OtherSize(13)));
    let backwards = AddCheckpoint { old: 20, hashes: Vec::new(), note: Log::of(13, "a").note(3) };
    assert!(matches!(ask(&backwards), Err(Refusal::Malformed(_))));
    // Signed by somebody else; another log; no request at all.
    let forged = AddCheckpoint { note: Log::of(20, "a").note(4), ..Log::of(20, "a").request(13) };
    assert_eq!(ask(&forged), Err(Refusal::Unsigned));
    let other = forged.note.replace("log.example", "other.example");
    assert_eq!(ask(&AddCheckpoint { note: other, ..forged }), Err(Refusal::UnknownLog));
    for text in ["", "old 1", "old x\n\nnote", "old 01\n\nx", "old 1\nnot base64\n\nx"] {
        assert!(matches!(witness.add_checkpoint(text, 1), Err(Refusal::Malformed(_))), "{text}");
    }
    ask(&Log::of(20, "a").request(13)).expect("nothing of that was remembered");
    // A file that the log did not sign opens nothing.
    let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&file, Log::of(2, "a").note(4)).unwrap();
    let log = NoteKey::new("log.example", KeyKind::Ed25519, key(3).public()).unwrap();
    assert!(Witness::open(NAME, key(6), vec![log], folder.path().to_owned()).is_err());
}

#[tokio::test]
async fn where_a_witness_knows_a_larger_tree_nothing_is_signed_any_more() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let app = app_with(&listener).await;
    let knows_more =
        make_sync(|_| poem::Response::builder().status(poem::http::StatusCode::CONFLICT).body("1000000\n"));
    let stop = serve(
        listener,
        poem::Route::new().at("/add-checkpoint", poem::post(knows_more)).map_to_response(),
        &app,
    );
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    app.log().await;
    transparency::cosign(&app.app).await.unwrap();
    academy.submit(&academy.sign(&academy.award(&app, "Marian Wright", None))).await.expect(201);
    match transparency::publish(&app.app).await.unwrap() {
        Published::Frozen(why) => assert!(why.contains(NAME) && why.contains("stipple log recover"), "{why}"),
        other => panic!("{other:?}"),
    }
    let log: Value = app.anyone().get("/v1/log").await.expect(200).json();
    assert!(log["frozen"].as_str().unwrap().contains("1000000"));
    stop.cancel();
}

#[tokio::test]
async fn a_witness_that_lies_or_is_away_changes_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let app = app_with(&listener).await;
    Academy::recognised(&app, "leeds-smp-school").await;
    let size = app.log().await;
    let note = checkpoint(&app).await;
    let text = Note::parse(&note).unwrap().text().to_owned();
    // By another key than the one that is configured.
    let wrong = stipple::signing::tlog::note::cosignature_line(&text, NAME, &key(9), 1_780_000_000);
    let lies = make_sync(move |_| wrong.clone());
    let stop =
        serve(listener, poem::Route::new().at("/add-checkpoint", poem::post(lies)).map_to_response(), &app);
    transparency::cosign(&app.app).await.unwrap();
    assert_eq!(checkpoint(&app).await, note);
    stop.cancel();
    transparency::cosign(&app.app).await.unwrap();
    assert_eq!((app.log().await, checkpoint(&app).await), (size, note));
}
