//! The offline gazetteer: what somebody types as a place, turned into a point.
//!
//! Towns of the world with 5,000 people or more, the outward half of British postcodes, and ZIP
//! codes of the United States. All of it is one packed file, `data/places.bin`, that is part of the
//! binary and read where it lies: opening it costs nothing, and only the pages that are asked for
//! come into memory. `scripts/build-places.py` makes the file; `data/NOTICE.md` names its sources.
//!
//! Routes: `GET /v1/places`, `GET /v1/places/{id}`. No tables.
//!
//! Invariants:
//! - nothing is guessed in silence: an answer names the place that was taken and the others it
//!   might have been, and a name that is not known is a [`Miss`] with what was probably meant;
//! - names are folded by one function, [`fold`], when the file is packed and when it is asked.

mod http;
mod model;

pub use http::PlacesApi;
pub use model::*;
