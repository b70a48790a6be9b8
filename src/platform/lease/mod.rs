//! What one process does for all of them, for as long as it renews its lease.
//!
//! A lease is a right to begin, not a lock: whoever holds one may still be finishing something when another takes it
//! over. What is done under it has to bear being done twice.

mod store;

use std::time::Duration;

use uuid::Uuid;

use super::clock::Clock;
use super::db::{Db, Result};
use super::id::Ids;

/// One process's claim to a lease.
#[derive(Clone, Debug)]
pub struct Lease {
    db: Db,
    clock: Clock,
    name: &'static str,
    holder: Uuid,
    life: Duration,
}

impl Lease {
    /// A claim to the lease of that name, which runs out `life` after it was last renewed.
    pub fn new(db: &Db, clock: &Clock, ids: &Ids, name: &'static str, life: Duration) -> Self {
        Self { db: db.clone(), clock: clock.clone(), name, holder: ids.random_uuid(), life }
    }

    /// Takes the lease, or renews it; whether it is this process's now.
    ///
    /// # Errors
    /// As the database says.
    pub async fn take(&self) -> Result<bool> {
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        let taken = store::take(&mut tx, self.name, self.holder, now, now.plus(self.life)).await?;
        tx.commit().await?;
        Ok(taken)
    }

    /// Gives the lease up, so that another process need not wait for it to run out.
    ///
    /// # Errors
    /// As the database says.
    pub async fn give_up(&self) -> Result<()> {
        let mut tx = self.db.write().await?;
        store::give_up(&mut tx, self.name, self.holder).await?;
        tx.commit().await
    }
}
