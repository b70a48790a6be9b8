//! What all requests share: quotas, gates, counters.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use super::context::{Context, RequestIds};
use super::gate::Gate;
use super::operation::Operation;
use super::rate::Rates;
use crate::config::http::Http;
use crate::config::limits;
use crate::platform::id::Ids;
use crate::platform::lease::Instances;
use crate::platform::metrics::{Counter, Gauge, Histogram, Metrics};
use crate::platform::problem::Error;

/// What all requests share.
pub struct Traffic {
    /// The settings.
    pub settings: Http,
    /// The gate in front of verification.
    pub verify: Gate,
    /// The gate in front of search.
    pub search: Gate,
    /// The gate in front of pictures that are sent: bodies, decoding, rendering.
    pub pictures: Gate,
    /// Where everything is counted.
    pub metrics: Metrics,
    pub(super) rates: Rates,
    pub(super) request_ids: RequestIds,
    pub(super) in_flight: Gauge,
    pub(super) other: OperationMetrics,
    operations: RwLock<HashMap<String, Arc<Operation>>>,
}

impl Traffic {
    /// Made once, from the settings.
    pub fn new(settings: Http, ids: &Ids, metrics: Metrics) -> Self {
        let wait = settings.queue_wait();
        let in_flight = metrics.gauge("stipple_http_requests_in_flight", "Requests being answered", &[]);
        Self {
            verify: Gate::new("verify", settings.verify_at_once, settings.queue, wait, &metrics),
            search: Gate::new("search", settings.search_at_once, settings.queue, wait, &metrics),
            pictures: Gate::new(
                "pictures",
                limits::PICTURES_AT_ONCE,
                settings.queue,
                limits::PICTURES_QUEUE_WAIT,
                &metrics,
            ),
            rates: Rates::new(&settings),
            request_ids: RequestIds::new(ids),
            in_flight,
            other: OperationMetrics::new(&metrics, "other"),
            operations: RwLock::default(),
            settings,
            metrics,
        }
    }

    /// The same, with quotas that are divided among so many instances: a caller who spreads over all of them gets no more
    /// than of one.
    #[must_use]
    pub fn shared_by(mut self, instances: Instances) -> Self {
        self.rates.share(instances);
        self
    }

    /// The operation of that id, once the API is put together.
    pub(super) fn operation(&self, id: &str) -> Option<Arc<Operation>> {
        self.operations.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    pub(super) fn add_operation(&self, operation: Arc<Operation>) {
        let mut operations = self.operations.write().unwrap_or_else(PoisonError::into_inner);
        operations.insert(operation.id.clone(), operation);
    }

    /// Takes one question of the operation's kind from the caller's quota, and notes what is left.
    ///
    /// # Errors
    /// 429 `too-many-requests`.
    pub(super) fn take_quota(&self, operation: &Operation, context: &Context) -> Result<(), Error> {
        match self.rates.take(operation.policy.class, &context.caller()) {
            Ok(Some(left)) => context.set_left(left),
            Ok(None) => {}
            Err((left, error)) => {
                context.set_left(left);
                return Err(error);
            }
        }
        Ok(())
    }

    pub(super) fn operation_metrics(&self, id: &str) -> OperationMetrics {
        OperationMetrics::new(&self.metrics, id)
    }
}

impl std::fmt::Debug for Traffic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Traffic").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// The statuses this service answers with; any other is counted as `other`.
const STATUSES: [u16; 33] = [
    200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409, 410, 412,
    413, 414, 415, 416, 422, 428, 429, 431, 500, 503, 504, 507,
];

/// One operation's counters: answers by status, and how long they took.
#[derive(Debug)]
pub struct OperationMetrics {
    metrics: Metrics,
    operation: String,
    took: Histogram,
    answers: [OnceLock<Counter>; STATUSES.len() + 1],
}

impl OperationMetrics {
    fn new(metrics: &Metrics, operation: &str) -> Self {
        let help = "How long answers took, by operation";
        Self {
            took: metrics.histogram("stipple_http_request_seconds", help, &[("operation", operation)]),
            metrics: metrics.clone(),
            operation: operation.to_owned(),
            answers: std::array::from_fn(|_| OnceLock::new()),
        }
    }

    /// Counts an answer.
    pub(super) fn count(&self, status: u16, took: Duration) {
        let at = STATUSES.binary_search(&status).unwrap_or(STATUSES.len());
        let counter = self.answers[at].get_or_init(|| {
            let text = STATUSES.get(at).map_or_else(|| "other".to_owned(), u16::to_string);
            let labels = [("operation", self.operation.as_str()), ("status", text.as_str())];
            self.metrics.counter("stipple_http_requests_total", "Answers, by operation and status", &labels)
        });
        counter.add_one();
        self.took.observe(took);
    }
}
