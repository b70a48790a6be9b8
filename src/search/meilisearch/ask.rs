//! What is sent for a search, and what comes back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::wire::{ID, WORDS, words_of};
use crate::search::port::{Direction, Matching, Query, Sort};
use crate::search::query::{Plan, Unit};
use crate::search::settings::{GEO, Settings};

/// One search, as the server takes it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body {
    pub(super) index_uid: String,
    pub(super) q: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) filter: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) sort: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) facets: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attributes_to_search_on: Option<Vec<String>>,
    pub(super) attributes_to_retrieve: Vec<String>,
    pub(super) matching_strategy: &'static str,
    #[serde(flatten)]
    pub(super) page: Page,
    pub(super) show_ranking_score_details: bool,
}

impl Body {
    /// Whatever passes, without words: nothing of the documents comes back.
    pub(super) fn of_everything(index: &str, filter: Option<String>, page: Page) -> Self {
        Self {
            index_uid: index.to_owned(),
            q: String::new(),
            filter,
            sort: Vec::new(),
            facets: Vec::new(),
            attributes_to_search_on: None,
            attributes_to_retrieve: Vec::new(),
            matching_strategy: "all",
            page,
            show_ranking_score_details: false,
        }
    }
}

/// Which hits.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Page {
    /// By number; the total is then exact.
    #[serde(rename_all = "camelCase")]
    Number {
        /// From 1.
        page: usize,
        /// At most so many.
        hits_per_page: usize,
    },
    /// From one on; the total is then a guess.
    Offset {
        /// The first.
        offset: usize,
        /// At most so many.
        limit: usize,
    },
}

impl Page {
    /// No hits, and an exact total.
    pub(super) const COUNT: Self = Self::Number { page: 1, hits_per_page: 1 };
}

/// One search's answer.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Found {
    pub(super) hits: Vec<Map<String, Value>>,
    pub(super) total_hits: Option<u64>,
    pub(super) facet_distribution: BTreeMap<String, BTreeMap<String, u64>>,
}

/// Several searches at once.
#[derive(Debug, Serialize)]
pub(super) struct Searches {
    pub(super) queries: Vec<Body>,
}

/// Their answers.
#[derive(Debug, Deserialize)]
pub(super) struct Results {
    pub(super) results: Vec<Found>,
}

/// The words of the first `least` units, and every phrase, as the server reads them. What is not wanted comes first,
/// because the last word may be a beginning.
pub(super) fn text(plan: &Plan, least: usize) -> String {
    let unwanted = plan.negatives.iter().map(|negative| match negative.as_slice() {
        [one] => format!("-{one}"),
        many => format!("-\"{}\"", many.join(" ")),
    });
    let wanted = plan.units.iter().enumerate().filter(|(at, unit)| *at < least || unit.must);
    let open = wanted.clone().next_back().is_some_and(|(_, unit)| unit.prefix);
    let parts: Vec<String> = unwanted.chain(wanted.map(|(_, unit)| written(unit))).collect();
    // What does not end with a letter is no beginning of a longer word.
    parts.join(" ") + if open { "" } else { " " }
}

fn written(unit: &Unit) -> String {
    if unit.must { format!("\"{}\"", unit.words.join(" ")) } else { unit.words.join(" ") }
}

/// The order asked for.
pub(super) fn sorts(sorts: &[Sort]) -> Vec<String> {
    let written = |sort: &Sort| match sort {
        Sort::Distance(point) => format!("_geoPoint({}, {}):asc", point.lat, point.lon),
        Sort::By { attribute, direction: Direction::Asc } => format!("{attribute}:asc"),
        Sort::By { attribute, direction: Direction::Desc } => format!("{attribute}:desc"),
    };
    sorts.iter().map(written).collect()
}

/// The attributes that are searched, where not all are.
pub(super) fn searched(query: &Query) -> Option<Vec<String>> {
    query.attributes.as_ref().map(|some| some.iter().map(|attribute| words_of(attribute)).collect())
}

/// What of a document has to come back.
pub(super) fn retrieved(settings: &Settings, query: &Query) -> Vec<String> {
    let mut names = vec![ID.to_owned(), settings.distinct_attribute.clone(), GEO.to_owned()];
    if query.matches || query.snippets.is_some() {
        names.extend(settings.searchable_attributes.iter().cloned());
    }
    debug_assert!(names.iter().all(|name| !name.starts_with(WORDS)));
    names
}

/// The server's name for how words may be left out.
pub(super) const fn strategy(matching: Matching) -> &'static str {
    match matching {
        Matching::All => "all",
        Matching::Last => "last",
    }
}
