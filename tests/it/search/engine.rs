//! The embedded index as a thing on disk: written, reopened, rebuilt, damaged.

use serde_json::json;
use stipple::search::tantivy::Engine;
use stipple::search::{Batch, Counts, Error, Query, SearchEngine, Settings};

use super::corpus::document;
use super::{fill, groups, test_settings};

fn text(text: &str) -> Query {
    Query { text: text.into(), limit: 100, ..Query::default() }
}

fn listing(group: &str, word: &str) -> stipple::search::Document {
    document(group, json!({ "bio": word }))
}

fn put(upsert: Vec<stipple::search::Document>, position: i64) -> Batch {
    Batch { upsert, position: Some(position), ..Batch::default() }
}

#[tokio::test]
async fn documents_are_replaced_and_removed() {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(dir.path(), &test_settings()).unwrap();
    let mut second = listing("a", "stone");
    second.id = "a/2".into();
    engine.write(put(vec![listing("a", "river"), second, listing("b", "river")], 1)).await.unwrap();
    assert_eq!(engine.counts().await.unwrap(), Counts { documents: 3, groups: 2 });
    // The last of one id in a batch is the one that stays.
    engine.write(put(vec![listing("a", "hill"), listing("a", "meadow")], 2)).await.unwrap();
    assert_eq!(groups(&engine, text("river")).await, ["b"]);
    assert_eq!(groups(&engine, text("hill ")).await, [""; 0]);
    assert_eq!(groups(&engine, text("meadow")).await, ["a"]);
    engine.write(Batch { delete: vec!["a/2".into()], ..Batch::default() }).await.unwrap();
    assert_eq!(groups(&engine, text("stone")).await, [""; 0]);
    engine.write(Batch { delete_groups: vec!["a".into()], ..Batch::default() }).await.unwrap();
    assert_eq!(engine.counts().await.unwrap(), Counts { documents: 1, groups: 1 });
    assert_eq!(engine.groups(None, 10).await.unwrap(), ["b"]);
    // A group goes before its documents come, in one batch.
    let batch = Batch { delete_groups: vec!["b".into()], ..put(vec![listing("b", "forest")], 3) };
    engine.write(batch).await.unwrap();
    assert_eq!(groups(&engine, text("forest")).await, ["b"]);
    assert_eq!(engine.counts().await.unwrap(), Counts { documents: 1, groups: 1 });
}

#[tokio::test]
async fn a_batch_that_cannot_be_indexed_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(dir.path(), &test_settings()).unwrap();
    engine.write(put(vec![listing("a", "river")], 1)).await.unwrap();
    let mut nameless = listing("b", "river");
    nameless.id = String::new();
    assert!(matches!(
        engine.write(put(vec![listing("a", "hill"), nameless], 2)).await,
        Err(Error::Document(_))
    ));
    assert_eq!(engine.position().await.unwrap(), Some(1));
    assert_eq!(groups(&engine, text("river")).await, ["a"]);
    engine.write(put(vec![listing("c", "river")], 3)).await.unwrap();
    assert_eq!(groups(&engine, text("river")).await, ["a", "c"]);
}

#[tokio::test]
async fn the_position_survives_reopening() {
    let dir = tempfile::tempdir().unwrap();
    {
        let engine = Engine::open(dir.path(), &test_settings()).unwrap();
        assert_eq!(engine.position().await.unwrap(), None);
        assert!(engine.rebuild_needed().is_some());
        fill(&engine).await;
        engine.write(Batch { position: Some(41), ..Batch::default() }).await.unwrap();
        engine.write(Batch { upsert: vec![listing("late", "river")], ..Batch::default() }).await.unwrap();
    }
    let engine = Engine::open(dir.path(), &test_settings()).unwrap();
    assert_eq!(engine.position().await.unwrap(), Some(41));
    assert_eq!(engine.rebuild_needed(), None);
    assert_eq!(groups(&engine, text("river")).await, ["late"]);
    // New groups get numbers of their own after reopening.
    engine.write(put(vec![listing("later", "river")], 42)).await.unwrap();
    assert_eq!(groups(&engine, text("river")).await, ["late", "later"]);
}

