//! A bundle: a certificate and everything that is needed to verify it without a network, for ever.
//!
//! ```json
//! {"type": "StippleBundle", "at": "…", "certificate": {…}, "didDocument": {…}, "statusList": {…}, "courseVersion": {…},
//!  "registry": {…}, "acts": […], "proofs": {"certificate": "c2sp.org/tlog-proof@v1…", "keys": ["…"]},
//!  "signature": {"key": "did:web:…#z6Mk…", "value": "z…"}}
//! ```
//!
//! Trust comes from [`Roots`] alone: the log's key, the registry's keys, the witnesses. The registry signed the whole, so
//! that nobody pairs an old status list with new proofs. A key counts as the academy's only with its entry in the log; the
//! DID document can take trust away and not add any. What the bundle says holds as of its time.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::document::{Document, LIST_TTL_MS, StatusList};
use super::model::acts::CertificateAct;
use super::verdict::{
    self, Course, Holder, Issuer, IssuerRecord, KeyRecord, Knowledge, Logged, Question, Recognition, Span,
    Status, Verdict,
};
use crate::academies::Registry;
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::signing::did::{self, DidDocument};
use crate::signing::digest::Digest;
use crate::signing::jcs;
use crate::signing::json::{self, Limits, Members, Tree};
use crate::signing::keys::{PublicKey, Signature};
use crate::signing::proof::{self, Canonical, Expect};
use crate::signing::tlog::note::{KeyKind, Note, NoteKey};
use crate::signing::tlog::offline::OfflineProof;
use crate::transparency::key_digest;

/// The word in a bundle's `type`.
pub const TYPE: &str = "StippleBundle";
/// The word in the `type` of a file of roots.
pub const ROOTS_TYPE: &str = "StippleRoots";
/// What the registry signs a bundle for.
const PURPOSE: &str = "stipple-bundle";

/// What offline verification starts from: kept by whoever verifies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roots {
    /// Always [`ROOTS_TYPE`].
    pub r#type: String,
    /// The log's key, as a signed note's vkey.
    pub log: String,
    /// Who signs the registry.
    pub registry: RegistryRoot,
    /// Witnesses, as vkeys.
    #[serde(default)]
    pub witnesses: Vec<String>,
    /// How many of them must have seen a checkpoint; all where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quorum: Option<usize>,
}

/// Who signs the registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistryRoot {
    /// Its DID.
    pub did: String,
    /// Its keys, as Multikeys.
    pub keys: Vec<String>,
}

/// Why nothing can be said from a bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Not JSON that is read here.
    #[error("not read: {0}")]
    Json(#[from] json::Error),
    /// Not of the form.
    #[error("not as it must be: {0}")]
    Form(String),
    /// Not what the registry signed.
    #[error("it is not what the registry in the roots signed: it was changed, or made by somebody else")]
    Unsigned,
    /// A proof that does not hold.
    #[error("the proof that {0} is in the log does not hold: {1}")]
    Proof(&'static str, String),
    /// Too few witnesses.
    #[error("only {0} of the witnesses in the roots have seen its checkpoint, and {1} must have")]
    Witnesses(usize, usize),
}

fn form(detail: impl Into<String>) -> BundleError {
    BundleError::Form(detail.into())
}

impl Roots {
    /// Reads a file of roots.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn read(bytes: &[u8]) -> Result<Self, BundleError> {
        let value = json::parse(bytes, Limits::bytes(limits::CERTIFICATE_BYTES))?;
        let roots: Self = serde_json::from_value(value).map_err(|error| form(error.to_string()))?;
        if roots.r#type != ROOTS_TYPE || roots.quorum.is_some_and(|quorum| quorum > roots.witnesses.len()) {
            return Err(form(format!(
                "its type must be {ROOTS_TYPE}, and no more witnesses needed than there are"
            )));
        }
        roots.log_key()?;
        roots.witness_keys()?;
        Ok(roots)
    }

    fn log_key(&self) -> Result<NoteKey, BundleError> {
        NoteKey::parse(&self.log).map_err(|error| form(format!("the log's key: {error}")))
    }

    fn witness_keys(&self) -> Result<Vec<NoteKey>, BundleError> {
        let key = |text: &String| match NoteKey::parse(text) {
            Ok(key) if key.kind() == KeyKind::Cosignature => Ok(key),
            _ => Err(form(format!("`{text}` is no witness's key"))),
        };
        self.witnesses.iter().map(key).collect()
    }
}

