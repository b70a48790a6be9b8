//! The directory: search over listings, and the composed view of one.
//!
//! Routes: `GET /v1/practitioners`, `GET /v1/practitioners/{number}`, `GET /v1/changes`,
//! `GET /v1/ranking`. No tables: everything here is put together from other rooms, or derived from
//! the change feed into the search index.
//!
//! Invariants:
//! - [`verified`](crate::certificates::verified()) is one pure rule over certificates, the same in the index, the
//!   listing and the ranking;
//! - nothing that enters the ranking can be bought, and all of it is served at `/v1/ranking`;
//! - the index is derived: making it anew from the database loses nothing and never leaves a gap for
//!   readers; it finds a change within 250 ms of its commit;
//! - a rendered listing is dropped before the change that outdates it is acknowledged. A change of an
//!   academy outdates the listings of its graduates too; the follower drops and re-indexes those.

mod drift;
mod engine;
mod follower;
mod http;
mod load;
mod model;

pub use engine::{open as open_index, rebuild_request, settings as index_settings};
pub use follower::{Error as IndexError, Progress, rebuild, run as follow_changes, sweep};
pub use http::APIS;
pub use load::load_many;
pub use model::{Listing, ListingView, Ranking, StandingFacts, documents, ranking, standing};
