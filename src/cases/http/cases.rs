//! Making, reading, changing and removing a case.

use poem::Request;
use poem::http::Uri;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::types::MaybeUndefined;
use poem_openapi::{Object, OpenApi};
use time::Date;
use uuid::Uuid;

use super::view;
use crate::accounts::Role;
use crate::accounts::http::{ListingKeeper, caller};
use crate::app::{App, Tag};
use crate::cases::model::{Case, CaseEnd, CaseState, CaseView, Details, Loss, StatedConsent, Traits};
use crate::cases::{ops, store};
use crate::platform::clock::Ts;
use crate::platform::http::list::page;
use crate::platform::http::{
    Answer, Binding, Body, Created, Idempotency, IfMatch, NoContent, Page, Paging, Validate, Version,
};
use crate::platform::id::Number;
use crate::platform::problem::Error;
use crate::vocabulary::{Condition, Technique};

/// `/v1/practitioners/{number}/cases` and `/v1/cases/{id}`.
pub struct CasesApi;

/// A new case: a draft, until it is published.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct NewCase {
    /// What the client came with.
    #[oai(validator(min_items = 1, max_items = 20))]
    conditions: Vec<Condition>,
    /// How much hair is missing: on a scale for pattern loss, by area and extent for everything else.
    #[oai(default)]
    loss: Loss,
    /// Who the client is, in the client's own words.
    #[oai(default)]
    client: Traits,
    /// How the work was done.
    #[oai(default, validator(max_items = 20))]
    techniques: Vec<Technique>,
    /// The days of the treatment.
    #[oai(default, validator(max_items = 40))]
    sessions: Vec<Date>,
    /// What the client agreed to, as the practitioner says.
    consent: Option<StatedConsent>,
}

impl Validate for NewCase {}

/// Changes to a case. What is left out stays; lists and objects are replaced as a whole.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct CaseChange {
    /// What the client came with.
    #[oai(validator(min_items = 1, max_items = 20))]
    conditions: Option<Vec<Condition>>,
    /// How much hair is missing.
    loss: Option<Loss>,
    /// Who the client is.
    client: Option<Traits>,
    /// How the work was done.
    #[oai(validator(max_items = 20))]
    techniques: Option<Vec<Technique>>,
    /// The days of the treatment.
    #[oai(validator(max_items = 40))]
    sessions: Option<Vec<Date>>,
    /// What the client agreed to, as the practitioner says; null takes the statement back.
    #[oai(nullable)]
    consent: MaybeUndefined<StatedConsent>,
    /// Whether everybody sees it. Refused while something is missing, which the refusal lists.
    published: Option<bool>,
}

impl Validate for CaseChange {}

