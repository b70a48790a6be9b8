//! Who may decide about a listing and what is filed under it: the words that reviews and cases share.

use crate::platform::problem::{Code, Error};

/// A removal, or an appeal, that is not there to go on from.
pub const NOTHING_TO_APPEAL: Code = Code::new("nothing-to-appeal", 409, "There is nothing to appeal against");
/// An appeal after another.
pub const APPEALED_ALREADY: Code = Code::new("appealed-already", 409, "The decision was appealed before");
/// An appeal after its window.
pub const APPEAL_TOO_LATE: Code = Code::new("appeal-too-late", 409, "The time to appeal is over");
/// A decision about what was decided.
pub const DECIDED_ALREADY: Code = Code::new("decided-already", 409, "That was decided before");
/// An operator who is not impartial.
pub const TIED_TO_LISTING: Code = Code::new("tied-to-listing", 403, "This operator is tied to the listing");
/// An appeal that its first decider would decide.
pub const SAME_OPERATOR: Code = Code::new("same-operator", 403, "Another person decides an appeal");

/// The refusal of an operator who is tied to a listing.
#[track_caller]
pub fn tied() -> Error {
    Error::new(
        TIED_TO_LISTING,
        "You declared a tie to this listing, and decide nothing about it. Ask another operator.",
    )
}