/// What the registry signs of a bundle.
#[must_use]
pub fn statement(digest: Digest) -> Value {
    json!({"bundle": digest.to_string(), "purpose": PURPOSE})
}

/// The digest of a bundle without its signature.
///
/// # Errors
/// When it has no canonical form.
pub fn digest_of(bundle: &Value) -> Result<Digest, jcs::UnsafeInteger> {
    let mut unsigned = bundle.clone();
    if let Some(members) = unsigned.as_object_mut() {
        members.remove("signature");
    }
    Digest::of_json(&unsigned)
}

/// Whether the text is a bundle.
#[must_use]
pub fn is_one(value: &Value) -> bool {
    value["type"] == TYPE
}

/// Parses a bundle.
///
/// # Errors
/// [`BundleError::Json`].
pub fn parse(bytes: &[u8]) -> Result<Value, BundleError> {
    // One level deeper than the certificate inside.
    let limits = Limits { bytes: limits::BUNDLE_BYTES, depth: Limits::CERTIFICATE.depth + 1 };
    Ok(json::parse(bytes, limits)?)
}

/// What is known from a bundle, once everything in it was checked against the roots.
struct Opened {
    at: Ts,
    checkpoint: String,
    record: Option<IssuerRecord>,
    logged: Logged,
    status: Status,
    acts: Vec<CertificateAct>,
    course: Course,
}

/// The verdict on the certificate in a bundle, from these roots.
///
/// # Errors
/// [`BundleError`], where the bundle itself cannot be relied on; then nothing is said of the certificate.
pub fn judge(
    bundle: &Value,
    roots: &Roots,
    question: Question,
    name: Option<&str>,
) -> Result<Verdict, BundleError> {
    let certificate = Tree::of(&bundle["certificate"]);
    let document = match Document::read(&certificate) {
        Ok(document) => document,
        Err(faults) => return Ok(verdict::of_faults(&faults, question)),
    };
    let opened = open(bundle, &document, roots)?;
    let mut verdict = opened.judge(&document, question, name);
    if verdict.today.is_some() {
        // What is fresh enough for then may be too old for now.
        verdict.today = Some(opened.judge(&document, question.today(), name).verdict);
        verdict.checkpoint = Some(opened.checkpoint);
    }
    Ok(verdict)
}

impl Opened {
    fn judge(&self, document: &Document<'_>, question: Question, name: Option<&str>) -> Verdict {
        let fresh_until = self.at.plus(std::time::Duration::from_millis(LIST_TTL_MS));
        let status = if question.at() > fresh_until { Status::Stale { known: self.at } } else { self.status };
        let knowledge = Knowledge {
            issuer: self.record.as_ref().map_or(Issuer::ItselfOnly, Issuer::Known),
            logged: Some(self.logged),
            course: self.course,
            status,
            acts: &self.acts,
            holder: name.map_or(Holder::NotCompared, Holder::Person),
            ..Knowledge::default()
        };
        verdict::judge(document, &knowledge, question)
    }
}

/// When a bundle was made, as its registry signed.
#[must_use]
pub fn made_at(bundle: &Value) -> Option<Ts> {
    bundle["at"].as_str().and_then(|text| Ts::parse(text).ok())
}

