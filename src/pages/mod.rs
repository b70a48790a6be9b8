//! Server-rendered pages: find somebody, look at a listing, check a certificate or somebody already found, and what to ask
//! before booking; a certificate's page, the reference for developers, and what each problem code means; academies, the log,
//! the ranking and the rating explained with their figures; signing for academies.
//!
//! Routes: `GET /`, `GET /find`, `GET /compare`, `GET /practitioners/{number}`, `GET /practitioners/{number}/questions`, `/history`, `GET /work`, `GET /check`, `GET`
//! and `POST /verify`, `GET /sign`, `GET /before-you-book`, `GET` and `POST /review/{token}`, `/reviews/{id}`, `/practitioners/{number}/review`,
//! `/consents/{token}` and `/consents/{token}/withdrawal`, `GET /certificates/{number}`, `GET /docs`, `GET /problems`, `GET /style.css`, `GET /icon.svg`, `GET
//! /script/{name}.js`; `GET /academies`, `GET /academies/{slug}`, `GET /log`, `GET /ranking`, `GET /rating`; for engines `GET /robots.txt`, `GET
//! /sitemap.xml`, `GET /sitemaps/{file}`; for other sites `GET /badges/{number}` and `.svg`,
//! `GET /practitioners/{number}/picture.png`, `GET /certificates/{number}/picture.png`. Templates and texts are compiled in; everything a page needs comes from this host; every page reads and
//! works without script, and there is no cookie. What a page shows it asks the API for ([`Client`]), as any site could.

mod academies;
mod academy;
mod assets;
mod badge;
mod before;
mod card;
mod certificate;
mod check;
mod client;
mod clinics;
mod compare;
mod consent;
mod days;
mod docs;
mod find;
mod form;
mod gallery;
mod history;
mod home;
mod labels;
mod layout;
mod linked;
mod listing;
mod log;
mod machines;
mod map;
mod picture;
mod problems;
mod ranking;
mod rating;
mod readable;
mod reputation;
mod review;
mod second;
mod sign;
mod site;
mod text;
mod texts;
mod training;
mod units;
mod verify;

pub use check::By;
pub use client::Client;
pub use find::Search;
pub use machines::Sitemaps;
pub use readable::Readable;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use maud::Markup;
use poem::http::{HeaderValue, StatusCode, header};
use poem::web::{Data, Multipart, Path, Query};
use poem::{Endpoint, Request, Response, Route, get, handler};

use self::form::{Reply, Sent};
use crate::app::App;
use crate::certificates::verdict::Verdict;
use crate::certificates::{self, CertificateView};
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

/// Adds the pages to the routes, all but the front page. They find the [`App`], an `Arc<Reference>`, a [`Client`] and
/// [`Sitemaps`] in the request's data.
pub fn add(routes: Route) -> Route {
    routes
        .at("/academies", get(academies_page))
        .at("/academies/:slug", get(academy_page))
        .at("/badges/:file", get(live_badge))
        .at("/before-you-book", get(before_you_book))
        .at("/certificates/:number", get(certificate_page))
        .at("/certificates/:number/picture.png", get(certificate_picture))
        .at("/check", get(check_page))
        .at("/compare", get(compare_page))
        .at("/consents/:token", get(consent_page).post(give_consent))
        .at("/consents/:token/withdrawal", get(consent_page).post(withdraw_consent))
        .at("/docs", get(reference))
        .at("/find", get(find_page))
        .at("/icon.svg", get(icon))
        .at("/log", get(log_page))
        .at("/practitioners/:number", get(listing_page))
        .at("/practitioners/:number/history", get(history_page))
        .at("/practitioners/:number/picture.png", get(listing_picture))
        .at("/practitioners/:number/questions", get(questions_page))
        .at("/practitioners/:number/review", get(start_page).post(start_review))
        .at("/problems", get(problem_list))
        .at("/problems/:slug", get(problem))
        .at("/ranking", get(ranking_page))
        .at("/rating", get(rating_page))
        .at("/robots.txt", get(robots))
        .at("/review/:token", get(review_form).post(submit_review))
        .at("/reviews/:id", get(review_page).post(act_on_review))
        .at("/script/:name", get(script))
        .at("/sitemap.xml", get(sitemap_index))
        .at("/sitemaps/:file", get(sitemap))
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
        match site::Here::of(&request) {
            None => self.inner.call(request).await,
            Some(here) if request.uri().path() == "/" => here.around(get(front).call(request)).await,
            Some(here) => here.around(self.inner.call(request)).await,
        }
    }
}

#[handler]
fn front(app: Data<&App>) -> Response {
    page(home::render(&app.config.public_url).into_string().into())
}

#[handler]
async fn find_page(client: Data<&Client>, request: &Request) -> Response {
    shown_as(find::render(&client.of(request), request.uri().query().unwrap_or_default()).await)
}

#[handler]
async fn compare_page(client: Data<&Client>, request: &Request) -> Response {
    shown_as(compare::render(&client.of(request), request.uri().query().unwrap_or_default()).await)
}

#[handler]
async fn listing_page(
    client: Data<&Client>,
    request: &Request,
    number: Path<String>,
    form: Query<listing::Form>,
) -> Response {
    replied(match listing_number(&number) {
        Ok(number) => listing::render(&client.of(request), &number, &form).await,
        Err(error) => Err(error),
    })
}

