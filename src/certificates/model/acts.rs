//! What may be done to a certificate after it was issued, by whom, and what that makes of it.
//!
//! An academy's acts are its own: each is a statement it signs with a key that signs today, so that nobody, the
//! directory included, can make one in its name. The directory's own acts are other acts, and shown as the
//! directory's; they never set a bit of an academy's status list.

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::platform::clock::Ts;
use crate::platform::id::{Number, NumberKind};
use crate::signing::digest::Digest;
use crate::signing::jcs;

/// The purpose named in every statement of an act.
pub const ACT_PURPOSE: &str = "stipple-certificate-act-v1";

/// What is done to a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Enum)]
#[serde(rename_all = "kebab-case")]
#[oai(rename_all = "kebab-case")]
pub enum Act {
    /// The academy takes it back, for good, from that moment on.
    Revoke,
    /// The academy sets it aside for now.
    Suspend,
    /// The academy lifts a suspension.
    Reinstate,
    /// The academy replaces it by another certificate.
    Supersede,
    /// The academy says that it should never have been issued.
    IssuedInError,
    /// The directory no longer relies on it.
    DirectoryWithdraw,
    /// The directory relies on it again.
    DirectoryRestore,
}

impl Act {
    /// The word on the wire, in statements and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Revoke => "revoke",
            Self::Suspend => "suspend",
            Self::Reinstate => "reinstate",
            Self::Supersede => "supersede",
            Self::IssuedInError => "issued-in-error",
            Self::DirectoryWithdraw => "directory-withdraw",
            Self::DirectoryRestore => "directory-restore",
        }
    }

    /// Reads [`Self::as_str`].
    pub fn named(word: &str) -> Option<Self> {
        const ALL: [Act; 7] = [
            Act::Revoke,
            Act::Suspend,
            Act::Reinstate,
            Act::Supersede,
            Act::IssuedInError,
            Act::DirectoryWithdraw,
            Act::DirectoryRestore,
        ];
        ALL.into_iter().find(|act| act.as_str() == word)
    }

    /// Whether it is the directory's, and not the academy's.
    pub const fn is_the_directorys(self) -> bool {
        matches!(self, Self::DirectoryWithdraw | Self::DirectoryRestore)
    }

    /// Whether it ends the certificate for good, and sets its bit where it names a status list.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Revoke | Self::Supersede | Self::IssuedInError)
    }
}

/// Why it is done. The log holds these words and no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Enum)]
#[serde(rename_all = "kebab-case")]
#[oai(rename_all = "kebab-case")]
pub enum ActReason {
    /// The training was not completed as the certificate says.
    TrainingNotCompleted,
    /// It was obtained by deception.
    Deception,
    /// Something in it is wrong, such as a name or a date.
    DetailsWrong,
    /// It is renewed or replaced by a newer one.
    Renewed,
    /// The holder's work endangers people.
    SafetyConcern,
    /// The holder asked for it.
    HolderAsked,
    /// It was signed with a key that is in the wrong hands.
    KeyCompromised,
    /// What it was set aside for is settled.
    Settled,
    /// Something is being looked into.
    UnderReview,
}

impl ActReason {
    /// The word on the wire, in statements and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TrainingNotCompleted => "training-not-completed",
            Self::Deception => "deception",
            Self::DetailsWrong => "details-wrong",
            Self::Renewed => "renewed",
            Self::SafetyConcern => "safety-concern",
            Self::HolderAsked => "holder-asked",
            Self::KeyCompromised => "key-compromised",
            Self::Settled => "settled",
            Self::UnderReview => "under-review",
        }
    }

    /// Reads [`Self::as_str`].
    pub fn named(word: &str) -> Option<Self> {
        const ALL: [ActReason; 9] = [
            ActReason::TrainingNotCompleted,
            ActReason::Deception,
            ActReason::DetailsWrong,
            ActReason::Renewed,
            ActReason::SafetyConcern,
            ActReason::HolderAsked,
            ActReason::KeyCompromised,
            ActReason::Settled,
            ActReason::UnderReview,
        ];
        ALL.into_iter().find(|reason| reason.as_str() == word)
    }

    /// The reason in words, to stand after "because".
    pub const fn words(self) -> &'static str {
        match self {
            Self::TrainingNotCompleted => "the training was not completed",
            Self::Deception => "it was obtained by deception",
            Self::DetailsWrong => "something in it is wrong",
            Self::Renewed => "there is a newer one",
            Self::SafetyConcern => "the holder's work endangers people",
            Self::HolderAsked => "the holder asked for it",
            Self::KeyCompromised => "the key that signed it is in the wrong hands",
            Self::Settled => "what it was set aside for is settled",
            Self::UnderReview => "something is being looked into",
        }
    }
}

