//! Statements on `academy_recognitions`.

use uuid::Uuid;

use crate::academies::model::{self, Recognition, RegistryEntry, in_force};
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Result};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    academy_id: Uuid,
    from_at: Ts,
    counts_from: Ts,
    until_at: Option<Ts>,
    vouched_by: String,
    evidence_url: Option<String>,
    evidence_text: Option<String>,
    note: Option<String>,
    recorded_at: Ts,
    recorded_by: String,
    ended_at: Option<Ts>,
    ended_by: Option<String>,
    end_reason: Option<String>,
}

impl From<Row> for Recognition {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            academy_id: row.academy_id,
            from_at: row.from_at,
            counts_from: row.counts_from,
            until_at: row.until_at,
            vouched_by: row.vouched_by,
            evidence_url: row.evidence_url,
            evidence_text: row.evidence_text,
            note: row.note,
            recorded_at: row.recorded_at,
            recorded_by: row.recorded_by,
            ended_at: row.ended_at,
            ended_by: row.ended_by,
            end_reason: row.end_reason,
        }
    }
}

/// The recognition of an academy that counts at that moment.
///
/// # Errors
/// As the database says.
pub async fn recognised_at(conn: &mut Conn, academy_id: Uuid, at: Ts) -> Result<Option<Recognition>> {
    Ok(in_force(&recognitions(conn, academy_id).await?, at).cloned())
}

/// Who signed: what a list of certificates shows of their academies.
#[derive(Clone, Debug)]
pub struct Signer {
    /// The academy's id.
    pub academy_id: Uuid,
    /// Its slug.
    pub slug: String,
    /// The name the directory knows it by.
    pub name: String,
    /// Whether it is recognised at the moment asked about.
    pub recognised: bool,
    /// The next moment at which that changes by itself, if there is one.
    pub next_change: Option<Ts>,
}

/// Those academies, and whether each is recognised at `at`.
///
/// # Errors
/// As the database says.
pub async fn signers(conn: &mut Conn, academies: &[Uuid], at: Ts) -> Result<Vec<Signer>> {
    let recognitions = recognitions_of(conn, academies).await?;
    let rows: Vec<(Uuid, String, String)> = conn
        .query("select id, slug, name from academies where id in ({list})")
        .bind_list(academies)
        .fetch_all()
        .await?;
    Ok(rows
        .into_iter()
        .map(|(academy_id, slug, name)| {
            let own = || recognitions.iter().filter(|one| one.academy_id == academy_id);
            let turns = own().flat_map(|one| [Some(one.counts_from), one.until_at]).flatten();
            Signer {
                academy_id,
                slug,
                name,
                recognised: own().any(|one| one.counts_at(at)),
                next_change: turns.filter(|turn| *turn > at).min(),
            }
        })
        .collect())
}

/// Every recognition of an academy, oldest first.
pub(in crate::academies) async fn recognitions(
    conn: &mut Conn,
    academy_id: Uuid,
) -> Result<Vec<Recognition>> {
    recognitions_of(conn, &[academy_id]).await
}

/// Every recognition of several academies, oldest first.
pub(in crate::academies) async fn recognitions_of(
    conn: &mut Conn,
    academies: &[Uuid],
) -> Result<Vec<Recognition>> {
    let rows: Vec<Row> = conn
        .query(
            "select id, academy_id, from_at, counts_from, until_at, vouched_by, evidence_url, evidence_text, note,
            recorded_at, recorded_by, ended_at, ended_by, end_reason
            from academy_recognitions where academy_id in ({list}) order by counts_from, id",
        )
        .bind_list(academies)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Recognition::from).collect())
}

pub(in crate::academies) async fn recognition(
    conn: &mut Conn,
    academy_id: Uuid,
    id: Uuid,
) -> Result<Option<Recognition>> {
    let row: Option<Row> = conn
        .query(
            "select id, academy_id, from_at, counts_from, until_at, vouched_by, evidence_url, evidence_text, note,
            recorded_at, recorded_by, ended_at, ended_by, end_reason
            from academy_recognitions where academy_id = $1 and id = $2",
        )
        .bind(academy_id)
        .bind(id)
        .fetch_optional()
        .await?;
    Ok(row.map(Recognition::from))
}

pub(in crate::academies) async fn insert_recognition(
    conn: &mut Conn,
    recognition: &Recognition,
) -> Result<()> {
    conn.query(
        "insert into academy_recognitions (id, academy_id, from_at, counts_from, until_at, vouched_by, evidence_url,
        evidence_text, note, recorded_at, recorded_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(recognition.id)
    .bind(recognition.academy_id)
    .bind(recognition.from_at)
    .bind(recognition.counts_from)
    .bind(recognition.until_at)
    .bind(recognition.vouched_by.clone())
    .bind(recognition.evidence_url.clone())
    .bind(recognition.evidence_text.clone())
    .bind(recognition.note.clone())
    .bind(recognition.recorded_at)
    .bind(recognition.recorded_by.clone())
    .execute()
    .await?;
    Ok(())
}

pub(in crate::academies) async fn update_recognition(
    conn: &mut Conn,
    recognition: &Recognition,
) -> Result<()> {
    conn.query(
        "update academy_recognitions set until_at = $2, ended_at = $3, ended_by = $4, end_reason = $5 where id = $1",
    )
    .bind(recognition.id)
    .bind(recognition.until_at)
    .bind(recognition.ended_at)
    .bind(recognition.ended_by.clone())
    .bind(recognition.end_reason.clone())
    .execute()
    .await?;
    Ok(())
}

/// Every academy that was ever recognised, by slug, with when.
pub(in crate::academies) async fn registry(conn: &mut Conn, issuer_host: &str) -> Result<Vec<RegistryEntry>> {
    type Row = (String, Option<String>, String, Ts, Option<Ts>);
    let rows: Vec<Row> = conn
        .query(
            "select a.slug, a.did, a.name, r.counts_from, r.until_at from academies a
            join academy_recognitions r on r.academy_id = a.id order by a.slug, r.counts_from, r.id",
        )
        .fetch_all()
        .await?;
    let mut entries: Vec<RegistryEntry> = Vec::new();
    for (slug, own_did, name, from, until) in rows {
        let did = own_did.unwrap_or_else(|| model::did(issuer_host, &slug));
        match entries.last_mut() {
            Some(last) if last.did == did => last.spans.push((from, until)),
            _ => entries.push(RegistryEntry { did, name, spans: vec![(from, until)] }),
        }
    }
    Ok(entries)
}
