//! Data Integrity proofs (VC Data Integrity 1.0) with the suite `eddsa-jcs-2022` (section 3.3 of
//! its own specification): made, read, and verified.
//!
//! What is signed is 64 bytes: the SHA-256 of the canonical proof options, then the SHA-256 of the
//! canonical document without its proofs. Both are canonicalised as they lie, without a copy.
//! `eddsa-rdfc-2022` is known by name and not checked here; a document with such a proof is never
//! called wholly verified.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::jcs::{self, Edit};
use super::keys::{PublicKey, Signature, SigningKey};
use super::stamp::Stamp;

/// The most proofs a document may carry.
pub const MAX_PROOFS: usize = 8;

const TYPE: &str = "DataIntegrityProof";

/// A way of making proofs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// JCS and Ed25519; made and verified here.
    EddsaJcs2022,
    /// RDF canonicalisation and Ed25519; known, and not verified here.
    EddsaRdfc2022,
    /// Any other; not verified here.
    Other,
}

impl Suite {
    fn of(name: &str) -> Self {
        match name {
            "eddsa-jcs-2022" => Self::EddsaJcs2022,
            "eddsa-rdfc-2022" => Self::EddsaRdfc2022,
            _ => Self::Other,
        }
    }
}

/// What a proof is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Credentials.
    AssertionMethod,
    /// Presentations.
    Authentication,
}

impl Purpose {
    /// The word in `proofPurpose`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AssertionMethod => "assertionMethod",
            Self::Authentication => "authentication",
        }
    }
}

/// What a proof must be verified against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expect {
    /// The purpose every proof must have.
    pub purpose: Purpose,
    /// How the contexts of document and proof must agree.
    pub context: ContextRule,
}

impl Expect {
    /// A certificate, by our own rule: the contexts are the same.
    pub const CERTIFICATE: Self = Self { purpose: Purpose::AssertionMethod, context: ContextRule::Same };
}

/// How `document.@context` and `proof.@context` must agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextRule {
    /// They are equal. What was added to a document after it was signed is thereby seen.
    Same,
    /// The document's starts with the proof's, if the proof has one: the rule of the suite itself
    /// (section 3.3.2), by which anybody may add contexts.
    StartsWith,
}

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// It has a proof already.
    #[error("the document has a proof already")]
    HasProof,
    /// The time of signing is no `dateTimeStamp`.
    #[error("the time of signing is not a dateTimeStamp")]
    Created,
    /// It holds a number without a canonical form.
    #[error(transparent)]
    Number(#[from] jcs::UnsafeInteger),
}

/// Signs a document with `eddsa-jcs-2022` and puts the proof in, as an array of one.
///
/// # Errors
/// [`SignError`]; the document is then as it was.
pub fn sign(
    document: &mut Map<String, Value>,
    key: &SigningKey,
    options: Options<'_>,
) -> Result<(), SignError> {
    if document.contains_key("proof") {
        return Err(SignError::HasProof);
    }
    Stamp::parse(options.created).map_err(|_| SignError::Created)?;
    let mut proof = Map::new();
    let mut put = |name: &str, value: &str| proof.insert(name.to_owned(), value.into());
    put("type", TYPE);
    put("cryptosuite", "eddsa-jcs-2022");
    put("created", options.created);
    put("verificationMethod", options.method);
    put("proofPurpose", options.purpose.as_str());
    if let Some(context) = document.get("@context") {
        proof.insert("@context".to_owned(), context.clone());
    }
    let mut scratch = Vec::with_capacity(4096);
    let mut message = [0; 64];
    message[..32].copy_from_slice(&hash(&proof, Edit::NONE, &mut scratch)?);
    message[32..].copy_from_slice(&hash(document, Edit::NONE, &mut scratch)?);
    let signature = key.sign(&message).to_multibase();
    proof.insert("proofValue".to_owned(), Value::String(signature));
    document.insert("proof".to_owned(), Value::Array(vec![Value::Object(proof)]));
    Ok(())
}

