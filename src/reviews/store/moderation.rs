//! Statements on `review_replies`, `review_reports`, `review_removals`, `review_proofs`,
//! `review_votes`, `review_prints` and `concerns`.

use uuid::Uuid;

use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Result};
use crate::platform::id::Number;
use crate::reviews::model::{
    AppealOutcome, Concern, ConcernKind, ConcernState, Removal, Report, ReportSource, ReportState,
};
use crate::vocabulary::RemovalReason;

/// One version of a reply.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(in crate::reviews) struct ReplyRow {
    /// The review it answers.
    pub(in crate::reviews) review_id: Uuid,
    /// Its place among the versions.
    pub(in crate::reviews) version: i64,
    /// The practitioner's words.
    pub(in crate::reviews) text: String,
    /// When it was written.
    pub(in crate::reviews) at: Ts,
}

/// Keeps a version of a reply for good.
pub(in crate::reviews) async fn insert_reply(conn: &mut Conn, new: &ReplyRow) -> Result<()> {
    conn.query("insert into review_replies (review_id, version, text, at) values ($1, $2, $3, $4)")
        .bind(new.review_id)
        .bind(new.version)
        .bind(new.text.clone())
        .bind(new.at)
        .execute()
        .await?;
    Ok(())
}

/// The replies to many reviews, every version, oldest first within each.
pub(in crate::reviews) async fn replies_of(conn: &mut Conn, reviews: &[Uuid]) -> Result<Vec<ReplyRow>> {
    conn.query(
        "select review_id, version, text, at from review_replies where review_id in ({list})
         order by review_id, version",
    )
    .bind_list(reviews)
    .fetch_all()
    .await
}

#[derive(sqlx::FromRow)]
struct ReportRow {
    id: Uuid,
    review_id: Uuid,
    source: ReportSource,
    reason: String,
    detail: String,
    reporter_mark: Option<Vec<u8>>,
    state: ReportState,
    at: Ts,
    closed_at: Option<Ts>,
}

impl From<ReportRow> for Report {
    fn from(row: ReportRow) -> Self {
        Self {
            id: row.id,
            review_id: row.review_id,
            source: row.source,
            reason: row.reason,
            detail: row.detail,
            reporter_mark: row.reporter_mark,
            state: row.state,
            at: row.at,
            closed_at: row.closed_at,
        }
    }
}

/// Writes a report, unless its author reported this review before.
pub(in crate::reviews) async fn insert_report(conn: &mut Conn, new: &Report) -> Result<()> {
    conn.query(
        "insert into review_reports (id, review_id, source, reason, detail, reporter_mark, state, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (review_id, reporter_mark) do nothing",
    )
    .bind(new.id)
    .bind(new.review_id)
    .bind(new.source)
    .bind(new.reason.clone())
    .bind(new.detail.clone())
    .bind(new.reporter_mark.clone())
    .bind(new.state)
    .bind(new.at)
    .execute()
    .await?;
    Ok(())
}

/// The report with that id.
pub(in crate::reviews) async fn report(conn: &mut Conn, id: Uuid) -> Result<Option<Report>> {
    let row: Option<ReportRow> = conn
        .query(
            "select id, review_id, source, reason, detail, reporter_mark, state, at, closed_at
             from review_reports where id = $1",
        )
        .bind(id)
        .fetch_optional()
        .await?;
    Ok(row.map(Report::from))
}

/// A page of reports of one state, oldest first.
pub(in crate::reviews) async fn reports_after(
    conn: &mut Conn,
    state: ReportState,
    after: (Ts, Uuid),
    limit: i64,
) -> Result<Vec<Report>> {
    let rows: Vec<ReportRow> = conn
        .query(
            "select id, review_id, source, reason, detail, reporter_mark, state, at, closed_at
             from review_reports where state = $1 and (at, id) > ($2, $3) order by at, id limit $4",
        )
        .bind(state)
        .bind(after.0)
        .bind(after.1)
        .bind(limit)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Report::from).collect())
}

