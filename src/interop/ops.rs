//! Judging proofs and status as the standards say, and signing for the conformance issuer.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::model::{self, Kind};
use crate::academies;
use crate::app::App;
use crate::certificates;
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::db::Conn;
use crate::platform::problem::{Error, Fault};
use crate::signing::did::{self, DidDocument, KeyState, ListedKey};
use crate::signing::jose::Jws;
use crate::signing::json::{self, Limits, Members};
use crate::signing::keys::PublicKey;
use crate::signing::proof::{self, Canonical, ContextRule, Expect, Purpose};
use crate::signing::status::Bitstring;

const SECURITY: &str = "https://w3id.org/security#";
const MODEL: &str = "https://www.w3.org/TR/vc-data-model#";
const STATUS: &str = "https://www.w3.org/ns/credentials/status-list#";
/// Credentials in a presentation, and status entries in a credential.
const MAX_CREDENTIALS: usize = 20;
const MAX_ENTRIES: usize = 4;

/// One thing that keeps a document from being verified (RFC 9457, by the types of the standards).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) r#type: String,
    pub(super) title: &'static str,
    pub(super) detail: String,
}

impl Problem {
    fn new(base: &str, name: &str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { r#type: format!("{base}{name}"), title, detail: detail.into() }
    }

    fn proof(detail: impl Into<String>) -> Self {
        Self::new(SECURITY, "PROOF_VERIFICATION_ERROR", "The proof does not verify", detail)
    }

    fn malformed(fault: &Fault) -> Self {
        let detail = format!("{} {}", fault.pointer, fault.detail);
        match fault.code {
            "data-loss" => Self::new(SECURITY, "DATA_LOSS_DETECTION_ERROR", "A word would be lost", detail),
            _ => Self::new(MODEL, "MALFORMED_VALUE_ERROR", "A value is not as it must be", detail),
        }
    }

    /// Whether the form is at fault, and not what was found out.
    pub(super) fn is_malformed(&self) -> bool {
        self.r#type.starts_with(MODEL)
            || self.r#type.ends_with("DATA_LOSS_DETECTION_ERROR")
            || self.r#type.ends_with("PARSING_ERROR")
    }
}

/// What the caller wants a presentation to be made for.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub(super) challenge: Option<String>,
    pub(super) domain: Option<String>,
}

/// Every problem of a credential; none where it is good.
pub(super) async fn credential(app: &App, value: &Value) -> Result<Vec<Problem>, Error> {
    let Some(members) = value.as_object() else {
        let detail = "The credential must be an object.";
        return Ok(vec![Problem::new(SECURITY, "PARSING_ERROR", "This is no credential", detail)]);
    };
    if is_enveloped(members) {
        return enveloped(app, members).await;
    }
    let faults = model::faults(members, Kind::Credential);
    if !faults.is_empty() {
        return Ok(faults.iter().map(Problem::malformed).collect());
    }
    let issuer = model::party(members, "issuer").unwrap_or_default();
    if let Some(problem) = proofs(app, members, Purpose::AssertionMethod, Some(issuer)).await? {
        return Ok(vec![problem]);
    }
    after_proof(app, members).await
}

/// What is asked once the signature is good: the dates, and the status.
async fn after_proof(app: &App, members: &Map<String, Value>) -> Result<Vec<Problem>, Error> {
    let now = app.clock.now();
    if let Some(detail) = model::period(members, now) {
        return Ok(vec![Problem::new(MODEL, "RANGE_ERROR", "It does not hold now", detail)]);
    }
    let entries = match members.get("credentialStatus") {
        None => return Ok(Vec::new()),
        Some(Value::Array(entries)) => entries.iter().collect(),
        Some(one) => vec![one],
    };
    if entries.len() > MAX_ENTRIES {
        let detail = format!("A credential may have {MAX_ENTRIES} status entries here.");
        return Ok(vec![Problem::new(
            STATUS,
            "STATUS_VERIFICATION_ERROR",
            "Too many status entries",
            detail,
        )]);
    }
    let mut problems = Vec::new();
    for entry in entries {
        problems.extend(status(app, members, entry, now).await?);
    }
    Ok(problems)
}

