//! Cases in the public log: what is shown can be proven, and nothing leads to a case that has ended.

use serde_json::Value;
use stipple::signing::tlog::offline::OfflineProof;
use stipple::signing::tlog::tile::unbundle;

use super::{Keeper, story};
use crate::support::TestApp;

#[tokio::test]
async fn what_a_case_shows_is_logged_and_erased_when_it_ends() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let case = keeper.shown(&story(), 1).await;
    let path = format!("/v1/cases/{case}/log");
    app.log().await;
    let logged = app.anyone().get(&path).await.expect(200).json();
    let entries = logged["entries"].as_array().unwrap();
    let last = entries.last().expect("showing it is an entry");
    assert_eq!(last["op"], "case");
    let proof = OfflineProof::parse(last["proof"].as_str().unwrap()).unwrap();
    let extra: Value = serde_json::from_slice(proof.extra.as_ref().unwrap()).unwrap();
    assert_eq!(extra["record"]["case"], case.as_str());
    assert_eq!(extra["record"]["photos"].as_array().unwrap().len(), 3);
    let logged = entries.len();

    keeper.client.delete(&format!("/v1/cases/{case}")).if_match("*").await.expect(204);
    let size = app.log().await;
    app.anyone().get(&path).await.expect(410);
    let bundle = app.anyone().get(&format!("/log/tile/entries/000.p/{size}")).await.expect(200).bytes;
    let read = unbundle(&bundle, usize::try_from(size).unwrap()).unwrap();
    let ops: Vec<Value> = read.into_iter().map(|entry| serde_json::from_slice(entry).unwrap()).collect();
    let count = |op: &str| ops.iter().filter(|entry| entry["op"] == op).count();
    assert_eq!((count("case"), count("erase"), count("case-remove")), (logged, logged, 1));
}
