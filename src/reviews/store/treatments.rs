//! Statements on `treatments` and `review_invitations`.

use time::Date;
use uuid::Uuid;

use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Dialect, Json, Result};
use crate::platform::id::Number;
use crate::reviews::model::{Origin, Treatment, Via};
use crate::vocabulary::ReviewStage;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    practitioner_id: Uuid,
    listing: Number,
    origin: Origin,
    service: Option<String>,
    sessions: Json<Vec<String>>,
    contact: Option<Vec<u8>>,
    contact_mark: Option<Vec<u8>>,
    contact_until: Option<Ts>,
    card: bool,
    follow_up_at: Option<Ts>,
    created_at: Ts,
    created_by: String,
}

impl From<Row> for Treatment {
    fn from(row: Row) -> Self {
        // Days and codes that were written by these same types are read by them.
        let day = |text: &String| Ts::parse(&format!("{text}T00:00:00Z")).ok().map(Ts::date);
        Self {
            id: row.id,
            practitioner_id: row.practitioner_id,
            listing: row.listing,
            origin: row.origin,
            service: row.service.and_then(|code| code.parse().ok()),
            sessions: row.sessions.0.iter().filter_map(day).collect(),
            contact: row.contact,
            contact_mark: row.contact_mark,
            contact_until: row.contact_until,
            card: row.card,
            follow_up_at: row.follow_up_at,
            created_at: row.created_at,
            created_by: row.created_by,
        }
    }
}

fn days(sessions: &[Date]) -> Json<Vec<String>> {
    Json(sessions.iter().map(ToString::to_string).collect())
}

/// Writes a new treatment.
pub(in crate::reviews) async fn insert_treatment(conn: &mut Conn, new: &Treatment) -> Result<()> {
    conn.query(
        "insert into treatments (id, practitioner_id, listing, origin, service, sessions, last_on, contact,
             contact_mark, contact_until, card, follow_up_at, created_at, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(new.id)
    .bind(new.practitioner_id)
    .bind(new.listing)
    .bind(new.origin)
    .bind(new.service.map(|code| code.as_str().to_owned()))
    .bind(days(&new.sessions))
    .bind(new.last_on())
    .bind(new.contact.clone())
    .bind(new.contact_mark.clone())
    .bind(new.contact_until)
    .bind(new.card)
    .bind(new.follow_up_at)
    .bind(new.created_at)
    .bind(new.created_by.clone())
    .execute()
    .await?;
    Ok(())
}

/// The treatment with that id.
pub(in crate::reviews) async fn treatment(conn: &mut Conn, id: Uuid) -> Result<Option<Treatment>> {
    let row: Option<Row> = conn
        .query(
            "select id, practitioner_id, listing, origin, service, sessions, contact, contact_mark, contact_until,
                 card, follow_up_at, created_at, created_by
             from treatments where id = $1",
        )
        .bind(id)
        .fetch_optional()
        .await?;
    Ok(row.map(Treatment::from))
}

/// A page of what a listing recorded, newest first.
pub(in crate::reviews) async fn treatments_before(
    conn: &mut Conn,
    practitioner_id: Uuid,
    before: (Ts, Uuid),
    limit: i64,
) -> Result<Vec<Treatment>> {
    let rows: Vec<Row> = conn
        .query(
            "select id, practitioner_id, listing, origin, service, sessions, contact, contact_mark, contact_until,
                 card, follow_up_at, created_at, created_by
             from treatments
             where practitioner_id = $1 and origin = 'practitioner' and (created_at, id) < ($2, $3)
             order by created_at desc, id desc limit $4",
        )
        .bind(practitioner_id)
        .bind(before.0)
        .bind(before.1)
        .bind(limit)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Treatment::from).collect())
}

/// How many a listing recorded.
pub(in crate::reviews) async fn count_treatments(conn: &mut Conn, practitioner_id: Uuid) -> Result<i64> {
    let (count,): (i64,) = conn
        .query("select count(*) from treatments where practitioner_id = $1 and origin = 'practitioner'")
        .bind(practitioner_id)
        .fetch_one()
        .await?;
    Ok(count)
}

/// Takes a mailbox's turn to ask for a letter: whoever has it knows every letter that was asked for before.
pub(in crate::reviews) async fn lock_mailbox(conn: &mut Conn, mark: &[u8]) -> Result<()> {
    // SQLite has one writer anyway; on PostgreSQL two requests at the same moment would not see each other.
    if conn.dialect() == Dialect::Postgres {
        let key = mark.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes));
        conn.query("select pg_advisory_xact_lock($1)").bind(key).execute().await?;
    }
    Ok(())
}

/// How often a mailbox was asked since `since` to confirm a review of its own starting: in all, and of
/// this listing.
pub(in crate::reviews) async fn recent_requests(
    conn: &mut Conn,
    mark: &[u8],
    practitioner_id: Uuid,
    since: Ts,
) -> Result<(i64, i64)> {
    conn.query(
        "select count(*), count(*) filter (where practitioner_id = $3) from treatments
         where contact_mark = $1 and created_at > $2 and origin = 'client'",
    )
    .bind(mark.to_vec())
    .bind(since)
    .bind(practitioner_id)
    .fetch_one()
    .await
}

