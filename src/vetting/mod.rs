//! The vetting report: what a careful client checks before sitting down, each thing with its evidence, and
//! each gap as a question to ask. Never one score.
//!
//! Routes: `GET /v1/practitioners/{number}/vetting`, `GET /v1/compare`.
//!
//! Tables: none; it is derived from listings, certificates, cases and reviews.
//!
//! Invariants:
//! - what was not checked here is said to be not checked, and never shown as fine;
//! - a warning names what it rests on: the words that were written, or the number of clinics and their usual
//!   range; where there are too few to compare with, nothing is said;
//! - being newly trained is a label with its rule beside it, not a warning;
//! - nothing in a report can be bought.

mod http;
mod model;

pub use http::VettingApi;
pub use model::*;
