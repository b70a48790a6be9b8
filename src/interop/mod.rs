//! What other people's clients expect of an issuer and verifier of credentials: the W3C VC-API and DID resolution, next to
//! and apart from the directory's own verdicts.
//!
//! Routes: `POST /credentials/verify`, `POST /presentations/verify`, `POST /credentials/issue`,
//! `GET /1.0/identifiers/{did}`.
//!
//! Invariants:
//! - proofs and status are judged, and nothing else: who is recognised, and what counts, is no question here;
//! - the status of the answer says whether it is good: 200, or 400 and 422;
//! - nothing is fetched before a signature was good, and then only by the guarded client;
//! - the conformance issuer is a did:key of its own, off unless it is configured, and never speaks for an academy.

pub mod http;
mod model;
mod ops;

pub use model::CODES;
