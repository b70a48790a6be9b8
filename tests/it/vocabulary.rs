//! The vocabularies: every embedded list is sound, a code is what it says, and a slip is told.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Value, json};

use crate::support::TestApp;
use poem_openapi::registry::Registry;
use poem_openapi::types::{ParseFromJSON, ParseFromParameter, ToJSON, Type};
use stipple::vocabulary::{
    Condition, Country, Currency, DeliveryMode, Language, NAMES, PriceUnit, Service, Vocabulary,
    search_synonyms, vocabularies, vocabulary,
};

#[test]
fn every_embedded_list_is_sound_and_named_after_its_file() {
    let names: BTreeSet<String> = vocabularies().map(|list| list.name.to_owned()).collect();
    let files: BTreeSet<String> =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/vocabulary/data"))
            .expect("the lists are there")
            .map(|file| file.expect("the folder is readable").path())
            .map(|path| path.file_stem().expect("a file has a name").to_string_lossy().into_owned())
            .collect();
    assert_eq!(names, files, "a file without a list, or a list without a file");
    assert_eq!(NAMES.len(), files.len());
    for list in vocabularies() {
        assert!(list.version >= 1 && !list.codes.is_empty(), "{}", list.name);
        assert!(list.updated.len() == 10, "{}", list.name);
        for entry in &list.codes {
            if let Some(scale) = &entry.scale {
                assert!(
                    vocabulary(scale).is_some(),
                    "{}: {} has the unknown scale {scale}",
                    list.name,
                    entry.code
                );
            }
        }
    }
    assert!(vocabulary("conditionz").is_none());
}

#[test]
fn the_iso_lists_are_whole() {
    assert_eq!(vocabulary("languages").map(|list| list.codes.len()), Some(183));
    assert_eq!(vocabulary("countries").map(|list| list.codes.len()), Some(250), "249 and Kosovo");
    let digits = |code: &str| code.parse::<Currency>().expect("a currency").entry().minor_units;
    assert_eq!(digits("GBP"), Some(2));
    assert_eq!(digits("JPY"), Some(0));
    assert_eq!(digits("KWD"), Some(3));
    assert!(
        vocabulary("currencies")
            .is_some_and(|list| list.codes.iter().all(|entry| entry.minor_units.is_some()))
    );
    assert_eq!("cy".parse::<Language>().map(stipple::vocabulary::Code::label), Ok("Welsh"));
    assert_eq!("GB".parse::<Country>().map(stipple::vocabulary::Code::label), Ok("United Kingdom"));
}

#[test]
fn an_unsound_list_is_refused_with_all_its_faults() {
    let text = r#"
        title = "T"
        description = "D"
        version = 1
        updated = "2026-01-01"
        codes = [
            { code = "A b", label = "A" },
            { code = "b", label = " " },
            { code = "b", label = "B", parent = "zzz", flags = ["none"] },
            { code = "c", label = "C", parent = "d" },
            { code = "d", label = "D", parent = "c", deprecated_by = "d", synonyms = ["x", "x"] },
        ]
    "#;
    let faults = Vocabulary::parse("t", text).expect_err("it is unsound");
    for says in [
        "kebab",
        "b: is there twice",
        "no label",
        "parent that is not",
        "flag",
        "own ancestor",
        "replaced",
        "synonym",
    ] {
        assert!(faults.contains(says), "{says} is missing from:\n{faults}");
    }
    assert!(Vocabulary::parse("t", "title = 3").is_err());
    assert!(Vocabulary::parse("t", "title = 't'\nbogus = 1").is_err());
}

#[test]
fn a_code_is_two_bytes_and_round_trips() {
    assert_eq!(size_of::<Condition>(), 2);
    for code in Condition::all() {
        assert_eq!(code.as_str().parse(), Ok(code));
        let json = serde_json::to_string(&code).expect("a code is a string");
        assert_eq!(serde_json::from_str::<Condition>(&json).expect("it reads back"), code);
        let wire = code.to_json();
        assert_eq!(Condition::parse_from_json(wire).expect("it reads back"), code);
        assert_eq!(Condition::parse_from_parameter(code.as_str()).expect("it reads back"), code);
    }
    let all: Vec<Condition> = Condition::all().collect();
    assert!(all.is_sorted(), "codes are ordered as the list is");
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
}

