//! What an entry of the log is, and what a receipt for one says.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::config::limits;
use crate::platform::clock::Ts;
use crate::signing::digest::Digest;
use crate::signing::jcs;
use crate::signing::tlog::LogError;
use crate::signing::tlog::note::{Note, NoteKey};

/// What an entry says happened. A closed list that only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// A key was added to an academy.
    KeyAdd,
    /// A recovery key was added to an academy: it signs no certificate.
    RecoveryKeyAdd,
    /// A second operator confirmed it.
    KeyConfirm,
    /// It was retired, or taken back before it ever signed.
    KeyRetire,
    /// It was reported to be in the wrong hands.
    KeyCompromise,
    /// An academy was recognised.
    Recognise,
    /// Its recognition was ended.
    RecogniseEnd,
    /// A certificate was accepted.
    Certificate,
    /// An academy, or the directory, did something to a certificate; the act's own name.
    Act(&'static str),
    /// An academy signed a version of a status list.
    StatusList,
    /// A version of a review was published.
    Review,
    /// A review was taken down, by whom and why is in the record.
    ReviewRemove,
    /// It is shown again.
    ReviewRestore,
    /// A case is shown, or what is shown of it changed.
    Case,
    /// It is shown no more.
    CaseRemove,
    /// A decision of the directory's about a review or a case was appealed against.
    Appeal,
    /// The appeal was decided.
    AppealDecide,
    /// What was to be done about photos that look like another listing's was decided.
    HoldDecide,
    /// A report about a review was dismissed: the review stays.
    ReportDismiss,
    /// A concern about a practitioner was decided.
    ConcernDecide,
    /// What tied an entry to a record was erased.
    Erase,
}

impl Op {
    /// The word in the entry.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::KeyAdd => "key-add",
            Self::RecoveryKeyAdd => "recovery-key-add",
            Self::KeyConfirm => "key-confirm",
            Self::KeyRetire => "key-retire",
            Self::KeyCompromise => "key-compromise",
            Self::Recognise => "recognise",
            Self::RecogniseEnd => "recognise-end",
            Self::Certificate => "certificate",
            Self::Act(act) => act,
            Self::StatusList => "status-list",
            Self::Review => "review",
            Self::ReviewRemove => "review-remove",
            Self::ReviewRestore => "review-restore",
            Self::Case => "case",
            Self::CaseRemove => "case-remove",
            Self::Appeal => "appeal",
            Self::AppealDecide => "appeal-decide",
            Self::HoldDecide => "hold-decide",
            Self::ReportDismiss => "report-dismiss",
            Self::ConcernDecide => "concern-decide",
            Self::Erase => "erase",
        }
    }
}

/// Whom an entry concerns, by a random log id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// An academy.
    Academy(Uuid),
    /// A listing.
    Listing(Uuid),
    /// Nobody: the entry is about another entry.
    Nobody,
}

/// An entry on its way into the log: everything but the time it enters.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// What happened.
    pub op: Op,
    /// Whom it concerns.
    pub party: Party,
    /// The digest of what it happened to, or of what was said.
    pub digest: Digest,
    /// Further members: codes, numbers, keys and signatures.
    pub more: Vec<(&'static str, Value)>,
}

impl Leaf {
    /// An entry without further members.
    #[must_use]
    pub fn new(op: Op, academy: Uuid, digest: Digest) -> Self {
        Self { op, party: Party::Academy(academy), digest, more: Vec::new() }
    }

    /// An entry about something of a listing; the digest is a salted one.
    #[must_use]
    pub fn of_listing(op: Op, listing: Uuid, digest: Digest) -> Self {
        Self { op, party: Party::Listing(listing), digest, more: Vec::new() }
    }

    /// That nothing ties the entry at this index to a record any more.
    #[must_use]
    pub fn erasure(index: u64) -> Self {
        let digest = digest_of(&json!({"index": index.to_string()}));
        let more = vec![("index", json!(index))];
        Self { op: Op::Erase, party: Party::Nobody, digest, more }
    }

    /// With a further member, where there is one.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        self.more.extend(value.map(|value| (name, value.into())));
        self
    }

    /// The entry's members, but for `at`.
    pub(super) fn body(&self) -> Map<String, Value> {
        let mut body = Map::new();
        body.insert("v".to_owned(), json!(1));
        body.insert("op".to_owned(), json!(self.op.as_str()));
        match self.party {
            Party::Academy(id) => drop(body.insert("academy".to_owned(), json!(log_id(id)))),
            Party::Listing(id) => drop(body.insert("listing".to_owned(), json!(log_id(id)))),
            Party::Nobody => {}
        }
        body.insert("digest".to_owned(), json!(self.digest.to_multibase()));
        body.extend(self.more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        body
    }
}

