//! What is set for other people's clients.

use serde::Deserialize;

use super::Secret;

/// The `[interop]` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interop {
    /// The secret key of the conformance issuer, as a Multikey (`z3u2…`); empty for none.
    pub issuer_key: Secret,
}
