//! The signing room against the standards' own vectors, and against forgery.

mod did;
mod json;
mod jsonld;
mod keys;
mod proof;
mod rdf;
mod tlog;

use std::path::PathBuf;

/// The published vectors, where they lie beside the checkout; otherwise the skip is printed.
#[expect(clippy::print_stdout, reason = "a skip must be seen")]
pub(crate) fn vectors(folder: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: the published vectors of {folder} are not at {}", path.display());
    None
}
