//! Problem documents (RFC 9457): how every failure looks on the wire, and how failures that poem
//! itself raises become ours, in clean words.

use poem::Response;
use poem::error::{MethodNotAllowedError, NotFoundError, ReadBodyError, ResponseError};
use poem::http::{HeaderValue, StatusCode, header};
use poem_openapi::error::{
    AuthorizationError, ContentTypeError, ParseParamError, ParsePathError, ParseRequestPayloadError,
};
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::platform::problem::{self, Code, Error, Fault};

/// The media type of a problem document.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// What went wrong, in the shape of RFC 9457.
///
/// Every failure of every operation has this shape. Some carry further members, which their
/// operations describe.
#[derive(Debug, Object, Serialize)]
pub struct Problem {
    /// The address of the page about this kind of failure: `/problems/` and the code.
    #[oai(rename = "type")]
    #[serde(rename = "type")]
    pub kind: String,
    /// A short sentence about the kind of failure, the same every time.
    pub title: String,
    /// The HTTP status, repeated so that a stored problem still says it.
    pub status: u16,
    /// What happened this time and what to do next.
    pub detail: String,
    /// The stable word to match on.
    pub code: String,
    /// Everything that is wrong with the request, when that can be located.
    #[oai(skip_serializing_if_is_empty, default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemFault>,
    /// The request's id, to be quoted when asking for help.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// One thing wrong with a request.
#[derive(Debug, Object, Serialize)]
pub struct ProblemFault {
    /// Where: a JSON pointer into the body (RFC 6901; empty for the body as a whole), or
    /// `query:<name>`, `path:<name>`, `header:<name>` for a parameter.
    pub pointer: String,
    /// A stable word for the rule that was broken.
    pub code: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

impl Problem {
    /// The document for an error.
    pub fn new(error: &Error, request_id: Option<&str>) -> Self {
        let Code { slug, status, title } = error.code();
        Self {
            kind: format!("/problems/{slug}"),
            title: title.to_owned(),
            status,
            detail: error.detail().to_owned(),
            code: slug.to_owned(),
            errors: error.faults().iter().map(ProblemFault::from).collect(),
            request_id: request_id.map(str::to_owned),
        }
    }
}

impl From<&Fault> for ProblemFault {
    fn from(fault: &Fault) -> Self {
        Self { pointer: fault.pointer.clone(), code: fault.code.to_owned(), detail: fault.detail.clone() }
    }
}

/// The response for an error, with its headers.
///
/// # Panics
/// Never: a problem has only string keys and finite numbers.
pub fn respond(error: &Error, request_id: Option<&str>) -> Response {
    #[derive(Serialize)]
    struct Document<'a> {
        #[serde(flatten)]
        problem: Problem,
        #[serde(flatten)]
        members: &'a Map<String, Value>,
    }
    let document = Document { problem: Problem::new(error, request_id), members: error.members() };
    let body = serde_json::to_vec(&document).expect("a problem has only string keys and finite numbers");
    let status = StatusCode::from_u16(error.code().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::builder().status(status).body(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for (name, value) in error.headers() {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(*name, value);
        }
    }
    response
}

impl ResponseError for Error {
    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.code().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Without a request id: the edge renders errors itself, this is for endpoints used without it.
    fn as_response(&self) -> Response {
        respond(self, None)
    }
}

impl ApiResponse for Error {
    /// One `default` response on every operation that can fail.
    fn meta() -> MetaResponses {
        MetaResponses {
            responses: vec![MetaResponse {
                description: "A problem document (RFC 9457) that says what went wrong",
                status: None,
                status_range: None,
                content: vec![MetaMediaType { content_type: PROBLEM_JSON, schema: Problem::schema_ref() }],
                headers: vec![],
            }],
        }
    }

