//! The platform handles that every handler, job and command shares.

use std::sync::Arc;

use crate::config::Config;
use crate::platform::blobs::Blobs;
use crate::platform::clock::Clock;
use crate::platform::db::Db;
use crate::platform::id::Ids;
use crate::platform::rendered::RenderedCache;

/// What an operation works with. Clones share everything.
#[derive(Clone, Debug)]
pub struct App {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Identifiers and randomness.
    pub ids: Ids,
    /// The settings.
    pub config: Arc<Config>,
    /// Photos and documents.
    pub blobs: Blobs,
    /// Rendered answers by subject, dropped when the subject changes.
    pub rendered: RenderedCache,
}
