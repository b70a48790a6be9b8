//! Answers: bodies that are serialised once, straight from the type, and carry their headers.
//!
//! poem-openapi's own `Json` builds a tree first, which costs more than everything else a read does.

use std::marker::PhantomData;
use std::time::Duration;

use poem::http::{HeaderName, HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::registry::{
    MetaHeader, MetaMediaType, MetaResponse, MetaResponses, MetaSchemaRef, Registry,
};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object};
use serde::Serialize;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::etag::{Version, tag_of};
use super::problem::respond;
use crate::platform::clock::Ts;
use crate::platform::problem::Error;
use crate::platform::rendered::Rendered;

/// Header fields of a usual answer, the edge's included.
const HEADERS: usize = 14;

/// The media type of every JSON answer.
pub const JSON: &str = "application/json";

/// A JSON answer of type `T` with status `STATUS`.
///
/// `T` derives both poem-openapi's `Object` (for the document) and serde's `Serialize` (for the
/// bytes); the two must agree, which the schema test checks on real answers.
#[derive(Debug)]
pub struct Answer<T, const STATUS: u16 = 200> {
    body: Result<Vec<u8>, serde_json::Error>,
    headers: Vec<(HeaderName, HeaderValue)>,
    of: PhantomData<fn() -> T>,
}

/// An answer as it will be sent.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: &'a [u8],
    /// Its own headers, without those every answer has.
    pub headers: &'a [(HeaderName, HeaderValue)],
}

/// 201 with the thing that was made; give it a [`Answer::location`].
pub type Created<T> = Answer<T, 201>;
/// 202 with what will be done.
pub type Accepted<T> = Answer<T, 202>;

impl<T: Serialize, const STATUS: u16> Answer<T, STATUS> {
    /// The answer with this body.
    pub fn new(body: &T) -> Self {
        Self { body: serde_json::to_vec(body), headers: Vec::new(), of: PhantomData }
    }
}

impl<T, const STATUS: u16> Answer<T, STATUS> {
    /// An answer that was given before, from its body and headers.
    pub(super) fn again(body: Vec<u8>, headers: Vec<(String, String)>) -> Self {
        let headers = headers
            .into_iter()
            .filter_map(|(name, value)| Some((name.parse().ok()?, HeaderValue::try_from(value).ok()?)))
            .collect();
        Self { body: Ok(body), headers, of: PhantomData }
    }

    /// Adds a header, unless its value cannot be one.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// The record's version as `ETag`; `If-Match` compares it.
    #[must_use]
    pub fn version(self, version: Version) -> Self {
        self.header(header::ETAG, &version.to_string())
    }

    /// When the thing last changed.
    #[must_use]
    pub fn last_modified(self, at: Ts) -> Self {
        let value = http_date(at);
        self.header(header::LAST_MODIFIED, &value)
    }

    /// Anyone may keep the answer for so long before asking again.
    #[must_use]
    pub fn public_for(self, time: Duration) -> Self {
        self.header(header::CACHE_CONTROL, &format!("public, max-age={}", time.as_secs()))
    }

    /// Nobody may keep the answer; for what only this caller may see.
    #[must_use]
    pub fn private(self) -> Self {
        self.header(header::CACHE_CONTROL, "private, no-store")
    }

    /// Where the thing is; for 201.
    #[must_use]
    pub fn location(self, url: &str) -> Self {
        self.header(header::LOCATION, url)
    }

    /// A link of the answer to another address (RFC 8288).
    #[must_use]
    pub fn link(self, rel: &str, url: &str) -> Self {
        self.header(header::LINK, &format!("<{url}>; rel=\"{rel}\""))
    }

    /// The status, body and headers as they will be sent, for keeping beside an idempotency key.
    ///
    /// # Errors
    /// 500 when the body could not be serialised.
    pub fn parts(&self) -> Result<Parts<'_>, Error> {
        match &self.body {
            Ok(body) => Ok(Parts { status: STATUS, body, headers: &self.headers }),
            Err(error) => Err(Error::internal(error.to_string())),
        }
    }
}

impl<T: Send, const STATUS: u16> IntoResponse for Answer<T, STATUS> {
    fn into_response(self) -> Response {
        let body = match self.body {
            Ok(body) => body,
            Err(error) => return respond(&Error::internal(error), None),
        };
        let mut response = Response::builder().status(status(STATUS)).finish();
        let headers = response.headers_mut();
        headers.reserve(HEADERS);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
        for (name, value) in self.headers {
            headers.append(name, value);
        }
        if STATUS == 200
            && !headers.contains_key(header::ETAG)
            && let Ok(tag) = HeaderValue::try_from(tag_of(&body))
        {
            headers.insert(header::ETAG, tag);
        }
        response.set_body(body);
        response
    }
}

impl<T: Type, const STATUS: u16> ApiResponse for Answer<T, STATUS> {
    fn meta() -> MetaResponses {
        let mut headers = vec![];
        match STATUS {
            200 => headers.push(meta_header("ETag", "The version of this answer")),
            201 => headers.push(meta_header("Location", "Where it is now")),
            _ => {}
        }
        MetaResponses { responses: vec![meta_response(STATUS, json_content(T::schema_ref()), headers)] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// 204: done, and there is nothing to say about it.
#[derive(Clone, Copy, Debug)]
pub struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        Response::builder().status(StatusCode::NO_CONTENT).finish()
    }
}

impl ApiResponse for NoContent {
    fn meta() -> MetaResponses {
        MetaResponses { responses: vec![meta_response(204, vec![], vec![])] }
    }

