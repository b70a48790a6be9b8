//! The academy's DID document, where did:web looks for it.

use poem::http::{StatusCode, header};
use poem::web::Data;
use poem::{IntoResponse, Response};
use poem_openapi::param::Path;
use poem_openapi::registry::{
    MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;
use serde_json::Value;

use super::{Tag, academy_url, begin, find, no_such_academy, note};
use crate::academies::model::{Academy, AcademyAction, DID_FIXED, What};
use crate::academies::{ops, store};
use crate::accounts::http::AcademyKeeper;
use crate::app::App;
use crate::platform::db::{Conn, OnConflict as _};
use crate::platform::http::etag::tag_of;
use crate::platform::http::{Answer, Body, Validate};
use crate::platform::problem::{Error, Fault};

/// `/academies/{slug}/did.json` and `/v1/academies/{slug}/did`.
pub struct DidApi;

/// The media type of a DID document in JSON-LD (DID 1.0 section 6.3).
const DID_JSON: &str = "application/did+ld+json";

/// A DID document. A minute old is fresh enough: a key comes with days of notice, and what matters more,
/// its end, is judged here by the database and not by this document.
pub(super) struct DidDocumentAnswer(pub(super) Value);

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

/// A DID of an academy's own.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct OwnDid {
    /// A did:web on the academy's own domain, such as `did:web:leeds-smp.example`.
    #[oai(validator(max_length = 300))]
    did: String,
}

impl Validate for OwnDid {
    fn faults(&self) -> Vec<Fault> {
        Vec::new()
    }
}

/// The DID an academy has from now on.
#[derive(Debug, Object, Serialize)]
struct OwnDidView {
    /// The academy.
    url: String,
    /// Its DID.
    did: String,
    /// Where its document is looked for.
    document_url: String,
}

/// Whether an academy's DID may still be chosen: it stands in nothing yet.
async fn check_free(conn: &mut Conn, app: &App, academy: &Academy) -> Result<(), Error> {
    let keys = store::keys(conn, academy.id).await?;
    if academy.own_did.is_none() && keys.is_empty() && store::count_courses(conn, academy.id).await? == 0 {
        return Ok(());
    }
    Err(Error::new(
        DID_FIXED,
        format!(
            "The DID of `{}` is {} for ever: it has been chosen, or stands in a course or with a key already.",
            academy.slug,
            academy.did(&app.config.issuer_host)
        ),
    ))
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
        if let Some(place) = &issuer.own_site {
            return Err(Error::not_found(format!(
                "This academy is an issuer under its own site's name, {}; its DID document is at {place}.",
                issuer.did
            )));
        }
        Ok(DidDocumentAnswer(issuer.did_document(app.clock.now())))
    }

    /// Make an academy an issuer under its own site's name
    ///
    /// Its certificates then say `did:web:` and its own domain, and outlive this directory's name. Put the DID document
    /// there first, and call this before anything else: once the academy has a course or a key, its DID is in signed
    /// bytes. Every key is then added here as for any academy, and must stand in that document under `assertionMethod`
    /// as well. Later the document can only take trust away: a key that is gone from it, or marked as revoked, signs
    /// nothing more.
    ///
    /// Codes: `did-document`, `did-fixed`.
    #[oai(path = "/v1/academies/:slug/did", method = "put", operation_id = "set_academy_did")]
    async fn set(
        &self,
        keeper: AcademyKeeper,
        app: Data<&App>,
        /// The academy.
        slug: Path<String>,
        body: Body<OwnDid>,
    ) -> Result<Answer<OwnDidView>, Error> {
        let now = app.clock.now();
        let did = body.0.did;
        let mut conn = app.db.read().await?;
        let academy = find(&mut conn, &slug).await?;
        keeper.may_keep(academy.id, &slug)?;
        check_free(&mut conn, &app, &academy).await?;
        drop(conn);
        // Asked before the transaction begins: a slow site holds nobody up.
        let web =
            ops::own_did(&app.config.issuer_host, &did).map_err(|detail| ops::refused("/did", detail))?;
        ops::document(&app, &web).await.map_err(|detail| ops::refused("/did", detail))?;
        let (mut tx, academy) = begin(&app, &slug, &keeper, now).await?;
        check_free(&mut tx, &app, &academy).await?;
        store::set_did(&mut tx, academy.id, &did, now).await.on_conflict("academies_did_key", || {
            Error::new(DID_FIXED, format!("{did} belongs to another academy of this directory, for ever."))
        })?;
        note(&mut tx, &app, &academy, keeper.actor(), What::on(AcademyAction::DidSet, did.clone()), now)
            .await?;
        tx.commit().await?;
        Ok(Answer::new(&OwnDidView {
            url: academy_url(&app, &academy.slug),
            document_url: web.document_url(),
            did,
        }))
    }
}
