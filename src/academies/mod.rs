//! Academies: who trains, who recognises them, what their courses contain, and which keys they sign
//! certificates with.
//!
//! Routes, under `/v1/academies`: register, list, read, change; `…/{slug}/history`, `/recognitions`,
//! `/courses`, `/courses/{number}/versions`, `/trainers`, `/keys`. At the root
//! `/academies/{slug}/did.json`, the DID document that strangers' software reads. And the registry of recognised academies as
//! a signed credential: `/v1/registry`, `/v1/roots`, `/.well-known/did.json`.
//!
//! Tables: `academies`, `academy_recognitions`, `courses`, `course_versions`, `trainers`,
//! `academy_keys`, `academy_key_challenges`, `academy_key_reports`, `academy_held_keys`, `academy_events`.
//!
//! Invariants:
//! - an academy is never deleted and a slug never changes: it is inside every certificate's issuer;
//! - recognition counts from the later of its first day and the moment it was recorded, and an end
//!   never lies before the moment it was said;
//! - a course version is the exact canonical bytes whose SHA-256 is its address; it never changes;
//! - a public key belongs to one academy for ever, and got in only with proof that it is held;
//! - no key joins an academy's older keys on the word of one person: an older key and a recovery key vouch for it or a
//!   second operator confirms it, and then it waits; a recovery key signs no certificate and stands in no DID document;
//! - an academy on its own site is held to the keys it was registered with: the document there can take trust away and
//!   never add any, since domains expire and change hands;
//! - an academy's keys are held all by itself or all by the directory, and what the directory holds is never handed out;
//! - a key in the wrong hands takes the keys it brought in since with it, and the time of the theft only moves earlier.

pub mod http;
mod model;
pub mod ops;
mod store;

pub use model::*;
pub use store::{
    Signer, StolenKey, academies_after, academy_by_id, academy_by_slug, course_version,
    course_version_by_hash, course_versions, issuer_by_did, issuer_by_slug, recognised_at, signers,
    stolen_keys, trainer_name,
};
