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
