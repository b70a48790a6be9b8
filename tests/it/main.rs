//! Every integration test of Stipple, in one binary. It runs on SQLite, and on PostgreSQL when
//! `STIPPLE_TEST_POSTGRES_URL` names a server where databases may be made and dropped.

#![expect(clippy::unwrap_used, reason = "a test that unwraps nothing fails and says where")]
#![expect(clippy::disallowed_methods, reason = "a test waits for its own tasks and owns its environment")]

mod academies;
mod access;
mod accounts;
mod adversity;
mod archive;
mod browser;
mod cases;
mod certificates;
mod commands;
mod config;
mod demo;
mod deploy;
mod directory;
mod fuzz;
mod geo;
mod http;
mod interop;
mod openapi;
mod pages;
mod places;
mod platform;
mod practitioners;
mod process;
mod reviews;
mod schema;
mod search;
mod signing;
mod sql;
mod support;
mod tidy;
mod transparency;
mod verdict;
mod vetting;
mod vocabulary;
