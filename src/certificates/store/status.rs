//! Statements on `status_lists`, `status_list_versions`, `status_entries` and `certificate_acts`.

use uuid::Uuid;

use crate::certificates::model::acts::{Act, ActReason, CertificateAct, SignedAct};
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Result};
use crate::platform::id::Number;

/// A status list of an academy.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(in crate::certificates) struct List {
    pub(in crate::certificates) id: Uuid,
    pub(in crate::certificates) academy_id: Uuid,
    pub(in crate::certificates) number: i64,
    pub(in crate::certificates) version: i64,
    pub(in crate::certificates) valid_from: Ts,
}

/// The lists of an academy, oldest first.
pub(in crate::certificates) async fn lists(conn: &mut Conn, academy_id: Uuid) -> Result<Vec<List>> {
    conn.query(
        "select id, academy_id, number, version, valid_from from status_lists where academy_id = $1 order by number",
    )
    .bind(academy_id)
    .fetch_all()
    .await
}

pub(in crate::certificates) async fn list(conn: &mut Conn, id: Uuid) -> Result<List> {
    conn.query("select id, academy_id, number, version, valid_from from status_lists where id = $1")
        .bind(id)
        .fetch_one()
        .await
}

pub(in crate::certificates) async fn list_by_number(
    conn: &mut Conn,
    academy_id: Uuid,
    number: i64,
) -> Result<Option<List>> {
    conn.query(
        "select id, academy_id, number, version, valid_from from status_lists where academy_id = $1 and number = $2",
    )
    .bind(academy_id)
    .bind(number)
    .fetch_optional()
    .await
}

pub(in crate::certificates) async fn insert_list(conn: &mut Conn, list: &List) -> Result<()> {
    conn.query(
        "insert into status_lists (id, academy_id, number, version, valid_from) values ($1, $2, $3, $4, $5)",
    )
    .bind(list.id)
    .bind(list.academy_id)
    .bind(list.number)
    .bind(list.version)
    .bind(list.valid_from)
    .execute()
    .await?;
    Ok(())
}

/// Puts a version in place of the one before it, if that one still holds; answers whether it did.
pub(in crate::certificates) async fn advance_list(
    conn: &mut Conn,
    id: Uuid,
    from_version: i64,
    valid_from: Ts,
) -> Result<bool> {
    let touched = conn
        .query(
            "update status_lists set version = version + 1, valid_from = $3 where id = $1 and version = $2",
        )
        .bind(id)
        .bind(from_version)
        .bind(valid_from)
        .execute()
        .await?;
    Ok(touched == 1)
}

pub(in crate::certificates) async fn insert_version(
    conn: &mut Conn,
    list_id: Uuid,
    version: i64,
    bytes: &[u8],
    digest: &[u8],
    published_at: Ts,
) -> Result<()> {
    conn.query(
        "insert into status_list_versions (list_id, version, bytes, digest, published_at) values ($1, $2, $3, $4, $5)",
    )
    .bind(list_id)
    .bind(version)
    .bind(bytes.to_vec())
    .bind(digest.to_vec())
    .bind(published_at)
    .execute()
    .await?;
    Ok(())
}

/// A version of a list, as it was signed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(in crate::certificates) struct Version {
    pub(in crate::certificates) bytes: Vec<u8>,
    pub(in crate::certificates) digest: Vec<u8>,
    pub(in crate::certificates) published_at: Ts,
}

/// The version that held at an instant; none before the list was there.
pub(in crate::certificates) async fn version_at(
    conn: &mut Conn,
    list_id: Uuid,
    at: Ts,
) -> Result<Option<Version>> {
    conn.query(
        "select bytes, digest, published_at from status_list_versions
         where list_id = $1 and published_at <= $2 order by version desc limit 1",
    )
    .bind(list_id)
    .bind(at)
    .fetch_optional()
    .await
}

