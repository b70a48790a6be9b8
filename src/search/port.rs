//! The port: what the service asks of a search engine, and the values that cross it.

use std::future::Future;
use std::ops::Range;
use std::pin::Pin;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::filter::Filter;
use super::settings::Settings;
use crate::platform::geo::Point;

/// What an operation of an engine answers.
pub type Result<T> = std::result::Result<T, Error>;

/// An answer that comes later: the asynchronous methods of [`SearchEngine`], which stays usable as
/// `Arc<dyn SearchEngine>`.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// A search engine. Every method may be called from many tasks at once; writes are put in order.
pub trait SearchEngine: Send + Sync {
    /// The settings that searches are answered with at this moment.
    fn settings(&self) -> std::sync::Arc<Settings>;

    /// Why the index has to be rebuilt before it can be trusted, or `None` when it is up to date
    /// with its settings. A new index answers that it is empty; an index made under other settings
    /// goes on answering with those until a rebuild replaces it.
    fn rebuild_needed(&self) -> Option<String>;

    /// Whether the index is outside this process, and other instances of the service use the same one: only one of
    /// them may write to it at a time.
    fn is_shared(&self) -> bool {
        false
    }

    /// Applies one batch and makes it visible: when this returns, every later search sees it.
    /// All of it is applied, with its position, or none of it.
    fn write(&self, batch: Batch) -> Later<'_, ()>;

    /// The follower's position in the change feed as of the last batch, if it ever wrote one.
    fn position(&self) -> Later<'_, Option<i64>>;

    /// How much there is.
    fn counts(&self) -> Later<'_, Counts>;

    /// The documents and groups an index holds, for finding drift: every document's id under its
    /// group, a page at a time in the order of groups, after the group given.
    fn groups(&self, after: Option<String>, limit: usize) -> Later<'_, Vec<String>>;

    /// Answers a query.
    fn search(&self, query: Query) -> Later<'_, Answer>;

    /// The values of one attribute that match what was typed, with their counts over a query.
    fn facet_search(&self, ask: FacetSearch) -> Later<'_, Vec<FacetCount>>;

    /// Values of one attribute for a box that completes what is typed.
    fn suggest(&self, ask: Suggest) -> Later<'_, Vec<Suggestion>>;

    /// Gives back the memory and the threads that writing takes, until the next write. For a follower
    /// that has had nothing to write for a while.
    fn rest(&self) -> Later<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Starts an empty index beside the live one. Searches and writes go to the live one until
    /// [`Rebuild::commit`]; dropping the handle throws the new one away.
    fn rebuild(&self) -> Later<'_, Box<dyn Rebuild>>;
}

/// An index being built beside the live one.
pub trait Rebuild: Send {
    /// Adds documents. They must be new: a rebuild starts from nothing and has nothing to replace.
    fn add(&mut self, documents: Vec<Document>) -> Later<'_, ()>;

    /// Puts the new index in the place of the live one, between two searches, with the position its
    /// documents were read at. The follower then goes on from there.
    fn commit(self: Box<Self>, position: i64) -> Later<'static, ()>;
}

/// What can go wrong in an engine.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The query asks for something the settings do not offer; the words are for the caller.
    #[error("{0}")]
    Asked(String),
    /// A document cannot be indexed; the words say which and why.
    #[error("{0}")]
    Document(String),
    /// The index on disk cannot be used: it has to be made again.
    #[error(transparent)]
    Unusable(#[from] Unusable),
    /// The engine cannot be reached or failed; trying again may help.
    #[error("the search engine failed: {0}")]
    Failed(String),
}

/// An index directory that cannot be opened. `tantivy::Engine::reset` starts it anew, empty.
#[derive(Debug, thiserror::Error)]
#[error("the search index in {path} cannot be used ({detail}); it has to be rebuilt")]
pub struct Unusable {
    /// The directory.
    pub path: String,
    /// What was wrong.
    pub detail: String,
}