/// An act, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateAct {
    /// Its id.
    pub id: Uuid,
    /// The certificate.
    pub certificate_id: Uuid,
    /// What was done.
    pub act: Act,
    /// Why.
    pub reason: ActReason,
    /// The certificate that takes its place.
    pub superseded_by: Option<Number>,
    /// When it was taken in.
    pub at: Ts,
    /// By whom.
    pub actor: String,
    /// The academy's statement: none for the directory's acts.
    pub statement: Option<SignedAct>,
}

/// Under what an academy put its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedAct {
    /// The key, as `publicKeyMultibase`.
    pub key: String,
    /// The time it states, as written.
    pub stated_at: String,
    /// The signature, `z…`.
    pub signature: String,
}

/// What an academy signs to act on one of its certificates.
#[derive(Clone, Copy, Debug)]
pub struct ActStatement<'a> {
    /// The academy's DID.
    pub did: &'a str,
    /// The digest of the certificate: SHA-256 of its canonical form, proofs included.
    pub certificate: Digest,
    /// What is done.
    pub act: Act,
    /// Why.
    pub reason: ActReason,
    /// The certificate that takes its place.
    pub superseded_by: Option<Number>,
    /// When it is said, as a `dateTimeStamp`.
    pub at: &'a str,
}

impl ActStatement<'_> {
    /// The bytes that are signed: the canonical JSON of the statement. It is longer than the 64 bytes that a proof
    /// signs, and names its purpose, so no signature can be taken for another.
    ///
    /// # Panics
    /// Never: an object of texts has a canonical form.
    pub fn bytes(&self) -> Vec<u8> {
        let mut statement = json!({
            "act": self.act.as_str(),
            "at": self.at,
            "certificate": self.certificate.to_string(),
            "did": self.did,
            "purpose": ACT_PURPOSE,
            "reason": self.reason.as_str(),
        });
        if let Some(number) = self.superseded_by {
            statement["supersededBy"] = number.to_string().into();
        }
        jcs::to_vec(&statement).expect("an object of strings has a canonical form")
    }
}

impl CertificateAct {
    /// The act as a bundle carries it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut act = json!({
            "id": self.id,
            "certificate": self.certificate_id,
            "act": self.act.as_str(),
            "reason": self.reason.as_str(),
            "at": self.at,
            "actor": if self.statement.is_some() { "academy" } else { "directory" },
        });
        if let Some(number) = self.superseded_by {
            act["supersededBy"] = number.to_string().into();
        }
        if let Some(statement) = &self.statement {
            act["statement"] =
                json!({"key": statement.key, "at": statement.stated_at, "signature": statement.signature});
        }
        act
    }

    /// Reads [`Self::to_json`].
    #[must_use]
    pub fn from_json(value: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let statement = match &value["statement"] {
            Value::Null => None,
            made => Some(SignedAct {
                key: text(&made["key"])?,
                stated_at: text(&made["at"])?,
                signature: text(&made["signature"])?,
            }),
        };
        let number = |value: &Value| Number::parse(value.as_str()?, NumberKind::Certificate).ok();
        Some(Self {
            id: value["id"].as_str()?.parse().ok()?,
            certificate_id: value["certificate"].as_str()?.parse().ok()?,
            act: Act::named(value["act"].as_str()?)?,
            reason: ActReason::named(value["reason"].as_str()?)?,
            superseded_by: if value["supersededBy"].is_null() {
                None
            } else {
                Some(number(&value["supersededBy"])?)
            },
            at: Ts::parse(value["at"].as_str()?).ok()?,
            actor: text(&value["actor"])?,
            statement,
        })
    }
}

