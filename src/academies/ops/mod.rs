//! What is done with an academy's keys by more than one front door: those on its own site (`own_site`), those the
//! directory holds for it (`custody`); and the registry's own key and credential (`registry`).

mod custody;
mod own_site;
mod registry;

pub use custody::held_signer;
pub(in crate::academies) use custody::hold;
pub use own_site::check_due;
pub(in crate::academies) use own_site::{check_listed, document, own_did, refused};
pub use registry::{Registrar, registrar, registry, sign_statement};