/// One version of a list.
pub(in crate::certificates) async fn version(
    conn: &mut Conn,
    list_id: Uuid,
    version: i64,
) -> Result<Option<Version>> {
    conn.query(
        "select bytes, digest, published_at from status_list_versions where list_id = $1 and version = $2",
    )
    .bind(list_id)
    .bind(version)
    .fetch_optional()
    .await
}

/// How many bits of a list were given out.
pub(in crate::certificates) async fn count_entries(conn: &mut Conn, list_id: Uuid) -> Result<i64> {
    let (count,): (i64,) = conn
        .query("select count(*) from status_entries where list_id = $1")
        .bind(list_id)
        .fetch_one()
        .await?;
    Ok(count)
}

/// Gives a bit out, unless it was given out before; answers whether it did.
pub(in crate::certificates) async fn reserve_entry(
    conn: &mut Conn,
    list_id: Uuid,
    position: i64,
    now: Ts,
) -> Result<bool> {
    let touched = conn
        .query(
            "insert into status_entries (list_id, position, reserved_at) values ($1, $2, $3)
             on conflict (list_id, position) do nothing",
        )
        .bind(list_id)
        .bind(position)
        .bind(now)
        .execute()
        .await?;
    Ok(touched == 1)
}

/// Ties a bit that was given out to its certificate; answers whether it was free.
pub(in crate::certificates) async fn bind_entry(
    conn: &mut Conn,
    list_id: Uuid,
    position: i64,
    certificate_id: Uuid,
) -> Result<bool> {
    let touched = conn
        .query(
            "update status_entries set certificate_id = $3
             where list_id = $1 and position = $2 and certificate_id is null",
        )
        .bind(list_id)
        .bind(position)
        .bind(certificate_id)
        .execute()
        .await?;
    Ok(touched == 1)
}

#[derive(sqlx::FromRow)]
struct ActRow {
    id: Uuid,
    certificate_id: Uuid,
    act: String,
    reason: String,
    superseded_by: Option<Number>,
    at: Ts,
    actor: String,
    key: Option<String>,
    stated_at: Option<String>,
    signature: Option<String>,
}

impl From<ActRow> for CertificateAct {
    fn from(row: ActRow) -> Self {
        let statement = match (row.key, row.stated_at, row.signature) {
            (Some(key), Some(stated_at), Some(signature)) => Some(SignedAct { key, stated_at, signature }),
            _ => None,
        };
        Self {
            id: row.id,
            certificate_id: row.certificate_id,
            act: Act::named(&row.act).expect("only acts there are have been stored"),
            reason: ActReason::named(&row.reason).expect("only reasons there are have been stored"),
            superseded_by: row.superseded_by,
            at: row.at,
            actor: row.actor,
            statement,
        }
    }
}

/// What was done to a certificate, oldest first.
pub(in crate::certificates) async fn acts(
    conn: &mut Conn,
    certificate_id: Uuid,
) -> Result<Vec<CertificateAct>> {
    let rows: Vec<ActRow> = conn
        .query(
            "select id, certificate_id, act, reason, superseded_by, at, actor, key, stated_at, signature
             from certificate_acts where certificate_id = $1 order by at, id",
        )
        .bind(certificate_id)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(CertificateAct::from).collect())
}

pub(in crate::certificates) async fn insert_act(conn: &mut Conn, act: &CertificateAct) -> Result<()> {
    let statement = act.statement.as_ref();
    conn.query(
        "insert into certificate_acts (id, certificate_id, act, reason, superseded_by, at, actor, key, stated_at, signature)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(act.id)
    .bind(act.certificate_id)
    .bind(act.act.as_str().to_owned())
    .bind(act.reason.as_str().to_owned())
    .bind(act.superseded_by)
    .bind(act.at)
    .bind(act.actor.clone())
    .bind(statement.map(|statement| statement.key.clone()))
    .bind(statement.map(|statement| statement.stated_at.clone()))
    .bind(statement.map(|statement| statement.signature.clone()))
    .execute()
    .await?;
    Ok(())
}
