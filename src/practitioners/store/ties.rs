//! Statements on `operator_ties`.

use uuid::Uuid;

use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Result};

/// Notes that an operator, by a token and by name, is tied to a listing.
///
/// # Errors
/// As the database says.
pub async fn insert_tie(
    conn: &mut Conn,
    (token, operator): (Uuid, &str),
    practitioner_id: Uuid,
    why: &str,
    now: Ts,
) -> Result<()> {
    conn.query(
        "insert into operator_ties (token_id, practitioner_id, operator, why, at) values ($1, $2, $3, $4, $5)
         on conflict (token_id, practitioner_id) do update set why = excluded.why",
    )
    .bind(token)
    .bind(practitioner_id)
    .bind(operator.to_owned())
    .bind(why.to_owned())
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Whether an operator, by this token or another of the same name, is tied to a listing.
///
/// # Errors
/// As the database says.
pub(in crate::practitioners) async fn is_tied(
    conn: &mut Conn,
    (token, operator): (Uuid, &str),
    practitioner_id: Uuid,
) -> Result<bool> {
    let (count,): (i64,) = conn
        .query(
            "select count(*) from operator_ties where practitioner_id = $1 and (token_id = $2 or operator = $3)",
        )
        .bind(practitioner_id)
        .bind(token)
        .bind(operator.to_owned())
        .fetch_one()
        .await?;
    Ok(count > 0)
}
