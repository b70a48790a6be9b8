//! Server-rendered pages: the front page, a certificate's page, the reference for developers, and what each problem code means.
//!
//! Routes: `GET /`, `GET /certificates/{number}`, `GET /docs`, `GET /problems`, `GET /style.css`. Templates are compiled in; everything a
//! page needs comes from this host; there is no script and no cookie. Whatever a page shows, it has from
//! the same place as the API: the OpenAPI document and the code tables.

mod certificate;
mod docs;
mod home;
mod layout;
mod problems;
mod text;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use poem::http::StatusCode;
use poem::web::{Data, Path};
use poem::{Endpoint, Request, Response, Route, get, handler};

use crate::app::App;
use crate::certificates;
use crate::platform::http::etag;
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::{Code, Error};

/// What a page may load: its style sheet, from here.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

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
        .at("/certificates/:number", get(certificate_page))
        .at("/docs", get(reference))
        .at("/problems", get(problem_list))
        .at("/problems/:slug", get(problem))
        .at("/style.css", get(style))
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
    let body = Bytes::from_static(include_bytes!("style.css"));
    Response::builder().content_type("text/css; charset=utf-8").header("etag", etag::tag_of(&body)).body(body)
}

fn page(body: Bytes) -> Response {
    Response::builder()
        .content_type("text/html; charset=utf-8")
        .header("etag", etag::tag_of(&body))
        .header("content-security-policy", POLICY)
        .body(body)
}
