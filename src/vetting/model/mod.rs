//! The report and its rules.

mod checks;
mod claims;
mod experience;
mod prices;
mod report;
mod reputation;
mod warnings;

pub use checks::{Held, checks};
pub use claims::{FoundClaim, claims_in, claims_version};
pub use experience::{facts, new_until, newly_trained, newly_trained_because};
pub use prices::UsualPrice;
pub use report::*;
pub use reputation::reviews_note;
pub use warnings::{usual_prices, warnings};
