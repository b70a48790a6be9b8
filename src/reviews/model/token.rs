//! The two secrets of a review: the invitation's token, which writes once, and the author's, which
//! belongs to whoever wrote.

use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::platform::token::{Purpose, Token};
use crate::platform::vault::Vault;

const AUTHOR_PREFIX: &str = "stp_au_";
const AUTHOR_DOMAIN: &str = "review author";

/// What an invitation's token is for.
#[derive(Debug)]
pub struct Inviting;

impl Purpose for Inviting {
    const PREFIXES: &'static [&'static str] = &["stp_rv_"];
}

/// The token of an invitation.
pub type InvitationToken = Token<Inviting>;

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