#[handler]
async fn history_page(
    client: Data<&Client>,
    request: &Request,
    number: Path<String>,
    form: Query<history::Form>,
) -> Response {
    shown(match listing_number(&number) {
        Ok(number) => history::render(&client.of(request), &number, &form).await,
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
async fn start_page(client: Data<&Client>, request: &Request, number: Path<String>) -> Response {
    shown(match listing_number(&number) {
        Ok(number) => review::start_page(&client.of(request), &number).await,
        Err(error) => Err(error),
    })
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
    private(shown(consent::read(&client.of(request), &token).await))
}

#[handler]
async fn give_consent(
    client: Data<&Client>,
    request: &Request,
    token: Path<String>,
    sent: Vec<u8>,
) -> Response {
    private(replied(consent::give(&client.of(request), &token, &Sent::of(&sent)).await))
}

#[handler]
async fn withdraw_consent(client: Data<&Client>, request: &Request, token: Path<String>) -> Response {
    private(replied(consent::withdraw(&client.of(request), &token).await))
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
    replied(check::render(&client.of(request), form).await)
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
    replied(verify::answer(&client.of(request), &app.config.public_url, sent).await)
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

/// A page with its status, or what went wrong as one.
fn shown_as(made: Result<(StatusCode, Markup), Error>) -> Response {
    replied(made.map(|(status, markup)| Reply { markup, status: status.as_u16(), to: None }))
}

#[handler]
async fn academies_page(client: Data<&Client>, request: &Request, form: Query<academies::Form>) -> Response {
    shown(academies::list(&client.of(request), form).await)
}

#[handler]
async fn academy_page(client: Data<&Client>, request: &Request, slug: Path<String>) -> Response {
    shown(academy::render(&client.of(request), &slug).await)
}

#[handler]
async fn log_page(app: Data<&App>, client: Data<&Client>, request: &Request) -> Response {
    shown(log::render(&client.of(request), &app.config.public_url).await)
}

#[handler]
async fn ranking_page(client: Data<&Client>, request: &Request) -> Response {
    shown(ranking::render(&client.of(request)).await)
}

#[handler]
async fn rating_page(
    app: Data<&App>,
    client: Data<&Client>,
    request: &Request,
    form: Query<rating::Form>,
) -> Response {
    shown(rating::render(&client.of(request), form, app.clock.today()).await)
}

#[handler]
async fn live_badge(
    app: Data<&App>,
    client: Data<&Client>,
    request: &Request,
    file: Path<String>,
) -> Response {
    badge::answer(&client.of(request), &file, app.clock.now()).await
}

#[handler]
fn robots(app: Data<&App>) -> Response {
    machines::robots(&app.config.public_url)
}

#[handler]
async fn sitemap_index(app: Data<&App>, known: Data<&Sitemaps>) -> Result<Response, Error> {
    machines::index(&app, &known).await
}

#[handler]
fn sitemap(app: Data<&App>, file: Path<String>) -> Result<Response, Error> {
    machines::sitemap(&app, &file)
}

/// A page, or what went wrong as one.
fn shown(made: Result<Markup, Error>) -> Response {
    replied(made.map(Reply::taken))
}

/// The answer to a form, or what went wrong as a page; what has moved says where to.
fn replied(made: Result<Reply, Error>) -> Response {
    let Reply { markup, status, to } = match made {
        Ok(reply) => reply,
        Err(error) => Reply { to: moved_to(&error), ..Reply::refused(problems::happened(&error), &error) },
    };
    let mut response = page(markup.into_string().into());
    response.set_status(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    if let Some(to) = to.and_then(|to| HeaderValue::try_from(to).ok()) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    response
}

/// A page that only a letter leads to: nothing keeps it, so that what was taken back is gone from the reader's machine too.
fn private(mut page: Response) -> Response {
    page.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    page
}

/// The page of the listing that answers for one that was merged into it.
fn moved_to(error: &Error) -> Option<String> {
    let number = error.members().get("number").filter(|_| error.code().status == 301)?.as_str()?;
    Some(format!("/practitioners/{number}"))
}

/// The page the code on a print leads to.
#[handler]
async fn certificate_page(app: Data<&App>, number: Path<String>) -> Result<Response, Error> {
    let (view, verdict) = certificate_shown(&app, &number).await?;
    Ok(page(certificate::render(&view, &verdict).into_string().into()))
}

#[handler]
async fn certificate_picture(
    app: Data<&App>,
    request: &Request,
    number: Path<String>,
) -> Result<Response, Error> {
    let (view, verdict) = certificate_shown(&app, &number).await?;
    picture::answer(request, picture::of_certificate(&view, &verdict)).await
}

async fn certificate_shown(app: &App, number: &str) -> Result<(CertificateView, Verdict), Error> {
    let number = Number::parse(number, NumberKind::Certificate)
        .map_err(|error| Error::not_found(format!("This is no number of a certificate: {error}.")))?;
    let mut conn = app.db.snapshot().await?;
    certificates::shown(app, &mut conn, number).await
}

#[handler]
async fn listing_picture(
    client: Data<&Client>,
    request: &Request,
    number: Path<String>,
) -> Result<Response, Error> {
    match picture::listing(&client.of(request), &listing_number(&number)?).await {
        Ok(card) => picture::answer(request, card).await,
        Err(error) => {
            let to = moved_to(&error).ok_or(error)?;
            let moved = Response::builder().status(StatusCode::MOVED_PERMANENTLY);
            Ok(moved.header(header::LOCATION, format!("{to}/picture.png")).finish())
        }
    }
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
fn icon() -> Response {
    assets::icon()
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
