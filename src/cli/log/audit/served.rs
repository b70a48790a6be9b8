//! Whether what the directory serves is what its log says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::facts::{Entry, Facts};
use super::{AuditArgs, Findings, Level, MAX_ANSWER, MAX_FILE, Reader};
use crate::certificates::acts::{Act, ActReason, ActStatement};
use crate::cli::Failure;
use crate::cli::files::plain;
use crate::platform::fetch::{Fetch, Reach};
use crate::signing::did::{DidDocument, DidWeb};
use crate::signing::digest::Digest;
use crate::signing::json::{self, Limits};
use crate::signing::keys::{PublicKey, Signature};
use crate::signing::status::Bitstring;
use crate::transparency::key_digest;

/// An academy, as the directory shows it.
struct Academy {
    slug: String,
    did: String,
}

async fn get(reader: &Reader, address: &str) -> Result<Value, Failure> {
    let bytes = reader.fetch.get(address, MAX_ANSWER).await?;
    json::parse(&bytes, Limits::bytes(MAX_ANSWER)).map_err(|error| format!("{address}: {error}").into())
}

/// Compares keys, status lists and acts of every academy with the log.
pub(super) async fn check(
    reader: &Reader,
    url: &str,
    facts: &Facts,
    args: &AuditArgs,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let academies = academies(reader, url).await?;
    let (mut keys, mut lists) = (0, 0);
    for (log_id, academy) in &academies {
        keys += check_keys(reader, url, facts, academy, findings).await?;
        lists += check_lists(reader, url, facts, (log_id, academy), findings).await?;
    }
    findings.add(
        Level::Ok,
        format!(
            "{keys} keys and {lists} status lists of {} academies were held against the log.",
            academies.len()
        ),
    );
    let acts = facts.entries.iter().filter(|entry| check_act(entry, facts, &academies, findings)).count();
    if acts > 0 {
        findings.add(Level::Ok, format!("{acts} acts on certificates carry their academy's own signature."));
    }
    if let Some(slug) = &args.academy {
        let own = academies.iter().find(|(_, academy)| academy.slug == *slug);
        let (log_id, academy) = own.ok_or_else(|| format!("the directory has no academy `{slug}`"))?;
        check_own(args, facts, log_id, academy, findings)?;
    }
    Ok(())
}

/// Every academy of the directory, by log id.
async fn academies(reader: &Reader, url: &str) -> Result<BTreeMap<String, Academy>, Failure> {
    let mut academies = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let page = get(reader, &format!("{url}/v1/academies?limit=100{cursor}")).await?;
        for item in page["items"].as_array().into_iter().flatten() {
            let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
            academies.insert(text("log_id"), Academy { slug: text("slug"), did: text("did") });
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(academies),
        }
    }
}

/// Every key in the DID document must have been added in the log.
async fn check_keys(
    reader: &Reader,
    url: &str,
    facts: &Facts,
    academy: &Academy,
    findings: &mut Findings,
) -> Result<usize, Failure> {
    let slug = plain(&academy.slug);
    let place = DidWeb::parse(&academy.did).map(|web| web.document_url()).unwrap_or_default();
    let hosted = place.ends_with(&format!("/academies/{}/did.json", academy.slug));
    let document = if hosted {
        get(reader, &format!("{url}/academies/{}/did.json", academy.slug)).await?
    } else {
        // The academy chose where: asked as any stranger is.
        match Fetch::new(Reach::Strangers, &[], &[])?.get(&place, MAX_ANSWER).await {
            Ok(bytes) => json::parse(&bytes, Limits::bytes(MAX_ANSWER)).unwrap_or_default(),
            Err(error) => {
                findings.add(Level::Open, format!("{slug}: {error}"));
                return Ok(0);
            }
        }
    };
    let document = match DidDocument::read(&document) {
        Ok(document) if document.id() == academy.did => document,
        Ok(_) => {
            findings.add(Level::Wrong, format!("{slug}: the DID document is another one's."));
            return Ok(0);
        }
        Err(error) => {
            findings.add(Level::Wrong, format!("{slug}: {error}"));
            return Ok(0);
        }
    };
    for method in document.methods() {
        let key = method.key.to_multibase();
        match facts.keys.get(&key_digest(&academy.did, &key).to_multibase()) {
            // On a site of its own an academy may list what it likes; the directory takes it from the log alone.
            None if !hosted => findings.add(
                Level::Note,
                format!("{slug}: the key {key} stands on its own site, and was never added in the log; nothing it signs counts here."),
            ),
            None => findings.add(
                Level::Wrong,
                format!("{slug}: the key {key} stands in the DID document and was never added in the log."),
            ),
            Some(fact) if fact.compromised && method.assertion => findings.add(
                Level::Wrong,
                format!(
                    "{slug}: the key {key} may still sign, though the log says that it is in the wrong hands."
                ),
            ),
            Some(_) => {}
        }
    }
    Ok(document.methods().len())
}

