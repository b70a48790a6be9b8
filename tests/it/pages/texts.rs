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

/// Sounds of a word, about: groups of vowels, without a silent e.
fn syllables(word: &str) -> f64 {
    let word = word.to_lowercase();
    let vowel = |letter: char| "aeiouy".contains(letter);
    let letters: Vec<char> = word.chars().filter(|letter| letter.is_alphabetic()).collect();
    let groups = letters.chunk_by(|one, other| vowel(*one) == vowel(*other)).filter(|group| vowel(group[0]));
    let mut count = groups.map(|_| 1.0).sum::<f64>();
    if count > 1.0 && word.ends_with('e') && !word.ends_with("le") {
        count -= 1.0;
    }
    f64::max(count, 1.0)
}

/// The Flesch-Kincaid grade of a text.
fn grade(text: &str) -> f64 {
    let sentences =
        text.split(['.', '?', '!', ':']).filter(|sentence| sentence.split_whitespace().next().is_some());
    let sentences = sentences.map(|_| 1.0).sum::<f64>();
    let words: Vec<&str> =
        text.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).collect();
    let count = words.iter().map(|_| 1.0).sum::<f64>();
    let sounds = words.iter().map(|word| syllables(word)).sum::<f64>();
    0.39 * count / sentences + 11.8 * sounds / count - 15.59
}

#[test]
fn clients_read_at_grade_eight_or_lower() {
    assert!((grade("The cat sat on the mat. The dog ran.") - -1.1).abs() < 1.5);
    assert!(
        grade("Institutional accreditation necessitates considerable organisational documentation.") > 20.0
    );
    let english = std::fs::read_to_string(root().join("src/pages/texts/en.toml")).unwrap();
    let sections: toml::Table = toml::from_str(&english).unwrap();
    for (section, texts) in &sections {
        let texts = texts.as_table().unwrap().values().map(|text| text.as_str().unwrap());
        // A label is a sentence of its own.
        let said: String = texts.map(|text| format!("{text}. ")).collect();
        let grade = grade(&said);
        assert!(section == "site" || grade <= 8.0, "[{section}] reads at grade {grade:.1}");
    }
}
