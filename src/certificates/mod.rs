//! Signed training certificates: their shape, their submission, what is kept of them, and the verdict.
//!
//! - [`document`]: the Open Badges 3.0 credential, built and strictly read.
//! - [`forms`]: the files a certificate travels in, and the sheet it is printed as.
//! - [`bundle`]: a certificate with everything it takes to verify it without a network.
//! - [`verdict`]: what can be said of one, by named checks.
//! - [`trust`]: the file of recognised academies that offline verification starts from.
//!
//! Routes: `POST /v1/certificates`, `GET` and `PATCH /v1/certificates/{number}`, and below it `credential`,
//! `verdict`, `listing`, `acts`, `bundle`, `log`, `log-proof`, `pdf`, `png` and `svg`; `POST /v1/verify`; `GET /v1/practitioners/{number}/certificates`;
//! `GET /v1/academies/{slug}/certificates`; `/v1/academies/{slug}/status-lists` and `status-entries`;
//! `/v1/practitioners/{number}/signing-requests`, `/v1/academies/{slug}/signing-requests`, `/v1/signing-requests/{id}`;
//! `GET /academies/{slug}/status/{number}`.
//!
//! Tables: `certificates`, `status_lists`, `status_list_versions`, `status_entries`, `certificate_acts`,
//! `signing_requests`.
//!
//! Invariants:
//! - the exact bytes that were submitted are kept, verified and served, and never written anew;
//! - issuer and id name one certificate: the same with another content is refused;
//! - who may sign and who is recognised is judged at receipt, never at a time the signer picked;
//! - one certificate belongs to one listing, and is shown there only while its keeper says so;
//! - a certificate of an academy nobody recognised is kept and labelled, and never counts;
//! - an academy's act and the next version of its status list carry its own signature; the directory's acts are others;
//! - a bit of a status list is given out once, and every version of a list is kept;
//! - what was not checked is listed as not checked.

pub mod bundle;
pub mod document;
pub mod forms;
pub mod http;
mod model;
pub mod ops;
mod store;
pub mod trust;
pub mod verdict;

pub use model::*;
pub use ops::check::{Damaged, check};
pub use ops::status::listed_bit;
pub use ops::{holders_of, of_listings, shown, trainer_of, trusted};
pub use store::Certificate;
