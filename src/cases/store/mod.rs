//! Every statement on this room's tables, a file a table.

mod cases;
mod consents;
mod holds;
mod photos;

pub(super) use cases::*;
pub(super) use consents::*;
pub(super) use holds::*;
pub(super) use photos::*;