fn hash(
    members: &Map<String, Value>,
    edit: Edit<'_>,
    scratch: &mut Vec<u8>,
) -> Result<[u8; 32], jcs::UnsafeInteger> {
    scratch.clear();
    jcs::write_object(members, edit, scratch)?;
    Ok(Sha256::digest(&*scratch).into())
}

/// One proof of a document, read and not yet verified.
#[derive(Clone, Debug)]
pub struct Proof<'a> {
    members: &'a Map<String, Value>,
    /// The suite.
    pub suite: Suite,
    /// The suite's name as written.
    pub suite_name: &'a str,
    /// The verification method.
    pub method: &'a str,
    /// `proofPurpose`.
    pub purpose: &'a str,
    /// `created`, where there is one.
    pub created: Option<Stamp>,
    /// `expires`, where there is one: the proof is no good after it.
    pub expires: Option<Stamp>,
    previous: Vec<&'a str>,
    signature: Option<Signature>,
}

/// What is wrong with the form of a proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail} (at {pointer})")]
pub struct ProofError {
    /// The JSON pointer into the document.
    pub pointer: String,
    /// A stable word for what is wrong.
    pub code: &'static str,
    /// What is wrong and what would be right.
    pub detail: &'static str,
}

fn fault<T>(pointer: String, code: &'static str, detail: &'static str) -> Result<T, ProofError> {
    Err(ProofError { pointer, code, detail })
}

/// Reads the proofs of a document: one object, or an array of them.
///
/// # Errors
/// The first thing that is wrong with the form of a proof. A document without a proof is wrong.
pub fn read(document: &Map<String, Value>) -> Result<Vec<Proof<'_>>, ProofError> {
    let pointer = || "/proof".to_owned();
    match document.get("proof") {
        None => fault(pointer(), "required", "there is no proof: nobody has signed this"),
        Some(one @ Value::Object(_)) => Ok(vec![Proof::read(one, pointer())?]),
        Some(Value::Array(items)) if items.is_empty() => {
            fault(pointer(), "required", "there is no proof: nobody has signed this")
        }
        Some(Value::Array(items)) if items.len() > MAX_PROOFS => {
            fault(pointer(), "too-many", "there are more than 8 proofs")
        }
        Some(Value::Array(items)) => {
            let mut proofs = Vec::with_capacity(items.len());
            for (at, item) in items.iter().enumerate() {
                if items[..at].contains(item) {
                    return fault(format!("/proof/{at}"), "duplicate", "this proof occurs twice");
                }
                proofs.push(Proof::read(item, format!("/proof/{at}"))?);
            }
            Ok(proofs)
        }
        Some(_) => fault(pointer(), "type", "it must be an object or an array of objects"),
    }
}

impl<'a> Proof<'a> {
    fn read(value: &'a Value, pointer: String) -> Result<Self, ProofError> {
        let Some(members) = value.as_object() else {
            return fault(pointer, "type", "a proof must be an object");
        };
        let at = |name: &str| format!("{pointer}/{name}");
        let text = |name: &str| match members.get(name) {
            Some(Value::String(text)) => Ok(text.as_str()),
            Some(_) => fault(at(name), "type", "it must be a string"),
            None => fault(at(name), "required", "a proof needs this member"),
        };
        if text("type")? != TYPE {
            return fault(at("type"), "unknown-value", "it must be DataIntegrityProof");
        }
        let time = |name: &str| match members.get(name) {
            None => Ok(None),
            Some(time) => match time.as_str().map(Stamp::parse) {
                Some(Ok(stamp)) => Ok(Some(stamp)),
                _ => fault(at(name), "date-time", "it must be like 2026-03-01T09:30:00Z"),
            },
        };
        let suite_name = text("cryptosuite")?;
        let suite = Suite::of(suite_name);
        let value = text("proofValue")?;
        let signature = match suite {
            Suite::Other => None,
            Suite::EddsaJcs2022 | Suite::EddsaRdfc2022 => {
                let signature = Signature::from_multibase(value).ok();
                if signature.is_none() {
                    let detail = "it must be z followed by base58btc of 64 bytes";
                    return fault(at("proofValue"), "signature-form", detail);
                }
                signature
            }
        };
        if matches!(members.get("id"), Some(id) if !id.is_string()) {
            return fault(at("id"), "type", "it must be a string");
        }
        Ok(Self {
            members,
            suite,
            suite_name,
            method: text("verificationMethod")?,
            purpose: text("proofPurpose")?,
            created: time("created")?,
            expires: time("expires")?,
            previous: previous(members, &at)?,
            signature,
        })
    }
}

