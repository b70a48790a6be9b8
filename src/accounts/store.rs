//! Statements on `tokens`.

use uuid::Uuid;

use super::model::{Caller, NewToken, Role, Secret, Subject, Token, TokenProblem};
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Result};
use crate::platform::id::Ids;
use crate::platform::problem;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    role: String,
    hash: Vec<u8>,
    hint: String,
    label: String,
    subject_id: Option<Uuid>,
    subject_name: Option<String>,
    created_at: Ts,
    expires_at: Option<Ts>,
    revoked_at: Option<Ts>,
    last_used_at: Option<Ts>,
}

impl From<Row> for Token {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            role: row.role.parse().expect("a check constraint allows only the three roles"),
            hint: row.hint,
            label: row.label,
            subject: row.subject_id.zip(row.subject_name).map(|(id, name)| Subject { id, name }),
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            last_used_at: row.last_used_at,
        }
    }
}

/// Makes a token. Its text is in the answer and nowhere else.
///
/// # Errors
/// As the database says.
pub async fn create(conn: &mut Conn, ids: &Ids, new: NewToken, now: Ts) -> Result<(Token, Secret)> {
    let secret = Secret::with_prefix(ids, new.role.prefix());
    let token = Token {
        id: ids.uuid(),
        role: new.role,
        hint: secret.hint(limits::TOKEN_HINT),
        label: new.label,
        subject: if new.role == Role::Operator { None } else { new.subject },
        created_at: now,
        expires_at: new.expires_at,
        revoked_at: None,
        last_used_at: None,
    };
    conn.query(
        "insert into tokens (id, role, hash, hint, label, subject_id, subject_name, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(token.id)
    .bind(token.role.word())
    .bind(secret.hash().to_vec())
    .bind(token.hint.clone())
    .bind(token.label.clone())
    .bind(token.subject.as_ref().map(|subject| subject.id))
    .bind(token.subject.as_ref().map(|subject| subject.name.clone()))
    .bind(token.created_at)
    .bind(token.expires_at)
    .execute()
    .await?;
    Ok((token, secret))
}

/// The token behind a text, when it is known and works now.
///
/// # Errors
/// The outer as the database says; the inner why the token is not accepted.
pub async fn authenticate(
    conn: &mut Conn,
    secret: &Secret,
    now: Ts,
) -> Result<std::result::Result<Token, TokenProblem>> {
    let row: Option<Row> = conn
        .query(
            "select id, role, hash, hint, label, subject_id, subject_name, created_at, expires_at, revoked_at,
            last_used_at from tokens where hash = $1",
        )
        .bind(secret.hash().to_vec())
        .fetch_optional()
        .await?;
    let Some(row) = row.filter(|row| secret.is(&row.hash)) else { return Ok(Err(TokenProblem::Unknown)) };
    let token = Token::from(row);
    Ok(token.check(now).map(|()| token))
}

/// Binds the caller's token to the academy or listing it has just registered, inside that
/// transaction. An operator's token is left as it is.
///
/// # Errors
/// 409 when it was bound, revoked or has gone in the meantime.
pub async fn bind(conn: &mut Conn, caller: &Caller, subject: &Subject) -> problem::Result<()> {
    if caller.role == Role::Operator {
        return Ok(());
    }
    let rows = conn
        .query(
            "update tokens set subject_id = $2, subject_name = $3
            where id = $1 and subject_id is null and revoked_at is null",
        )
        .bind(caller.token_id)
        .bind(subject.id)
        .bind(subject.name.clone())
        .execute()
        .await?;
    if rows == 1 {
        Ok(())
    } else {
        Err(problem::Error::conflict(
            "This token registered something else at the same moment. Each token keeps one academy or one listing.",
        ))
    }
}

/// Every token, newest first.
///
/// # Errors
/// As the database says.
pub async fn list(conn: &mut Conn) -> Result<Vec<Token>> {
    let rows: Vec<Row> = conn
        .query(
            "select id, role, hash, hint, label, subject_id, subject_name, created_at, expires_at, revoked_at,
            last_used_at from tokens order by created_at desc, id desc",
        )
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Token::from).collect())
}

/// Revokes a token for good. Answers whether there was one of that id that still stood.
///
/// # Errors
/// As the database says.
pub async fn revoke(conn: &mut Conn, id: Uuid, now: Ts) -> Result<bool> {
    let rows = conn
        .query("update tokens set revoked_at = $2 where id = $1 and revoked_at is null")
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Notes that a token was used on the day of `now`; at most one write a day.
///
/// # Errors
/// As the database says.
pub async fn touch(conn: &mut Conn, id: Uuid, now: Ts) -> Result<()> {
    let day = Ts::at_midnight(now.date());
    conn.query(
        "update tokens set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at < $2)",
    )
    .bind(id)
    .bind(day)
    .execute()
    .await?;
    Ok(())
}
