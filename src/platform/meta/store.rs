//! Statements on `meta`.

use crate::platform::db::{Conn, Result};

pub(super) async fn insert_if_absent(conn: &mut Conn, key: &str, value: &str) -> Result<()> {
    conn.query("insert into meta (key, value) values ($1, $2) on conflict (key) do nothing")
        .bind(key.to_owned())
        .bind(value.to_owned())
        .execute()
        .await?;
    Ok(())
}

pub(super) async fn get(conn: &mut Conn, key: &str) -> Result<String> {
    let (value,): (String,) =
        conn.query("select value from meta where key = $1").bind(key.to_owned()).fetch_one().await?;
    Ok(value)
}

pub(super) async fn upsert(conn: &mut Conn, key: &str, value: &str) -> Result<()> {
    conn.query("insert into meta (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value")
        .bind(key.to_owned())
        .bind(value.to_owned())
        .execute()
        .await?;
    Ok(())
}
