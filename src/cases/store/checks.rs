//! Statements on `image_checks`.

use uuid::Uuid;

use crate::cases::model::HashCheck;
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Result};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    token_id: Uuid,
    actor: String,
    hashes: i64,
    matches: i64,
    at: Ts,
}

/// Writes down who asked.
pub(in crate::cases) async fn insert_check(conn: &mut Conn, check: &HashCheck) -> Result<()> {
    conn.query(
        "insert into image_checks (id, token_id, actor, hashes, matches, at) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(check.id)
    .bind(check.token)
    .bind(check.actor.clone())
    .bind(check.hashes)
    .bind(check.matches)
    .bind(check.at)
    .execute()
    .await?;
    Ok(())
}

/// Who asked, the latest first, before a place.
pub(in crate::cases) async fn checks_before(
    conn: &mut Conn,
    before: (Ts, Uuid),
    limit: i64,
) -> Result<Vec<HashCheck>> {
    let rows: Vec<Row> = conn
        .query(
            "select id, token_id, actor, hashes, matches, at from image_checks
             where (at, id) < ($1, $2) order by at desc, id desc limit $3",
        )
        .bind(before.0)
        .bind(before.1)
        .bind(limit)
        .fetch_all()
        .await?;
    let check = |row: Row| HashCheck {
        id: row.id,
        token: row.token_id,
        actor: row.actor,
        hashes: row.hashes,
        matches: row.matches,
        at: row.at,
    };
    Ok(rows.into_iter().map(check).collect())
}

/// How many asked.
pub(in crate::cases) async fn count_checks(conn: &mut Conn) -> Result<i64> {
    let (count,): (i64,) = conn.query("select count(*) from image_checks").fetch_one().await?;
    Ok(count)
}
