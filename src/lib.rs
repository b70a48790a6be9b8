//! Stipple: an open directory of scalp micropigmentation practitioners in which every claim of
//! training can be checked. ARCHITECTURE.md is the map of this crate.

pub mod academies;
pub mod accounts;
pub mod api;
pub mod app;
pub mod archive;
pub mod cases;
pub mod certificates;
pub mod cli;
pub mod config;
pub mod directory;
pub mod interop;
pub mod pages;
pub mod places;
pub mod platform;
pub mod practitioners;
pub mod reviews;
pub mod search;
pub mod signing;
pub mod transparency;
pub mod vetting;
pub mod vocabulary;
pub mod work;
