//! What the browser's driver asks of whoever drives it.

/// Says that something is not done, and why.
pub(crate) fn skip(what: &str) {
    eprintln!("skipped: {what}");
}
