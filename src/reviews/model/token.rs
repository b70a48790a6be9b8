//! The two secrets of a review: the invitation's token, which writes once, and the author's, which
//! belongs to whoever wrote.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::platform::id::Ids;
use crate::platform::vault::Vault;

const PREFIX: &str = "stp_rv_";
const AUTHOR_PREFIX: &str = "stp_au_";
const AUTHOR_DOMAIN: &str = "review author";

/// The token of an invitation: 256 random bits. It cannot be printed by accident and is wiped when
/// dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct InvitationToken(String);

impl InvitationToken {
    /// A fresh one.
    pub fn generate(ids: &Ids) -> Self {
        let mut bytes = ids.bytes::<32>();
        let text = format!("{PREFIX}{}", bs58::encode(&bytes).into_string());
        bytes.zeroize();
        Self(text)
    }

    /// Reads what a caller sent; `None` when it cannot be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.trim().strip_prefix(PREFIX)?;
        is_secret(rest).then(|| Self(text.trim().to_owned()))
    }

    /// The text, for the letter or the card it is for.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the database keeps: SHA-256 of the text.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// Whether `stored` is this token's hash, in a time that does not depend on where they differ.
    pub fn is(&self, stored: &[u8]) -> bool {
        self.hash().ct_eq(stored).into()
    }
}

impl fmt::Debug for InvitationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InvitationToken(…)")
    }
}

/// Whether a text can be 32 bytes in base 58.
fn is_secret(text: &str) -> bool {
    (40..=46).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The author's token of a review. It is made from the service's secret and not kept, so that it can be
/// told again in a later letter.
pub fn author_token(vault: &Vault, review: Uuid) -> String {
    let mark = vault.mark(AUTHOR_DOMAIN, review.as_bytes());
    format!("{AUTHOR_PREFIX}{}", bs58::encode(mark).into_string())
}

/// Whether a text is the author's token of a review, in a time that does not depend on where it differs.
pub fn is_author(vault: &Vault, review: Uuid, given: &str) -> bool {
    author_token(vault, review).as_bytes().ct_eq(given.trim().as_bytes()).into()
}
