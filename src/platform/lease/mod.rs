//! What one process does for all of them, for as long as it renews its lease.
//!
//! A lease is a right to begin, not a lock: whoever holds one may still be finishing something when another takes it
//! over. What is done under it has to bear being done twice.

mod store;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
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

/// How many instances share the database, as this one last heard. Clones share it.
#[derive(Clone, Debug)]
pub struct Instances(Arc<AtomicU32>);

impl Default for Instances {
    fn default() -> Self {
        Self(Arc::new(AtomicU32::new(1)))
    }
}

impl Instances {
    /// The number, never less than one.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed).max(1)
    }

    /// Notes the number.
    pub fn note(&self, count: u32) {
        self.0.store(count, Ordering::Relaxed);
    }
}

/// One instance's sign that it is there.
#[derive(Clone, Debug)]
pub struct Presence {
    db: Db,
    clock: Clock,
    holder: Uuid,
    life: Duration,
}

impl Presence {
    /// A sign that is believed for `life` after it was last given.
    pub fn new(db: &Db, clock: &Clock, ids: &Ids, life: Duration) -> Self {
        Self { db: db.clone(), clock: clock.clone(), holder: ids.random_uuid(), life }
    }

    /// Gives the sign; answers how many instances there are, this one included.
    ///
    /// # Errors
    /// As the database says.
    pub async fn give(&self) -> Result<u32> {
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        let name = format!("{INSTANCE}{}", self.holder);
        store::take(&mut tx, &name, self.holder, now, now.plus(self.life)).await?;
        store::forget(&mut tx, INSTANCE, now).await?;
        let count = store::count(&mut tx, INSTANCE).await?;
        tx.commit().await?;
        Ok(count)
    }
}

/// How the leases begin that say no more than that an instance is there.
const INSTANCE: &str = "instance/";
