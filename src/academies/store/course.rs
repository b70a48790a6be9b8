//! Statements on `courses` and `course_versions`.

use uuid::Uuid;

use crate::academies::model::{Course, CourseVersion, CourseVersionUrl, VersionDocument};
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Result};
use crate::platform::id::Number;
use crate::signing::digest::Digest;

#[derive(sqlx::FromRow)]
struct VersionRow {
    academy_id: Uuid,
    slug: String,
    number: Number,
    seq: i64,
    hash: String,
    content: Vec<u8>,
    created_at: Ts,
}

impl From<VersionRow> for CourseVersion {
    fn from(row: VersionRow) -> Self {
        let document: VersionDocument =
            serde_json::from_slice(&row.content).expect("what is stored was written from this type");
        Self {
            academy_id: row.academy_id,
            slug: row.slug,
            course: row.number,
            seq: row.seq,
            hash: Digest::from_hex(&row.hash).expect("what is stored was written by this type"),
            bytes: row.content,
            content: document.content,
            created_at: row.created_at,
        }
    }
}

#[derive(sqlx::FromRow)]
struct CourseRow {
    course_id: Uuid,
    course_created_at: Ts,
    #[sqlx(flatten)]
    current: VersionRow,
}

impl From<CourseRow> for Course {
    fn from(row: CourseRow) -> Self {
        let current = CourseVersion::from(row.current);
        Self { id: row.course_id, number: current.course, created_at: row.course_created_at, current }
    }
}

/// The course version at that address, whatever the host in it: the hash says what it contains.
///
/// # Errors
/// As the database says.
pub async fn course_version(conn: &mut Conn, url: &CourseVersionUrl) -> Result<Option<CourseVersion>> {
    let version = course_version_by_hash(conn, url.hash).await?;
    Ok(version.filter(|version| version.slug == url.slug && version.course == url.course))
}

/// The course version with that content hash.
///
/// # Errors
/// As the database says.
pub async fn course_version_by_hash(conn: &mut Conn, hash: Digest) -> Result<Option<CourseVersion>> {
    let row: Option<VersionRow> = conn
        .query(
            "select c.academy_id, a.slug, c.number, v.seq, v.hash, v.content, v.created_at
            from course_versions v join courses c on c.id = v.course_id join academies a on a.id = c.academy_id
            where v.hash = $1",
        )
        .bind(hash.to_string())
        .fetch_optional()
        .await?;
    Ok(row.map(CourseVersion::from))
}

/// The course versions with those content hashes, in hexadecimal.
///
/// # Errors
/// As the database says.
pub async fn course_versions(conn: &mut Conn, hashes: &[String]) -> Result<Vec<CourseVersion>> {
    let rows: Vec<VersionRow> = conn
        .query(
            "select c.academy_id, a.slug, c.number, v.seq, v.hash, v.content, v.created_at
            from course_versions v join courses c on c.id = v.course_id join academies a on a.id = c.academy_id
            where v.hash in ({list})",
        )
        .bind_list(hashes)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(CourseVersion::from).collect())
}

pub(in crate::academies) async fn list_courses(
    conn: &mut Conn,
    academy_id: Uuid,
    after: (Ts, Uuid),
    limit: i64,
) -> Result<Vec<Course>> {
    let rows: Vec<CourseRow> = conn
        .query(
            "select c.id as course_id, c.created_at as course_created_at, c.academy_id, a.slug, c.number, v.seq,
            v.hash, v.content, v.created_at
            from courses c join academies a on a.id = c.academy_id join course_versions v on v.course_id = c.id
            where c.academy_id = $1 and (c.created_at, c.id) > ($2, $3)
            and v.seq = (select max(w.seq) from course_versions w where w.course_id = c.id)
            order by c.created_at, c.id limit $4",
        )
        .bind(academy_id)
        .bind(after.0)
        .bind(after.1)
        .bind(limit)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Course::from).collect())
}

pub(in crate::academies) async fn course_by_number(
    conn: &mut Conn,
    academy_id: Uuid,
    number: Number,
) -> Result<Option<Course>> {
    let row: Option<CourseRow> = conn
        .query(
            "select c.id as course_id, c.created_at as course_created_at, c.academy_id, a.slug, c.number, v.seq,
            v.hash, v.content, v.created_at
            from courses c join academies a on a.id = c.academy_id join course_versions v on v.course_id = c.id
            where c.academy_id = $1 and c.number = $2
            and v.seq = (select max(w.seq) from course_versions w where w.course_id = c.id)",
        )
        .bind(academy_id)
        .bind(number)
        .fetch_optional()
        .await?;
    Ok(row.map(Course::from))
}

pub(in crate::academies) async fn count_courses(conn: &mut Conn, academy_id: Uuid) -> Result<i64> {
    let (count,): (i64,) =
        conn.query("select count(*) from courses where academy_id = $1").bind(academy_id).fetch_one().await?;
    Ok(count)
}

/// The versions of a course from the newest, those below `before`.
pub(in crate::academies) async fn list_versions(
    conn: &mut Conn,
    course_id: Uuid,
    before: i64,
    limit: i64,
) -> Result<Vec<CourseVersion>> {
    let rows: Vec<VersionRow> = conn
        .query(
            "select c.academy_id, a.slug, c.number, v.seq, v.hash, v.content, v.created_at
            from course_versions v join courses c on c.id = v.course_id join academies a on a.id = c.academy_id
            where v.course_id = $1 and v.seq < $2 order by v.seq desc limit $3",
        )
        .bind(course_id)
        .bind(before)
        .bind(limit)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(CourseVersion::from).collect())
}

pub(in crate::academies) async fn count_versions(conn: &mut Conn, course_id: Uuid) -> Result<i64> {
    let (count,): (i64,) = conn
        .query("select count(*) from course_versions where course_id = $1")
        .bind(course_id)
        .fetch_one()
        .await?;
    Ok(count)
}

pub(in crate::academies) async fn insert_course(
    conn: &mut Conn,
    id: Uuid,
    academy_id: Uuid,
    number: Number,
    now: Ts,
) -> Result<()> {
    conn.query("insert into courses (id, academy_id, number, created_at) values ($1, $2, $3, $4)")
        .bind(id)
        .bind(academy_id)
        .bind(number)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

pub(in crate::academies) async fn insert_version(
    conn: &mut Conn,
    id: Uuid,
    course_id: Uuid,
    version: &CourseVersion,
    actor: &str,
) -> Result<()> {
    conn.query(
        "insert into course_versions (id, course_id, seq, hash, content, created_at, created_by)
        values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(course_id)
    .bind(version.seq)
    .bind(version.hash.to_string())
    .bind(version.bytes.clone())
    .bind(version.created_at)
    .bind(actor.to_owned())
    .execute()
    .await?;
    Ok(())
}
