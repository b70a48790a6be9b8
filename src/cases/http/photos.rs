//! Photos: sent as the picture's own bytes, kept and served as renditions.

use std::sync::Arc;

use bytes::Bytes;
use poem::http::{HeaderValue, header};
use poem::web::Data;
use poem::{IntoResponse, Request, Response};
use poem_openapi::param::{Path, Query};
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::{ApiResponse, OpenApi};
use time::Date;
use uuid::Uuid;

use super::{PhotoBytes, binary, picture, view};
use crate::accounts::http::{ListingKeeper, caller};
use crate::app::{App, Tag};
use crate::cases::model::{
    BOUNDS, Case, CaseView, ConsentToken, Developed, PhotoFacts, Upload, UploadState, Uploads, no_such_case,
    photo_path, photo_paths,
};
use crate::cases::ops::{self, DELETE_PHOTOS, DeletePhotos, NewPhoto};
use crate::cases::store;
use crate::config::limits;
use crate::platform::db::Conn;
use crate::platform::http::{Answer, Created, Idempotency, IfMatch, RawBody, Version};
use crate::platform::jobs;
use crate::platform::pictures::{Encoding, WIDTHS};
use crate::platform::problem::{Error, Fault};
use crate::vocabulary::{PhotoEdit, PhotoIdentity, PhotoLight, PhotoStage, PhotoView};

/// `/v1/cases/{id}/photos`.
pub struct PhotosApi;

/// A rendition, for as long as it may be kept.
struct File {
    bytes: Bytes,
    encoding: Encoding,
    etag: String,
    cache: String,
}

impl IntoResponse for File {
    fn into_response(self) -> Response {
        let mut response = Response::builder()
            .content_type(self.encoding.media_type())
            .header(header::CACHE_CONTROL, self.cache)
            .header("x-content-type-options", "nosniff")
            .body(self.bytes);
        if let Ok(etag) = HeaderValue::try_from(self.etag) {
            response.headers_mut().insert(header::ETAG, etag);
        }
        response
    }
}

impl ApiResponse for File {
    fn meta() -> MetaResponses {
        let content = Encoding::ALL
            .map(|encoding| MetaMediaType { content_type: encoding.media_type(), schema: binary() });
        let response = MetaResponse {
            description: "The photo",
            status: Some(200),
            status_range: None,
            content: content.into(),
            headers: vec![],
        };
        MetaResponses { responses: vec![response] }
    }

    fn register(_registry: &mut Registry) {}
}

#[OpenApi(prefix_path = "/v1/cases", tag = "Tag::Cases")]
impl PhotosApi {
    /// Add a photo to a case
    ///
    /// The body is the picture itself: JPEG, PNG or WebP, at most 20 MiB, at least 320 pixels along each
    /// side; what it is called is not believed. It is turned upright, scaled and written anew in three widths
    /// as WebP and JPEG, so that nothing the camera wrote into the file is kept; the file itself is not kept
    /// either. The answer is the case once all of that is done. A photo that looks like one of another
    /// listing waits, `in_review`, until a person has looked at it. `healed` needs 30 days after the last
    /// session, `settled` 60, `year1` 365.
    ///
    /// Problems: 400 `invalid-parameter` for a day that cannot be, 403 `forbidden`, 409 `too-many-in-case`, 410
    /// `case-ended` also when the client withdraws while the photo is rendered, 413 `payload-too-large`, 415
    /// `unsupported-media-type` and `heic-not-taken`, 422 `animation-refused`, `bytes-after-picture`,
    /// `picture-truncated`, `picture-too-large`, `picture-too-small`, `picture-broken`, 503 `unavailable`.
    #[oai(path = "/:id/photos", method = "post", operation_id = "add_case_photo")]
    #[expect(clippy::too_many_arguments, reason = "each is a documented parameter")]
    async fn add(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The case's id.
        id: Path<Uuid>,
        /// When in the treatment it was taken.
        stage: Query<PhotoStage>,
        /// From where.
        view: Query<PhotoView>,
        /// The day it was taken, `YYYY-MM-DD`.
        taken_on: Query<Date>,
        /// In what light.
        light: Query<PhotoLight>,
        /// Whether the person can be recognised.
        identity: Query<PhotoIdentity>,
        /// What was done to it; given again for several. Anything that beautifies is refused.
        edits: Query<Option<Vec<PhotoEdit>>>,
        /// What you call this upload: `GET /v1/uploads/{id}` tells how far it is.
        upload: Query<Option<Uuid>>,
        /// A key of your own making: sent again with the same request, it keeps nothing twice.
        #[oai(name = "Idempotency-Key")]
        once: Idempotency,
        body: RawBody<PhotoBytes>,
    ) -> Result<Created<CaseView>, Error> {
        let followed = upload.0.map(|upload| {
            let key = (keeper.token_id, upload);
            Arc::new(app.memory.of::<Uploads>().begin(key, app.clock.now()))
        });
        let facts = PhotoFacts {
            stage: stage.0,
            view: view.0,
            light: light.0,
            identity: identity.0,
            edits: edits.0.unwrap_or_default(),
            taken_on: taken_on.0,
        };
        let added = add(&app, &keeper, id.0, facts, &once, (body.bytes, followed.clone())).await?;
        tell(followed.as_deref(), UploadState::Kept);
        Ok(added)
    }

