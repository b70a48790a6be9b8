//! The change feed: one row per changed subject, written in the same transaction as the fact.
//!
//! A subject is the path of the thing under `/v1`, such as `practitioners/SMP-7K3F-9Q2M-4`. Each
//! follower (an index, an export, a stranger reading `/v1/changes`) keeps its own position in `seq`.
//! `seq` is in commit order: on `SQLite` there is one writer, on `PostgreSQL` one lock held from just
//! before the append to the end of the transaction.

mod hub;
mod store;

pub use hub::Hub;
pub use store::{Change, after, latest};

use super::clock::Ts;
use super::db::{Conn, Result};

/// Appends a change of `subject` to the feed, inside the caller's transaction.
///
/// # Errors
/// As the database says.
pub async fn append(conn: &mut Conn, subject: &str, at: Ts) -> Result<()> {
    if conn.appended.iter().any(|known| known == subject) {
        return Ok(());
    }
    store::lock(conn).await?;
    conn.latest = store::insert(conn, subject, at).await?;
    conn.appended.push(subject.to_owned());
    Ok(())
}