/// Writes what follows from the sessions of a treatment: the days, the next follow-up, the erasure.
pub(in crate::reviews) async fn update_schedule(conn: &mut Conn, treatment: &Treatment) -> Result<()> {
    conn.query(
        "update treatments set sessions = $2, last_on = $3, follow_up_at = $4, contact_until = $5 where id = $1",
    )
    .bind(treatment.id)
    .bind(days(&treatment.sessions))
    .bind(treatment.last_on())
    .bind(treatment.follow_up_at)
    .bind(treatment.contact_until)
    .execute()
    .await?;
    Ok(())
}

/// Treatments whose follow-up is due.
pub(in crate::reviews) async fn due_follow_ups(
    conn: &mut Conn,
    now: Ts,
    limit: i64,
) -> Result<Vec<Treatment>> {
    let rows: Vec<Row> = conn
        .query(
            "select id, practitioner_id, listing, origin, service, sessions, contact, contact_mark, contact_until,
                 card, follow_up_at, created_at, created_by
             from treatments where follow_up_at <= $1 order by follow_up_at, id limit $2",
        )
        .bind(now)
        .bind(limit)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Treatment::from).collect())
}

/// Treatments whose client's address has been kept long enough.
pub(in crate::reviews) async fn due_contacts(conn: &mut Conn, now: Ts, limit: i64) -> Result<Vec<(Uuid,)>> {
    conn.query("select id from treatments where contact_until <= $1 order by contact_until, id limit $2")
        .bind(now)
        .bind(limit)
        .fetch_all()
        .await
}

/// Forgets how a client is reached, and with it every follow-up.
pub(in crate::reviews) async fn erase_contact(conn: &mut Conn, id: Uuid) -> Result<()> {
    conn.query(
        "update treatments set contact = null, contact_mark = null, contact_until = null, follow_up_at = null
         where id = $1",
    )
    .bind(id)
    .execute()
    .await?;
    conn.query("update reviews set contact_mark = null, address_mark = null where treatment_id = $1")
        .bind(id)
        .execute()
        .await?;
    conn.query(
        "delete from review_proofs where review_id in (select id from reviews where treatment_id = $1)",
    )
    .bind(id)
    .execute()
    .await?;
    Ok(())
}

/// An invitation as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(in crate::reviews) struct Invitation {
    /// Its id.
    pub(in crate::reviews) id: Uuid,
    /// The treatment it is for.
    pub(in crate::reviews) treatment_id: Uuid,
    /// The stage it was sent at: a review written with it is of this one, or of a later.
    #[sqlx(try_from = "String")]
    pub(in crate::reviews) stage: ReviewStage,
    /// How it reaches the client.
    pub(in crate::reviews) via: Via,
    /// SHA-256 of its token.
    pub(in crate::reviews) token_hash: Vec<u8>,
    /// When it was made.
    pub(in crate::reviews) created_at: Ts,
    /// Until when it can be used.
    pub(in crate::reviews) expires_at: Ts,
    /// When it was.
    pub(in crate::reviews) used_at: Option<Ts>,
}

/// Writes a new invitation.
pub(in crate::reviews) async fn insert_invitation(conn: &mut Conn, new: &Invitation) -> Result<()> {
    conn.query(
        "insert into review_invitations (id, treatment_id, stage, via, token_hash, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.id)
    .bind(new.treatment_id)
    .bind(new.stage.as_str().to_owned())
    .bind(new.via)
    .bind(new.token_hash.clone())
    .bind(new.created_at)
    .bind(new.expires_at)
    .execute()
    .await?;
    Ok(())
}

/// The invitation whose token has that hash.
pub(in crate::reviews) async fn invitation_by_hash(
    conn: &mut Conn,
    hash: [u8; 32],
) -> Result<Option<Invitation>> {
    conn.query(
        "select id, treatment_id, stage, via, token_hash, created_at, expires_at, used_at
         from review_invitations where token_hash = $1",
    )
    .bind(hash.to_vec())
    .fetch_optional()
    .await
}

/// Marks an invitation as used; answers whether this was the one who did.
pub(in crate::reviews) async fn use_invitation(conn: &mut Conn, id: Uuid, now: Ts) -> Result<bool> {
    let rows = conn
        .query("update review_invitations set used_at = $2 where id = $1 and used_at is null")
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// When the first treatment of these listings was recorded by their practitioner.
pub(in crate::reviews) async fn first_recorded(conn: &mut Conn, listings: &[Uuid]) -> Result<Option<Ts>> {
    let (first,): (Option<Ts>,) = conn
        .query(
            "select min(created_at) from treatments where origin = 'practitioner' and practitioner_id in ({list})",
        )
        .bind_list(listings)
        .fetch_one()
        .await?;
    Ok(first)
}
