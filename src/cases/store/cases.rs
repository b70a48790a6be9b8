//! Statements on `cases`.

use time::Date;
use uuid::Uuid;

use crate::cases::model::{Case, CaseEnd, CaseState, Confirmation, ConsentWay, Details};
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Json, Result};
use crate::platform::id::Number;
use crate::vocabulary::ConsentScope;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    practitioner_id: Uuid,
    listing: Number,
    version: i64,
    state: CaseState,
    details: Option<Json<Details>>,
    published_at: Option<Ts>,
    ended_at: Option<Ts>,
    end_reason: Option<CaseEnd>,
    created_at: Ts,
    updated_at: Ts,
    confirmed_at: Option<Ts>,
    scopes: Option<Json<Vec<ConsentScope>>>,
    until_day: Option<String>,
    way: Option<ConsentWay>,
}

impl From<Row> for Case {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            practitioner: row.practitioner_id,
            listing: row.listing,
            version: row.version,
            state: row.state,
            details: row.details.map(|details| details.0).unwrap_or_default(),
            confirmation: row.confirmed_at.map(|at| Confirmation {
                at,
                scopes: row.scopes.map(|scopes| scopes.0).unwrap_or_default(),
                until: row.until_day.as_deref().and_then(day),
                way: row.way.unwrap_or(ConsentWay::Printed),
            }),
            published_at: row.published_at,
            ended: row.ended_at.zip(row.end_reason),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

pub(in crate::cases) fn day(text: &str) -> Option<Date> {
    Date::parse(text, time::macros::format_description!("[year]-[month]-[day]")).ok()
}

macro_rules! columns {
    () => {
        "select c.id, c.practitioner_id, c.listing, c.version, c.state, c.details, c.published_at, c.ended_at,
         c.end_reason, c.created_at, c.updated_at, k.confirmed_at, k.scopes, k.until_day, k.way
         from cases c left join case_consents k on k.case_id = c.id "
    };
}

pub(in crate::cases) async fn case(conn: &mut Conn, id: Uuid) -> Result<Option<Case>> {
    let row: Option<Row> =
        conn.query(concat!(columns!(), "where c.id = $1")).bind(id).fetch_optional().await?;
    Ok(row.map(Case::from))
}

pub(in crate::cases) async fn cases(conn: &mut Conn, ids: &[Uuid]) -> Result<Vec<Case>> {
    let rows: Vec<Row> =
        conn.query(concat!(columns!(), "where c.id in ({list})")).bind_list(ids).fetch_all().await?;
    Ok(rows.into_iter().map(Case::from).collect())
}

/// Published cases after an id, in order: the walk that fills the gallery, from [`Uuid::nil`].
pub(in crate::cases) async fn published_after(conn: &mut Conn, id: Uuid, limit: i64) -> Result<Vec<Case>> {
    let rows: Vec<Row> = conn
        .query(concat!(columns!(), "where c.state = 'published' and c.id > $1 order by c.id limit $2"))
        .bind(id)
        .bind(limit)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Case::from).collect())
}

/// The published cases of these listings.
pub(in crate::cases) async fn published_of(conn: &mut Conn, listings: &[Uuid]) -> Result<Vec<Case>> {
    let rows: Vec<Row> = conn
        .query(concat!(
            columns!(),
            "where c.state = 'published' and c.practitioner_id in ({list}) order by c.id"
        ))
        .bind_list(listings)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Case::from).collect())
}

/// A listing's cases that have not ended, newest first, before a place; drafts only if asked for.
pub(in crate::cases) async fn cases_of(
    conn: &mut Conn,
    practitioner: Uuid,
    drafts: bool,
    before: (Ts, Uuid),
    limit: i64,
) -> Result<Vec<Case>> {
    let rows: Vec<Row> = conn
        .query(concat!(
            columns!(),
            "where c.practitioner_id = $1 and (c.state = 'published' or (c.state = 'draft' and $2))
             and (c.created_at, c.id) < ($3, $4) order by c.created_at desc, c.id desc limit $5"
        ))
        .bind(practitioner)
        .bind(drafts)
        .bind(before.0)
        .bind(before.1)
        .bind(limit)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Case::from).collect())
}

