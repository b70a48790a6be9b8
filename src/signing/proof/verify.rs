//! Verifying proofs.

use serde_json::{Map, Value};

use super::canonical::PROOF;
use super::make::{StatementsError, hash_json, hash_statements, message};
use super::{Canonical, ContextRule, Expect, Proof, Suite};
use crate::signing::jcs::Edit;
use crate::signing::json::{Members, Tree};
use crate::signing::jsonld::Problem;
use crate::signing::keys::{PublicKey, Signature};

/// A document whose proofs were verified. Only [`verify`] makes one.
#[derive(Clone, Debug)]
pub struct Verified<'p, 'a> {
    document: &'a Members<'a>,
    proofs: &'p [Proof<'a>],
}

impl<'p, 'a> Verified<'p, 'a> {
    /// The document, proofs included.
    #[must_use]
    pub fn document(&self) -> &'a Members<'a> {
        self.document
    }

    /// The proofs that were verified; at least one.
    pub fn checked(&self) -> impl Iterator<Item = &'p Proof<'a>> {
        self.proofs.iter().filter(|proof| proof.suite != Suite::Other)
    }

    /// The proofs of suites that are not verified here. While there is one, nobody can say that
    /// the document is as it was signed in every respect.
    pub fn not_checked(&self) -> impl Iterator<Item = &'p Proof<'a>> {
        self.proofs.iter().filter(|proof| proof.suite == Suite::Other)
    }
}

/// Why a document is not verified. The worst reason among its proofs is the one that is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Refusal {
    /// No proof is of a suite that is verified here.
    #[error("no proof is of a kind that is checked here")]
    NothingChecked,
    /// A proof covers statements that cannot be read here.
    #[error("what it states cannot be read here, so a signature over its statements cannot be checked")]
    NotRead,
    /// The key is not known.
    #[error("the key that is named is not known")]
    UnknownKey,
    /// The proof is for another purpose.
    #[error("the proof was made for another purpose")]
    Purpose,
    /// `previousProof` names a proof that is not there, or itself.
    #[error("the proof builds on another proof that is not there")]
    PreviousProof,
    /// A proof covers statements, and what the document says would not all become one.
    #[error("it says things that no signature over statements covers")]
    DataLoss,
    /// The contexts of document and proof do not agree.
    #[error("the document's contexts are not those that were signed")]
    Context,
    /// The signature is not this key's on this document.
    #[error("the signature does not fit: this is not what was signed with that key")]
    Signature,
}

/// Verifies every proof of a document that is of a suite known here.
///
/// `proofs` are those [`read`](super::read) found in `document`; `key` answers the key of a verification
/// method, if it is known and may be used for the purpose.
///
/// # Errors
/// [`Refusal`], where one proof does not verify or none could be tried.
pub fn verify<'p, 'a, 'k>(
    document: &Canonical<'a>,
    proofs: &'p [Proof<'a>],
    expect: Expect,
    key: impl Fn(&str) -> Option<&'k PublicKey>,
) -> Result<Verified<'p, 'a>, Refusal> {
    let mut verifier = Verifier {
        canonical: document,
        document: document.document(),
        all: proofs,
        expect,
        statements: None,
        map: None,
        scratch: Vec::with_capacity(1024),
    };
    let mut worst = None;
    for proof in proofs {
        if let Err(refusal) = verifier.one(proof, &key) {
            worst = worst.max(Some(refusal));
        }
    }
    if let Some(refusal) = worst {
        return Err(refusal);
    }
    if proofs.iter().all(|proof| proof.suite == Suite::Other) {
        return Err(Refusal::NothingChecked);
    }
    Ok(Verified { document: document.document(), proofs })
}

struct Verifier<'p, 'a> {
    canonical: &'p Canonical<'a>,
    document: &'a Members<'a>,
    all: &'p [Proof<'a>],
    expect: Expect,
    /// The hash of the statements of the document without its proofs, which all proofs of a set share.
    statements: Option<[u8; 32]>,
    map: Option<Map<String, Value>>,
    scratch: Vec<u8>,
}

