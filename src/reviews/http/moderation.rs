//! What operators decide about reviews, and what authors say against it.

use poem::http::Uri;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::reviews::{AuthorBody, be_author};
use super::{answer, find, listing, shown, untied};
use crate::accounts::http::Operator;
use crate::app::{App, Tag};
use crate::platform::clock::Ts;
use crate::platform::http::list::page;
use crate::platform::http::{Answer, Binding, Body, NoContent, Page, Paging, Validate};
use crate::platform::id::Number;
use crate::platform::problem::{Error, Fault};
use crate::practitioners::{self, statement};
use crate::reviews::model::{
    AppealOutcome, Removal, ReportState, ReportView, ReviewState, ReviewView, StatementView,
};
use crate::reviews::{ops, store};
use crate::transparency::Op;
use crate::vocabulary::RemovalReason;

/// `/v1/review-reports`, and the removal of a review with its appeal.
pub struct ModerationApi;

/// The removal of a review.
#[derive(Object)]
#[oai(deny_unknown_fields, rename = "NewReviewRemoval")]
struct RemovalBody {
    /// The ground.
    reason: RemovalReason,
    /// What the decision rests on, for the author.
    #[oai(validator(min_length = 20, max_length = 4000))]
    facts: String,
}

impl Validate for RemovalBody {
    fn faults(&self) -> Vec<Fault> {
        if self.reason.as_str() == "author-withdrew" {
            let detail = "Only its author withdraws a review.";
            return vec![Fault::new("/reason", "not-a-reason", detail)];
        }
        Vec::new()
    }
}

/// An appeal against a removal.
#[derive(Object)]
#[oai(deny_unknown_fields, rename = "NewReviewAppeal")]
struct AppealBody {
    /// The author token.
    #[oai(validator(max_length = 80))]
    author_token: String,
    /// Why the decision is wrong.
    #[oai(validator(min_length = 20, max_length = 4000))]
    text: String,
}

impl Validate for AppealBody {}

/// What an appeal comes to.
#[derive(Object)]
#[oai(deny_unknown_fields, rename = "ReviewAppealDecision")]
struct DecisionBody {
    /// Whether the review stays removed or is shown again.
    outcome: AppealOutcome,
    /// Why, for the author.
    #[oai(validator(min_length = 20, max_length = 4000))]
    findings: String,
}

impl Validate for DecisionBody {}

/// What ties an operator to a listing.
#[derive(Object)]
#[oai(deny_unknown_fields, rename = "NewOperatorTie")]
struct TieBody {
    /// In words.
    #[oai(validator(min_length = 3, max_length = 500))]
    why: String,
}

impl Validate for TieBody {}

