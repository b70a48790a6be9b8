//! The search engines, case by case. [`cases`] speaks only the port, so that every engine is held to
//! the same table.

mod cases;
mod corpus;
mod engine;
mod hits;
mod settings;

use std::collections::BTreeSet;

use stipple::search::tantivy::Engine;
use stipple::search::{Batch, Query, SearchEngine, Settings};
use tempfile::TempDir;

use self::cases::Want;

fn test_settings() -> Settings {
    Settings::parse(include_str!("settings.json")).unwrap()
}

/// The embedded engine with the whole corpus in it, in three commits.
async fn filled() -> (TempDir, Engine) {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(dir.path(), &test_settings()).unwrap();
    fill(&engine).await;
    (dir, engine)
}

async fn fill(engine: &dyn SearchEngine) {
    let mut batches = vec![Vec::new(), Vec::new(), Vec::new()];
    for (at, document) in corpus::all().into_iter().enumerate() {
        batches[at % 3].push(document);
    }
    for upsert in batches {
        engine.write(Batch { upsert, position: Some(1), ..Batch::default() }).await.unwrap();
    }
}

async fn groups(engine: &dyn SearchEngine, query: Query) -> Vec<String> {
    engine.search(query).await.unwrap().hits.into_iter().map(|hit| hit.group).collect()
}

/// What a case finds wrong with an engine.
async fn fault(engine: &dyn SearchEngine, case: &cases::Case) -> Option<String> {
    let answer = engine.search(case.query.clone()).await;
    let found = match (&answer, &case.want) {
        (Err(error), Want::Refused(words)) if error.to_string().contains(words) => return None,
        (Err(error), _) => return Some(format!("{}: refused: {error}", case.name)),
        (Ok(answer), Want::Refused(_)) => return Some(format!("{}: not refused: {answer:?}", case.name)),
        (Ok(answer), _) => answer.hits.iter().map(|hit| hit.group.as_str()).collect::<Vec<_>>(),
    };
    let total = answer.as_ref().map_or(0, |answer| answer.total.value);
    if total != found.len() as u64 {
        return Some(format!("{}: the total is {total}, the hits are {found:?}", case.name));
    }
    let (same, want) = match &case.want {
        Want::Order(want) => (found == *want, want),
        Want::Set(want) => {
            let set = |of: &[&'static str]| of.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
            (found.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>() == set(want), want)
        }
        Want::Refused(_) => return None,
    };
    (!same).then(|| format!("{}: wanted {want:?}, found {found:?}", case.name))
}

async fn conform(engine: &dyn SearchEngine) {
    let mut faults = Vec::new();
    let all = cases::all();
    assert!(all.len() >= 100, "{} cases", all.len());
    for case in &all {
        faults.extend(fault(engine, case).await);
    }
    assert!(faults.is_empty(), "{} of {} cases:\n  {}\n", faults.len(), all.len(), faults.join("\n  "));
}

#[tokio::test]
async fn the_embedded_engine_conforms() {
    let (_dir, engine) = filled().await;
    conform(&engine).await;
}

#[tokio::test]
async fn a_rebuilt_index_conforms_too() {
    let (_dir, engine) = filled().await;
    let mut rebuild = engine.rebuild().await.unwrap();
    rebuild.add(corpus::all()).await.unwrap();
    rebuild.commit(2).await.unwrap();
    conform(&engine).await;
}

#[tokio::test]
async fn what_was_replaced_often_conforms_too() {
    let (_dir, engine) = filled().await;
    for _ in 0..8 {
        fill(&engine).await;
    }
    engine.rest().await.unwrap();
    conform(&engine).await;
}