    fn register(_registry: &mut Registry) {}
}

/// An answer rendered before, sent as its bytes; documented as a `T`.
#[derive(Debug)]
pub struct Cached<T> {
    rendered: Rendered,
    headers: Vec<(HeaderName, HeaderValue)>,
    of: PhantomData<fn() -> T>,
}

impl<T> Cached<T> {
    /// The answer with this rendering.
    pub const fn new(rendered: Rendered) -> Self {
        Self { rendered, headers: Vec::new(), of: PhantomData }
    }

    /// Adds a header, unless its value cannot be one.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }
}

impl<T: Serialize> Cached<T> {
    /// Renders a body for keeping, with the entity tag of its bytes or of the record's version.
    ///
    /// # Errors
    /// 500 when the body cannot be serialised.
    pub fn render(body: &T, version: Option<Version>) -> Result<Rendered, Error> {
        let body = serde_json::to_vec(body).map_err(Error::internal)?;
        let etag = version.map_or_else(|| tag_of(&body), |version| version.to_string());
        Ok(Rendered { body: body.into(), etag: etag.into() })
    }

    /// Renders a record together with what others say about it: the tag begins with the version of the
    /// record and changes with the rest.
    ///
    /// # Errors
    /// 500 when the body cannot be serialised.
    pub fn render_composed(body: &T, version: Version) -> Result<Rendered, Error> {
        let body = serde_json::to_vec(body).map_err(Error::internal)?;
        let etag = version.tag_of(&body);
        Ok(Rendered { body: body.into(), etag: etag.into() })
    }
}

impl<T: Send> IntoResponse for Cached<T> {
    fn into_response(self) -> Response {
        let mut response = Response::builder().body(self.rendered.body);
        let headers = response.headers_mut();
        headers.reserve(HEADERS);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
        if let Ok(tag) = HeaderValue::from_str(&self.rendered.etag) {
            headers.insert(header::ETAG, tag);
        }
        for (name, value) in self.headers {
            headers.append(name, value);
        }
        response
    }
}

impl<T: Type> ApiResponse for Cached<T> {
    fn meta() -> MetaResponses {
        <Answer<T> as ApiResponse>::meta()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// How many there are in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Object, Serialize)]
pub struct Total {
    /// The number.
    pub value: u64,
    /// Whether it is the number, or the number is at least this.
    pub relation: Relation,
}

/// How a total relates to the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum, Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Exactly so many.
    Eq,
    /// So many or more.
    Gte,
}

impl Total {
    /// Exactly so many.
    pub const fn exactly(value: u64) -> Self {
        Self { value, relation: Relation::Eq }
    }

    /// So many or more.
    pub const fn at_least(value: u64) -> Self {
        Self { value, relation: Relation::Gte }
    }
}

/// The licence of the directory's facts, carried by every list.
pub const LICENCE: &str = "https://creativecommons.org/licenses/by/4.0/";
/// Whom to name when the facts are reused.
pub const ATTRIBUTION: &str = "Stipple directory; places from GeoNames, CC BY 4.0";

/// A page of a list.
#[derive(Clone, Debug, Object, Serialize)]
pub struct Page<T: poem_openapi::types::ParseFromJSON + poem_openapi::types::ToJSON + Type> {
    /// The items of this page, in the order asked for.
    pub items: Vec<T>,
    /// How many there are over all pages.
    pub total: Total,
    /// What to send as `cursor` for the next page; null on the last one.
    #[oai(nullable)]
    pub next_cursor: Option<String>,
    /// The licence of these facts.
    pub licence: String,
    /// Whom to name when they are reused.
    pub attribution: String,
}

impl<T: poem_openapi::types::ParseFromJSON + poem_openapi::types::ToJSON + Type> Page<T> {
    /// A page with the directory's licence.
    pub fn new(items: Vec<T>, total: Total, next_cursor: Option<String>) -> Self {
        Self { items, total, next_cursor, licence: LICENCE.to_owned(), attribution: ATTRIBUTION.to_owned() }
    }
}

/// The same address with another cursor, for `Link: rel="next"`.
pub fn next_url(uri: &poem::http::Uri, cursor: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let pairs = url::form_urlencoded::parse(uri.query().unwrap_or("").as_bytes());
    query.extend_pairs(pairs.filter(|(name, _)| name != "cursor"));
    query.append_pair("cursor", cursor);
    format!("{}?{}", uri.path(), query.finish())
}

/// An instant as HTTP writes it (RFC 9110 section 5.6.7).
pub fn http_date(at: Ts) -> String {
    const IMF: &[BorrowedFormatItem<'_>] = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    at.datetime().format(IMF).unwrap_or_default()
}

fn status(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::OK)
}

fn json_content(schema: MetaSchemaRef) -> Vec<MetaMediaType> {
    vec![MetaMediaType { content_type: JSON, schema }]
}

fn meta_response(status: u16, content: Vec<MetaMediaType>, headers: Vec<MetaHeader>) -> MetaResponse {
    MetaResponse {
        description: match status {
            201 => "Made",
            202 => "Taken in; it will be done",
            204 => "Done",
            _ => "Success",
        },
        status: Some(status),
        status_range: None,
        content,
        headers,
    }
}

fn meta_header(name: &str, description: &str) -> MetaHeader {
    MetaHeader {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        required: false,
        deprecated: false,
        schema: String::schema_ref(),
    }
}
