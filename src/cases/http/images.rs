//! Is this picture somebody's? Anybody may ask, with a picture, and nothing of it is kept.

use poem::http::Uri;
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::{PhotoBytes, picture};
use crate::accounts::http::{Member, Operator};
use crate::app::{App, Tag};
use crate::cases::model::{ASKED_BOUNDS, HashCheck, Looks, case_url, looks_of};
use crate::cases::{ops, store};
use crate::platform::clock::Ts;
use crate::platform::db::Conn;
use crate::platform::http::list::page;
use crate::platform::http::{Answer, Binding, Body, Page, Paging, RawBody, Validate};
use crate::platform::problem::{Error, Fault};
use crate::practitioners;

/// `/v1/images/check`, by hashes too, and who did that.
pub struct ImagesApi;

/// Where a picture is shown.
#[derive(Clone, Debug, Object, Serialize)]
struct ImageCheck {
    /// Cases that show a picture like it, the first seen first; empty where none does.
    matches: Vec<ImageMatch>,
    /// When it was looked for.
    checked_at: Ts,
}

/// Pictures to check, by their hashes.
#[derive(Object)]
#[oai(deny_unknown_fields, rename = "ImageHashes")]
struct HashesBody {
    /// The pictures.
    #[oai(validator(min_items = 1, max_items = 20))]
    pictures: Vec<PictureHashes>,
}

impl Validate for HashesBody {}

/// The hashes of one picture.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct PictureHashes {
    /// Of the whole, then of up to six crops.
    #[oai(validator(min_items = 1, max_items = 7))]
    hashes: Vec<String>,
}

/// Where pictures are shown.
#[derive(Clone, Debug, Object, Serialize)]
struct ImageChecks {
    /// One for each picture, in the order they were sent.
    results: Vec<ImageResult>,
    /// When they were looked for.
    checked_at: Ts,
}

/// Where one picture is shown.
#[derive(Clone, Debug, Object, Serialize)]
struct ImageResult {
    /// Cases that show a picture like it, the first seen first; empty where none does.
    matches: Vec<ImageMatch>,
}

