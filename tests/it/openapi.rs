//! The contract: what is committed in `openapi/` is what the service says, it is sound, and software that
//! is not ours accepts it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi").join(name)
}

/// Every operation: its path, its method, itself.
fn operations(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    document["paths"].as_object().expect("paths").iter().flat_map(|(path, item)| {
        item.as_object()
            .expect("a path item")
            .iter()
            .map(move |(method, operation)| (path, method, operation))
    })
}

#[test]
fn the_committed_documents_are_the_served_ones() {
    let documents = stipple::api::documents();
    let mut stale = Vec::new();
    for (name, document) in [("stipple.json", &documents.v3_1), ("stipple-3.0.json", &documents.v3_0)] {
        let served = serde_json::to_string_pretty(document).expect("a document is JSON") + "\n";
        if std::fs::read_to_string(file(name)).unwrap_or_default() != served {
            std::fs::create_dir_all(file("")).expect("openapi/ can be made");
            std::fs::write(file(name), served).expect("openapi/ can be written");
            stale.push(name);
        }
    }
    assert!(
        stale.is_empty(),
        "openapi/ was out of date: {stale:?} rewritten; read the diff as a caller would and commit it"
    );
}

#[test]
fn every_operation_says_what_a_caller_needs() {
    let document = &stipple::api::documents().v3_1;
    let mut ids = std::collections::BTreeSet::new();
    for (path, method, operation) in operations(document) {
        let place = format!("{method} {path}");
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{place} has no operationId"));
        assert!(ids.insert(id), "{id} is there twice");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{place} has no summary");
        assert!(
            operation["description"].as_str().is_some_and(|text| !text.is_empty()),
            "{place} has no description: its doc comment needs a second paragraph"
        );
        assert!(operation["tags"].as_array().is_some_and(|tags| tags.len() == 1), "{place} has not one tag");
        if path.starts_with("/v1/") {
            let problem =
                &operation["responses"]["default"]["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(problem, "#/components/schemas/Problem", "{place} does not say how it fails");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(
                parameter["description"].as_str().is_some_and(|text| !text.is_empty()),
                "{place}: parameter {} has no description",
                parameter["name"]
            );
        }
    }
}

#[test]
fn every_member_has_a_sentence_and_every_name_is_legal() {
    let document = &stipple::api::documents().v3_1;
    let mut silent = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        assert!(
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)),
            "{name} is no legal component name"
        );
        for (member, inner) in schema["properties"].as_object().into_iter().flatten() {
            let described = inner["description"].is_string()
                || inner.get("$ref").is_some()
                || inner["allOf"].is_array()
                || inner["anyOf"].is_array();
            if !described {
                silent.push(format!("{name}.{member}"));
            }
        }
    }
    assert!(silent.is_empty(), "these members have no description: {silent:?}");
}

#[test]
fn both_documents_describe_the_same_operations() {
    let documents = stipple::api::documents();
    let names = |document| {
        operations(document).map(|(path, method, _)| format!("{method} {path}")).collect::<Vec<_>>()
    };
    assert_eq!(names(&documents.v3_1), names(&documents.v3_0));
    assert_eq!(documents.v3_1["openapi"], "3.1.0");
    assert_eq!(documents.v3_0["openapi"], "3.0.3");
}

/// A schema with what it refers to and what it is put together from.
fn members<'a>(document: &'a Value, schema: &'a Value, found: &mut Vec<(&'a str, &'a Value)>) {
    if let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
        members(document, &document["components"]["schemas"][name], found);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        members(document, part, found);
    }
    found
        .extend(schema["properties"].as_object().into_iter().flatten().map(|(name, it)| (name.as_str(), it)));
}

/// Other people's software pages through any list, and keeps what it read, by the same few words.
#[test]
fn every_list_and_every_item_of_one_has_the_words_that_are_fixed() {
    let document = &stipple::api::documents().v3_1;
    let mut lists = 0;
    for (path, method, operation) in operations(document) {
        let mut page = Vec::new();
        members(document, &operation["responses"]["200"]["content"]["application/json"]["schema"], &mut page);
        let Some((_, items)) = page.iter().find(|(name, _)| *name == "items") else { continue };
        lists += 1;
        for word in ["total", "next_cursor", "licence", "attribution"] {
            assert!(page.iter().any(|(name, _)| *name == word), "{method} {path} has no {word}");
        }
        let mut item = Vec::new();
        members(document, &items["items"], &mut item);
        for word in ["url", "updated_at"] {
            assert!(item.iter().any(|(name, _)| *name == word), "an item of {method} {path} has no {word}");
        }
    }
    assert!(lists > 10, "the lists are found");
}

/// poem-openapi writes a path that two slices share twice; none of their operations may get lost.
#[test]
fn no_operation_is_lost_where_two_slices_share_a_path() {
    let registered = stipple::api::operation_ids();
    let mut described: Vec<String> = operations(&stipple::api::documents().v3_1)
        .map(|(.., operation)| operation["operationId"].as_str().expect("an id").to_owned())
        .collect();
    described.sort();
    assert_eq!(described, registered);
}

/// Lints both documents with Redocly, generates a TypeScript client from each, and compiles a caller.
#[test]
fn other_peoples_tools_accept_both_documents() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/contract/check.sh");
    let output = Command::new(script).output().expect("the contract check runs");
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
