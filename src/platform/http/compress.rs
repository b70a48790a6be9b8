//! gzip for JSON and text worth it.
//!
//! A compressed answer is another representation, so its strong entity tag gets the suffix `-gzip`
//! (RFC 9110 section 8.8.3.3); conditions that come back with the suffix are compared without it.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::combinators::BoxBody;
use hyper::body::Body as _;
use poem::http::{HeaderMap, HeaderValue, StatusCode, header};
use poem::{Body, Response};

use crate::config::limits;

const SUFFIX: &str = "-gzip\"";
/// Quick rather than small: the second level costs a quarter of the usual sixth.
const LEVEL: Compression = Compression::new(2);
/// Above this, compressing moves off the thread that serves requests, in bytes.
const INLINE_BYTES: u64 = 64 * 1024;

/// Whether the caller takes gzip (RFC 9110 section 12.5.3).
pub fn accepted(headers: &HeaderMap) -> bool {
    let mut wanted = None;
    let mut anything = false;
    let values = headers.get_all(header::ACCEPT_ENCODING).into_iter();
    for coding in values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')) {
        let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = parameters
            .split(';')
            .filter_map(|parameter| parameter.trim().strip_prefix("q="))
            .any(|quality| quality.parse::<f32>() == Ok(0.0));
        match name.trim() {
            name if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") => {
                wanted = Some(!refused);
            }
            "*" => anything = !refused,
            _ => {}
        }
    }
    wanted.unwrap_or(anything)
}

/// Takes the suffix off the entity tags of a request's conditions; says whether there was one.
pub fn strip_suffix(headers: &mut HeaderMap) -> bool {
    let mut found = false;
    for name in [header::IF_NONE_MATCH, header::IF_MATCH] {
        let Some(value) = headers.get(&name).and_then(|value| value.to_str().ok()) else { continue };
        if value.contains(SUFFIX)
            && let Ok(bare) = HeaderValue::try_from(value.replace(SUFFIX, "\""))
        {
            headers.insert(name, bare);
            found = true;
        }
    }
    found
}

/// Puts the suffix on a strong entity tag.
pub fn add_suffix(headers: &mut HeaderMap) {
    let Some(tag) = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()) else { return };
    if !tag.starts_with("W/")
        && let Some(open) = tag.strip_suffix('"')
        && let Ok(tag) = HeaderValue::try_from(format!("{open}{SUFFIX}"))
    {
        headers.insert(header::ETAG, tag);
    }
}

/// Whether an answer is one that is compressed for callers who take gzip. Such answers vary.
pub fn suits(response: &Response) -> bool {
    if matches!(
        response.status(),
        StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED | StatusCode::PARTIAL_CONTENT
    ) || response.headers().contains_key(header::CONTENT_ENCODING)
    {
        return false;
    }
    let essence = response.content_type().unwrap_or("").split(';').next().unwrap_or("").trim();
    essence.starts_with("text/")
        || essence == "application/json"
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
        || essence == "application/javascript"
}

/// The length of a response's body, when it is known in advance.
pub fn exact_length(response: &mut Response) -> Option<u64> {
    let body: BoxBody<Bytes, io::Error> = response.take_body().into();
    let length = body.size_hint().exact();
    response.set_body(Body::from(body));
    length
}

/// Compresses an answer of this length, when that is worth it.
pub async fn gzip(mut response: Response, length: u64) -> Response {
    if !(limits::COMPRESS_FROM_BYTES..=limits::COMPRESS_TO_BYTES).contains(&length) {
        return response;
    }
    let Ok(plain) = response.take_body().into_bytes().await else { return response };
    let packed = if length <= INLINE_BYTES {
        pack(&plain)
    } else {
        let moved = plain.clone();
        tokio::task::spawn_blocking(move || pack(&moved))
            .await
            .unwrap_or_else(|error| Err(io::Error::other(error)))
    };
    match packed {
        Ok(packed) if packed.len() < plain.len() => {
            response.set_body(packed);
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            add_suffix(response.headers_mut());
        }
        Ok(_) | Err(_) => response.set_body(plain),
    }
    response
}

fn pack(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 3), LEVEL);
    encoder.write_all(plain)?;
    encoder.finish()
}
