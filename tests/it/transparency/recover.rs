//! A log whose database and data directory were both put back from a backup: only a witness knows what it has signed.

use std::collections::HashMap;
use std::sync::Arc;

use poem::endpoint::make_sync;
use poem::http::StatusCode;
use stipple::app::App;
use stipple::transparency::witness::{Witness, http};
use stipple::transparency::{self, HIGHEST_FILE, Published};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::witness::{app_with, checkpoint, key, serve};
use super::{assemble, fill, forget, vkey};
use crate::support::TestApp;
use crate::support::process::{finish, stipple};

/// A copy that somebody kept of a log of ten entries, served as files are.
async fn mirror(app: &TestApp) -> (String, CancellationToken) {
    let mut files = HashMap::new();
    for path in ["/checkpoint", "/tile/entries/000.p/10"] {
        files.insert(path, app.anyone().get(&format!("/log{path}")).await.expect(200).bytes.clone());
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = make_sync(move |request: poem::Request| match files.get(request.uri().path()) {
        Some(bytes) => poem::Response::builder().body(bytes.clone()),
        None => StatusCode::NOT_FOUND.into(),
    });
    (url, serve(listener, answer, app))
}

/// `stipple log recover`; whether it did, and what it said.
fn recover(app: &TestApp, url: &str, witness: Option<&str>) -> (bool, String) {
    let mut command = stipple(&app.place, &["log", "recover", "--from", url]);
    command.env("STIPPLE_SECRET", "a secret that only tests know, 32 characters");
    if let Some(witness) = witness {
        command.env("STIPPLE_TRANSPARENCY_WITNESSES", witness);
    }
    let done = finish(command);
    let said = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8_lossy(&said).into_owned())
}

/// A log of ten entries that a witness has seen, put back to six of them with everything that lay beside it.
async fn put_back(app: &TestApp) -> App {
    fill(app, 6).await;
    app.log().await;
    let file = app.config.data_dir.join(HIGHEST_FILE);
    let older = std::fs::read(&file).unwrap();
    fill(app, 4).await;
    assert_eq!(app.log().await, 10);
    transparency::cosign(&app.app).await.unwrap();
    std::fs::write(&file, older).unwrap();
    // A process that knows nothing of the one before it.
    assemble(app, app.clock.clone()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_a_witness_remembers_is_asked_for_before_anything_is_signed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let app = app_with(&listener).await;
    let folder = tempfile::tempdir().unwrap();
    let log = vkey(&app).await;
    let witness = Witness::open(super::witness::NAME, key(6), vec![log], folder.path().to_owned()).unwrap();
    let stop = serve(listener, http::routes(Arc::new(witness)), &app);
    let again = put_back(&app).await;
    let (copy, stop_copy) = mirror(&app).await;
    let whole = checkpoint(&app).await;
    let lost = forget(&app).await;
    let short = checkpoint(&app).await;
    fill(&app, 2).await;
    match transparency::publish(&again).await.unwrap() {
        Published::Frozen(why) => assert!(why.contains("10 entries, and this one has 6"), "{why}"),
        other => panic!("{other:?}"),
    }
    // A copy as short as the backup is refused: the log would go on with another history than the witness has seen.
    let refused = transparency::take_back(&again, &short, Vec::new()).await.unwrap_err();
    assert!(refused.detail().contains("has seen a tree of 10 entries"), "{}", refused.detail());
    // So is a checkpoint of somebody else.
    let forged = whole.replace("10\n", "11\n");
    let refused = transparency::take_back(&again, &forged, lost.clone()).await.unwrap_err();
    assert!(refused.detail().contains("is not one that"), "{}", refused.detail());
    assert!(matches!(transparency::publish(&again).await.unwrap(), Published::Frozen(_)));

    let line = app.config.transparency.witnesses[0].clone();
    let (did, said) = recover(&app, &copy, Some(&line));
    assert!(did && said.contains("4 entries were taken back; the log has 10 entries"), "{said}");
    app.clock.advance(std::time::Duration::from_secs(60));
    assert_eq!(app.log().await, 12);
    transparency::cosign(&app.app).await.unwrap();
    let seen = checkpoint(&app).await;
    assert!(seen.contains("\n12\n") && seen.contains(super::witness::NAME), "it continues: {seen}");
    let (did, said) = recover(&app, &copy, Some(&line));
    assert!(did && said.contains("nothing is missing"), "{said}");
    stop.cancel();
    stop_copy.cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_witness_that_is_wrong_is_set_aside_by_taking_it_out_of_the_configuration() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let app = app_with(&listener).await;
    let knows_more = make_sync(|_| poem::Response::builder().status(StatusCode::CONFLICT).body("1000000\n"));
    let stop = serve(listener, knows_more, &app);
    fill(&app, 10).await;
    app.log().await;
    transparency::cosign(&app.app).await.unwrap();
    assert!(matches!(transparency::publish(&app.app).await.unwrap(), Published::Frozen(_)));
    let (copy, stop_copy) = mirror(&app).await;
    let line = app.config.transparency.witnesses[0].clone();
    let (did, said) = recover(&app, &copy, Some(&line));
    assert!(!did && said.contains("take it out of transparency.witnesses"), "{said}");
    let (did, said) = recover(&app, &copy, None);
    assert!(did && said.contains("nothing is missing"), "{said}");
    fill(&app, 1).await;
    assert_eq!(app.log().await, 11);
    stop.cancel();
    stop_copy.cancel();
}
