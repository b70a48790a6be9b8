//! Statements on `academy_keys` and `academy_key_challenges`.

use uuid::Uuid;

use super::academy::{academy_by_slug, slug_by_own_did};
use super::recognition::recognitions;
use crate::academies::model::{self, Issuer, Key, KeyPurpose, KeyReport};
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Result};
use crate::signing::did::DidWeb;
use crate::signing::keys::PublicKey;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    academy_id: Uuid,
    multibase: String,
    purpose: String,
    added_at: Ts,
    added_by: String,
    added_by_token: Uuid,
    vouched_by: Option<String>,
    recovered_by: Option<String>,
    confirmed_at: Option<Ts>,
    confirmed_by: Option<String>,
    active_at: Option<Ts>,
    retired_at: Option<Ts>,
    retired_by: Option<String>,
    revoked_at: Option<Ts>,
    compromised_since: Option<Ts>,
}

impl From<Row> for Key {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            academy_id: row.academy_id,
            public: PublicKey::from_multibase(&row.multibase).expect("only keys that were read are stored"),
            purpose: match row.purpose.as_str() {
                "recovery" => KeyPurpose::Recovery,
                _ => KeyPurpose::Assertion,
            },
            added_at: row.added_at,
            added_by: row.added_by,
            added_by_token: row.added_by_token,
            vouched_by: row.vouched_by,
            recovered_by: row.recovered_by,
            confirmed_at: row.confirmed_at,
            confirmed_by: row.confirmed_by,
            active_at: row.active_at,
            retired_at: row.retired_at,
            retired_by: row.retired_by,
            revoked_at: row.revoked_at,
            compromised_since: row.compromised_since,
        }
    }
}

/// The academy behind a DID, under this DID host or on its own site, as an issuer; `None` for every other DID.
///
/// # Errors
/// As the database says.
pub async fn issuer_by_did(conn: &mut Conn, issuer_host: &str, did: &str) -> Result<Option<Issuer>> {
    let slug = match model::slug_of_did(issuer_host, did) {
        Some(slug) => Some(slug),
        None => slug_by_own_did(conn, did).await?,
    };
    let Some(slug) = slug else { return Ok(None) };
    // An academy on its own site is not also the one the directory would host.
    Ok(issuer_by_slug(conn, issuer_host, &slug).await?.filter(|issuer| issuer.did == did))
}

/// The academy with that slug, as an issuer.
///
/// # Errors
/// As the database says.
pub async fn issuer_by_slug(conn: &mut Conn, issuer_host: &str, slug: &str) -> Result<Option<Issuer>> {
    let Some(academy) = academy_by_slug(conn, slug).await? else { return Ok(None) };
    Ok(Some(Issuer {
        academy_id: academy.id,
        did: academy.did(issuer_host),
        own_site: academy.own_did.as_deref().and_then(|did| Some(DidWeb::parse(did).ok()?.document_url())),
        log_id: academy.log_id,
        keys: signing_keys(conn, academy.id).await?,
        recognitions: recognitions(conn, academy.id).await?,
        slug: academy.slug,
        name: academy.profile.name,
    }))
}

/// Every key of an academy that signs, or ever did, in the order they were added.
pub(in crate::academies) async fn signing_keys(conn: &mut Conn, academy_id: Uuid) -> Result<Vec<Key>> {
    let mut keys = keys(conn, academy_id).await?;
    keys.retain(|key| key.purpose == KeyPurpose::Assertion);
    Ok(keys)
}

/// Every key of an academy, for whatever purpose, in the order they were added.
pub(in crate::academies) async fn keys(conn: &mut Conn, academy_id: Uuid) -> Result<Vec<Key>> {
    let rows: Vec<Row> = conn
        .query(
            "select id, academy_id, multibase, purpose, added_at, added_by, added_by_token, vouched_by,
            recovered_by, confirmed_at, confirmed_by, active_at, retired_at, retired_by, revoked_at, compromised_since
            from academy_keys where academy_id = $1 order by added_at, id",
        )
        .bind(academy_id)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Key::from).collect())
}

pub(in crate::academies) async fn insert_key(conn: &mut Conn, key: &Key) -> Result<()> {
    conn.query(
        "insert into academy_keys (id, academy_id, multibase, added_at, added_by, added_by_token, vouched_by,
        active_at, purpose, recovered_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(key.id)
    .bind(key.academy_id)
    .bind(key.public.to_multibase())
    .bind(key.added_at)
    .bind(key.added_by.clone())
    .bind(key.added_by_token)
    .bind(key.vouched_by.clone())
    .bind(key.active_at)
    .bind(key.purpose.as_str().to_owned())
    .bind(key.recovered_by.clone())
    .execute()
    .await?;
    Ok(())
}

/// Writes what may change about a key: its confirmation and its end.
pub(in crate::academies) async fn update_key(conn: &mut Conn, key: &Key) -> Result<()> {
    conn.query(
        "update academy_keys set confirmed_at = $2, confirmed_by = $3, active_at = $4, retired_at = $5,
        retired_by = $6, revoked_at = $7, compromised_since = $8 where id = $1",
    )
    .bind(key.id)
    .bind(key.confirmed_at)
    .bind(key.confirmed_by.clone())
    .bind(key.active_at)
    .bind(key.retired_at)
    .bind(key.retired_by.clone())
    .bind(key.revoked_at)
    .bind(key.compromised_since)
    .execute()
    .await?;
    Ok(())
}

/// What operators said of a key, oldest first.
pub(in crate::academies) async fn reports(conn: &mut Conn, key_id: Uuid) -> Result<Vec<KeyReport>> {
    let rows: Vec<(Uuid, Option<Ts>, Ts, String)> = conn
        .query(
            "select token_id, since, reported_at, reported_by from academy_key_reports where key_id = $1
            order by reported_at, token_id",
        )
        .bind(key_id)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(token, since, at, by)| KeyReport { token, since, at, by }).collect())
}

