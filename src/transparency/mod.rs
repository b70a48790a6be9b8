//! The public log: every certificate, every act on one, every key and every recognition is an entry in it, in an
//! order nobody can change afterwards without leaving proof.
//!
//! Routes: under `/log` what C2SP's tlog-tiles asks for: `checkpoint`, `tile/{level}/{n}`, `tile/entries/{n}`; `GET
//! /v1/log` says what the log is and how far. Other rooms show their proofs: `/v1/certificates/{number}/log-proof`.
//!
//! Tables: `log_queue`, `log_entries`, `log_subjects`, `log_tiles`, `log_checkpoints`, `log_cosignatures`,
//! `log_witnessed`, `log_state`, `log_listings`, `log_records`.
//!
//! Invariants:
//! - what enters the log is queued in the transaction of the fact itself, and leaves the queue in the transaction that
//!   gives it its place: nothing is lost, nothing enters twice;
//! - an entry carries closed codes, digests and random ids: no name, no address, no free text;
//! - a record about a person is there as a salted digest only, and nothing leads to it once it was erased;
//! - a checkpoint is signed only of a tree that continues every checkpoint signed before. The highest one lies in a
//!   file outside of the database; where the tree has fallen behind it, nothing is signed until a person has said what
//!   happened (`stipple log recover`); a witness that has seen a larger tree is believed as that file is;
//! - an entry's time never lies before that of the entry in front of it.

pub mod http;
mod model;
mod ops;
mod store;
pub mod witness;

pub use model::{Head, Leaf, Op, Party, Place, Receipt, key_digest, log_id, recognition_digest};
pub use ops::{
    Gap, HIGHEST_FILE, LoggedRecord, Published, Signer, append, cosign, erase, freeze, gap, go_on, head,
    highest_note, keep_highest, offline_proof, place_of, publish, receipt, record, records_of, salted_digest,
    signer, take_back, witnesses_of,
};
