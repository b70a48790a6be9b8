//! Statements on `certificates`; those on status lists and acts in `status`.

pub(in crate::certificates) mod request;
pub(in crate::certificates) mod status;

use time::Date;
use uuid::Uuid;

use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Result};
use crate::platform::id::Number;

/// A certificate as it is kept, without its bytes.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Certificate {
    /// Its id inside.
    pub id: Uuid,
    /// Its public number.
    pub number: Number,
    /// Whose it is.
    pub academy_id: Uuid,
    /// The issuer's DID, as signed.
    pub issuer: String,
    /// The credential's own id, as signed.
    pub credential_id: String,
    /// SHA-256 of the canonical form of the secured document.
    pub digest: Vec<u8>,
    /// The key that signed it, as `publicKeyMultibase`.
    pub key: String,
    /// The holder's name, as signed.
    pub holder_name: String,
    /// The achievement's name, as signed.
    pub title: String,
    /// The course version it names: SHA-256 of its canonical form, in hexadecimal.
    pub course_hash: String,
    /// The listing number in the signed document, if it names one.
    pub listing_number: Option<String>,
    /// The day the training was completed, as signed.
    pub awarded_on: Option<Date>,
    /// From when it holds, as signed.
    pub valid_from: Ts,
    /// Until when it holds, as signed.
    pub valid_until: Option<Ts>,
    /// When the directory received it.
    pub received_at: Ts,
    /// Whether the academy was recognised at that moment.
    pub recognised_at_receipt: bool,
    /// The listing it hangs on.
    pub practitioner_id: Option<Uuid>,
    /// When the academy agreed to the listing it hangs on.
    pub academy_agreed_at: Option<Ts>,
    /// When the listing's keeper agreed.
    pub holder_agreed_at: Option<Ts>,
    /// Whether the listing's keeper shows it.
    pub listed: bool,
    /// Counts its changes; what `If-Match` compares.
    pub version: i64,
    /// When it last changed.
    pub updated_at: Ts,
    /// What was done to it since, as the code of a certificate status; nothing while it is in force.
    pub standing: Option<String>,
    /// The status list it names, where it names one.
    pub status_list_id: Option<Uuid>,
    /// The bit of that list.
    pub status_position: Option<i64>,
}

/// What is written once, at receipt.
#[derive(Debug)]
pub(in crate::certificates) struct NewCertificate<'a> {
    pub(in crate::certificates) row: &'a Certificate,
    pub(in crate::certificates) bytes: &'a [u8],
    pub(in crate::certificates) received_by: &'a str,
}

pub(in crate::certificates) async fn insert(conn: &mut Conn, new: NewCertificate<'_>) -> Result<()> {
    let row = new.row;
    conn.query(
        "insert into certificates (id, number, academy_id, issuer, credential_id, bytes, digest, key, holder_name, title,
             course_hash, listing_number, awarded_on, valid_from, valid_until, received_at, received_by,
             recognised_at_receipt, practitioner_id, academy_agreed_at, holder_agreed_at, listed, version, updated_at,
             status_list_id, status_position)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
             $24, $25, $26)",
    )
    .bind(row.id)
    .bind(row.number)
    .bind(row.academy_id)
    .bind(row.issuer.clone())
    .bind(row.credential_id.clone())
    .bind(new.bytes.to_vec())
    .bind(row.digest.clone())
    .bind(row.key.clone())
    .bind(row.holder_name.clone())
    .bind(row.title.clone())
    .bind(row.course_hash.clone())
    .bind(row.listing_number.clone())
    .bind(row.awarded_on)
    .bind(row.valid_from)
    .bind(row.valid_until)
    .bind(row.received_at)
    .bind(new.received_by.to_owned())
    .bind(row.recognised_at_receipt)
    .bind(row.practitioner_id)
    .bind(row.academy_agreed_at)
    .bind(row.holder_agreed_at)
    .bind(row.listed)
    .bind(row.version)
    .bind(row.updated_at)
    .bind(row.status_list_id)
    .bind(row.status_position)
    .execute()
    .await?;
    Ok(())
}

pub(in crate::certificates) async fn by_number(
    conn: &mut Conn,
    number: Number,
) -> Result<Option<Certificate>> {
    conn.query(
        "select id, number, academy_id, issuer, credential_id, digest, key, holder_name, title, course_hash,
             listing_number, awarded_on, valid_from, valid_until, received_at, recognised_at_receipt, practitioner_id,
             academy_agreed_at, holder_agreed_at, listed, version, updated_at, standing, status_list_id, status_position
         from certificates where number = $1",
    )
    .bind(number)
    .fetch_optional()
    .await
}

pub(in crate::certificates) async fn number_of(conn: &mut Conn, id: Uuid) -> Result<Option<Number>> {
    let row: Option<(Number,)> =
        conn.query("select number from certificates where id = $1").bind(id).fetch_optional().await?;
    Ok(row.map(|(number,)| number))
}

pub(in crate::certificates) async fn by_credential_id(
    conn: &mut Conn,
    issuer: &str,
    credential_id: &str,
) -> Result<Option<Certificate>> {
    conn.query(
        "select id, number, academy_id, issuer, credential_id, digest, key, holder_name, title, course_hash,
             listing_number, awarded_on, valid_from, valid_until, received_at, recognised_at_receipt, practitioner_id,
             academy_agreed_at, holder_agreed_at, listed, version, updated_at, standing, status_list_id, status_position
         from certificates where issuer = $1 and credential_id = $2",
    )
    .bind(issuer.to_owned())
    .bind(credential_id.to_owned())
    .fetch_optional()
    .await
}

