//! `Idempotency-Key` on creates: a caller who did not hear the answer asks again and gets the same
//! one, and nothing is made twice.
//!
//! Table: `idempotency_keys`, one row a caller and key, with a digest of the request and the answer
//! that was given. Invariant: the row is written in the transaction that makes the thing, so either
//! both are there or neither is; a second request with the key waits for the first to end.

mod once;
mod store;

pub use once::{Idempotency, purge};
