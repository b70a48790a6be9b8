//! The client's consent: what it covers, until when, and the link it is given and withdrawn by.

use std::fmt;

use poem_openapi::Object;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use time::Date;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::details::{one_day, open_day};
use crate::platform::clock::Ts;
use crate::platform::id::Ids;
use crate::platform::problem::Fault;
use crate::vocabulary::ConsentScope;

/// What the scopes must cover before a case is shown here.
pub const NEEDED_SCOPES: [&str; 2] = ["directory", "api"];
/// What tokens of a consent link begin with.
const PREFIX: &str = "stc_";

/// What the practitioner says the client agreed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Object)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct StatedConsent {
    /// What for. Being shown here needs `directory` and `api`.
    #[oai(validator(min_items = 1, max_items = 4))]
    pub scopes: Vec<ConsentScope>,
    /// The day the client agreed.
    #[serde(with = "one_day")]
    pub given_on: Date,
    /// The last day it holds; until withdrawn when left out.
    #[serde(default, with = "open_day", skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

impl StatedConsent {
    pub(super) fn tidy(&mut self) {
        self.scopes.sort_unstable();
        self.scopes.dedup();
    }

    pub(super) fn faults(&self, today: Date, faults: &mut Vec<Fault>) {
        if self.given_on > today {
            let detail = format!("{} has not come yet.", self.given_on);
            faults.push(Fault::new("/consent/given_on", "in-the-future", detail));
        }
        if self.until.is_some_and(|until| until < self.given_on) {
            faults.push(Fault::new(
                "/consent/until",
                "before-start",
                "It would have ended before it was given.",
            ));
        }
    }
}

/// What the client confirmed by their link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// When.
    pub at: Ts,
    /// What for.
    pub scopes: Vec<ConsentScope>,
    /// The last day it holds.
    pub until: Option<Date>,
}

/// The consent a case rests on: the client's own word where there is one, the practitioner's otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Grounds<'a> {
    /// What for.
    pub scopes: &'a [ConsentScope],
    /// The last day it holds.
    pub until: Option<Date>,
}

impl Grounds<'_> {
    /// Whether it covers being shown here on that day.
    pub fn cover(&self, today: Date) -> bool {
        self.until.is_none_or(|until| today <= until)
            && NEEDED_SCOPES.iter().all(|needed| self.scopes.iter().any(|scope| scope.as_str() == *needed))
    }

    /// Whether its last day has passed.
    pub fn are_over(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until < today)
    }
}

/// The text in a consent link. It cannot be printed by accident and is wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ConsentToken(String);

impl ConsentToken {
    /// A fresh one: 256 bits.
    pub fn generate(ids: &Ids) -> Self {
        let mut bytes = ids.bytes::<32>();
        let text = format!("{PREFIX}{}", bs58::encode(&bytes).into_string());
        bytes.zeroize();
        Self(text)
    }

    /// Reads what a client's link carries; `None` when it cannot be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(PREFIX)?;
        let plausible =
            (40..=46).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
        plausible.then(|| Self(text.to_owned()))
    }

    /// The text, for the one answer that hands it out.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the database keeps: SHA-256 of the text.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// Whether `stored` is this token's hash, in a time that does not depend on where they differ.
    pub fn is(&self, stored: &[u8]) -> bool {
        self.hash().ct_eq(stored).into()
    }
}

impl fmt::Debug for ConsentToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConsentToken(…)")
    }
}

/// A link as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentLink {
    /// The case it is for.
    pub case: uuid::Uuid,
    /// SHA-256 of its token.
    pub token_hash: Vec<u8>,
    /// When it stops working, unless the client has used it by then.
    pub expires_at: Ts,
    /// What the client confirmed.
    pub confirmed: Option<Confirmation>,
    /// When the client withdrew.
    pub revoked_at: Option<Ts>,
}
