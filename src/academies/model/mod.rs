//! What an academy is and the rules it lives by: no await, no SQL, no HTTP.

mod academy;
mod compromise;
mod course;
mod event;
mod key;
mod letter;
mod recognition;
mod registry;
mod trainer;

pub use academy::*;
pub use compromise::*;
pub use course::*;
pub use event::*;
pub use key::*;
pub use letter::*;
pub use recognition::*;
pub use registry::*;
pub use trainer::*;

use crate::platform::problem::Code;

/// The slug belongs to an academy already, or belonged to one.
pub const SLUG_TAKEN: Code = Code::new("slug-taken", 409, "An academy has this slug");
/// The slug could be mistaken for another academy's; a person must look.
pub const LOOK_ALIKE: Code =
    Code::new("look-alike-slug", 409, "The slug looks like that of another academy, so a person must look");
/// The course has a version with exactly this content.
pub const VERSION_EXISTS: Code =
    Code::new("course-version-exists", 409, "A version with exactly this content is there already");
/// The recognition has ended, or ends sooner.
pub const ALREADY_ENDED: Code = Code::new("already-ended", 409, "This recognition has ended");
/// The key is known already, here or at another academy.
pub const KEY_KNOWN: Code = Code::new("key-known", 409, "This key has been used before");
/// The challenge was not made for this academy, was used, or is too old.
pub const CHALLENGE_SPENT: Code =
    Code::new("challenge-spent", 409, "This challenge cannot be used, or not any more");
/// The signature does not show that the caller holds the key.
pub const POSSESSION_UNPROVEN: Code =
    Code::new("possession-unproven", 422, "The proof does not show that you hold this key");
/// The signature of the older key does not vouch for the new one.
pub const VOUCHER_REFUSED: Code =
    Code::new("voucher-refused", 422, "The older key does not vouch for the new one");
/// The act needs another person than the one who asked for it.
pub const SECOND_OPERATOR: Code =
    Code::new("second-operator-needed", 403, "Another operator than the first must do this");
/// The statement that a key is in the wrong hands is not one that is believed.
pub const REPORT_REFUSED: Code =
    Code::new("key-report-refused", 422, "The statement that the key is in the wrong hands is not believed");
/// The document on the academy's own site cannot be had, or does not say what it must.
pub const DID_DOCUMENT: Code =
    Code::new("did-document", 422, "The DID document on the academy's site does not say what it must");
/// An academy's keys are held all by itself or all by the directory.
pub const CUSTODY: Code =
    Code::new("key-custody", 409, "An academy holds its keys all itself, or the directory holds all of them");
/// The academy's DID cannot change any more.
pub const DID_FIXED: Code = Code::new("did-fixed", 409, "The academy's DID cannot change any more");
/// The key is not in a state that allows this.
pub const KEY_STATE: Code = Code::new("key-state", 409, "The key is not in a state that allows this");
/// The academy has as many of these as one academy may have.
pub const TOO_MANY: Code = Code::new("too-many", 409, "The academy has as many of these as it may have");

/// Every code of this slice.
pub const CODES: &[Code] = &[
    SLUG_TAKEN,
    LOOK_ALIKE,
    VERSION_EXISTS,
    ALREADY_ENDED,
    KEY_KNOWN,
    CHALLENGE_SPENT,
    POSSESSION_UNPROVEN,
    VOUCHER_REFUSED,
    SECOND_OPERATOR,
    REPORT_REFUSED,
    DID_DOCUMENT,
    DID_FIXED,
    CUSTODY,
    KEY_STATE,
    TOO_MANY,
];
