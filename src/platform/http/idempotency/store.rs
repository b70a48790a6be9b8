//! Statements on `idempotency_keys`.

use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Json, Result};

/// A request that was made before.
#[derive(sqlx::FromRow)]
pub(super) struct Kept {
    /// The digest of method, path and body.
    pub(super) request: Vec<u8>,
    /// The status answered, or 0 when no answer was kept.
    pub(super) status: i64,
    /// Names and values of the answer's headers.
    pub(super) headers: Json<Vec<(String, String)>>,
    /// The answer's body.
    pub(super) body: Vec<u8>,
}

/// Takes the key for this request. False when it is taken; waits for whoever is just taking it.
pub(super) async fn claim(conn: &mut Conn, caller: &str, key: &str, request: &[u8], now: Ts) -> Result<bool> {
    let rows = conn
        .query(
            "insert into idempotency_keys (caller, key, request, status, headers, body, created_at)
             values ($1, $2, $3, 0, $4, $5, $6)
             on conflict (caller, key) do nothing",
        )
        .bind(caller.to_owned())
        .bind(key.to_owned())
        .bind(request.to_vec())
        .bind(Json(Vec::<(String, String)>::new()))
        .bind(Vec::<u8>::new())
        .bind(now)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// What a taken key was taken for.
pub(super) async fn find(conn: &mut Conn, caller: &str, key: &str) -> Result<Option<Kept>> {
    conn.query("select request, status, headers, body from idempotency_keys where caller = $1 and key = $2")
        .bind(caller.to_owned())
        .bind(key.to_owned())
        .fetch_optional()
        .await
}

/// Keeps the answer under a key this transaction has taken.
pub(super) async fn keep(
    conn: &mut Conn,
    caller: &str,
    key: &str,
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
) -> Result<u64> {
    conn.query(
        "update idempotency_keys set status = $3, headers = $4, body = $5 where caller = $1 and key = $2",
    )
    .bind(caller.to_owned())
    .bind(key.to_owned())
    .bind(i64::from(status))
    .bind(Json(headers))
    .bind(body)
    .execute()
    .await
}

/// Forgets one key taken before `limit`.
pub(super) async fn forget(conn: &mut Conn, caller: &str, key: &str, limit: Ts) -> Result<u64> {
    conn.query("delete from idempotency_keys where caller = $1 and key = $2 and created_at < $3")
        .bind(caller.to_owned())
        .bind(key.to_owned())
        .bind(limit)
        .execute()
        .await
}

/// Forgets every key taken before `limit`.
pub(super) async fn purge(conn: &mut Conn, limit: Ts) -> Result<u64> {
    conn.query("delete from idempotency_keys where created_at < $1").bind(limit).execute().await
}
