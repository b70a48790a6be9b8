//! Making proofs.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::{Purpose, Suite, TYPE};
use crate::signing::jcs::{self, Edit};
use crate::signing::json::Members;
use crate::signing::jsonld::{self, JsonLdError};
use crate::signing::keys::SigningKey;
use crate::signing::rdf::canon::{self, CanonError, Limits};
use crate::signing::stamp::Stamp;

/// What [`sign`] puts in a proof besides what the document gives.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The verification method, `<did>#<publicKeyMultibase>`.
    pub method: &'a str,
    /// What the proof is for.
    pub purpose: Purpose,
    /// When the signer says it signed, as a `dateTimeStamp`; no evidence of time.
    pub created: &'a str,
}

/// Why a document cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// It has a proof already.
    #[error("the document has a proof already")]
    HasProof,
    /// The time of signing is no `dateTimeStamp`.
    #[error("the time of signing is not a dateTimeStamp")]
    Created,
    /// The suite is none that proofs are made of here.
    #[error("proofs of this kind are not made here")]
    Suite,
    /// It holds a number without a canonical form.
    #[error(transparent)]
    Number(#[from] jcs::UnsafeInteger),
    /// Its statements cannot be signed.
    #[error(transparent)]
    Statements(#[from] StatementsError),
}

/// Signs a document with each of the suites and puts the proofs in, as an array: a set, each of which can be
/// verified without the others.
///
/// # Errors
/// [`SignError`]; the document is then as it was.
pub fn sign(
    document: &mut Map<String, Value>,
    key: &SigningKey,
    suites: &[Suite],
    options: Options<'_>,
) -> Result<(), SignError> {
    if document.contains_key("proof") {
        return Err(SignError::HasProof);
    }
    Stamp::parse(options.created).map_err(|_| SignError::Created)?;
    let proofs: Result<Vec<Value>, SignError> =
        suites.iter().map(|suite| prove(document, key, *suite, options).map(Value::Object)).collect();
    document.insert("proof".to_owned(), Value::Array(proofs?));
    Ok(())
}

fn prove(
    document: &Map<String, Value>,
    key: &SigningKey,
    suite: Suite,
    options: Options<'_>,
) -> Result<Map<String, Value>, SignError> {
    let mut proof = Map::new();
    let mut put = |name: &str, value: &str| proof.insert(name.to_owned(), value.into());
    put("type", TYPE);
    put("cryptosuite", suite.as_str());
    put("created", options.created);
    put("verificationMethod", options.method);
    put("proofPurpose", options.purpose.as_str());
    let context = document.get("@context");
    let [of_options, of_document] = match suite {
        Suite::EddsaJcs2022 => {
            if let Some(context) = context {
                proof.insert("@context".to_owned(), context.clone());
            }
            let mut scratch = Vec::with_capacity(4096);
            [
                hash_json(&Members::of(&proof), Edit::NONE, &mut scratch)?,
                hash_json(&Members::of(document), Edit::NONE, &mut scratch)?,
            ]
        }
        Suite::EddsaRdfc2022 => {
            [hash_statements(&proof, &[], context)?, hash_statements(document, &[], None)?]
        }
        Suite::Other => return Err(SignError::Suite),
    };
    let signature = key.sign(&message(of_options, of_document)).to_multibase();
    proof.insert("proofValue".to_owned(), Value::String(signature));
    Ok(proof)
}

/// What is signed: the hash of the options, then that of the document.
pub(super) fn message(of_options: [u8; 32], of_document: [u8; 32]) -> [u8; 64] {
    let mut message = [0; 64];
    message[..32].copy_from_slice(&of_options);
    message[32..].copy_from_slice(&of_document);
    message
}

/// The hash of the canonical JSON of an object, changed by `edit`.
pub(super) fn hash_json(
    members: &Members<'_>,
    edit: Edit<'_>,
    scratch: &mut Vec<u8>,
) -> Result<[u8; 32], jcs::UnsafeInteger> {
    scratch.clear();
    jcs::write_object(members, edit, scratch)?;
    Ok(Sha256::digest(&*scratch).into())
}

/// Why statements have no hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementsError {
    /// They cannot be read, or not all of what is said would become one.
    #[error(transparent)]
    JsonLd(#[from] JsonLdError),
    /// They have no canonical form that could be found.
    #[error(transparent)]
    Canon(#[from] CanonError),
}

/// The hash of the canonical statements of an object, without the members that are left out.
pub(super) fn hash_statements(
    members: &Map<String, Value>,
    omit: &[&str],
    context: Option<&Value>,
) -> Result<[u8; 32], StatementsError> {
    let dataset = jsonld::to_rdf(members, omit, context)?;
    let canonical = canon::canonicalize(&dataset, Limits::CREDENTIAL)?;
    Ok(Sha256::digest(canonical.text).into())
}
