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

/// Every code of this room, in order of status.
pub const CODES: &[Code] = &[
    NOT_THE_AUTHOR,
    UNKNOWN_INVITATION,
    REVIEW_REMOVED,
    INVITATION_USED,
    INVITATION_EXPIRED,
    STAGE_TOO_EARLY,
    STAGE_OVER,
];
