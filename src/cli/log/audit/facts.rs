//! What the entries of a log come to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Findings, Level};
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::signing::digest::Digest;
use crate::signing::jcs;
use crate::signing::json::{self, Limits};

/// What the entries came to, as far as they were read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Facts {
    /// The time of the last entry.
    last_at: Option<Ts>,
    /// Keys by the digest that stands for them.
    pub(super) keys: BTreeMap<String, KeyFact>,
    /// Status lists by `academy/number`.
    pub(super) lists: BTreeMap<String, ListFact>,
    /// The entries that were read this time.
    #[serde(skip)]
    pub(super) entries: Vec<Entry>,
    /// Where the first entry of a kind about a digest is, of those that were read this time.
    #[serde(skip)]
    places: HashMap<(String, String), (u64, Ts)>,
}

/// A key that was added.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct KeyFact {
    /// Whose, by log id.
    pub(super) academy: String,
    /// The entry that added it.
    pub(super) index: u64,
    /// Whether it was reported as compromised.
    pub(super) compromised: bool,
}

/// A status list, as the log has it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct ListFact {
    /// The digest of its newest version.
    pub(super) digest: String,
    /// Which version that is.
    pub(super) version: u64,
    /// The bits that acts have set.
    pub(super) bits: BTreeSet<u32>,
}

/// An entry, read.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its index.
    pub(super) index: u64,
    /// Its members.
    pub(super) members: Value,
}

impl Entry {
    /// A member that is a text, empty where there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.members[name].as_str().unwrap_or_default()
    }
}

/// The words of acts that set the certificate's bit.
const FINAL: [&str; 3] = ["revoke", "supersede", "issued-in-error"];
/// Every other word that is understood here.
const OTHERS: [&str; 24] = [
    "key-add",
    "recovery-key-add",
    "key-confirm",
    "key-retire",
    "key-compromise",
    "recognise",
    "recognise-end",
    "certificate",
    "suspend",
    "reinstate",
    "directory-withdraw",
    "directory-restore",
    "status-list",
    "review",
    "review-remove",
    "review-restore",
    "case",
    "case-remove",
    "appeal",
    "appeal-decide",
    "hold-decide",
    "report-dismiss",
    "concern-decide",
    "erase",
];

impl Facts {
    /// Where the entry of this kind about a digest is, of those that were read this time.
    pub(super) fn logged(&self, op: &str, digest: Digest) -> Option<(u64, Ts)> {
        self.places.get(&(op.to_owned(), digest.to_multibase())).copied()
    }

    /// Takes an entry in, and finds what is wrong with it by itself and after those before it.
    pub(super) fn take_in(&mut self, index: u64, bytes: &[u8], now: Ts, findings: &mut Findings) {
        let Some((members, at)) = read(bytes) else {
            findings.add(Level::Wrong, format!("Entry {index} is not what an entry of this log looks like."));
            return;
        };
        if self.last_at.is_some_and(|last| at < last) {
            findings
                .add(Level::Wrong, format!("Entry {index} claims to be older than the one before it: {at}."));
        }
        if at > now.plus(limits::CLOCK_SKEW) {
            findings.add(Level::Wrong, format!("Entry {index} claims to be from the future: {at}."));
        }
        self.last_at = Some(at);
        let entry = Entry { index, members };
        let (op, digest) = (entry.text("op").to_owned(), entry.text("digest").to_owned());
        if !FINAL.contains(&op.as_str()) && !OTHERS.contains(&op.as_str()) {
            findings.add(
                Level::Open,
                format!("Entry {index} is of a kind that is not known here: a newer `stipple` knows it."),
            );
        }
        self.apply(&entry, &op, &digest, findings);
        self.places.entry((op, digest)).or_insert((index, at));
        self.entries.push(entry);
    }

    fn apply(&mut self, entry: &Entry, op: &str, digest: &str, findings: &mut Findings) {
        let (academy, index) = (entry.text("academy").to_owned(), entry.index);
        let list = format!("{academy}/{}", entry.members["list"]);
        match op {
            "key-add" => {
                let fact = KeyFact { academy, index, compromised: false };
                if self.keys.insert(digest.to_owned(), fact).is_some() {
                    findings.add(Level::Wrong, format!("Entry {index} adds a key that was added before."));
                }
            }
            "key-compromise" => {
                if let Some(fact) = self.keys.get_mut(digest) {
                    fact.compromised = true;
                }
            }
            "status-list" => {
                let fact = self.lists.entry(list).or_default();
                let version = entry.members["version"].as_u64().unwrap_or(0);
                if version != fact.version + 1 {
                    let before = fact.version;
                    findings.add(
                        Level::Wrong,
                        format!(
                            "Entry {index} is version {version} of a status list, after version {before}."
                        ),
                    );
                }
                fact.version = version;
                digest.clone_into(&mut fact.digest);
            }
            _ if FINAL.contains(&op) => {
                let bit = entry.members["index"].as_u64().and_then(|bit| u32::try_from(bit).ok());
                if let Some(bit) = bit {
                    self.lists.entry(list).or_default().bits.insert(bit);
                }
            }
            _ => {}
        }
        if op == "certificate" && self.places.contains_key(&(op.to_owned(), digest.to_owned())) {
            findings.add(Level::Wrong, format!("Entry {index} logs a certificate that was logged before."));
        }
    }
}

/// An entry's members and its time, where it is canonical JSON with what every entry has.
fn read(bytes: &[u8]) -> Option<(Value, Ts)> {
    let members = json::parse(bytes, Limits::bytes(65_535)).ok()?;
    let canonical = jcs::to_vec(&members).ok()? == bytes;
    let at = Ts::parse(members["at"].as_str()?).ok()?;
    Digest::from_multibase(members["digest"].as_str()?)?;
    let concerns = match members["op"].as_str()? {
        "review" | "review-remove" | "review-restore" | "case" | "case-remove" | "appeal"
        | "appeal-decide" | "hold-decide" | "report-dismiss" | "concern-decide" => {
            members["listing"].is_string()
        }
        "erase" => members["index"].is_u64(),
        _ => members["academy"].is_string(),
    };
    (canonical && members["v"] == 1 && concerns).then_some((members, at))
}
