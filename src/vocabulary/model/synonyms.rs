//! The words a search takes for each other, from the vocabularies and from a file of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::Deserialize;

use super::{Conditions, List, Services, Techniques, Welcomes};

/// The longest list of equivalents one word may have; a group that outgrew it would slow every
/// search for any of its words.
const MOST_EQUIVALENTS: usize = 24;

/// Search synonyms in Meilisearch's shape: a word or phrase, and what else it finds.
///
/// Everything is lower case and without brackets or commas. A pair that should find each other stands under both words.
#[derive(Debug, PartialEq, Eq)]
pub struct SearchSynonyms {
    /// Raised when any of the lists behind it changes.
    pub version: u32,
    /// Word or phrase to the words and phrases it also finds, sorted.
    pub words: BTreeMap<String, Vec<String>>,
}

/// The file beside the vocabularies.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    same: Vec<Vec<String>>,
    finds: BTreeMap<String, Vec<String>>,
}

/// The synonyms of the domain: those written for search, and for every condition, technique,
/// service and welcome its own synonyms, each finding the label that listings show.
///
/// # Panics
/// Never in a build whose tests passed: the file is embedded.
pub fn search_synonyms() -> &'static SearchSynonyms {
    static MADE: OnceLock<SearchSynonyms> = OnceLock::new();
    MADE.get_or_init(|| {
        let written: Written = toml::from_str(include_str!("../search-synonyms.toml"))
            .expect("the tests read the embedded file");
        make(&written)
    })
}

fn make(written: &Written) -> SearchSynonyms {
    let mut words: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut finds = |from: &str, to: &str| {
        let (from, to) = (phrase(from), phrase(to));
        if from != to {
            words.entry(from).or_default().insert(to);
        }
    };
    for group in &written.same {
        for from in group {
            for to in group {
                finds(from, to);
            }
        }
    }
    for (from, tos) in &written.finds {
        for to in tos {
            finds(from, to);
        }
    }
    let mut version = written.version;
    for list in
        [Conditions::vocabulary(), Techniques::vocabulary(), Services::vocabulary(), Welcomes::vocabulary()]
    {
        version += list.version;
        for entry in list.codes.iter().filter(|entry| entry.facet && entry.deprecated_by.is_none()) {
            for word in &entry.synonyms {
                finds(word, &entry.label);
            }
        }
    }
    let shortened = |set: BTreeSet<String>| set.into_iter().take(MOST_EQUIVALENTS).collect();
    SearchSynonyms { version, words: words.into_iter().map(|(word, set)| (word, shortened(set))).collect() }
}

/// Lower case, words parted by one space: `Strip scar (FUT)` is searched as `strip scar fut`.
fn phrase(text: &str) -> String {
    let lower = text.to_lowercase().replace(['(', ')', ','], " ");
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}
