//! Callers: tokens, their roles, and the one academy or listing a token keeps.
//!
//! A token is 256 random bits behind a prefix that names its role (`stp_op_…`, `stp_ac_…`,
//! `stp_pr_…`). It is shown once, when it is made; the database keeps its SHA-256, which is enough
//! for a secret nobody can guess. What it may keep is an opaque id: this room knows neither academies
//! nor listings. A token without a subject may register one and is bound to it in that transaction.
//!
//! Tables: `tokens`. No routes: tokens are made by `stipple token`; handlers take one of the
//! capabilities of [`http`] as their first argument.
//!
//! Invariants: a token is bound once and never to another subject; an operator's is never bound; a
//! revoked or expired token is refused everywhere, on reads too; the text of a token is never stored,
//! logged or printed twice.

pub mod http;
mod model;
mod store;

pub use model::{Caller, NewToken, Role, Secret, Subject, Token, TokenProblem};
pub use store::{authenticate, bind, create, list, revoke, touch};
