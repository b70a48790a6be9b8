//! HTTP plumbing: payloads, problems, conditions, cursors, the edge every request passes, the server.
//!
//! A handler takes a security scheme first, then parameters, then a [`Body`], and returns
//! `Result<Answer<View>, Error>`. What fails anywhere leaves as a problem document.

pub mod answer;
pub mod body;
pub mod cursor;
pub mod etag;
pub mod limit;
pub mod problem;
mod scalars;
pub mod schema;
pub mod strict;

pub use answer::{Accepted, Answer, Cached, Created, NoContent, Page, Relation, Total};
pub use body::{Body, RawBody, RawKind, Validate};
pub use cursor::{Binding, CursorKey};
pub use etag::{IfMatch, Version};
pub use problem::Problem;
