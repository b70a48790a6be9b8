//! The client's consent: what it covers, until when, and the link it is given and withdrawn by.

use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};
use time::Date;

use super::details::{one_day, open_day};
use crate::platform::clock::Ts;
use crate::platform::problem::Fault;
use crate::platform::token::{Purpose, Token};
use crate::vocabulary::ConsentScope;

/// What the scopes must cover before a case is shown here.
pub const NEEDED_SCOPES: [&str; 2] = ["directory", "api"];

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
    /// How the link reached the client.
    pub way: ConsentWay,
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

/// What the token in a consent link is for.
#[derive(Debug)]
pub struct Consenting;

impl Purpose for Consenting {
    const PREFIXES: &'static [&'static str] = &["stc_"];
}

/// The token in a consent link.
pub type ConsentToken = Token<Consenting>;

/// How a consent link reached the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum, sqlx::Type)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum ConsentWay {
    /// On paper, through the practitioner's hands.
    Printed,
    /// By e-mail from the directory: the practitioner never saw it.
    Mailed,
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
    /// How it reached the client.
    pub way: ConsentWay,
}
