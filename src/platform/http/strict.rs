//! The one way JSON from outside becomes a value: strict JSON, refused as a problem with its place.

use serde_json::Value;

use super::limit::too_large;
use crate::config::limits;
use crate::platform::problem::{self, Error, Fault};
use crate::signing::json;

/// Reads one JSON text of at most `limit` bytes.
///
/// # Errors
/// 400 `malformed-json` or `duplicate-key` with the pointer, 413 `payload-too-large`.
pub fn parse(bytes: &[u8], limit: usize) -> Result<Value, Error> {
    read(bytes, limit, "").map(|text| text.tree.into_value())
}

/// The same with what its canonical form without the member `without` needs ([`json::read`]).
///
/// # Errors
/// As [`parse`].
pub fn read<'t>(bytes: &'t [u8], limit: usize, without: &'static str) -> Result<json::Text<'t>, Error> {
    if bytes.is_empty() {
        return Err(Error::new(problem::MALFORMED_JSON, "The body is empty; send JSON."));
    }
    let limits = json::Limits { bytes: limit, depth: limits::JSON_DEPTH };
    json::read(bytes, limits, without).map_err(|error| {
        let code = match error.problem() {
            json::Problem::TooLarge => return too_large(Some(limit)),
            json::Problem::DuplicateKey => problem::DUPLICATE_KEY,
            _ => problem::MALFORMED_JSON,
        };
        let (line, column) = (error.line(), error.column());
        let detail =
            format!("{} (line {line}, column {column}).", super::problem::sentence(error.problem().words()));
        Error::new(code, detail.clone()).with_faults(vec![Fault::new(error.pointer(), error.code(), detail)])
    })
}
