//! Concerns about practitioners: raised by anybody, private until an operator has looked into them.

use poem::http::Uri;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Enum, Object, OpenApi};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{listing, untied};
use crate::accounts::http::Operator;
use crate::app::{App, Tag};
use crate::platform::clock::Ts;
use crate::platform::http::list::page;
use crate::platform::http::{Accepted, Answer, Binding, Body, Page, Paging, Validate};
use crate::platform::id::Number;
use crate::platform::problem::Error;
use crate::practitioners::{self, statement};
use crate::reviews::model::{ConcernKind, ConcernState, ConcernView};
use crate::reviews::{ops, store};
use crate::transparency::{self, Op};

/// `/v1/concerns`, and raising one about a listing.
pub struct ConcernsApi;

/// A concern to raise.
#[derive(Object)]
#[oai(deny_unknown_fields, rename = "NewConcern")]
struct ConcernBody {
    /// What it is about.
    kind: ConcernKind,
    /// What you know about it.
    #[oai(validator(min_length = 20, max_length = 4000))]
    text: String,
}

impl Validate for ConcernBody {}

/// A concern that was taken in.
#[derive(Debug, Object, Serialize)]
struct ConcernRaised {
    /// By when an operator decides.
    due_at: Ts,
    /// What happens now.
    next: String,
}

/// What an operator found.
#[derive(Clone, Copy, Enum)]
#[oai(rename_all = "kebab-case")]
enum ConcernOutcome {
    /// It is so.
    Upheld,
    /// It is not so.
    Unfounded,
}

/// The decision of a concern.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ConcernDecision {
    /// Whether it is so.
    outcome: ConcernOutcome,
    /// What was found.
    #[oai(validator(min_length = 20, max_length = 4000))]
    findings: String,
}

impl Validate for ConcernDecision {}

fn open() -> ConcernState {
    ConcernState::Open
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Reviews")]
impl ConcernsApi {
    /// Raise a concern about a practitioner
    ///
    /// That somebody is unsafe, untrained, or pretends to be another. Operators see it, nobody else; they
    /// have three days where somebody may be hurt, fourteen otherwise. A review that says its practitioner
    /// is unqualified raises one by itself, and stays.
    ///
    /// Problems: 404 `not-found`, 410 `listing-removed`, 422 `invalid`.
    #[oai(path = "/practitioners/:number/concerns", method = "post", operation_id = "raise_concern")]
    async fn raise(
        &self,
        app: Data<&App>,
        /// The listing's number.
        number: Path<Number>,
        body: Body<ConcernBody>,
    ) -> Result<Accepted<ConcernRaised>, Error> {
        let detail = statement("/text", &body.text)?;
        let mut tx = app.db.write().await?;
        let about = listing(&mut tx, number.0, "/concerns").await?;
        let due_at = ops::raise_concern(&mut tx, &app, about, None, body.kind, detail).await?;
        tx.commit().await?;
        let next =
            "An operator who is not tied to the listing looks into it. Until then nobody else sees it.";
        Ok(Accepted::new(&ConcernRaised { due_at, next: next.to_owned() }).private())
    }

    /// List concerns
    ///
    /// Those due first in front.
    #[oai(path = "/concerns", method = "get", operation_id = "list_concerns")]
    async fn list(
        &self,
        _operator: Operator,
        app: Data<&App>,
        uri: &Uri,
        /// What became of them.
        #[oai(default = "open")]
        state: Query<ConcernState>,
        /// How many at most.
        #[oai(default = "page", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<usize>,
        /// From `next_cursor` of the page before.
        #[oai(validator(max_length = 1024))]
        cursor: Query<Option<String>>,
    ) -> Result<Answer<Page<ConcernView>>, Error> {
        let now = app.clock.now();
        let binding = Binding::new("concerns").with("state", &format!("{:?}", state.0));
        let paging = Paging::new(&app.cursors, uri, binding, cursor.as_deref(), limit.0);
        let after = paging.after((Ts::ZERO, Uuid::nil()))?;
        let mut conn = app.db.snapshot().await?;
        let mut rows = store::concerns_after(&mut conn, state.0, after, paging.rows()).await?;
        let count = store::count_concerns(&mut conn, state.0).await?;
        let next = paging.cut(&mut rows, |last| (last.due_at, last.id))?;
        let items = rows.iter().map(|row| ConcernView::new(row, &app.config.public_url, now)).collect();
        Ok(paging.answer(items, count, next).private())
    }

    /// Decide a concern
    ///
    /// With what was found.
    ///
    /// Problems: 403 `tied-to-listing`, 404 `not-found`, 409 `decided-already`, 422 `invalid`.
    #[oai(path = "/concerns/:id/decision", method = "post", operation_id = "decide_concern")]
    async fn decide(
        &self,
        operator: Operator,
        app: Data<&App>,
        /// The concern's id.
        id: Path<Uuid>,
        body: Body<ConcernDecision>,
    ) -> Result<Answer<ConcernView>, Error> {
        let now = app.clock.now();
        let findings = statement("/findings", &body.findings)?;
        let state = match body.outcome {
            ConcernOutcome::Upheld => ConcernState::Upheld,
            ConcernOutcome::Unfounded => ConcernState::Unfounded,
        };
        let none = || Error::not_found(format!("There is no concern {}.", id.0));
        let mut tx = app.db.write().await?;
        let concern = store::concern(&mut tx, id.0).await?.ok_or_else(none)?;
        untied(&mut tx, &operator, concern.practitioner_id).await?;
        if !store::decide_concern(&mut tx, id.0, (state, &findings), &operator.actor(), now).await? {
            return Err(Error::new(practitioners::DECIDED_ALREADY, "The concern was decided before."));
        }
        let concern = store::concern(&mut tx, id.0).await?.ok_or_else(none)?;
        let record =
            json!({"at": now, "concern": concern.id, "listing": concern.listing, "outcome": concern.state});
        let about = (concern.id, concern.practitioner_id);
        transparency::record(&mut tx, &app.ids, Op::ConcernDecide, about, &record, now).await?;
        tx.commit().await?;
        Ok(Answer::new(&ConcernView::new(&concern, &app.config.public_url, now)).private())
    }
}
