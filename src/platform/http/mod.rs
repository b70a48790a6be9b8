//! HTTP plumbing: payloads, problems, conditions, cursors, the edge every request passes, the server.
//!
//! A handler takes a security scheme first, then parameters, then a [`Body`], and returns
//! `Result<Answer<View>, Error>`. What fails anywhere leaves as a problem document.

pub mod answer;
pub mod body;
pub mod client;
pub mod compress;
pub mod context;
pub mod cors;
pub mod cursor;
pub mod edge;
pub mod etag;
pub mod gate;
pub mod idempotency;
pub mod limit;
pub mod list;
pub mod operation;
pub mod problem;
pub mod rate;
mod scalars;
pub mod schema;
pub mod server;
pub mod shelf;
pub mod strict;
pub mod traffic;
mod unread;

pub use answer::{Accepted, Answer, Cached, Created, NoContent, Page, Relation, Total};
pub use body::{Body, RawBody, RawKind, Validate};
pub use client::CallerKey;
pub use context::Context;
pub use cursor::{Binding, CursorKey};
pub use edge::Edge;
pub use etag::{IfMatch, Version};
pub use gate::Gate;
pub use idempotency::Idempotency;
pub use list::Paging;
pub use operation::{Checked, Policy};
pub use problem::Problem;
pub use rate::Class;
pub use server::serve;
pub use shelf::Shelf;
pub use traffic::Traffic;
