//! Statements on `practitioner_history`.

use uuid::Uuid;

use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Json, Result};
use crate::practitioners::model::{Action, FieldChange, HistoryEntry};

/// Adds an entry to the history of a listing.
pub(in crate::practitioners) async fn record(
    conn: &mut Conn,
    practitioner: Uuid,
    version: i64,
    action: Action,
    changes: Vec<FieldChange>,
    actor: &str,
    at: Ts,
) -> Result<()> {
    conn.query(
        "insert into practitioner_history (practitioner_id, version, at, actor, action, changes)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(practitioner)
    .bind(version)
    .bind(at)
    .bind(actor.to_owned())
    .bind(action)
    .bind(Json(changes))
    .execute()
    .await?;
    Ok(())
}

/// Up to `limit` entries of a listing's history before `seq`, newest first; the first page is before
/// [`i64::MAX`].
///
/// # Errors
/// As the database says.
pub async fn history_before(
    conn: &mut Conn,
    practitioner: Uuid,
    seq: i64,
    limit: i64,
) -> Result<Vec<HistoryEntry>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        seq: i64,
        version: i64,
        at: Ts,
        actor: String,
        action: Action,
        changes: Json<Vec<FieldChange>>,
    }
    let rows: Vec<Row> = conn
        .query(
            "select seq, version, at, actor, action, changes from practitioner_history
             where practitioner_id = $1 and seq < $2 order by seq desc limit $3",
        )
        .bind(practitioner)
        .bind(seq)
        .bind(limit)
        .fetch_all()
        .await?;
    let entry = |row: Row| HistoryEntry {
        seq: row.seq,
        version: row.version,
        at: row.at,
        actor: row.actor,
        action: row.action,
        changes: row.changes.0,
    };
    Ok(rows.into_iter().map(entry).collect())
}

/// How many entries a listing's history has.
pub(in crate::practitioners) async fn history_count(conn: &mut Conn, practitioner: Uuid) -> Result<i64> {
    let (count,): (i64,) = conn
        .query("select count(*) from practitioner_history where practitioner_id = $1")
        .bind(practitioner)
        .fetch_one()
        .await?;
    Ok(count)
}
