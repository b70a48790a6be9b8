//! Statements on `case_consents`.

use time::Date;
use uuid::Uuid;

use super::cases::day;
use crate::cases::model::{Confirmation, ConsentLink, ConsentWay};
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Json, Result};
use crate::vocabulary::ConsentScope;

/// Makes the link of a case, in place of an earlier one; what the client confirmed stays.
pub(in crate::cases) async fn set_link(
    conn: &mut Conn,
    case: Uuid,
    token_hash: &[u8],
    way: ConsentWay,
    (made_at, expires_at): (Ts, Ts),
) -> Result<()> {
    conn.query(
        "insert into case_consents (case_id, token_hash, made_at, expires_at, way) values ($1, $2, $3, $4, $5)
         on conflict (case_id) do update set token_hash = excluded.token_hash, made_at = excluded.made_at,
         expires_at = excluded.expires_at, way = excluded.way",
    )
    .bind(case)
    .bind(token_hash.to_vec())
    .bind(made_at)
    .bind(expires_at)
    .bind(way)
    .execute()
    .await?;
    Ok(())
}

/// When the link of a case was sent to the client, where it was.
pub(in crate::cases) async fn mailed_at(conn: &mut Conn, case: Uuid) -> Result<Option<Ts>> {
    let row: Option<(Ts,)> = conn
        .query("select made_at from case_consents where case_id = $1 and way = 'mailed'")
        .bind(case)
        .fetch_optional()
        .await?;
    Ok(row.map(|(at,)| at))
}

/// The link with that hash.
pub(in crate::cases) async fn link(conn: &mut Conn, token_hash: &[u8]) -> Result<Option<ConsentLink>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        case_id: Uuid,
        token_hash: Vec<u8>,
        expires_at: Ts,
        confirmed_at: Option<Ts>,
        scopes: Option<Json<Vec<ConsentScope>>>,
        until_day: Option<String>,
        revoked_at: Option<Ts>,
        way: ConsentWay,
    }
    let row: Option<Row> = conn
        .query(
            "select case_id, token_hash, expires_at, confirmed_at, scopes, until_day, revoked_at, way
             from case_consents where token_hash = $1",
        )
        .bind(token_hash.to_vec())
        .fetch_optional()
        .await?;
    Ok(row.map(|row| ConsentLink {
        case: row.case_id,
        token_hash: row.token_hash,
        expires_at: row.expires_at,
        confirmed: row.confirmed_at.map(|at| Confirmation {
            at,
            scopes: row.scopes.map(|scopes| scopes.0).unwrap_or_default(),
            until: row.until_day.as_deref().and_then(day),
            way: row.way,
        }),
        revoked_at: row.revoked_at,
        way: row.way,
    }))
}

/// Notes what the client confirmed.
pub(in crate::cases) async fn confirm(
    conn: &mut Conn,
    case: Uuid,
    at: Ts,
    scopes: &[ConsentScope],
    until: Option<Date>,
) -> Result<()> {
    conn.query("update case_consents set confirmed_at = $2, scopes = $3, until_day = $4 where case_id = $1")
        .bind(case)
        .bind(at)
        .bind(Json(scopes.to_vec()))
        .bind(until.map(|day| day.to_string()))
        .execute()
        .await?;
    Ok(())
}

/// Notes that the client withdrew.
pub(in crate::cases) async fn revoke(conn: &mut Conn, case: Uuid, at: Ts) -> Result<()> {
    conn.query("update case_consents set revoked_at = $2 where case_id = $1")
        .bind(case)
        .bind(at)
        .execute()
        .await?;
    Ok(())
}
