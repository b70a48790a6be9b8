//! Leases in the database.

use uuid::Uuid;

use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Result};

/// Takes or renews a lease; whether it is the holder's now.
pub(super) async fn take(conn: &mut Conn, name: &str, holder: Uuid, now: Ts, until: Ts) -> Result<bool> {
    let taken: Option<(i64,)> = conn
        .query(
            "insert into leases (name, holder, until_at) values ($1, $2, $3)
             on conflict (name) do update set holder = excluded.holder, until_at = excluded.until_at
             where leases.holder = excluded.holder or leases.until_at <= $4
             returning cast(1 as bigint)",
        )
        .bind(name.to_owned())
        .bind(holder)
        .bind(until)
        .bind(now)
        .fetch_optional()
        .await?;
    Ok(taken.is_some())
}

/// Lets a lease go that is the holder's.
pub(super) async fn give_up(conn: &mut Conn, name: &str, holder: Uuid) -> Result<()> {
    conn.query("delete from leases where name = $1 and holder = $2")
        .bind(name.to_owned())
        .bind(holder)
        .execute()
        .await?;
    Ok(())
}

/// Removes leases of such names that have run out.
pub(super) async fn forget(conn: &mut Conn, begins: &str, now: Ts) -> Result<()> {
    conn.query("delete from leases where substr(name, 1, length($1)) = $1 and until_at <= $2")
        .bind(begins.to_owned())
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// How many leases of such names there are.
pub(super) async fn count(conn: &mut Conn, begins: &str) -> Result<u32> {
    let (count,): (i64,) = conn
        .query("select count(*) from leases where substr(name, 1, length($1)) = $1")
        .bind(begins.to_owned())
        .fetch_one()
        .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}
