//! Statements on `changes`.

use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Dialect, Result};

/// One row of the feed.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Change {
    /// Its place in the feed; grows, in commit order, with gaps.
    pub seq: i64,
    /// The path of what changed, under `/v1`.
    pub subject: String,
    /// When.
    pub at: Ts,
}

pub(super) async fn lock(conn: &mut Conn) -> Result<()> {
    // SQLite's one writer orders commits already; PostgreSQL gives out identity values before the
    // commits they belong to, so a follower could pass over a slow transaction without this lock.
    if conn.dialect() == Dialect::Postgres {
        conn.query("select pg_advisory_xact_lock(7238101)").execute().await?;
    }
    Ok(())
}

pub(super) async fn insert(conn: &mut Conn, subject: &str, at: Ts) -> Result<i64> {
    let (seq,): (i64,) = conn
        .query("insert into changes (subject, at) values ($1, $2) returning seq")
        .bind(subject.to_owned())
        .bind(at)
        .fetch_one()
        .await?;
    Ok(seq)
}

/// Up to `limit` changes after `seq`, oldest first.
///
/// # Errors
/// As the database says.
pub async fn after(conn: &mut Conn, seq: i64, limit: i64) -> Result<Vec<Change>> {
    conn.query("select seq, subject, at from changes where seq > $1 order by seq limit $2")
        .bind(seq)
        .bind(limit)
        .fetch_all()
        .await
}

/// The highest `seq`, zero when nothing has changed yet.
///
/// # Errors
/// As the database says.
pub async fn latest(conn: &mut Conn) -> Result<i64> {
    let (seq,): (i64,) = conn.query("select coalesce(max(seq), 0) from changes").fetch_one().await?;
    Ok(seq)
}