/// How a random log id is written in entries.
#[must_use]
pub fn log_id(id: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(id.as_bytes())
}

/// The entry as it stands in the log: canonical JSON with the time it entered.
pub(super) fn entry(body: &str, at: Ts) -> Result<Vec<u8>, serde_json::Error> {
    let mut members: Map<String, Value> = serde_json::from_str(body)?;
    members.insert("at".to_owned(), json!(at.to_string()));
    // Its numbers are small: there is nothing canonical JSON could refuse.
    Ok(jcs::to_vec(&Value::Object(members)).unwrap_or_default())
}

/// The digest that stands for an academy's key in the log.
#[must_use]
pub fn key_digest(did: &str, multibase: &str) -> Digest {
    digest_of(&json!({"did": did, "key": multibase}))
}

/// The digest that stands for a recognition: who, by whom, and from when it counts.
#[must_use]
pub fn recognition_digest(did: &str, vouched_by: &str, counts_from: Ts) -> Digest {
    digest_of(&json!({"counts_from": counts_from.to_string(), "did": did, "vouched_by": vouched_by}))
}

fn digest_of(value: &Value) -> Digest {
    // Texts only: there is no number that canonical JSON could refuse.
    Digest::of_json(value).unwrap_or_else(|_| Digest::of_bytes(&[]))
}

/// Where something is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The entry's index, from 0.
    pub index: u64,
    /// When it entered.
    pub at: Ts,
}

/// What the log is, and how far.
#[derive(Clone, Debug)]
pub struct Head {
    /// How many entries its tree has.
    pub size: u64,
    /// The newest checkpoint, a signed note.
    pub checkpoint: Option<(u64, String, Ts)>,
    /// How many wait to enter.
    pub waiting: u64,
    /// Why nothing is signed, where nothing is.
    pub frozen: Option<String>,
}

/// The log's promise that something it was given will be in it: a signed note of its own form, that can never be taken
/// for a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Which log.
    pub origin: String,
    /// What will be in the entry, an [`Op`]'s word.
    pub op: String,
    /// The digest in the entry.
    pub digest: Digest,
    /// When it was received.
    pub at: Ts,
    /// By when it is in the log.
    pub by: Ts,
}

impl Receipt {
    /// A receipt given now.
    #[must_use]
    pub fn new(origin: &str, op: Op, digest: Digest, at: Ts) -> Self {
        let (origin, op) = (origin.to_owned(), op.as_str().to_owned());
        Self { origin, op, digest, at, by: at.plus(limits::LOG_WITHIN) }
    }

    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        let digest = STANDARD.encode(self.digest.0);
        format!(
            "{}/receipt\n{} {digest}\nreceived {}\nlogged by {}\n",
            self.origin, self.op, self.at, self.by
        )
    }

    /// Reads a receipt that this log signed.
    ///
    /// # Errors
    /// [`LogError`]: malformed, of another log, or not signed by its key.
    pub fn open(note: &str, log: &NoteKey) -> Result<Self, LogError> {
        const FORM: LogError =
            LogError::Malformed("a receipt has four lines: the log, what, when, and by when");
        let note = Note::parse(note)?;
        let lines: Vec<&str> = note.text().lines().collect();
        let [origin, what, at, by] = lines[..] else { return Err(FORM) };
        let origin = origin.strip_suffix("/receipt").ok_or(FORM)?;
        let (op, digest) = what.split_once(' ').ok_or(FORM)?;
        let digest = STANDARD.decode(digest).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(FORM)?;
        let time = |line: &str, word: &str| line.strip_prefix(word).and_then(|text| Ts::parse(text).ok());
        let receipt = Self {
            origin: origin.to_owned(),
            op: op.to_owned(),
            digest: Digest(digest),
            at: time(at, "received ").ok_or(FORM)?,
            by: time(by, "logged by ").ok_or(FORM)?,
        };
        if origin != log.name() {
            return Err(LogError::OtherLog);
        }
        if note.is_signed_by(log) { Ok(receipt) } else { Err(LogError::Unsigned) }
    }
}
