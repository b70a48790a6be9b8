//! The edge: what every request passes on its way in and every answer on its way out.
//!
//! In: id, caller's address, size, HEAD as GET, preflights, a time limit, a net under panics.
//! Out: problem documents, conditions, compression, CORS, quota and security headers, one log line,
//! one count. It is one function from top to bottom because its order is its meaning, and because a
//! cached listing spends as much time here as everywhere else together.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use poem::error::MethodNotAllowedError;
use poem::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use poem::{Body, Endpoint, IntoResponse, Request, Response};

use super::client::CallerKey;
use super::context::{Context, REQUEST_ID};
use super::problem::{classify, respond};
use super::rate::Class;
use super::shelf::Shelf;
use super::traffic::Traffic;
use super::{client, compress, cors, etag, limit};
use crate::config::limits;
use crate::platform::db::replica;
use crate::platform::problem::{self, Error};

const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
const VARY_ENCODING: HeaderValue = HeaderValue::from_static("Accept-Encoding");

/// Everything behind the edge. It never fails: what fails inside leaves as a problem document.
#[derive(Debug)]
pub struct Edge<E> {
    inner: E,
    traffic: Arc<Traffic>,
    shelf: Option<Shelf>,
}

/// What of the request is needed once it is gone.
struct Asked {
    method: Method,
    gzip: bool,
    suffixed: bool,
    if_none_match: Option<HeaderValue>,
    path: Option<String>,
    at: Instant,
}

impl<E: Endpoint> Edge<E> {
    /// Puts the edge around a service.
    pub const fn new(inner: E, traffic: Arc<Traffic>) -> Self {
        Self { inner, traffic, shelf: None }
    }

    /// Hands out what stands on this shelf without asking the service.
    #[must_use]
    pub fn with_shelf(mut self, shelf: Shelf) -> Self {
        self.shelf = Some(shelf);
        self
    }

    async fn answer(&self, request: Request, context: &Context) -> poem::Result<Response> {
        if let Some(shelf) = &self.shelf
            && let Some(response) = shelf.answer(&request, context, &self.traffic)?
        {
            return Ok(response);
        }
        if let Some(method) = cors::preflight_for(&request)
            && (method == Method::GET || method == Method::HEAD)
        {
            return Ok(cors::allow("GET, HEAD"));
        }
        let from_replica = may_be_behind(&request);
        // On the heap once, so that the wrappers around it move a pointer and not the whole request.
        let running = AssertUnwindSafe(Box::pin(self.inner.call(request))).catch_unwind();
        let running =
            async move { if from_replica { replica::preferring(running).await } else { running.await } };
        match tokio::time::timeout(self.traffic.settings.request_time(), running).await {
            Ok(Ok(answered)) => answered.map(IntoResponse::into_response),
            Ok(Err(panic)) => Err(Error::internal(panic_text(&*panic)).into()),
            Err(_) => Err(Error::new(
                problem::TIMED_OUT,
                "The operation took too long and was stopped. Try again, or ask for less at once.",
            )
            .with_header("retry-after", "5")
            .into()),
        }
    }

    fn admit(request: &mut Request) -> Result<(), Error> {
        let uri = request.uri();
        let length = uri.path().len() + uri.query().map_or(0, str::len);
        if length > limits::URI_BYTES {
            let detail = format!("Path and query may have {} bytes together.", limits::URI_BYTES);
            return Err(Error::new(problem::URI_TOO_LONG, detail));
        }
        limit::guard(request, limits::LARGEST_BODY_BYTES)
    }
}

impl<E: Endpoint> Endpoint for Edge<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let asked = Asked::read(&mut request);
        let traffic = &*self.traffic;
        let address = client::address(&request, &traffic.settings.trusted_proxies);
        let context = Context::new(traffic.request_ids.of(&request), address);
        request.set_data(context.clone());
        let flight = InFlight::new(traffic);

        let answered = match Self::admit(&mut request) {
            Ok(()) => self.answer(request, &context).await,
            Err(error) => Err(error.into()),
        };
        let response = answered.unwrap_or_else(|error| fail(error, &context, traffic));
        let (response, length) = asked.finish(response, &context).await;

        drop(flight);
        let took = asked.at.elapsed();
        let status = response.status().as_u16();
        context.operation().map_or(&traffic.other, |operation| &operation.metrics).count(status, took);
        log(&asked, &context, status, length, took);
        Ok(response)
    }
}

impl Asked {
    fn read(request: &mut Request) -> Self {
        let at = Instant::now();
        let method = request.method().clone();
        if method == Method::HEAD {
            request.set_method(Method::GET);
        }
        let suffixed = compress::strip_suffix(request.headers_mut());
        let path = tracing::enabled!(tracing::Level::INFO).then(|| request.uri().path().to_owned());
        let headers = request.headers();
        Self {
            gzip: headers.contains_key(header::ACCEPT_ENCODING) && compress::accepted(headers),
            if_none_match: headers.get(header::IF_NONE_MATCH).cloned(),
            method,
            suffixed,
            path,
            at,
        }
    }

