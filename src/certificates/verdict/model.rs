//! The words of a verdict, as they stand on the wire.

use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};

use crate::platform::clock::Ts;
use crate::platform::id::Number;

/// What can be said of a certificate in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Answer {
    /// Unchanged since a recognised academy signed it, and in force.
    Valid,
    /// Unchanged since it was signed, by an academy nobody recognises.
    Unrecognised,
    /// Malformed, changed, not in force, or somebody else's.
    Invalid,
    /// Something that decides it could not be checked.
    CannotTell,
}

impl Answer {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Unrecognised => "unrecognised",
            Self::Invalid => "invalid",
            Self::CannotTell => "cannot_tell",
        }
    }
}

/// The checks, in the order they are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum CheckName {
    /// Is it in good form and unchanged since it was signed?
    Integrity,
    /// Did a recognised academy sign it, with a key in good standing?
    Issuer,
    /// Is it in force on the day asked about?
    Period,
    /// Has it been revoked?
    Status,
    /// Is it in the public log?
    Log,
    /// Is its holder the person it is shown for?
    Holder,
}

impl CheckName {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Integrity => "integrity",
            Self::Issuer => "issuer",
            Self::Period => "period",
            Self::Status => "status",
            Self::Log => "log",
            Self::Holder => "holder",
        }
    }
}

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// Checked and good.
    Pass,
    /// Checked, and there is something to know.
    Warn,
    /// Checked and bad.
    Fail,
    /// It should be checked and could not be.
    Unknown,
    /// It was not checked.
    NotChecked,
    /// There is nothing to check.
    NotApplicable,
}

impl CheckOutcome {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::NotChecked => "not_checked",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// What kind of fact a check rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Enum)]
#[serde(rename_all = "kebab-case")]
#[oai(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// A fault of its form: JSON pointer, code and words.
    Fault,
    /// The verification method a proof names.
    VerificationMethod,
    /// The suite of a proof that was verified.
    Cryptosuite,
    /// The issuer's id.
    Issuer,
    /// Since when the key is the issuer's.
    KeyAdded,
    /// Since when the key signs no more.
    KeyRetired,
    /// Until when the key may be used.
    KeyExpires,
    /// The earliest time at which the key may have been stolen.
    KeyCompromisedSince,
    /// When the theft of the key was reported.
    KeyCompromiseReported,
    /// Who recognises the issuer.
    RecognisedBy,
    /// Since when.
    RecognisedFrom,
    /// Until when.
    RecognisedUntil,
    /// From when on it is in force, as written.
    ValidFrom,
    /// Until when it is in force, as written.
    ValidUntil,
    /// The day of the award, as written.
    Awarded,
    /// When the directory received it.
    Received,
    /// The index of its entry in the public log.
    LogIndex,
    /// When it entered the public log.
    Logged,
    /// What was done to it, with when and why.
    Act,
    /// The status list entry it names.
    StatusEntry,
    /// When the version of the status list that was read was published.
    StatusListPublished,
    /// The name of its holder.
    Holder,
    /// The subject's id.
    Subject,
}

/// One fact a check rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Object)]
pub struct Evidence {
    /// What kind of fact.
    pub kind: EvidenceKind,
    /// The fact itself.
    pub value: String,
}

impl Evidence {
    pub(super) fn new(kind: EvidenceKind, value: impl Into<String>) -> Self {
        Self { kind, value: value.into() }
    }
}

/// One check of a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Object)]
pub struct Check {
    /// Which check.
    pub check: CheckName,
    /// What it came to.
    pub outcome: CheckOutcome,
    /// The same in plain words.
    pub detail: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

/// How the credential came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum)]
#[serde(rename_all = "kebab-case")]
#[oai(rename_all = "kebab-case")]
pub enum Form {
    /// As JSON.
    Json,
    /// As a compact JSON Web Signature.
    Jwt,
    /// In a picture, as a baked badge.
    Png,
    /// In a drawing, as a baked badge.
    Svg,
    /// Attached to a PDF.
    Pdf,
    /// As the number of a certificate the directory holds.
    Number,
    /// As a link to one.
    Link,
}

/// What can be said of a certificate, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Object)]
pub struct Verdict {
    /// The answer in one word.
    pub verdict: Answer,
    /// Every check, made or not.
    pub checks: Vec<Check>,
    /// The instant the answer is for: now, or the one that was asked about.
    pub as_of: Ts,
    /// Today's answer, where another day was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(skip_serializing_if_is_none)]
    pub today: Option<Answer>,
    /// Where another day was asked about: the newest checkpoint of the public log, a signed note, with whose tree it was
    /// answered. Absent while there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(skip_serializing_if_is_none)]
    pub checkpoint: Option<String>,
    /// In what form it came, where something was sent to be verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(skip_serializing_if_is_none)]
    pub form: Option<Form>,
    /// The number it has in the directory, where the directory holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(skip_serializing_if_is_none)]
    pub certificate: Option<Number>,
    /// What decided it.
    #[serde(skip)]
    #[oai(skip)]
    pub(super) reason: Reason,
}

impl Verdict {
    /// The check of this name; every verdict has all six.
    #[must_use]
    pub fn check(&self, name: CheckName) -> Option<&Check> {
        self.checks.iter().find(|check| check.check == name)
    }

    /// The same, saying in what form the credential came.
    #[must_use]
    pub fn in_form(self, form: Form) -> Self {
        Self { form: Some(form), ..self }
    }

    /// What decided the answer.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.reason
    }
}

/// What decides a verdict; the worst that applies, which is the first in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It is not a credential in good form.
    Malformed,
    /// It is not what was signed, or not signed with the issuer's key.
    Tampered,
    /// It was signed with a key that is in the wrong hands, or that may not sign certificates.
    KeyNotGood,
    /// It was revoked, replaced or set aside, or the directory does not rely on it.
    Revoked,
    /// It is not in force yet.
    NotYetValid,
    /// It is no longer in force.
    Expired,
    /// It was issued to another listing.
    AnotherHolder,
    /// Something that decides it could not be checked.
    #[default]
    CannotTell,
    /// Nobody recognises its issuer.
    Unrecognised,
    /// Nothing speaks against it.
    Good,
}

impl Reason {
    /// The answer it leads to.
    #[must_use]
    pub const fn answer(self) -> Answer {
        match self {
            Self::Malformed
            | Self::Tampered
            | Self::KeyNotGood
            | Self::Revoked
            | Self::NotYetValid
            | Self::Expired
            | Self::AnotherHolder => Answer::Invalid,
            Self::CannotTell => Answer::CannotTell,
            Self::Unrecognised => Answer::Unrecognised,
            Self::Good => Answer::Valid,
        }
    }

    /// The reason as a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Malformed => "This is not a certificate in good form.",
            Self::Tampered => {
                "This is not what the academy signed: it was changed, or signed by somebody else."
            }
            Self::KeyNotGood => "It was signed with a key that must not be trusted.",
            Self::Revoked => "It was revoked, replaced or set aside.",
            Self::NotYetValid => "It is not in force yet.",
            Self::Expired => "It has expired.",
            Self::AnotherHolder => "It was issued to somebody else's listing.",
            Self::CannotTell => "Whether it is good could not be found out.",
            Self::Unrecognised => {
                "It is unchanged since it was signed, by an academy nobody here recognises."
            }
            Self::Good => "It is unchanged since a recognised academy signed it, and it is in force.",
        }
    }
}
