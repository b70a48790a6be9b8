//! Roles, tokens, and what a caller may do.

use std::fmt;
use std::str::FromStr;

use poem_openapi::Enum;
use uuid::Uuid;

use crate::platform::clock::Ts;
use crate::platform::problem::Error;
use crate::platform::token::{self, Purpose};

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
#[oai(rename_all = "kebab-case")]
pub enum Role {
    /// Runs the directory: may do everything an academy or a practitioner may, and recognise academies.
    Operator,
    /// Keeps one academy.
    Academy,
    /// Keeps one listing.
    Practitioner,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Operator, Self::Academy, Self::Practitioner];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Academy => "academy",
            Self::Practitioner => "practitioner",
        }
    }

    /// What its tokens begin with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Operator => "stp_op_",
            Self::Academy => "stp_ac_",
            Self::Practitioner => "stp_pr_",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|role| role.word() == text)
            .ok_or_else(|| format!("`{text}` is not a role; it is operator, academy or practitioner"))
    }
}

/// What a token of an account is for: the role is in its prefix.
#[derive(Debug)]
pub struct Access;

impl Purpose for Access {
    const PREFIXES: &'static [&'static str] =
        &[Role::Operator.prefix(), Role::Academy.prefix(), Role::Practitioner.prefix()];
}

/// The text of an account's token.
pub type Secret = token::Token<Access>;

/// The academy or listing that a token keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its id; what it is an id of follows from the role.
    pub id: Uuid,
    /// Its public name, which never changes: an academy's slug, a listing's number.
    pub name: String,
}

/// What a new token is to be.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// For whom.
    pub role: Role,
    /// What it keeps; `None` lets it register one.
    pub subject: Option<Subject>,
    /// A word for people, such as "front desk".
    pub label: String,
    /// When it stops working by itself.
    pub expires_at: Option<Ts>,
}

/// A token as the directory knows it: everything but its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: Uuid,
    /// For whom.
    pub role: Role,
    /// Its first characters.
    pub hint: String,
    /// A word for people.
    pub label: String,
    /// What it keeps.
    pub subject: Option<Subject>,
    /// When it was made.
    pub created_at: Ts,
    /// When it stops working by itself.
    pub expires_at: Option<Ts>,
    /// When it was revoked.
    pub revoked_at: Option<Ts>,
    /// The day it was last used, as that day's first instant.
    pub last_used_at: Option<Ts>,
}

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenProblem {
    /// Not a token this directory made.
    Unknown,
    /// Revoked, then.
    Revoked(Ts),
    /// Expired, then.
    Expired(Ts),
}

impl From<TokenProblem> for Error {
    #[track_caller]
    fn from(problem: TokenProblem) -> Self {
        let detail = match problem {
            TokenProblem::Unknown => {
                "This directory does not know that token. Check that it was copied whole, \
                 or leave the Authorization header out: reading needs no token."
                    .to_owned()
            }
            TokenProblem::Revoked(at) => {
                format!("That token was revoked on {}. Ask an operator for a new one.", at.date())
            }
            TokenProblem::Expired(at) => {
                format!("That token expired on {}. Ask an operator for a new one.", at.date())
            }
        };
        // RFC 6750 section 3.1.
        Self::new(crate::platform::problem::UNAUTHORIZED, detail)
            .with_header("www-authenticate", "Bearer error=\"invalid_token\"")
    }
}

impl Token {
    /// Whether it works at that moment.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, now: Ts) -> Result<(), TokenProblem> {
        if let Some(at) = self.revoked_at {
            return Err(TokenProblem::Revoked(at));
        }
        match self.expires_at {
            Some(at) if at <= now => Err(TokenProblem::Expired(at)),
            _ => Ok(()),
        }
    }

    /// Whether its last use was noted on an earlier day than `now`'s.
    pub fn is_stale(&self, now: Ts) -> bool {
        self.last_used_at.is_none_or(|at| at.date() < now.date())
    }
}

/// Who is calling, once their token was found good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The token.
    pub token_id: Uuid,
    /// What it is for.
    pub role: Role,
    /// What it keeps; `None` for operators, and for a token that may register one.
    pub subject: Option<Subject>,
    /// A word for people.
    pub label: String,
}

impl From<Token> for Caller {
    fn from(token: Token) -> Self {
        Self { token_id: token.id, role: token.role, subject: token.subject, label: token.label }
    }
}

impl Caller {
    /// The id of what it keeps.
    pub fn scope(&self) -> Option<Uuid> {
        self.subject.as_ref().map(|subject| subject.id)
    }

    /// Who acted, for histories: `operator:<label>`, `academy:<slug>`, `practitioner:<number>`.
    pub fn actor(&self) -> String {
        let name = match &self.subject {
            Some(subject) => subject.name.as_str(),
            None if self.label.is_empty() => return format!("{}:{}", self.role, self.token_id),
            None => self.label.as_str(),
        };
        format!("{}:{name}", self.role)
    }

    /// Whether it may change the subject `id` of `role`: it is that subject's own token, or an operator's.
    pub fn keeps(&self, role: Role, id: Uuid) -> bool {
        self.role == Role::Operator || (self.role == role && self.scope() == Some(id))
    }

    /// Whether it may register a new subject of `role`: it is an operator's, or not bound yet.
    pub fn may_register(&self, role: Role) -> bool {
        self.role == Role::Operator || (self.role == role && self.subject.is_none())
    }

    /// Says whose token this is and what it may do: the second half of every refusal.
    pub fn powers(&self) -> String {
        match (self.role, &self.subject) {
            (Role::Operator, _) => "This is an operator's token; it may do everything but what only a token's own academy or practitioner can.".to_owned(),
            (Role::Academy, Some(subject)) => format!(
                "This token belongs to the academy `{}`: it may change that academy, its courses, trainers and keys, submit its certificates and create listings.",
                subject.name
            ),
            (Role::Academy, None) => {
                "This is an academy's token that has registered no academy yet: it may register one and create listings.".to_owned()
            }
            (Role::Practitioner, Some(subject)) => {
                format!("This token belongs to the listing {}: it may change that listing.", subject.name)
            }
            (Role::Practitioner, None) => {
                "This is a practitioner's token that keeps no listing yet: it may create one.".to_owned()
            }
        }
    }

    /// A refusal: what was wanted, then whose token this is and what it may do.
    #[track_caller]
    pub fn refusal(&self, wanted: &str) -> Error {
        Error::forbidden(format!("{wanted} {}", self.powers())).with_member("role", self.role.word())
    }
}
