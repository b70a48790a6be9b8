//! JSON-LD 1.1 for credentials: a document and its contexts, as the RDF statements it makes.
//!
//! A signature over statements covers only what became a statement. So nothing may get lost on the way: a member
//! or type that no context explains, a reference that is no absolute IRI, an annotation that RDF has no place for
//! are refused, as the Data Integrity specification asks (section 4.6, `DATA_LOSS_DETECTION_ERROR`). A member that
//! is `null` says nothing and makes no statement.
//!
//! - [`contexts`]: the contexts that are known. They are compiled in; none is ever fetched.
//! - `context`: what a context makes of words (JSON-LD 1.1 API section 4), prepared once for those that are known.
//! - `define`: the definitions of terms a context is made of (section 4.2).
//! - `expand`: expansion and deserialisation to RDF (sections 5.1 and 7) in one pass.
//!
//! What no credential needs is refused as not supported, never passed over: `@import`, `@base`, `@reverse`,
//! `@nest`, `@included`, `@index`, `@graph` as a member, and maps by `@id`, `@type` or a property.

mod context;
pub mod contexts;
mod define;
mod expand;

use serde_json::Value;

use super::rdf::Dataset;

/// Why a document has no statements, or would lose some of what it says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem} (at {pointer})", pointer = if pointer.is_empty() { "the top" } else { pointer })]
pub struct JsonLdError {
    /// The JSON pointer of the member or value.
    pub pointer: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a document or with a context.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It names a context that is not known here.
    #[error("`{0}` is not a context that is known here, and none is fetched")]
    UnknownContext(String),
    /// It uses a part of JSON-LD that is not read here.
    #[error("{0} is not read here")]
    Unsupported(&'static str),
    /// What is said here would make no statement, and nobody's signature would cover it.
    #[error("{0}, so no signature over statements could cover it")]
    Lost(&'static str),
    /// It is not JSON-LD.
    #[error("{0}")]
    Invalid(&'static str),
    /// It redefines a word that a context protects.
    #[error("it gives `{0}` another meaning than the context that protects it")]
    Protected(String),
    /// It names or defines more contexts than are looked at.
    #[error("it has more contexts than are looked at here")]
    TooMuch,
}

impl Problem {
    /// The stable word for this problem.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownContext(_) => "unknown-context",
            Self::Unsupported(_) => "json-ld-not-supported",
            Self::Lost(_) => "data-loss",
            Self::Invalid(_) => "json-ld",
            Self::Protected(_) => "protected-term",
            Self::TooMuch => "too-many-contexts",
        }
    }
}

/// The statements of a document, without one of its members where one is named to be left out, and under another
/// `@context` where one is given: what a proof of `eddsa-rdfc-2022` is made over.
///
/// # Errors
/// [`JsonLdError`], the first there is.
pub fn to_rdf<'a>(
    document: &'a serde_json::Map<String, Value>,
    omit: &[&str],
    context: Option<&'a Value>,
) -> Result<Dataset<'a>, JsonLdError> {
    expand::document(document, omit, context)
}