fn previous<'a>(
    members: &'a Map<String, Value>,
    at: &dyn Fn(&str) -> String,
) -> Result<Vec<&'a str>, ProofError> {
    let name = "previousProof";
    let wrong = || fault(at(name), "type", "it must be the id of a proof, or an array of them");
    match members.get(name) {
        None => Ok(Vec::new()),
        Some(Value::String(id)) => Ok(vec![id.as_str()]),
        Some(Value::Array(ids)) if !ids.is_empty() && ids.len() <= MAX_PROOFS => {
            let ids: Option<Vec<&str>> = ids.iter().map(Value::as_str).collect();
            ids.map_or_else(wrong, Ok)
        }
        Some(_) => wrong(),
    }
}

/// A document whose proofs were verified. Only [`verify`] makes one.
#[derive(Clone, Debug)]
pub struct Verified<'a> {
    document: &'a Map<String, Value>,
    checked: Vec<Proof<'a>>,
    not_checked: Vec<Proof<'a>>,
}

impl<'a> Verified<'a> {
    /// The document, proofs included.
    #[must_use]
    pub fn document(&self) -> &'a Map<String, Value> {
        self.document
    }

    /// The proofs that were verified; at least one.
    #[must_use]
    pub fn checked(&self) -> &[Proof<'a>] {
        &self.checked
    }

    /// The proofs of suites that are not verified here. While there is one, nobody can say that
    /// the document is as it was signed in every respect.
    #[must_use]
    pub fn not_checked(&self) -> &[Proof<'a>] {
        &self.not_checked
    }
}

/// Why a document is not verified. The worst reason among its proofs is the one that is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Refusal {
    /// No proof is of a suite that is verified here.
    #[error("no proof is of a kind that is checked here")]
    NothingChecked,
    /// The key is not known.
    #[error("the key that is named is not known")]
    UnknownKey,
    /// The proof is for another purpose.
    #[error("the proof was made for another purpose")]
    Purpose,
    /// `previousProof` names a proof that is not there, or itself.
    #[error("the proof builds on another proof that is not there")]
    PreviousProof,
    /// The contexts of document and proof do not agree.
    #[error("the document's contexts are not those that were signed")]
    Context,
    /// The signature is not this key's on this document.
    #[error("the signature does not fit: this is not what was signed with that key")]
    Signature,
}

/// Verifies every proof of a document that is of a suite known here.
///
/// `proofs` are those [`read`] found in `document`; `key` answers the key of a verification
/// method, if it is known and may be used for the purpose.
///
/// # Errors
/// [`Refusal`], where one proof does not verify or none could be tried.
pub fn verify<'a, 'k>(
    document: &'a Map<String, Value>,
    proofs: Vec<Proof<'a>>,
    expect: Expect,
    key: impl Fn(&str) -> Option<&'k PublicKey>,
) -> Result<Verified<'a>, Refusal> {
    let mut scratch = Vec::with_capacity(4096);
    // The hash of the document without its proofs, which all proofs of a set share.
    let mut plain = None;
    let mut worst = None;
    for proof in &proofs {
        if let Err(refusal) = verify_one(document, proof, &proofs, expect, &key, &mut plain, &mut scratch) {
            worst = worst.max(Some(refusal));
        }
    }
    if let Some(refusal) = worst {
        return Err(refusal);
    }
    let (checked, not_checked): (Vec<_>, Vec<_>) =
        proofs.into_iter().partition(|proof| proof.suite == Suite::EddsaJcs2022);
    if checked.is_empty() {
        return Err(Refusal::NothingChecked);
    }
    Ok(Verified { document, checked, not_checked })
}