#[test]
fn a_slip_is_answered_with_the_code_that_was_meant() {
    let near = |word: &str| word.parse::<Condition>().expect_err("it is not a code").nearest;
    assert_eq!(near("male-patern"), Some("male-pattern"));
    assert_eq!(near("Male pattern hair loss"), Some("male-pattern"), "by its label");
    assert_eq!(near("thinning edges"), Some("traction-alopecia"), "by a synonym");
    assert_eq!(near("TRICHOTILLOMANIA"), Some("trichotillomania"));
    assert_eq!(near("qqqqqqqq"), None);
    assert_eq!(near(""), None);
    assert_eq!("UK".parse::<Country>().expect_err("it is a name").nearest, Some("GB"));
    assert_eq!("england-".parse::<Country>().map_err(|e| e.list), Err("countries"));
    let words = "male-patern".parse::<Condition>().expect_err("it is not a code").to_string();
    assert_eq!(
        words,
        "`male-patern` is not one of conditions. Did you mean `male-pattern`? GET /v1/vocabularies/conditions lists them."
    );
    let long = "x".repeat(100_000).parse::<Condition>().expect_err("it is not a code");
    assert!(long.to_string().len() < 300, "what was sent is quoted in part");
    assert!(Condition::parse_from_json(Some(serde_json::json!(3))).is_err());
    assert!(serde_json::from_str::<Condition>("\"male-patern\"").is_err());
}

#[test]
fn a_wider_code_stands_for_its_kinds() {
    let scarring = Condition::named("scarring-alopecia");
    let below: Vec<&str> = scarring.with_descendants().map(Condition::as_str).collect();
    assert_eq!(
        below,
        ["scarring-alopecia", "ccca", "lichen-planopilaris", "frontal-fibrosing-alopecia", "scarring-other"]
    );
    let above: Vec<&str> = Condition::named("ophiasis").with_ancestors().map(Condition::as_str).collect();
    assert_eq!(above, ["ophiasis", "alopecia-areata"]);
    assert_eq!(Condition::named("birthmark").with_descendants().count(), 1);
    assert_eq!(scarring.current(), scarring);
}

#[test]
fn the_lists_say_what_they_must() {
    let doctor: Vec<&str> =
        Condition::all().filter(|code| code.entry().see_doctor_first).map(Condition::as_str).collect();
    assert_eq!(
        doctor,
        [
            "alopecia-areata",
            "ophiasis",
            "alopecia-totalis",
            "alopecia-universalis",
            "scarring-alopecia",
            "ccca",
            "lichen-planopilaris",
            "frontal-fibrosing-alopecia",
            "scarring-other",
            "temporary-shedding"
        ]
    );
    let hidden: Vec<(&str, &str)> = Condition::all()
        .filter(|code| !code.entry().facet)
        .map(|code| (code.as_str(), code.label()))
        .collect();
    assert_eq!(hidden, [("trichotillomania", "Hair pulling")]);
    let compared: Vec<&str> =
        PriceUnit::all().filter(|unit| unit.has("comparable")).map(PriceUnit::as_str).collect();
    assert_eq!(compared, ["whole-treatment"]);
    let corrections: Vec<&str> =
        Service::all().filter(|service| service.has("correction")).map(Service::as_str).collect();
    assert_eq!(corrections, ["correction", "removal-laser", "removal-saline"]);
    assert!(DeliveryMode::named("supervised-live").has("supervised-live"));
}

#[test]
fn the_contract_names_every_value() {
    let mut registry = Registry::new();
    Condition::register(&mut registry);
    let schema = &registry.schemas["Condition"];
    assert_eq!(schema.ty, "string");
    assert_eq!(schema.enum_items.len(), Condition::all().count());
    assert!(schema.description.is_some_and(|text| text.contains("scarring-alopecia")));
}

