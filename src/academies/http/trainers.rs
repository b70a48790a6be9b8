//! The people who teach at an academy.

use poem::http::Uri;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::recognitions::Evidence;
use super::{Tag, academy_url, begin, find, note, too_many};
use crate::academies::model::{AcademyAction, NewTrainer, Trainer, What};
use crate::academies::store;
use crate::accounts::http::AcademyKeeper;
use crate::app::App;
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::http::list::page;
use crate::platform::http::{Answer, Binding, Body, Created, Idempotency, Page, Paging, Validate};
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::Error;

/// `/v1/academies/{slug}/trainers`.
pub struct TrainersApi;

/// A trainer to enter.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields, rename = "NewTrainer")]
struct NewTrainerBody {
    /// Their name.
    #[oai(validator(min_length = 2, max_length = 120))]
    name: String,
    /// The year they began to practise.
    #[oai(validator(minimum(value = "1950"), maximum(value = "2100")))]
    practising_since: Option<i32>,
    /// The number of their own listing here, `SMP-…`.
    listing: Option<Number>,
    /// What their experience rests on.
    evidence: Option<Evidence>,
}

impl Validate for NewTrainerBody {}

/// A trainer.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "Trainer", skip_serializing_if_is_none)]
struct TrainerView {
    /// Where the academy's trainers are listed.
    url: String,
    /// Their number, which course versions name.
    number: Number,
    /// Their name.
    name: String,
    /// The year they began to practise, as the academy says.
    #[serde(skip_serializing_if = "Option::is_none")]
    practising_since: Option<i32>,
    /// Their own listing here, as the academy says.
    #[serde(skip_serializing_if = "Option::is_none")]
    listing: Option<Number>,
    /// What their experience rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Evidence>,
    /// When they were entered.
    updated_at: Ts,
}

impl TrainerView {
    fn new(app: &App, slug: &str, trainer: Trainer) -> Self {
        Self {
            url: format!("{}/trainers", academy_url(app, slug)),
            number: trainer.number,
            name: trainer.name,
            practising_since: trainer.practising_since,
            listing: trainer.listing,
            evidence: Evidence::shown(trainer.evidence_url, trainer.evidence_text),
            updated_at: trainer.created_at,
        }
    }
}

#[OpenApi(prefix_path = "/v1/academies", tag = "Tag::Academies")]
impl TrainersApi {
    /// Add a trainer
    ///
    /// Gives the trainer a number, which versions of courses then name. What is said about a trainer is
    /// the academy's word.
    #[oai(path = "/:slug/trainers", method = "post", operation_id = "add_trainer")]
    async fn add(
        &self,
        keeper: AcademyKeeper,
        app: Data<&App>,
        /// The academy.
        slug: Path<String>,
        /// Makes the request safe to repeat: the same key answers the same within a day.
        #[oai(name = "Idempotency-Key")]
        once: Idempotency,
        body: Body<NewTrainerBody>,
    ) -> Result<Created<TrainerView>, Error> {
        let now = app.clock.now();
        let NewTrainerBody { name, practising_since, listing, evidence } = body.0;
        let evidence = evidence.unwrap_or_default();
        let (evidence_url, evidence_text) = (evidence.url, evidence.text);
        let new = NewTrainer { name, practising_since, listing, evidence_url, evidence_text };
        let faults = new.faults(now.date().year());
        if !faults.is_empty() {
            return Err(Error::invalid(faults));
        }
        let (mut tx, academy) = begin(&app, &slug, &keeper, now).await?;
        if let Some(answer) = once.answered(&mut tx, now).await? {
            return Ok(answer);
        }
        if store::count_trainers(&mut tx, academy.id).await? >= limits::TRAINERS {
            return Err(too_many("trainers", limits::TRAINERS));
        }
        let trainer = Trainer::enter(app.ids.uuid(), app.ids.number(NumberKind::Trainer), new, now);
        store::insert_trainer(&mut tx, academy.id, &trainer).await?;
        let what = What::on(AcademyAction::TrainerAdded, trainer.number.to_string());
        note(&mut tx, &app, &academy, keeper.actor(), what, now).await?;
        let view = TrainerView::new(&app, &academy.slug, trainer);
        let answer = Created::new(&view).location(&view.url);
        once.keep(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// List an academy's trainers
    ///
    /// In the order they were entered.
    #[oai(path = "/:slug/trainers", method = "get", operation_id = "list_trainers")]
    async fn list(
        &self,
        app: Data<&App>,
        uri: &Uri,
        /// The academy.
        slug: Path<String>,
        /// Where to go on: `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// How many at most.
        #[oai(default = "page", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<usize>,
    ) -> Result<Answer<Page<TrainerView>>, Error> {
        let binding = Binding::new("trainers").with("slug", &slug);
        let paging = Paging::new(&app.cursors, uri, binding, cursor.as_deref(), limit.0);
        let after = paging.after((Ts::ZERO, Uuid::nil()))?;
        let mut conn = app.db.snapshot().await?;
        let academy = find(&mut conn, &slug).await?;
        let mut trainers = store::list_trainers(&mut conn, academy.id, after, paging.rows()).await?;
        let count = store::count_trainers(&mut conn, academy.id).await?;
        let next = paging.cut(&mut trainers, |last| (last.created_at, last.id))?;
        let items =
            trainers.into_iter().map(|trainer| TrainerView::new(&app, &academy.slug, trainer)).collect();
        Ok(paging.answer(items, count, next))
    }
}
