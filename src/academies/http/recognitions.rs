//! Who vouches for an academy, from when to when.

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use time::Date;
use uuid::Uuid;

use super::{Tag, academy_url, find, no_such_academy, note, too_many};
use crate::academies::model::{Academy, AcademyAction, NewRecognition, Recognition, What};
use crate::academies::store;
use crate::accounts::http::Operator;
use crate::app::App;
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::db::Conn;
use crate::platform::http::{Answer, Body, Created, Idempotency, Page, Total, Validate};
use crate::platform::problem::{Error, Fault};
use crate::transparency::{self, Leaf, Op};

/// `/v1/academies/{slug}/recognitions`.
pub struct RecognitionsApi;

/// What something rests on: a page, a text, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "RecognitionEvidence", deny_unknown_fields, skip_serializing_if_is_none)]
pub(super) struct Evidence {
    /// Where it can be read.
    #[oai(validator(min_length = 1, max_length = 500))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<String>,
    /// In words.
    #[oai(validator(min_length = 1, max_length = 2000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
}

impl Evidence {
    /// `None` where nothing is said.
    pub(super) fn shown(url: Option<String>, text: Option<String>) -> Option<Self> {
        (url.is_some() || text.is_some()).then_some(Self { url, text })
    }
}

/// A recognition to record.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields, rename = "NewRecognition")]
struct NewRecognitionBody {
    /// The first day. A day in the past is kept for the record; the recognition counts from the moment
    /// it is recorded.
    from: Date,
    /// The last day; open when absent.
    until: Option<Date>,
    /// Who vouches: a body, a register, an operator after a visit.
    #[oai(validator(min_length = 2, max_length = 160))]
    vouched_by: String,
    /// What the recognition rests on.
    evidence: Option<Evidence>,
    /// A remark for everybody to read.
    #[oai(validator(min_length = 1, max_length = 1000))]
    note: Option<String>,
}

impl Validate for NewRecognitionBody {}

/// How a recognition ends.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct RecognitionEnd {
    /// The last day it counts, today or later; at once when absent.
    until: Option<Date>,
    /// Why, for everybody to read.
    #[oai(validator(min_length = 3, max_length = 1000))]
    reason: String,
}

impl Validate for RecognitionEnd {}

/// A recognition.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "Recognition", skip_serializing_if_is_none)]
pub(super) struct RecognitionView {
    /// Its id.
    id: Uuid,
    /// The address of the academy's recognitions.
    url: String,
    /// When it was recorded, or ended.
    updated_at: Ts,
    /// Whether it counts at this moment.
    in_force: bool,
    /// The first day it was meant for.
    from: String,
    /// The last day it counts; absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// The first moment it counts: `from`, or when it was recorded if that is later.
    counts_from: Ts,
    /// The first moment it counts no more; absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    counts_until: Option<Ts>,
    /// Who vouches.
    vouched_by: String,
    /// What it rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Evidence>,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// When it was recorded.
    recorded_at: Ts,
    /// By whom.
    recorded_by: String,
    /// When somebody ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Ts>,
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_by: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    end_reason: Option<String>,
}

impl RecognitionView {
    pub(super) fn new(recognition: Recognition, academy_url: &str, now: Ts) -> Self {
        Self {
            id: recognition.id,
            url: format!("{academy_url}/recognitions"),
            updated_at: recognition.ended_at.unwrap_or(recognition.recorded_at),
            in_force: recognition.counts_at(now),
            from: recognition.from_at.date().to_string(),
            until: recognition.last_day().map(|day| day.to_string()),
            counts_from: recognition.counts_from,
            counts_until: recognition.until_at,
            vouched_by: recognition.vouched_by,
            evidence: Evidence::shown(recognition.evidence_url, recognition.evidence_text),
            note: recognition.note,
            recorded_at: recognition.recorded_at,
            recorded_by: recognition.recorded_by,
            ended_at: recognition.ended_at,
            ended_by: recognition.ended_by,
            end_reason: recognition.end_reason,
        }
    }
}

/// Puts a recognition, or its end, in front of the public log, with the moment from which that counts.
async fn log_recognition(
    conn: &mut Conn,
    app: &App,
    academy: &Academy,
    recognition: &Recognition,
    op: Op,
    now: Ts,
) -> Result<(), Error> {
    let did = academy.did(&app.config.issuer_host);
    let digest = transparency::recognition_digest(&did, &recognition.vouched_by, recognition.counts_from);
    let from = if op == Op::Recognise { Some(recognition.counts_from) } else { recognition.until_at };
    let leaf = Leaf::new(op, academy.log_id, digest).with("from", from.map(|from| from.to_string()));
    Ok(transparency::append(conn, recognition.id, &leaf, now).await?)
}

