//! Statements on the log's tables.

use uuid::Uuid;

use super::model::Place;
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Result};
use crate::signing::tlog::tile::Tile;

/// What waits to enter the log.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Waiting {
    pub(super) seq: i64,
    pub(super) op: String,
    pub(super) subject: Uuid,
    pub(super) body: String,
}

/// How far the tree is.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct State {
    pub(super) size: i64,
    pub(super) last_at: Ts,
    pub(super) frozen: Option<String>,
}

pub(super) async fn enqueue(conn: &mut Conn, op: &str, subject: Uuid, body: String, now: Ts) -> Result<()> {
    conn.query("insert into log_queue (op, subject, body, queued_at) values ($1, $2, $3, $4)")
        .bind(op.to_owned())
        .bind(subject)
        .bind(body)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// Takes what has waited longest out of the queue, oldest first.
pub(super) async fn take(conn: &mut Conn, limit: i64) -> Result<Vec<Waiting>> {
    let mut rows: Vec<Waiting> = conn
        .query(
            "delete from log_queue where seq in (select seq from log_queue order by seq limit $1)
             returning seq, op, subject, body",
        )
        .bind(limit)
        .fetch_all()
        .await?;
    rows.sort_by_key(|row| row.seq);
    Ok(rows)
}

pub(super) async fn count_waiting(conn: &mut Conn) -> Result<u64> {
    let (count,): (i64,) = conn.query("select count(*) from log_queue").fetch_one().await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

pub(super) async fn state(conn: &mut Conn) -> Result<State> {
    conn.query("select size, last_at, frozen from log_state where id = 1").fetch_one().await
}

/// Takes or renews the lease, and with it the row, until the transaction ends; `None` where another process has it.
pub(super) async fn lease(conn: &mut Conn, holder: Uuid, now: Ts, until: Ts) -> Result<Option<State>> {
    conn.query(
        "update log_state set lease_holder = $1, lease_until = $2
         where id = 1 and (lease_holder = $1 or lease_until <= $3)
         returning size, last_at, frozen",
    )
    .bind(holder)
    .bind(until)
    .bind(now)
    .fetch_optional()
    .await
}

pub(super) async fn advance(conn: &mut Conn, size: i64, last_at: Ts) -> Result<()> {
    conn.query("update log_state set size = $1, last_at = $2 where id = 1")
        .bind(size)
        .bind(last_at)
        .execute()
        .await?;
    Ok(())
}

pub(super) async fn freeze(conn: &mut Conn, why: Option<&str>) -> Result<()> {
    conn.query("update log_state set frozen = $1 where id = 1")
        .bind(why.map(str::to_owned))
        .execute()
        .await?;
    Ok(())
}

pub(super) async fn insert_entry(conn: &mut Conn, position: i64, entry: Vec<u8>, at: Ts) -> Result<()> {
    conn.query("insert into log_entries (position, entry, at) values ($1, $2, $3)")
        .bind(position)
        .bind(entry)
        .bind(at)
        .execute()
        .await?;
    Ok(())
}

pub(super) async fn insert_subject(conn: &mut Conn, position: i64, op: String, subject: Uuid) -> Result<()> {
    conn.query("insert into log_subjects (position, op, subject) values ($1, $2, $3)")
        .bind(position)
        .bind(op)
        .bind(subject)
        .execute()
        .await?;
    Ok(())
}

/// The first entry of this kind about something.
pub(super) async fn place_of(conn: &mut Conn, op: &str, subject: Uuid) -> Result<Option<Place>> {
    let row: Option<(i64, Ts)> = conn
        .query(
            "select e.position, e.at from log_subjects s join log_entries e on e.position = s.position
             where s.subject = $1 and s.op = $2 order by e.position limit 1",
        )
        .bind(subject)
        .bind(op.to_owned())
        .fetch_optional()
        .await?;
    Ok(row.map(|(position, at)| Place { index: u64::try_from(position).unwrap_or(0), at }))
}

/// The entries from `from` on, up to `to`.
pub(super) async fn entries(conn: &mut Conn, from: i64, to: i64) -> Result<Vec<(Vec<u8>,)>> {
    conn.query("select entry from log_entries where position >= $1 and position < $2 order by position")
        .bind(from)
        .bind(to)
        .fetch_all()
        .await
}

pub(super) async fn tile(conn: &mut Conn, tile: Tile) -> Result<Option<Vec<u8>>> {
    let row: Option<(Vec<u8>,)> = conn
        .query("select hashes from log_tiles where level = $1 and tile = $2")
        .bind(i64::from(tile.level))
        .bind(i64::try_from(tile.index).unwrap_or(i64::MAX))
        .fetch_optional()
        .await?;
    Ok(row.map(|(hashes,)| hashes))
}

pub(super) async fn put_tile(conn: &mut Conn, tile: Tile, hashes: Vec<u8>) -> Result<()> {
    conn.query(
        "insert into log_tiles (level, tile, hashes) values ($1, $2, $3)
         on conflict (level, tile) do update set hashes = excluded.hashes",
    )
    .bind(i64::from(tile.level))
    .bind(i64::try_from(tile.index).unwrap_or(i64::MAX))
    .bind(hashes)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn insert_checkpoint(conn: &mut Conn, size: i64, note: String, now: Ts) -> Result<()> {
    conn.query(
        "insert into log_checkpoints (size, note, signed_at) values ($1, $2, $3) on conflict (size) do nothing",
    )
    .bind(size)
    .bind(note)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// The checkpoint of the largest tree that was signed, with the lines of the witnesses that cosigned it.
pub(super) async fn checkpoint(conn: &mut Conn) -> Result<Option<(i64, String, Ts)>> {
    let row: Option<(i64, String, Ts)> = conn
        .query("select size, note, signed_at from log_checkpoints order by size desc limit 1")
        .fetch_optional()
        .await?;
    let Some((size, mut note, at)) = row else { return Ok(None) };
    let lines: Vec<(String,)> = conn
        .query("select line from log_cosignatures where size = $1 order by witness")
        .bind(size)
        .fetch_all()
        .await?;
    note.extend(lines.into_iter().map(|(line,)| line));
    Ok(Some((size, note, at)))
}

/// The same as the log alone signed it.
pub(super) async fn bare_checkpoint(conn: &mut Conn) -> Result<Option<(i64, String)>> {
    conn.query("select size, note from log_checkpoints order by size desc limit 1").fetch_optional().await
}

/// The size of the largest tree a witness cosigned.
pub(super) async fn cosigned(conn: &mut Conn, witness: &str) -> Result<Option<i64>> {
    let row: Option<(i64,)> = conn
        .query("select size from log_cosignatures where witness = $1 order by size desc limit 1")
        .bind(witness.to_owned())
        .fetch_optional()
        .await?;
    Ok(row.map(|(size,)| size))
}

/// How many witnesses saw a tree with the entry at this position.
pub(super) async fn witnesses_of(conn: &mut Conn, position: i64) -> Result<i64> {
    let (count,): (i64,) = conn
        .query("select count(distinct witness) from log_cosignatures where size > $1")
        .bind(position)
        .fetch_one()
        .await?;
    Ok(count)
}

pub(super) async fn insert_cosignature(
    conn: &mut Conn,
    size: i64,
    witness: &str,
    line: String,
    now: Ts,
) -> Result<()> {
    conn.query(
        "insert into log_cosignatures (size, witness, line, at) values ($1, $2, $3, $4)
         on conflict (size, witness) do nothing",
    )
    .bind(size)
    .bind(witness.to_owned())
    .bind(line)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Remembers the largest tree a witness has seen, which is larger than the one that is here.
pub(super) async fn put_witnessed(conn: &mut Conn, witness: &str, size: i64, now: Ts) -> Result<()> {
    conn.query(
        "insert into log_witnessed (witness, size, at) values ($1, $2, $3)
         on conflict (witness) do update set size = excluded.size, at = excluded.at",
    )
    .bind(witness.to_owned())
    .bind(size)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Witnesses that have seen a larger tree, and its size; the largest first.
pub(super) async fn witnessed(conn: &mut Conn) -> Result<Vec<(String, i64)>> {
    conn.query("select witness, size from log_witnessed order by size desc, witness").fetch_all().await
}

pub(super) async fn forget_witnessed(conn: &mut Conn) -> Result<()> {
    conn.query("delete from log_witnessed").execute().await?;
    Ok(())
}

/// A record that the log has a salted digest of.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct RecordRow {
    pub(super) entry_id: Uuid,
    pub(super) op: String,
    pub(super) nonce: Vec<u8>,
    pub(super) record: String,
    pub(super) at: Ts,
}

/// What goes by for a listing; the one that is handed in where there is none yet.
pub(super) async fn listing_log_id(conn: &mut Conn, practitioner_id: Uuid, new: Uuid) -> Result<Uuid> {
    conn.query(
        "insert into log_listings (practitioner_id, log_id) values ($1, $2) on conflict (practitioner_id) do nothing",
    )
    .bind(practitioner_id)
    .bind(new)
    .execute()
    .await?;
    let (log_id,): (Uuid,) = conn
        .query("select log_id from log_listings where practitioner_id = $1")
        .bind(practitioner_id)
        .fetch_one()
        .await?;
    Ok(log_id)
}

pub(super) async fn insert_record(
    conn: &mut Conn,
    (entry_id, subject): (Uuid, Uuid),
    op: &str,
    nonce: Vec<u8>,
    record: String,
    now: Ts,
) -> Result<()> {
    conn.query(
        "insert into log_records (entry_id, subject, op, nonce, record, at) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(entry_id)
    .bind(subject)
    .bind(op.to_owned())
    .bind(nonce)
    .bind(record)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn records(conn: &mut Conn, subject: Uuid) -> Result<Vec<RecordRow>> {
    conn.query(
        "select entry_id, op, nonce, record, at from log_records where subject = $1 order by at, entry_id",
    )
    .bind(subject)
    .fetch_all()
    .await
}

pub(super) async fn delete_records(conn: &mut Conn, subject: Uuid) -> Result<Vec<Uuid>> {
    let rows: Vec<(Uuid,)> = conn
        .query("delete from log_records where subject = $1 returning entry_id")
        .bind(subject)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(entry,)| entry).collect())
}

/// Takes what waits about something out of the queue.
pub(super) async fn dequeue(conn: &mut Conn, subject: Uuid) -> Result<()> {
    conn.query("delete from log_queue where subject = $1").bind(subject).execute().await?;
    Ok(())
}

/// Forgets where the entries about something are; answers where they were.
pub(super) async fn forget_subject(conn: &mut Conn, subject: Uuid) -> Result<Vec<i64>> {
    let rows: Vec<(i64,)> = conn
        .query("delete from log_subjects where subject = $1 returning position")
        .bind(subject)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(position,)| position).collect())
}
