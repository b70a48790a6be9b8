//! Versions of courses: the exact bytes that certificates point at.

use std::time::Duration;

use bytes::Bytes;
use poem::http::Uri;
use poem::http::{HeaderValue, StatusCode, header};
use poem::web::Data;
use poem::{IntoResponse, Response};
use poem_openapi::param::{Path, Query};
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::courses::find_course;
use super::{Tag, begin, find, note};
use crate::academies::model::{
    self, Academy, AcademyAction, CourseContent, CourseVersion, CourseVersionUrl, VERSION_EXISTS,
    VersionDocument, What, course_version_url,
};
use crate::academies::store;
use crate::accounts::http::AcademyKeeper;
use crate::app::App;
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::db::Conn;
use crate::platform::http::list::page;
use crate::platform::http::{Answer, Binding, Body, Created, Idempotency, Page, Paging};
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::{Error, Fault};
use crate::signing::digest::Digest;

/// `/v1/academies/{slug}/courses/{number}/versions` and one of them.
pub struct CourseVersionsApi;

/// A version never changes, so an answer with one can be kept for a year, the longest anyone keeps.
const FOR_GOOD: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A version of a course.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "CourseVersion")]
pub(super) struct CourseVersionView {
    /// Its address: what a certificate's `achievement.id` is. The bytes there hash to `sha256`.
    url: String,
    /// The SHA-256 of its canonical bytes, in hexadecimal.
    sha256: String,
    /// The same digest as `relatedResource` writes it.
    digest_multibase: String,
    /// 1 for the first version, counted up.
    version: i64,
    /// What it contains.
    content: CourseContent,
    /// All hours together.
    total_hours: u32,
    /// Whether every hour of it can be taken without meeting the trainer.
    remote_only: bool,
    /// When it was added.
    updated_at: Ts,
}

impl CourseVersionView {
    pub(super) fn new(app: &App, version: CourseVersion) -> Self {
        Self {
            url: course_version_url(&app.config.public_url, &version.slug, version.course, version.hash),
            sha256: version.hash.to_string(),
            digest_multibase: version.hash.to_multibase(),
            version: version.seq,
            total_hours: version.content.hours.total(),
            remote_only: version.content.hours.remote_only(),
            content: version.content,
            updated_at: version.created_at,
        }
    }
}