fn open() -> ReportState {
    ReportState::Open
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Reviews")]
impl ModerationApi {
    /// List reports of reviews
    ///
    /// What people reported and what the signals noticed, oldest first. Neither removes anything.
    #[oai(path = "/review-reports", method = "get", operation_id = "list_review_reports")]
    async fn reports(
        &self,
        _operator: Operator,
        app: Data<&App>,
        uri: &Uri,
        /// What became of them.
        #[oai(default = "open")]
        state: Query<ReportState>,
        /// How many at most.
        #[oai(default = "page", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<usize>,
        /// From `next_cursor` of the page before.
        #[oai(validator(max_length = 1024))]
        cursor: Query<Option<String>>,
    ) -> Result<Answer<Page<ReportView>>, Error> {
        let binding = Binding::new("review-reports").with("state", &format!("{:?}", state.0));
        let paging = Paging::new(&app.cursors, uri, binding, cursor.as_deref(), limit.0);
        let after = paging.after((Ts::ZERO, Uuid::nil()))?;
        let mut conn = app.db.snapshot().await?;
        let mut rows = store::reports_after(&mut conn, state.0, after, paging.rows()).await?;
        let count = store::count_reports(&mut conn, state.0).await?;
        let next = paging.cut(&mut rows, |last| (last.at, last.id))?;
        let items = rows.iter().map(|row| ReportView::new(row, &app.config.public_url)).collect();
        Ok(paging.answer(items, count, next).private())
    }

    /// Dismiss a report
    ///
    /// The review stays.
    ///
    /// Problems: 403 `tied-to-listing`, 404 `not-found`, 409 `decided-already`.
    #[oai(path = "/review-reports/:id/dismissal", method = "post", operation_id = "dismiss_report")]
    async fn dismiss(
        &self,
        operator: Operator,
        app: Data<&App>,
        /// The report's id.
        id: Path<Uuid>,
    ) -> Result<NoContent, Error> {
        let mut tx = app.db.write().await?;
        let report = store::report(&mut tx, id.0).await?;
        let report = report.ok_or_else(|| Error::not_found(format!("There is no report {}.", id.0)))?;
        let review = find(&mut tx, report.review_id).await?;
        untied(&mut tx, &operator, review.practitioner_id).await?;
        let (state, by) = (ReportState::Dismissed, operator.actor());
        if !store::close_report(&mut tx, report.id, state, &by, app.clock.now()).await? {
            return Err(Error::new(practitioners::DECIDED_ALREADY, "The report was closed before."));
        }
        ops::log_moderation(&mut tx, &app, Op::ReportDismiss, &review, None, app.clock.now()).await?;
        tx.commit().await?;
        Ok(NoContent)
    }

    /// Remove a review
    ///
    /// For one of the closed reasons, none of which is what it says of the practitioner. What is left says
    /// why and when, and counts as removed. The author gets the statement of reasons and may appeal within
    /// 180 days.
    ///
    /// Problems: 403 `tied-to-listing`, 404 `not-found`, 409 `review-removed`, 422 `invalid`.
    #[oai(path = "/reviews/:id/removal", method = "post", operation_id = "remove_review")]
    async fn remove(
        &self,
        operator: Operator,
        app: Data<&App>,
        /// The review's id.
        id: Path<Uuid>,
        body: Body<RemovalBody>,
    ) -> Result<Answer<ReviewView>, Error> {
        let now = app.clock.now();
        let facts = statement("/facts", &body.facts)?;
        let mut tx = app.db.write().await?;
        let mut review = find(&mut tx, id.0).await?;
        untied(&mut tx, &operator, review.practitioner_id).await?;
        shown(&review)?;
        ops::take_down(&mut tx, &app, &mut review, body.reason, now).await?;
        let removal = Removal {
            id: app.ids.uuid(),
            review_id: review.id,
            reason: body.reason,
            facts,
            at: now,
            decided_by_token: operator.token_id,
            decided_by: operator.actor(),
            appeal: None,
            outcome: None,
        };
        store::insert_removal(&mut tx, &removal).await?;
        store::close_reports_of(&mut tx, review.id, &operator.actor(), now).await?;
        ops::tell_author(&mut tx, &app, &review, &removal).await?;
        let answer = answer(&mut tx, &app, &review).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Read the statement of reasons
    ///
    /// Why a review was removed, on what facts, by whom, and until when its author may appeal. For the
    /// author.
    ///
    /// Problems: 403 `not-the-author`, 404 `not-found`.
    #[oai(path = "/reviews/:id/statement", method = "post", operation_id = "read_statement")]
    async fn statement(
        &self,
        app: Data<&App>,
        /// The review's id.
        id: Path<Uuid>,
        body: Body<AuthorBody>,
    ) -> Result<Answer<StatementView>, Error> {
        let mut conn = app.db.snapshot().await?;
        let review = find(&mut conn, id.0).await?;
        be_author(&app, &review, &body.author_token)?;
        let removal = store::removal_of(&mut conn, review.id).await?;
        let removal = removal.ok_or_else(|| Error::not_found("No operator ever removed this review."))?;
        Ok(Answer::new(&StatementView::new(&removal, &app.config.public_url)).private())
    }

    /// Appeal against a removal
    ///
    /// By the review's author, within 180 days, once. Another person decides.
    ///
    /// Problems: 403 `not-the-author`, 404 `not-found`, 409 `nothing-to-appeal`, 409 `appealed-already`,
    /// 409 `appeal-too-late`, 422 `invalid`.
    #[oai(path = "/reviews/:id/appeals", method = "post", operation_id = "appeal_removal")]
    async fn appeal(
        &self,
        app: Data<&App>,
        /// The review's id.
        id: Path<Uuid>,
        body: Body<AppealBody>,
    ) -> Result<Answer<StatementView>, Error> {
        let now = app.clock.now();
        let text = statement("/text", &body.text)?;
        let mut tx = app.db.write().await?;
        let review = find(&mut tx, id.0).await?;
        be_author(&app, &review, &body.author_token)?;
        let removal = store::removal_of(&mut tx, review.id).await?;
        let by_operator = review.removal.is_some_and(|(reason, _)| reason.as_str() != "author-withdrew");
        let Some(mut removal) = removal.filter(|_| by_operator) else {
            return Err(Error::new(practitioners::NOTHING_TO_APPEAL, "No operator has removed this review."));
        };
        if removal.appeal_until() <= now {
            let detail = format!("It could be appealed until {}.", removal.appeal_until().date());
            return Err(Error::new(practitioners::APPEAL_TOO_LATE, detail));
        }
        if !store::appeal(&mut tx, removal.id, &text, now).await? {
            return Err(Error::new(practitioners::APPEALED_ALREADY, "A removal is appealed once."));
        }
        ops::log_moderation(&mut tx, &app, Op::Appeal, &review, None, now).await?;
        tx.commit().await?;
        removal.appeal = Some((text, now));
        Ok(Answer::new(&StatementView::new(&removal, &app.config.public_url)).private())
    }

    /// Decide an appeal
    ///
    /// By another person than the one who removed the review, tied to the listing by nothing. A review
    /// that is restored counts again as it did.
    ///
    /// Problems: 403 `same-operator`, 403 `tied-to-listing`, 404 `not-found`, 409 `nothing-to-appeal`, 409
    /// `decided-already`, 422 `invalid`.
    #[oai(path = "/reviews/:id/appeals/decision", method = "post", operation_id = "decide_appeal")]
    async fn decide(
        &self,
        operator: Operator,
        app: Data<&App>,
        /// The review's id.
        id: Path<Uuid>,
        body: Body<DecisionBody>,
    ) -> Result<Answer<StatementView>, Error> {
        let now = app.clock.now();
        let findings = statement("/findings", &body.findings)?;
        let mut tx = app.db.write().await?;
        let mut review = find(&mut tx, id.0).await?;
        untied(&mut tx, &operator, review.practitioner_id).await?;
        let removal = store::removal_of(&mut tx, review.id).await?.filter(|removal| removal.appeal.is_some());
        let Some(mut removal) = removal else {
            return Err(Error::new(practitioners::NOTHING_TO_APPEAL, "Nobody has appealed."));
        };
        if removal.decided_by_token == operator.token_id || removal.decided_by == operator.actor() {
            return Err(Error::new(
                practitioners::SAME_OPERATOR,
                "Who removed a review does not decide the appeal. Ask another operator.",
            ));
        }
        let outcome = body.outcome;
        if !store::decide_appeal(&mut tx, removal.id, (outcome, &findings), &operator.actor(), now).await? {
            return Err(Error::new(practitioners::DECIDED_ALREADY, "The appeal was decided before."));
        }
        ops::log_moderation(&mut tx, &app, Op::AppealDecide, &review, Some(outcome), now).await?;
        if outcome == AppealOutcome::Restored && review.state == ReviewState::Removed {
            ops::restore(&mut tx, &app, &mut review, now).await?;
        }
        removal.outcome = Some((outcome, findings, now));
        ops::tell_author(&mut tx, &app, &review, &removal).await?;
        tx.commit().await?;
        Ok(Answer::new(&StatementView::new(&removal, &app.config.public_url)).private())
    }

    /// Declare a tie to a listing
    ///
    /// An operator who is tied to a listing (works there, trained them, is family, competes) says so once
    /// and decides nothing about it from then on, by any token of that name. It is not taken back.
    ///
    /// Problems: 404 `not-found`, 410 `listing-removed`, 422 `invalid`.
    #[oai(path = "/practitioners/:number/tie", method = "put", operation_id = "declare_tie")]
    async fn tie(
        &self,
        operator: Operator,
        app: Data<&App>,
        /// The listing's number.
        number: Path<Number>,
        body: Body<TieBody>,
    ) -> Result<NoContent, Error> {
        let why = statement("/why", &body.why)?;
        let mut tx = app.db.write().await?;
        let about = listing(&mut tx, number.0, "/tie").await?;
        let who = (operator.token_id, operator.actor());
        practitioners::insert_tie(&mut tx, (who.0, &who.1), about.id, &why, app.clock.now()).await?;
        tx.commit().await?;
        Ok(NoContent)
    }
}