    /// Take a photo off a case
    ///
    /// For good. Refused where the case is shown and could not be without it.
    ///
    /// Problems: 403 `forbidden`, 404 `not-found`, 410 `case-ended`, 412 `precondition-failed`, 422
    /// `not-publishable`, 428 `precondition-required`.
    #[oai(path = "/:id/photos/:photo_id", method = "delete", operation_id = "remove_case_photo")]
    async fn remove(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The case's id.
        id: Path<Uuid>,
        /// The photo's id.
        photo_id: Path<Uuid>,
        /// The version of the case that was read.
        #[oai(name = "If-Match")]
        if_match: IfMatch,
    ) -> Result<Answer<CaseView>, Error> {
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        let case = ops::find(&mut tx, id.0).await?;
        keeper.may_keep(case.practitioner, &case.listing.to_string())?;
        if_match.check(Version(case.version))?;
        let photos = store::photos(&mut tx, &[case.id]).await?;
        let (gone, left): (Vec<_>, Vec<_>) = photos.into_iter().partition(|photo| photo.id == photo_id.0);
        if gone.is_empty() {
            return Err(no_such_photo(photo_id.0));
        }
        ops::change(&mut tx, &app, (&case, &case), &left, now).await?;
        ops::drop_photos(&mut tx, &app, &gone, now).await?;
        let case = ops::find(&mut tx, case.id).await?;
        let view = view(&mut tx, &app, &case, Some(now.date())).await?;
        tx.commit().await?;
        Ok(Answer::new(&view).version(Version(case.version)).last_modified(case.updated_at).private())
    }

    /// Read a photo
    ///
    /// The addresses are in the case. Nobody may keep a photo for longer than a minute, since what a client
    /// withdraws must be gone by then.
    ///
    /// Problems: 404 `not-found`, 410 `case-ended`.
    #[oai(path = "/:id/photos/:photo_id", method = "get", operation_id = "read_case_photo")]
    #[expect(clippy::too_many_arguments, reason = "each is a documented parameter")]
    async fn read(
        &self,
        request: &Request,
        app: Data<&App>,
        /// The case's id.
        id: Path<Uuid>,
        /// The photo's id.
        photo_id: Path<Uuid>,
        /// Pixels along the width, at most: 320, 800 or 1600.
        #[oai(default = "middle")]
        width: Query<u32>,
        /// How it is written.
        #[oai(default = "jpeg")]
        format: Query<Encoding>,
        /// The token of the client's own consent link, which shows drafts too.
        #[oai(validator(max_length = 80))]
        consent: Query<Option<String>>,
    ) -> Result<File, Error> {
        if !WIDTHS.contains(&width.0) {
            let detail =
                format!("Photos come in three widths: {}.", WIDTHS.map(|it| it.to_string()).join(", "));
            return Err(Error::parameter(Fault::new("query:width", "unknown-value", detail)));
        }
        let mut conn = app.db.snapshot().await?;
        let (case, inside) = match consent.as_deref() {
            Some(token) => (of_client(&mut conn, id.0, token, &app).await?, true),
            None => ops::find_to_see(&mut conn, id.0, caller(request), app.clock.today()).await?,
        };
        let photos = store::photos(&mut conn, &[case.id]).await?;
        drop(conn);
        let photo = photos.into_iter().find(|photo| photo.id == photo_id.0 && (inside || !photo.held));
        let photo = photo.ok_or_else(|| no_such_photo(photo_id.0))?;
        let bytes = app.blobs.get(&photo_path(photo.id, width.0, format.0)).await?;
        let cache = if inside {
            "private, no-store".to_owned()
        } else {
            format!("public, max-age={}", limits::PHOTO_MAX_AGE.as_secs())
        };
        let etag = format!("\"{}-{}-{}\"", photo.id.simple(), width.0, format.0.word());
        Ok(File { bytes, encoding: format.0, etag, cache })
    }
}

