//! How far an upload has come.

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::accounts::http::ListingKeeper;
use crate::app::{App, Tag};
use crate::cases::model::{Progress, UploadState, Uploads};
use crate::platform::clock::Ts;
use crate::platform::http::Answer;
use crate::platform::pictures::{Encoding, WIDTHS};
use crate::platform::problem::Error;

/// `/v1/uploads/{id}`.
pub struct UploadsApi;

/// How far an upload is.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "Upload")]
struct UploadView {
    /// Its address.
    url: String,
    /// What is being done.
    state: UploadState,
    /// How many renditions are written.
    renditions: usize,
    /// Of how many.
    of: usize,
    /// When its bytes had arrived.
    begun_at: Ts,
    /// The same, under the name everything has.
    updated_at: Ts,
}

#[OpenApi(prefix_path = "/v1/uploads", tag = "Tag::Cases")]
impl UploadsApi {
    /// Read how far an upload is
    ///
    /// Of a photo that was sent with `upload=<id>` and the same token, while it is taken in and for ten minutes
    /// afterwards. Where several instances of the service stand behind one address, only the one that takes the
    /// photo in knows; ask over the connection that is not busy with it, and take a 404 for "not known here".
    ///
    /// Problems: 404 `not-found`.
    #[oai(path = "/:id", method = "get", operation_id = "read_upload")]
    async fn read(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// What you called the upload.
        id: Path<Uuid>,
    ) -> Result<Answer<UploadView>, Error> {
        let known = app.memory.of::<Uploads>().progress((keeper.token_id, id.0));
        let Some(Progress { state, renditions, begun_at }) = known else {
            let detail = format!("No upload {} of yours is known here, or none of the last minutes.", id.0);
            return Err(Error::not_found(detail));
        };
        let view = UploadView {
            url: format!("{}/v1/uploads/{}", app.config.public_url, id.0),
            state,
            renditions,
            of: WIDTHS.len() * Encoding::ALL.len(),
            begun_at,
            updated_at: app.clock.now(),
        };
        Ok(Answer::new(&view).private())
    }
}
