//! Every operation of the API in reading order, and the documents that describe them.

mod document;

use std::sync::OnceLock;

pub use document::Documents;
use poem_openapi::{LicenseObject, OpenApi, OpenApiService, Tags};

/// What the operations are about. The doc comments are the tags' descriptions.
#[derive(Tags)]
#[expect(clippy::upper_case_acronyms, reason = "none yet")]
pub enum Tag {
    /// Find practitioners by text, place and need, and read their listings.
    Directory,
    /// Change a listing: profile, clinics, services, prices.
    Practitioners,
    /// Who trains, who recognises them, what their courses contain, and which keys they sign with.
    Academies,
    /// Signed training certificates: submit, read and verify.
    Certificates,
    /// Place names and the closed lists of codes.
    Reference,
    /// Whether the service is well.
    Service,
}

/// Both OpenAPI documents, made once. Needs no database.
pub fn documents() -> &'static Documents {
    static DOCUMENTS: OnceLock<Documents> = OnceLock::new();
    DOCUMENTS.get_or_init(|| document::documents(&service().spec()))
}
