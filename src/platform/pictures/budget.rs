//! How much memory pictures may take at once, counted in bytes: several small ones beside each other,
//! or one large one, and the rest waits its turn.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::platform::problem::Error;

/// The unit that is counted; a semaphore counts to 2^29 on every machine, bytes need more.
const UNIT: u64 = 64 * 1024;

/// The memory set aside for pictures. Clones share it.
#[derive(Clone, Debug)]
pub struct Room {
    units: Arc<Semaphore>,
    all: u32,
    wait: Duration,
}

/// A share of it; dropped, it is free again.
#[derive(Debug)]
#[must_use]
pub struct Share(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

impl Room {
    /// So many bytes, for which a picture waits so long.
    pub fn new(bytes: u64, wait: Duration) -> Self {
        let all = u32::try_from(bytes / UNIT).unwrap_or(u32::MAX).max(1);
        Self { units: Arc::new(Semaphore::new(usize::try_from(all).unwrap_or(1))), all, wait }
    }

    /// A share of so many bytes, in turn. A picture that needs more than there is takes everything.
    ///
    /// # Errors
    /// 503 `unavailable` when the wait was too long.
    pub async fn take(&self, bytes: u64) -> Result<Share, Error> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX).clamp(1, self.all);
        let turn = self.units.clone().acquire_many_owned(units);
        match tokio::time::timeout(self.wait, turn).await {
            Ok(Ok(permit)) => Ok(Share(permit)),
            Ok(Err(_)) | Err(_) => {
                Err(Error::unavailable("Too many pictures are being read. Send it again in a moment.", 5))
            }
        }
    }
}
