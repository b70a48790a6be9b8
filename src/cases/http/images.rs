//! Is this picture somebody's? Anybody may ask, with a picture, and nothing of it is kept.

use poem::web::Data;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::{PhotoBytes, picture};
use crate::app::{App, Tag};
use crate::cases::model::{ASKED_BOUNDS, case_url, looks_of};
use crate::cases::{ops, store};
use crate::platform::clock::Ts;
use crate::platform::http::{Answer, RawBody};
use crate::platform::problem::Error;
use crate::practitioners;

/// `/v1/images/check`.
pub struct ImagesApi;

/// Where a picture is shown.
#[derive(Clone, Debug, Object, Serialize)]
struct ImageCheck {
    /// Cases that show a picture like it, the first seen first; empty where none does.
    matches: Vec<ImageMatch>,
    /// When it was looked for.
    checked_at: Ts,
}

/// A case that shows a picture like the one sent.
#[derive(Clone, Debug, Object, Serialize)]
struct ImageMatch {
    /// The case.
    url: String,
    /// The day a picture like it was first seen there. That says nothing of whose it is.
    first_seen: String,
}

#[OpenApi(prefix_path = "/v1/images", tag = "Tag::Cases")]
impl ImagesApi {
    /// Check a picture
    ///
    /// Whether a before or after picture that somebody shows you is known here: mirrored, cropped, recoloured
    /// or scaled ones are found too. Only photos that everybody can see now are named. Nothing of the picture
    /// is kept, and no number says how close it is.
    ///
    /// Problems: 413 `payload-too-large`, 415 `unsupported-media-type` and `heic-not-taken`, 422 as for a
    /// case's photos, 429 `too-many-requests`, 503 `unavailable`.
    #[oai(path = "/check", method = "post", operation_id = "check_image")]
    async fn check(&self, app: Data<&App>, body: RawBody<PhotoBytes>) -> Result<Answer<ImageCheck>, Error> {
        let now = app.clock.now();
        let looks = picture(&app, body.bytes, &ASKED_BOUNDS, looks_of).await?;
        let mut conn = app.db.snapshot().await?;
        let alike = ops::gazer(&app, &mut conn).await?.alike(&looks, None);
        let ids: Vec<Uuid> = alike.iter().map(|one| one.photo).collect();
        let photos = store::photos_by_id(&mut conn, &ids).await?;
        let cases: Vec<Uuid> = photos.iter().map(|photo| photo.case).collect();
        let cases = store::cases(&mut conn, &cases).await?;
        let numbers: Vec<_> = cases.iter().map(|case| case.listing).collect();
        let listed = practitioners::listed_among(&mut conn, &numbers).await?;
        let mut matches: Vec<(Ts, Uuid)> = Vec::new();
        // In the order in which they were kept: the first of a case is its first seen.
        for photo in photos.iter().filter(|photo| !photo.held) {
            let shown = cases.iter().any(|case| {
                case.id == photo.case && case.is_shown(now.date()) && listed.contains(&case.listing)
            });
            if shown && matches.iter().all(|(_, case)| *case != photo.case) {
                matches.push((photo.created_at, photo.case));
            }
        }
        let matches = matches.into_iter().map(|(first_seen, case)| ImageMatch {
            url: case_url(&app.config.public_url, case),
            first_seen: first_seen.date().to_string(),
        });
        Ok(Answer::new(&ImageCheck { matches: matches.collect(), checked_at: now }).private())
    }
}
