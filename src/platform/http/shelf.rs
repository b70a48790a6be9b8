//! The shelf: rendered answers that the edge hands out by their address alone.
//!
//! A cached listing is a few bytes of work, and the way through routes, parameters and extractors
//! costs several times that. What stands on the shelf is exactly what the operation would answer, from
//! the same cache; it still spends the caller's quota, is counted as that operation, and obeys the
//! same conditions. Everything else (a query, a token, an address that is not there) goes the usual way.

use std::sync::{Arc, OnceLock};

use poem::http::{Method, header};
use poem::{IntoResponse, Request, Response};

use super::answer::Cached;
use super::context::Context;
use super::operation::Operation;
use super::traffic::Traffic;
use crate::platform::problem::Error;
use crate::platform::rendered::RenderedCache;

/// Rendered answers of one operation, by subject.
#[derive(Debug)]
pub struct Shelf {
    prefix: &'static str,
    kind: &'static str,
    id: &'static str,
    operation: OnceLock<Arc<Operation>>,
    rendered: RenderedCache,
}

impl Shelf {
    /// The answers of the operation `id`, whose address is `prefix` and the subject, such as
    /// `/v1/` and `practitioners/SMP-7K3F-9Q2M-4`; `kind` is how its subjects begin.
    pub const fn new(
        id: &'static str,
        prefix: &'static str,
        kind: &'static str,
        rendered: RenderedCache,
    ) -> Self {
        Self { prefix, kind, id, operation: OnceLock::new(), rendered }
    }

    /// The answer, if it stands here and the request asks for nothing more.
    ///
    /// # Errors
    /// 429 when the caller's quota is spent.
    pub(super) fn answer(
        &self,
        request: &Request,
        context: &Context,
        traffic: &Traffic,
    ) -> Result<Option<Response>, Error> {
        let uri = request.uri();
        if request.method() != Method::GET
            || uri.query().is_some()
            || request.headers().contains_key(header::AUTHORIZATION)
        {
            return Ok(None);
        }
        let Some(subject) = uri.path().strip_prefix(self.prefix) else { return Ok(None) };
        if subject.strip_prefix(self.kind).is_none_or(|rest| rest.contains('/')) {
            return Ok(None);
        }
        let Some(rendered) = self.rendered.get(subject) else { return Ok(None) };
        let Some(operation) = self.operation(traffic) else { return Ok(None) };
        context.enter(operation);
        traffic.take_quota(operation, context)?;
        Ok(Some(Cached::<()>::new(rendered).into_response()))
    }

    fn operation(&self, traffic: &Traffic) -> Option<&Arc<Operation>> {
        if let Some(known) = self.operation.get() {
            return Some(known);
        }
        let found = traffic.operation(self.id)?;
        Some(self.operation.get_or_init(|| found))
    }
}
