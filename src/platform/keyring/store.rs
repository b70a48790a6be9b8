//! Statements on `platform_keys`.

use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Result};

pub(super) async fn find(conn: &mut Conn, purpose: &str) -> Result<Option<Vec<u8>>> {
    let row: Option<(Vec<u8>,)> = conn
        .query("select sealed from platform_keys where purpose = $1")
        .bind(purpose.to_owned())
        .fetch_optional()
        .await?;
    Ok(row.map(|(sealed,)| sealed))
}

pub(super) async fn insert_if_absent(conn: &mut Conn, purpose: &str, sealed: Vec<u8>, now: Ts) -> Result<()> {
    conn.query(
        "insert into platform_keys (purpose, sealed, created_at) values ($1, $2, $3)
         on conflict (purpose) do nothing",
    )
    .bind(purpose.to_owned())
    .bind(sealed)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}
