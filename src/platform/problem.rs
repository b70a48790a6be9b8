//! What can go wrong, in words a caller can act on: codes, faults and the one error type of every
//! operation.
//!
//! A slice keeps its own typed errors inside and turns them into an [`Error`] where they leave it.
//! `platform/http` renders an [`Error`] as an RFC 9457 problem document; nothing here knows HTTP
//! beyond a status number and header names.

use std::borrow::Cow;
use std::fmt;
use std::panic::Location;

use serde::Serialize;
use serde_json::{Map, Value};

/// One kind of failure: a stable machine word, its HTTP status, and a title that never varies.
///
/// A slice declares its own as constants in `model.rs`; the common ones are in this module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// The stable word callers match on, in kebab case; the problem's `type` is `/problems/<slug>`.
    pub slug: &'static str,
    /// The HTTP status it is answered with.
    pub status: u16,
    /// A short sentence about the kind of failure, the same at every occurrence.
    pub title: &'static str,
}

impl Code {
    /// A code; for `const` items.
    #[must_use]
    pub const fn new(slug: &'static str, status: u16, title: &'static str) -> Self {
        Self { slug, status, title }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $slug:literal, $status:literal, $title:literal;)*) => {
        $($(#[$doc])* pub const $name: Code = Code::new($slug, $status, $title);)*
        /// Every code of this module, in order of status.
        pub const COMMON: &[Code] = &[$($name),*];
    };
}

codes! {
    /// The request cannot be understood and no more precise code fits.
    BAD_REQUEST = "bad-request", 400, "The request could not be understood";
    /// The body is not JSON, or not JSON this service accepts.
    MALFORMED_JSON = "malformed-json", 400, "The body is not well-formed JSON";
    /// The body names the same member twice in one object.
    DUPLICATE_KEY = "duplicate-key", 400, "A JSON object names the same member twice";
    /// The query has a parameter this operation does not know.
    UNKNOWN_PARAMETER = "unknown-parameter", 400, "The query has a parameter this operation does not know";
    /// A parameter in the path, the query or a header has a value that cannot be used.
    INVALID_PARAMETER = "invalid-parameter", 400, "A parameter has a value that cannot be used";
    /// The cursor was not made by this list with these filters.
    BAD_CURSOR = "bad-cursor", 400, "The cursor does not belong to this list";
    /// No credentials, or credentials that are not accepted.
    UNAUTHORIZED = "unauthorized", 401, "This operation needs a token";
    /// The caller is known and may not do this.
    FORBIDDEN = "forbidden", 403, "This token may not do that";
    /// There is nothing at this address.
    NOT_FOUND = "not-found", 404, "There is nothing at this address";
    /// The address exists and does not take this method.
    METHOD_NOT_ALLOWED = "method-not-allowed", 405, "This address does not take that method";
    /// The answer cannot be given in any form the caller accepts.
    NOT_ACCEPTABLE = "not-acceptable", 406, "The answer cannot be given in a form you accept";
    /// The caller was too slow in sending the request.
    REQUEST_TIMEOUT = "request-timeout", 408, "The request took too long to arrive";
    /// What was asked contradicts what is stored.
    CONFLICT = "conflict", 409, "The request conflicts with what is stored";
    /// There was something here and it is gone for good.
    GONE = "gone", 410, "What was at this address is gone";
    /// `If-Match` names a version that is no longer the current one.
    PRECONDITION_FAILED = "precondition-failed", 412, "The record has changed since you read it";
    /// The body is larger than this operation takes.
    PAYLOAD_TOO_LARGE = "payload-too-large", 413, "The body is too large";
    /// The path and query are longer than this service takes.
    URI_TOO_LONG = "uri-too-long", 414, "The address is too long";
    /// The body's media type is not one this operation takes.
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type", 415, "The body's media type is not accepted here";
    /// The body is well-formed and breaks rules; every broken one is in `errors`.
    INVALID = "invalid", 422, "The request breaks one or more rules";
    /// The idempotency key was used before with another request.
    IDEMPOTENCY_KEY_REUSED = "idempotency-key-reused", 422, "The idempotency key was used for another request";
    /// A change was sent without `If-Match`.
    PRECONDITION_REQUIRED = "precondition-required", 428, "A change needs the If-Match header";
    /// The caller has spent its quota.
    TOO_MANY_REQUESTS = "too-many-requests", 429, "Too many requests";
    /// The request's header fields are larger than this service takes.
    HEADERS_TOO_LARGE = "headers-too-large", 431, "The header fields are too large";
    /// Something failed on our side; the log has the cause under the request id.
    INTERNAL = "internal", 500, "Something failed on our side";
    /// The service is too busy, or a part it needs is away; trying again later helps.
    UNAVAILABLE = "unavailable", 503, "The service is busy or partly away";
    /// The operation was stopped because it took too long.
    TIMED_OUT = "timed-out", 503, "The operation took too long";
    /// There is no room left to store what was sent; nothing of it was kept.
    STORAGE_FULL = "storage-full", 507, "There is no room left to store this";
}

/// One thing wrong with a request, located.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where: a JSON pointer into the body (RFC 6901, `""` is the whole body), or
    /// `query:<name>`, `path:<name>`, `header:<name>` for a parameter.
    pub pointer: String,
    /// A stable word for the rule that was broken, such as `required` or `unknown-member`.
    pub code: &'static str,
    /// What is wrong and what would be right.
    pub detail: String,
}

