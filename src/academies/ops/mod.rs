//! What is done with an academy's keys by more than one front door: those on its own site (`own_site`), and those the
//! directory holds for it (`custody`).

mod custody;
mod own_site;

pub use custody::held_signer;
pub(in crate::academies) use custody::hold;
pub use own_site::check_due;
pub(in crate::academies) use own_site::{check_listed, document, own_did, refused};
