//! Appeals of a practitioner whose case was taken away because its photos were held to be somebody else's.

use poem::http::Uri;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::accounts::Role;
use crate::accounts::http::{ListingKeeper, Operator};
use crate::app::{App, Tag};
use crate::cases::model::{Appeal, AppealOutcome, CaseEnd, Hold, case_url, no_such_case};
use crate::cases::{ops, store};
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::db::Conn;
use crate::platform::http::list::page;
use crate::platform::http::{Answer, Binding, Body, Page, Paging, Validate};
use crate::platform::problem::{Error, Fault};
use crate::practitioners;
use crate::transparency::Op;

/// `/v1/cases/{id}/appeals` and `/v1/case-appeals`.
pub struct AppealsApi;

/// An appeal.
#[derive(Object)]
#[oai(deny_unknown_fields, rename = "NewCaseAppeal")]
struct AppealBody {
    /// Why the photos are your own work.
    #[oai(validator(min_length = 20, max_length = 4000))]
    text: String,
}

impl Validate for AppealBody {}

/// What an appeal comes to.
#[derive(Object)]
#[oai(deny_unknown_fields, rename = "CaseAppealDecision")]
struct DecisionBody {
    /// Whether the case stays taken away or may be made again.
    outcome: AppealOutcome,
    /// Why, for the practitioner.
    #[oai(validator(min_length = 20, max_length = 4000))]
    findings: String,
    /// With `restored`: the other case, whose photo was kept, is taken away in its place.
    #[oai(default)]
    remove_other: bool,
}

impl Validate for DecisionBody {
    fn faults(&self) -> Vec<Fault> {
        if !self.remove_other || self.outcome == AppealOutcome::Restored {
            return Vec::new();
        }
        vec![Fault::new("/remove_other", "contradiction", "A decision that stands takes nothing else away.")]
    }
}

/// An appeal, as its two sides see it: the practitioner who appeals, and operators.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "CaseAppeal", skip_serializing_if_is_none)]
struct AppealView {
    /// The case that was taken away.
    case_url: String,
    /// The address of the appeal.
    url: String,
    /// When the case was taken away.
    decided_on: Ts,
    /// Why, as the operator wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// What the practitioner says.
    text: String,
    /// When they said it.
    at: Ts,
    /// What another operator decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<AppealOutcome>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<String>,
    /// What the practitioner can do now.
    next: String,
    /// When anything of it changed last.
    updated_at: Ts,
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Cases")]
impl AppealsApi {
    /// Appeal against a photo decision
    ///
    /// By the keeper of a case that was taken away because its photos were held to be somebody else's, within
    /// 180 days, once. Another operator decides.
    ///
    /// Problems: 403 `forbidden`, 404 `not-found`, 409 `nothing-to-appeal`, `appealed-already` and
    /// `appeal-too-late`, 422 `invalid`.
    #[oai(path = "/cases/:id/appeals", method = "post", operation_id = "appeal_photo_decision")]
    async fn appeal(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The case's id.
        id: Path<Uuid>,
        body: Body<AppealBody>,
    ) -> Result<Answer<AppealView>, Error> {
        let now = app.clock.now();
        let text = practitioners::statement("/text", &body.text)?;
        let mut tx = app.db.write().await?;
        let case = store::case(&mut tx, id.0).await?.ok_or_else(|| no_such_case(id.0))?;
        keeper.may_keep(case.practitioner, &case.listing.to_string())?;
        let Some((hold, at)) = lost(&mut tx, id.0, case.ended).await? else {
            let detail = "This case was not taken away by a decision about its photos.";
            return Err(Error::new(practitioners::NOTHING_TO_APPEAL, detail));
        };
        let until = at.plus(limits::APPEAL_WINDOW);
        if until <= now {
            let detail = format!("It could be appealed until {}.", until.date());
            return Err(Error::new(practitioners::APPEAL_TOO_LATE, detail));
        }
        let appeal = Appeal { case: id.0, hold: hold.id, text, at: now, decided: None };
        if !store::insert_appeal(&mut tx, &appeal).await? {
            return Err(Error::new(practitioners::APPEALED_ALREADY, "A decision is appealed once."));
        }
        ops::log_moderation(&mut tx, &app, Op::Appeal, &case, (), now).await?;
        tx.commit().await?;
        Ok(Answer::new(&AppealView::new(&appeal, &hold, at, &app.config.public_url)).private())
    }

    /// Read an appeal against a photo decision
    ///
    /// For the keeper of the case, and for operators.
    ///
    /// Problems: 403 `forbidden`, 404 `not-found`.
    #[oai(path = "/cases/:id/appeals", method = "get", operation_id = "read_photo_appeal")]
    async fn read(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The case's id.
        id: Path<Uuid>,
    ) -> Result<Answer<AppealView>, Error> {
        let mut conn = app.db.snapshot().await?;
        let case = store::case(&mut conn, id.0).await?.ok_or_else(|| no_such_case(id.0))?;
        keeper.may_keep(case.practitioner, &case.listing.to_string())?;
        let (appeal, hold) = find(&mut conn, id.0).await?;
        let at = case.ended.map_or(appeal.at, |(at, _)| at);
        Ok(Answer::new(&AppealView::new(&appeal, &hold, at, &app.config.public_url)).private())
    }

