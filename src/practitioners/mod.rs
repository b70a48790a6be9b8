//! The person and the listing: profile, clinics, services and prices.
