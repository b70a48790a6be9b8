//! Somebody who calls the API, and what they get back.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;

use poem::endpoint::BoxEndpoint;
use poem::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use poem::{Endpoint, IntoResponse, Request};
use serde_json::Value;

/// A caller: nobody, or the bearer of a token.
#[derive(Clone)]
pub(crate) struct Client {
    endpoint: Arc<BoxEndpoint<'static>>,
    token: Option<String>,
}

impl Client {
    pub(super) fn new(endpoint: Arc<BoxEndpoint<'static>>, token: Option<String>) -> Self {
        Self { endpoint, token }
    }

    /// The text of this caller's token.
    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// A request to complete and await.
    pub(crate) fn call(&self, method: Method, path: &str) -> Call {
        let mut headers = HeaderMap::new();
        if let Some(token) = &self.token {
            headers.insert("authorization", format!("Bearer {token}").parse().expect("a header value"));
        }
        Call {
            endpoint: Arc::clone(&self.endpoint),
            method,
            path: path.to_owned(),
            headers,
            body: Vec::new(),
        }
    }

    /// GET.
    pub(crate) fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    /// POST of a JSON body.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Call {
        self.call(Method::POST, path).json(body)
    }

    /// PUT of a JSON body.
    pub(crate) fn put(&self, path: &str, body: &Value) -> Call {
        self.call(Method::PUT, path).json(body)
    }

    /// PATCH of a JSON body; the media type is plain JSON unless the test says otherwise.
    pub(crate) fn patch(&self, path: &str, body: &Value) -> Call {
        self.call(Method::PATCH, path).json(body)
    }

    /// DELETE.
    pub(crate) fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }
}

/// A request on its way; `.await` sends it.
pub(crate) struct Call {
    endpoint: Arc<BoxEndpoint<'static>>,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Call {
    /// With this header, replacing one of that name.
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        let name: HeaderName = name.parse().expect("a header name");
        let value: HeaderValue = value.as_ref().parse().expect("a header value");
        self.headers.insert(name, value);
        self
    }

    /// With an `If-Match` header.
    pub(crate) fn if_match(self, etag: impl AsRef<str>) -> Self {
        self.header("if-match", etag)
    }

    /// With an `Idempotency-Key` header.
    pub(crate) fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// With a JSON body.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// With a body as it stands.
    pub(crate) fn body(self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let length = body.len().to_string();
        let mut call = self.header("content-type", media_type).header("content-length", length);
        call.body = body;
        call
    }
}

impl IntoFuture for Call {
    type Output = Response;
    type IntoFuture = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let mut request = Request::builder()
                .method(self.method.clone())
                .uri(self.path.parse().expect("a path"))
                .finish();
            *request.headers_mut() = self.headers;
            request.set_body(self.body);
            let asked = format!("{} {}", self.method, self.path);
            let response = match self.endpoint.call(request).await {
                Ok(response) => response.into_response(),
                Err(error) => error.into_response(),
            };
            let (parts, body) = response.into_parts();
            let bytes = body.into_bytes().await.expect("the body arrives").to_vec();
            Response { asked, status: parts.status, headers: parts.headers, bytes }
        })
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Response {
    asked: String,
    /// The status.
    pub(crate) status: StatusCode,
    /// The header fields.
    pub(crate) headers: HeaderMap,
    /// The body as sent.
    pub(crate) bytes: Vec<u8>,
}

impl Response {
    /// Insists on a status; shows the answer when it is another.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert!(
            self.status.as_u16() == status,
            "{} should answer {status} and answered {}: {}",
            self.asked,
            self.status,
            self.text()
        );
        self
    }

    /// Insists on a problem document of that code, with the status it names; answers the document.
    #[track_caller]
    pub(crate) fn problem(self, code: &str) -> Value {
        let document = if self.header("content-type") == Some("application/problem+json") {
            self.json()
        } else {
            panic!(
                "{} should answer the problem {code} and answered {}: {}",
                self.asked,
                self.status,
                self.text()
            )
        };
        assert!(
            document["code"] == code,
            "{} should answer the problem {code} and answered {document:#}",
            self.asked
        );
        assert_eq!(document["status"], self.status.as_u16(), "the document and the status line agree");
        assert_eq!(document["type"], format!("/problems/{code}"), "the type is the code's page");
        document
    }

    /// Insists on a problem document and answers what it finds wrong, as `(pointer, code)`, in order.
    #[track_caller]
    pub(crate) fn faults(self, code: &str) -> Vec<(String, String)> {
        let document = self.problem(code);
        let word = |fault: &Value, name: &str| fault[name].as_str().unwrap_or_default().to_owned();
        let faults = document["errors"].as_array().cloned().unwrap_or_default();
        faults.iter().map(|fault| (word(fault, "pointer"), word(fault, "code"))).collect()
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{} answered no JSON ({error}): {}", self.asked, self.text()))
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// A header field's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The entity tag, which must be there.
    #[track_caller]
    pub(crate) fn etag(&self) -> String {
        self.header("etag").unwrap_or_else(|| panic!("{} answered no ETag", self.asked)).to_owned()
    }
}
