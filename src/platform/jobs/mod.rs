//! Work done once, later: a queue table written in the same transaction as the fact that asks for it.
//!
//! A worker claims a due job by moving its `run_at` past a lease, so a crashed worker's job comes back
//! by itself. A failed job is retried with backoff; after [`MAX_ATTEMPTS`] it is dead, stays visible,
//! and can be replayed. The number of attempts is the worker's claim check: one that comes back after
//! its lease finds the number moved on and changes nothing.

mod store;
mod worker;

pub use store::{Counts, Job, counts, replay};
pub use worker::{Failed, Registry, Worker};

use serde::Serialize;

use super::clock::Ts;
use super::db::{Conn, Json, Result};
use super::id::Ids;

/// Tries before a job is dead.
pub const MAX_ATTEMPTS: i64 = 10;

/// Puts a job in the queue, inside the caller's transaction.
///
/// # Errors
/// As the database says.
pub async fn enqueue<T: Serialize + Sync>(
    conn: &mut Conn,
    ids: &Ids,
    kind: &'static str,
    payload: &T,
    run_at: Ts,
) -> Result<()> {
    let payload = serde_json::to_value(payload).map_err(super::db::Error::encode)?;
    store::insert(conn, ids.uuid(), kind, Json(payload), run_at).await
}
