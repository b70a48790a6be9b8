//! The texts of the pages: every key that is used is there, and none that is not.

use std::collections::BTreeSet;

use crate::support::source::{root, walk};

#[test]
fn the_texts_are_those_the_pages_use() {
    let pages = root().join("src/pages");
    let english = std::fs::read_to_string(pages.join("texts/en.toml")).unwrap();
    let sections: toml::Table = toml::from_str(&english).unwrap();
    let mut there = BTreeSet::new();
    for (section, texts) in &sections {
        for (name, text) in texts.as_table().unwrap() {
            assert!(!text.as_str().unwrap().trim().is_empty(), "{section}.{name} says nothing");
            there.insert(format!("{section}.{name}"));
        }
    }
    let mut used = BTreeSet::new();
    let mut files = Vec::new();
    walk(&pages, &mut files);
    for source in files.iter().filter(|file| file.extension().is_some_and(|end| end == "rs")) {
        let code = std::fs::read_to_string(source).unwrap();
        let quoted = code.split('"').skip(1).step_by(2);
        used.extend(quoted.filter(|text| there.contains(*text)).map(str::to_owned));
        for call in ["t(\"", "fill(\""] {
            for key in code.split(call).skip(1).filter_map(|rest| rest.split('"').next()) {
                let is_key = key.contains('.')
                    && key
                        .chars()
                        .all(|letter| letter.is_ascii_lowercase() || "._0123456789".contains(letter));
                assert!(!is_key || there.contains(key), "{}: there is no text `{key}`", source.display());
            }
        }
    }
    let unused: Vec<&String> = there.difference(&used).collect();
    assert!(unused.is_empty(), "nobody says {unused:?}");
}
