//! Cases: before and after, one client's story each. Photos, the client's consent, people like oneself, and
//! pictures that look like somebody else's.
//!
//! Routes: `/v1/practitioners/{number}/cases`; `/v1/cases` with `…/{id}`, `…/{id}/photos`,
//! `…/{id}/consent-links`; `/v1/consents/{token}` for clients; `POST /v1/images/check` for anybody, and
//! by hashes for whoever has a token; `/v1/photo-holds` and `/v1/case-appeals` for operators, `…/{id}/appeals` for
//! keepers; `/v1/uploads/{id}` for whoever sends a photo.
//!
//! Tables: `cases`, `case_photos`, `case_consents`, `case_holds`, `case_appeals`, `image_checks`.
//!
//! Invariants:
//! - what was uploaded is never kept: only renditions, which carry nothing of the file they came from;
//! - a case is shown while it has a before and a healed photo in one view, a close-up, and a consent in force
//!   for `directory` and `api`; a change that would break this is refused;
//! - a case that ends keeps nothing of the client: photos, placeholders, looks and words go in that
//!   transaction, files by a job, and an upload that is being rendered finds the case gone;
//! - a photo that looks like another listing's waits for a person, and neither side is told of the other;
//! - what is in memory ([`Gallery`], [`Gazer`]) is derived, and caught up with before each answer.

pub mod http;
pub mod jobs;
mod model;
pub mod ops;
mod store;

pub use model::*;
pub use ops::portfolios;