fn verify_one<'k>(
    document: &Map<String, Value>,
    proof: &Proof<'_>,
    all: &[Proof<'_>],
    expect: Expect,
    key: &impl Fn(&str) -> Option<&'k PublicKey>,
    plain: &mut Option<[u8; 32]>,
    scratch: &mut Vec<u8>,
) -> Result<(), Refusal> {
    let (Suite::EddsaJcs2022, Some(signature)) = (proof.suite, &proof.signature) else {
        return Ok(());
    };
    if proof.purpose != expect.purpose.as_str() {
        return Err(Refusal::Purpose);
    }
    let replaced = context(document, proof, expect.context)?;
    let key = key(proof.method).ok_or(Refusal::UnknownKey)?;
    let chained = chained(proof, all)?;
    let edit = Edit {
        omit: chained.is_none().then_some("proof"),
        replace: chained.as_ref().map(|chain| ("proof", chain)).or(replaced),
    };
    let unsafe_number = |_| Refusal::Signature;
    let document_hash = match (edit.replace, *plain) {
        (None, Some(hash)) => hash,
        (None, None) => {
            let computed = hash(document, edit, scratch).map_err(unsafe_number)?;
            *plain.insert(computed)
        }
        // A chain under a replaced context needs both changes; only then is the document copied.
        (Some(_), _) if chained.is_some() && replaced.is_some() => {
            let mut copy = document.clone();
            if let (Some(chain), Some((name, context))) = (chained.clone(), replaced) {
                copy.insert("proof".to_owned(), chain);
                copy.insert(name.to_owned(), context.clone());
            }
            hash(&copy, Edit::NONE, scratch).map_err(unsafe_number)?
        }
        (Some(_), _) => hash(document, edit, scratch).map_err(unsafe_number)?,
    };
    let options = Edit { omit: Some("proofValue"), replace: None };
    let mut message = [0; 64];
    message[..32].copy_from_slice(&hash(proof.members, options, scratch).map_err(unsafe_number)?);
    message[32..].copy_from_slice(&document_hash);
    if key.verifies(&message, signature) { Ok(()) } else { Err(Refusal::Signature) }
}

/// Compares the contexts, and answers the one to sign under where it is not the document's own.
fn context<'a>(
    document: &Map<String, Value>,
    proof: &Proof<'a>,
    rule: ContextRule,
) -> Result<Option<(&'static str, &'a Value)>, Refusal> {
    const NAME: &str = "@context";
    let of_document = document.get(NAME);
    let of_proof = proof.members.get(NAME);
    if of_document == of_proof {
        return Ok(None);
    }
    match (rule, of_document, of_proof) {
        (ContextRule::StartsWith, _, None) => Ok(None),
        (ContextRule::StartsWith, Some(document), Some(proof))
            if entries(document).starts_with(entries(proof)) =>
        {
            Ok(Some((NAME, proof)))
        }
        _ => Err(Refusal::Context),
    }
}

fn entries(context: &Value) -> &[Value] {
    match context {
        Value::Array(entries) => entries,
        one => std::slice::from_ref(one),
    }
}

/// The array of earlier proofs that a proof in a chain was made over.
fn chained(proof: &Proof<'_>, all: &[Proof<'_>]) -> Result<Option<Value>, Refusal> {
    if proof.previous.is_empty() {
        return Ok(None);
    }
    let earlier = |id: &&str| {
        all.iter()
            .find(|other| {
                !std::ptr::eq(other.members, proof.members)
                    && other.members.get("id").and_then(Value::as_str) == Some(*id)
            })
            .map(|other| Value::Object(other.members.clone()))
    };
    let chain: Option<Vec<Value>> = proof.previous.iter().map(earlier).collect();
    chain.map(|chain| Some(Value::Array(chain))).ok_or(Refusal::PreviousProof)
}
