//! What the practitioner says back, what readers find helpful, and what somebody reports.

use poem::Request;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::{address_mark, answer, find, shown};
use crate::accounts::Role;
use crate::accounts::http::ListingKeeper;
use crate::app::{App, Tag};
use crate::config::limits;
use crate::platform::http::{Accepted, Answer, Body, IfMatch, Validate, Version};
use crate::platform::problem::{Error, Fault};
use crate::practitioners::{self, statement};
use crate::reviews::model::{Report, ReportSource, ReportState, ReviewView, reply_faults};
use crate::reviews::store::ReplyRow;
use crate::reviews::{ops, store};
use crate::vocabulary::RemovalReason;

/// `/v1/reviews/{id}/reply`, `helpful` and `reports`.
pub struct RepliesApi;

/// What the practitioner says to a review.
#[derive(Object)]
#[oai(deny_unknown_fields, rename = "NewReviewReply")]
struct ReplyBody {
    /// Plain text. Never anything about a client's health.
    #[oai(validator(min_length = 1, max_length = 2000))]
    text: String,
}

impl Validate for ReplyBody {}

/// Why a review should be looked at.
#[derive(Object)]
#[oai(deny_unknown_fields, rename = "NewReviewReport")]
struct ReportBody {
    /// What is wrong with it.
    reason: RemovalReason,
    /// In words: what you know about it.
    #[oai(validator(min_length = 10, max_length = 4000))]
    text: String,
}

impl Validate for ReportBody {
    fn faults(&self) -> Vec<Fault> {
        if self.reason.as_str() == "author-withdrew" {
            let detail = "Only its author withdraws a review, with the author token: POST …/withdrawal.";
            return vec![Fault::new("/reason", "not-a-reason", detail)];
        }
        Vec::new()
    }
}

/// A report that was taken in.
#[derive(Debug, Object, Serialize)]
struct ReviewReported {
    /// What happens now.
    next: String,
}

#[OpenApi(prefix_path = "/v1/reviews", tag = "Tag::Reviews")]
impl RepliesApi {
    /// Reply to a review
    ///
    /// One reply for each review, by the practitioner themselves; writing it again makes the next version,
    /// and every version stays readable. A reply that may tell of a client's health is refused.
    ///
    /// Problems: 403 `forbidden`, 404 `not-found`, 409 `review-removed`, 412 `precondition-failed`, 422
    /// `invalid`, 428 `precondition-required`.
    #[oai(path = "/:id/reply", method = "put", operation_id = "reply_to_review")]
    async fn reply(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The review's id.
        id: Path<Uuid>,
        /// The version of the review that was read.
        #[oai(name = "If-Match")]
        if_match: IfMatch,
        body: Body<ReplyBody>,
    ) -> Result<Answer<ReviewView>, Error> {
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        let mut review = find(&mut tx, id.0).await?;
        if keeper.role == Role::Operator {
            return Err(Error::forbidden("An operator cannot reply in the place of a practitioner."));
        }
        keeper.may_keep(review.practitioner_id, &review.listing.to_string())?;
        if_match.check(Version(review.version))?;
        shown(&review)?;
        let mut faults = Vec::new();
        let text = practitioners::paragraphs("/text", Some(&body.text), limits::REPLY_CHARS, &mut faults);
        let text = text.unwrap_or_default();
        if text.is_empty() {
            faults.push(Fault::required("/text"));
        }
        faults.extend(reply_faults(&text));
        if !faults.is_empty() {
            return Err(Error::invalid(faults));
        }
        ops::save(&mut tx, &mut review, now).await?;
        let reply = ReplyRow { review_id: review.id, version: review.version, text, at: now };
        store::insert_reply(&mut tx, &reply).await?;
        ops::announce(&mut tx, &review, now).await?;
        let answer = answer(&mut tx, &app, &review).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Say that a review was helpful
    ///
    /// Once for each caller; saying it again changes nothing. The order `most-helpful` goes by it, the
    /// rating does not.
    ///
    /// Problems: 404 `not-found`, 409 `review-removed`.
    #[oai(path = "/:id/helpful", method = "post", operation_id = "mark_review_helpful")]
    async fn helpful(
        &self,
        app: Data<&App>,
        request: &Request,
        /// The review's id.
        id: Path<Uuid>,
    ) -> Result<Answer<ReviewView>, Error> {
        let mut tx = app.db.write().await?;
        let review = find(&mut tx, id.0).await?;
        shown(&review)?;
        if let Some(voter) = address_mark(&app, request)
            && store::vote(&mut tx, review.id, voter).await?
        {
            ops::announce(&mut tx, &review, app.clock.now()).await?;
        }
        let review = find(&mut tx, id.0).await?;
        let answer = answer(&mut tx, &app, &review).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Report a review
    ///
    /// Anybody may, for one of the closed reasons a review is removed for; once for each caller and
    /// review. A low rating, a disputed outcome, a price, or the claim that somebody is not qualified is
    /// not among them. A person decides.
    ///
    /// Problems: 404 `not-found`, 409 `review-removed`, 422 `invalid`.
    #[oai(path = "/:id/reports", method = "post", operation_id = "report_review")]
    async fn report(
        &self,
        app: Data<&App>,
        request: &Request,
        /// The review's id.
        id: Path<Uuid>,
        body: Body<ReportBody>,
    ) -> Result<Accepted<ReviewReported>, Error> {
        let detail = statement("/text", &body.text)?;
        let mut tx = app.db.write().await?;
        let review = find(&mut tx, id.0).await?;
        shown(&review)?;
        let report = Report {
            id: app.ids.uuid(),
            review_id: review.id,
            source: ReportSource::Person,
            reason: body.reason.as_str().to_owned(),
            detail,
            reporter_mark: address_mark(&app, request),
            state: ReportState::Open,
            at: app.clock.now(),
            closed_at: None,
        };
        store::insert_report(&mut tx, &report).await?;
        tx.commit().await?;
        let next = "An operator who is not tied to the listing looks at it. If the review is removed, its place says why.";
        Ok(Accepted::new(&ReviewReported { next: next.to_owned() }).private())
    }
}
