//! The closed lists of codes the directory speaks, as versioned data.
//!
//! Each list is one file in `data/`, embedded, read once when first used, and checked by a test.
//! A value of a list is a [`Code`], such as [`Condition`]: two bytes, `Copy`, and impossible to
//! build from a word that is not in the list. In JSON and in parameters it is its code.
//!
//! Routes: `GET /v1/vocabularies`, `GET /v1/vocabularies/{name}`. No tables.
//!
//! Invariants:
//! - a code is kebab-case (ISO lists keep the case of their standard) and is never used again for
//!   something else; a retired one names its successor in `deprecated_by`;
//! - a change of a list raises its `version`;
//! - a list that has children is filtered by [`Code::with_descendants`].

mod http;
mod model;

pub use http::VocabularyApi;
pub use model::*;
