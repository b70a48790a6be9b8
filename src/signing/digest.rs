//! Content hashes: SHA-256 of a canonical form, as hex and as a multibase multihash.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::base58;
use super::jcs::{self, UnsafeInteger};

/// The multihash prefix of a SHA-256 digest: code 0x12, 32 bytes.
const SHA2_256: [u8; 2] = [0x12, 0x20];

/// A SHA-256 digest. Written as 64 lower-case hexadecimal characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of bytes.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of the canonical form (RFC 8785) of a value: what names a course version, and
    /// what stands for a certificate in the log.
    ///
    /// # Errors
    /// [`UnsafeInteger`], which a value read by [`super::json::parse`] never has.
    pub fn of_json(value: &Value) -> Result<Self, UnsafeInteger> {
        jcs::to_vec(value).map(|bytes| Self::of_bytes(&bytes))
    }

    /// A digest from its 64 lower-case hexadecimal characters.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let text: &[u8; 64] = text.as_bytes().try_into().ok()?;
        let mut digest = [0; 32];
        for (byte, pair) in digest.iter_mut().zip(text.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Some(Self(digest))
    }

    /// The digest as `u` and the base64url of its multihash: the form of `digestMultibase`
    /// (Controlled Identifiers 1.0 sections 2.4 and 2.5).
    #[must_use]
    pub fn to_multibase(self) -> String {
        let mut out = String::with_capacity(47);
        out.push('u');
        URL_SAFE_NO_PAD.encode_string([&SHA2_256[..], &self.0].concat(), &mut out);
        out
    }

    /// A digest from its `digestMultibase`: `u` (base64url without padding) or `z` (base58btc),
    /// and a SHA-256 multihash.
    #[must_use]
    pub fn from_multibase(text: &str) -> Option<Self> {
        // 34 bytes are 46 characters of base64; a longer text does not fit the buffer.
        let mut buffer = [0; 48];
        let decoded;
        let bytes = match text.split_at_checked(1)? {
            ("u", rest) => {
                let len = URL_SAFE_NO_PAD.decode_slice(rest, &mut buffer).ok()?;
                buffer.get(..len)?
            }
            ("z", rest) => {
                decoded = base58::decode::<34>(rest).ok()?;
                &decoded[..]
            }
            _ => return None,
        };
        let digest = bytes.strip_prefix(&SHA2_256)?;
        digest.try_into().ok().map(Self)
    }
}

fn nibble(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}
