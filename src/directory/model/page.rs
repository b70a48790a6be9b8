//! A page of search results, as the document describes it.

use std::collections::BTreeMap;

use poem_openapi::Object;
use serde::Serialize;

use super::{FoundListing, PlaceAnswer};
use crate::platform::http::Total;

/// How many listings have one value.
#[derive(Clone, Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(in crate::directory) struct FacetValue {
    /// The value: a code, a slug, `true` or `false`.
    pub value: String,
    /// What it is called for people, where it is a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The listings that match the search and have it.
    pub count: u64,
}

/// A page of search results.
///
/// Answers are put together from rendered parts; this type is what the document says about them, and
/// the tests hold one against the other.
#[derive(Clone, Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(in crate::directory) struct SearchPage {
    /// The listings of this page, in the order asked for.
    pub items: Vec<FoundListing>,
    /// How many listings match over all pages.
    pub total: Total,
    /// What to send as `cursor` for the next page; null on the last one.
    #[oai(nullable, skip_serializing_if = "never")]
    pub next_cursor: Option<String>,
    /// The counts asked for by `facets`, by facet, the most frequent value first. A facet's own filter
    /// is left out of its counts, so that the other choices can be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facets: Option<BTreeMap<String, Vec<FacetValue>>>,
    /// The place the search is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceAnswer>,
    /// The licence of these facts.
    pub licence: String,
    /// Whom to name when they are reused.
    pub attribution: String,
}

#[expect(clippy::ref_option, reason = "poem-openapi hands the field over by reference")]
fn never(_: &Option<String>) -> bool {
    false
}