/// Writes what an operator says of a key, in place of what the same one said before.
pub(in crate::academies) async fn put_report(
    conn: &mut Conn,
    key_id: Uuid,
    report: &KeyReport,
) -> Result<()> {
    conn.query(
        "insert into academy_key_reports (key_id, token_id, since, reported_at, reported_by)
        values ($1, $2, $3, $4, $5)
        on conflict (key_id, token_id) do update set since = excluded.since, reported_at = excluded.reported_at",
    )
    .bind(key_id)
    .bind(report.token)
    .bind(report.since)
    .bind(report.at)
    .bind(report.by.clone())
    .execute()
    .await?;
    Ok(())
}

/// Keeps the sealed seed of a key that the directory holds.
pub(in crate::academies) async fn insert_held(conn: &mut Conn, key_id: Uuid, sealed: Vec<u8>) -> Result<()> {
    conn.query("insert into academy_held_keys (key_id, sealed) values ($1, $2)")
        .bind(key_id)
        .bind(sealed)
        .execute()
        .await?;
    Ok(())
}

/// Which keys of an academy the directory holds.
pub(in crate::academies) async fn held_ids(conn: &mut Conn, academy_id: Uuid) -> Result<Vec<Uuid>> {
    let rows: Vec<(Uuid,)> = conn
        .query(
            "select h.key_id from academy_held_keys h join academy_keys k on k.id = h.key_id
            where k.academy_id = $1",
        )
        .bind(academy_id)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The sealed seed of a key that the directory holds.
pub(in crate::academies) async fn held(conn: &mut Conn, key_id: Uuid) -> Result<Vec<u8>> {
    let (sealed,): (Vec<u8>,) =
        conn.query("select sealed from academy_held_keys where key_id = $1").bind(key_id).fetch_one().await?;
    Ok(sealed)
}

/// Every key of these academies that is in the wrong hands, with whose it is.
///
/// # Errors
/// As the database says.
pub async fn stolen_keys(conn: &mut Conn, academies: &[Uuid]) -> Result<Vec<StolenKey>> {
    conn.query(
        "select academy_id, multibase, compromised_since from academy_keys
        where revoked_at is not null and academy_id in ({list})",
    )
    .bind_list(academies)
    .fetch_all()
    .await
}

/// A key in the wrong hands.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct StolenKey {
    /// Whose it is.
    pub academy_id: Uuid,
    /// The key, as a Multikey.
    pub multibase: String,
    /// The earliest possible theft; since the key was added where there is none.
    pub compromised_since: Option<Ts>,
}

pub(in crate::academies) async fn insert_challenge(
    conn: &mut Conn,
    academy_id: Uuid,
    challenge: &str,
    expires_at: Ts,
) -> Result<()> {
    conn.query("insert into academy_key_challenges (challenge, academy_id, expires_at) values ($1, $2, $3)")
        .bind(challenge.to_owned())
        .bind(academy_id)
        .bind(expires_at)
        .execute()
        .await?;
    Ok(())
}

pub(in crate::academies) async fn drop_stale_challenges(
    conn: &mut Conn,
    academy_id: Uuid,
    now: Ts,
) -> Result<()> {
    conn.query("delete from academy_key_challenges where academy_id = $1 and expires_at <= $2")
        .bind(academy_id)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

pub(in crate::academies) async fn count_challenges(conn: &mut Conn, academy_id: Uuid) -> Result<i64> {
    let (count,): (i64,) = conn
        .query("select count(*) from academy_key_challenges where academy_id = $1")
        .bind(academy_id)
        .fetch_one()
        .await?;
    Ok(count)
}

/// Uses a challenge up; whether it could still be used. It is gone either way once this commits.
pub(in crate::academies) async fn take_challenge(
    conn: &mut Conn,
    academy_id: Uuid,
    challenge: &str,
    now: Ts,
) -> Result<bool> {
    let row: Option<(Ts,)> = conn
        .query("delete from academy_key_challenges where challenge = $1 and academy_id = $2 returning expires_at")
        .bind(challenge.to_owned())
        .bind(academy_id)
        .fetch_optional()
        .await?;
    Ok(row.is_some_and(|(expires_at,)| now < expires_at))
}
