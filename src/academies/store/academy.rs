//! Statements on `academies`.

use uuid::Uuid;

use crate::academies::model::{Academy, Profile};
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Result};
use crate::vocabulary::Country;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    slug: String,
    name: String,
    legal_name: Option<String>,
    website: Option<String>,
    #[sqlx(try_from = "String")]
    country: Country,
    contact_email: Option<String>,
    own_words: Option<String>,
    version: i64,
    created_at: Ts,
    updated_at: Ts,
    log_id: Uuid,
    did: Option<String>,
    did_checked_at: Option<Ts>,
    did_fault: Option<String>,
}

impl From<Row> for Academy {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            slug: row.slug,
            profile: Profile {
                name: row.name,
                legal_name: row.legal_name,
                website: row.website,
                country: row.country,
                contact_email: row.contact_email,
                own_words: row.own_words,
            },
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            log_id: row.log_id,
            own_did: row.did,
            did_checked_at: row.did_checked_at,
            did_fault: row.did_fault,
        }
    }
}

/// The academy with that slug.
///
/// # Errors
/// As the database says.
pub async fn academy_by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Academy>> {
    let row: Option<Row> = conn
        .query(
            "select id, slug, name, legal_name, website, country, contact_email, own_words, version, created_at,
            updated_at, log_id, did, did_checked_at, did_fault from academies where slug = $1",
        )
        .bind(slug.to_owned())
        .fetch_optional()
        .await?;
    Ok(row.map(Academy::from))
}

/// The academy with that id.
///
/// # Errors
/// As the database says.
pub async fn academy_by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Academy>> {
    let row: Option<Row> = conn
        .query(
            "select id, slug, name, legal_name, website, country, contact_email, own_words, version, created_at,
            updated_at, log_id, did, did_checked_at, did_fault from academies where id = $1",
        )
        .bind(id)
        .fetch_optional()
        .await?;
    Ok(row.map(Academy::from))
}

/// Up to `limit` slugs of academies after one, in order, each with when anything about it changed last.
///
/// # Errors
/// As the database says.
pub async fn academies_after(conn: &mut Conn, slug: &str, limit: i64) -> Result<Vec<(String, Ts)>> {
    conn.query("select slug, updated_at from academies where slug > $1 order by slug limit $2")
        .bind(slug.to_owned())
        .bind(limit)
        .fetch_all()
        .await
}

/// The academy with that slug, marked as changed now. The update comes before every read of a change,
/// so that changes of one academy follow one another on both databases.
pub(in crate::academies) async fn academy_for_change(
    conn: &mut Conn,
    slug: &str,
    now: Ts,
) -> Result<Option<Academy>> {
    let row: Option<Row> = conn
        .query(
            "update academies set updated_at = $2 where slug = $1
            returning id, slug, name, legal_name, website, country, contact_email, own_words, version, created_at,
            updated_at, log_id, did, did_checked_at, did_fault",
        )
        .bind(slug.to_owned())
        .bind(now)
        .fetch_optional()
        .await?;
    Ok(row.map(Academy::from))
}