    /// List appeals against photo decisions
    ///
    /// Those nobody has decided, the longest waiting first.
    #[oai(path = "/case-appeals", method = "get", operation_id = "list_photo_appeals")]
    async fn list(
        &self,
        _operator: Operator,
        app: Data<&App>,
        uri: &Uri,
        /// How many at most.
        #[oai(default = "page", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<usize>,
        /// From `next_cursor` of the page before.
        #[oai(validator(max_length = 1024))]
        cursor: Query<Option<String>>,
    ) -> Result<Answer<Page<AppealView>>, Error> {
        let paging = Paging::new(&app.cursors, uri, Binding::new("case-appeals"), cursor.as_deref(), limit.0);
        let after = paging.after((Ts::ZERO, Uuid::nil()))?;
        let mut conn = app.db.snapshot().await?;
        let mut appeals = store::open_appeals(&mut conn, after, paging.rows()).await?;
        let count = store::count_open_appeals(&mut conn).await?;
        let next = paging.cut(&mut appeals, |last| (last.at, last.case))?;
        let mut items = Vec::with_capacity(appeals.len());
        for appeal in appeals {
            let (appeal, hold) = find(&mut conn, appeal.case).await?;
            let at = hold.decided_at.unwrap_or(appeal.at);
            items.push(AppealView::new(&appeal, &hold, at, &app.config.public_url));
        }
        Ok(paging.answer(items, count, next).private())
    }

    /// Decide an appeal against a photo decision
    ///
    /// By another operator than the one who decided first, tied to neither listing. Nothing of a case that was
    /// taken away is kept, so `restored` lets the practitioner make it again; its tombstone says that it was
    /// taken away wrongly.
    ///
    /// Problems: 403 `same-operator` and `tied-to-listing`, 404 `not-found`, 409 `decided-already`, 422 `invalid`.
    #[oai(path = "/cases/:id/appeals/decision", method = "post", operation_id = "decide_photo_appeal")]
    async fn decide(
        &self,
        operator: Operator,
        app: Data<&App>,
        /// The case's id.
        id: Path<Uuid>,
        body: Body<DecisionBody>,
    ) -> Result<Answer<AppealView>, Error> {
        let findings = practitioners::statement("/findings", &body.findings)?;
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        let (appeal, hold) = find(&mut tx, id.0).await?;
        ops::untied_to_both(&mut tx, &operator, &hold).await?;
        if operator.role != Role::Operator || hold.decided_by.as_deref() == Some(operator.actor().as_str()) {
            let detail = "Who took a case away does not decide the appeal. Ask another operator.";
            return Err(Error::new(practitioners::SAME_OPERATOR, detail));
        }
        let decided = (body.outcome, findings, now);
        if !store::decide_appeal(&mut tx, appeal.case, &decided, &operator.actor()).await? {
            return Err(Error::new(practitioners::DECIDED_ALREADY, "The appeal was decided before."));
        }
        if let Some(case) = store::case(&mut tx, appeal.case).await? {
            ops::log_moderation(&mut tx, &app, Op::AppealDecide, &case, body.outcome, now).await?;
        }
        if body.outcome == AppealOutcome::Restored {
            let other = if hold.case == appeal.case { hold.rival_case } else { hold.case };
            ops::restore(&mut tx, &app, appeal.case, body.remove_other.then_some(other), now).await?;
        }
        let (appeal, hold) = find(&mut tx, id.0).await?;
        tx.commit().await?;
        let at = hold.decided_at.unwrap_or(now);
        Ok(Answer::new(&AppealView::new(&appeal, &hold, at, &app.config.public_url)).private())
    }
}

impl AppealView {
    fn new(appeal: &Appeal, hold: &Hold, decided_on: Ts, public_url: &str) -> Self {
        let case_url = case_url(public_url, appeal.case);
        let next = match appeal.decided {
            None => "Another operator decides; read this address again.",
            Some((AppealOutcome::Upheld, ..)) => "The decision stands. There is no further appeal here.",
            Some((AppealOutcome::Restored, ..)) => {
                "The case was taken away wrongly. Make it again: nothing of it was kept, and its photos wait for a \
                 person who sees this decision beside them."
            }
        };
        Self {
            url: format!("{case_url}/appeals"),
            case_url,
            decided_on,
            note: hold.note.clone(),
            text: appeal.text.clone(),
            at: appeal.at,
            outcome: appeal.decided.as_ref().map(|(outcome, ..)| *outcome),
            findings: appeal.decided.as_ref().map(|(_, findings, _)| findings.clone()),
            next: next.to_owned(),
            updated_at: appeal.decided.as_ref().map_or(appeal.at, |(.., at)| *at),
        }
    }
}

/// The decision by which a case was taken away, and when.
async fn lost(
    conn: &mut Conn,
    case: Uuid,
    ended: Option<(Ts, CaseEnd)>,
) -> Result<Option<(Hold, Ts)>, Error> {
    let Some((at, CaseEnd::NotTheirs)) = ended else { return Ok(None) };
    Ok(store::hold_lost_by(conn, case).await?.map(|hold| (hold, at)))
}

async fn find(conn: &mut Conn, case: Uuid) -> Result<(Appeal, Hold), Error> {
    let none = || Error::not_found(format!("Nobody has appealed about the case {case}."));
    let appeal = store::appeal(conn, case).await?.ok_or_else(none)?;
    let hold = store::hold(conn, appeal.hold).await?.ok_or_else(none)?;
    Ok((appeal, hold))
}
