//! Quotas: how often one caller may ask, told in every answer (draft-ietf-httpapi-ratelimit-headers).

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use governor::clock::{Clock as _, MonotonicClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use poem::http::{HeaderMap, HeaderName, HeaderValue};

use super::client::CallerKey;
use crate::config::http::Http;
use crate::config::limits;
use crate::platform::lease::Instances;
use crate::platform::problem::{self, Error};

/// The header that says what is left.
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// The header that says what the quota is.
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// The window a quota is stated for, in seconds.
const WINDOW: u32 = 60;
/// So many questions between two looks at how many callers are remembered.
const SWEEP_EVERY: u64 = 1024;

/// What kind of question it is; each kind has a quota of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Reading and searching.
    Read,
    /// Changing.
    Write,
    /// Verifying certificates, which is arithmetic.
    Verify,
    /// Looking for a stranger's picture.
    Image,
}

/// The quotas of all callers.
#[derive(Debug)]
pub struct Rates {
    read: Option<Limiter>,
    write: Option<Limiter>,
    verify: Option<Limiter>,
    image: Option<Limiter>,
    instances: Instances,
}

type Store = DashMapStateStore<CallerKey>;

struct Limiter {
    name: &'static str,
    quota: NonZeroU32,
    policy: HeaderValue,
    callers: RateLimiter<CallerKey, Store, MonotonicClock, StateInformationMiddleware>,
    asked: AtomicU64,
    remembered: AtomicUsize,
}

impl std::fmt::Debug for Limiter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Limiter({} {}/{WINDOW}s)", self.name, self.quota)
    }
}

/// What is left of a caller's quota after a question, for the answer's headers.
#[derive(Clone, Debug)]
pub struct Left {
    policy: HeaderValue,
    name: &'static str,
    /// Questions that could be asked at once now.
    pub remaining: u32,
    /// Seconds until the quota is whole again, or, when nothing remains, until one may be asked.
    pub reset: u32,
}

impl Left {
    /// Writes both headers.
    pub fn write(&self, headers: &mut HeaderMap) {
        let value = format!("\"{}\";r={};t={}", self.name, self.remaining, self.reset);
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(RATE_LIMIT, value);
        }
        headers.insert(RATE_LIMIT_POLICY, self.policy.clone());
    }
}

impl Rates {
    /// Quotas as the settings say.
    pub fn new(settings: &Http) -> Self {
        Self {
            read: Limiter::new("read", settings.reads_per_minute),
            write: Limiter::new("write", settings.writes_per_minute),
            verify: Limiter::new("verify", settings.verifications_per_minute),
            image: Limiter::new("image", settings.image_checks_per_minute),
            instances: Instances::default(),
        }
    }

    /// Divides the quotas among so many instances.
    pub fn share(&mut self, instances: Instances) {
        self.instances = instances;
    }

    /// Takes one question from the caller's quota. `Ok(None)` when there is no quota.
    ///
    /// # Errors
    /// What is left (nothing) and the 429 `too-many-requests` to answer.
    pub fn take(&self, class: Class, caller: &CallerKey) -> Result<Option<Left>, (Left, Error)> {
        let limiter = match class {
            Class::Read => &self.read,
            Class::Write => &self.write,
            Class::Verify => &self.verify,
            Class::Image => &self.image,
        };
        limiter.as_ref().map(|limiter| limiter.take(caller, self.instances.count())).transpose()
    }
}

impl Limiter {
    fn new(name: &'static str, per_minute: u32) -> Option<Self> {
        let quota = NonZeroU32::new(per_minute)?;
        let callers = RateLimiter::new(Quota::per_minute(quota), Store::default(), MonotonicClock);
        Some(Self {
            name,
            quota,
            policy: HeaderValue::try_from(format!("\"{name}\";q={quota};w={WINDOW}"))
                .expect("a name and two numbers are a header value"),
            callers,
            asked: AtomicU64::new(0),
            remembered: AtomicUsize::new(0),
        })
    }

    /// Takes one question, which costs as many cells as there are instances to ask.
    fn take(&self, caller: &CallerKey, instances: u32) -> Result<Left, (Left, Error)> {
        self.sweep();
        let crowded =
            self.remembered.load(Relaxed) > limits::RATE_CALLERS && matches!(caller, CallerKey::Address(_));
        let key = if crowded { &CallerKey::Crowd } else { caller };
        let cells = NonZeroU32::new(instances.min(self.quota.get())).unwrap_or(NonZeroU32::MIN);
        // The quota is no smaller than what is taken.
        let taken = self.callers.check_key_n(key, cells).unwrap_or_else(|_| self.callers.check_key(key));
        match taken {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let missing = u64::from(self.quota.get().saturating_sub(remaining));
                let reset = (missing * u64::from(WINDOW)).div_ceil(u64::from(self.quota.get()));
                Ok(self.left(remaining / cells, u32::try_from(reset).unwrap_or(WINDOW)))
            }
            Err(not_until) => {
                let wait = not_until.wait_time_from(MonotonicClock.now());
                let seconds = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(WINDOW).max(1);
                let detail = format!(
                    "This caller may ask {} times a minute here. Wait {seconds} s, then go on more slowly.",
                    self.quota
                );
                let error = Error::new(problem::TOO_MANY_REQUESTS, detail)
                    .with_header("retry-after", seconds.to_string());
                Err((self.left(0, seconds), error))
            }
        }
    }

    fn left(&self, remaining: u32, reset: u32) -> Left {
        Left { policy: self.policy.clone(), name: self.name, remaining, reset }
    }

    /// Forgets callers whose quota is whole again, now and then.
    fn sweep(&self) {
        if !self.asked.fetch_add(1, Relaxed).is_multiple_of(SWEEP_EVERY) {
            return;
        }
        if self.callers.len() > limits::RATE_CALLERS / 2 {
            self.callers.retain_recent();
        }
        self.remembered.store(self.callers.len(), Relaxed);
    }
}
