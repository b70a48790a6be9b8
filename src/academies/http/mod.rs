//! Academies over HTTP: wire types and handlers, a file a resource.

mod compromise;
mod courses;
mod custody;
mod did;
mod keys;
mod profile;
mod recognitions;
mod registry;
mod trainers;
mod versions;

pub use compromise::CompromiseApi;
pub use courses::CoursesApi;
pub use custody::CustodyApi;
pub use did::DidApi;
pub use keys::KeysApi;
pub(super) use keys::log_key;
pub use profile::AcademiesApi;
pub use recognitions::RecognitionsApi;
pub use registry::RegistryApi;
pub use trainers::TrainersApi;
pub use versions::CourseVersionsApi;

use super::model::{Academy, Event, TOO_MANY, What};
use super::store;
use crate::accounts::http::AcademyKeeper;
use crate::app::App;
use crate::app::Tag;
use crate::platform::changes;
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Tx};
use crate::platform::mail::Letter;
use crate::platform::problem::{Error, shorten};

/// Every operation on academies, in reading order.
pub type AcademyApis = (
    AcademiesApi,
    RecognitionsApi,
    CoursesApi,
    CourseVersionsApi,
    TrainersApi,
    KeysApi,
    CompromiseApi,
    CustodyApi,
    DidApi,
    RegistryApi,
);

/// Every operation on academies, in reading order.
pub const APIS: AcademyApis = (
    AcademiesApi,
    RecognitionsApi,
    CoursesApi,
    CourseVersionsApi,
    TrainersApi,
    KeysApi,
    CompromiseApi,
    CustodyApi,
    DidApi,
    RegistryApi,
);

/// The academy with that slug, for reading.
async fn find(conn: &mut Conn, slug: &str) -> Result<Academy, Error> {
    store::academy_by_slug(conn, slug).await?.ok_or_else(|| no_such_academy(slug))
}

/// A transaction around the academy with that slug, for a caller who keeps it.
async fn begin(app: &App, slug: &str, keeper: &AcademyKeeper, now: Ts) -> Result<(Tx, Academy), Error> {
    let mut tx = app.db.write().await?;
    let academy =
        store::academy_for_change(&mut tx, slug, now).await?.ok_or_else(|| no_such_academy(slug))?;
    keeper.may_keep(academy.id, slug)?;
    Ok((tx, academy))
}

/// Writes an act into the academy's history and into the change feed, in the act's transaction.
pub(super) async fn note(
    conn: &mut Conn,
    app: &App,
    academy: &Academy,
    actor: String,
    what: What,
    now: Ts,
) -> Result<(), Error> {
    let event = Event { id: app.ids.uuid(), at: now, actor, what };
    store::insert_event(conn, academy.id, &event).await?;
    changes::append(conn, &academy.subject(), now).await?;
    Ok(())
}

/// Puts a letter in the queue, in the act's transaction, where there is somebody to write to.
pub(super) async fn post(conn: &mut Conn, app: &App, letter: Option<Letter>, now: Ts) -> Result<(), Error> {
    if let Some(letter) = letter {
        app.mail.enqueue(conn, &app.ids, &letter, now).await?;
    }
    Ok(())
}

/// The address of an academy in this API.
fn academy_url(app: &App, slug: &str) -> String {
    format!("{}/v1/academies/{slug}", app.config.public_url)
}

fn no_such_academy(slug: &str) -> Error {
    Error::not_found(format!(
        "No academy has the slug `{}`. GET /v1/academies?q=… finds one by its name.",
        shorten(slug)
    ))
}

fn too_many(what: &str, most: impl std::fmt::Display) -> Error {
    Error::new(TOO_MANY, format!("An academy may have {most} {what}, and this one has."))
}
