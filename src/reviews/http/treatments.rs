//! Treatments: what a practitioner records, so that the client is invited.

use poem::http::Uri;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use time::Date;
use uuid::Uuid;

use super::listing;
use crate::accounts::http::ListingKeeper;
use crate::app::{App, Tag};
use crate::platform::clock::Ts;
use crate::platform::http::list::page;
use crate::platform::http::{Answer, Binding, Body, Created, Idempotency, Page, Paging, Validate};
use crate::platform::id::Number;
use crate::platform::problem::Error;
use crate::platform::vault::Private;
use crate::reviews::model::{CardView, TreatmentInput, TreatmentView};
use crate::reviews::{ops, store};
use crate::vocabulary::{ReviewVerification, Service};

/// `/v1/practitioners/{number}/treatments`.
pub struct TreatmentsApi;

/// A treatment to record: one client's whole course. It says nothing about the client's condition; that
/// is theirs to state.
#[derive(Object)]
#[oai(deny_unknown_fields, rename = "NewTreatment")]
struct NewTreatmentBody {
    /// What is done.
    service: Service,
    /// The days of its sessions, the first of which has come; planned ones may follow.
    #[oai(validator(min_items = 1, max_items = 12))]
    sessions: Vec<Date>,
    /// The client's e-mail address. It is sealed, shown to nobody, used for the invitations alone, and
    /// erased thirteen months after the last session.
    #[oai(validator(max_length = 254))]
    email: Option<String>,
    /// True for a client without e-mail: the answer has a code to print and hand out, and the review says
    /// that it came by a card.
    #[oai(default)]
    printed_card: bool,
}

impl Validate for NewTreatmentBody {}

/// A session to add.
#[derive(Object)]
#[oai(deny_unknown_fields, rename = "NewSession")]
struct SessionBody {
    /// Its day.
    on: Date,
}

impl Validate for SessionBody {}

#[OpenApi(prefix_path = "/v1/practitioners", tag = "Tag::Reviews")]
impl TreatmentsApi {
    /// Record a treatment
    ///
    /// At its first session. The client's invitation to review goes out at once, by e-mail straight to
    /// them; others follow when the work has healed, has settled, and after a year. None can be withheld,
    /// withdrawn or read here. For a client without e-mail the answer holds the code of a card to print;
    /// it is shown this once.
    ///
    /// Problems: 403 `forbidden`, 410 `listing-removed`, 422 `invalid`.
    #[oai(path = "/:number/treatments", method = "post", operation_id = "record_treatment")]
    async fn record(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The listing's number.
        number: Path<Number>,
        /// A key of your own making: sent again with the same request, it records nothing twice. The code
        /// of a card is not answered again.
        #[oai(name = "Idempotency-Key")]
        once: Idempotency,
        body: Body<NewTreatmentBody>,
    ) -> Result<Created<TreatmentView>, Error> {
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        let about = listing(&mut tx, number.0, "/treatments").await?;
        keeper.may_keep(about.id, &about.number.to_string())?;
        if let Some(answer) = once.answered(&mut tx, now).await? {
            return Ok(answer);
        }
        let NewTreatmentBody { service, sessions, email, printed_card } = body.0;
        let input = TreatmentInput { service, sessions, email: email.map(Private::new), printed_card };
        let new = input.check(now.date()).map_err(Error::invalid)?;
        let (treatment, card) = ops::record(&mut tx, &app, about, &new, keeper.actor()).await?;
        let mut view = TreatmentView::new(&treatment, &app.config.public_url);
        // What is kept for a repetition is the answer without the card's code, which is kept nowhere.
        let answer = Created::new(&view).location(&view.url);
        once.keep(&mut tx, &answer).await?;
        tx.commit().await?;
        let Some((token, expires_at)) = card else { return Ok(answer) };
        view.card = Some(CardView {
            address: format!("{}/review/{}", app.config.public_url, token.reveal()),
            code: token.reveal().to_owned(),
            expires_at,
            label: ReviewVerification::named("invited-by-card").label().to_owned(),
        });
        Ok(Created::new(&view).location(&view.url).private())
    }

    /// List a listing's treatments
    ///
    /// What the practitioner recorded, newest first: services, days, how the client is invited. Neither
    /// the client's address nor whether they wrote.
    ///
    /// Problems: 403 `forbidden`, 410 `listing-removed`.
    #[oai(path = "/:number/treatments", method = "get", operation_id = "list_treatments")]
    async fn list(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        uri: &Uri,
        /// The listing's number.
        number: Path<Number>,
        /// How many at most.
        #[oai(default = "page", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<usize>,
        /// From `next_cursor` of the page before.
        #[oai(validator(max_length = 1024))]
        cursor: Query<Option<String>>,
    ) -> Result<Answer<Page<TreatmentView>>, Error> {
        let mut conn = app.db.snapshot().await?;
        let about = listing(&mut conn, number.0, "/treatments").await?;
        keeper.may_keep(about.id, &about.number.to_string())?;
        let binding = Binding::new("treatments").with("listing", &about.number.to_string());
        let paging = Paging::new(&app.cursors, uri, binding, cursor.as_deref(), limit.0);
        let before = paging.after((Ts::MAX, Uuid::max()))?;
        let mut rows = store::treatments_before(&mut conn, about.id, before, paging.rows()).await?;
        let count = store::count_treatments(&mut conn, about.id).await?;
        let next = paging.cut(&mut rows, |last| (last.created_at, last.id))?;
        let items = rows.iter().map(|row| TreatmentView::new(row, &app.config.public_url)).collect();
        Ok(paging.answer(items, count, next).private())
    }

    /// Add a session to a treatment
    ///
    /// The stage of a review counts from the last session that was held. An invitation that was sent at a
    /// stage stays good for it.
    ///
    /// Problems: 403 `forbidden`, 404 `not-found`, 422 `invalid`.
    #[oai(path = "/:number/treatments/:id/sessions", method = "post", operation_id = "add_session")]
    async fn add_session(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The listing's number.
        number: Path<Number>,
        /// The treatment's id.
        id: Path<Uuid>,
        body: Body<SessionBody>,
    ) -> Result<Answer<TreatmentView>, Error> {
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        let about = listing(&mut tx, number.0, "/treatments").await?;
        keeper.may_keep(about.id, &about.number.to_string())?;
        let found = store::treatment(&mut tx, id.0).await?;
        let own = found.filter(|treatment| treatment.practitioner_id == about.id && treatment.is_recorded());
        let mut treatment = own.ok_or_else(|| {
            Error::not_found(format!("The listing {} recorded no treatment {}.", about.number, id.0))
        })?;
        treatment.add_session(body.on, now.date()).map_err(Error::invalid)?;
        if treatment.contact.is_some() {
            treatment.follow_up_at = treatment.next_follow_up(now);
        }
        if treatment.contact_until.is_some() {
            treatment.contact_until = Some(treatment.kept_until());
        }
        store::update_schedule(&mut tx, &treatment).await?;
        tx.commit().await?;
        Ok(Answer::new(&TreatmentView::new(&treatment, &app.config.public_url)).private())
    }
}
