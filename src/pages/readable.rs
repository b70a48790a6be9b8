//! What went wrong before a page could be made (too large, too often, no such address), for readers rather than programs.

use std::io::Read as _;

use flate2::read::GzDecoder;
use poem::http::{StatusCode, header};
use poem::{Body, Endpoint, Request, Response, Result};
use serde::Deserialize;

use super::{page, problems};

/// Bytes of a problem document that are read, at most.
const LONGEST: u64 = 65_536;

/// Answers problems as pages to whoever reads with a browser, outside the API's own addresses.
pub struct Readable<E> {
    inner: E,
}

impl<E: Endpoint<Output = Response>> Readable<E> {
    /// Around everything else.
    pub const fn new(inner: E) -> Self {
        Self { inner }
    }
}

/// A problem document, as far as a page shows it.
#[derive(Deserialize)]
struct Problem {
    detail: String,
    #[serde(default)]
    errors: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    detail: String,
}

impl<E: Endpoint<Output = Response>> Endpoint for Readable<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let is_reader = is_for_readers(&request);
        let answer = self.inner.call(request).await?;
        if is_reader && answer.content_type().is_some_and(|it| it.starts_with("application/problem+json")) {
            return Ok(as_page(answer).await);
        }
        Ok(answer)
    }
}

fn is_for_readers(request: &Request) -> bool {
    let accepted = request.headers().get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    !request.uri().path().starts_with("/v1/")
        && accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

/// The same status and headers, with a page in place of the document.
async fn as_page(mut answer: Response) -> Response {
    let body = answer.take_body().into_bytes().await.unwrap_or_default();
    let problem = if answer.headers().contains_key(header::CONTENT_ENCODING) {
        serde_json::from_reader::<_, Problem>(GzDecoder::new(&*body).take(LONGEST))
    } else {
        serde_json::from_slice(&body)
    };
    let Ok(problem) = problem else {
        answer.set_body(Body::from(body));
        return answer;
    };
    let faults: Vec<&str> = problem.errors.iter().map(|fault| fault.detail.as_str()).collect();
    let explained = match answer.status() {
        StatusCode::PAYLOAD_TOO_LARGE => problems::too_large(),
        _ => problems::explained(&problem.detail, &faults),
    };
    let mut made = page(explained.into_string().into());
    made.set_status(answer.status());
    for (name, value) in answer.headers() {
        let of_body = [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::ETAG];
        if !of_body.contains(name) {
            made.headers_mut().insert(name.clone(), value.clone());
        }
    }
    made
}
