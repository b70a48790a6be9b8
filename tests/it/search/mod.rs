//! The search engines, case by case. [`cases`] speaks only the port, so that every engine is held to
//! the same table.

mod answers;
mod cases;
mod corpus;
mod engine;
mod hits;
mod many;
mod meilisearch;
mod settings;

use std::collections::BTreeSet;

use stipple::search::tantivy::Engine;
use stipple::search::{Answer, Batch, Facets, Hit, Match, Query, SearchEngine, Settings, Snippet};
use tempfile::TempDir;

use self::cases::{Ask, Case, Want};

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
async fn fault(engine: &dyn SearchEngine, case: &Case) -> Option<String> {
    let (found, wanted) = match &case.ask {
        Ask::Page(query) => match engine.search(query.clone()).await {
            Ok(answer) => of_page(&answer, &case.want),
            Err(error) => refused(&error, &case.want),
        },
        Ask::Values(ask) => match engine.facet_search(ask.clone()).await {
            Ok(counts) => values(counts.into_iter().map(|count| count.value), &case.want),
            Err(error) => refused(&error, &case.want),
        },
        Ask::Complete(ask) => match engine.suggest(ask.clone()).await {
            Ok(found) => {
                let Want::Completed(want) = case.want else {
                    panic!("{}: completions are wanted", case.name)
                };
                let found =
                    found.iter().map(|one| (one.value.as_str(), one.group.as_str())).collect::<Vec<_>>();
                (format!("{found:?}"), format!("{want:?}"))
            }
            Err(error) => refused(&error, &case.want),
        },
    };
    (found != wanted).then(|| format!("{}: wanted {wanted}, found {found}", case.name))
}

fn refused(error: &stipple::search::Error, want: &Want) -> (String, String) {
    let text = format!("refused: {error}");
    match want {
        Want::Refused(words) if text.contains(words) => (String::new(), String::new()),
        Want::Refused(words) => (text, format!("a refusal with {words:?}")),
        _ => (text, "an answer".to_owned()),
    }
}

fn values(found: impl Iterator<Item = String>, want: &Want) -> (String, String) {
    let Want::Values(want) = want else { panic!("values are wanted") };
    (format!("{:?}", found.collect::<Vec<_>>()), format!("{want:?}"))
}

/// What of an answer the case is about, and what it should be.
fn of_page(answer: &Answer, want: &Want) -> (String, String) {
    let groups: Vec<&str> = answer.hits.iter().map(|hit| hit.group.as_str()).collect();
    let listed = format!("{groups:?} of {}", answer.total.value);
    match want {
        Want::Order(want) => (listed, format!("{want:?} of {}", want.len())),
        Want::Set(want) => {
            let set = |of: &[&str]| of.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
            let found = format!("{:?} of {}", set(&groups), answer.total.value);
            (found, format!("{:?} of {}", set(want), want.len()))
        }
        Want::Refused(words) => (listed, format!("a refusal with {words:?}")),
        Want::Counts(want) => {
            let of = |facets: &Facets| {
                facets.values.iter().map(|count| (count.value.clone(), count.count)).collect::<Vec<_>>()
            };
            (format!("{:?}", answer.facets.iter().map(of).collect::<Vec<_>>()), format!("{want:?}"))
        }
        Want::Documents(want) => {
            let of = |hit: &Hit| (hit.group.clone(), hit.document.clone());
            (format!("{:?}", answer.hits.iter().map(of).collect::<Vec<_>>()), format!("{want:?}"))
        }
        Want::Reasons(want) => {
            let of = |reason: &Match| (reason.field.clone(), reason.terms.clone(), reason.kind);
            let first = answer.hits.first().map(|hit| hit.matches.iter().map(of).collect::<Vec<_>>());
            (format!("{first:?}"), format!("Some({want:?})"))
        }
        Want::Marked(want) => {
            let of = |snippet: &Snippet| (snippet.attribute.clone(), in_brackets(snippet));
            let first = answer.hits.first().map(|hit| hit.snippets.iter().map(of).collect::<Vec<_>>());
            (format!("{first:?}"), format!("Some({want:?})"))
        }
        Want::Values(_) | Want::Completed(_) => panic!("hits are asked for"),
    }
}

fn in_brackets(snippet: &Snippet) -> String {
    let mut text = snippet.text.clone();
    for mark in snippet.marks.iter().rev() {
        text.insert(mark.end, ']');
        text.insert(mark.start, '[');
    }
    let dots = |cut: bool| if cut { "…" } else { "" };
    format!("{}{text}{}", dots(snippet.cut_before), dots(snippet.cut_after))
}

async fn conform(engine: &dyn SearchEngine) {
    let mut faults = Vec::new();
    let all = cases::all();
    assert!(all.len() >= 170, "{} cases", all.len());
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