/// Every problem of a presentation.
pub(super) async fn presentation(app: &App, value: &Value, wanted: &Wanted) -> Result<Vec<Problem>, Error> {
    let Some(members) = value.as_object() else {
        let detail = "The presentation must be an object.";
        return Ok(vec![Problem::new(SECURITY, "PARSING_ERROR", "This is no presentation", detail)]);
    };
    let faults = model::faults(members, Kind::Presentation);
    if !faults.is_empty() {
        return Ok(faults.iter().map(Problem::malformed).collect());
    }
    let inside = match members.get("verifiableCredential") {
        None => Vec::new(),
        Some(Value::Array(all)) => all.iter().collect(),
        Some(one) => vec![one],
    };
    if inside.len() > MAX_CREDENTIALS {
        let detail = format!("A presentation may have {MAX_CREDENTIALS} credentials here.");
        return Ok(vec![Problem::new(MODEL, "RANGE_ERROR", "Too many credentials", detail)]);
    }
    // Whoever presents signs: the holder, where one is named.
    let holder = model::party(members, "holder");
    if let Some(problem) = proofs(app, members, Purpose::Authentication, holder).await? {
        return Ok(vec![problem]);
    }
    let mut problems = made_for(members, wanted);
    for one in inside {
        problems.extend(Box::pin(credential(app, one)).await?);
    }
    Ok(problems)
}

