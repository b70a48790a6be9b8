//! The academy's DID document, where did:web looks for it.

use poem::http::{StatusCode, header};
use poem::web::Data;
use poem::{IntoResponse, Response};
use poem_openapi::param::Path;
use poem_openapi::registry::{
    MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::{ApiResponse, OpenApi};
use serde_json::Value;

use super::{Tag, no_such_academy};
use crate::academies::store;
use crate::app::App;
use crate::platform::http::etag::tag_of;
use crate::platform::problem::Error;

/// `/academies/{slug}/did.json`.
pub struct DidApi;

/// The media type of a DID document in JSON-LD (DID 1.0 section 6.3).
const DID_JSON: &str = "application/did+ld+json";

/// A DID document. A minute old is fresh enough: a key comes with days of notice, and what matters more,
/// its end, is judged here by the database and not by this document.
struct DidDocumentAnswer(Value);

impl IntoResponse for DidDocumentAnswer {
    fn into_response(self) -> Response {
        let body = self.0.to_string();
        Response::builder()
            .status(StatusCode::OK)
            .content_type(DID_JSON)
            .header(header::ETAG, tag_of(body.as_bytes()))
            .header(header::CACHE_CONTROL, "public, max-age=60")
            .body(body)
    }
}

impl ApiResponse for DidDocumentAnswer {
    fn meta() -> MetaResponses {
        MetaResponses {
            responses: vec![MetaResponse {
                description: "The DID document (DID 1.0, did:web)",
                status: Some(200),
                status_range: None,
                content: vec![MetaMediaType {
                    content_type: DID_JSON,
                    schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new("object"))),
                }],
                headers: vec![],
            }],
        }
    }

    fn register(_registry: &mut Registry) {}
}

#[OpenApi(tag = "Tag::Academies")]
impl DidApi {
    /// Read an academy's DID document
    ///
    /// Its public keys, for whatever software checks its certificates. Retired keys stay listed, because
    /// what they signed stands; a compromised key stays with `revoked` and may sign nothing.
    #[oai(path = "/academies/:slug/did.json", method = "get", operation_id = "read_did_document")]
    async fn read(
        &self,
        app: Data<&App>,
        /// The academy.
        slug: Path<String>,
    ) -> Result<DidDocumentAnswer, Error> {
        let mut conn = app.db.snapshot().await?;
        let issuer = store::issuer_by_slug(&mut conn, &app.config.issuer_host, &slug)
            .await?
            .ok_or_else(|| no_such_academy(&slug))?;
        Ok(DidDocumentAnswer(issuer.did_document(app.clock.now())))
    }
}
