//! The report and its rules.

mod checks;
mod claims;
mod prices;
mod report;

pub use checks::{Held, checks, newly_trained, warnings};
pub use claims::{FoundClaim, claims_in, claims_version};
pub use prices::UsualPrice;
pub use report::*;
