//! Server-rendered pages: find somebody, look at a listing, check a certificate or somebody already found, and what to ask
//! before booking; a certificate's page, the reference for developers, and what each problem code means.
//!
//! Routes: `GET /`, `GET /find`, `GET /practitioners/{number}`, `GET /practitioners/{number}/questions`, `GET /work`, `GET /check`, `GET`
//! and `POST /verify`, `GET /before-you-book`, `GET` and `POST /review/{token}`, `/reviews/{id}`, `/practitioners/{number}/review`,
//! `/consents/{token}` and `/consents/{token}/withdrawal`, `GET /certificates/{number}`, `GET /docs`, `GET /problems`, `GET /style.css`, `GET
//! /script/{name}.js`. Templates and texts are compiled in; everything a page needs comes from this host; every page reads and
//! works without script, and there is no cookie. What a page shows it asks the API for ([`Client`]), as any site could.

mod assets;
mod before;
mod card;
mod certificate;
mod check;
mod client;
mod consent;
mod docs;
mod find;
mod form;
mod gallery;
mod home;
mod labels;
mod layout;
mod listing;
mod problems;
mod readable;
mod reputation;
mod review;
mod text;
mod texts;
mod training;
mod verify;

pub use check::By;
pub use client::Client;
pub use find::Search;
pub use readable::Readable;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use maud::Markup;
use poem::http::StatusCode;
use poem::web::{Data, Multipart, Path, Query};
use poem::{Endpoint, Request, Response, Route, get, handler};

use self::form::{Reply, Sent};
use crate::app::App;
use crate::certificates;
use crate::platform::http::etag;
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::{Code, Error};

/// What a page may load: style, pictures and script, from here; no script that stands in the page. Placeholders of photos
/// are `data:` addresses.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What the pages show of the API. Handed in: the API mounts the pages, so they cannot ask it.
pub struct Reference {
    /// The OpenAPI 3.1 document.
    pub document: &'static serde_json::Value,
    /// Every problem code.
    pub codes: Vec<Code>,
}

/// Adds the pages to the routes, all but the front page. They find the [`App`] and an `Arc<Reference>` in
/// the request's data.
pub fn add(routes: Route) -> Route {
    routes
        .at("/before-you-book", get(before_you_book))
        .at("/certificates/:number", get(certificate_page))
        .at("/check", get(check_page))
        .at("/consents/:token", get(consent_page).post(give_consent))
        .at("/consents/:token/withdrawal", get(consent_page).post(withdraw_consent))
        .at("/docs", get(reference))
        .at("/find", get(find_page))
        .at("/practitioners/:number", get(listing_page))
        .at("/practitioners/:number/questions", get(questions_page))
        .at("/practitioners/:number/review", get(start_page).post(start_review))
        .at("/problems", get(problem_list))
        .at("/problems/:slug", get(problem))
        .at("/review/:token", get(review_form).post(submit_review))
        .at("/reviews/:id", get(review_page).post(act_on_review))
        .at("/script/:name", get(script))
        .at("/style.css", get(style))
        .at("/verify", get(verify_form).post(verify_answer))
        .at("/work", get(gallery_page))
}

/// The front page before everything else: the API is mounted at the root, and would take `/` for an
/// operation nobody declared.
pub struct FrontDoor<E> {
    inner: E,
}

impl<E: Endpoint<Output = Response>> FrontDoor<E> {
    /// Puts the front page before `inner`.
    pub const fn new(inner: E) -> Self {
        Self { inner }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for FrontDoor<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        if request.uri().path() == "/" {
            get(front).call(request).await
        } else {
            self.inner.call(request).await
        }
    }
}

#[handler]
fn front(app: Data<&App>) -> Response {
    page(home::render(&app.config.public_url).into_string().into())
}

#[handler]
async fn find_page(client: Data<&Client>, request: &Request, form: Query<find::Form>) -> Response {
    shown(find::render(&client.of(request), form).await)
}

#[handler]
async fn listing_page(
    client: Data<&Client>,
    request: &Request,
    number: Path<String>,
    form: Query<listing::Form>,
) -> Response {
    found(match listing_number(&number) {
        Ok(number) => listing::render(&client.of(request), &number, &form).await,
        Err(error) => Err(error),
    })
}

#[handler]
async fn questions_page(client: Data<&Client>, request: &Request, number: Path<String>) -> Response {
    shown(match listing_number(&number) {
        Ok(number) => listing::questions(&client.of(request), &number).await,
        Err(error) => Err(error),
    })
}

#[handler]
async fn review_form(client: Data<&Client>, request: &Request, token: Path<String>) -> Response {
    shown(review::form(&client.of(request), &token).await)
}

#[handler]
async fn submit_review(
    client: Data<&Client>,
    request: &Request,
    token: Path<String>,
    sent: Vec<u8>,
) -> Response {
    replied(review::submit(&client.of(request), &token, &Sent::of(&sent)).await)
}

#[handler]
async fn review_page(client: Data<&Client>, request: &Request, id: Path<String>) -> Response {
    shown(review::read(&client.of(request), &id).await)
}

#[handler]
async fn act_on_review(
    client: Data<&Client>,
    request: &Request,
    id: Path<String>,
    sent: Vec<u8>,
) -> Response {
    replied(review::act(&client.of(request), &id, &Sent::of(&sent)).await)
}