pub(in crate::cases) async fn count_cases(conn: &mut Conn, practitioner: Uuid, drafts: bool) -> Result<i64> {
    let (count,): (i64,) = conn
        .query(
            "select count(*) from cases
             where practitioner_id = $1 and (state = 'published' or (state = 'draft' and $2))",
        )
        .bind(practitioner)
        .bind(drafts)
        .fetch_one()
        .await?;
    Ok(count)
}

pub(in crate::cases) async fn insert_case(conn: &mut Conn, case: &Case) -> Result<()> {
    conn.query(
        "insert into cases (id, practitioner_id, listing, details, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $5)",
    )
    .bind(case.id)
    .bind(case.practitioner)
    .bind(case.listing)
    .bind(Json(case.details.clone()))
    .bind(case.created_at)
    .execute()
    .await?;
    Ok(())
}

/// Writes a case down whose version is still `case.version`, and raises it; answers whether it was.
pub(in crate::cases) async fn update_case(conn: &mut Conn, case: &Case, now: Ts) -> Result<bool> {
    let updated = conn
        .query(
            "update cases set version = version + 1, state = $3, details = $4, published_at = $5, updated_at = $6
             where id = $1 and version = $2 and state <> 'ended'",
        )
        .bind(case.id)
        .bind(case.version)
        .bind(case.state)
        .bind(Json(case.details.clone()))
        .bind(case.published_at)
        .bind(now)
        .execute()
        .await?;
    Ok(updated > 0)
}

/// Takes a case away and forgets what it said; answers whether it was there.
pub(in crate::cases) async fn end_case(conn: &mut Conn, id: Uuid, reason: CaseEnd, now: Ts) -> Result<bool> {
    let ended = conn
        .query(
            "update cases set version = version + 1, state = 'ended', details = null, ended_at = $2,
             end_reason = $3, updated_at = $2 where id = $1 and state <> 'ended'",
        )
        .bind(id)
        .bind(now)
        .bind(reason)
        .execute()
        .await?;
    Ok(ended > 0)
}

/// Holds a case for this transaction, so that what is read of it next stays so.
pub(in crate::cases) async fn touch_case(conn: &mut Conn, id: Uuid, now: Ts) -> Result<()> {
    conn.query("update cases set version = version + 1, updated_at = $2 where id = $1 and state <> 'ended'")
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// Listings that have cases, after a number, in order.
pub(in crate::cases) async fn listings_after(
    conn: &mut Conn,
    number: &str,
    limit: i64,
) -> Result<Vec<Number>> {
    let rows: Vec<(Number,)> = conn
        .query("select distinct listing from cases where state <> 'ended' and listing > $1 order by listing limit $2")
        .bind(number.to_owned())
        .bind(limit)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}

pub(in crate::cases) async fn ids_of_listing(conn: &mut Conn, number: Number) -> Result<Vec<Uuid>> {
    let rows: Vec<(Uuid,)> = conn
        .query("select id from cases where listing = $1 and state <> 'ended' order by id")
        .bind(number)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Hands a case on to another listing.
pub(in crate::cases) async fn move_case(
    conn: &mut Conn,
    id: Uuid,
    to: Uuid,
    number: Number,
    now: Ts,
) -> Result<()> {
    conn.query("update cases set practitioner_id = $2, listing = $3, updated_at = $4 where id = $1")
        .bind(id)
        .bind(to)
        .bind(number)
        .bind(now)
        .execute()
        .await?;
    conn.query("update case_photos set practitioner_id = $2 where case_id = $1")
        .bind(id)
        .bind(to)
        .execute()
        .await?;
    Ok(())
}

/// Cases that have not ended, after an id, in order: for looking at their consent.
pub(in crate::cases) async fn live_after(conn: &mut Conn, id: Uuid, limit: i64) -> Result<Vec<Case>> {
    let rows: Vec<Row> = conn
        .query(concat!(columns!(), "where c.state <> 'ended' and c.id > $1 order by c.id limit $2"))
        .bind(id)
        .bind(limit)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Case::from).collect())
}

/// Says anew why a case was taken away.
pub(in crate::cases) async fn set_end(conn: &mut Conn, id: Uuid, reason: CaseEnd, now: Ts) -> Result<()> {
    conn.query("update cases set version = version + 1, end_reason = $2, updated_at = $3 where id = $1")
        .bind(id)
        .bind(reason)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}
