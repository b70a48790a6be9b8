//! Types and rules: the composed listing, what makes it verified, where it stands, the documents it is
//! found by, and how a search is read.

mod ask;
mod card;
mod document;
mod listing;
mod nicknames;
mod page;
mod params;
mod ranking;
mod suggest;

pub(in crate::directory) use ask::*;
pub(in crate::directory) use card::*;
pub use document::*;
pub use listing::*;
pub(in crate::directory) use page::*;
pub(in crate::directory) use params::{Codes, Words};
pub use ranking::*;
pub(in crate::directory) use suggest::*;