    fn is_read(&self) -> bool {
        self.method == Method::GET || self.method == Method::HEAD
    }

    /// Everything that is done to an answer of whatever kind; and its length, when it is known.
    async fn finish(&self, mut response: Response, context: &Context) -> (Response, Option<u64>) {
        if self.is_read() && response.status() == StatusCode::OK && self.is_unchanged(response.headers()) {
            response.set_status(StatusCode::NOT_MODIFIED);
            response.set_body(Body::empty());
            response.headers_mut().remove(header::CONTENT_TYPE);
            response.headers_mut().insert(header::VARY, VARY_ENCODING);
            if self.suffixed {
                compress::add_suffix(response.headers_mut());
            }
        }
        let mut length = compress::exact_length(&mut response);
        if compress::suits(&response) {
            response.headers_mut().append(header::VARY, VARY_ENCODING);
            if let Some(plain) = length
                && self.gzip
            {
                response = compress::gzip(response, plain).await;
                length = compress::exact_length(&mut response);
            }
        }
        self.write_headers(response.headers_mut(), context);
        if self.method == Method::HEAD {
            if let Some(length) = length {
                response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
            }
            response.set_body(Body::empty());
        }
        (response, length)
    }

    fn is_unchanged(&self, headers: &HeaderMap) -> bool {
        let tag = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok());
        let condition = self.if_none_match.as_ref().and_then(|value| value.to_str().ok());
        matches!((condition, tag), (Some(condition), Some(tag)) if etag::none_match(condition, tag))
    }

    fn write_headers(&self, headers: &mut HeaderMap, context: &Context) {
        if let Ok(id) = HeaderValue::from_str(context.request_id()) {
            headers.insert(REQUEST_ID, id);
        }
        if let Some(left) = context.left() {
            left.write(headers);
        }
        let open = context.operation().is_some_and(|operation| operation.policy.open);
        if open || self.is_read() {
            cors::open(headers);
        }
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
        headers.entry(header::REFERRER_POLICY).or_insert(NO_REFERRER);
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(NOTHING);
    }
}

/// What may be read from a replica: what listings say, whose every change is in the feed. Certificates, keys, status lists
/// and the log are read where they are written, since a stranger's tool takes a step back for a fraud.
const OF_LISTINGS: [&str; 5] =
    ["/v1/practitioners", "/v1/reviews", "/v1/cases", "/v1/clinics", "/v1/changes"];

/// Whether a request may be answered from a replica. Whoever has a token may have written through another instance a
/// moment ago.
fn may_be_behind(request: &Request) -> bool {
    *request.method() == Method::GET
        && !request.headers().contains_key(header::AUTHORIZATION)
        && OF_LISTINGS.iter().any(|begins| request.uri().path().starts_with(begins))
}

/// The answer to a failure; and its cause to the log, when it is ours.
fn fail(error: poem::Error, context: &Context, traffic: &Traffic) -> Response {
    if error.is_from_response() {
        return error.into_response();
    }
    let bare_405 = error.is::<MethodNotAllowedError>();
    let mut error = classify(error);
    if error.code().status == 401 && context.operation().is_none() {
        // Somebody who tries tokens spends the quota of their address.
        let address = CallerKey::of_address(context.address());
        if let Err((left, refused)) = traffic.rates.take(Class::Write, &address) {
            context.set_left(left);
            error = refused;
        }
    }
    if bare_405 {
        // Outside the API everything is only read.
        error = error.with_header("allow", "GET, HEAD, OPTIONS");
    }
    if error.code().status >= 500 {
        let operation = context.operation().map_or("", |operation| operation.id.as_str());
        tracing::error!(
            request.id = context.request_id(),
            operation,
            code = error.code().slug,
            at = %error.at(),
            cause = %causes(&error),
            "request failed"
        );
    }
    respond(&error, Some(context.request_id()))
}

/// An error's causes in one line, outermost first.
fn causes(error: &Error) -> String {
    let mut text = error.detail().to_owned();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panicked: {}", text.unwrap_or("(no message)"))
}

/// One line for each request. The path is the operation's template where there is one, because a real
/// path names a person; the query is never logged.
fn log(asked: &Asked, context: &Context, status: u16, length: Option<u64>, took: Duration) {
    let Some(path) = &asked.path else { return };
    let operation = context.operation();
    tracing::info!(
        target: "stipple::access",
        {
        request.id = context.request_id(),
        method = asked.method.as_str(),
        path = operation.map_or(path.as_str(), |operation| operation.path.as_str()),
        operation = operation.map_or("", |operation| operation.id.as_str()),
        status,
        micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        bytes = length.unwrap_or(0),
        token = context.has_token()
        },
        "request"
    );
}

/// Counts a request as being answered, until dropped; also when the caller hangs up.
struct InFlight<'a>(&'a Traffic);

impl<'a> InFlight<'a> {
    fn new(traffic: &'a Traffic) -> Self {
        traffic.in_flight.add(1);
        Self(traffic)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.add(-1);
    }
}
