//! "Ask my academy to sign": training a practitioner states becomes a request in the academy's list, and one confirmation
//! turns it into a certificate.

use poem::http::Uri;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use time::Date;
use uuid::Uuid;

use super::{listing_number, newest, submitted};
use crate::academies::{self, Academy};
use crate::accounts::Role;
use crate::accounts::http::{AcademyKeeper, ListingKeeper};
use crate::app::{App, Tag};
use crate::certificates::model::{CertificateView, DeclineReason, RequestState, SigningRequest};
use crate::certificates::ops;
use crate::certificates::ops::issue::Order;
use crate::certificates::store::{self, request};
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Tx};
use crate::platform::http::list::page;
use crate::platform::http::{Answer, Binding, Body, Created, Idempotency, Page, Paging, Validate};
use crate::platform::id::Number;
use crate::platform::problem::{Error, Fault, shorten};
use crate::practitioners::{self, Practitioner, Standing};
use crate::transparency;

/// `/v1/practitioners/{number}/signing-requests`, `/v1/academies/{slug}/signing-requests` and
/// `/v1/signing-requests/{id}/…`.
pub struct RequestsApi;

/// Which academy is asked, and to sign what.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct NewSigningRequest {
    /// The academy's slug.
    #[oai(validator(max_length = 40))]
    academy: String,
    /// Which of the listing's `stated_training`, from 0.
    #[oai(validator(maximum(value = "1000")))]
    training: u32,
    /// The number of the paper certificate, where there was one.
    #[oai(validator(min_length = 1, max_length = 60))]
    old_number: Option<String>,
}

impl Validate for NewSigningRequest {}

/// What the academy confirms.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct Confirmation {
    /// The address of the course version: `current.url` of the course.
    #[oai(validator(max_length = 400))]
    course: String,
    /// The day the training was completed, 2015-06-12.
    awarded: Date,
    /// The holder's name as the academy's records have it; that of the listing where it is left out.
    #[oai(validator(min_length = 2, max_length = 120))]
    holder: Option<String>,
}

impl Validate for Confirmation {}

/// Why the academy declines.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct Decline {
    /// Why.
    reason: DeclineReason,
}

impl Validate for Decline {}

/// A request.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "SigningRequest", skip_serializing_if_is_none)]
struct RequestView {
    /// Its address.
    url: String,
    /// Its id.
    id: Uuid,
    /// Where it stands.
    state: RequestState,
    /// The listing it is made for, where it is still there.
    #[serde(skip_serializing_if = "Option::is_none")]
    listing: Option<Number>,
    /// The name of the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The academy's slug.
    academy: String,
    /// What the course was called, as the practitioner states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    course: Option<String>,
    /// In which year, as the practitioner states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    year: Option<i32>,
    /// The number of the paper certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    old_number: Option<String>,
    /// Why the academy declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<DeclineReason>,
    /// The certificate that was signed for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<Number>,
    /// When it was made.
    created_at: Ts,
    /// When it changed last.
    updated_at: Ts,
}

async fn view(app: &App, conn: &mut Conn, request: SigningRequest) -> Result<RequestView, Error> {
    let academy = academies::academy_by_id(conn, request.academy_id).await?;
    let listing = practitioners::load_many(conn, &[request.practitioner_id]).await?.pop();
    let certificate = match request.certificate_id {
        Some(id) => store::number_of(conn, id).await?,
        None => None,
    };
    Ok(RequestView {
        url: format!("{}/v1/signing-requests/{}", app.config.public_url, request.id),
        id: request.id,
        state: request.state,
        listing: listing.as_ref().map(|listing| listing.number),
        name: listing.map(|listing| listing.person_names().name.to_owned()),
        academy: academy.map(|academy| academy.slug).unwrap_or_default(),
        course: request.course,
        year: request.year,
        old_number: request.old_number,
        reason: request.reason,
        certificate,
        created_at: request.created_at,
        updated_at: request.updated_at,
    })
}

async fn listing_of(conn: &mut Conn, number: &str) -> Result<Practitioner, Error> {
    let number = listing_number(number)?;
    match practitioners::standing(conn, number).await? {
        Some(Standing::Listed { .. }) => {}
        other => return Err(practitioners::absence(number, other.as_ref(), "/signing-requests")),
    }
    practitioners::load(conn, number)
        .await?
        .ok_or_else(|| Error::not_found(format!("There is no listing {number}.")))
}

async fn academy_of(conn: &mut Conn, slug: &str) -> Result<Academy, Error> {
    academies::academy_by_slug(conn, slug)
        .await?
        .ok_or_else(|| Error::not_found(format!("There is no academy `{}`.", shorten(slug))))
}

async fn open_request(conn: &mut Conn, id: Uuid) -> Result<SigningRequest, Error> {
    let found = request::find(conn, id).await?;
    let found = found.ok_or_else(|| Error::not_found("There is no such request."))?;
    if found.state == RequestState::Open {
        return Ok(found);
    }
    Err(Error::conflict(format!("This request is {} already.", found.state.as_str())))
}