/// How many reports are of one state.
pub(in crate::reviews) async fn count_reports(conn: &mut Conn, state: ReportState) -> Result<i64> {
    let (count,): (i64,) =
        conn.query("select count(*) from review_reports where state = $1").bind(state).fetch_one().await?;
    Ok(count)
}

/// Closes one open report; answers whether it was open.
pub(in crate::reviews) async fn close_report(
    conn: &mut Conn,
    id: Uuid,
    state: ReportState,
    by: &str,
    now: Ts,
) -> Result<bool> {
    let rows = conn
        .query(
            "update review_reports set state = $2, closed_at = $3, closed_by = $4 where id = $1 and state = 'open'",
        )
        .bind(id)
        .bind(state)
        .bind(now)
        .bind(by.to_owned())
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Closes every open report of a review, since it was removed.
pub(in crate::reviews) async fn close_reports_of(
    conn: &mut Conn,
    review: Uuid,
    by: &str,
    now: Ts,
) -> Result<()> {
    conn.query(
        "update review_reports set state = 'acted-on', closed_at = $2, closed_by = $3
         where review_id = $1 and state = 'open'",
    )
    .bind(review)
    .bind(now)
    .bind(by.to_owned())
    .execute()
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct RemovalRow {
    id: Uuid,
    review_id: Uuid,
    #[sqlx(try_from = "String")]
    reason: RemovalReason,
    facts: String,
    at: Ts,
    decided_by_token: Uuid,
    decided_by: String,
    appeal: Option<String>,
    appealed_at: Option<Ts>,
    outcome: Option<AppealOutcome>,
    findings: Option<String>,
    outcome_at: Option<Ts>,
}

/// Writes why a review was removed.
pub(in crate::reviews) async fn insert_removal(conn: &mut Conn, new: &Removal) -> Result<()> {
    conn.query(
        "insert into review_removals (id, review_id, reason, facts, at, decided_by_token, decided_by)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.id)
    .bind(new.review_id)
    .bind(new.reason.as_str().to_owned())
    .bind(new.facts.clone())
    .bind(new.at)
    .bind(new.decided_by_token)
    .bind(new.decided_by.clone())
    .execute()
    .await?;
    Ok(())
}

/// The latest removal of a review by an operator.
pub(in crate::reviews) async fn removal_of(conn: &mut Conn, review: Uuid) -> Result<Option<Removal>> {
    let row: Option<RemovalRow> = conn
        .query(
            "select id, review_id, reason, facts, at, decided_by_token, decided_by, appeal, appealed_at, outcome,
                 findings, outcome_at
             from review_removals where review_id = $1 order by at desc, id desc limit 1",
        )
        .bind(review)
        .fetch_optional()
        .await?;
    Ok(row.map(|row| Removal {
        id: row.id,
        review_id: row.review_id,
        reason: row.reason,
        facts: row.facts,
        at: row.at,
        decided_by_token: row.decided_by_token,
        decided_by: row.decided_by,
        appeal: row.appeal.zip(row.appealed_at),
        outcome: row
            .outcome
            .zip(row.findings)
            .zip(row.outcome_at)
            .map(|((outcome, findings), at)| (outcome, findings, at)),
    }))
}

/// Writes an appeal; answers whether there was none yet.
pub(in crate::reviews) async fn appeal(conn: &mut Conn, removal: Uuid, text: &str, now: Ts) -> Result<bool> {
    let rows = conn
        .query("update review_removals set appeal = $2, appealed_at = $3 where id = $1 and appeal is null")
        .bind(removal)
        .bind(text.to_owned())
        .bind(now)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Writes what became of an appeal; answers whether it was open.
pub(in crate::reviews) async fn decide_appeal(
    conn: &mut Conn,
    removal: Uuid,
    (outcome, findings): (AppealOutcome, &str),
    by: &str,
    now: Ts,
) -> Result<bool> {
    let rows = conn
        .query(
            "update review_removals set outcome = $2, findings = $3, outcome_at = $4, outcome_by = $5
             where id = $1 and appeal is not null and outcome is null",
        )
        .bind(removal)
        .bind(outcome)
        .bind(findings.to_owned())
        .bind(now)
        .bind(by.to_owned())
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Keeps a proof until it is judged; a later one takes the place of an earlier.
pub(in crate::reviews) async fn keep_proof(
    conn: &mut Conn,
    review: Uuid,
    sealed: Vec<u8>,
    now: Ts,
) -> Result<()> {
    conn.query(
        "insert into review_proofs (review_id, sealed, at) values ($1, $2, $3)
         on conflict (review_id) do update set sealed = excluded.sealed, at = excluded.at",
    )
    .bind(review)
    .bind(sealed)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// The sealed proof of a review that waits to be judged.
pub(in crate::reviews) async fn proof(conn: &mut Conn, review: Uuid) -> Result<Option<Vec<u8>>> {
    let row: Option<(Vec<u8>,)> = conn
        .query("select sealed from review_proofs where review_id = $1")
        .bind(review)
        .fetch_optional()
        .await?;
    Ok(row.map(|(sealed,)| sealed))
}

/// Notes who judged the proof of a review, and how.
pub(in crate::reviews) async fn note_judgement(
    conn: &mut Conn,
    id: Uuid,
    review: Uuid,
    (accepted, operator): (bool, &str),
    now: Ts,
) -> Result<()> {
    conn.query(
        "insert into proof_judgements (id, review_id, accepted, operator, at) values ($1, $2, $3, $4, $5)",
    )
    .bind(id)
    .bind(review)
    .bind(accepted)
    .bind(operator.to_owned())
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Deletes the proof of a review.
pub(in crate::reviews) async fn delete_proof(conn: &mut Conn, review: Uuid) -> Result<()> {
    conn.query("delete from review_proofs where review_id = $1").bind(review).execute().await?;
    Ok(())
}

/// Counts a vote, unless its voter voted before; answers whether it counted.
pub(in crate::reviews) async fn vote(conn: &mut Conn, review: Uuid, voter: Vec<u8>) -> Result<bool> {
    let rows = conn
        .query("insert into review_votes (review_id, voter_mark) values ($1, $2) on conflict do nothing")
        .bind(review)
        .bind(voter)
        .execute()
        .await?;
    if rows == 1 {
        conn.query("update reviews set helpful = helpful + 1 where id = $1").bind(review).execute().await?;
    }
    Ok(rows == 1)
}

/// Replaces the fingerprint of a review's text.
pub(in crate::reviews) async fn set_print(
    conn: &mut Conn,
    review: Uuid,
    print: i64,
    bands: [i64; 4],
) -> Result<()> {
    for (band, value) in (0_i64..).zip(bands) {
        conn.query(
            "insert into review_prints (review_id, band, value, print) values ($1, $2, $3, $4)
             on conflict (review_id, band) do update set value = excluded.value, print = excluded.print",
        )
        .bind(review)
        .bind(band)
        .bind(value)
        .bind(print)
        .execute()
        .await?;
    }
    Ok(())
}

/// Reviews whose fingerprint shares a band with these, other than `review`.
pub(in crate::reviews) async fn prints_near(
    conn: &mut Conn,
    review: Uuid,
    bands: [i64; 4],
    limit: i64,
) -> Result<Vec<(Uuid, i64)>> {
    conn.query(
        "select distinct review_id, print from review_prints
         where ((band = 0 and value = $1) or (band = 1 and value = $2) or (band = 2 and value = $3)
             or (band = 3 and value = $4)) and review_id <> $5
         limit $6",
    )
    .bind(bands[0])
    .bind(bands[1])
    .bind(bands[2])
    .bind(bands[3])
    .bind(review)
    .bind(limit)
    .fetch_all()
    .await
}

/// How many other reviews one mailbox wrote; how many of this listing one network address sent since
/// `since`; how many this listing received since `day`.
pub(in crate::reviews) async fn patterns(
    conn: &mut Conn,
    review: (Uuid, Uuid),
    marks: (Option<Vec<u8>>, Option<Vec<u8>>),
    since: Ts,
    day: Ts,
) -> Result<(i64, i64, i64)> {
    let (id, practitioner_id) = review;
    let (mailbox,): (i64,) = conn
        .query("select count(*) from reviews where contact_mark = $1 and id <> $2")
        .bind(marks.0)
        .bind(id)
        .fetch_one()
        .await?;
    let (address,): (i64,) = conn
        .query(
            "select count(*) from reviews
             where address_mark = $1 and received_at > $2 and practitioner_id = $3 and id <> $4",
        )
        .bind(marks.1)
        .bind(since)
        .bind(practitioner_id)
        .bind(id)
        .fetch_one()
        .await?;
    let (today,): (i64,) = conn
        .query("select count(*) from reviews where practitioner_id = $1 and received_at > $2")
        .bind(practitioner_id)
        .bind(day)
        .fetch_one()
        .await?;
    Ok((mailbox, address, today))
}

#[derive(sqlx::FromRow)]
struct ConcernRow {
    id: Uuid,
    practitioner_id: Uuid,
    listing: Number,
    review_id: Option<Uuid>,
    kind: ConcernKind,
    detail: String,
    state: ConcernState,
    opened_at: Ts,
    due_at: Ts,
    findings: Option<String>,
    updated_at: Ts,
}

impl From<ConcernRow> for Concern {
    fn from(row: ConcernRow) -> Self {
        Self {
            id: row.id,
            practitioner_id: row.practitioner_id,
            listing: row.listing,
            review_id: row.review_id,
            kind: row.kind,
            detail: row.detail,
            state: row.state,
            opened_at: row.opened_at,
            due_at: row.due_at,
            findings: row.findings,
            updated_at: row.updated_at,
        }
    }
}

/// Writes a concern.
pub(in crate::reviews) async fn insert_concern(conn: &mut Conn, new: &Concern) -> Result<()> {
    conn.query(
        "insert into concerns (id, practitioner_id, listing, review_id, kind, detail, state, opened_at, due_at,
             updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(new.id)
    .bind(new.practitioner_id)
    .bind(new.listing)
    .bind(new.review_id)
    .bind(new.kind)
    .bind(new.detail.clone())
    .bind(new.state)
    .bind(new.opened_at)
    .bind(new.due_at)
    .bind(new.updated_at)
    .execute()
    .await?;
    Ok(())
}

/// The concern with that id.
pub(in crate::reviews) async fn concern(conn: &mut Conn, id: Uuid) -> Result<Option<Concern>> {
    let row: Option<ConcernRow> = conn
        .query(
            "select id, practitioner_id, listing, review_id, kind, detail, state, opened_at, due_at, findings,
                 updated_at
             from concerns where id = $1",
        )
        .bind(id)
        .fetch_optional()
        .await?;
    Ok(row.map(Concern::from))
}

/// A page of concerns of one state, those due first in front.
pub(in crate::reviews) async fn concerns_after(
    conn: &mut Conn,
    state: ConcernState,
    after: (Ts, Uuid),
    limit: i64,
) -> Result<Vec<Concern>> {
    let rows: Vec<ConcernRow> = conn
        .query(
            "select id, practitioner_id, listing, review_id, kind, detail, state, opened_at, due_at, findings,
                 updated_at
             from concerns where state = $1 and (due_at, id) > ($2, $3) order by due_at, id limit $4",
        )
        .bind(state)
        .bind(after.0)
        .bind(after.1)
        .bind(limit)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Concern::from).collect())
}

/// How many concerns are of one state.
pub(in crate::reviews) async fn count_concerns(conn: &mut Conn, state: ConcernState) -> Result<i64> {
    let (count,): (i64,) =
        conn.query("select count(*) from concerns where state = $1").bind(state).fetch_one().await?;
    Ok(count)
}

/// Decides an open concern; answers whether it was open.
pub(in crate::reviews) async fn decide_concern(
    conn: &mut Conn,
    id: Uuid,
    (state, findings): (ConcernState, &str),
    by: &str,
    now: Ts,
) -> Result<bool> {
    let rows = conn
        .query(
            "update concerns set state = $2, findings = $3, closed_at = $4, closed_by = $5, updated_at = $4
             where id = $1 and state = 'open'",
        )
        .bind(id)
        .bind(state)
        .bind(findings.to_owned())
        .bind(now)
        .bind(by.to_owned())
        .execute()
        .await?;
    Ok(rows == 1)
}
