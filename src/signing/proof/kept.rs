//! Verifying again what was verified when it was taken in.

use super::{Canonical, Expect, Refusal, Suite, read, verify};
use crate::signing::digest::Digest;
use crate::signing::json;
use crate::signing::keys::PublicKey;

/// Why a document is not what was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAsKept {
    /// The text has another digest.
    #[error("its bytes are not those that were taken in")]
    Changed,
    /// It has no proof of `eddsa-jcs-2022`.
    #[error("it has no proof over its canonical form")]
    NoProof,
    /// The proof does not fit.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Verifies the `eddsa-jcs-2022` proof of a document from the canonical text it is kept as.
///
/// The document was read strictly and verified in every respect when it was taken in. That the text still has the
/// digest of then makes it that document; so only what the proof needs is read again. A text that is kept in
/// another form than the canonical one has another digest.
///
/// # Errors
/// [`NotAsKept`].
pub fn verify_kept<'k>(
    text: &[u8],
    digest: Digest,
    expect: Expect,
    key: impl Fn(&str) -> Option<&'k PublicKey>,
) -> Result<(), NotAsKept> {
    let text = json::skim(text, &["\"@context\":", "\"proof\":"]).ok_or(NotAsKept::Changed)?;
    let canonical = Canonical::of_text(&text).ok_or(NotAsKept::Changed)?;
    if canonical.whole() != Ok(digest.0) {
        return Err(NotAsKept::Changed);
    }
    let mut proofs = read(canonical.document()).map_err(|_| NotAsKept::NoProof)?;
    proofs.retain(|proof| proof.suite == Suite::EddsaJcs2022);
    if proofs.is_empty() {
        return Err(NotAsKept::NoProof);
    }
    verify(&canonical, &proofs, expect, key)?;
    Ok(())
}
