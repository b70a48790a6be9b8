//! Statements on `academy_events`.

use uuid::Uuid;

use crate::academies::model::{Event, What};
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Json, Result};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    at: Ts,
    actor: String,
    what: Json<What>,
}

impl From<Row> for Event {
    fn from(row: Row) -> Self {
        Self { id: row.id, at: row.at, actor: row.actor, what: row.what.0 }
    }
}

/// The history from the newest event, those before `before`.
pub(in crate::academies) async fn list_events(
    conn: &mut Conn,
    academy_id: Uuid,
    before: (Ts, Uuid),
    limit: i64,
) -> Result<Vec<Event>> {
    let rows: Vec<Row> = conn
        .query(
            "select id, at, actor, what from academy_events where academy_id = $1 and (at, id) < ($2, $3)
            order by at desc, id desc limit $4",
        )
        .bind(academy_id)
        .bind(before.0)
        .bind(before.1)
        .bind(limit)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Event::from).collect())
}

pub(in crate::academies) async fn count_events(conn: &mut Conn, academy_id: Uuid) -> Result<i64> {
    let (count,): (i64,) = conn
        .query("select count(*) from academy_events where academy_id = $1")
        .bind(academy_id)
        .fetch_one()
        .await?;
    Ok(count)
}

pub(in crate::academies) async fn insert_event(
    conn: &mut Conn,
    academy_id: Uuid,
    event: &Event,
) -> Result<()> {
    conn.query("insert into academy_events (id, academy_id, at, actor, what) values ($1, $2, $3, $4, $5)")
        .bind(event.id)
        .bind(academy_id)
        .bind(event.at)
        .bind(event.actor.clone())
        .bind(Json(event.what.clone()))
        .execute()
        .await?;
    Ok(())
}
