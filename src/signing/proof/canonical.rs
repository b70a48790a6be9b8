//! The canonical form of a signed document, hashed with its proofs and without.

use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};

use crate::signing::jcs::{self, UnsafeInteger};
use crate::signing::json::{Members, Text};

/// The member that holds the proofs, and is not signed.
pub const PROOF: &str = "proof";

/// A document as signatures over its canonical JSON see it. Both hashes are made in one pass, when the first
/// of them is asked for: up to the proofs the two forms are the same.
#[derive(Clone, Debug)]
pub struct Canonical<'a> {
    document: &'a Members<'a>,
    text: Option<&'a Text<'a>>,
    hashes: OnceLock<Result<Hashes, UnsafeInteger>>,
}

#[derive(Clone, Copy, Debug)]
struct Hashes {
    whole: [u8; 32],
    unsigned: [u8; 32],
}

impl<'a> Canonical<'a> {
    /// A document whose canonical form has to be written.
    #[must_use]
    pub const fn of(document: &'a Members<'a>) -> Self {
        Self { document, text: None, hashes: OnceLock::new() }
    }

    /// A document read from a text with its proofs as the [member apart](crate::signing::json::read); where the
    /// text is its own canonical form, none is written. Nothing for a text that is no object.
    #[must_use]
    pub fn of_text(text: &'a Text<'a>) -> Option<Self> {
        Some(Self { document: text.tree.as_object()?, text: Some(text), hashes: OnceLock::new() })
    }

    /// The document.
    #[must_use]
    pub const fn document(&self) -> &'a Members<'a> {
        self.document
    }

    /// SHA-256 of the canonical form, proofs included.
    ///
    /// # Errors
    /// [`UnsafeInteger`], which a document read by the strict reader never has.
    pub fn whole(&self) -> Result<[u8; 32], UnsafeInteger> {
        self.hashes().map(|hashes| hashes.whole)
    }

    /// SHA-256 of the canonical form without the proofs: the second half of what `eddsa-jcs-2022` signs.
    ///
    /// # Errors
    /// [`UnsafeInteger`], which a document read by the strict reader never has.
    pub fn unsigned(&self) -> Result<[u8; 32], UnsafeInteger> {
        self.hashes().map(|hashes| hashes.unsigned)
    }

    fn hashes(&self) -> Result<Hashes, UnsafeInteger> {
        *self.hashes.get_or_init(|| match self.text.and_then(Text::canonical) {
            Some((text, cut)) => Ok(hash(text, cut)),
            None => jcs::to_vec_without(self.document, PROOF).map(|(text, cut)| hash(&text, cut)),
        })
    }
}

fn hash(text: &[u8], cut: std::ops::Range<usize>) -> Hashes {
    let (before, rest) = text.split_at(cut.start);
    let mut whole = Sha256::new();
    whole.update(before);
    let mut unsigned = whole.clone();
    whole.update(rest);
    unsigned.update(&rest[cut.len()..]);
    Hashes { whole: whole.finalize().into(), unsigned: unsigned.finalize().into() }
}