impl CaseChange {
    fn apply(self, case: &mut Case, now: Ts) {
        let details = &mut case.details;
        if let Some(conditions) = self.conditions {
            details.conditions = conditions;
        }
        if let Some(loss) = self.loss {
            details.loss = loss;
        }
        if let Some(client) = self.client {
            details.client = client;
        }
        if let Some(techniques) = self.techniques {
            details.techniques = techniques;
        }
        if let Some(sessions) = self.sessions {
            details.sessions = sessions;
        }
        match self.consent {
            MaybeUndefined::Undefined => {}
            MaybeUndefined::Null => details.consent = None,
            MaybeUndefined::Value(consent) => details.consent = Some(consent),
        }
        details.tidy();
        match self.published {
            Some(true) => {
                case.state = CaseState::Published;
                case.published_at = case.published_at.or(Some(now));
            }
            Some(false) => case.state = CaseState::Draft,
            None => {}
        }
    }
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Cases")]
impl CasesApi {
    /// Make a case
    ///
    /// One client's story, as a draft that only its keeper sees. Add photos below it, then publish it with
    /// PATCH; `missing` in the answer says what is still needed. Scales are for pattern loss: Norwood for
    /// `male-pattern`, Ludwig for `female-pattern`; everything else is described by areas and extent.
    ///
    /// Problems: 403 `forbidden`, 409 `too-many-in-case`, 410 `listing-removed`, 422 `invalid`.
    #[oai(path = "/practitioners/:number/cases", method = "post", operation_id = "create_case")]
    async fn create(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The listing's number.
        number: Path<Number>,
        /// A key of your own making: sent again with the same request, it makes nothing twice.
        #[oai(name = "Idempotency-Key")]
        once: Idempotency,
        body: Body<NewCase>,
    ) -> Result<Created<CaseView>, Error> {
        let now = app.clock.now();
        let NewCase { conditions, loss, client, techniques, sessions, consent } = body.0;
        let mut details = Details { conditions, loss, client, techniques, sessions, consent };
        details.tidy();
        let faults = details.faults(now.date());
        let mut tx = app.db.write().await?;
        let owner = ops::listing(&mut tx, number.0).await?;
        keeper.may_keep(owner, &number.to_string())?;
        if let Some(answer) = once.answered(&mut tx, now).await? {
            return Ok(answer);
        }
        if !faults.is_empty() {
            return Err(Error::invalid(faults));
        }
        let case = ops::create(&mut tx, &app, owner, number.0, details).await?;
        let view = view(&mut tx, &app, &case, Some(now.date())).await?;
        let answer = Created::new(&view).location(&view.url).version(Version(case.version));
        once.keep(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// List a listing's cases
    ///
    /// Newest first. The listing's keeper also gets drafts, with what each of them misses.
    ///
    /// Problems: 301 `moved`, 404 `not-found`, 410 `listing-removed`.
    #[oai(path = "/practitioners/:number/cases", method = "get", operation_id = "list_listing_cases")]
    async fn list(
        &self,
        request: &Request,
        app: Data<&App>,
        uri: &Uri,
        /// The listing's number.
        number: Path<Number>,
        /// Where to go on: `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// How many at most.
        #[oai(default = "page", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<usize>,
    ) -> Result<Answer<Page<CaseView>>, Error> {
        let today = app.clock.today();
        let mut conn = app.db.snapshot().await?;
        let owner = ops::listing(&mut conn, number.0).await?;
        let keeps = caller(request).is_some_and(|caller| caller.keeps(Role::Practitioner, owner));
        let binding = Binding::new("listing-cases")
            .with("number", &number.to_string())
            .with("drafts", if keeps { "true" } else { "false" });
        let paging = Paging::new(&app.cursors, uri, binding, cursor.as_deref(), limit.0);
        let before = paging.after((Ts::MAX, Uuid::max()))?;
        let mut cases = store::cases_of(&mut conn, owner, keeps, before, paging.rows()).await?;
        let count = store::count_cases(&mut conn, owner, keeps).await?;
        let next = paging.cut(&mut cases, |last| (last.created_at, last.id))?;
        // One whose consent has just run out is counted until it is swept away, and not shown.
        cases.retain(|case| keeps || case.is_shown(today));
        let mut items = Vec::with_capacity(cases.len());
        for case in &cases {
            items.push(view(&mut conn, &app, case, keeps.then_some(today)).await?);
        }
        let answer = paging.answer(items, count, next);
        Ok(if keeps { answer.private() } else { answer })
    }

    /// Read a case
    ///
    /// Its keeper reads drafts too. A case that was taken away answers 410 with the reason.
    ///
    /// Problems: 404 `not-found`, 410 `case-ended`.
    #[oai(path = "/cases/:id", method = "get", operation_id = "read_case")]
    async fn read(
        &self,
        request: &Request,
        app: Data<&App>,
        /// The case's id.
        id: Path<Uuid>,
    ) -> Result<Answer<CaseView>, Error> {
        let today = app.clock.today();
        let mut conn = app.db.snapshot().await?;
        let (case, keeps) = ops::find_to_see(&mut conn, id.0, caller(request), today).await?;
        let view = view(&mut conn, &app, &case, keeps.then_some(today)).await?;
        let answer = Answer::new(&view).version(Version(case.version)).last_modified(case.updated_at);
        Ok(if keeps { answer.private() } else { answer })
    }

    /// Change a case
    ///
    /// What is left out stays as it is; lists and objects are replaced as a whole. `published` shows the
    /// case to everybody, or to nobody. A case that is shown keeps what showing it needs: a photo from before
    /// and a settled or healed one in the same view, a close-up, its facts, and consent.
    ///
    /// Problems: 403 `forbidden`, 410 `case-ended`, 412 `precondition-failed`, 422 `invalid` and
    /// `not-publishable` with everything that is missing, 428 `precondition-required`.
    #[oai(path = "/cases/:id", method = "patch", operation_id = "change_case")]
    async fn change(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The case's id.
        id: Path<Uuid>,
        /// The version the change was made from.
        #[oai(name = "If-Match")]
        if_match: IfMatch,
        body: Body<CaseChange>,
    ) -> Result<Answer<CaseView>, Error> {
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        let before = ops::find(&mut tx, id.0).await?;
        keeper.may_keep(before.practitioner, &before.listing.to_string())?;
        if_match.check(Version(before.version))?;
        let photos = store::photos(&mut tx, &[before.id]).await?;
        let mut after = before.clone();
        body.0.apply(&mut after, now);
        ops::change(&mut tx, &app, (&before, &after), &photos, now).await?;
        let case = ops::find(&mut tx, id.0).await?;
        let view = view(&mut tx, &app, &case, Some(now.date())).await?;
        tx.commit().await?;
        Ok(Answer::new(&view).version(Version(case.version)).last_modified(case.updated_at).private())
    }

    /// Remove a case
    ///
    /// For good, with its photos and all it said; its address answers 410 from then on.
    ///
    /// Problems: 403 `forbidden`, 410 `case-ended`, 412 `precondition-failed`, 428 `precondition-required`.
    #[oai(path = "/cases/:id", method = "delete", operation_id = "remove_case")]
    async fn remove(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The case's id.
        id: Path<Uuid>,
        /// The version that was read.
        #[oai(name = "If-Match")]
        if_match: IfMatch,
    ) -> Result<NoContent, Error> {
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        let case = ops::find(&mut tx, id.0).await?;
        keeper.may_keep(case.practitioner, &case.listing.to_string())?;
        if_match.check(Version(case.version))?;
        ops::end(&mut tx, &app, &case, CaseEnd::Removed, now).await?;
        tx.commit().await?;
        Ok(NoContent)
    }
}