#[test]
fn a_search_takes_the_words_of_clients() {
    let words = &search_synonyms().words;
    let finds = |from: &str, to: &str| words.get(from).is_some_and(|tos| tos.iter().any(|word| word == to));
    assert!(finds("hair tattoo", "smp") && finds("smp", "hair tattoo"));
    assert!(finds("scalp tattoo", "scalp micropigmentation"));
    assert!(finds("tricopigmentation", "smp"));
    assert!(!finds("smp", "tricopigmentation"), "the general word does not find the special one");
    assert!(finds("buzz cut look", "full shave look"));
    assert!(finds("edges", "traction alopecia"));
    assert!(finds("strip scar", "strip scar fut"));
    assert!(!words.contains_key("trich"), "what is never a facet is not a search word");
    for (word, tos) in words {
        assert!(
            *word == word.to_lowercase() && !tos.contains(word) && tos.is_sorted() && tos.len() <= 24,
            "{word}"
        );
    }
}

/// The search settings carry these synonyms; this test rewrites them there when they have changed.
#[test]
fn the_search_settings_carry_the_synonyms() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/search-config/practitioners.json");
    let settings = std::fs::read_to_string(path).expect("the settings are there");
    let line = |(word, tos): (&String, &Vec<String>)| format!("    {}: {}", json!(word), json!(tos));
    let lines: Vec<String> = search_synonyms().words.iter().map(line).collect();
    let start = settings.find("\"synonyms\": {").expect("the settings have synonyms");
    let end = start + settings[start..].find('}').expect("an object ends") + 1;
    let wanted =
        format!("{}\"synonyms\": {{\n{}\n  }}{}", &settings[..start], lines.join(",\n"), &settings[end..]);
    serde_json::from_str::<Value>(&wanted).expect("the settings stay JSON");
    if wanted != settings {
        std::fs::write(path, wanted).expect("the settings can be written");
        panic!("search-config/practitioners.json was rewritten: read the difference and commit it");
    }
}

#[tokio::test]
async fn the_lists_are_served_with_version_and_tag() {
    let app = TestApp::new().await;
    let anyone = app.anyone();
    let list = anyone.get("/v1/vocabularies").await.expect(200).json();
    assert_eq!(list["total"], json!({ "value": NAMES.len(), "relation": "eq" }));
    assert_eq!(list["next_cursor"], Value::Null);
    let names: Vec<&str> =
        list["items"].as_array().into_iter().flatten().filter_map(|item| item["name"].as_str()).collect();
    assert_eq!(names, NAMES);
    for item in list["items"].as_array().expect("a list") {
        let whole = anyone.get(item["url"].as_str().expect("a url")).await.expect(200).json();
        assert_eq!(
            whole["codes"].as_array().map(Vec::len),
            item["count"].as_u64().and_then(|n| usize::try_from(n).ok())
        );
        assert_eq!((&whole["version"], &whole["updated_at"]), (&item["version"], &item["updated_at"]));
    }
    let conditions = anyone.get("/v1/vocabularies/conditions").await.expect(200);
    assert!(conditions.header("etag").is_some_and(|tag| tag.starts_with('"')));
    assert!(conditions.header("cache-control").is_some_and(|value| value.contains("public")));
    let codes = &conditions.json()["codes"];
    assert_eq!(
        codes[5],
        json!({
            "code": "alopecia-areata",
            "label": "Alopecia areata",
            "description": "Round patches of sudden loss.",
            "synonyms": ["patchy hair loss", "bald patches", "spot baldness"],
            "see_doctor_first": true,
            "facet": true,
            "flags": ["may-regrow"],
        })
    );
    let problem = anyone.get("/v1/vocabularies/condition").await.expect(404).problem("not-found");
    assert!(problem["detail"].as_str().is_some_and(|text| text.contains("Did you mean `conditions`?")));
}
