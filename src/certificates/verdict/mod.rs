//! The verdict on a certificate: named checks over a document and what is known about its issuer.
//!
//! Pure. The caller reads the text ([`read()`]), reads the document, looks up what is known
//! ([`Knowledge`]) and asks ([`judge`]); [`of_bytes`] does all of it where nothing has to be
//! awaited. Whatever arrives, an answer comes back: broken JSON is an `invalid` with the fault.
//!
//! Precedence, worst first: malformed, tampered, key compromised, revoked or withdrawn, not yet valid, expired, issued
//! to somebody else, cannot tell, unrecognised, valid. What was not checked is listed as such.

mod checks;
mod knowledge;
mod model;

pub use checks::judge;
pub use knowledge::{
    Compromise, Course, Holder, Issuer, IssuerRecord, KeyRecord, Knowledge, Logged, Recognition, Span,
    Status, Stored,
};
pub use model::{Answer, Check, CheckName, CheckOutcome, Evidence, EvidenceKind, Form, Reason, Verdict};

use super::document::Document;
use crate::platform::clock::Ts;
use crate::platform::problem::Fault;
use crate::signing::jose::{Jws, JwsError};
use crate::signing::json;
use crate::signing::proof::PROOF;

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

    /// The same about now.
    #[must_use]
    pub const fn today(self) -> Self {
        Self::now(self.now)
    }

    /// The instant asked about.
    #[must_use]
    pub fn at(self) -> Ts {
        self.as_of.unwrap_or(self.now)
    }
}

/// Reads the text of a certificate with the limits that hold for one; [`Document::read_text`] goes on with it.
///
/// # Errors
/// [`json::Error`]; [`of_unreadable`] makes a verdict of it.
pub fn read(bytes: &[u8]) -> Result<json::Text<'_>, json::Error> {
    json::read(bytes, json::Limits::CERTIFICATE, PROOF)
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

/// The verdict on a compact JWS that holds no credential that can be read.
#[must_use]
pub fn of_unreadable_jws(error: &JwsError, question: Question) -> Verdict {
    checks::malformed(&[Fault::new("", "jws", format!("{error}."))], question)
}

/// The verdict on a compact JWS, where what is known can be looked up without waiting.
pub fn of_jws<'k>(
    text: &str,
    question: Question,
    know: impl FnOnce(&Document<'_>) -> Knowledge<'k>,
) -> Verdict {
    let jws = match Jws::read(text, json::Limits::CERTIFICATE) {
        Ok(jws) => jws,
        Err(error) => return of_unreadable_jws(&error, question),
    };
    match Document::read_jws(&jws) {
        Ok(document) => judge(&document, &know(&document), question),
        Err(faults) => of_faults(&faults, question),
    }
}

/// The verdict on a text, where what is known can be looked up without waiting.
pub fn of_bytes<'k>(
    bytes: &[u8],
    question: Question,
    know: impl FnOnce(&Document<'_>) -> Knowledge<'k>,
) -> Verdict {
    let text = match read(bytes) {
        Ok(text) => text,
        Err(error) => return of_unreadable(&error, question),
    };
    match Document::read_text(&text) {
        Ok(document) => judge(&document, &know(&document), question),
        Err(faults) => of_faults(&faults, question),
    }
}