/// What the acts come to, where it is not simply in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It should never have been issued: that holds for every day.
    IssuedInError(ActReason),
    /// Taken back for good since then.
    Revoked(ActReason, Ts),
    /// Replaced since then.
    Superseded(Option<Number>, Ts),
    /// Set aside since then.
    Suspended(ActReason, Ts),
    /// The directory does not rely on it since then.
    Withdrawn(ActReason, Ts),
}

impl Standing {
    /// What the acts, oldest first, come to at an instant, by what is known now.
    pub fn of(acts: &[CertificateAct], at: Ts) -> Option<Self> {
        let until = |act: &&CertificateAct| act.at <= at;
        let last = |of: [Act; 2]| acts.iter().filter(until).rfind(|act| of.contains(&act.act));
        let found = |kind: Act| acts.iter().filter(until).find(|act| act.act == kind);
        if let Some(act) = acts.iter().find(|act| act.act == Act::IssuedInError) {
            return Some(Self::IssuedInError(act.reason));
        }
        if let Some(act) = found(Act::Revoke) {
            return Some(Self::Revoked(act.reason, act.at));
        }
        if let Some(act) = found(Act::Supersede) {
            return Some(Self::Superseded(act.superseded_by, act.at));
        }
        if let Some(act) = last([Act::Suspend, Act::Reinstate]).filter(|act| act.act == Act::Suspend) {
            return Some(Self::Suspended(act.reason, act.at));
        }
        last([Act::DirectoryWithdraw, Act::DirectoryRestore])
            .filter(|act| act.act == Act::DirectoryWithdraw)
            .map(|act| Self::Withdrawn(act.reason, act.at))
    }

    /// The code of the certificate status it leads to.
    pub const fn code(self) -> &'static str {
        match self {
            Self::IssuedInError(_) => "issued-in-error",
            Self::Revoked(..) => "revoked",
            Self::Superseded(..) => "superseded",
            Self::Suspended(..) => "suspended",
            Self::Withdrawn(..) => "withdrawn-by-directory",
        }
    }

    /// The same in a sentence.
    pub fn sentence(self) -> String {
        match self {
            Self::IssuedInError(reason) => {
                format!("The academy says that it should never have been issued, because {}.", reason.words())
            }
            Self::Revoked(reason, at) => {
                format!("The academy revoked it on {}, because {}.", at.date(), reason.words())
            }
            Self::Superseded(Some(by), at) => format!("The academy replaced it by {by} on {}.", at.date()),
            Self::Superseded(None, at) => format!("The academy replaced it on {}.", at.date()),
            Self::Suspended(reason, at) => format!(
                "The academy set it aside on {}, because {}. Other people's software does not see that.",
                at.date(),
                reason.words()
            ),
            Self::Withdrawn(reason, at) => format!(
                "The directory does not rely on it since {}, because {}. That is the directory's word and not the \
                 academy's, and other people's software does not see it.",
                at.date(),
                reason.words()
            ),
        }
    }
}

/// Whether an act can follow those there are; in words, where it cannot.
pub fn may_follow(acts: &[CertificateAct], next: Act) -> Result<(), &'static str> {
    let now = Standing::of(acts, Ts::MAX);
    let ended = acts.iter().any(|act| act.act.is_final());
    match next {
        Act::DirectoryWithdraw if matches!(now, Some(Standing::Withdrawn(..))) => {
            Err("The directory withdrew its reliance already.")
        }
        Act::DirectoryRestore if !matches!(now, Some(Standing::Withdrawn(..))) => {
            Err("There is nothing to restore: the directory did not withdraw its reliance.")
        }
        Act::DirectoryWithdraw | Act::DirectoryRestore => Ok(()),
        // That it should never have been issued can still be found out later.
        Act::IssuedInError if acts.iter().all(|act| act.act != Act::IssuedInError) => Ok(()),
        _ if ended => Err("The certificate was revoked, replaced or issued in error; that is final."),
        Act::Suspend if matches!(now, Some(Standing::Suspended(..))) => Err("It is suspended already."),
        Act::Reinstate if !matches!(now, Some(Standing::Suspended(..))) => Err("It is not suspended."),
        _ => Ok(()),
    }
}