/// Every status list must be the version the log has, with exactly the bits that acts have set.
async fn check_lists(
    reader: &Reader,
    url: &str,
    facts: &Facts,
    (log_id, academy): (&str, &Academy),
    findings: &mut Findings,
) -> Result<usize, Failure> {
    let page = get(reader, &format!("{url}/v1/academies/{}/status-lists", academy.slug)).await?;
    let empty = Vec::new();
    let items = page["items"].as_array().unwrap_or(&empty);
    let logged = facts.lists.keys().filter(|key| key.starts_with(&format!("{log_id}/"))).count();
    let slug = plain(&academy.slug);
    if items.len() < logged {
        findings.add(
            Level::Wrong,
            format!("{slug}: {logged} status lists are in the log and {} are served.", items.len()),
        );
    }
    for item in items {
        let number = &item["number"];
        let served = get(reader, &format!("{url}/academies/{}/status/{number}", academy.slug)).await?;
        let digest = Digest::of_json(&served).map_err(|error| format!("status list {number}: {error}"))?;
        let Some(fact) = facts.lists.get(&format!("{log_id}/{number}")) else {
            findings.add(Level::Open, format!("{slug}: status list {number} is not in the log yet."));
            continue;
        };
        if fact.digest != digest.to_multibase() {
            let newer = item["version"].as_u64().is_some_and(|version| version > fact.version);
            let (level, what) = if newer {
                (Level::Open, "is a newer version than the log has yet; audit again in an hour")
            } else {
                (Level::Wrong, "is not the version that is in the log")
            };
            findings.add(level, format!("{slug}: status list {number} {what}."));
            continue;
        }
        let encoded = served["credentialSubject"]["encodedList"].as_str().unwrap_or_default();
        let bits = Bitstring::decode(encoded).map_err(|error| format!("status list {number}: {error}"))?;
        let set: BTreeSet<u32> = bits.ones().collect();
        for bit in set.symmetric_difference(&fact.bits) {
            let what = if set.contains(bit) {
                "set without an act in the log"
            } else {
                "not set, though the log has the act"
            };
            findings.add(Level::Wrong, format!("{slug}: bit {bit} of status list {number} is {what}."));
        }
    }
    Ok(items.len())
}

/// An act must carry the signature of a key of its academy; answers whether this entry is an act that does.
fn check_act(
    entry: &Entry,
    facts: &Facts,
    academies: &BTreeMap<String, Academy>,
    findings: &mut Findings,
) -> bool {
    let Some(act) = Act::named(entry.text("op")).filter(|act| !act.is_the_directorys()) else { return false };
    let signed = || {
        let academy = academies.get(entry.text("academy"))?;
        let digest = key_digest(&academy.did, entry.text("key")).to_multibase();
        facts.keys.get(&digest).filter(|fact| fact.index < entry.index)?;
        let statement = ActStatement {
            did: &academy.did,
            certificate: Digest::from_multibase(entry.text("digest"))?,
            act,
            reason: ActReason::named(entry.text("reason"))?,
            superseded_by: match entry.members.get("superseded_by") {
                Some(number) => Some(number.as_str()?.parse().ok()?),
                None => None,
            },
            at: entry.text("stated_at"),
        };
        let key = PublicKey::from_multibase(entry.text("key")).ok()?;
        let signature = Signature::from_multibase(entry.text("signature")).ok()?;
        key.verifies(&statement.bytes(), &signature).then_some(())
    };
    if signed().is_none() {
        let detail = format!(
            "Entry {} does something to a certificate in an academy's name, without that academy's signature.",
            entry.index
        );
        findings.add(Level::Wrong, detail);
        return false;
    }
    true
}

/// Everything in the academy's name must be among what it gave.
fn check_own(
    args: &AuditArgs,
    facts: &Facts,
    log_id: &str,
    academy: &Academy,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let mut own: BTreeSet<String> =
        args.own_key.iter().map(|key| key_digest(&academy.did, key).to_multibase()).collect();
    if let Some(folder) = &args.own_certificates {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let bytes = crate::cli::files::read(&path, MAX_FILE)?;
            if let Ok(value) = json::parse(&bytes, Limits::bytes(MAX_FILE)) {
                own.extend(Digest::of_json(&value).ok().map(Digest::to_multibase));
            }
        }
    }
    let mut known = 0;
    for entry in facts.entries.iter().filter(|entry| entry.text("academy") == log_id) {
        let (op, digest) = (entry.text("op"), entry.text("digest"));
        if !matches!(op, "key-add" | "certificate") {
            continue;
        }
        if own.contains(digest) {
            known += 1;
        } else {
            let what = if op == "key-add" { "adds a key" } else { "is a certificate" };
            let at = entry.text("at");
            findings.add(
                Level::Wrong,
                format!(
                    "Entry {} of {at} {what} in your academy's name, and you gave no such one.",
                    entry.index
                ),
            );
        }
    }
    findings.add(Level::Ok, format!("{known} keys and certificates in your academy's name are yours."));
    Ok(())
}