pub(in crate::academies) async fn insert(conn: &mut Conn, academy: &Academy, skeleton: &str) -> Result<()> {
    let profile = &academy.profile;
    conn.query(
        "insert into academies (id, slug, skeleton, name, legal_name, website, country, contact_email, own_words,
        sort_name, search_text, version, created_at, updated_at, log_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(academy.id)
    .bind(academy.slug.clone())
    .bind(skeleton.to_owned())
    .bind(profile.name.clone())
    .bind(profile.legal_name.clone())
    .bind(profile.website.clone())
    .bind(profile.country.as_str())
    .bind(profile.contact_email.clone())
    .bind(profile.own_words.clone())
    .bind(profile.sort_name())
    .bind(profile.search_text(&academy.slug))
    .bind(academy.version)
    .bind(academy.created_at)
    .bind(academy.updated_at)
    .bind(academy.log_id)
    .execute()
    .await?;
    Ok(())
}

pub(in crate::academies) async fn update(conn: &mut Conn, academy: &Academy) -> Result<()> {
    let profile = &academy.profile;
    conn.query(
        "update academies set name = $2, legal_name = $3, website = $4, country = $5, contact_email = $6,
        own_words = $7, sort_name = $8, search_text = $9, version = $10, updated_at = $11 where id = $1",
    )
    .bind(academy.id)
    .bind(profile.name.clone())
    .bind(profile.legal_name.clone())
    .bind(profile.website.clone())
    .bind(profile.country.as_str())
    .bind(profile.contact_email.clone())
    .bind(profile.own_words.clone())
    .bind(profile.sort_name())
    .bind(profile.search_text(&academy.slug))
    .bind(academy.version)
    .bind(academy.updated_at)
    .execute()
    .await?;
    Ok(())
}

/// The slug of an academy that could be mistaken for one with this skeleton.
pub(in crate::academies) async fn look_alike(conn: &mut Conn, skeleton: &str) -> Result<Option<String>> {
    let row: Option<(String,)> = conn
        .query("select slug from academies where skeleton = $1 order by slug limit 1")
        .bind(skeleton.to_owned())
        .fetch_optional()
        .await?;
    Ok(row.map(|(slug,)| slug))
}

/// Which academies a list shows.
#[derive(Clone, Debug)]
pub(in crate::academies) struct ListFilter {
    /// A `like` pattern over the folded names, with `\` as its escape.
    pub(in crate::academies) pattern: Option<String>,
    pub(in crate::academies) country: Option<Country>,
    pub(in crate::academies) recognised: Option<bool>,
    /// The moment that `recognised` is about.
    pub(in crate::academies) now: Ts,
}

pub(in crate::academies) async fn list(
    conn: &mut Conn,
    filter: &ListFilter,
    after: (String, Uuid),
    limit: i64,
) -> Result<Vec<Academy>> {
    let rows: Vec<Row> = conn
        .query(
            r"select id, slug, name, legal_name, website, country, contact_email, own_words, version, created_at,
            updated_at, log_id, did, did_checked_at, did_fault from academies a
            where (sort_name, id) > ($1, $2)
            and (cast($3 as text) is null or search_text like $3 escape '\')
            and (cast($4 as text) is null or country = $4)
            and (cast($5 as boolean) is null or cast($5 as boolean) = exists (
                select 1 from academy_recognitions r where r.academy_id = a.id and r.counts_from <= $6
                and (r.until_at is null or r.until_at > $6)))
            order by sort_name, id limit $7",
        )
        .bind(after.0)
        .bind(after.1)
        .bind(filter.pattern.clone())
        .bind(filter.country.map(Country::as_str))
        .bind(filter.recognised)
        .bind(filter.now)
        .bind(limit)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Academy::from).collect())
}

pub(in crate::academies) async fn count(conn: &mut Conn, filter: &ListFilter) -> Result<i64> {
    let (count,): (i64,) = conn
        .query(
            r"select count(*) from academies a
            where (cast($1 as text) is null or search_text like $1 escape '\')
            and (cast($2 as text) is null or country = $2)
            and (cast($3 as boolean) is null or cast($3 as boolean) = exists (
                select 1 from academy_recognitions r where r.academy_id = a.id and r.counts_from <= $4
                and (r.until_at is null or r.until_at > $4)))",
        )
        .bind(filter.pattern.clone())
        .bind(filter.country.map(Country::as_str))
        .bind(filter.recognised)
        .bind(filter.now)
        .fetch_one()
        .await?;
    Ok(count)
}

/// Gives an academy its own DID; refused by `academies_did_key` where another one has or had it.
pub(in crate::academies) async fn set_did(conn: &mut Conn, id: Uuid, did: &str, now: Ts) -> Result<()> {
    conn.query("update academies set did = $2, did_checked_at = $3, did_fault = null where id = $1")
        .bind(id)
        .bind(did.to_owned())
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// Notes that an academy's document was looked at, and what was wrong with it.
pub(in crate::academies) async fn note_did_check(
    conn: &mut Conn,
    id: Uuid,
    fault: Option<String>,
    now: Ts,
) -> Result<()> {
    conn.query("update academies set did_checked_at = $2, did_fault = $3 where id = $1")
        .bind(id)
        .bind(now)
        .bind(fault)
        .execute()
        .await?;
    Ok(())
}

/// The slug of the academy with that DID on its own site.
pub(in crate::academies) async fn slug_by_own_did(conn: &mut Conn, did: &str) -> Result<Option<String>> {
    let row: Option<(String,)> =
        conn.query("select slug from academies where did = $1").bind(did.to_owned()).fetch_optional().await?;
    Ok(row.map(|(slug,)| slug))
}

/// The academies whose own documents were looked at longest ago, before `before`: their slugs.
pub(in crate::academies) async fn due_dids(conn: &mut Conn, before: Ts, limit: i64) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = conn
        .query(
            "select slug from academies where did is not null and did_checked_at < $1
            order by did_checked_at, id limit $2",
        )
        .bind(before)
        .bind(limit)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(slug,)| slug).collect())
}
