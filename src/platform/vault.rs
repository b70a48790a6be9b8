//! Personal data at rest: sealed so that a copy of the database says nothing, and marked so that two
//! can be compared without being opened.
//!
//! Every use has a domain word of its own, and every sealed text says what it is about: moved to
//! another row it no longer opens. A sealed text is `version (1 byte) || nonce (12) || ciphertext and
//! tag` of ChaCha20-Poly1305 (RFC 8439), its key HMAC-SHA-256 of the domain under the service's secret.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::id::Ids;

const VERSION: u8 = 1;
const SEAL: &[u8] = b"stipple seal\0";
const MARK: &[u8] = b"stipple mark\0";

/// A text about a person. It cannot be printed by accident and is wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Private(String);

impl Private {
    /// Wraps a text.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(private)")
    }
}

/// Seals, opens and marks what is private. Clones share the service's secret.
#[derive(Clone)]
pub struct Vault(Hmac<Sha256>);

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(secret)")
    }
}

impl Vault {
    /// A vault under the service's secret.
    ///
    /// # Panics
    /// Never: HMAC takes keys of any length.
    pub fn new(secret: &str) -> Self {
        Self(Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length"))
    }

    /// Seals bytes of a domain; only a text that is about the same thing opens them again.
    ///
    /// # Panics
    /// Never: what is sealed here is far below the cipher's limit of 256 GiB.
    pub fn seal(&self, ids: &Ids, domain: &str, about: &[u8], clear: &[u8]) -> Vec<u8> {
        let nonce = ids.bytes::<NONCE_LEN>();
        let mut inner = clear.to_vec();
        self.cipher(domain)
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(about), &mut inner)
            .expect("what is sealed is short");
        let mut sealed = vec![VERSION];
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&inner);
        sealed
    }

    /// Opens what was sealed in this domain about this thing; `None` for anything else.
    pub fn open(&self, domain: &str, about: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (version, rest) = sealed.split_first()?;
        let (nonce, inner) = rest.split_at_checked(NONCE_LEN)?;
        if *version != VERSION {
            return None;
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut inner = Zeroizing::new(inner.to_vec());
        let length = self.cipher(domain).open_in_place(nonce, Aad::from(about), &mut inner).ok()?.len();
        inner.truncate(length);
        Some(inner)
    }

    /// [`Vault::seal`] for a text.
    pub fn seal_text(&self, ids: &Ids, domain: &str, about: &[u8], clear: &Private) -> Vec<u8> {
        self.seal(ids, domain, about, clear.reveal().as_bytes())
    }

    /// [`Vault::open`] for a text.
    pub fn open_text(&self, domain: &str, about: &[u8], sealed: &[u8]) -> Option<Private> {
        let clear = self.open(domain, about, sealed)?;
        std::str::from_utf8(&clear).ok().map(|text| Private::new(text.to_owned()))
    }

    /// What stands for bytes of a domain: the same for the same bytes, and nobody without the service's
    /// secret can tell of which, or make one.
    pub fn mark(&self, domain: &str, bytes: &[u8]) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(MARK);
        mac.update(&(domain.len() as u64).to_be_bytes());
        mac.update(domain.as_bytes());
        mac.update(bytes);
        mac.finalize().into_bytes().into()
    }

    /// Whether `given` is the mark of these bytes, in a time that does not depend on where they differ.
    pub fn is_mark(&self, domain: &str, bytes: &[u8], given: &[u8]) -> bool {
        self.mark(domain, bytes).ct_eq(given).into()
    }

    fn cipher(&self, domain: &str) -> LessSafeKey {
        let mut mac = self.0.clone();
        mac.update(SEAL);
        mac.update(domain.as_bytes());
        let key: Zeroizing<[u8; 32]> = Zeroizing::new(mac.finalize().into_bytes().into());
        let key = UnboundKey::new(&CHACHA20_POLY1305, key.as_slice()).expect("the cipher takes 32 bytes");
        LessSafeKey::new(key)
    }
}
