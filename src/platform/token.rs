//! Texts that let whoever holds them do something: 256 random bits behind a prefix that says what they are
//! for. The database keeps their hash alone.

use std::fmt;
use std::marker::PhantomData;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::id::Ids;

/// What a token is for.
pub trait Purpose {
    /// What tokens for it may begin with.
    const PREFIXES: &'static [&'static str];
}

/// A token. It cannot be printed by accident and is wiped when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Token<P> {
    text: String,
    #[zeroize(skip)]
    purpose: PhantomData<fn() -> P>,
}

impl<P: Purpose> Token<P> {
    /// A fresh one, with the first prefix of its purpose.
    pub fn generate(ids: &Ids) -> Self {
        Self::with_prefix(ids, P::PREFIXES.first().copied().unwrap_or_default())
    }

    /// A fresh one with this prefix of its purpose.
    pub fn with_prefix(ids: &Ids, prefix: &str) -> Self {
        debug_assert!(P::PREFIXES.contains(&prefix), "a prefix of the purpose");
        let mut bytes = ids.bytes::<32>();
        let text = format!("{prefix}{}", bs58::encode(&bytes).into_string());
        bytes.zeroize();
        Self { text, purpose: PhantomData }
    }

    /// Reads what a caller sent; `None` when it cannot be one of ours for this.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = P::PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix))?;
        // 32 bytes in base 58.
        let plausible =
            (40..=46).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
        plausible.then(|| Self { text: text.to_owned(), purpose: PhantomData })
    }

    /// The text, for the one place that shows it to the person it was made for.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// What the database keeps: SHA-256 of the text.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.text.as_bytes()).into()
    }

    /// Whether `stored` is this token's hash, in a time that does not depend on where they differ.
    pub fn is(&self, stored: &[u8]) -> bool {
        self.hash().ct_eq(stored).into()
    }

    /// Its first letters: enough to tell it from another in a list, far too little to use.
    pub fn hint(&self, letters: usize) -> String {
        format!("{}…", self.text.get(..letters.min(self.text.len())).unwrap_or_default())
    }
}

impl<P> Clone for Token<P> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), purpose: PhantomData }
    }
}

impl<P> fmt::Debug for Token<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}
