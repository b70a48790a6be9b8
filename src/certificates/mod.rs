//! Signed training certificates: shape, submission, storage and verdict.
//!
//! - [`document`]: the Open Badges 3.0 credential, built and strictly read.
//! - [`verdict`]: what can be said of one, by named checks.
//! - [`trust`]: the file of recognised academies that offline verification starts from.

pub mod document;
pub mod trust;
pub mod verdict;
