//! Listings, clinics and look-ups over HTTP.

mod clinics;
mod earlier;
mod listings;
mod lookup;
mod placements;
mod portrait;
mod wire;

pub use clinics::ClinicsApi;
pub use earlier::EarlierApi;
pub use listings::ListingsApi;
pub use lookup::LookupApi;
pub use placements::PlacementsApi;
pub use portrait::PortraitApi;

use super::model::{self, Practitioner, PractitionerView, Standing};
use super::ops::Act;
use super::store;
use crate::accounts::Caller;
use crate::accounts::http::ListingKeeper;
use crate::app::App;
use crate::platform::db::Conn;
use crate::platform::http::{Answer, IfMatch, Version};
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::{Error, Fault};

/// Every operation of this room, in reading order.
pub const APIS: (LookupApi, ListingsApi, PlacementsApi, PortraitApi, ClinicsApi, EarlierApi) =
    (LookupApi, ListingsApi, PlacementsApi, PortraitApi, ClinicsApi, EarlierApi);

/// The number as a listing's.
///
/// # Errors
/// 400 for the number of something else.
fn listing_number(number: Number) -> Result<Number, Error> {
    if number.kind() == NumberKind::Listing {
        return Ok(number);
    }
    let detail = format!("{number} is the number of something else; the numbers of listings begin with SMP.");
    Err(Error::parameter(Fault::new("path:number", "format", detail)))
}

/// The listing under a number, as it stands inside a transaction.
///
/// # Errors
/// 404, 410 with the reason, or 301 to the listing that answers for it; `rest` is what follows the
/// number in the path.
async fn find(conn: &mut Conn, number: Number, rest: &str) -> Result<Practitioner, Error> {
    let number = listing_number(number)?;
    if let Some(listing) = store::load(conn, number).await? {
        return Ok(listing);
    }
    let standing: Option<Standing> = store::standing(conn, number).await?;
    Err(model::absence(number, standing.as_ref(), rest))
}

/// The listing under a number, for a change by its keeper from the version they read.
///
/// # Errors
/// As [`find`], then 403, then 412.
async fn find_to_change(
    conn: &mut Conn,
    keeper: &ListingKeeper,
    number: Number,
    if_match: &IfMatch,
    rest: &str,
) -> Result<Practitioner, Error> {
    let listing = find(conn, number, rest).await?;
    keeper.may_keep(listing.id, &listing.number.to_string())?;
    if_match.check(Version(listing.version))?;
    Ok(listing)
}

fn act<'a>(app: &'a App, caller: &'a Caller) -> Act<'a> {
    Act { caller, ids: &app.ids, vault: &app.vault, now: app.clock.now() }
}

/// The listing as it is now, inside the transaction that changed it.
async fn answer(conn: &mut Conn, app: &App, number: Number) -> Result<Answer<PractitionerView>, Error> {
    let listing = find(conn, number, "").await?;
    let view = PractitionerView::new(&listing, &app.config.public_url);
    Ok(Answer::new(&view).version(Version(listing.version)).last_modified(listing.updated_at))
}
