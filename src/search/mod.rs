//! The search engine port: documents, one filter tree, queries and answers, and the engines behind
//! it. It knows no slice: what is indexed is JSON, what the attributes mean is said by a settings
//! file of `search-config/` in Meilisearch's own format, which every engine obeys.
//!
//! - [`SearchEngine`] is the port. [`tantivy::Engine`] is the engine in this process, [`meilisearch::Engine`] the one
//!   beside it.
//! - A [`Document`] belongs to a group (a listing at one of its clinics): hits, totals and facet
//!   counts are of groups, and the group's best document stands for it.
//! - Ranking is by buckets, compared in this order: the sort asked for, words, typo, proximity,
//!   attribute, exactness, standing, group. Every part depends on the document and the query alone,
//!   so that a place in the order is a cursor that inserts do not move.
//! - An engine is derived data: it carries its own position in the change feed, and any unusable
//!   index is answered by a typed error that means "rebuild".

pub mod filter;
mod handle;
pub mod meilisearch;
pub mod port;
mod query;
pub mod settings;
pub mod tantivy;
pub mod words;

pub use filter::Filter;
pub use handle::{Followed, Search};
pub use port::{
    Answer, Batch, Cell, Counts, Cursor, Direction, Document, Error, Explain, FacetAsk, FacetCount,
    FacetSearch, Facets, Hit, Later, Match, MatchKind, Matching, Query, Rank, Rebuild, Relation, Result,
    SearchEngine, Snippet, Snippets, Sort, Suggest, Suggestion, Total, Unusable,
};
pub use settings::Settings;
