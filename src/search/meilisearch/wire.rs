//! What Meilisearch keeps: settings and documents in its shape.
//!
//! Words are cut and folded here, as everywhere in this service, and sent as `_words`; what is searched is the
//! words, what is filtered, sorted and shown is the document as it was given. So a word is the same word whichever
//! engine has it. Words of no weight are taken out of the query and not out of the index, as the embedded engine does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::search::port::{Document, Error, Result};
use crate::search::settings::{GEO, Settings};
use crate::search::words;

/// The attribute that names a document to the server.
pub(super) const KEY: &str = "_key";
/// The document's own name.
pub(super) const ID: &str = "_id";
/// The folded words, by attribute.
pub(super) const WORDS: &str = "_words";
/// The document that says what the index is; it has no group and no words, so that no search finds it.
pub(super) const STATE_KEY: &str = "_state";
/// The longest name of a document the server takes.
const LONGEST_KEY: usize = 511;
/// How long the server may look for more, in milliseconds: after that it answers what it has.
const CUT_OFF_MS: u64 = 1_500;

/// What an index says of itself: written with every batch, in the same task as its documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// The follower's position.
    pub(super) position: Option<i64>,
    /// The settings its documents were made with.
    pub(super) fingerprint: String,
    /// What those settings offered, so that they go on being obeyed until a rebuild.
    pub(super) searchable: Vec<String>,
    pub(super) filterable: Vec<String>,
    pub(super) sortable: Vec<String>,
}

impl State {
    /// Of an index made with these settings.
    pub(super) fn of(settings: &Settings, position: Option<i64>) -> Self {
        Self {
            position,
            fingerprint: settings.fingerprint(),
            searchable: settings.searchable_attributes.clone(),
            filterable: settings.filterable_attributes.clone(),
            sortable: settings.sortable_attributes.clone(),
        }
    }

    /// The settings with which this index is searched.
    pub(super) fn settings(&self, wanted: &Settings) -> Settings {
        Settings {
            searchable_attributes: self.searchable.clone(),
            filterable_attributes: self.filterable.clone(),
            sortable_attributes: self.sortable.clone(),
            ..wanted.clone()
        }
    }

    /// As a document.
    pub(super) fn document(&self) -> Value {
        let mut document = json!(self);
        document[KEY] = json!(STATE_KEY);
        document
    }
}

/// The attribute in which the words of a searchable attribute are.
pub(super) fn words_of(attribute: &str) -> String {
    format!("{WORDS}.{attribute}")
}

/// The settings as the server takes them.
pub(super) fn settings(settings: &Settings) -> Value {
    let with_group = |names: &[String]| {
        let group = std::iter::once(&settings.distinct_attribute);
        names.iter().chain(group).cloned().collect::<BTreeSet<String>>()
    };
    let searchable: Vec<String> = settings.searchable_attributes.iter().map(|at| words_of(at)).collect();
    let typos = &settings.typo_tolerance;
    let folded = |texts: &[String]| texts.iter().flat_map(|text| words::split(text)).collect::<BTreeSet<_>>();
    let in_words: BTreeSet<String> = typos.disable_on_attributes.iter().map(|at| words_of(at)).collect();
    json!({
        "displayedAttributes": ["*"],
        "searchableAttributes": searchable,
        "filterableAttributes": with_group(&settings.filterable_attributes),
        "sortableAttributes": with_group(&settings.sortable_attributes),
        "rankingRules": settings.ranking_rules,
        "distinctAttribute": settings.distinct_attribute,
        "stopWords": [],
        "synonyms": synonyms(settings),
        "typoTolerance": {
            "enabled": typos.enabled,
            "minWordSizeForTypos": typos.min_word_size_for_typos,
            "disableOnWords": folded(&typos.disable_on_words),
            "disableOnAttributes": in_words,
            "disableOnNumbers": typos.disable_on_numbers,
        },
        "pagination": settings.pagination,
        "faceting": {
            "maxValuesPerFacet": settings.faceting.max_values_per_facet,
            "sortFacetValuesBy": { "*": "count" },
        },
        "proximityPrecision": "byWord",
        "facetSearch": true,
        "prefixSearch": "indexingTime",
        "searchCutoffMs": CUT_OFF_MS,
    })
}

