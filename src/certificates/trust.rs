//! The trust file: the academies that somebody recognises, with their keys, for verifying
//! certificates without a network. `stipple demo` writes one; a person may keep one by hand.
//!
//! ```json
//! {
//!   "type": "StippleTrust",
//!   "registry": "The Stipple demo directory",
//!   "written": "2026-11-21T10:00:00Z",
//!   "academies": [{
//!     "did": "did:web:stipple.example:academies:north",
//!     "name": "North School of Scalp Micropigmentation",
//!     "recognised": [{"from": "2024-01-01T00:00:00Z"}],
//!     "keys": [{"publicKeyMultibase": "z6Mk…", "added": "2024-01-01T00:00:00Z"}]
//!   }]
//! }
//! ```

use serde::{Deserialize, Serialize};

use super::verdict::{Compromise, IssuerRecord, KeyRecord, Recognition, Span};
use crate::platform::clock::Ts;
use crate::signing::did;
use crate::signing::json::{self, Limits};
use crate::signing::keys::{KeyError, PublicKey};

/// The largest trust file that is read, in bytes.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The word in a trust file's `type`.
pub const TYPE: &str = "StippleTrust";

/// A trust file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustFile {
    /// Always [`TYPE`].
    pub r#type: String,
    /// The name of whoever recognises these academies.
    pub registry: String,
    /// When it was written. What happened later is not in it.
    pub written: Ts,
    /// The academies.
    pub academies: Vec<TrustedAcademy>,
}

/// An academy in a trust file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedAcademy {
    /// Its DID.
    pub did: String,
    /// The name it is registered under.
    pub name: String,
    /// When it is recognised; an academy without a span is known and not recognised.
    pub recognised: Vec<TrustedSpan>,
    /// Every key it ever had.
    pub keys: Vec<TrustedKey>,
}

/// A span of recognition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedSpan {
    /// The first instant inside.
    pub from: Ts,
    /// The first instant outside; none while it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Ts>,
}

/// A key of an academy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrustedKey {
    /// The key as a Multikey, `z6Mk…`.
    pub public_key_multibase: String,
    /// Since when it is the academy's.
    pub added: Ts,
    /// Since when it signs no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired: Option<Ts>,
    /// That it is in the wrong hands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compromised: Option<TrustedCompromise>,
}

/// That a key is in the wrong hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedCompromise {
    /// The earliest possible theft; since the key was added where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Ts>,
    /// When it was reported.
    pub reported: Ts,
}

/// Why a text is not a trust file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// Not JSON that is read here.
    #[error("not a trust file: {0}")]
    Json(#[from] json::Error),
    /// JSON of another shape.
    #[error("not a trust file: {0}")]
    Shape(String),
    /// A DID that is none, or occurs twice.
    #[error("the trust file's academy `{0}` is no DID, or occurs twice")]
    Did(String),
    /// A key that cannot be read.
    #[error("a key of {did} in the trust file cannot be read: {error}")]
    Key {
        /// Whose key.
        did: String,
        /// What is wrong with it.
        error: KeyError,
    },
}

impl TrustFile {
    /// A trust file of these academies.
    #[must_use]
    pub fn new(registry: &str, written: Ts, academies: Vec<TrustedAcademy>) -> Self {
        Self { r#type: TYPE.to_owned(), registry: registry.to_owned(), written, academies }
    }

    /// Reads a trust file.
    ///
    /// # Errors
    /// [`TrustError`], except for its keys, which [`Self::records`] reads.
    pub fn read(bytes: &[u8]) -> Result<Self, TrustError> {
        let value = json::parse(bytes, Limits::bytes(MAX_BYTES))?;
        let file: Self =
            serde_json::from_value(value).map_err(|error| TrustError::Shape(error.to_string()))?;
        if file.r#type != TYPE {
            return Err(TrustError::Shape(format!("its type must be {TYPE}")));
        }
        Ok(file)
    }

    /// The academies as the judge takes them.
    ///
    /// # Errors
    /// [`TrustError::Did`] or [`TrustError::Key`]; a file with a broken entry is not half trusted.
    pub fn records(&self) -> Result<Vec<IssuerRecord>, TrustError> {
        let mut records: Vec<IssuerRecord> = Vec::with_capacity(self.academies.len());
        let mut seen = std::collections::HashSet::new();
        for academy in &self.academies {
            if !did::is_did(&academy.did) || !seen.insert(&academy.did) {
                return Err(TrustError::Did(academy.did.clone()));
            }
            records.push(academy.record(&self.registry)?);
        }
        Ok(records)
    }
}

impl TrustedAcademy {
    fn record(&self, registry: &str) -> Result<IssuerRecord, TrustError> {
        let key = |key: &TrustedKey| -> Result<KeyRecord, TrustError> {
            let public = PublicKey::from_multibase(&key.public_key_multibase)
                .map_err(|error| TrustError::Key { did: self.did.clone(), error })?;
            let compromised = key.compromised.as_ref();
            Ok(KeyRecord {
                retired: key.retired,
                compromised: compromised
                    .map(|theft| Compromise { since: theft.since, reported: Some(theft.reported) }),
                ..KeyRecord::standing(&self.did, public, Some(key.added))
            })
        };
        let span = |span: &TrustedSpan| Span { from: span.from, until: span.until };
        Ok(IssuerRecord {
            did: self.did.clone(),
            name: Some(self.name.clone()),
            keys: self.keys.iter().map(key).collect::<Result<_, _>>()?,
            recognition: Recognition::Registry {
                name: registry.to_owned(),
                spans: self.recognised.iter().map(span).collect(),
            },
        })
    }
}