impl Verifier<'_, '_> {
    fn one<'k>(
        &mut self,
        proof: &Proof<'_>,
        key: &impl Fn(&str) -> Option<&'k PublicKey>,
    ) -> Result<(), Refusal> {
        let Some(signature) = &proof.signature else { return Ok(()) };
        if proof.purpose != self.expect.purpose.as_str() {
            return Err(Refusal::Purpose);
        }
        let key = key(proof.method).ok_or(Refusal::UnknownKey)?;
        match proof.suite {
            Suite::EddsaJcs2022 => self.json(proof, key, signature),
            Suite::EddsaRdfc2022 => self.statements(proof, key, signature),
            Suite::Other => Ok(()),
        }
    }

    fn json(&mut self, proof: &Proof<'_>, key: &PublicKey, signature: &Signature) -> Result<(), Refusal> {
        let document = self.document;
        let replaced = context(document, proof, self.expect.context)?;
        let chained = chained(proof, self.all)?;
        let scratch = &mut self.scratch;
        let of_document = match (&chained, replaced) {
            (None, None) => self.canonical.unsigned(),
            (None, Some(replaced)) => {
                hash_json(document, Edit { omit: Some(PROOF), replace: Some(replaced) }, scratch)
            }
            (Some(chain), None) => {
                hash_json(document, Edit { omit: None, replace: Some((PROOF, chain)) }, scratch)
            }
            // A chain under a replaced context needs both changes; only then is the document copied.
            (Some(chain), Some((name, context))) => {
                let mut copy = document.to_map();
                copy.insert(PROOF.to_owned(), chain.to_value());
                copy.insert(name.to_owned(), context.to_value());
                hash_json(&Members::of(&copy), Edit::NONE, scratch)
            }
        };
        let unsafe_number = |_| Refusal::Signature;
        let of_document = of_document.map_err(unsafe_number)?;
        let options = Edit { omit: Some("proofValue"), replace: None };
        let of_options = hash_json(proof.members, options, scratch).map_err(unsafe_number)?;
        check(key, of_options, of_document, signature)
    }

    fn statements(
        &mut self,
        proof: &Proof<'_>,
        key: &PublicKey,
        signature: &Signature,
    ) -> Result<(), Refusal> {
        // The options are read with the document's words, whatever context they carry themselves.
        let document = self.map.get_or_insert_with(|| self.document.to_map());
        let of_options = hash_statements(&proof.members.to_map(), &["proofValue"], document.get("@context"));
        let of_options = of_options.map_err(|error| unread(&error))?;
        let of_document = match (chained(proof, self.all)?, self.statements) {
            (Some(chain), _) => {
                let mut copy = document.clone();
                copy.insert(PROOF.to_owned(), chain.to_value());
                hash_statements(&copy, &[], None).map_err(|error| unread(&error))?
            }
            (None, Some(hash)) => hash,
            (None, None) => {
                let computed = hash_statements(document, &[PROOF], None).map_err(|error| unread(&error))?;
                *self.statements.insert(computed)
            }
        };
        check(key, of_options, of_document, signature)
    }
}

fn check(
    key: &PublicKey,
    of_options: [u8; 32],
    of_document: [u8; 32],
    signature: &Signature,
) -> Result<(), Refusal> {
    if key.verifies(&message(of_options, of_document), signature) { Ok(()) } else { Err(Refusal::Signature) }
}

/// Whether statements that have no hash are beyond what is read here, or are wrong.
fn unread(error: &StatementsError) -> Refusal {
    match error {
        StatementsError::JsonLd(error) => match error.problem {
            Problem::UnknownContext(_) | Problem::Unsupported(_) | Problem::TooMuch => Refusal::NotRead,
            Problem::Lost(_) | Problem::Invalid(_) | Problem::Protected(_) => Refusal::DataLoss,
        },
        StatementsError::Canon(_) => Refusal::NotRead,
    }
}

/// Compares the contexts, and answers the one to sign under where it is not the document's own.
fn context<'a>(
    document: &Members<'_>,
    proof: &Proof<'a>,
    rule: ContextRule,
) -> Result<Option<(&'static str, &'a Tree<'a>)>, Refusal> {
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

fn entries<'a, 't>(context: &'a Tree<'t>) -> &'a [Tree<'t>] {
    match context {
        Tree::Array(entries) => entries,
        one => std::slice::from_ref(one),
    }
}

/// The array of earlier proofs that a proof in a chain was made over.
fn chained<'a>(proof: &Proof<'_>, all: &[Proof<'a>]) -> Result<Option<Tree<'a>>, Refusal> {
    if proof.previous.is_empty() {
        return Ok(None);
    }
    let earlier = |id: &&str| {
        all.iter()
            .find(|other| {
                !std::ptr::eq(other.members, proof.members)
                    && other.members.get("id").and_then(Tree::as_str) == Some(*id)
            })
            .map(|other| Tree::Object(other.members.clone()))
    };
    let chain: Option<Vec<Tree<'a>>> = proof.previous.iter().map(earlier).collect();
    chain.map(|chain| Some(Tree::Array(chain))).ok_or(Refusal::PreviousProof)
}
