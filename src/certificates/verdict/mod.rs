//! The verdict on a certificate: named checks over a document and what is known about its issuer.
//!
//! Pure. The caller parses the text ([`parse`]), reads the document, looks up what is known
//! ([`Knowledge`]) and asks ([`judge`]); [`of_bytes`] does all of it where nothing has to be
//! awaited. Whatever arrives, an answer comes back: broken JSON is an `invalid` with the fault.
//!
//! Precedence, worst first: malformed, tampered, key compromised, not yet valid, expired, issued
//! to somebody else, cannot tell, unrecognised, valid. What was not checked is listed as such.

mod checks;
mod knowledge;

use serde::{Deserialize, Serialize};

pub use checks::{judge, same_name};
pub use knowledge::{
    Compromise, Course, Holder, Issuer, IssuerRecord, KeyRecord, Knowledge, Recognition, Span, Stored,
};

use super::document::Document;
use crate::platform::clock::Ts;
use crate::platform::problem::Fault;
use crate::signing::json;

/// What can be said of a certificate in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, poem_openapi::Enum)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, poem_openapi::Enum)]
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

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, poem_openapi::Enum)]
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

/// One fact a check rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Object)]
pub struct Evidence {
    /// What kind of fact: `verification-method`, `valid-until`, `fault`, …
    pub kind: String,
    /// The fact itself.
    pub value: String,
}

impl Evidence {
    fn new(kind: &'static str, value: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), value: value.into() }
    }
}

/// One check of a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Object)]
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

/// What can be said of a certificate, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, poem_openapi::Object)]
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
    /// What decided it.
    #[serde(skip)]
    #[oai(skip)]
    reason: Reason,
}

impl Verdict {
    /// The check of this name; every verdict has all six.
    #[must_use]
    pub fn check(&self, name: CheckName) -> Option<&Check> {
        self.checks.iter().find(|check| check.check == name)
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

/// When is asked about: now, or an earlier instant by what is known now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    now: Ts,
    as_of: Option<Ts>,
}

/// Why a time cannot be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AsOfError {
    /// It is neither a day nor a time.
    #[error("write a day like 2026-03-01, or a time like 2026-03-01T09:30:00Z")]
    Form,
    /// It lies in the future, of which nobody can say anything.
    #[error("it lies in the future; ask about today or an earlier day")]
    Future,
}

impl Question {
    /// What holds now.
    #[must_use]
    pub const fn now(now: Ts) -> Self {
        Self { now, as_of: None }
    }

    /// What held at an earlier instant, by what is known now.
    ///
    /// # Errors
    /// [`AsOfError::Future`].
    pub fn as_of(now: Ts, as_of: Ts) -> Result<Self, AsOfError> {
        if as_of > now {
            return Err(AsOfError::Future);
        }
        Ok(Self { now, as_of: Some(as_of) })
    }

    /// Reads a day (its last instant in UTC, or now where the day is today) or a time.
    ///
    /// # Errors
    /// [`AsOfError`].
    pub fn parse(now: Ts, text: &str) -> Result<Self, AsOfError> {
        if let Ok(at) = Ts::parse(text) {
            return Self::as_of(now, at);
        }
        let day = (text.len() == 10).then(|| Ts::parse(&format!("{text}T23:59:59.999999Z")));
        match day {
            Some(Ok(end)) if end.date() == now.date() => Self::as_of(now, now),
            Some(Ok(end)) => Self::as_of(now, end),
            _ => Err(AsOfError::Form),
        }
    }

    /// The instant asked about.
    #[must_use]
    pub fn at(self) -> Ts {
        self.as_of.unwrap_or(self.now)
    }
}

/// Parses the text of a certificate with the limits that hold for one.
///
/// # Errors
/// [`json::Error`]; [`of_unreadable`] makes a verdict of it.
pub fn parse(bytes: &[u8]) -> Result<serde_json::Value, json::Error> {
    json::parse(bytes, json::Limits::CERTIFICATE)
}

/// The verdict on a text that is not JSON.
#[must_use]
pub fn of_unreadable(error: &json::Error, question: Question) -> Verdict {
    let fault = Fault::new(error.pointer(), error.code(), format!("{error}."));
    checks::malformed(&[fault], question)
}

/// The verdict on a document that is not a credential in good form.
///
/// Where nothing is wrong but a context nobody here knows, the answer is `cannot_tell`.
#[must_use]
pub fn of_faults(faults: &[Fault], question: Question) -> Verdict {
    checks::malformed(faults, question)
}

/// The verdict on a text, where what is known can be looked up without waiting.
pub fn of_bytes<'k>(
    bytes: &[u8],
    question: Question,
    know: impl FnOnce(&Document<'_>) -> Knowledge<'k>,
) -> Verdict {
    let value = match parse(bytes) {
        Ok(value) => value,
        Err(error) => return of_unreadable(&error, question),
    };
    match Document::read(&value) {
        Ok(document) => judge(&document, &know(&document), question),
        Err(faults) => of_faults(&faults, question),
    }
}
