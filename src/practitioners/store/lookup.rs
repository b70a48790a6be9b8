//! Statements on `practitioner_handles`.

use uuid::Uuid;

use crate::platform::db::{Conn, Result};
use crate::practitioners::model::{Handle, HandleKind};

/// Replaces the keys a listing is found by.
pub(in crate::practitioners) async fn set_handles(
    conn: &mut Conn,
    practitioner: Uuid,
    handles: &[Handle],
) -> Result<()> {
    clear_handles(conn, practitioner).await?;
    for handle in handles {
        conn.query("insert into practitioner_handles (kind, handle, practitioner_id) values ($1, $2, $3)")
            .bind(handle.kind)
            .bind(handle.key.clone())
            .bind(practitioner)
            .execute()
            .await?;
    }
    Ok(())
}

/// Makes a listing found by no key any more.
pub(in crate::practitioners) async fn clear_handles(conn: &mut Conn, practitioner: Uuid) -> Result<()> {
    conn.query("delete from practitioner_handles where practitioner_id = $1")
        .bind(practitioner)
        .execute()
        .await?;
    Ok(())
}

/// Up to `limit` listings under any of those keys of one kind, with the key each stands under. What was
/// merged into a listing leads to it; an id may come twice.
pub(in crate::practitioners) async fn find_by_handles(
    conn: &mut Conn,
    kind: HandleKind,
    keys: &[String],
    limit: i64,
) -> Result<Vec<(String, Uuid)>> {
    conn.query(
        "select h.handle, coalesce(p.merged_into, p.id) as id
         from practitioner_handles h join practitioners p on p.id = h.practitioner_id
         where h.kind = $1 and h.handle in ({list})
         order by h.handle, h.practitioner_id limit $2",
    )
    .bind(kind)
    .bind(limit)
    .bind_list(keys)
    .fetch_all()
    .await
}
