//! Courses: what an academy teaches today.

use poem::http::Uri;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::versions::{CourseVersionView, add_version};
use super::{Tag, academy_url, begin, find, note, too_many};
use crate::academies::model::{AcademyAction, Course, CourseContent, What};
use crate::academies::store;
use crate::accounts::http::AcademyKeeper;
use crate::app::App;
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::db::Conn;
use crate::platform::http::list::page;
use crate::platform::http::{Answer, Binding, Body, Created, Idempotency, Page, Paging, Validate};
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::{Error, Fault};

/// `/v1/academies/{slug}/courses` and one of them.
pub struct CoursesApi;

impl Validate for CourseContent {
    fn faults(&self) -> Vec<Fault> {
        Self::faults(self)
    }
}

/// A course with its current version.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "Course")]
struct CourseView {
    /// Its address in this API.
    url: String,
    /// Its number. It is never given to another course.
    number: Number,
    /// The academy's slug.
    academy: String,
    /// The version that is taught today.
    current: CourseVersionView,
    /// When it was added.
    created_at: Ts,
    /// When its current version was added.
    updated_at: Ts,
}

impl CourseView {
    fn new(app: &App, course: Course) -> Self {
        let academy = course.current.slug.clone();
        Self {
            url: course_url(app, &academy, course.number),
            number: course.number,
            academy,
            created_at: course.created_at,
            updated_at: course.current.created_at,
            current: CourseVersionView::new(app, course.current),
        }
    }
}

fn course_url(app: &App, slug: &str, number: Number) -> String {
    format!("{}/courses/{number}", academy_url(app, slug))
}

/// The course of that number, as somebody wrote it, at this academy.
pub(super) async fn find_course(
    conn: &mut Conn,
    academy_id: Uuid,
    slug: &str,
    number: Number,
) -> Result<Course, Error> {
    let course = match number.kind() {
        NumberKind::Course => store::course_by_number(conn, academy_id, number).await?,
        _ => None,
    };
    course.ok_or_else(|| {
        Error::not_found(format!(
            "`{slug}` has no course {number}. GET /v1/academies/{slug}/courses lists those it has."
        ))
    })
}

#[OpenApi(prefix_path = "/v1/academies", tag = "Tag::Academies")]
impl CoursesApi {
    /// Add a course
    ///
    /// Gives the course its number and its first version. Certificates point at a version by the SHA-256
    /// of its content, so what a course contained when somebody took it can never change; a course that
    /// changes gets another version.
    #[oai(path = "/:slug/courses", method = "post", operation_id = "add_course")]
    async fn add(
        &self,
        keeper: AcademyKeeper,
        app: Data<&App>,
        /// The academy.
        slug: Path<String>,
        /// Makes the request safe to repeat: the same key answers the same within a day.
        #[oai(name = "Idempotency-Key")]
        once: Idempotency,
        body: Body<CourseContent>,
    ) -> Result<Created<CourseView>, Error> {
        let now = app.clock.now();
        let (mut tx, academy) = begin(&app, &slug, &keeper, now).await?;
        if let Some(answer) = once.answered(&mut tx, now).await? {
            return Ok(answer);
        }
        if store::count_courses(&mut tx, academy.id).await? >= limits::COURSES {
            return Err(too_many("courses", limits::COURSES));
        }
        let (id, number) = (app.ids.uuid(), app.ids.number(NumberKind::Course));
        store::insert_course(&mut tx, id, academy.id, number, now).await?;
        let current =
            add_version(&mut tx, &app, &academy, (id, number, 1), body.0, &keeper.actor(), now).await?;
        let what = What::on(AcademyAction::CourseAdded, number.to_string());
        note(&mut tx, &app, &academy, keeper.actor(), what, now).await?;
        let view = CourseView::new(&app, Course { id, number, created_at: now, current });
        let answer = Created::new(&view).location(&view.url);
        once.keep(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// List an academy's courses
    ///
    /// Each with its current version, in the order they were added.
    #[oai(path = "/:slug/courses", method = "get", operation_id = "list_courses")]
    async fn list(
        &self,
        app: Data<&App>,
        uri: &Uri,
        /// The academy.
        slug: Path<String>,
        /// Where to go on: `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// How many at most.
        #[oai(default = "page", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<usize>,
    ) -> Result<Answer<Page<CourseView>>, Error> {
        let binding = Binding::new("courses").with("slug", &slug);
        let paging = Paging::new(&app.cursors, uri, binding, cursor.as_deref(), limit.0);
        let after = paging.after((Ts::ZERO, Uuid::nil()))?;
        let mut conn = app.db.snapshot().await?;
        let academy = find(&mut conn, &slug).await?;
        let mut courses = store::list_courses(&mut conn, academy.id, after, paging.rows()).await?;
        let count = store::count_courses(&mut conn, academy.id).await?;
        let next = paging.cut(&mut courses, |last| (last.created_at, last.id))?;
        let items = courses.into_iter().map(|course| CourseView::new(&app, course)).collect();
        Ok(paging.answer(items, count, next))
    }

    /// Read a course
    ///
    /// With the version that is taught today.
    #[oai(path = "/:slug/courses/:number", method = "get", operation_id = "read_course")]
    async fn read(
        &self,
        app: Data<&App>,
        /// The academy.
        slug: Path<String>,
        /// The course's number.
        number: Path<Number>,
    ) -> Result<Answer<CourseView>, Error> {
        let mut conn = app.db.read().await?;
        let academy = find(&mut conn, &slug).await?;
        let course = find_course(&mut conn, academy.id, &slug, number.0).await?;
        Ok(Answer::new(&CourseView::new(&app, course)))
    }
}
