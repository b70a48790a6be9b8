//! Putting listings together from the rooms that know their parts.

use uuid::Uuid;

use super::model::Listing;
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Result};
use crate::{cases, certificates, practitioners, reviews};

/// The listings with those ids that are listed, as they are at `now`.
///
/// # Errors
/// As the database says.
pub async fn load_many(conn: &mut Conn, ids: &[Uuid], now: Ts) -> Result<Vec<Listing>> {
    let practitioners = practitioners::load_many(conn, ids).await?;
    let mut held = certificates::of_listings(conn, &practitioners, now).await?;
    let mut ratings = reviews::ratings(conn, ids).await?;
    let mut portfolios = cases::portfolios(conn, ids, now).await?;
    let listings = practitioners.into_iter().map(|practitioner| {
        let id = practitioner.id;
        Listing {
            sums: ratings.remove(&id).unwrap_or_default(),
            portfolio: portfolios.remove(&id).unwrap_or_default(),
            ..Listing::new(practitioner, held.remove(&id).unwrap_or_default(), now)
        }
    });
    Ok(listings.collect())
}
