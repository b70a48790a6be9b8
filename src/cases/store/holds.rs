//! Statements on `case_holds`.

use uuid::Uuid;

use crate::cases::model::{Hold, HoldDecision};
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Result};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    photo_id: Uuid,
    case_id: Uuid,
    rival_photo_id: Uuid,
    rival_case_id: Uuid,
    distance: i64,
    opened_at: Ts,
    decision: Option<HoldDecision>,
    note: Option<String>,
    decided_at: Option<Ts>,
    decided_by: Option<String>,
}

impl From<Row> for Hold {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            photo: row.photo_id,
            case: row.case_id,
            rival_photo: row.rival_photo_id,
            rival_case: row.rival_case_id,
            distance: row.distance,
            opened_at: row.opened_at,
            decision: row.decision,
            note: row.note,
            decided_at: row.decided_at,
            decided_by: row.decided_by,
        }
    }
}

macro_rules! columns {
    () => {
        "select id, photo_id, case_id, rival_photo_id, rival_case_id, distance, opened_at, decision, note,
         decided_at, decided_by from case_holds "
    };
}

pub(in crate::cases) async fn insert_hold(conn: &mut Conn, hold: &Hold) -> Result<()> {
    conn.query(
        "insert into case_holds (id, photo_id, case_id, rival_photo_id, rival_case_id, distance, opened_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(hold.id)
    .bind(hold.photo)
    .bind(hold.case)
    .bind(hold.rival_photo)
    .bind(hold.rival_case)
    .bind(hold.distance)
    .bind(hold.opened_at)
    .execute()
    .await?;
    Ok(())
}

pub(in crate::cases) async fn hold(conn: &mut Conn, id: Uuid) -> Result<Option<Hold>> {
    let row: Option<Row> = conn.query(concat!(columns!(), "where id = $1")).bind(id).fetch_optional().await?;
    Ok(row.map(Hold::from))
}

/// The hold by whose decision a case was taken away.
pub(in crate::cases) async fn hold_lost_by(conn: &mut Conn, case: Uuid) -> Result<Option<Hold>> {
    let row: Option<Row> = conn
        .query(concat!(
            columns!(),
            "where (case_id = $1 and decision = 'keep-known') or (rival_case_id = $1 and decision = 'keep-new')
             order by decided_at, id limit 1"
        ))
        .bind(case)
        .fetch_optional()
        .await?;
    Ok(row.map(Hold::from))
}

/// Holds nobody has decided, oldest first, after a place.
pub(in crate::cases) async fn open_holds(
    conn: &mut Conn,
    after: (Ts, Uuid),
    limit: i64,
) -> Result<Vec<Hold>> {
    let rows: Vec<Row> = conn
        .query(concat!(
            columns!(),
            "where decision is null and (opened_at, id) > ($1, $2) order by opened_at, id limit $3"
        ))
        .bind(after.0)
        .bind(after.1)
        .bind(limit)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Hold::from).collect())
}

pub(in crate::cases) async fn count_open_holds(conn: &mut Conn) -> Result<i64> {
    let (count,): (i64,) =
        conn.query("select count(*) from case_holds where decision is null").fetch_one().await?;
    Ok(count)
}

/// Decides a hold that nobody has decided; answers whether it was open.
pub(in crate::cases) async fn decide_hold(
    conn: &mut Conn,
    id: Uuid,
    decision: HoldDecision,
    note: Option<&str>,
    by: &str,
    now: Ts,
) -> Result<bool> {
    let decided = conn
        .query(
            "update case_holds set decision = $2, note = $3, decided_at = $4, decided_by = $5
             where id = $1 and decision is null",
        )
        .bind(id)
        .bind(decision)
        .bind(note.map(str::to_owned))
        .bind(now)
        .bind(by.to_owned())
        .execute()
        .await?;
    Ok(decided > 0)
}

/// Closes what is open about a photo that waited and is gone.
pub(in crate::cases) async fn close_holds(conn: &mut Conn, photos: &[Uuid], now: Ts) -> Result<()> {
    conn.query("update case_holds set decision = $1, decided_at = $2 where decision is null and photo_id in ({list})")
        .bind(HoldDecision::Gone)
        .bind(now)
        .bind_list(photos)
        .execute()
        .await?;
    Ok(())
}

/// Whether anything is still open about a photo that waits.
pub(in crate::cases) async fn waits(conn: &mut Conn, photo: Uuid) -> Result<bool> {
    let (count,): (i64,) = conn
        .query("select count(*) from case_holds where photo_id = $1 and decision is null")
        .bind(photo)
        .fetch_one()
        .await?;
    Ok(count > 0)
}
