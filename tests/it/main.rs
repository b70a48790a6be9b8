//! Every integration test of Stipple, in one binary. It runs on SQLite, and on PostgreSQL when
//! `STIPPLE_TEST_POSTGRES_URL` names a server where databases may be made and dropped.

mod academies;
mod accounts;
mod commands;
mod config;
mod geo;
mod http;
mod places;
mod platform;
mod practitioners;
mod schema;
mod search;
mod signing;
mod sql;
mod support;
mod tidy;
mod verdict;
mod vocabulary;