/// The exact bytes that were submitted.
pub(in crate::certificates) async fn bytes(conn: &mut Conn, id: Uuid) -> Result<Vec<u8>> {
    let (bytes,): (Vec<u8>,) =
        conn.query("select bytes from certificates where id = $1").bind(id).fetch_one().await?;
    Ok(bytes)
}

/// What a certificate is checked by.
#[derive(Debug, sqlx::FromRow)]
pub(in crate::certificates) struct KeptBytes {
    pub(in crate::certificates) id: Uuid,
    pub(in crate::certificates) number: Number,
    pub(in crate::certificates) issuer: String,
    pub(in crate::certificates) key: String,
    pub(in crate::certificates) digest: Vec<u8>,
    pub(in crate::certificates) bytes: Vec<u8>,
}

/// The certificates after this id, in the order of their ids.
pub(in crate::certificates) async fn kept_after(
    conn: &mut Conn,
    after: Uuid,
    limit: i64,
) -> Result<Vec<KeptBytes>> {
    conn.query(
        "select id, number, issuer, key, digest, bytes from certificates where id > $1 order by id limit $2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all()
    .await
}

/// How many certificates there are.
pub(in crate::certificates) async fn count(conn: &mut Conn) -> Result<u64> {
    let (count,): (i64,) = conn.query("select count(*) from certificates").fetch_one().await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The shown certificates of many listings, newest first within each.
pub(in crate::certificates) async fn listed_for(
    conn: &mut Conn,
    practitioner_ids: &[Uuid],
) -> Result<Vec<Certificate>> {
    conn.query(
        "select id, number, academy_id, issuer, credential_id, digest, key, holder_name, title, course_hash,
             listing_number, awarded_on, valid_from, valid_until, received_at, recognised_at_receipt, practitioner_id,
             academy_agreed_at, holder_agreed_at, listed, version, updated_at, standing, status_list_id, status_position
         from certificates where listed = true and practitioner_id in ({list})
         order by practitioner_id, received_at desc, id desc",
    )
    .bind_list(practitioner_ids)
    .fetch_all()
    .await
}

/// A page of one listing's shown certificates, newest first.
pub(in crate::certificates) async fn page_for(
    conn: &mut Conn,
    practitioner_id: Uuid,
    before: (Ts, Uuid),
    limit: i64,
) -> Result<Vec<Certificate>> {
    conn.query(
        "select id, number, academy_id, issuer, credential_id, digest, key, holder_name, title, course_hash,
             listing_number, awarded_on, valid_from, valid_until, received_at, recognised_at_receipt, practitioner_id,
             academy_agreed_at, holder_agreed_at, listed, version, updated_at, standing, status_list_id, status_position
         from certificates where practitioner_id = $1 and listed = true and (received_at, id) < ($2, $3)
         order by received_at desc, id desc limit $4",
    )
    .bind(practitioner_id)
    .bind(before.0)
    .bind(before.1)
    .bind(limit)
    .fetch_all()
    .await
}

/// How many certificates a listing shows.
pub(in crate::certificates) async fn count_for(conn: &mut Conn, practitioner_id: Uuid) -> Result<i64> {
    let (count,): (i64,) = conn
        .query("select count(*) from certificates where practitioner_id = $1 and listed = true")
        .bind(practitioner_id)
        .fetch_one()
        .await?;
    Ok(count)
}

/// A page of what was stored in one academy's name, newest first.
pub(in crate::certificates) async fn page_of_academy(
    conn: &mut Conn,
    academy_id: Uuid,
    before: (Ts, Uuid),
    limit: i64,
) -> Result<Vec<Certificate>> {
    conn.query(
        "select id, number, academy_id, issuer, credential_id, digest, key, holder_name, title, course_hash,
             listing_number, awarded_on, valid_from, valid_until, received_at, recognised_at_receipt, practitioner_id,
             academy_agreed_at, holder_agreed_at, listed, version, updated_at, standing, status_list_id, status_position
         from certificates where academy_id = $1 and (received_at, id) < ($2, $3)
         order by received_at desc, id desc limit $4",
    )
    .bind(academy_id)
    .bind(before.0)
    .bind(before.1)
    .bind(limit)
    .fetch_all()
    .await
}

/// How many certificates were stored in one academy's name.
pub(in crate::certificates) async fn count_of_academy(conn: &mut Conn, academy_id: Uuid) -> Result<i64> {
    let (count,): (i64,) = conn
        .query("select count(*) from certificates where academy_id = $1")
        .bind(academy_id)
        .fetch_one()
        .await?;
    Ok(count)
}

/// The listings that show a certificate of this academy, in order of id, after `after`.
pub(in crate::certificates) async fn holders_of(
    conn: &mut Conn,
    academy_id: Uuid,
    after: Uuid,
    limit: i64,
) -> Result<Vec<(Uuid,)>> {
    conn.query(
        "select distinct practitioner_id from certificates
         where academy_id = $1 and listed = true and practitioner_id > $2
         order by practitioner_id limit $3",
    )
    .bind(academy_id)
    .bind(after)
    .bind(limit)
    .fetch_all()
    .await
}

/// Writes what may change after receipt, if `version` is still the current one; answers whether it was.
pub(in crate::certificates) async fn update(
    conn: &mut Conn,
    row: &Certificate,
    version: i64,
) -> Result<bool> {
    let touched = conn
        .query(
            "update certificates set practitioner_id = $3, academy_agreed_at = $4, holder_agreed_at = $5, listed = $6,
                 version = version + 1, updated_at = $7, standing = $8
             where id = $1 and version = $2",
        )
        .bind(row.id)
        .bind(version)
        .bind(row.practitioner_id)
        .bind(row.academy_agreed_at)
        .bind(row.holder_agreed_at)
        .bind(row.listed)
        .bind(row.updated_at)
        .bind(row.standing.clone())
        .execute()
        .await?;
    Ok(touched == 1)
}
