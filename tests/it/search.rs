//! The search engines, case by case. The cases speak only the port, so that every engine can be held
//! to them.

use serde_json::{Value, json};
use stipple::search::{Batch, Document, Query, SearchEngine, Settings, tantivy::Engine};

fn document(id: &str, group: &str, fields: Value) -> Document {
    let Value::Object(fields) = fields else { panic!("an object") };
    Document { id: id.into(), group: group.into(), point: None, fields }
}

#[tokio::test]
async fn finds_what_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings::practitioners();
    let engine = Engine::open(dir.path(), &settings).unwrap();
    let upsert = vec![
        document("a1", "A", json!({"name": "Ana Bell", "number": "A", "standing": 1, "verified": true})),
        document("b1", "B", json!({"name": "Bo Anders", "number": "B", "standing": 2})),
    ];
    engine.write(Batch { upsert, position: Some(7), ..Batch::default() }).await.unwrap();
    let answer = engine.search(Query { text: "ana".into(), ..Query::default() }).await.unwrap();
    assert_eq!(answer.hits.len(), 1);
    assert_eq!(engine.position().await.unwrap(), Some(7));
}

/// Word, typo and everything before being equal, nearer and in order comes first.
#[tokio::test]
async fn words_side_by_side_and_in_order_rank_before_words_apart() {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(dir.path(), &Settings::practitioners()).unwrap();
    let far = format!("hairline {} density", "word ".repeat(60));
    let upsert = [
        ("F", far.as_str()),
        ("S", "density hairline"),
        ("N", "hairline density"),
        ("A", "hairline and density"),
    ]
    .into_iter()
    .map(|(id, bio)| document(id, id, json!({"name": "Ana Bell", "number": id, "standing": 1, "bio": bio})))
    .collect();
    engine.write(Batch { upsert, position: Some(1), ..Batch::default() }).await.unwrap();
    let answer = engine.search(Query { text: "hairline density".into(), ..Query::default() }).await.unwrap();
    let order: Vec<String> = answer.hits.iter().map(|hit| hit.group.clone()).collect();
    assert_eq!(order.first().map(String::as_str), Some("N"), "{order:?}");
    assert_eq!(order.last().map(String::as_str), Some("F"), "{order:?}");
    assert_eq!(order.len(), 4, "{order:?}");
}
