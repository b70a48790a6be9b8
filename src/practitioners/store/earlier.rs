//! Statements on `listing_marks` and `earlier_listings`.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Json, Result};
use crate::platform::id::Number;
use crate::practitioners::model::{Earlier, EarlierOutcome, ListingRemoval, Mark, Shared};

/// Writes down what gives a listing away; what it was given away by before stays.
pub(in crate::practitioners) async fn leave_marks(
    conn: &mut Conn,
    practitioner: Uuid,
    marks: &[Mark],
    now: Ts,
) -> Result<()> {
    for mark in marks {
        conn.query(
            "insert into listing_marks (kind, mark, practitioner_id, since) values ($1, $2, $3, $4)
             on conflict (kind, mark, practitioner_id) do nothing",
        )
        .bind(mark.kind)
        .bind(mark.mark.to_vec())
        .bind(practitioner)
        .bind(now)
        .execute()
        .await?;
    }
    Ok(())
}

/// Gives the survivor of a merge what the other was given away by.
pub(in crate::practitioners) async fn hand_marks_on(conn: &mut Conn, from: Uuid, to: Uuid) -> Result<()> {
    conn.query(
        "insert into listing_marks (kind, mark, practitioner_id, since)
         select kind, mark, $2, since from listing_marks where practitioner_id = $1
         on conflict (kind, mark, practitioner_id) do nothing",
    )
    .bind(from)
    .bind(to)
    .execute()
    .await?;
    Ok(())
}

/// Pairs of a listed listing and one that was taken off and had the same mark first, where one of the two is
/// `practitioner`; with everything that each pair shares. A mark that somebody else, who is still listed, had
/// while the earlier one was up belongs to a house and not to a person.
pub(in crate::practitioners) async fn pairs_of(
    conn: &mut Conn,
    practitioner: Uuid,
) -> Result<BTreeMap<(Uuid, Uuid), Vec<Shared>>> {
    let rows: Vec<(Uuid, Uuid, Shared)> = conn
        .query(
            "select later.practitioner_id as later_id, earlier.practitioner_id as earlier_id, later.kind
             from listing_marks own
             join listing_marks later on later.kind = own.kind and later.mark = own.mark
             join listing_marks earlier on earlier.kind = own.kind and earlier.mark = own.mark
             join practitioners p on p.id = later.practitioner_id
             join practitioners gone on gone.id = earlier.practitioner_id
             where own.practitioner_id = $1
                 and (later.practitioner_id = $1 or earlier.practitioner_id = $1)
                 and p.state = 'listed' and gone.state = 'removed'
                 and gone.removal in ('withdrawn', 'retired', 'deceased')
                 and earlier.since < later.since
                 and not exists (
                     select 1 from listing_marks other join practitioners house on house.id = other.practitioner_id
                     where other.kind = own.kind and other.mark = own.mark and house.state = 'listed'
                         and other.since < gone.ended_at
                         and other.practitioner_id <> later.practitioner_id
                         and other.practitioner_id <> earlier.practitioner_id)
             order by later.practitioner_id, earlier.practitioner_id, later.kind",
        )
        .bind(practitioner)
        .fetch_all()
        .await?;
    let mut pairs: BTreeMap<(Uuid, Uuid), Vec<Shared>> = BTreeMap::new();
    for (later, earlier, kind) in rows {
        pairs.entry((later, earlier)).or_default().push(kind);
    }
    for shared in pairs.values_mut() {
        shared.sort_unstable();
    }
    Ok(pairs)
}

/// Notes that a listing shares something with an earlier one; answers whether that is news.
pub(in crate::practitioners) async fn note_earlier(
    conn: &mut Conn,
    (later, earlier): (Uuid, Uuid),
    shared: &[Shared],
    now: Ts,
) -> Result<bool> {
    let rows = conn
        .query(
            "insert into earlier_listings (practitioner_id, earlier_id, shared, found_at) values ($1, $2, $3, $4)
             on conflict (practitioner_id, earlier_id) do update set shared = excluded.shared
             where earlier_listings.shared <> excluded.shared",
        )
        .bind(later)
        .bind(earlier)
        .bind(Json(shared.to_vec()))
        .bind(now)
        .execute()
        .await?;
    Ok(rows > 0)
}

