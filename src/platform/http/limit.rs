//! How much body is taken, whether its length was announced or comes in chunks.

use std::fmt;
use std::io;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use poem::http::header;
use poem::{Body, Request};

use super::problem::io_error;
use crate::config::limits;
use crate::platform::problem::{self, Error};

/// The I/O error a body ends with when it exceeds so many bytes.
#[derive(Debug)]
pub struct TooLarge(pub usize);

impl TooLarge {
    /// The marker inside an I/O error, however often it was wrapped.
    pub fn in_chain(error: &io::Error) -> Option<&Self> {
        let mut inner: &(dyn std::error::Error + 'static) = error.get_ref()?;
        loop {
            if let Some(found) = inner.downcast_ref::<Self>() {
                return Some(found);
            }
            inner = match inner.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
                Some(deeper) => deeper,
                None => inner.source()?,
            };
        }
    }
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the body is larger than {} bytes", self.0)
    }
}

impl std::error::Error for TooLarge {}

/// 413 `payload-too-large`, naming the limit when it is known.
pub fn too_large(limit: Option<usize>) -> Error {
    match limit {
        Some(bytes) => {
            Error::new(problem::PAYLOAD_TOO_LARGE, format!("At most {} are taken here.", in_words(bytes)))
                .with_member("limit", bytes)
        }
        None => Error::new(problem::PAYLOAD_TOO_LARGE, "The body is larger than is taken here."),
    }
}

fn in_words(bytes: usize) -> String {
    if bytes >= 1024 && bytes.is_multiple_of(1024) {
        format!("{} KiB", bytes / 1024)
    } else {
        format!("{bytes} bytes")
    }
}

/// The length the request announces, if it does.
pub fn announced_length(request: &Request) -> Option<u64> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Refuses an announced body over `limit` bytes, and makes one that comes in chunks end there.
///
/// # Errors
/// 413 `payload-too-large`.
pub fn guard(request: &mut Request, limit: usize) -> Result<(), Error> {
    match announced_length(request) {
        Some(length) if length > limit as u64 => Err(too_large(Some(limit))),
        Some(_) => Ok(()),
        None => {
            let body = request.take_body();
            request.set_body(if body.is_empty() { body } else { cut(body, limit) });
            Ok(())
        }
    }
}

fn cut(body: Body, limit: usize) -> Body {
    let mut taken = 0_usize;
    Body::from_bytes_stream(body.into_bytes_stream().map(move |chunk| {
        let chunk = chunk?;
        taken = taken.saturating_add(chunk.len());
        if taken > limit { Err(io::Error::other(TooLarge(limit))) } else { Ok::<Bytes, io::Error>(chunk) }
    }))
}

/// The whole body, if it is at most `limit` bytes and arrives in time. A body that came in one piece
/// is not copied.
///
/// # Errors
/// 413 `payload-too-large`, 408 `request-timeout`, 400 `bad-request` when it breaks off.
pub async fn read(body: Body, limit: usize) -> Result<Bytes, Error> {
    match tokio::time::timeout(limits::BODY_READ_TIME, collect(body, limit)).await {
        Ok(read) => read,
        Err(_) => {
            Err(Error::new(problem::REQUEST_TIMEOUT, "The body took too long to arrive; send it again."))
        }
    }
}

async fn collect(body: Body, limit: usize) -> Result<Bytes, Error> {
    let mut stream = body.into_bytes_stream();
    let Some(first) = stream.next().await else { return Ok(Bytes::new()) };
    let first = first.map_err(io_error)?;
    let mut whole: Option<BytesMut> = None;
    let mut length = first.len();
    if length > limit {
        return Err(too_large(Some(limit)));
    }
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(io_error)?;
        length = length.saturating_add(chunk.len());
        if length > limit {
            return Err(too_large(Some(limit)));
        }
        whole.get_or_insert_with(|| BytesMut::from(&first[..])).extend_from_slice(&chunk);
    }
    Ok(whole.map_or(first, BytesMut::freeze))
}