#[tokio::test]
async fn a_rebuild_takes_over_between_two_searches() {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(dir.path(), &test_settings()).unwrap();
    engine.write(put(vec![listing("old", "river")], 5)).await.unwrap();
    let searching = engine.clone();
    let searches = tokio::spawn(async move {
        let mut seen = Vec::new();
        for _ in 0..300 {
            let found = groups(&searching, text("river")).await;
            assert_eq!(found.len(), 1, "never a gap");
            if seen.last() != found.first() {
                seen.extend(found);
            }
            tokio::task::yield_now().await;
        }
        seen
    });
    let mut rebuild = engine.rebuild().await.unwrap();
    rebuild.add(vec![listing("new", "river")]).await.unwrap();
    // Until then writes go to the live index, and are the follower's to repeat afterwards.
    engine.write(put(vec![listing("other", "hill")], 6)).await.unwrap();
    rebuild.commit(4).await.unwrap();
    assert_eq!(engine.position().await.unwrap(), Some(4));
    let seen = searches.await.unwrap();
    assert!(seen == ["old", "new"] || seen == ["old"], "{seen:?}");
    assert_eq!(groups(&engine, text("river")).await, ["new"]);
    assert_eq!(groups(&engine, text("hill")).await, [""; 0]);
    drop(engine);
    let engine = Engine::open(dir.path(), &test_settings()).unwrap();
    assert_eq!(groups(&engine, text("river")).await, ["new"]);
}

#[tokio::test]
async fn an_abandoned_rebuild_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(dir.path(), &test_settings()).unwrap();
    engine.write(put(vec![listing("old", "river")], 5)).await.unwrap();
    let mut rebuild = engine.rebuild().await.unwrap();
    rebuild.add(vec![listing("new", "river")]).await.unwrap();
    drop(rebuild);
    assert_eq!(groups(&engine, text("river")).await, ["old"]);
    let directories = std::fs::read_dir(dir.path()).unwrap().flatten().filter(|entry| entry.path().is_dir());
    assert_eq!(directories.count(), 1);
}

#[tokio::test]
async fn a_damaged_index_says_so_and_can_be_started_anew() {
    for (damage, what) in
        [("gone", "meta.json"), ("cut", ".store"), ("flipped", ".idx"), ("flipped", ".term")]
    {
        let dir = tempfile::tempdir().unwrap();
        {
            let engine = Engine::open(dir.path(), &test_settings()).unwrap();
            fill(&engine).await;
            engine.rest().await.unwrap();
        }
        let generation = std::fs::read_to_string(dir.path().join("current")).unwrap();
        let generation = dir.path().join(generation.trim());
        let file = std::fs::read_dir(&generation)
            .unwrap()
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.to_string_lossy().ends_with(what))
            .unwrap();
        let mut bytes = std::fs::read(&file).unwrap();
        match damage {
            "gone" => std::fs::remove_file(&file).unwrap(),
            "cut" => std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap(),
            _ => {
                let middle = bytes.len() / 3;
                bytes[middle] ^= 0x55;
                std::fs::write(&file, &bytes).unwrap();
            }
        }
        let opened = Engine::open(dir.path(), &test_settings());
        assert!(matches!(opened, Err(Error::Unusable(_))), "{damage} {what}: {opened:?}");
        let engine = Engine::reset(dir.path(), &test_settings()).unwrap();
        assert!(engine.rebuild_needed().is_some());
        assert_eq!(engine.counts().await.unwrap(), Counts::default());
        fill(&engine).await;
        assert_eq!(groups(&engine, text("taipan")).await, ["taipan"]);
    }
}

#[tokio::test]
async fn other_settings_ask_for_a_rebuild_and_do_not_stop_searches() {
    let dir = tempfile::tempdir().unwrap();
    {
        let engine = Engine::open(dir.path(), &test_settings()).unwrap();
        fill(&engine).await;
    }
    let mut more: Settings = test_settings();
    more.searchable_attributes.push("motto".into());
    let engine = Engine::open(dir.path(), &more).unwrap();
    assert!(engine.rebuild_needed().unwrap().contains("settings"));
    assert_eq!(groups(&engine, text("taipan")).await, ["taipan"]);
    let mut rebuild = engine.rebuild().await.unwrap();
    rebuild.add(vec![document("m", json!({"motto": "carpe diem"}))]).await.unwrap();
    rebuild.commit(9).await.unwrap();
    assert_eq!(engine.rebuild_needed(), None);
    assert_eq!(groups(&engine, text("carpe")).await, ["m"]);
    // What only queries obey needs no rebuild.
    drop(engine);
    more.synonyms.insert("motto".into(), vec!["carpe diem".into()]);
    let engine = Engine::open(dir.path(), &more).unwrap();
    assert_eq!(engine.rebuild_needed(), None);
    assert_eq!(groups(&engine, text("motto")).await, ["m"]);
}