#[derive(sqlx::FromRow)]
struct Row {
    practitioner_id: Uuid,
    earlier_id: Uuid,
    number: Number,
    shared: Json<Vec<Shared>>,
    removal: ListingRemoval,
    ended_at: Ts,
    found_at: Ts,
    objection: Option<String>,
    objected_at: Option<Ts>,
    outcome: Option<EarlierOutcome>,
    findings: Option<String>,
    decided_at: Option<Ts>,
}

impl From<Row> for Earlier {
    fn from(row: Row) -> Self {
        let decided = row.outcome.zip(row.decided_at);
        Self {
            listing: row.practitioner_id,
            id: row.earlier_id,
            number: row.number,
            shared: row.shared.0,
            removed_at: row.ended_at,
            removal: row.removal,
            found_at: row.found_at,
            objection: row.objection.zip(row.objected_at),
            decided: decided.map(|(outcome, at)| (outcome, row.findings.unwrap_or_default(), at)),
        }
    }
}

/// The earlier listings of some listings, those that an operator dropped included, the last removed first.
pub(in crate::practitioners) async fn earlier_of(conn: &mut Conn, listings: &[Uuid]) -> Result<Vec<Earlier>> {
    let rows: Vec<Row> = conn
        .query(
            "select e.practitioner_id, e.earlier_id, p.number, e.shared, p.removal, p.ended_at, e.found_at,
                 e.objection, e.objected_at, e.outcome, e.findings, e.decided_at
             from earlier_listings e join practitioners p on p.id = e.earlier_id
             where e.practitioner_id in ({list}) order by p.ended_at desc, e.earlier_id",
        )
        .bind_list(listings)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Earlier::from).collect())
}

/// Objections that nobody has decided, the oldest first, after a place.
pub(in crate::practitioners) async fn open_objections(
    conn: &mut Conn,
    (at, listing, earlier): (Ts, Uuid, Uuid),
    limit: i64,
) -> Result<Vec<Earlier>> {
    let rows: Vec<Row> = conn
        .query(
            "select e.practitioner_id, e.earlier_id, p.number, e.shared, p.removal, p.ended_at, e.found_at,
                 e.objection, e.objected_at, e.outcome, e.findings, e.decided_at
             from earlier_listings e join practitioners p on p.id = e.earlier_id
             where e.objected_at is not null and e.outcome is null
                 and (e.objected_at, e.practitioner_id, e.earlier_id) > ($1, $2, $3)
             order by e.objected_at, e.practitioner_id, e.earlier_id limit $4",
        )
        .bind(at)
        .bind(listing)
        .bind(earlier)
        .bind(limit)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Earlier::from).collect())
}

/// How many objections nobody has decided.
pub(in crate::practitioners) async fn count_open_objections(conn: &mut Conn) -> Result<i64> {
    let (count,): (i64,) = conn
        .query("select count(*) from earlier_listings where objected_at is not null and outcome is null")
        .fetch_one()
        .await?;
    Ok(count)
}

/// Takes an objection in; answers whether it is the first.
pub(in crate::practitioners) async fn object(
    conn: &mut Conn,
    (later, earlier): (Uuid, Uuid),
    text: &str,
    now: Ts,
) -> Result<bool> {
    let rows = conn
        .query(
            "update earlier_listings set objection = $3, objected_at = $4
             where practitioner_id = $1 and earlier_id = $2 and objection is null",
        )
        .bind(later)
        .bind(earlier)
        .bind(text.to_owned())
        .bind(now)
        .execute()
        .await?;
    Ok(rows > 0)
}

/// Decides; answers whether nobody had.
pub(in crate::practitioners) async fn decide_earlier(
    conn: &mut Conn,
    (later, earlier): (Uuid, Uuid),
    (outcome, findings): (EarlierOutcome, &str),
    operator: &str,
    now: Ts,
) -> Result<bool> {
    let rows = conn
        .query(
            "update earlier_listings set outcome = $3, findings = $4, decided_at = $5, decided_by = $6
             where practitioner_id = $1 and earlier_id = $2 and outcome is null",
        )
        .bind(later)
        .bind(earlier)
        .bind(outcome)
        .bind(findings.to_owned())
        .bind(now)
        .bind(operator.to_owned())
        .execute()
        .await?;
    Ok(rows > 0)
}
