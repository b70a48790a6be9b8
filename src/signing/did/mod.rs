//! Decentralised identifiers: did:web for academies, did:key for keys that speak for themselves.
//!
//! A verification method is named `<did>#<publicKeyMultibase>`: the fragment is the key, so a
//! method can never come to mean another key.

mod document;
mod web;

pub use document::{DidDocument, DocumentError, KeyState, ListedKey, LookupError, Method};
pub use web::{DidWeb, DidWebError};

use super::keys::{KeyError, PublicKey};

/// The name of the verification method of `key` under `did`.
#[must_use]
pub fn method_id(did: &str, key: &PublicKey) -> String {
    format!("{did}#{}", key.to_multibase())
}

/// The did:key of a key (did:key section 3.1).
#[must_use]
pub fn did_key(key: &PublicKey) -> String {
    format!("did:key:{}", key.to_multibase())
}

/// The key inside a did:key.
///
/// # Errors
/// `None` where the text is no did:key; a [`KeyError`] where it is one of another kind of key.
#[must_use]
pub fn read_did_key(did: &str) -> Option<Result<PublicKey, KeyError>> {
    did.strip_prefix("did:key:").map(PublicKey::from_multibase)
}

/// Splits a DID URL such as `did:web:stipple.example:academies:a#z6Mk…` into its DID and its
/// fragment. `None` where it has no fragment, an empty one, a path, a query, or is no DID URL.
#[must_use]
pub fn split_method(url: &str) -> Option<(&str, &str)> {
    let (did, fragment) = url.split_once('#')?;
    let good = is_did(did) && !fragment.is_empty() && !fragment.contains('#');
    good.then_some((did, fragment))
}

/// Whether a text has the form of a DID without path, query and fragment (DID 1.0 section 3.1).
#[must_use]
pub fn is_did(text: &str) -> bool {
    let Some((method, id)) = text.strip_prefix("did:").and_then(|rest| rest.split_once(':')) else {
        return false;
    };
    let of_method = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let of_id = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'%');
    !method.is_empty()
        && method.bytes().all(of_method)
        && id.bytes().all(of_id)
        && !id.is_empty()
        && !id.ends_with(':')
}
