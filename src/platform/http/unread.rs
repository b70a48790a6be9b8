//! Messages that are no request. hyper refuses what is not HTTP, or has too large a head, before there is
//! anything to answer for, and says so with an empty answer. On its way out that answer is replaced by
//! a problem document, so that this failure looks like every other.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::problem::{PROBLEM_JSON, Problem};
use crate::platform::problem::{self, Code, Error};

/// How hyper begins what it says by itself; no answer of the service has an empty body and such a status.
const EMPTY: &[u8] = b"connection: close\r\ncontent-length: 0\r\n";

/// What hyper says by itself: its status line, and what is said instead.
const REFUSALS: [(&[u8], Code, &str); 3] = [
    (
        b"HTTP/1.1 400 Bad Request\r\n",
        problem::BAD_REQUEST,
        "This is not a message of HTTP/1.1: check the request line and the names of the header fields.",
    ),
    (
        b"HTTP/1.1 414 URI Too Long\r\n",
        problem::URI_TOO_LONG,
        "The address in the request line is too long. Send less in the query.",
    ),
    (
        b"HTTP/1.1 431 Request Header Fields Too Large\r\n",
        problem::HEADERS_TOO_LARGE,
        "The request line and the header fields are too large together. Send fewer or shorter ones.",
    ),
];

/// A connection on which hyper's own refusals are explained.
pub(super) struct Explained<S> {
    inner: S,
    /// What is being written in place of a refusal, and how much of it has been.
    instead: Option<(Vec<u8>, usize)>,
}

impl<S> Explained<S> {
    pub(super) const fn new(inner: S) -> Self {
        Self { inner, instead: None }
    }
}

/// The problem to send in place of a refusal; `None` for everything else.
fn instead_of(written: &[u8]) -> Option<Vec<u8>> {
    let (line, code, detail) = REFUSALS.iter().find(|(line, ..)| written.starts_with(line))?;
    if !written[line.len()..].starts_with(EMPTY) {
        return None;
    }
    let body = serde_json::to_vec(&Problem::new(&Error::new(*code, *detail), None)).ok()?;
    let mut answer = line.to_vec();
    let head = format!(
        "content-type: {PROBLEM_JSON}\r\ncache-control: no-store\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    answer.extend_from_slice(head.as_bytes());
    answer.extend_from_slice(&body);
    Some(answer)
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Explained<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.instead.is_none() {
            this.instead = instead_of(bytes).map(|answer| (answer, 0));
        }
        let Some((answer, written)) = &mut this.instead else {
            return Pin::new(&mut this.inner).poll_write(cx, bytes);
        };
        while *written < answer.len() {
            match ready!(Pin::new(&mut this.inner).poll_write(cx, &answer[*written..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                more => *written += more,
            }
        }
        this.instead = None;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = slices.iter().find(|slice| !slice.is_empty());
        match first {
            Some(first) if self.instead.is_some() || instead_of(first).is_some() => {
                self.poll_write(cx, first)
            }
            _ => Pin::new(&mut self.inner).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Explained<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, into)
    }
}