/// Adds a version to the course `(id, number)` as its `seq`-th.
pub(super) async fn add_version(
    conn: &mut Conn,
    app: &App,
    academy: &Academy,
    (course_id, number, seq): (Uuid, Number, i64),
    content: CourseContent,
    actor: &str,
    now: Ts,
) -> Result<CourseVersion, Error> {
    let document = VersionDocument {
        academy: academy.did(&app.config.issuer_host),
        course: number,
        content: content.tidied(),
    };
    let mut faults = document.content.faults();
    if document.content.described_from_records.is_some_and(|year| year > now.date().year()) {
        let detail =
            format!("A description cannot be of a year to come; this year is {}.", now.date().year());
        faults.push(Fault::new("/described_from_records", "out-of-range", detail));
    }
    let trainers = &document.content.trainers;
    let known = store::trainer_numbers(conn, academy.id, trainers).await?;
    for (at, trainer) in trainers.iter().enumerate().filter(|(_, trainer)| !known.contains(trainer)) {
        let detail = format!("{trainer} is not a trainer of this academy; add them first.");
        faults.push(Fault::new(format!("/trainers/{at}"), "unknown-trainer", detail));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let (bytes, hash) = document.canonical();
    if let Some(same) = store::course_version_by_hash(conn, hash).await? {
        let url = course_version_url(&app.config.public_url, &same.slug, same.course, same.hash);
        let detail = format!("Version {} of this course has exactly this content: {url}", same.seq);
        return Err(Error::new(VERSION_EXISTS, detail).with_member("version_url", url));
    }
    let version = CourseVersion {
        academy_id: academy.id,
        slug: academy.slug.clone(),
        course: number,
        seq,
        hash,
        bytes,
        content: document.content,
        created_at: now,
    };
    store::insert_version(conn, app.ids.uuid(), course_id, &version, actor).await?;
    Ok(version)
}

/// The exact bytes of a version, which anyone may keep for good.
struct ExactBytes {
    bytes: Bytes,
    hash: Digest,
}

impl IntoResponse for ExactBytes {
    fn into_response(self) -> Response {
        let mut response = Response::builder()
            .status(StatusCode::OK)
            .content_type("application/json")
            .header(header::ETAG, format!("\"{}\"", self.hash))
            .header(header::CACHE_CONTROL, format!("public, max-age={}, immutable", FOR_GOOD.as_secs()))
            .body(self.bytes);
        response.headers_mut().insert("x-content-type-options", HeaderValue::from_static("nosniff"));
        response
    }
}

impl ApiResponse for ExactBytes {
    fn meta() -> MetaResponses {
        MetaResponses {
            responses: vec![MetaResponse {
                description: "The canonical bytes (RFC 8785) whose SHA-256 is in the address",
                status: Some(200),
                status_range: None,
                content: vec![MetaMediaType {
                    content_type: "application/json",
                    schema: CourseVersionDocument::schema_ref(),
                }],
                headers: vec![MetaHeader {
                    name: "ETag".to_owned(),
                    description: Some("The SHA-256 of the bytes".to_owned()),
                    required: false,
                    deprecated: false,
                    schema: String::schema_ref(),
                }],
            }],
        }
    }

    fn register(registry: &mut Registry) {
        CourseVersionDocument::register(registry);
    }
}

/// What a certificate's `achievement.id` is the address of.
#[derive(Debug, Object)]
struct CourseVersionDocument {
    /// The academy's DID.
    academy: String,
    /// The course's number.
    course: Number,
    /// What the course contains.
    content: CourseContent,
}

#[OpenApi(prefix_path = "/v1/academies", tag = "Tag::Academies")]
impl CourseVersionsApi {
    /// Add a version of a course
    ///
    /// The new version is the one taught from now on; older ones stay, for the certificates that point at
    /// them. A version with exactly the content of an older one is refused: certificates can go on naming
    /// the older one.
    #[oai(path = "/:slug/courses/:number/versions", method = "post", operation_id = "add_course_version")]
    async fn add(
        &self,
        keeper: AcademyKeeper,
        app: Data<&App>,
        /// The academy.
        slug: Path<String>,
        /// The course's number.
        number: Path<Number>,
        /// Makes the request safe to repeat: the same key answers the same within a day.
        #[oai(name = "Idempotency-Key")]
        once: Idempotency,
        body: Body<CourseContent>,
    ) -> Result<Created<CourseVersionView>, Error> {
        let now = app.clock.now();
        let (mut tx, academy) = begin(&app, &slug, &keeper, now).await?;
        if let Some(answer) = once.answered(&mut tx, now).await? {
            return Ok(answer);
        }
        let course = find_course(&mut tx, academy.id, &slug, number.0).await?;
        if course.current.seq >= limits::COURSE_VERSIONS {
            return Err(Error::new(
                model::TOO_MANY,
                format!("A course may have {} versions, and this one has.", limits::COURSE_VERSIONS),
            ));
        }
        let place = (course.id, course.number, course.current.seq + 1);
        let version = add_version(&mut tx, &app, &academy, place, body.0, &keeper.actor(), now).await?;
        let what = What::on(AcademyAction::CourseVersionAdded, format!("{}/{}", course.number, version.hash));
        note(&mut tx, &app, &academy, keeper.actor(), what, now).await?;
        let view = CourseVersionView::new(&app, version);
        let answer = Created::new(&view).location(&view.url);
        once.keep(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// List a course's versions
    ///
    /// The newest first; the first one is taught today.
    #[oai(path = "/:slug/courses/:number/versions", method = "get", operation_id = "list_course_versions")]
    async fn list(
        &self,
        app: Data<&App>,
        uri: &Uri,
        /// The academy.
        slug: Path<String>,
        /// The course's number.
        number: Path<Number>,
        /// Where to go on: `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// How many at most.
        #[oai(default = "page", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<usize>,
    ) -> Result<Answer<Page<CourseVersionView>>, Error> {
        let binding = Binding::new("course versions").with("course", &number.0.to_string());
        let paging = Paging::new(&app.cursors, uri, binding, cursor.as_deref(), limit.0);
        let before: i64 = paging.after(i64::MAX)?;
        let mut conn = app.db.snapshot().await?;
        let academy = find(&mut conn, &slug).await?;
        let course = find_course(&mut conn, academy.id, &slug, number.0).await?;
        let mut versions = store::list_versions(&mut conn, course.id, before, paging.rows()).await?;
        let count = store::count_versions(&mut conn, course.id).await?;
        let next = paging.cut(&mut versions, |last| last.seq)?;
        let items = versions.into_iter().map(|version| CourseVersionView::new(&app, version)).collect();
        Ok(paging.answer(items, count, next))
    }

    /// Read the exact bytes of a version
    ///
    /// The canonical JSON (RFC 8785) that hashes to the address, the same bytes for ever: whoever checks a
    /// certificate can hash them and compare.
    #[oai(
        path = "/:slug/courses/:number/versions/:sha256",
        method = "get",
        operation_id = "read_course_version"
    )]
    async fn read(
        &self,
        app: Data<&App>,
        /// The academy.
        slug: Path<String>,
        /// The course's number.
        number: Path<Number>,
        /// The SHA-256 of the version, in hexadecimal.
        #[oai(validator(pattern = "^[0-9a-f]{64}$"))]
        sha256: Path<String>,
    ) -> Result<ExactBytes, Error> {
        let missing = || {
            Error::not_found(format!(
                "Course {number} of `{slug}` has no version with that hash. GET …/versions lists those it has.",
                number = number.0,
                slug = slug.0
            ))
        };
        let hash = Digest::from_hex(&sha256).ok_or_else(missing)?;
        if number.kind() != NumberKind::Course {
            return Err(missing());
        }
        let url = CourseVersionUrl {
            origin: app.config.public_url.clone(),
            slug: slug.0.clone(),
            course: number.0,
            hash,
        };
        let mut conn = app.db.read().await?;
        let version = store::course_version(&mut conn, &url).await?.ok_or_else(missing)?;
        Ok(ExactBytes { bytes: version.bytes.into(), hash })
    }
}