/// One thing to find.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its own name, unique in the index; writing it again replaces it.
    pub id: String,
    /// What it counts as: hits, totals and facets collapse documents of one group.
    pub group: String,
    /// Where it is, if it is anywhere.
    pub point: Option<Point>,
    /// Its attributes. Those the settings name are indexed; nested members are named with dots.
    pub fields: Map<String, Value>,
}

/// Changes that belong together. Applied in this order: whole groups out, documents out, documents
/// in.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Groups whose every document goes.
    pub delete_groups: Vec<String>,
    /// Documents that go.
    pub delete: Vec<String>,
    /// Documents that come, or replace those of their id.
    pub upsert: Vec<Document>,
    /// The follower's position once this batch is in.
    pub position: Option<i64>,
}

/// The size of an index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Documents.
    pub documents: u64,
    /// Distinct groups.
    pub groups: u64,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The words, with `"phrases"` and `-negative` words. Empty: everything, by standing.
    pub text: String,
    /// Search only these attributes; `None` is all of them.
    pub attributes: Option<Vec<String>>,
    /// What to do about documents that miss a word.
    pub matching: Matching,
    /// Which documents count at all.
    pub filter: Filter,
    /// The order asked for, before relevance. At most three.
    pub sort: Vec<Sort>,
    /// Where the asker is: every hit then says its distance, and of a group the nearest matching
    /// document is named.
    pub origin: Option<Point>,
    /// The counts asked for.
    pub facets: Vec<FacetAsk>,
    /// The hit after which the page begins.
    pub after: Option<Cursor>,
    /// How many hits, at most 1,000.
    pub limit: usize,
    /// Whether hits say why they match ([`Hit::matches`]).
    pub matches: bool,
    /// Whether hits say their place in each bucket ([`Hit::explain`]).
    pub explain: bool,
    /// The cropped, marked texts asked for.
    pub snippets: Option<Snippets>,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            text: String::new(),
            attributes: None,
            matching: Matching::Last,
            filter: Filter::all(),
            sort: Vec::new(),
            origin: None,
            facets: Vec::new(),
            after: None,
            limit: 20,
            matches: false,
            explain: false,
            snippets: None,
        }
    }
}

/// What to do about words that are not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Matching {
    /// Leave words out from the end while too few groups match.
    #[default]
    Last,
    /// Every word must match.
    All,
}

/// One key of the order asked for. What has no value comes last either way.
#[derive(Clone, Debug, PartialEq)]
pub enum Sort {
    /// By a sortable attribute.
    By {
        /// The attribute: a number, or a text of which the first 16 folded bytes count.
        attribute: String,
        /// Which way.
        direction: Direction,
    },
    /// Nearest to this point first.
    Distance(Point),
}

/// A direction of a sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Small before large.
    Asc,
    /// Large before small.
    Desc,
}

/// Counts of one attribute's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetAsk {
    /// A filterable attribute.
    pub attribute: String,
    /// Leave out of account what the filter's top level demands of this very attribute, so that
    /// the other choices keep their counts.
    pub disjunctive: bool,
    /// At most this many values, the most frequent.
    pub limit: usize,
}

/// The cropped and marked texts asked for with a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippets {
    /// Of these attributes; empty means all searchable ones that match.
    pub attributes: Vec<String>,
    /// About this many words each.
    pub words: usize,
}

/// What is found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// One hit a group, best first.
    pub hits: Vec<Hit>,
    /// How many groups match.
    pub total: Total,
    /// The counts asked for, in the order asked.
    pub facets: Vec<Facets>,
    /// Where the next page begins, or `None` at the end.
    pub next: Option<Cursor>,
}

/// A number of groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// The number.
    pub value: u64,
    /// Whether there may be more.
    pub relation: Relation,
}

/// How a total stands to the truth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Exactly so many.
    #[default]
    Eq,
    /// At least so many.
    Gte,
}