fn open(bundle: &Value, document: &Document<'_>, roots: &Roots) -> Result<Opened, BundleError> {
    check_signature(bundle, roots)?;
    let at = made_at(bundle).ok_or_else(|| form("`at` is not a time"))?;
    let log = roots.log_key()?;
    let witnesses = roots.witness_keys()?;
    let digest = document.digest().map_err(|_| form("the certificate has no canonical form"))?;
    let own = |leaf: &Value| leaf["op"] == "certificate" && leaf["digest"] == digest.to_multibase().as_str();
    let proof =
        bundle["proofs"]["certificate"].as_str().ok_or_else(|| form("it has no proof of the certificate"))?;
    let entry = proven(proof, &log, "the certificate")?;
    if !own(&entry.leaf) {
        return Err(BundleError::Proof("the certificate", "its entry is another one's".to_owned()));
    }
    let note = Note::parse(&entry.checkpoint).map_err(|error| form(error.to_string()))?;
    let seen = witnesses.iter().filter(|witness| note.cosigned_by(witness).is_some()).count();
    let needed = roots.quorum.unwrap_or(witnesses.len());
    if seen < needed {
        return Err(BundleError::Witnesses(seen, needed));
    }
    let logged = Logged { index: entry.index, at: entry.at, witnesses: seen };
    let keys = keys(bundle, document.issuer, &entry.leaf["academy"], &log)?;
    let recognition = recognition(bundle, document.issuer, roots)?;
    let status = status(bundle, document, &keys, at)?;
    let acts = acts(bundle)?;
    // Without a key in the log nothing but the file says who the issuer is.
    let record = (!keys.is_empty()).then(|| IssuerRecord {
        did: document.issuer.to_owned(),
        name: recognition.1,
        keys,
        recognition: Recognition::Registry { name: recognition.0, spans: recognition.2 },
    });
    let course = match (document.course(), &bundle["courseVersion"]) {
        (Some(link), version) if version.is_object() => match Digest::of_json(version) {
            Ok(digest) if digest == link.hash() => Course::Matches,
            _ => Course::Differs,
        },
        _ => Course::NotAtHand,
    };
    Ok(Opened { at, checkpoint: entry.checkpoint, record, logged, status, acts, course })
}

fn check_signature(bundle: &Value, roots: &Roots) -> Result<(), BundleError> {
    let signature = &bundle["signature"];
    let text = |name: &str| signature[name].as_str().unwrap_or_default();
    let (did, key) = did::split_method(text("key")).ok_or(BundleError::Unsigned)?;
    if did != roots.registry.did || !roots.registry.keys.iter().any(|pinned| pinned == key) {
        return Err(BundleError::Unsigned);
    }
    let key = PublicKey::from_multibase(key).map_err(|_| BundleError::Unsigned)?;
    let signature = Signature::from_multibase(text("value")).map_err(|_| BundleError::Unsigned)?;
    let digest = digest_of(bundle).map_err(|_| BundleError::Unsigned)?;
    let statement = jcs::to_vec(&statement(digest)).map_err(|_| BundleError::Unsigned)?;
    if key.verifies(&statement, &signature) { Ok(()) } else { Err(BundleError::Unsigned) }
}

/// An entry that is proven to be in the log.
struct Entry {
    leaf: Value,
    index: u64,
    at: Ts,
    checkpoint: String,
}

fn proven(text: &str, log: &NoteKey, what: &'static str) -> Result<Entry, BundleError> {
    let failed = |why: String| BundleError::Proof(what, why);
    let proof = OfflineProof::parse(text).map_err(|error| failed(error.to_string()))?;
    let entry = proof.extra.as_deref().ok_or_else(|| failed("the entry is missing".to_owned()))?;
    proof.check(entry, log).map_err(|error| failed(error.to_string()))?;
    let leaf = json::parse(entry, Limits::CERTIFICATE).map_err(|error| failed(error.to_string()))?;
    let at = leaf["at"].as_str().and_then(|text| Ts::parse(text).ok());
    let at = at.ok_or_else(|| failed("the entry has no time".to_owned()))?;
    Ok(Entry { leaf, index: proof.index, at, checkpoint: proof.checkpoint })
}

