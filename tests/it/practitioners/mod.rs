//! Listings and clinics: what they may say, how they are written, changed, found and removed.

mod handles;
mod hours;
mod http;
mod names;
mod portrait;
mod store;
