//! Plumbing that knows no slice: database, HTTP, jobs, changes, blobs, mail, sealing, clock and ids.

pub mod blobs;
pub mod changes;
pub mod clock;
pub mod db;
pub mod fetch;
pub mod geo;
pub mod http;
pub mod id;
pub mod jobs;
pub mod keyring;
pub mod lease;
pub mod log;
pub mod machine;
pub mod mail;
pub mod memory;
pub mod meta;
pub mod metrics;
pub mod pictures;
pub mod problem;
pub mod rendered;
pub mod token;
pub mod vault;
