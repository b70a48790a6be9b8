//! The certificate as a document: an Open Badges 3.0 credential on the VC Data Model 2.0.
//!
//! [`Award`] is what an academy awards, and [`Award::to_credential`] the one shape it is signed in.
//! [`Document::read`] takes any Open Badges 3.0 credential a stranger may bring and collects every
//! fault of its form. [`Document::fixed_shape_faults`] holds a document to our own shape, which is
//! narrower and can never change, because signed bytes cannot be migrated.
//!
//! Identifiers in our shape:
//! - `issuer.id`: the academy's did:web;
//! - `id`: `urn:uuid:` and a random (version 4) UUID;
//! - `credentialSubject.id`: `urn:stipple:listing:` and the listing number, as in
//!   `urn:stipple:listing:SMP-7K3F-9Q2M-4`, where the academy knows it;
//! - `achievement.id`: `…/courses/<course number>/versions/<SHA-256 of the course version>`.

mod award;
mod fixed;
mod list;
mod read;
mod walk;

pub use award::{
    Award, CourseLink, CourseVersion, Trainer, criteria_of, listing_of_urn, listing_urn, trainer_urn,
};
pub use list::{LIST_TTL_MS, ListFault, StatusList};
pub use read::Document;

/// The context every credential starts with.
pub const CREDENTIALS_CONTEXT: &str = "https://www.w3.org/ns/credentials/v2";
/// The Open Badges context our certificates are signed under.
pub const BADGES_CONTEXT: &str = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json";

/// Contexts whose words are known here, besides the first. What another one would make of a
/// document cannot be told without fetching it, which is never done.
const KNOWN_CONTEXTS: &[&str] = &[
    BADGES_CONTEXT,
    "https://purl.imsglobal.org/spec/ob/v3p0/context.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.0.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
    "https://w3id.org/security/data-integrity/v2",
    "https://w3id.org/security/multikey/v1",
];

/// The longest name, in characters.
const NAME_MAX: usize = 200;
/// The longest number of a paper certificate, in characters.
pub const NUMBER_MAX: usize = 60;
/// The longest description or narrative, in characters.
const TEXT_MAX: usize = 4000;
/// The longest identifier, in bytes.
const URL_MAX: usize = 1024;
