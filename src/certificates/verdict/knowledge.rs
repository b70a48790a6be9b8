//! What the judge is told besides the document: who the issuer is, what was received when, and
//! whom the certificate is shown for. All of it is looked up by the caller.

use crate::certificates::model::acts::CertificateAct;
use crate::platform::clock::Ts;
use crate::platform::id::Number;
use crate::signing::did::{self, DidDocument};
use crate::signing::digest::Digest;
use crate::signing::keys::PublicKey;
use crate::signing::stamp::Stamp;

/// Everything known about a certificate from elsewhere than itself.
#[derive(Clone, Debug, Default)]
pub struct Knowledge<'a> {
    /// Who the issuer is.
    pub issuer: Issuer<'a>,
    /// When the directory received it, where it did.
    pub received: Option<Ts>,
    /// Where it is in the public log, where it is.
    pub logged: Option<Logged>,
    /// Whether the directory holds a certificate of the same issuer and id.
    pub stored: Stored,
    /// What is known of its course version.
    pub course: Course,
    /// What its status list says.
    pub status: Status,
    /// What was done to it since it was issued, oldest first.
    pub acts: &'a [CertificateAct],
    /// For whom it is shown.
    pub holder: Holder<'a>,
}

/// What is known of the issuer.
#[derive(Clone, Copy, Debug, Default)]
pub enum Issuer<'a> {
    /// Nothing but what the certificate says itself.
    #[default]
    ItselfOnly,
    /// Its keys, and whether it is recognised.
    Known(&'a IssuerRecord),
}

/// An issuer as it is known to the directory, to a trust file, or to the caller.
#[derive(Clone, Debug)]
pub struct IssuerRecord {
    /// Its DID.
    pub did: String,
    /// The name it is registered under; none where only a DID document is known.
    pub name: Option<String>,
    /// Every key it ever had.
    pub keys: Vec<KeyRecord>,
    /// Who recognises it.
    pub recognition: Recognition,
}

/// A key of an issuer.
#[derive(Clone, Debug)]
pub struct KeyRecord {
    /// The verification method, `<did>#<publicKeyMultibase>`.
    pub method: String,
    /// The key.
    pub key: PublicKey,
    /// Since when it is the issuer's, where that is known.
    pub added: Option<Ts>,
    /// Since when it signs no more. What it signed before stands.
    pub retired: Option<Ts>,
    /// After when it must not be used at all, where its document says so.
    pub expires: Option<Ts>,
    /// That it is in the wrong hands.
    pub compromised: Option<Compromise>,
    /// Whether it may sign certificates; a key may be listed for other purposes.
    pub may_certify: bool,
}

impl KeyRecord {
    /// A key in good standing since `added`.
    #[must_use]
    pub fn standing(did: &str, key: PublicKey, added: Option<Ts>) -> Self {
        Self {
            method: did::method_id(did, &key),
            key,
            added,
            retired: None,
            expires: None,
            compromised: None,
            may_certify: true,
        }
    }
}

/// That a key is in the wrong hands. Only certificates that the public log shows to be older than `since` stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compromise {
    /// The earliest possible theft; since the key was added where there is none.
    pub since: Option<Ts>,
    /// When it was reported.
    pub reported: Option<Ts>,
}

impl Compromise {
    /// Whether what entered the public log then stands all the same.
    #[must_use]
    pub fn spares(self, logged: Option<Ts>) -> bool {
        self.since.zip(logged).is_some_and(|(since, logged)| logged < since)
    }
}

/// Who recognises an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recognition {
    /// A registry of this name, within these spans; none of them means that it does not.
    Registry {
        /// The registry's name.
        name: String,
        /// When it recognises the issuer.
        spans: Vec<Span>,
    },
    /// Whoever asks, by naming this issuer as one to trust.
    Caller,
}

/// A span of time, open at its end where `until` is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first instant inside.
    pub from: Ts,
    /// The first instant outside.
    pub until: Option<Ts>,
}

impl Span {
    /// Whether an instant lies inside.
    #[must_use]
    pub fn contains(self, at: Ts) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

/// Whether the directory holds a certificate of the same issuer and id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stored {
    /// It holds none, or was not asked.
    #[default]
    NotHeld,
    /// It holds one whose canonical form has this digest ([`super::super::document::Document::digest`]).
    Held(Digest),
}

/// Where a certificate is in the public log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The entry's index, from 0.
    pub index: u64,
    /// When it entered.
    pub at: Ts,
    /// How many witnesses that are relied on have seen a checkpoint with it.
    pub witnesses: usize,
}

/// What is known of the course version a certificate names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Course {
    /// It was not at hand; its hours and topics were not looked at.
    #[default]
    NotAtHand,
    /// It is the issuer's, and its content has the hash that was signed.
    Matches,
    /// Its content has another hash.
    Differs,
    /// It belongs to another academy.
    NotTheIssuers,
}

/// What is known of the bit a certificate names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// The list was not read.
    #[default]
    NotRead,
    /// A list that is kept here says this.
    Read {
        /// Whether the bit is set.
        is_set: bool,
        /// When the version was published.
        published: Ts,
    },
    /// What is known is of then, and too old to speak for the time asked about.
    Stale {
        /// Of when it is.
        known: Ts,
    },
}

/// For whom a certificate is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Holder<'a> {
    /// For nobody in particular: a bare document.
    #[default]
    NotCompared,
    /// For a listing, known by this number (and earlier ones that were merged into it), and by
    /// these names, present and former.
    Listing {
        /// Its numbers, the present one first.
        numbers: &'a [Number],
        /// Its names.
        names: &'a [&'a str],
    },
    /// For a person of this name.
    Person(&'a str),
}

impl IssuerRecord {
    /// An issuer known by its DID document alone, which the caller chose to trust.
    #[must_use]
    pub fn from_did_document(document: &DidDocument) -> Self {
        let at = |stamp: Stamp| Ts::from_micros(stamp.micros());
        let keys = document.methods().iter().map(|method| KeyRecord {
            method: method.id.clone(),
            key: method.key,
            added: None,
            retired: None,
            expires: method.expires.map(at),
            compromised: method
                .revoked
                .map(|revoked| Compromise { since: Some(at(revoked)), reported: None }),
            may_certify: method.assertion,
        });
        Self {
            did: document.id().to_owned(),
            name: None,
            keys: keys.collect(),
            recognition: Recognition::Caller,
        }
    }

    /// The key of this verification method.
    #[must_use]
    pub fn key(&self, method: &str) -> Option<&KeyRecord> {
        self.keys.iter().find(|key| key.method == method)
    }
}