/// Folded, and without words of no weight, which queries lose too.
fn synonyms(settings: &Settings) -> BTreeMap<String, Vec<String>> {
    let weightless: BTreeSet<String> =
        settings.stop_words.iter().flat_map(|word| words::split(word)).collect();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (mut from, tos) in settings.folded_synonyms() {
        if !from.iter().all(|word| weightless.contains(word)) {
            from.retain(|word| !weightless.contains(word));
        }
        let known = found.entry(from.join(" ")).or_default();
        known.extend(tos.into_iter().map(|to| to.join(" ")));
        known.sort_unstable();
        known.dedup();
    }
    found
}

/// Whether the server has these settings: every member that is sent is as it is sent. Lists that are sets are
/// compared as sets.
pub(super) fn has(live: &Value, sent: &Value) -> bool {
    match (live, sent) {
        (Value::Object(live), Value::Object(sent)) => sent.iter().all(|(name, sent)| {
            let ordered = matches!(name.as_str(), "searchableAttributes" | "rankingRules");
            match (live.get(name), sent) {
                (Some(Value::Array(live)), Value::Array(sent)) if !ordered => {
                    let set = |of: &[Value]| of.iter().map(Value::to_string).collect::<BTreeSet<_>>();
                    set(live) == set(sent)
                }
                // What is compared whole has no members of its own.
                (Some(live), sent) if name == "synonyms" => live == sent,
                (Some(live), sent) => has(live, sent),
                (None, _) => false,
            }
        }),
        (live, sent) => live == sent,
    }
}

/// A document's name as the server takes it: letters, digits and hyphens as they are, other bytes as `_` and two
/// hexadecimal digits.
pub(super) fn key_of(id: &str) -> Result<String> {
    let mut key = String::with_capacity(id.len() + 8);
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            key.push(char::from(byte));
        } else {
            let _ = write!(key, "_{byte:02x}");
        }
    }
    if key.is_empty() || key.len() > LONGEST_KEY {
        return Err(Error::Document(format!("a document cannot be named `{id}`")));
    }
    Ok(key)
}

/// A document as the server takes it.
pub(super) fn document(settings: &Settings, document: &Document) -> Result<Value> {
    if document.group.is_empty() {
        return Err(Error::Document(format!("the document `{}` belongs to no group", document.id)));
    }
    let mut sent = Map::new();
    let mut folded = Map::new();
    for attribute in &settings.searchable_attributes {
        if let Some(value) = document.fields.get(attribute) {
            let words = match value {
                Value::Array(many) => many.iter().filter_map(words_in).collect(),
                one => words_in(one).map_or(Value::Null, Value::from),
            };
            folded.insert(attribute.clone(), words);
        }
    }
    for (name, value) in &document.fields {
        if let Some(kept) = kept(value) {
            sent.insert(name.clone(), kept);
        }
    }
    sent.insert(KEY.to_owned(), json!(key_of(&document.id)?));
    sent.insert(ID.to_owned(), json!(document.id));
    sent.insert(settings.distinct_attribute.clone(), json!(document.group));
    sent.entry(settings.standing()).or_insert(json!(0));
    sent.insert(WORDS.to_owned(), Value::Object(folded));
    if let Some(point) = document.point {
        sent.insert(GEO.to_owned(), json!({ "lat": point.lat, "lng": point.lon }));
    }
    Ok(Value::Object(sent))
}

fn words_in(value: &Value) -> Option<String> {
    Some(words::split(value.as_str()?).join(" "))
}

/// A value without what is empty in it: to have an empty list is to have nothing.
fn kept(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Array(many) => {
            let many: Vec<Value> = many.iter().filter_map(kept).collect();
            (!many.is_empty()).then_some(Value::Array(many))
        }
        Value::Object(members) => {
            let members: Map<String, Value> =
                members.iter().filter_map(|(name, value)| Some((name.clone(), kept(value)?))).collect();
            (!members.is_empty()).then_some(Value::Object(members))
        }
        other => Some(other.clone()),
    }
}
