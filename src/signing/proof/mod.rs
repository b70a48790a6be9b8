//! Data Integrity proofs (VC Data Integrity 1.0) with the suites `eddsa-jcs-2022` and `eddsa-rdfc-2022`
//! (sections 3.3 and 3.2 of "Data Integrity `EdDSA` Cryptosuites 1.0"): read here, made in [`make`], verified in
//! [`verify`](mod@verify).
//!
//! What is signed is 64 bytes: the SHA-256 of the canonical proof options, then the SHA-256 of the canonical
//! document without its proofs. The one suite canonicalises the JSON (RFC 8785), the other the statements the
//! JSON makes (RDFC-1.0). Both take document and options as they lie, without a copy.
//!
//! Several proofs are a set, each over the document without proofs, or a chain, where one names those it was made
//! over in `previousProof`.

mod canonical;
mod kept;
mod make;
mod verify;

pub use canonical::{Canonical, PROOF};
pub use kept::{NotAsKept, verify_kept};
pub use make::{Options, SignError, sign};
pub use verify::{Refusal, Verified, verify};

use super::json::{Members, Tree};
use super::keys::Signature;
use super::stamp::Stamp;

/// The most proofs a document may carry.
pub const MAX_PROOFS: usize = 8;

const TYPE: &str = "DataIntegrityProof";

/// A way of making proofs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// Canonical JSON and Ed25519.
    EddsaJcs2022,
    /// Canonical statements and Ed25519.
    EddsaRdfc2022,
    /// Any other; not verified here.
    Other,
}

impl Suite {
    /// The suites that are made and verified here; a certificate of ours has a proof of each.
    pub const BOTH: [Self; 2] = [Self::EddsaRdfc2022, Self::EddsaJcs2022];

    /// The word in `cryptosuite`; empty for any other.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EddsaJcs2022 => "eddsa-jcs-2022",
            Self::EddsaRdfc2022 => "eddsa-rdfc-2022",
            Self::Other => "",
        }
    }

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

/// One proof of a document, read and not yet verified.
#[derive(Clone, Debug)]
pub struct Proof<'a> {
    members: &'a Members<'a>,
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
pub fn read<'a>(document: &'a Members<'a>) -> Result<Vec<Proof<'a>>, ProofError> {
    let pointer = || "/proof".to_owned();
    match document.get("proof") {
        None => fault(pointer(), "required", "there is no proof: nobody has signed this"),
        Some(one @ Tree::Object(_)) => Ok(vec![Proof::read(one, pointer())?]),
        Some(Tree::Array(items)) if items.is_empty() => {
            fault(pointer(), "required", "there is no proof: nobody has signed this")
        }
        Some(Tree::Array(items)) if items.len() > MAX_PROOFS => {
            fault(pointer(), "too-many", "there are more than 8 proofs")
        }
        Some(Tree::Array(items)) => {
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
    fn read(value: &'a Tree<'a>, pointer: String) -> Result<Self, ProofError> {
        let Some(members) = value.as_object() else {
            return fault(pointer, "type", "a proof must be an object");
        };
        let at = |name: &str| format!("{pointer}/{name}");
        let text = |name: &str| match members.get(name) {
            Some(Tree::String(text)) => Ok(text.as_ref()),
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
        if matches!(members.get("id"), Some(id) if id.as_str().is_none()) {
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

fn previous<'a>(members: &'a Members<'a>, at: &dyn Fn(&str) -> String) -> Result<Vec<&'a str>, ProofError> {
    let name = "previousProof";
    let wrong = || fault(at(name), "type", "it must be the id of a proof, or an array of them");
    match members.get(name) {
        None => Ok(Vec::new()),
        Some(Tree::String(id)) => Ok(vec![id.as_ref()]),
        Some(Tree::Array(ids)) if !ids.is_empty() && ids.len() <= MAX_PROOFS => {
            let ids: Option<Vec<&str>> = ids.iter().map(Tree::as_str).collect();
            ids.map_or_else(wrong, Ok)
        }
        Some(_) => wrong(),
    }
}