/// Whether the presentation was made for this challenge and domain.
fn made_for(members: &Map<String, Value>, wanted: &Wanted) -> Vec<Problem> {
    let proofs = match members.get("proof") {
        Some(Value::Array(all)) => all.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let mut problems = Vec::new();
    for proof in proofs {
        if let Some(challenge) = &wanted.challenge
            && proof["challenge"] != challenge.as_str()
        {
            let detail = "The proof was made for another challenge.";
            problems.push(Problem::new(SECURITY, "INVALID_CHALLENGE_ERROR", "Another challenge", detail));
        }
        let among = |domain: &str| match &proof["domain"] {
            Value::Array(domains) => domains.iter().any(|one| one == domain),
            one => one == domain,
        };
        if wanted.domain.as_deref().is_some_and(|domain| !among(domain)) {
            let detail = "The proof was made for another domain.";
            problems.push(Problem::new(SECURITY, "INVALID_DOMAIN_ERROR", "Another domain", detail));
        }
    }
    problems
}

/// Verifies every proof of a document; each by a key of `signer`, where one is named.
async fn proofs(
    app: &App,
    members: &Map<String, Value>,
    purpose: Purpose,
    signer: Option<&str>,
) -> Result<Option<Problem>, Error> {
    let members = &Members::of(members);
    let proofs = match proof::read(members) {
        Ok(proofs) => proofs,
        Err(error) => {
            let kind =
                if members.contains_key("proof") { "PROOF_VERIFICATION_ERROR" } else { "PARSING_ERROR" };
            return Ok(Some(Problem::new(SECURITY, kind, "The proof cannot be read", error.to_string())));
        }
    };
    let stranger = proofs.iter().find(|proof| {
        let did = did::split_method(proof.method).map(|(did, _)| did);
        signer.is_some_and(|signer| did != Some(signer))
    });
    if let Some(proof) = stranger {
        return Ok(Some(Problem::proof(format!(
            "`{}` is not a key of whoever is named.",
            short(proof.method)
        ))));
    }
    let now = app.clock.now();
    if proofs.iter().any(|proof| proof.expires.is_some_and(|end| end.micros() < now.micros())) {
        return Ok(Some(Problem::proof("A proof has expired.")));
    }
    let mut keys = HashMap::new();
    let mut conn = app.db.read().await?;
    for proof in &proofs {
        if let Some(key) = key_of(app, &mut conn, proof.method, purpose).await? {
            keys.insert(proof.method.to_owned(), key);
        }
    }
    drop(conn);
    let expect = Expect { purpose, context: ContextRule::StartsWith };
    match proof::verify(&Canonical::of(members), &proofs, expect, |method| keys.get(method)) {
        Ok(verified) if verified.not_checked().next().is_none() => Ok(None),
        Ok(_) => Ok(Some(Problem::proof("One of the proofs is of a suite that is not verified here."))),
        Err(refusal) => Ok(Some(Problem::proof(format!("{refusal}.")))),
    }
}

fn short(text: &str) -> String {
    crate::platform::problem::shorten(text)
}

/// The key of a verification method, where its DID is resolved here and lets it sign for this purpose.
async fn key_of(
    app: &App,
    conn: &mut Conn,
    method: &str,
    purpose: Purpose,
) -> Result<Option<PublicKey>, Error> {
    let Some((did, _)) = did::split_method(method) else { return Ok(None) };
    let Some(document) = resolve(app, conn, did).await? else { return Ok(None) };
    let method = document.method(method);
    let may = method.filter(|method| match purpose {
        Purpose::AssertionMethod => method.assertion,
        Purpose::Authentication => method.authentication,
    });
    Ok(may.filter(|method| method.revoked.is_none()).map(|method| method.key))
}

/// The DID document of a did:key, of an academy of this directory, or of its registry; nothing is fetched.
pub(super) async fn resolve(app: &App, conn: &mut Conn, did: &str) -> Result<Option<DidDocument>, Error> {
    if let Some(key) = did::read_did_key(did) {
        return Ok(key.ok().map(|key| DidDocument::of_did_key(&key)));
    }
    let document = document_of(app, conn, did).await?;
    document.map(|document| DidDocument::read(&document).map_err(Error::internal)).transpose()
}

/// A DID document as it is served.
pub(super) async fn document_of(app: &App, conn: &mut Conn, did: &str) -> Result<Option<Value>, Error> {
    if did == format!("did:web:{}", app.config.issuer_host) {
        return Ok(Some(academies::ops::registrar(app).await?.did_document()));
    }
    let issuer = academies::issuer_by_did(conn, &app.config.issuer_host, did).await?;
    Ok(issuer.map(|issuer| issuer.did_document(app.clock.now())))
}

/// The document of a did:key, as resolution answers it.
pub(super) fn did_key_document(key: &PublicKey) -> Value {
    let did = did::did_key(key);
    let mut document = DidDocument::build(&did, &[ListedKey { key: *key, state: KeyState::Standing }]);
    document["authentication"] = document["assertionMethod"].clone();
    document
}

fn is_enveloped(members: &Map<String, Value>) -> bool {
    let is = |value: &Value| value == "EnvelopedVerifiableCredential";
    match members.get("type") {
        Some(Value::Array(types)) => types.iter().any(is),
        Some(one) => is(one),
        None => false,
    }
}

/// A credential inside a `data:` URL (VC-JOSE-COSE section 3.1.3).
async fn enveloped(app: &App, members: &Map<String, Value>) -> Result<Vec<Problem>, Error> {
    let id = members.get("id").and_then(Value::as_str).unwrap_or_default();
    let Some(text) = id.strip_prefix("data:application/vc+jwt,") else {
        return Ok(vec![Problem::proof(
            "Of enveloped credentials only data:application/vc+jwt is read here.",
        )]);
    };
    let jws = match Jws::read(text, Limits::CERTIFICATE) {
        Ok(jws) => jws,
        Err(error) => return Ok(vec![Problem::proof(format!("{error}."))]),
    };
    let credential = jws.credential.to_value();
    let Some(inside) = credential.as_object() else {
        return Ok(vec![Problem::proof("It is no credential.")]);
    };
    let faults = model::faults(inside, Kind::Credential);
    if !faults.is_empty() {
        return Ok(faults.iter().map(Problem::malformed).collect());
    }
    let issuer = model::party(inside, "issuer").unwrap_or_default();
    let method = jws
        .method
        .as_deref()
        .filter(|method| did::split_method(method).is_some_and(|(did, _)| did == issuer));
    let mut conn = app.db.read().await?;
    let key = match method {
        Some(method) => key_of(app, &mut conn, method, Purpose::AssertionMethod).await?,
        None => None,
    };
    drop(conn);
    let now = app.clock.now().seconds();
    if jws.expires.is_some_and(|expires| expires < now) {
        return Ok(vec![Problem::proof("Its signature has expired.")]);
    }
    match key {
        Some(key) if jws.is_signed_by(&key) => after_proof(app, inside).await,
        Some(_) => Ok(vec![Problem::proof("The signature does not fit.")]),
        None => {
            Ok(vec![Problem::proof("The key that is named is not one of the issuer's that is known here.")])
        }
    }
}

/// What one status entry says against a credential (Bitstring Status List section 3.2).
async fn status(
    app: &App,
    members: &Map<String, Value>,
    entry: &Value,
    now: Ts,
) -> Result<Option<Problem>, Error> {
    const MEMBERS: &[&str] = &[
        "id",
        "type",
        "statusPurpose",
        "statusListIndex",
        "statusListCredential",
        "statusSize",
        "statusMessage",
        "statusReference",
    ];
    let wrong =
        |name: &str, detail: String| Ok(Some(Problem::new(STATUS, name, "The status is not good", detail)));
    let text = |name: &str| entry[name].as_str().unwrap_or_default();
    let unknown =
        entry.as_object().and_then(|entry| entry.keys().find(|name| !MEMBERS.contains(&name.as_str())));
    let index: Option<u32> = text("statusListIndex").parse().ok();
    let size = &entry["statusSize"];
    let (Some(index), None, "BitstringStatusListEntry") = (index, unknown, text("type")) else {
        return wrong(
            "STATUS_VERIFICATION_ERROR",
            "The entry is not a BitstringStatusListEntry as it must be.".to_owned(),
        );
    };
    let purpose = text("statusPurpose");
    if !(size.is_null() || size == 1) || !matches!(purpose, "revocation" | "suspension") {
        let detail =
            format!("A status of the purpose `{}` and this size is not judged here.", short(purpose));
        return wrong("STATUS_VERIFICATION_ERROR", detail);
    }
    let url = text("statusListCredential");
    let issuer = model::party(members, "issuer").unwrap_or_default();
    let mut conn = app.db.read().await?;
    let own = certificates::listed_bit(app, &mut conn, url, index).await?;
    drop(conn);
    let is_set = match own {
        Some((did, is_set)) if did == issuer && purpose == "revocation" => is_set,
        Some(_) => {
            return wrong(
                "STATUS_VERIFICATION_ERROR",
                "The list is another issuer's, or of another purpose.".to_owned(),
            );
        }
        None => match foreign_bit(app, (url, purpose, index), issuer, now).await? {
            Ok(is_set) => is_set,
            Err(problem) => return Ok(Some(problem)),
        },
    };
    if is_set {
        return wrong("STATUS_VERIFICATION_ERROR", format!("The credential's {purpose} bit is set."));
    }
    Ok(None)
}

/// A bit of somebody else's list, fetched by the guarded client.
async fn foreign_bit(
    app: &App,
    (url, purpose, index): (&str, &str, u32),
    issuer: &str,
    now: Ts,
) -> Result<Result<bool, Problem>, Error> {
    let failed =
        |name: &str, detail: String| Ok(Err(Problem::new(STATUS, name, "The status is not known", detail)));
    let bytes = match app.strangers.get(url, limits::CERTIFICATE_BYTES).await {
        Ok(bytes) => bytes,
        Err(error) => return failed("STATUS_RETRIEVAL_ERROR", format!("{error}.")),
    };
    let Ok(list) = json::parse(&bytes, Limits::CERTIFICATE) else {
        return failed("STATUS_RETRIEVAL_ERROR", "What came is no JSON with one meaning.".to_owned());
    };
    let Some(members) =
        list.as_object().filter(|members| model::faults(members, Kind::Credential).is_empty())
    else {
        return failed("STATUS_VERIFICATION_ERROR", "What came is no credential as it must be.".to_owned());
    };
    if model::party(members, "issuer") != Some(issuer) || list["id"] != url {
        return failed(
            "STATUS_VERIFICATION_ERROR",
            "The list is another one, or another issuer's.".to_owned(),
        );
    }
    if let Some(problem) = proofs(app, members, Purpose::AssertionMethod, Some(issuer)).await? {
        return failed("STATUS_VERIFICATION_ERROR", format!("Of the list: {}", problem.detail));
    }
    if let Some(detail) = model::period(members, now) {
        return failed("STATUS_VERIFICATION_ERROR", format!("Of the list: {detail}"));
    }
    let subject = &list["credentialSubject"];
    let fits = match &subject["statusPurpose"] {
        Value::Array(purposes) => purposes.iter().any(|one| one == purpose),
        one => one == purpose,
    };
    if subject["type"] != "BitstringStatusList" || !fits {
        return failed("STATUS_VERIFICATION_ERROR", "The list is of another purpose.".to_owned());
    }
    match Bitstring::decode(subject["encodedList"].as_str().unwrap_or_default()) {
        Ok(bits) => match bits.is_set(index) {
            Some(is_set) => Ok(Ok(is_set)),
            None => failed("RANGE_ERROR", "The list has no such index.".to_owned()),
        },
        Err(error) => failed("STATUS_LIST_LENGTH_ERROR", format!("{error}.")),
    }
}
