//! What is known about a request while it is answered.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use poem::Request;
use poem::http::HeaderName;
use sha2::{Digest, Sha256};

use super::client::CallerKey;
use super::operation::Operation;
use super::rate::Left;
use crate::config::limits;
use crate::platform::id::Ids;

/// The header a request's id travels in.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// One request's context, in the request's extensions as long as it lives. Clones share it.
#[derive(Clone, Debug)]
pub struct Context(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    request_id: String,
    address: IpAddr,
    caller: OnceLock<CallerKey>,
    operation: OnceLock<Arc<Operation>>,
    left: OnceLock<Left>,
    body: OnceLock<[u8; 32]>,
}

impl Context {
    pub(super) fn new(request_id: String, address: IpAddr) -> Self {
        Self(Arc::new(Inner {
            request_id,
            address,
            caller: OnceLock::new(),
            operation: OnceLock::new(),
            left: OnceLock::new(),
            body: OnceLock::new(),
        }))
    }

    /// The context of a request that came through the edge.
    pub fn of(request: &Request) -> Option<&Self> {
        request.data::<Self>()
    }

    /// The request's id: the caller's own, or one made here.
    pub fn request_id(&self) -> &str {
        &self.0.request_id
    }

    /// The caller's address, behind trusted proxies.
    pub fn address(&self) -> IpAddr {
        self.0.address
    }

    /// Whom quotas and idempotency keys belong to.
    pub fn caller(&self) -> CallerKey {
        self.0.caller.get().cloned().unwrap_or_else(|| CallerKey::of_address(self.0.address))
    }

    /// Says that the caller is known by a token, before the operation is reached: quotas and
    /// idempotency keys are then the token's, not the address's. The first word counts.
    pub fn set_caller(&self, caller: CallerKey) {
        let _ = self.0.caller.set(caller);
    }

    /// Notes what the body was, when the request carries an idempotency key.
    pub(super) fn note_body(request: &Request, body: &[u8]) {
        if let Some(context) = Self::of(request)
            && request.headers().contains_key("idempotency-key")
        {
            let _ = context.0.body.set(Sha256::digest(body).into());
        }
    }

    /// The SHA-256 of the body, or nothing when none was read.
    pub(super) fn body_digest(&self) -> &[u8] {
        self.0.body.get().map_or(&[], |digest| digest)
    }

    pub(super) fn has_token(&self) -> bool {
        self.0.caller.get().is_some()
    }

    pub(super) fn enter(&self, operation: &Arc<Operation>) {
        let _ = self.0.operation.set(operation.clone());
    }

    pub(super) fn operation(&self) -> Option<&Arc<Operation>> {
        self.0.operation.get()
    }

    pub(super) fn set_left(&self, left: Left) {
        let _ = self.0.left.set(left);
    }

    pub(super) fn left(&self) -> Option<&Left> {
        self.0.left.get()
    }
}

/// Makes request ids: eight random digits of the process, then a counter.
#[derive(Debug)]
pub struct RequestIds {
    process: u32,
    next: AtomicU32,
}

impl RequestIds {
    /// Ids that another process does not make.
    pub fn new(ids: &Ids) -> Self {
        Self { process: u32::from_be_bytes(ids.bytes()), next: AtomicU32::new(1) }
    }

    /// The caller's id for the request when it is a plain short word, a new one otherwise.
    pub fn of(&self, request: &Request) -> String {
        let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
        match given {
            Some(given) if is_plain(given) => given.to_owned(),
            _ => format!("{:08x}{:08x}", self.process, self.next.fetch_add(1, Ordering::Relaxed)),
        }
    }
}

fn is_plain(text: &str) -> bool {
    (1..=limits::REQUEST_ID_CHARS).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}
