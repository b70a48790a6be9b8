//! Statements on `signing_requests`.

use uuid::Uuid;

use crate::certificates::model::{DeclineReason, RequestState, SigningRequest};
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Result};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    practitioner_id: Uuid,
    academy_id: Uuid,
    course: Option<String>,
    year: Option<i64>,
    old_number: Option<String>,
    state: String,
    reason: Option<String>,
    certificate_id: Option<Uuid>,
    created_at: Ts,
    updated_at: Ts,
}

impl From<Row> for SigningRequest {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            practitioner_id: row.practitioner_id,
            academy_id: row.academy_id,
            course: row.course,
            year: row.year.and_then(|year| i32::try_from(year).ok()),
            old_number: row.old_number,
            // Only words of ours are written.
            state: RequestState::named(&row.state).unwrap_or(RequestState::Withdrawn),
            reason: row.reason.as_deref().and_then(DeclineReason::named),
            certificate_id: row.certificate_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

pub(in crate::certificates) async fn insert(conn: &mut Conn, request: &SigningRequest) -> Result<()> {
    conn.query(
        "insert into signing_requests (id, practitioner_id, academy_id, course, year, old_number, state, created_at,
        updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(request.id)
    .bind(request.practitioner_id)
    .bind(request.academy_id)
    .bind(request.course.clone())
    .bind(request.year.map(i64::from))
    .bind(request.old_number.clone())
    .bind(request.state.as_str())
    .bind(request.created_at)
    .bind(request.updated_at)
    .execute()
    .await?;
    Ok(())
}

pub(in crate::certificates) async fn find(conn: &mut Conn, id: Uuid) -> Result<Option<SigningRequest>> {
    let row: Option<Row> = conn
        .query(
            "select id, practitioner_id, academy_id, course, year, old_number, state, reason, certificate_id,
            created_at, updated_at from signing_requests where id = $1",
        )
        .bind(id)
        .fetch_optional()
        .await?;
    Ok(row.map(SigningRequest::from))
}

/// Ends an open request; answers whether it was open.
pub(in crate::certificates) async fn end(conn: &mut Conn, request: &SigningRequest) -> Result<bool> {
    let ended = conn
        .query(
            "update signing_requests set state = $2, reason = $3, certificate_id = $4, updated_at = $5
            where id = $1 and state = 'open'",
        )
        .bind(request.id)
        .bind(request.state.as_str())
        .bind(request.reason.map(DeclineReason::as_str))
        .bind(request.certificate_id)
        .bind(request.updated_at)
        .execute()
        .await?;
    Ok(ended == 1)
}

/// Those that wait at an academy for a listing, oldest first.
pub(in crate::certificates) async fn open_between(
    conn: &mut Conn,
    academy_id: Uuid,
    practitioner_id: Uuid,
) -> Result<Vec<SigningRequest>> {
    let rows: Vec<Row> = conn
        .query(
            "select id, practitioner_id, academy_id, course, year, old_number, state, reason, certificate_id,
            created_at, updated_at from signing_requests
            where academy_id = $1 and practitioner_id = $2 and state = 'open' order by created_at, id",
        )
        .bind(academy_id)
        .bind(practitioner_id)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(SigningRequest::from).collect())
}

/// How many a listing has waiting, at all academies.
pub(in crate::certificates) async fn count_open(conn: &mut Conn, practitioner_id: Uuid) -> Result<i64> {
    let (count,): (i64,) = conn
        .query("select count(*) from signing_requests where practitioner_id = $1 and state = 'open'")
        .bind(practitioner_id)
        .fetch_one()
        .await?;
    Ok(count)
}

/// Requests to an academy, newest first, before a place in the list.
pub(in crate::certificates) async fn page_of_academy(
    conn: &mut Conn,
    academy_id: Uuid,
    (at, id): (Ts, Uuid),
    limit: i64,
) -> Result<Vec<SigningRequest>> {
    let rows: Vec<Row> = conn
        .query(
            "select id, practitioner_id, academy_id, course, year, old_number, state, reason, certificate_id,
            created_at, updated_at from signing_requests
            where academy_id = $1 and (created_at < $2 or (created_at = $2 and id < $3))
            order by created_at desc, id desc limit $4",
        )
        .bind(academy_id)
        .bind(at)
        .bind(id)
        .bind(limit)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(SigningRequest::from).collect())
}

pub(in crate::certificates) async fn count_of_academy(conn: &mut Conn, academy_id: Uuid) -> Result<i64> {
    let (count,): (i64,) = conn
        .query("select count(*) from signing_requests where academy_id = $1")
        .bind(academy_id)
        .fetch_one()
        .await?;
    Ok(count)
}

/// Requests of a listing, newest first, before a place in the list.
pub(in crate::certificates) async fn page_of_listing(
    conn: &mut Conn,
    practitioner_id: Uuid,
    (at, id): (Ts, Uuid),
    limit: i64,
) -> Result<Vec<SigningRequest>> {
    let rows: Vec<Row> = conn
        .query(
            "select id, practitioner_id, academy_id, course, year, old_number, state, reason, certificate_id,
            created_at, updated_at from signing_requests
            where practitioner_id = $1 and (created_at < $2 or (created_at = $2 and id < $3))
            order by created_at desc, id desc limit $4",
        )
        .bind(practitioner_id)
        .bind(at)
        .bind(id)
        .bind(limit)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(SigningRequest::from).collect())
}

pub(in crate::certificates) async fn count_of_listing(conn: &mut Conn, practitioner_id: Uuid) -> Result<i64> {
    let (count,): (i64,) = conn
        .query("select count(*) from signing_requests where practitioner_id = $1")
        .bind(practitioner_id)
        .fetch_one()
        .await?;
    Ok(count)
}