/// A request to check pictures by their hashes.
#[derive(Clone, Debug, Object, Serialize)]
struct HashCheckView {
    /// The address of the list it is in.
    url: String,
    /// Who asked.
    actor: String,
    /// About how many pictures.
    pictures: i64,
    /// How many cases were named.
    matches: i64,
    /// When.
    updated_at: Ts,
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
        let matches = matches(&mut conn, &app, &looks).await?;
        Ok(Answer::new(&ImageCheck { matches, checked_at: now }).private())
    }

    /// Check pictures by their hashes
    ///
    /// For whoever checks many: the pictures stay where they are. Every request is written down with the token it
    /// came by and how much it found, for operators to read.
    ///
    /// A hash is 64 bits, as 16 hexadecimal digits: the upright picture scaled to nine by eight cells (Lanczos, or any
    /// other careful filter), each as grey `(299 R + 587 G + 114 B) / 1000`; row by row, for each two neighbours,
    /// one bit, the first the most significant, that is 1 where the right cell is brighter. The first hash is the
    /// whole picture's; up to six may follow, of crops. Hashes that differ in at most nine bits are alike, mirrored
    /// and turned over too. A picture whose cells span fewer than eight levels of grey, or whose hash has fewer than 6
    /// or more than 58 bits set, says too little to be compared.
    ///
    /// Problems: 401 `unauthorized`, 422 `invalid`, 429 `too-many-requests`.
    #[oai(path = "/check/hashes", method = "post", operation_id = "check_image_hashes")]
    async fn check_hashes(
        &self,
        member: Member,
        app: Data<&App>,
        body: Body<HashesBody>,
    ) -> Result<Answer<ImageChecks>, Error> {
        let now = app.clock.now();
        let mut faults = Vec::new();
        let mut asked = Vec::new();
        for (at, picture) in body.pictures.iter().enumerate() {
            match Looks::of_hashes(&picture.hashes) {
                Ok(looks) => asked.push(looks),
                Err(detail) => faults.push(Fault::new(format!("/pictures/{at}/hashes"), "format", detail)),
            }
        }
        if !faults.is_empty() {
            return Err(Error::invalid(faults));
        }
        let mut tx = app.db.write().await?;
        let mut results = Vec::with_capacity(asked.len());
        for looks in &asked {
            results.push(ImageResult { matches: matches(&mut tx, &app, looks).await? });
        }
        let check = HashCheck {
            id: app.ids.uuid(),
            token: member.token_id,
            actor: member.actor(),
            hashes: i64::try_from(asked.len()).unwrap_or(i64::MAX),
            matches: results.iter().map(|one| i64::try_from(one.matches.len()).unwrap_or(i64::MAX)).sum(),
            at: now,
        };
        store::insert_check(&mut tx, &check).await?;
        tx.commit().await?;
        Ok(Answer::new(&ImageChecks { results, checked_at: now }).private())
    }

    /// List checks by hashes
    ///
    /// Who asked about how many pictures, and how many were found, the latest first. For operators.
    #[oai(path = "/checks", method = "get", operation_id = "list_image_checks")]
    async fn checks(
        &self,
        _operator: Operator,
        app: Data<&App>,
        uri: &Uri,
        /// How many at most.
        #[oai(default = "page", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<usize>,
        /// From `next_cursor` of the page before.
        #[oai(validator(max_length = 1024))]
        cursor: Query<Option<String>>,
    ) -> Result<Answer<Page<HashCheckView>>, Error> {
        let paging = Paging::new(&app.cursors, uri, Binding::new("image-checks"), cursor.as_deref(), limit.0);
        let before = paging.after((Ts::MAX, Uuid::max()))?;
        let mut conn = app.db.snapshot().await?;
        let mut rows = store::checks_before(&mut conn, before, paging.rows()).await?;
        let count = store::count_checks(&mut conn).await?;
        let next = paging.cut(&mut rows, |last| (last.at, last.id))?;
        let url = format!("{}/v1/images/checks", app.config.public_url);
        let view = |row: HashCheck| HashCheckView {
            url: url.clone(),
            actor: row.actor,
            pictures: row.hashes,
            matches: row.matches,
            updated_at: row.at,
        };
        Ok(paging.answer(rows.into_iter().map(view).collect(), count, next).private())
    }
}

/// The cases that show pictures with these looks, and that everybody can see now.
async fn matches(conn: &mut Conn, app: &App, looks: &Looks) -> Result<Vec<ImageMatch>, Error> {
    let today = app.clock.today();
    let alike = ops::gazer(app, conn).await?.alike(looks, None);
    let ids: Vec<Uuid> = alike.iter().map(|one| one.photo).collect();
    let photos = store::photos_by_id(conn, &ids).await?;
    let cases: Vec<Uuid> = photos.iter().map(|photo| photo.case).collect();
    let cases = store::cases(conn, &cases).await?;
    let numbers: Vec<_> = cases.iter().map(|case| case.listing).collect();
    let listed = practitioners::listed_among(conn, &numbers).await?;
    let mut found: Vec<(Ts, Uuid)> = Vec::new();
    // In the order in which they were kept: the first of a case is its first seen.
    for photo in photos.iter().filter(|photo| !photo.held) {
        let shown = cases
            .iter()
            .any(|case| case.id == photo.case && case.is_shown(today) && listed.contains(&case.listing));
        if shown && found.iter().all(|(_, case)| *case != photo.case) {
            found.push((photo.created_at, photo.case));
        }
    }
    let matches = found.into_iter().map(|(first_seen, case)| ImageMatch {
        url: case_url(&app.config.public_url, case),
        first_seen: first_seen.date().to_string(),
    });
    Ok(matches.collect())
}
