//! Signed training certificates: their shape, their submission, what is kept of them, and the verdict.
//!
//! - [`document`]: the Open Badges 3.0 credential, built and strictly read.
//! - [`verdict`]: what can be said of one, by named checks.
//! - [`trust`]: the file of recognised academies that offline verification starts from.
//!
//! Routes: `POST /v1/certificates`, `GET` and `PATCH /v1/certificates/{number}`, and below it `credential`,
//! `verdict` and `listing`; `POST /v1/verify`; `GET /v1/practitioners/{number}/certificates`;
//! `GET /v1/academies/{slug}/certificates`.
//!
//! Tables: `certificates`.
//!
//! Invariants:
//! - the exact bytes that were submitted are kept, verified and served, and never written anew;
//! - issuer and id name one certificate: the same with another content is refused;
//! - who may sign and who is recognised is judged at receipt, never at a time the signer picked;
//! - one certificate belongs to one listing, and is shown there only while its keeper says so;
//! - a certificate of an academy nobody recognised is kept and labelled, and never counts;
//! - what was not checked is listed as not checked.

pub mod document;
pub mod http;
mod model;
pub mod ops;
mod store;
pub mod trust;
pub mod verdict;

pub use model::*;
pub use ops::{holders_of, of_listings, trainer_of, trusted};
pub use store::Certificate;
