//! Cases over HTTP: wire types and handlers, a file a resource.

mod appeals;
mod cases;
mod consents;
mod holds;
mod images;
mod log;
mod photos;
mod search;
mod uploads;

pub use appeals::AppealsApi;
pub use cases::CasesApi;
pub use consents::ConsentsApi;
pub use holds::HoldsApi;
pub use images::ImagesApi;
pub use log::CaseLogApi;
pub use photos::PhotosApi;
pub use search::CaseSearchApi;
pub use uploads::UploadsApi;

use bytes::Bytes;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use time::Date;
use uuid::Uuid;

use super::model::{Case, CaseView};
use super::store;
use crate::app::App;
use crate::config::limits;
use crate::platform::db::Conn;
use crate::platform::http::RawKind;
use crate::platform::pictures::{self, Bounds};
use crate::platform::problem::Error;

/// Every operation of this room.
pub type CaseApis = (
    CaseSearchApi,
    CasesApi,
    PhotosApi,
    ConsentsApi,
    ImagesApi,
    HoldsApi,
    AppealsApi,
    UploadsApi,
    CaseLogApi,
);

/// Every operation of this room, in reading order.
pub const APIS: CaseApis = (
    CaseSearchApi,
    CasesApi,
    PhotosApi,
    ConsentsApi,
    ImagesApi,
    HoldsApi,
    AppealsApi,
    UploadsApi,
    CaseLogApi,
);

/// A photo's bytes.
struct PhotoBytes;

impl RawKind for PhotoBytes {
    const BYTES: usize = limits::PHOTO_BYTES;
    const MEDIA_TYPES: &'static [&'static str] = pictures::MEDIA_TYPES;

    fn schema_ref() -> MetaSchemaRef {
        binary()
    }
}

fn binary() -> MetaSchemaRef {
    MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "binary")))
}

/// A case as it is shown; to its keeper with what is missing, as of `today`.
async fn view(conn: &mut Conn, app: &App, case: &Case, keeper: Option<Date>) -> Result<CaseView, Error> {
    let photos = store::photos(conn, &[case.id]).await?;
    Ok(CaseView::new(case, &photos, &app.config.public_url, keeper))
}

/// Several cases as everybody sees them, in the order of `ids`.
async fn views(conn: &mut Conn, app: &App, ids: &[Uuid]) -> Result<Vec<CaseView>, Error> {
    let cases = store::cases(conn, ids).await?;
    let photos = store::photos(conn, ids).await?;
    // Memory may be a moment ahead of what this connection sees, or behind.
    let today = app.clock.today();
    let shown = ids.iter().filter_map(|id| cases.iter().find(|case| case.id == *id && case.is_shown(today)));
    Ok(shown
        .map(|case| {
            let own: Vec<_> = photos.iter().filter(|photo| photo.case == case.id).cloned().collect();
            CaseView::new(case, &own, &app.config.public_url, None)
        })
        .collect())
}

/// Does arithmetic on a picture off the runtime's threads, within the memory set aside for pictures.
async fn picture<T: Send + 'static>(
    app: &App,
    bytes: Bytes,
    bounds: &Bounds,
    work: impl FnOnce(&[u8]) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let share = app.pictures.take(bounds.cost(&bytes)?).await?;
    let done = tokio::task::spawn_blocking(move || {
        let _share = share;
        work(&bytes)
    });
    done.await.map_err(Error::internal)?
}
