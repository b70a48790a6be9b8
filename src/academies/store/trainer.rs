//! Statements on `trainers`.

use uuid::Uuid;

use crate::academies::model::Trainer;
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Result};
use crate::platform::id::Number;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    number: Number,
    name: String,
    practising_since: Option<i64>,
    listing_number: Option<Number>,
    evidence_url: Option<String>,
    evidence_text: Option<String>,
    created_at: Ts,
}

impl From<Row> for Trainer {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            number: row.number,
            name: row.name,
            practising_since: row.practising_since.and_then(|year| i32::try_from(year).ok()),
            listing: row.listing_number,
            evidence_url: row.evidence_url,
            evidence_text: row.evidence_text,
            created_at: row.created_at,
        }
    }
}

pub(in crate::academies) async fn list_trainers(
    conn: &mut Conn,
    academy_id: Uuid,
    after: (Ts, Uuid),
    limit: i64,
) -> Result<Vec<Trainer>> {
    let rows: Vec<Row> = conn
        .query(
            "select id, number, name, practising_since, listing_number, evidence_url, evidence_text, created_at
            from trainers where academy_id = $1 and (created_at, id) > ($2, $3) order by created_at, id limit $4",
        )
        .bind(academy_id)
        .bind(after.0)
        .bind(after.1)
        .bind(limit)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Trainer::from).collect())
}

pub(in crate::academies) async fn count_trainers(conn: &mut Conn, academy_id: Uuid) -> Result<i64> {
    let (count,): (i64,) = conn
        .query("select count(*) from trainers where academy_id = $1")
        .bind(academy_id)
        .fetch_one()
        .await?;
    Ok(count)
}

/// Those of `numbers` that are trainers of this academy.
pub(in crate::academies) async fn trainer_numbers(
    conn: &mut Conn,
    academy_id: Uuid,
    numbers: &[Number],
) -> Result<Vec<Number>> {
    let rows: Vec<(Number,)> = conn
        .query("select number from trainers where academy_id = $1 and number in ({list})")
        .bind(academy_id)
        .bind_list(numbers)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}

/// The name of an academy's trainer; `None` where it has none of that number.
///
/// # Errors
/// As the database says.
pub async fn trainer_name(conn: &mut Conn, academy_id: Uuid, number: Number) -> Result<Option<String>> {
    let row: Option<(String,)> = conn
        .query("select name from trainers where academy_id = $1 and number = $2")
        .bind(academy_id)
        .bind(number)
        .fetch_optional()
        .await?;
    Ok(row.map(|(name,)| name))
}

pub(in crate::academies) async fn insert_trainer(
    conn: &mut Conn,
    academy_id: Uuid,
    trainer: &Trainer,
) -> Result<()> {
    conn.query(
        "insert into trainers (id, academy_id, number, name, practising_since, listing_number, evidence_url,
        evidence_text, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(trainer.id)
    .bind(academy_id)
    .bind(trainer.number)
    .bind(trainer.name.clone())
    .bind(trainer.practising_since.map(i64::from))
    .bind(trainer.listing)
    .bind(trainer.evidence_url.clone())
    .bind(trainer.evidence_text.clone())
    .bind(trainer.created_at)
    .execute()
    .await?;
    Ok(())
}
