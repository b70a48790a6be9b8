//! Every statement on the tables of listings, clinics, the keys they are found by, and history.

mod clinics;
mod earlier;
mod history;
mod listings;
mod lookup;
mod prices;
mod ties;

pub use clinics::*;
pub(super) use earlier::*;
pub use history::*;
pub use listings::*;
pub(super) use lookup::*;
pub use prices::*;
pub use ties::*;
