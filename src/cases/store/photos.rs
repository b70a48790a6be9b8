//! Statements on `case_photos`.

use uuid::Uuid;

use crate::cases::model::{Known, Looks, Photo, PhotoFacts};
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Dialect, Json, Result};

#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    id: Uuid,
    case_id: Uuid,
    facts: Json<PhotoFacts>,
    width: i64,
    height: i64,
    placeholder: String,
    held: bool,
    created_at: Ts,
}

impl From<Row> for Photo {
    fn from(row: Row) -> Self {
        Self {
            seq: row.seq,
            id: row.id,
            case: row.case_id,
            facts: row.facts.0,
            size: (row.width, row.height),
            placeholder: row.placeholder,
            held: row.held,
            created_at: row.created_at,
        }
    }
}

/// The photos of several cases, in the order in which they were kept.
pub(in crate::cases) async fn photos(conn: &mut Conn, cases: &[Uuid]) -> Result<Vec<Photo>> {
    let rows: Vec<Row> = conn
        .query(
            "select seq, id, case_id, facts, width, height, placeholder, held, created_at
             from case_photos where case_id in ({list}) order by seq",
        )
        .bind_list(cases)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Photo::from).collect())
}

/// Photos by their ids.
pub(in crate::cases) async fn photos_by_id(conn: &mut Conn, ids: &[Uuid]) -> Result<Vec<Photo>> {
    let rows: Vec<Row> = conn
        .query(
            "select seq, id, case_id, facts, width, height, placeholder, held, created_at
             from case_photos where id in ({list}) order by seq",
        )
        .bind_list(ids)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Photo::from).collect())
}

/// Takes the turn to keep a photo: whoever has it knows every photo that was kept before.
pub(in crate::cases) async fn lock_photos(conn: &mut Conn) -> Result<()> {
    // SQLite has one writer anyway; on PostgreSQL two uploads of one picture would not see each other, and
    // places in the order would be given out before the commits they belong to.
    if conn.dialect() == Dialect::Postgres {
        conn.query("select pg_advisory_xact_lock(7238102)").execute().await?;
    }
    Ok(())
}

/// Keeps a photo; its place in the order is given by the database.
pub(in crate::cases) async fn insert_photo(
    conn: &mut Conn,
    practitioner: Uuid,
    photo: &Photo,
    looks: &Looks,
) -> Result<i64> {
    let (seq,): (i64,) = conn
        .query(
            "insert into case_photos (id, case_id, practitioner_id, facts, width, height, placeholder, looks, held,
             created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning seq",
        )
        .bind(photo.id)
        .bind(photo.case)
        .bind(practitioner)
        .bind(Json(photo.facts.clone()))
        .bind(photo.size.0)
        .bind(photo.size.1)
        .bind(photo.placeholder.clone())
        .bind(looks.to_bytes())
        .bind(photo.held)
        .bind(photo.created_at)
        .fetch_one()
        .await?;
    Ok(seq)
}

/// Forgets photos.
pub(in crate::cases) async fn delete_photos(conn: &mut Conn, ids: &[Uuid]) -> Result<()> {
    conn.query("delete from case_photos where id in ({list})").bind_list(ids).execute().await?;
    Ok(())
}

/// Lets a photo be shown that waited.
pub(in crate::cases) async fn release_photo(conn: &mut Conn, id: Uuid) -> Result<()> {
    conn.query("update case_photos set held = $2 where id = $1").bind(id).bind(false).execute().await?;
    Ok(())
}

/// What photos look like, after a place in their order.
pub(in crate::cases) async fn looks_after(conn: &mut Conn, seq: i64, limit: i64) -> Result<Vec<Known>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        seq: i64,
        id: Uuid,
        practitioner_id: Uuid,
        looks: Vec<u8>,
    }
    let rows: Vec<Row> = conn
        .query("select seq, id, practitioner_id, looks from case_photos where seq > $1 order by seq limit $2")
        .bind(seq)
        .bind(limit)
        .fetch_all()
        .await?;
    let known = |row: Row| Known {
        seq: row.seq,
        photo: row.id,
        owner: row.practitioner_id,
        looks: Looks::from_bytes(&row.looks),
    };
    Ok(rows.into_iter().map(known).collect())
}

/// The ids of all photos.
pub(in crate::cases) async fn photo_ids(conn: &mut Conn) -> Result<Vec<Uuid>> {
    let rows: Vec<(Uuid,)> = conn.query("select id from case_photos").fetch_all().await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