/// The issuer's keys: those of its DID document whose entries are in the log.
fn keys(bundle: &Value, issuer: &str, academy: &Value, log: &NoteKey) -> Result<Vec<KeyRecord>, BundleError> {
    let document = DidDocument::read(&bundle["didDocument"]).map_err(|error| form(error.to_string()))?;
    if document.id() != issuer {
        return Err(form("its DID document is another one's"));
    }
    let texts = bundle["proofs"]["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut added = Vec::new();
    for text in texts {
        let entry = proven(text.as_str().unwrap_or_default(), log, "a key")?;
        if entry.leaf["op"] == "key-add" && entry.leaf["academy"] == *academy {
            added.push(entry);
        }
    }
    let known = IssuerRecord::from_did_document(&document).keys.into_iter().filter_map(|mut key| {
        let digest = key_digest(issuer, &key.key.to_multibase()).to_multibase();
        let entry = added.iter().find(|entry| entry.leaf["digest"] == digest.as_str())?;
        key.added = Some(entry.at);
        Some(key)
    });
    Ok(known.collect())
}

type Recognised = (String, Option<String>, Vec<Span>);

/// What the registry says of the issuer: the registry's name, the academy's, and when it is recognised.
fn recognition(bundle: &Value, issuer: &str, roots: &Roots) -> Result<Recognised, BundleError> {
    let value = &bundle["registry"];
    let members = &Members::of(value.as_object().ok_or_else(|| form("it has no registry"))?);
    let keys: Vec<PublicKey> =
        roots.registry.keys.iter().filter_map(|key| PublicKey::from_multibase(key).ok()).collect();
    let key = |method: &str| {
        let (did, key) = did::split_method(method)?;
        keys.iter().find(|pinned| did == roots.registry.did && pinned.to_multibase() == key)
    };
    let proofs = proof::read(members).map_err(|_| BundleError::Unsigned)?;
    proof::verify(&Canonical::of(members), &proofs, Expect::CERTIFICATE, key)
        .map_err(|_| BundleError::Unsigned)?;
    let registry = Registry::read(value).map_err(|error| form(format!("the registry: {error}")))?;
    if registry.did != roots.registry.did {
        return Err(BundleError::Unsigned);
    }
    let own = registry.academies.iter().find(|entry| entry.did == issuer);
    let spans = own
        .map(|entry| entry.spans.iter().map(|(from, until)| Span { from: *from, until: *until }).collect());
    Ok((registry.name, own.map(|entry| entry.name.clone()), spans.unwrap_or_default()))
}

/// What the status list says that the certificate names; it must be the issuer's, signed with a key of the log.
fn status(
    bundle: &Value,
    document: &Document<'_>,
    keys: &[KeyRecord],
    at: Ts,
) -> Result<Status, BundleError> {
    let Some(entry) = document.status_entry() else { return Ok(Status::NotRead) };
    let value = &bundle["statusList"];
    if value.is_null() || keys.is_empty() {
        return Ok(Status::NotRead);
    }
    let tree = Tree::of(value);
    let list = StatusList::read(&tree)
        .map_err(|(pointer, detail)| form(format!("the status list: {pointer} {detail}")))?;
    if list.url != entry.list || list.issuer != document.issuer {
        return Err(form("its status list is another one"));
    }
    // Also a key that was stolen since: that this is the list is the registry's word.
    let key = |method: &str| keys.iter().find(|key| key.method == method).map(|key| &key.key);
    proof::verify(&list.canonical, &list.proofs, Expect::CERTIFICATE, key)
        .map_err(|error| form(format!("the status list: {error}")))?;
    Ok(list.bits.is_set(entry.index).map_or(Status::NotRead, |is_set| Status::Read { is_set, published: at }))
}

fn acts(bundle: &Value) -> Result<Vec<CertificateAct>, BundleError> {
    let acts = bundle["acts"].as_array().map(Vec::as_slice).unwrap_or_default();
    let read =
        |act: &Value| CertificateAct::from_json(act).ok_or_else(|| form("an act in it cannot be read"));
    acts.iter().map(read).collect()
}