#[handler]
async fn start_page(number: Path<String>) -> Response {
    shown(listing_number(&number).map(|number| review::start_form(&number, &Sent::default(), None)))
}

#[handler]
async fn start_review(
    client: Data<&Client>,
    request: &Request,
    number: Path<String>,
    sent: Vec<u8>,
) -> Response {
    replied(match listing_number(&number) {
        Ok(number) => review::start(&client.of(request), &number, &Sent::of(&sent)).await,
        Err(error) => Err(error),
    })
}

#[handler]
async fn consent_page(client: Data<&Client>, request: &Request, token: Path<String>) -> Response {
    shown(consent::read(&client.of(request), &token).await)
}

#[handler]
async fn give_consent(
    client: Data<&Client>,
    request: &Request,
    token: Path<String>,
    sent: Vec<u8>,
) -> Response {
    replied(consent::give(&client.of(request), &token, &Sent::of(&sent)).await)
}

#[handler]
async fn withdraw_consent(client: Data<&Client>, request: &Request, token: Path<String>) -> Response {
    shown(consent::withdraw(&client.of(request), &token).await)
}

/// The number of a listing in an address, as it is written.
fn listing_number(number: &str) -> Result<String, Error> {
    let parsed = Number::parse(number, NumberKind::Listing);
    parsed
        .map(|number| number.to_string())
        .map_err(|error| Error::not_found(format!("This is no number of a listing: {error}.")))
}

#[handler]
async fn gallery_page(client: Data<&Client>, request: &Request, form: Query<gallery::Form>) -> Response {
    shown(gallery::render(&client.of(request), form).await)
}

#[handler]
async fn check_page(client: Data<&Client>, request: &Request, form: Query<check::Form>) -> Response {
    shown(check::render(&client.of(request), form).await)
}

#[handler]
fn verify_form() -> Response {
    page(verify::form().into_string().into())
}

#[handler]
async fn verify_answer(client: Data<&Client>, request: &Request, sent: Multipart) -> Response {
    shown(verify::answer(&client.of(request), sent).await)
}

#[handler]
fn before_you_book() -> Response {
    page(before::render().into_string().into())
}

/// A page, or what went wrong as one.
fn shown(made: Result<Markup, Error>) -> Response {
    replied(made.map(Reply::taken))
}

/// The answer to a form, or what went wrong as a page.
fn replied(made: Result<Reply, Error>) -> Response {
    let Reply { markup, status } =
        made.unwrap_or_else(|error| Reply::refused(problems::happened(&error), &error));
    let mut response = page(markup.into_string().into());
    response.set_status(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    response
}

/// A page, or what went wrong as one; what has moved in the API has a page of the same number.
fn found(made: Result<Markup, Error>) -> Response {
    let Err(error) = &made else { return shown(made) };
    let to = error.headers().iter().find(|(name, _)| *name == "location").map(|(_, to)| to.as_str());
    match to.and_then(|to| Some(&to[to.find("/v1/")? + 3..])) {
        Some(to) if error.code().status == 301 => {
            Response::builder().status(StatusCode::MOVED_PERMANENTLY).header("location", to).finish()
        }
        _ => shown(made),
    }
}

/// The page the code on a print leads to.
#[handler]
async fn certificate_page(app: Data<&App>, number: Path<String>) -> Result<Response, Error> {
    let number = Number::parse(&number, NumberKind::Certificate)
        .map_err(|error| Error::not_found(format!("This is no number of a certificate: {error}.")))?;
    let mut conn = app.db.snapshot().await?;
    let (view, verdict) = certificates::shown(&app, &mut conn, number).await?;
    Ok(page(certificate::render(&view, &verdict).into_string().into()))
}

#[handler]
fn reference(shown: Data<&Arc<Reference>>) -> Response {
    static BODY: OnceLock<Bytes> = OnceLock::new();
    page(BODY.get_or_init(|| docs::render(shown.document).into_string().into()).clone())
}

#[handler]
fn problem_list(shown: Data<&Arc<Reference>>) -> Response {
    static BODY: OnceLock<Bytes> = OnceLock::new();
    page(BODY.get_or_init(|| problems::render(&shown.codes).into_string().into()).clone())
}

/// The `type` of a problem document leads here.
#[handler]
fn problem(slug: Path<String>, shown: Data<&Arc<Reference>>) -> Result<Response, Error> {
    let code = shown.codes.iter().find(|code| code.slug == slug.0);
    let code = code.ok_or_else(|| {
        Error::not_found("There is no problem code of that name; /problems lists them all.")
    })?;
    Ok(Response::builder()
        .status(StatusCode::SEE_OTHER)
        .header("location", format!("/problems#{}", code.slug))
        .finish())
}

#[handler]
fn style() -> Response {
    assets::style()
}

#[handler]
fn script(name: Path<String>) -> Result<Response, Error> {
    assets::script(&name)
}

fn page(body: Bytes) -> Response {
    Response::builder()
        .content_type("text/html; charset=utf-8")
        .header("etag", etag::tag_of(&body))
        .header("content-security-policy", POLICY)
        .header("cache-control", "private, no-cache")
        // Some addresses hold a client's token; none is told to the page that is read next.
        .header("referrer-policy", "no-referrer")
        .header("x-content-type-options", "nosniff")
        .body(body)
}
