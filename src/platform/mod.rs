//! Plumbing that knows no slice: database, HTTP, jobs, changes, blobs, clock and ids.

pub mod geo;
pub mod problem;