/// One group found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The group.
    pub group: String,
    /// The document that stands for it: with an origin the nearest that matches, otherwise the best.
    pub document: String,
    /// How far that document is from the query's origin, in kilometres.
    pub distance_km: Option<f64>,
    /// Why it matches, when asked.
    pub matches: Vec<Match>,
    /// Its place in each bucket, when asked.
    pub explain: Option<Explain>,
    /// The marked texts, when asked.
    pub snippets: Vec<Snippet>,
}

impl Hit {
    /// A group about which nothing else is known.
    #[must_use]
    pub fn of_group(group: &str) -> Self {
        Self {
            group: group.to_owned(),
            document: String::new(),
            distance_km: None,
            matches: Vec::new(),
            explain: None,
            snippets: Vec::new(),
        }
    }
}

/// Words found in one attribute in one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Match {
    /// The attribute.
    pub field: String,
    /// The folded words of the document that matched, without repetition, in the order they stand.
    pub terms: Vec<String>,
    /// In which way.
    pub kind: MatchKind,
}

/// How a word of the query and a word of a document agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchKind {
    /// The same after folding; or as written together or apart.
    Exact,
    /// The query's last word begins it.
    Prefix,
    /// By a synonym of the settings.
    Synonym,
    /// With one or two letters wrong.
    Typo,
}

/// A hit's place, bucket by bucket; smaller is better except for `standing`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rank {
    /// Words of the query that were left out.
    pub words_missing: u32,
    /// Letters wrong, over all words.
    pub typos: u32,
    /// How much further apart neighbouring words stand than side by side.
    pub proximity: u32,
    /// The places, in the settings' order, of the attributes that matched, summed over the words.
    pub attribute: u32,
    /// 0: an attribute says exactly the query. Otherwise 1 and the words not matched exactly.
    pub exactness: u32,
    /// The document's own standing, larger is better.
    pub standing: f64,
}

/// Why a hit stands where it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explain {
    /// Its buckets.
    pub rank: Rank,
    /// The values of the sort asked for, in its order; a distance is in kilometres.
    pub sorted_by: Vec<Value>,
}

/// A cropped text with its marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The attribute it is of.
    pub attribute: String,
    /// Part of the text, as it was given.
    pub text: String,
    /// The bytes of `text` that matched, ascending, not overlapping.
    pub marks: Vec<Range<usize>>,
    /// Whether text was left out before it.
    pub cut_before: bool,
    /// Whether text was left out after it.
    pub cut_after: bool,
}

/// Counts over one attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facets {
    /// The attribute.
    pub attribute: String,
    /// Most frequent first, equal ones in order of the value.
    pub values: Vec<FacetCount>,
    /// How many values there are, those beyond the limit included.
    pub distinct: u64,
}

/// How many groups have a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetCount {
    /// The value; a truth value is `true` or `false`.
    pub value: String,
    /// The groups with a matching document that has it.
    pub count: u64,
}

/// A search among the values of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct FacetSearch {
    /// The attribute.
    pub attribute: String,
    /// What was typed: the beginning of a word of the value, typos forgiven as in a search.
    pub text: String,
    /// The query whose matches are counted; its page, sort and facets are of no account.
    pub query: Query,
    /// At most this many.
    pub limit: usize,
}

/// A request for completions.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggest {
    /// A searchable attribute.
    pub attribute: String,
    /// What was typed.
    pub text: String,
    /// Which documents count.
    pub filter: Filter,
    /// At most this many distinct values.
    pub limit: usize,
}

/// One completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The value as the document writes it.
    pub value: String,
    /// The bytes of it that match what was typed.
    pub marks: Vec<Range<usize>>,
    /// The best group that has it.
    pub group: String,
}

/// Where a page ended: the whole sort key of its last hit, and what was decided for its first page.
/// The HTTP layer signs it; an engine refuses one whose shape does not fit the query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The key, in the engine's own terms.
    pub key: Vec<Cell>,
    /// How many words of the query must match; the engine settled it on the first page.
    pub words: u8,
}

/// One part of a cursor: 128 bits, written as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell(pub u128);

impl Serialize for Cell {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:x}", self.0))
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16).map(Self).map_err(serde::de::Error::custom)
    }
}
