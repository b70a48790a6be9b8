//! Statements on `case_appeals`.

use uuid::Uuid;

use crate::cases::model::{Appeal, AppealOutcome};
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Result};

#[derive(sqlx::FromRow)]
struct Row {
    case_id: Uuid,
    hold_id: Uuid,
    text: String,
    at: Ts,
    outcome: Option<AppealOutcome>,
    findings: Option<String>,
    decided_at: Option<Ts>,
}

impl From<Row> for Appeal {
    fn from(row: Row) -> Self {
        let decided = row.outcome.zip(row.decided_at);
        Self {
            case: row.case_id,
            hold: row.hold_id,
            text: row.text,
            at: row.at,
            decided: decided.map(|(outcome, at)| (outcome, row.findings.unwrap_or_default(), at)),
        }
    }
}

/// Takes an appeal in; answers whether it is the first of its case.
pub(in crate::cases) async fn insert_appeal(conn: &mut Conn, appeal: &Appeal) -> Result<bool> {
    let inserted = conn
        .query(
            "insert into case_appeals (case_id, hold_id, text, at) values ($1, $2, $3, $4)
             on conflict (case_id) do nothing",
        )
        .bind(appeal.case)
        .bind(appeal.hold)
        .bind(appeal.text.clone())
        .bind(appeal.at)
        .execute()
        .await?;
    Ok(inserted > 0)
}

/// The appeal about a case.
pub(in crate::cases) async fn appeal(conn: &mut Conn, case: Uuid) -> Result<Option<Appeal>> {
    let row: Option<Row> = conn
        .query(
            "select case_id, hold_id, text, at, outcome, findings, decided_at from case_appeals where case_id = $1",
        )
        .bind(case)
        .fetch_optional()
        .await?;
    Ok(row.map(Appeal::from))
}

/// Appeals nobody has decided, oldest first, after a place.
pub(in crate::cases) async fn open_appeals(
    conn: &mut Conn,
    after: (Ts, Uuid),
    limit: i64,
) -> Result<Vec<Appeal>> {
    let rows: Vec<Row> = conn
        .query(
            "select case_id, hold_id, text, at, outcome, findings, decided_at from case_appeals
             where decided_at is null and (at, case_id) > ($1, $2) order by at, case_id limit $3",
        )
        .bind(after.0)
        .bind(after.1)
        .bind(limit)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Appeal::from).collect())
}

/// How many appeals nobody has decided.
pub(in crate::cases) async fn count_open_appeals(conn: &mut Conn) -> Result<i64> {
    let (count,): (i64,) =
        conn.query("select count(*) from case_appeals where decided_at is null").fetch_one().await?;
    Ok(count)
}

/// Decides an appeal; answers whether nobody had.
pub(in crate::cases) async fn decide_appeal(
    conn: &mut Conn,
    case: Uuid,
    (outcome, findings, at): &(AppealOutcome, String, Ts),
    by: &str,
) -> Result<bool> {
    let decided = conn
        .query(
            "update case_appeals set outcome = $2, findings = $3, decided_at = $4, decided_by = $5
             where case_id = $1 and decided_at is null",
        )
        .bind(case)
        .bind(*outcome)
        .bind(findings.clone())
        .bind(*at)
        .bind(by.to_owned())
        .execute()
        .await?;
    Ok(decided > 0)
}
