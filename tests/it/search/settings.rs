//! The settings files and what is refused in them; words and how they are cut.

use proptest::prelude::{prop_assert, prop_assert_eq, proptest};
use stipple::search::{Settings, words};

use super::test_settings;

#[test]
fn the_shipped_settings_are_sound() {
    let settings = Settings::practitioners();
    assert_eq!(settings.searchable_attributes.first().map(String::as_str), Some("name"));
    assert_eq!(settings.searchable_attributes.last().map(String::as_str), Some("bio"));
    assert_eq!(settings.standing(), "standing");
    assert!(settings.filterable("price.GBP") && !settings.filterable("prices"));
    let synonyms = settings.folded_synonyms();
    let finds = |from: &str, to: &str| {
        synonyms.get(&words::split(from)).is_some_and(|found| found.contains(&words::split(to)))
    };
    assert!(finds("hair tattoo", "smp") && finds("hair tattoo", "scalp micropigmentation"));
}

#[test]
fn settings_that_cannot_be_obeyed_are_refused_by_name() {
    let good = serde_json::to_value(test_settings()).unwrap();
    for (pointer, value, named) in [
        ("/searchableAttributes", serde_json::json!([]), "searchableAttributes"),
        ("/searchableAttributes", serde_json::json!(["a", "a"]), "`a` twice"),
        ("/searchableAttributes", serde_json::json!(["*"]), "`*`"),
        ("/rankingRules", serde_json::json!(["words", "typo"]), "rankingRules"),
        ("/rankingRules/6", serde_json::json!("standing:asc"), "standing"),
        ("/distinctAttribute", serde_json::json!("id"), "rankingRules"),
        ("/stopWords", serde_json::json!(["two words"]), "`two words`"),
        ("/synonyms", serde_json::json!({"?": ["x"]}), "`?`"),
        ("/typoTolerance/minWordSizeForTypos/oneTypo", serde_json::json!(12), "minWordSizeForTypos"),
        ("/typoTolerance/disableOnAttributes", serde_json::json!(["price"]), "`price`"),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        let error = Settings::parse(&bad.to_string()).unwrap_err().to_string();
        assert!(error.contains(named), "{pointer}: {error}");
    }
    let mut unknown = good;
    unknown["searchable"] = serde_json::json!(["name"]);
    assert!(Settings::parse(&unknown.to_string()).unwrap_err().to_string().contains("`searchable`"));
}

#[test]
fn only_what_is_indexed_is_in_the_fingerprint() {
    let one = test_settings();
    let mut other = one.clone();
    other.synonyms.clear();
    other.stop_words.clear();
    assert_eq!(one.fingerprint(), other.fingerprint());
    other.searchable_attributes.swap(0, 1);
    assert_ne!(one.fingerprint(), other.fingerprint());
}

#[test]
fn words_are_cut_and_folded() {
    for (text, words) in [
        ("Ana-Sofía O'Brien's", &["ana", "sofia", "obrien"][..]),
        ("l'alopécie d\u{2019}Ana", &["l", "alopecie", "d", "ana"]),
        ("Straße ŁÓDŹ Ærø İzmir", &["strasse", "lodz", "aero", "izmir"]),
        ("ﬁne ＦＵＬＬ ½", &["fine", "full", "1\u{2044}2"]),
        ("हिन्दी", &["हिन्दी"]),
        ("カード", &["カ", "ー", "ト\u{3099}"]),
        ("soft\u{ad}hyphen", &["softhyphen"]),
        ("...", &[]),
    ] {
        let split = words::split(text);
        if text.starts_with('カ') {
            assert_eq!(split.len(), 3, "{split:?}");
        } else {
            assert_eq!(split, words, "{text}");
        }
    }
}

proptest! {
    #[test]
    fn words_lie_where_they_say(text in "\\PC{0,60}") {
        let mut end = 0;
        for word in words::words(&text) {
            prop_assert!(word.bytes.start >= end && word.bytes.end <= text.len());
            prop_assert!(text.is_char_boundary(word.bytes.start) && text.is_char_boundary(word.bytes.end));
            prop_assert!(!word.text.is_empty());
            end = word.bytes.end;
        }
    }

    #[test]
    fn folding_is_settled_at_once(text in "[a-zA-ZÀ-žа-яЁё' -]{0,40}") {
        for word in words::split(&text) {
            prop_assert_eq!(words::split(&word), [word.clone()]);
        }
    }
}
