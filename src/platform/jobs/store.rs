//! Statements on `jobs`.

use serde_json::Value;
use uuid::Uuid;

use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Dialect, Json, Result};

/// A claimed job.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Job {
    /// Its id.
    pub id: Uuid,
    /// Which handler does it.
    pub kind: String,
    /// What the handler needs to know.
    pub payload: Json<Value>,
    /// Tries so far, this one included.
    pub attempts: i64,
}

/// How full the queue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Counts {
    /// Waiting or running.
    pub due: i64,
    /// Given up on.
    pub dead: i64,
}

pub(super) async fn insert(
    conn: &mut Conn,
    id: Uuid,
    kind: &str,
    payload: Json<Value>,
    run_at: Ts,
) -> Result<()> {
    conn.query("insert into jobs (id, kind, payload, run_at, created_at) values ($1, $2, $3, $4, $4)")
        .bind(id)
        .bind(kind.to_owned())
        .bind(payload)
        .bind(run_at)
        .execute()
        .await?;
    Ok(())
}

/// Takes the job that has been due longest, if any, until `lease_until`.
pub(super) async fn claim(conn: &mut Conn, now: Ts, lease_until: Ts) -> Result<Option<Job>> {
    // PostgreSQL has many workers and must not let them wait for each other's rows; SQLite has one
    // writer and no row locks to skip.
    let sql = match conn.dialect() {
        Dialect::Sqlite => {
            "with due as (select id from jobs where state = 'due' and run_at <= $1 order by run_at, id limit 1)
             update jobs set run_at = $2, attempts = attempts + 1 where id in (select id from due)
             returning id, kind, payload, attempts"
        }
        Dialect::Postgres => {
            "with due as (select id from jobs where state = 'due' and run_at <= $1 order by run_at, id limit 1 for update skip locked)
             update jobs set run_at = $2, attempts = attempts + 1 where id in (select id from due)
             returning id, kind, payload, attempts"
        }
    };
    conn.query(sql).bind(now).bind(lease_until).fetch_optional().await
}

pub(super) async fn finish(conn: &mut Conn, job: &Job) -> Result<()> {
    conn.query("delete from jobs where id = $1 and attempts = $2")
        .bind(job.id)
        .bind(job.attempts)
        .execute()
        .await?;
    Ok(())
}

pub(super) async fn retry(conn: &mut Conn, job: &Job, run_at: Ts, error: &str) -> Result<()> {
    conn.query("update jobs set run_at = $3, last_error = $4 where id = $1 and attempts = $2")
        .bind(job.id)
        .bind(job.attempts)
        .bind(run_at)
        .bind(error.to_owned())
        .execute()
        .await?;
    Ok(())
}

pub(super) async fn bury(conn: &mut Conn, job: &Job, error: &str) -> Result<()> {
    conn.query("update jobs set state = 'dead', last_error = $3 where id = $1 and attempts = $2")
        .bind(job.id)
        .bind(job.attempts)
        .bind(error.to_owned())
        .execute()
        .await?;
    Ok(())
}

/// How many jobs wait and how many are dead.
///
/// # Errors
/// As the database says.
pub async fn counts(conn: &mut Conn) -> Result<Counts> {
    conn.query(
        "select count(*) filter (where state = 'due') as due, count(*) filter (where state = 'dead') as dead from jobs",
    )
    .fetch_one()
    .await
}

/// Gives every dead job of a kind another round of tries; answers how many.
///
/// # Errors
/// As the database says.
pub async fn replay(conn: &mut Conn, kind: &str, now: Ts) -> Result<u64> {
    conn.query("update jobs set state = 'due', attempts = 0, run_at = $2 where state = 'dead' and kind = $1")
        .bind(kind.to_owned())
        .bind(now)
        .execute()
        .await
}
