//! What every test stands on: a database of its own, made in milliseconds, and the real application on
//! top of it.

#![expect(dead_code, reason = "a toolbox: not every tool is in use at every moment")]

pub(crate) mod academy;
mod app;
pub(crate) mod cage;
mod client;
pub(crate) mod cluster;
mod db;
pub(crate) mod meilisearch;
pub(crate) mod peers;
pub(crate) mod pictures;
pub(crate) mod process;
pub(crate) mod site;
pub(crate) mod smtp;
pub(crate) mod source;
pub(crate) mod statements;

use std::io::Write;

pub(crate) use app::TestApp;
pub(crate) use client::{Client, Response};
pub(crate) use db::{TestDb, db, postgres_url};

/// Says on the terminal that part of a test did not run, and why. Output of passing tests is captured
/// and thrown away when it comes from `println!`; a skip must be seen.
pub(crate) fn skip(what: &str) {
    writeln!(std::io::stderr(), "skipped: {what}").expect("the terminal takes a line");
}
