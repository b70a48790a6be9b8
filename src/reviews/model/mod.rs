//! Types and rules: what a treatment is, what a review may say and when, and what follows for the
//! rating.

mod draft;
mod letter;
mod lint;
mod moderation;
mod rating;
mod reputation;
mod review;
mod token;
mod treatment;
mod view;

pub use draft::*;
pub(super) use letter::{Occasion, about_review, confirmation, invitation};
pub use lint::*;
pub use moderation::*;
pub use rating::*;
pub use reputation::*;
pub use review::*;
pub use token::*;
pub use treatment::*;
pub use view::*;

use crate::platform::problem::Code;

/// An invitation's token that this directory never made.
pub const UNKNOWN_INVITATION: Code = Code::new("unknown-invitation", 404, "There is no such invitation");
/// An invitation that a review was written with.
pub const INVITATION_USED: Code = Code::new("invitation-used", 410, "The invitation was used");
/// An invitation that nobody used in time.
pub const INVITATION_EXPIRED: Code = Code::new("invitation-expired", 410, "The invitation has expired");
/// A stage whose first day is still to come.
pub const STAGE_TOO_EARLY: Code = Code::new("stage-too-early", 422, "That stage has not been reached yet");
/// A stage whose last day is over.
pub const STAGE_OVER: Code = Code::new("stage-over", 422, "That stage is over");
/// A word that should be an author's and is not.
pub const NOT_THE_AUTHOR: Code = Code::new("not-the-author", 403, "That is not this review's author token");
/// A review that is not shown any more.
pub const REVIEW_REMOVED: Code = Code::new("review-removed", 409, "The review was removed");

/// A removal, or an appeal, that is not there to go on from.
pub const NOTHING_TO_APPEAL: Code = Code::new("nothing-to-appeal", 409, "There is nothing to appeal against");
/// An appeal after another.
pub const APPEALED_ALREADY: Code = Code::new("appealed-already", 409, "The removal was appealed before");
/// An appeal after its window.
pub const APPEAL_TOO_LATE: Code = Code::new("appeal-too-late", 409, "The time to appeal is over");
/// A decision about what was decided.
pub const DECIDED_ALREADY: Code = Code::new("decided-already", 409, "That was decided before");
/// An operator who is not impartial.
pub const TIED_TO_LISTING: Code = Code::new("tied-to-listing", 403, "This operator is tied to the listing");
/// An appeal that its first decider would decide.
pub const SAME_OPERATOR: Code = Code::new("same-operator", 403, "Another person decides an appeal");

/// Every code of this room, in order of status.
pub const CODES: &[Code] = &[
    NOT_THE_AUTHOR,
    TIED_TO_LISTING,
    SAME_OPERATOR,
    UNKNOWN_INVITATION,
    REVIEW_REMOVED,
    NOTHING_TO_APPEAL,
    APPEALED_ALREADY,
    APPEAL_TOO_LATE,
    DECIDED_ALREADY,
    INVITATION_USED,
    INVITATION_EXPIRED,
    STAGE_TOO_EARLY,
    STAGE_OVER,
];