impl Fault {
    /// A fault at `pointer`.
    pub fn new(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code, detail: detail.into() }
    }

    /// A member or parameter that must be there and is not.
    pub fn required(pointer: impl Into<String>) -> Self {
        Self::new(pointer, "required", "This is required.")
    }

    /// A word that is not one of `allowed`; names the nearest, or all of them when they are few.
    pub fn unknown_value<'a>(
        pointer: impl Into<String>,
        given: &str,
        allowed: impl IntoIterator<Item = &'a str> + Clone,
    ) -> Self {
        let mut detail = format!("`{}` is not known here.", shorten(given));
        if let Some(near) = nearest(given, allowed.clone()) {
            detail = format!("{detail} Did you mean `{near}`?");
        } else {
            let all: Vec<&str> = allowed.into_iter().take(13).collect();
            if !all.is_empty() && all.len() <= 12 {
                detail = format!("{detail} It is one of: {}.", all.join(", "));
            }
        }
        Self::new(pointer, "unknown-value", detail)
    }
}

/// The error of every operation: a code, a sentence about this occurrence, and the faults.
///
/// The cause is kept for the log and never shown. One pointer wide, so `Result`s stay small.
pub struct Error(Box<Inner>);

struct Inner {
    code: Code,
    detail: Cow<'static, str>,
    faults: Vec<Fault>,
    headers: Vec<(&'static str, String)>,
    members: Map<String, Value>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    at: &'static Location<'static>,
}

/// The result of an operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of this kind; `detail` says what happened here and what to do next.
    #[track_caller]
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            code,
            detail: detail.into(),
            faults: Vec::new(),
            headers: Vec::new(),
            members: Map::new(),
            source: None,
            at: Location::caller(),
        }))
    }

    /// A request that breaks the rules listed in `faults`: 422 `invalid`.
    #[track_caller]
    pub fn invalid(faults: Vec<Fault>) -> Self {
        let detail = match faults.as_slice() {
            [one] if one.pointer.is_empty() => one.detail.clone(),
            [one] => format!("{}: {}", one.pointer, one.detail),
            many => format!("{} things are wrong; each is in `errors`.", many.len()),
        };
        Self::new(INVALID, detail).with_faults(faults)
    }

    /// One parameter of the path, query or headers that cannot be used: 400 `invalid-parameter`.
    #[track_caller]
    pub fn parameter(fault: Fault) -> Self {
        let name = fault.pointer.split_once(':').map_or(fault.pointer.as_str(), |(_, name)| name);
        Self::new(INVALID_PARAMETER, format!("{name}: {}", fault.detail)).with_faults(vec![fault])
    }

    /// 400 `bad-request`.
    #[track_caller]
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(BAD_REQUEST, detail)
    }

    /// 404 `not-found`: `detail` names what was looked for.
    #[track_caller]
    pub fn not_found(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(NOT_FOUND, detail)
    }

    /// 401 `unauthorized`, with the challenge RFC 9110 section 11.6.1 asks for.
    #[track_caller]
    pub fn unauthorized(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(UNAUTHORIZED, detail).with_header("www-authenticate", "Bearer")
    }

    /// 403 `forbidden`.
    #[track_caller]
    pub fn forbidden(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(FORBIDDEN, detail)
    }

    /// 409 `conflict`.
    #[track_caller]
    pub fn conflict(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(CONFLICT, detail)
    }

    /// 410 `gone`.
    #[track_caller]
    pub fn gone(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(GONE, detail)
    }

    /// 503 `unavailable`, asking the caller to come back after `seconds`.
    #[track_caller]
    pub fn unavailable(detail: impl Into<Cow<'static, str>>, seconds: u64) -> Self {
        Self::new(UNAVAILABLE, detail).with_header("retry-after", seconds.to_string())
    }

    /// 500 `internal`: `source` goes to the log, the caller gets the request id to quote.
    #[track_caller]
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(INTERNAL, "The cause is in the log under this request's id.").with_source(source)
    }

    /// Lists what is wrong, in place of what was listed.
    #[must_use]
    pub fn with_faults(mut self, faults: Vec<Fault>) -> Self {
        self.0.faults = faults;
        self
    }

    /// Adds a response header, such as `retry-after`; `name` in lower case.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.headers.push((name, value.into()));
        self
    }

    /// Adds a member of its own to the problem document (RFC 9457 section 3.2).
    #[must_use]
    pub fn with_member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.members.insert(name.to_owned(), value.into());
        self
    }

    /// Keeps the cause, for the log alone.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The kind of failure.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The sentence about this occurrence.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Everything found wrong, in document order.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.0.faults
    }

    /// Response headers it carries.
    #[must_use]
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.0.headers
    }

    /// Members it adds to the problem document.
    #[must_use]
    pub fn members(&self) -> &Map<String, Value> {
        &self.0.members
    }

    /// Where in our source it was made, for the log.
    #[must_use]
    pub fn at(&self) -> &'static Location<'static> {
        self.0.at
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code.slug, self.0.detail)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("code", &self.0.code.slug)
            .field("detail", &self.0.detail)
            .field("faults", &self.0.faults)
            .field("source", &self.0.source)
            .field("at", &format_args!("{}", self.0.at))
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// The one of `known` a person most likely meant by `given`, if any is near enough to suggest.
///
/// Near means at most one slip in three letters (Damerau-Levenshtein over the folded words), or one
/// word beginning with the other.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let fold = |word: &str| word.to_lowercase().replace(['-', ' ', '.'], "_");
    let given: String = fold(&given.chars().take(64).collect::<String>());
    if given.is_empty() {
        return None;
    }
    let allowed = given.chars().count().div_ceil(3);
    known
        .into_iter()
        .map(|word| {
            let folded = fold(word);
            let slips = strsim::damerau_levenshtein(&given, &folded);
            let starts = given.len() >= 3 && (folded.starts_with(&given) || given.starts_with(&folded));
            (if starts { slips.min(allowed) } else { slips }, word)
        })
        .filter(|(slips, _)| *slips <= allowed)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, word)| word)
}

/// At most 64 characters of `text`, without control characters, for quoting back to the caller.
#[must_use]
pub fn shorten(text: &str) -> String {
    shorten_to(text, 64)
}

/// At most `most` characters of `text`, without control characters.
#[must_use]
pub fn shorten_to(text: &str, most: usize) -> String {
    let mut short: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect();
    if text.chars().nth(most).is_some() {
        short.push('…');
    }
    short
}