    fn register(registry: &mut Registry) {
        Problem::register(registry);
    }
}

/// What a failure of ours or of poem's means to a caller.
///
/// A message of somebody else's error is never shown: it may name a path on disk or a type of ours.
/// The messages of parameter parsing are the exception, with the parts about our types cut away.
pub fn classify(error: poem::Error) -> Error {
    let error = match error.downcast::<Error>() {
        Ok(ours) => return ours,
        Err(error) => error,
    };
    if error.is::<NotFoundError>() {
        return Error::not_found(
            "No operation and no page has this address. GET /openapi.json lists all of them.",
        );
    }
    if error.is::<MethodNotAllowedError>() {
        return Error::new(problem::METHOD_NOT_ALLOWED, "This address does not take that method.");
    }
    if let Some(failed) = error.downcast_ref::<ParseParamError>() {
        let detail = clean(&failed.reason);
        return Error::parameter(Fault::new(format!("query:{}", failed.name), "invalid", detail));
    }
    if let Some(failed) = error.downcast_ref::<ParsePathError>() {
        let detail = clean(&failed.reason);
        return Error::parameter(Fault::new(format!("path:{}", failed.name), "invalid", detail));
    }
    if let Some(failed) = error.downcast_ref::<ContentTypeError>() {
        return Error::new(
            problem::UNSUPPORTED_MEDIA_TYPE,
            match failed {
                ContentTypeError::NotSupported { content_type } => {
                    format!("`{}` is not accepted here.", problem::shorten(content_type))
                }
                ContentTypeError::ExpectContentType => "Send a Content-Type header.".to_owned(),
            },
        );
    }
    if let Some(failed) = error.downcast_ref::<ParseRequestPayloadError>() {
        return Error::new(problem::BAD_REQUEST, clean(&failed.reason));
    }
    if error.is::<AuthorizationError>() {
        return Error::unauthorized("Send a token: `Authorization: Bearer …`.");
    }
    match error.downcast::<ReadBodyError>() {
        Ok(failed) => body_error(failed),
        Err(error) => by_status(error),
    }
}

/// What a failure to read the body means.
pub fn body_error(failed: ReadBodyError) -> Error {
    match failed {
        ReadBodyError::PayloadTooLarge => super::limit::too_large(None),
        ReadBodyError::Io(source) => io_error(source),
        ReadBodyError::Utf8(_) => Error::bad_request("The body is not UTF-8."),
        ReadBodyError::BodyHasBeenTaken => Error::internal(failed),
    }
}

/// What a failure of the connection while reading the body means.
pub fn io_error(source: std::io::Error) -> Error {
    match super::limit::TooLarge::in_chain(&source) {
        Some(too_large) => super::limit::too_large(Some(too_large.0)),
        None => Error::bad_request("The body broke off before its end.").with_source(source),
    }
}

/// Any other failure, by its status alone.
fn by_status(error: poem::Error) -> Error {
    let status = error.status();
    if status.is_server_error() {
        return Error::internal(error.to_string());
    }
    let code = problem::COMMON.iter().find(|code| code.status == status.as_u16());
    let code = code.copied().unwrap_or(problem::BAD_REQUEST);
    Error::new(code, format!("{}.", code.title)).with_source(error.to_string())
}

/// poem's words about a value, without our type names: `failed to parse "X": why (occurred while …)`.
pub fn clean(reason: &str) -> String {
    let mut text = reason.trim();
    while let Some(rest) = text.strip_prefix("failed to parse \"") {
        text = rest.split_once("\": ").map_or(rest, |(_, why)| why);
    }
    if let Some((why, _)) = text.split_once(" (occurred while parsing") {
        text = why;
    }
    if text.starts_with("Expected input type") || text.ends_with("expects an input value.") {
        return "This has the wrong type.".to_owned();
    }
    let mut text = sentence(&problem::shorten_to(text, 300));
    if !text.ends_with(['.', '?', '!', '…']) {
        text.push('.');
    }
    text
}

/// The text with a capital at its beginning.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
