//! Portraits: sent as the picture's own bytes, kept and served as JPEG without anything the camera wrote.

use bytes::Bytes;
use poem::http::{HeaderValue, header};
use poem::web::Data;
use poem::{IntoResponse, Response};
use poem_openapi::param::{Path, Query};
use poem_openapi::registry::{
    MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::{ApiResponse, OpenApi};

use super::{act, answer, find, find_to_change};
use crate::accounts::http::ListingKeeper;
use crate::app::{App, Tag};
use crate::config::limits;
use crate::platform::http::{Answer, IfMatch, RawBody, RawKind};
use crate::platform::id::Number;
use crate::platform::pictures;
use crate::platform::problem::{Error, Fault};
use crate::practitioners::model::{
    PORTRAIT_LARGE, PORTRAIT_REPLACED, PORTRAIT_SMALL, PractitionerView, Renditions, portrait_path,
    practitioner_url,
};
use crate::practitioners::ops;

/// `/v1/practitioners/{number}/portrait`.
pub struct PortraitApi;

/// A picture's bytes.
struct Picture;

impl RawKind for Picture {
    const BYTES: usize = limits::PORTRAIT_BYTES;
    const MEDIA_TYPES: &'static [&'static str] = pictures::MEDIA_TYPES;

    fn schema_ref() -> MetaSchemaRef {
        binary()
    }
}

fn binary() -> MetaSchemaRef {
    MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "binary")))
}

/// A rendition, for as long as it may be kept.
struct Jpeg {
    bytes: Bytes,
    etag: String,
    cache: &'static str,
}

impl IntoResponse for Jpeg {
    fn into_response(self) -> Response {
        let mut response = Response::builder()
            .content_type("image/jpeg")
            .header(header::CACHE_CONTROL, self.cache)
            .header("x-content-type-options", "nosniff")
            .body(self.bytes);
        if let Ok(etag) = HeaderValue::try_from(self.etag) {
            response.headers_mut().insert(header::ETAG, etag);
        }
        response
    }
}

impl ApiResponse for Jpeg {
    fn meta() -> MetaResponses {
        let response = MetaResponse {
            description: "The portrait",
            status: Some(200),
            status_range: None,
            content: vec![MetaMediaType { content_type: "image/jpeg", schema: binary() }],
            headers: vec![],
        };
        MetaResponses { responses: vec![response] }
    }

    fn register(_registry: &mut Registry) {}
}

#[OpenApi(prefix_path = "/v1/practitioners", tag = "Tag::Practitioners")]
impl PortraitApi {
    /// Show a portrait
    ///
    /// The body is the picture itself: JPEG, PNG or WebP, at most 8 MiB. It is turned upright, scaled
    /// and written anew, so that nothing the camera wrote into the file is kept or shown.
    ///
    /// Problems: 403 `forbidden`, 412 `precondition-failed`, 413 `payload-too-large`, 415
    /// `unsupported-media-type`, 422 `not-an-image`, 428 `precondition-required`, 503 `unavailable`.
    #[oai(path = "/:number/portrait", method = "put", operation_id = "set_portrait")]
    async fn set(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The listing's number.
        number: Path<Number>,
        /// The version of the listing that was read.
        #[oai(name = "If-Match")]
        if_match: IfMatch,
        body: RawBody<Picture>,
    ) -> Result<Answer<PractitionerView>, Error> {
        {
            // Asked before the work, and again in the transaction.
            let mut conn = app.db.read().await?;
            find_to_change(&mut conn, &keeper, number.0, &if_match, "/portrait").await?;
        }
        let renditions = render(&app, body.bytes).await?;
        let name = renditions.name(app.ids.bytes());
        app.blobs.put(&portrait_path(&name, PORTRAIT_SMALL), renditions.small.into()).await?;
        app.blobs.put(&portrait_path(&name, PORTRAIT_LARGE), renditions.large.into()).await?;
        let shown = show(&app, &keeper, number.0, &if_match, Some(&name)).await;
        if shown.is_err() {
            for size in [PORTRAIT_SMALL, PORTRAIT_LARGE] {
                if let Err(error) = app.blobs.delete(&portrait_path(&name, size)).await {
                    tracing::warn!(%error, portrait = name, "a portrait that nobody shows was left behind");
                }
            }
        }
        shown
    }

