//! Every statement on this room's tables, a file a table.

mod appeals;
mod cases;
mod checks;
mod consents;
mod holds;
mod photos;

pub(super) use appeals::*;
pub(super) use cases::*;
pub(super) use checks::*;
pub(super) use consents::*;
pub(super) use holds::*;
pub(super) use photos::*;