#[OpenApi(prefix_path = "/v1/academies", tag = "Tag::Academies")]
impl RecognitionsApi {
    /// Recognise an academy
    ///
    /// Records who vouches for the academy, on what evidence, from when to when. It counts from the later
    /// of `from` and this moment, so that no certificate becomes recognised after the fact.
    #[oai(path = "/:slug/recognitions", method = "post", operation_id = "recognise_academy")]
    async fn recognise(
        &self,
        operator: Operator,
        app: Data<&App>,
        /// The academy.
        slug: Path<String>,
        /// Makes the request safe to repeat: the same key answers the same within a day.
        #[oai(name = "Idempotency-Key")]
        once: Idempotency,
        body: Body<NewRecognitionBody>,
    ) -> Result<Created<RecognitionView>, Error> {
        let now = app.clock.now();
        let NewRecognitionBody { from, until, vouched_by, evidence, note: remark } = body.0;
        let (evidence_url, evidence_text) =
            evidence.map_or((None, None), |evidence| (evidence.url, evidence.text));
        let new = NewRecognition { from, until, vouched_by, evidence_url, evidence_text, note: remark };
        let faults = new.faults(now.date());
        if !faults.is_empty() {
            return Err(Error::invalid(faults));
        }
        let mut tx = app.db.write().await?;
        if let Some(answer) = once.answered(&mut tx, now).await? {
            return Ok(answer);
        }
        let academy =
            store::academy_for_change(&mut tx, &slug, now).await?.ok_or_else(|| no_such_academy(&slug))?;
        if store::recognitions(&mut tx, academy.id).await?.len() >= limits::RECOGNITIONS {
            return Err(too_many("recognitions", limits::RECOGNITIONS));
        }
        let recognition = Recognition::record(app.ids.uuid(), academy.id, new, operator.actor(), now);
        store::insert_recognition(&mut tx, &recognition).await?;
        log_recognition(&mut tx, &app, &academy, &recognition, Op::Recognise, now).await?;
        let what = What::on(AcademyAction::Recognised, recognition.id.to_string());
        note(&mut tx, &app, &academy, operator.actor(), what, now).await?;
        let view = RecognitionView::new(recognition, &academy_url(&app, &academy.slug), now);
        let answer = Created::new(&view).location(&view.url);
        once.keep(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// List an academy's recognitions
    ///
    /// All there ever were, oldest first. Nothing is taken away: an ended one says when, by whom and why.
    #[oai(path = "/:slug/recognitions", method = "get", operation_id = "list_recognitions")]
    async fn list(
        &self,
        app: Data<&App>,
        /// The academy.
        slug: Path<String>,
    ) -> Result<Answer<Page<RecognitionView>>, Error> {
        let now = app.clock.now();
        let mut conn = app.db.snapshot().await?;
        let academy = find(&mut conn, &slug).await?;
        let recognitions = store::recognitions(&mut conn, academy.id).await?;
        let total = Total::exactly(recognitions.len() as u64);
        let url = academy_url(&app, &academy.slug);
        let items = recognitions.into_iter().map(|one| RecognitionView::new(one, &url, now)).collect();
        Ok(Answer::new(&Page::new(items, total, None)))
    }

    /// End a recognition
    ///
    /// After the day `until`, or at once. An end is never backdated: what counted yesterday still did.
    /// An end that lies ahead can be brought nearer, not put off.
    #[oai(path = "/:slug/recognitions/:id/end", method = "post", operation_id = "end_recognition")]
    async fn end(
        &self,
        operator: Operator,
        app: Data<&App>,
        /// The academy.
        slug: Path<String>,
        /// The recognition.
        id: Path<Uuid>,
        body: Body<RecognitionEnd>,
    ) -> Result<Answer<RecognitionView>, Error> {
        let now = app.clock.now();
        let reason = body.0.reason.trim().to_owned();
        if reason.chars().count() < 3 {
            return Err(Error::invalid(vec![Fault::new("/reason", "too-short", "Say why it ends.")]));
        }
        let mut tx = app.db.write().await?;
        let academy =
            store::academy_for_change(&mut tx, &slug, now).await?.ok_or_else(|| no_such_academy(&slug))?;
        let mut recognition = store::recognition(&mut tx, academy.id, id.0).await?.ok_or_else(|| {
            Error::not_found(format!(
                "`{slug}` has no such recognition; GET …/recognitions lists them.",
                slug = slug.0
            ))
        })?;
        recognition.end(body.0.until, reason.clone(), operator.actor(), now)?;
        store::update_recognition(&mut tx, &recognition).await?;
        log_recognition(&mut tx, &app, &academy, &recognition, Op::RecogniseEnd, now).await?;
        let what =
            What::on(AcademyAction::RecognitionEnded, recognition.id.to_string()).because(Some(reason));
        note(&mut tx, &app, &academy, operator.actor(), what, now).await?;
        tx.commit().await?;
        // What counts until this very moment does not count at it.
        Ok(Answer::new(&RecognitionView::new(recognition, &academy_url(&app, &academy.slug), now)))
    }
}
