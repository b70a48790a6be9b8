//! Server-rendered pages: the front page, the reference for developers, and what each problem code means.
//!
//! Routes: `GET /`, `GET /docs`, `GET /problems`, `GET /style.css`. Templates are compiled in; everything a
//! page needs comes from this host; there is no script and no cookie. Whatever a page shows, it has from
//! the same place as the API: the OpenAPI document and the code tables.

mod docs;
mod home;
mod layout;
mod problems;
mod text;

use std::sync::OnceLock;

use bytes::Bytes;
use poem::http::StatusCode;
use poem::web::{Data, Path};
use poem::{Response, Route, get, handler};

use crate::app::App;
use crate::platform::http::etag;
use crate::platform::problem::Error;

/// What a page may load: its style sheet, from here.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Adds the pages to the routes.
pub fn add(routes: Route) -> Route {
    routes
        .at("/", get(front))
        .at("/docs", get(reference))
        .at("/problems", get(problem_list))
        .at("/problems/:slug", get(problem))
        .at("/style.css", get(style))
}

#[handler]
fn front(app: Data<&App>) -> Response {
    page(home::render(&app.config.public_url).into_string().into())
}

#[handler]
fn reference() -> Response {
    static BODY: OnceLock<Bytes> = OnceLock::new();
    page(BODY.get_or_init(|| docs::render(&crate::api::documents().v3_1).into_string().into()).clone())
}

#[handler]
fn problem_list() -> Response {
    static BODY: OnceLock<Bytes> = OnceLock::new();
    page(BODY.get_or_init(|| problems::render().into_string().into()).clone())
}

/// The `type` of a problem document leads here.
#[handler]
fn problem(slug: Path<String>) -> Result<Response, Error> {
    let code = crate::api::problem_codes().into_iter().find(|code| code.slug == slug.0);
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
