//! Server-rendered pages: find somebody, look at a listing, check a certificate or somebody already found, and what to ask
//! before booking; signing for academies; a certificate's page, the reference for developers, and what each problem code means.
//!
//! Routes: `GET /`, `GET /find`, `GET /practitioners/{number}`, `GET /practitioners/{number}/questions`, `GET /work`, `GET /check`, `GET`
//! and `POST /verify`, `GET /sign`, `GET /before-you-book`, `GET /certificates/{number}`, `GET /docs`, `GET /problems`, `GET /style.css`, `GET
//! /script/{name}.js`. Templates and texts are compiled in; everything a page needs comes from this host; every page reads and
//! works without script, and there is no cookie. What a page shows it asks the API for ([`Client`]), as any site could.

mod assets;
mod before;
mod card;
mod certificate;
mod check;
mod client;
mod docs;
mod find;
mod gallery;
mod home;
mod labels;
mod layout;
mod listing;
mod problems;
mod second;
mod sign;
mod text;
mod texts;
mod verify;

pub use check::By;
pub use client::Client;
pub use find::Search;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use maud::Markup;
use poem::http::StatusCode;
use poem::web::{Data, Multipart, Path, Query};
use poem::{Endpoint, Request, Response, Route, get, handler};

use crate::app::App;
use crate::certificates;
use crate::platform::http::etag;
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::{Code, Error};

/// What a page may load: style, pictures and script, from here; no script that stands in the page.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

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
        .at("/docs", get(reference))
        .at("/find", get(find_page))
        .at("/practitioners/:number", get(listing_page))
        .at("/practitioners/:number/questions", get(questions_page))
        .at("/problems", get(problem_list))
        .at("/problems/:slug", get(problem))
        .at("/script/:name", get(script))
        .at("/sign", get(sign_page))
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
    shown(match listing_number(&number) {
        Ok(number) => listing::render(&client.of(request), &number, form.0).await,
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
fn verify_form(app: Data<&App>) -> Response {
    page(verify::form(&app.config.public_url).into_string().into())
}

#[handler]
async fn verify_answer(
    client: Data<&Client>,
    app: Data<&App>,
    request: &Request,
    sent: Multipart,
) -> Response {
    shown(verify::answer(&client.of(request), &app.config.public_url, sent).await)
}

#[handler]
fn sign_page() -> Response {
    static BODY: OnceLock<Bytes> = OnceLock::new();
    page(BODY.get_or_init(|| sign::render().into_string().into()).clone())
}

#[handler]
fn before_you_book() -> Response {
    page(before::render().into_string().into())
}

/// A page, or what went wrong as one.
fn shown(made: Result<Markup, Error>) -> Response {
    match made {
        Ok(markup) => page(markup.into_string().into()),
        Err(error) => {
            let mut response = page(problems::happened(&error).into_string().into());
            response.set_status(
                StatusCode::from_u16(error.code().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            );
            response
        }
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
        .body(body)
}
