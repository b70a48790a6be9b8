//! Records about people in the log: the entry carries a salted digest, so that it says nothing to whoever has not the
//! record; salt and record lie beside the log, are handed out with the proof, and can be erased.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{append, offline_proof};
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Error as DbError, Result as DbResult};
use crate::platform::id::Ids;
use crate::platform::problem::Error;
use crate::signing::digest::Digest;
use crate::signing::jcs;
use crate::transparency::model::{Leaf, Op, Place};
use crate::transparency::store;

/// A record that is in the log, or waits to enter it.
#[derive(Clone, Debug)]
pub struct LoggedRecord {
    /// What the entry says happened.
    pub op: String,
    /// The salt, 32 bytes.
    pub nonce: Vec<u8>,
    /// The record.
    pub record: Value,
    /// When it was written.
    pub at: Ts,
    /// Where its entry is.
    pub place: Option<Place>,
}

impl LoggedRecord {
    /// The proof that it is in the log, as a file (C2SP tlog-proof). Its `extra` is JSON with the entry, the salt and the
    /// record: the entry's digest is that of salt and record. `None` while no signed tree has the entry.
    ///
    /// # Errors
    /// As the database says.
    pub async fn proof(&self, conn: &mut Conn) -> Result<Option<String>, Error> {
        let Some(place) = self.place else { return Ok(None) };
        let Some(mut proof) = offline_proof(conn, place.index).await? else { return Ok(None) };
        let extra = |entry: Vec<u8>| {
            let nonce = URL_SAFE_NO_PAD.encode(&self.nonce);
            json!({"entry": String::from_utf8_lossy(&entry), "nonce": nonce, "record": self.record})
                .to_string()
        };
        proof.extra = proof.extra.take().map(|entry| extra(entry).into_bytes());
        Ok(Some(proof.to_text()))
    }
}

/// The digest of a record under its salt: SHA-256(nonce ‖ JCS(record)).
///
/// # Errors
/// When the record has no canonical form.
pub fn salted_digest(nonce: &[u8], record: &Value) -> Result<Digest, jcs::UnsafeInteger> {
    let mut hasher = Sha256::new();
    hasher.update(nonce);
    hasher.update(jcs::to_vec(record)?);
    Ok(Digest(hasher.finalize().into()))
}

/// Puts a record about something of a listing in front of the log, in the transaction of the fact itself.
///
/// # Errors
/// As the database says.
pub async fn record(
    conn: &mut Conn,
    ids: &Ids,
    op: Op,
    (subject, listing): (Uuid, Uuid),
    record: &Value,
    now: Ts,
) -> DbResult<()> {
    let log_id = store::listing_log_id(conn, listing, Uuid::from_bytes(ids.bytes::<16>())).await?;
    let nonce = ids.bytes::<32>();
    let digest = salted_digest(&nonce, record).map_err(DbError::encode)?;
    let entry = ids.uuid();
    store::insert_record(conn, (entry, subject), op.as_str(), nonce.to_vec(), record.to_string(), now)
        .await?;
    append(conn, entry, &Leaf::of_listing(op, log_id, digest), now).await
}

/// What the log has about something, oldest first.
///
/// # Errors
/// As the database says.
pub async fn records_of(conn: &mut Conn, subject: Uuid) -> Result<Vec<LoggedRecord>, Error> {
    let mut records = Vec::new();
    for row in store::records(conn, subject).await? {
        let place = store::place_of(conn, &row.op, row.entry_id).await?;
        let record = serde_json::from_str(&row.record).map_err(Error::internal)?;
        records.push(LoggedRecord { op: row.op, nonce: row.nonce, record, at: row.at, place });
    }
    Ok(records)
}

/// Erases what ties the log to something: the records, their salts, and where their entries are. The entries stay, and
/// say nothing to anybody any more; that they were erased is an entry of its own. What has not entered yet never does.
///
/// # Errors
/// As the database says.
pub async fn erase(conn: &mut Conn, subject: Uuid, now: Ts) -> DbResult<()> {
    for entry in store::delete_records(conn, subject).await? {
        store::dequeue(conn, entry).await?;
        for position in store::forget_subject(conn, entry).await? {
            let index = u64::try_from(position).unwrap_or_default();
            append(conn, Uuid::nil(), &Leaf::erasure(index), now).await?;
        }
    }
    Ok(())
}