    /// Take the portrait off a listing
    ///
    /// Problems: 403 `forbidden`, 412 `precondition-failed`, 428 `precondition-required`.
    #[oai(path = "/:number/portrait", method = "delete", operation_id = "remove_portrait")]
    async fn remove(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The listing's number.
        number: Path<Number>,
        /// The version of the listing that was read.
        #[oai(name = "If-Match")]
        if_match: IfMatch,
    ) -> Result<Answer<PractitionerView>, Error> {
        show(&app, &keeper, number.0, &if_match, None).await
    }

    /// Read a portrait
    ///
    /// The addresses in `portrait` of a listing name the very picture (`v`) and may be kept for good.
    /// Without `v` it is the one that is shown now.
    ///
    /// Problems: 302 `portrait-replaced`, 404 `not-found`, 410 `listing-removed`.
    #[oai(path = "/:number/portrait", method = "get", operation_id = "read_portrait")]
    async fn read(
        &self,
        app: Data<&App>,
        /// The listing's number.
        number: Path<Number>,
        /// Pixels along the longer side, at most: 320 or 800.
        #[oai(default = "large")]
        size: Query<u32>,
        /// Which picture, as the listing names it.
        #[oai(validator(max_length = 64))]
        v: Query<Option<String>>,
    ) -> Result<Jpeg, Error> {
        if size.0 != PORTRAIT_SMALL && size.0 != PORTRAIT_LARGE {
            let detail = format!("Portraits come in two sizes: {PORTRAIT_SMALL} and {PORTRAIT_LARGE}.");
            return Err(Error::parameter(Fault::new("query:size", "unknown-value", detail)));
        }
        let listing = {
            let mut conn = app.db.read().await?;
            find(&mut conn, number.0, "/portrait").await?
        };
        let Some(name) = listing.portrait else {
            return Err(Error::not_found(format!("The listing {} shows no portrait.", listing.number)));
        };
        let cache = match v.as_deref() {
            Some(asked) if asked == name => "public, max-age=31536000, immutable",
            None => "public, no-cache",
            Some(_) => {
                let url = practitioner_url(&app.config.public_url, listing.number);
                let detail = "Another picture is shown now; the address is in Location.";
                return Err(Error::new(PORTRAIT_REPLACED, detail)
                    .with_header("location", format!("{url}/portrait?size={}&v={name}", size.0))
                    .with_header("cache-control", "no-cache"));
            }
        };
        let bytes = app.blobs.get(&portrait_path(&name, size.0)).await?;
        Ok(Jpeg { bytes, etag: format!("\"{name}-{}\"", size.0), cache })
    }
}

async fn show(
    app: &App,
    keeper: &ListingKeeper,
    number: Number,
    if_match: &IfMatch,
    portrait: Option<&str>,
) -> Result<Answer<PractitionerView>, Error> {
    let mut tx = app.db.write().await?;
    let listing = find_to_change(&mut tx, keeper, number, if_match, "/portrait").await?;
    ops::set_portrait(&mut tx, &act(app, keeper), &listing, portrait).await?;
    let answer = answer(&mut tx, app, listing.number).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Renders off the runtime's threads, within the memory set aside for pictures.
async fn render(app: &App, bytes: Bytes) -> Result<Renditions, Error> {
    let share = app.pictures.take(Renditions::cost(&bytes)?).await?;
    let rendered = tokio::task::spawn_blocking(move || {
        let _share = share;
        Renditions::of(&bytes)
    });
    rendered.await.map_err(Error::internal)?
}

fn large() -> u32 {
    PORTRAIT_LARGE
}
