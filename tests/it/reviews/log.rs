//! Reviews in the public log: by salted digest, provable to whoever has the record, and erased with an author's withdrawal.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use stipple::signing::digest::Digest;
use stipple::signing::tlog::note::NoteKey;
use stipple::signing::tlog::offline::OfflineProof;
use stipple::signing::tlog::tile::unbundle;
use stipple::transparency::salted_digest;

use super::{TEXT, World, review};

/// Every entry of the log, as text.
async fn entries(world: &World, size: u64) -> Vec<Value> {
    let path = format!("/log/tile/entries/000.p/{size}");
    let bundle = world.app.anyone().get(&path).await.expect(200).bytes;
    let read = unbundle(&bundle, usize::try_from(size).unwrap()).unwrap();
    read.into_iter().map(|entry| serde_json::from_slice(entry).unwrap()).collect()
}

async fn logged(world: &World, written: &Value) -> Vec<Value> {
    let path = format!("/v1/reviews/{}/log", written["review"]["id"].as_str().unwrap());
    world.app.anyone().get(&path).await.expect(200).json()["entries"].as_array().unwrap().clone()
}

#[tokio::test]
async fn every_version_and_every_removal_of_a_review_can_be_proven() {
    let world = World::new().await;
    let written = world.reviewed("ann@example.com", review(2)).await;
    assert!(logged(&world, &written).await[0]["index"].is_null(), "it waits");
    let size = world.app.log().await;
    let all = entries(&world, size).await;
    let text = serde_json::to_string(&all).unwrap();
    assert!(!text.contains(TEXT) && !text.contains(&world.listing) && !text.contains("stars"), "{text}");

    let key = world.app.anyone().get("/v1/log").await.json();
    let key = NoteKey::parse(key["vkey"].as_str().unwrap()).unwrap();
    let prove = |entry: &Value| {
        let proof = OfflineProof::parse(entry["proof"].as_str().expect("a proof")).unwrap();
        let extra: Value = serde_json::from_slice(proof.extra.as_ref().unwrap()).unwrap();
        let leaf = extra["entry"].as_str().unwrap();
        proof.check(leaf.as_bytes(), &key).expect("it is in the log");
        let leaf: Value = serde_json::from_str(leaf).unwrap();
        let nonce = URL_SAFE_NO_PAD.decode(extra["nonce"].as_str().unwrap()).unwrap();
        assert_eq!(nonce.len(), 32);
        let digest = salted_digest(&nonce, &extra["record"]).unwrap();
        assert_eq!(Digest::from_multibase(leaf["digest"].as_str().unwrap()), Some(digest));
        (leaf["op"].as_str().unwrap().to_owned(), extra["record"].clone())
    };
    let (op, record) = prove(&logged(&world, &written).await[0]);
    assert_eq!((op.as_str(), record["stars"].as_u64()), ("review", Some(2)));
    assert!(record["text"].as_str().unwrap().starts_with(TEXT));

    // Taken down by an operator: what it said is not handed out any more; that it was taken down is.
    let removal = json!({"reason": "spam", "facts": "It advertises another practitioner."});
    let path = format!("/v1/reviews/{}/removal", written["review"]["id"].as_str().unwrap());
    world.app.as_operator().await.post(&path, &removal).await.expect(200);
    world.app.log().await;
    let after = logged(&world, &written).await;
    assert_eq!(after.len(), 2);
    assert!(after[0]["proof"].is_null() && after[0]["index"].is_u64());
    let (op, record) = prove(&after[1]);
    assert_eq!((op.as_str(), record["reason"].as_str()), ("review-remove", Some("spam")));
}

#[tokio::test]
async fn an_authors_withdrawal_erases_what_leads_to_the_entries() {
    let world = World::new().await;
    let written = world.reviewed("ann@example.com", review(1)).await;
    let waiting = world.reviewed("bob@example.com", review(3)).await;
    let first = world.app.log().await;
    let index = logged(&world, &written).await[0]["index"].as_u64().unwrap();
    let withdraw = async |written: &Value| {
        let path = format!("/v1/reviews/{}/withdrawal", written["review"]["id"].as_str().unwrap());
        let body = json!({"author_token": written["author_token"]});
        world.app.anyone().post(&path, &body).await.expect(200);
    };
    withdraw(&written).await;
    let last = world.reviewed("eve@example.com", review(3)).await;
    withdraw(&last).await;
    let size = world.app.log().await;
    let all = entries(&world, size).await;
    let behind: Vec<(&str, Option<u64>)> = all[usize::try_from(first).unwrap()..]
        .iter()
        .map(|entry| (entry["op"].as_str().unwrap(), entry["index"].as_u64()))
        .collect();
    // What had not entered yet never does.
    assert_eq!(behind, [("erase", Some(index)), ("review-remove", None), ("review-remove", None)]);
    let left = logged(&world, &written).await;
    assert_eq!(left.len(), 1, "{left:#?}");
    assert_eq!(left[0]["op"], "review-remove");
    assert!(logged(&world, &waiting).await[0]["proof"].is_string(), "nobody else's was touched");
    // Whoever follows the log finds nothing wrong with it.
    assert_eq!(all.iter().filter(|entry| entry["op"] == "review").count(), 2);
}