/// The case of a client's own link.
async fn of_client(conn: &mut Conn, id: Uuid, token: &str, app: &App) -> Result<Case, Error> {
    let token = ConsentToken::parse(token).ok_or_else(|| no_such_case(id))?;
    let link = super::consents::find_link(conn, &token, app.clock.now()).await?;
    if link.case == id { ops::find(conn, id).await } else { Err(no_such_case(id)) }
}

#[track_caller]
fn no_such_photo(id: Uuid) -> Error {
    Error::not_found(format!("The case has no photo {id}, or none that is shown."))
}

async fn add(
    app: &App,
    keeper: &ListingKeeper,
    id: Uuid,
    facts: PhotoFacts,
    once: &Idempotency,
    (bytes, followed): (Bytes, Option<Arc<Upload>>),
) -> Result<Created<CaseView>, Error> {
    {
        // Asked before the work, and again in the transaction.
        let mut conn = app.db.read().await?;
        let case = ops::find(&mut conn, id).await?;
        keeper.may_keep(case.practitioner, &case.listing.to_string())?;
        let faults = facts.faults(&case.details, app.clock.today());
        if !faults.is_empty() {
            return Err(ops::refused(faults));
        }
    }
    let teller = followed.clone();
    let develop = move |bytes: &[u8]| {
        Developed::telling(bytes, |state, written| {
            if let Some(upload) = &teller {
                upload.tell(state, written);
            }
        })
    };
    let developed = picture(app, bytes, &BOUNDS, develop).await?;
    tell(followed.as_deref(), UploadState::Storing);
    let Developed { size, renditions, looks } = developed;
    let photo = app.ids.uuid();
    {
        // A process that dies between the files and the row leaves no file behind.
        let later = app.clock.now().plus(limits::PHOTO_LEFTOVER);
        let mut tx = app.db.write().await?;
        jobs::enqueue(&mut tx, &app.ids, DELETE_PHOTOS, &DeletePhotos { photos: vec![photo] }, later).await?;
        tx.commit().await?;
    }
    for file in renditions.files {
        app.blobs.put(&photo_path(photo, file.width, file.encoding), file.bytes.into()).await?;
    }
    let new = NewPhoto { id: photo, facts, size, placeholder: renditions.placeholder, looks };
    let kept = keep(app, keeper, id, new, once).await;
    if !matches!(kept, Ok((_, true))) {
        for path in photo_paths(photo) {
            if let Err(error) = app.blobs.delete(&path).await {
                tracing::warn!(%error, photo.id = %photo, "a file that no case has was left to the job");
            }
        }
    }
    kept.map(|(answer, _)| answer)
}

/// Says what is being done after the renditions are written.
fn tell(followed: Option<&Upload>, state: UploadState) {
    if let Some(upload) = followed {
        upload.tell(state, WIDTHS.len() * Encoding::ALL.len());
    }
}

/// The answer, and whether this photo was kept rather than one sent before with the same key.
async fn keep(
    app: &App,
    keeper: &ListingKeeper,
    id: Uuid,
    new: NewPhoto,
    once: &Idempotency,
) -> Result<(Created<CaseView>, bool), Error> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(answer) = once.answered(&mut tx, now).await? {
        return Ok((answer, false));
    }
    let photo = new.id;
    ops::keep_photo(&mut tx, app, keeper, id, new).await?;
    let case = ops::find(&mut tx, id).await?;
    let view = view(&mut tx, app, &case, Some(now.date())).await?;
    let answer = Created::new(&view)
        .location(&format!("{}/photos/{photo}", view.url))
        .version(Version(case.version))
        .private();
    once.keep(&mut tx, &answer).await?;
    tx.commit().await?;
    Ok((answer, true))
}

fn middle() -> u32 {
    WIDTHS[1]
}

fn jpeg() -> Encoding {
    Encoding::Jpeg
}
