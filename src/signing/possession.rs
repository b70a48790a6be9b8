//! Proof of possession: that whoever registers a public key for a DID holds its secret half.
//!
//! What is signed is the canonical JSON (RFC 8785) of
//! `{"challenge", "did", "publicKeyMultibase", "purpose"}`, with the purpose
//! [`PURPOSE`]. It always exceeds 64 bytes, so it can never be the 64 bytes of hashes that a Data
//! Integrity proof signs, nor the other way round. The challenge comes from whoever asks.

use serde_json::json;

use super::jcs;
use super::keys::{PublicKey, Signature, SigningKey};

/// The purpose named in every statement of possession.
pub const PURPOSE: &str = "stipple-key-possession-v1";

/// The fewest characters a challenge may have: enough for 96 random bits.
pub const CHALLENGE_MIN: usize = 16;
/// The most characters a challenge may have.
pub const CHALLENGE_MAX: usize = 256;

/// Why a proof of possession is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PossessionError {
    /// The challenge is too short, too long, or not printable ASCII.
    #[error("a challenge is 16 to 256 printable ASCII characters without spaces")]
    Challenge,
    /// The proof is not `z` and base58btc of 64 bytes.
    #[error("the proof must be z followed by base58btc of 64 bytes")]
    Form,
    /// The signature is not this key's on this statement.
    #[error(
        "the proof is not this key's for this DID and challenge: sign the challenge again with `stipple key prove`"
    )]
    Signature,
}

fn statement(did: &str, key: &PublicKey, challenge: &str) -> Result<Vec<u8>, PossessionError> {
    let fits = (CHALLENGE_MIN..=CHALLENGE_MAX).contains(&challenge.len());
    if !fits || !challenge.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(PossessionError::Challenge);
    }
    let value = json!({
        "challenge": challenge,
        "did": did,
        "publicKeyMultibase": key.to_multibase(),
        "purpose": PURPOSE,
    });
    Ok(jcs::to_vec(&value).expect("an object of strings has a canonical form"))
}

/// Proves that `key` is held: the signature as `z` and base58btc.
///
/// # Errors
/// [`PossessionError::Challenge`].
pub fn prove(did: &str, key: &SigningKey, challenge: &str) -> Result<String, PossessionError> {
    let statement = statement(did, &key.public(), challenge)?;
    Ok(key.sign(&statement).to_multibase())
}

/// Checks a proof made by [`prove`].
///
/// # Errors
/// [`PossessionError`], saying what is wrong with it.
pub fn verify(did: &str, key: &PublicKey, challenge: &str, proof: &str) -> Result<(), PossessionError> {
    let statement = statement(did, key, challenge)?;
    let signature = Signature::from_multibase(proof).map_err(|_| PossessionError::Form)?;
    if key.verifies(&statement, &signature) { Ok(()) } else { Err(PossessionError::Signature) }
}
