//! Practitioners: the person and the listing. Profile, clinics, services and prices, the keys a
//! listing is found by, and the history of its changes.
//!
//! Routes: `POST /v1/practitioners`, `PATCH` and `DELETE /v1/practitioners/{number}`, and below it
//! `merge`, `portrait`, `clinics/{clinic_id}`, `history` and `earlier-listings`; `POST /v1/clinics`, `GET` and `PATCH
//! /v1/clinics/{id}`; `GET /v1/lookup`. The reads of listings are the directory's, which composes
//! them from [`load`], [`load_many`] and [`PractitionerView`].
//!
//! Tables: `practitioners`, `practitioner_services`, `practitioner_handles`, `practitioner_clinics`,
//! `practitioner_history`, `clinics`, `operator_ties`, `listing_marks`, `earlier_listings`.
//!
//! Invariants:
//! - a number is never given to another listing: a merged one answers 301, a removed one 410;
//! - every change raises the listing's version, is compared with the one its author read, writes one
//!   history entry and appends the listing to the change feed, all in one transaction; what other
//!   rooms change about a listing goes through [`touched`], which leaves the version alone;
//! - what practitioners say about themselves ([`OwnWords`], [`StatedTraining`]) is never mixed with
//!   what was checked;
//! - listing anew sheds nothing: what a listing was ever reached by is kept as keyed marks, and a new
//!   one that shares some of it shows the number of the earlier one;
//! - history shows neither how to reach somebody nor a name they no longer wish to show.

pub mod http;
pub mod jobs;
mod model;
pub mod ops;
mod store;

pub use model::*;
pub use store::{
    clinic_prices, count, history_before, ids_after, ids_of, insert_tie, listed_after, listed_among, load,
    load_clinic, load_many, merged_into, merged_into_any, standing, touched,
};