async fn end(tx: &mut Tx, request: &mut SigningRequest, state: RequestState, now: Ts) -> Result<(), Error> {
    request.state = state;
    request.updated_at = now;
    if request::end(tx, request).await? {
        return Ok(());
    }
    Err(Error::conflict("This request was decided by somebody else in the meantime. Read it again."))
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Certificates")]
impl RequestsApi {
    /// Ask an academy to sign
    ///
    /// Training that the listing states becomes a request in the academy's list, and the academy is written to. It is
    /// seen by the listing's keeper and the academy alone, and counts for nothing until the academy signs.
    #[oai(path = "/practitioners/:number/signing-requests", method = "post", operation_id = "ask_to_sign")]
    async fn ask(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The listing's number, `SMP-…`.
        number: Path<String>,
        /// Makes the request safe to repeat: the same key answers the same within a day.
        #[oai(name = "Idempotency-Key")]
        once: Idempotency,
        body: Body<NewSigningRequest>,
    ) -> Result<Created<RequestView>, Error> {
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        let listing = listing_of(&mut tx, &number).await?;
        keeper.may_keep(listing.id, &listing.number.to_string())?;
        if let Some(answer) = once.answered(&mut tx, now).await? {
            return Ok(answer);
        }
        let academy = academy_of(&mut tx, &body.academy).await?;
        let training = listing.profile.stated_training.get(body.training as usize).ok_or_else(|| {
            let detail = format!("The listing states {} trainings.", listing.profile.stated_training.len());
            Error::invalid(vec![Fault::new("/training", "unknown-training", detail)])
        })?;
        let request = SigningRequest {
            id: app.ids.uuid(),
            practitioner_id: listing.id,
            academy_id: academy.id,
            course: training.course.clone(),
            year: training.year.map(i32::from),
            old_number: body.old_number.as_deref().map(academies::line),
            state: RequestState::Open,
            reason: None,
            certificate_id: None,
            created_at: now,
            updated_at: now,
        };
        let waiting = request::open_between(&mut tx, academy.id, listing.id).await?;
        if waiting.iter().any(|other| other.course == request.course && other.year == request.year) {
            return Err(Error::conflict(
                "The academy has been asked for this training, and has not answered yet.",
            ));
        }
        if request::count_open(&mut tx, listing.id).await? >= limits::SIGNING_REQUESTS {
            let detail = format!("A listing may have {} requests waiting.", limits::SIGNING_REQUESTS);
            return Err(Error::conflict(detail));
        }
        request::insert(&mut tx, &request).await?;
        let letter = academies::asked_to_sign_letter(
            &academy,
            listing.person_names().name,
            (request.course.as_deref(), request.year),
            &app.config.public_url,
        );
        if let Some(letter) = letter {
            app.mail.enqueue(&mut tx, &app.ids, &letter, now).await?;
        }
        let view = view(&app, &mut tx, request).await?;
        let answer = Created::new(&view).location(&view.url);
        once.keep(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// List what a listing's academies were asked to sign
    ///
    /// For the listing's keeper; newest first.
    #[oai(
        path = "/practitioners/:number/signing-requests",
        method = "get",
        operation_id = "list_listing_signing_requests"
    )]
    async fn of_listing(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        uri: &Uri,
        /// The listing's number, `SMP-…`.
        number: Path<String>,
        /// How many at most.
        #[oai(default = "page", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<usize>,
        /// From `next_cursor` of the page before.
        #[oai(validator(max_length = 1024))]
        cursor: Query<Option<String>>,
    ) -> Result<Answer<Page<RequestView>>, Error> {
        let mut conn = app.db.snapshot().await?;
        let listing = listing_of(&mut conn, &number).await?;
        keeper.may_keep(listing.id, &listing.number.to_string())?;
        let binding = Binding::new("listing-requests").with("listing", &listing.number.to_string());
        let paging = Paging::new(&app.cursors, uri, binding, cursor.as_deref(), limit.0);
        let before = paging.after(newest())?;
        let mut rows = request::page_of_listing(&mut conn, listing.id, before, paging.rows()).await?;
        let count = request::count_of_listing(&mut conn, listing.id).await?;
        let next = paging.cut(&mut rows, |last| (last.created_at, last.id))?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            items.push(view(&app, &mut conn, row).await?);
        }
        Ok(paging.answer(items, count, next).private())
    }

    /// List what an academy is asked to sign
    ///
    /// For the academy; newest first, decided ones included.
    #[oai(
        path = "/academies/:slug/signing-requests",
        method = "get",
        operation_id = "list_academy_signing_requests"
    )]
    async fn of_academy(
        &self,
        keeper: AcademyKeeper,
        app: Data<&App>,
        uri: &Uri,
        /// The academy's slug.
        #[oai(validator(max_length = 40))]
        slug: Path<String>,
        /// How many at most.
        #[oai(default = "page", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<usize>,
        /// From `next_cursor` of the page before.
        #[oai(validator(max_length = 1024))]
        cursor: Query<Option<String>>,
    ) -> Result<Answer<Page<RequestView>>, Error> {
        let mut conn = app.db.snapshot().await?;
        let academy = academy_of(&mut conn, &slug).await?;
        keeper.may_keep(academy.id, &academy.slug)?;
        let binding = Binding::new("academy-requests").with("academy", &academy.slug);
        let paging = Paging::new(&app.cursors, uri, binding, cursor.as_deref(), limit.0);
        let before = paging.after(newest())?;
        let mut rows = request::page_of_academy(&mut conn, academy.id, before, paging.rows()).await?;
        let count = request::count_of_academy(&mut conn, academy.id).await?;
        let next = paging.cut(&mut rows, |last| (last.created_at, last.id))?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            items.push(view(&app, &mut conn, row).await?);
        }
        Ok(paging.answer(items, count, next).private())
    }

    /// Confirm a request, and sign
    ///
    /// For an academy whose key the directory holds: the certificate is made out to the person of the listing, for the
    /// course and day that the academy confirms, signed, stored and shown on the listing. An academy that holds its own key
    /// signs with `stipple certificate sign --listing SMP-…` and submits; a request of that year, or without one, is then
    /// closed by itself.
    ///
    /// Codes: `key-not-held`, `unknown-course`, `conflict`.
    #[oai(path = "/signing-requests/:id/sign", method = "post", operation_id = "sign_request")]
    async fn sign(
        &self,
        keeper: AcademyKeeper,
        app: Data<&App>,
        /// The request.
        id: Path<Uuid>,
        body: Body<Confirmation>,
    ) -> Result<Answer<CertificateView>, Error> {
        let now = app.clock.now();
        let signer = transparency::signer(&app).await?;
        let mut tx = app.db.write().await?;
        let mut request = open_request(&mut tx, id.0).await?;
        let academy = academies::academy_by_id(&mut tx, request.academy_id).await?;
        let slug = academy.map(|academy| academy.slug).unwrap_or_default();
        keeper.may_keep(request.academy_id, &slug)?;
        if keeper.role != Role::Academy {
            return Err(Error::forbidden("Only the academy itself confirms training."));
        }
        if body.awarded > now.date() {
            let detail = "The training cannot be completed on a day to come.";
            return Err(Error::invalid(vec![Fault::new("/awarded", "in-the-future", detail)]));
        }
        let issuer = ops::status::issuer(&app, &mut tx, &slug).await?;
        let listing = practitioners::load_many(&mut tx, &[request.practitioner_id]).await?.pop();
        let listing = listing.ok_or_else(|| Error::conflict("The listing is not there any more."))?;
        let Confirmation { course, awarded, holder } = body.0;
        let order = Order {
            holder: holder.unwrap_or_else(|| listing.person_names().name.to_owned()),
            course,
            old_number: request.old_number.clone(),
            awarded,
            listing: Some(listing.number),
            trainer: None,
            valid_until: None,
        };
        let accepted = ops::issue::issue(&app, &mut tx, &keeper, &issuer, order).await?;
        if let ops::Accepted::New(certificate) = &accepted {
            request.certificate_id = Some(certificate.id);
        }
        end(&mut tx, &mut request, RequestState::Signed, now).await?;
        let (view, _) = submitted(&app, &mut tx, &signer, accepted).await?;
        tx.commit().await?;
        Ok(Answer::new(&view))
    }

    /// Decline a request
    ///
    /// With a reason, which the practitioner sees and nobody else.
    #[oai(path = "/signing-requests/:id/decline", method = "post", operation_id = "decline_request")]
    async fn decline(
        &self,
        keeper: AcademyKeeper,
        app: Data<&App>,
        /// The request.
        id: Path<Uuid>,
        body: Body<Decline>,
    ) -> Result<Answer<RequestView>, Error> {
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        let mut request = open_request(&mut tx, id.0).await?;
        let academy = academies::academy_by_id(&mut tx, request.academy_id).await?;
        keeper.may_keep(request.academy_id, &academy.map(|academy| academy.slug).unwrap_or_default())?;
        request.reason = Some(body.reason);
        end(&mut tx, &mut request, RequestState::Declined, now).await?;
        let view = view(&app, &mut tx, request).await?;
        tx.commit().await?;
        Ok(Answer::new(&view).private())
    }

    /// Take a request back
    ///
    /// For the listing's keeper, while the academy has not answered. It stays in both lists as withdrawn.
    #[oai(path = "/signing-requests/:id/withdraw", method = "post", operation_id = "withdraw_request")]
    async fn withdraw(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The request.
        id: Path<Uuid>,
    ) -> Result<Answer<RequestView>, Error> {
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        let mut request = open_request(&mut tx, id.0).await?;
        keeper.may_keep(request.practitioner_id, "of this request")?;
        end(&mut tx, &mut request, RequestState::Withdrawn, now).await?;
        let view = view(&app, &mut tx, request).await?;
        tx.commit().await?;
        Ok(Answer::new(&view).private())
    }
}
