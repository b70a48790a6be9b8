//! What other rooms ask of reviews: the rating of many listings, and what stands behind one listing's.

use std::collections::HashMap;

use uuid::Uuid;

use super::model::{Reputation, Sums};
use super::store;
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Result};
use crate::practitioners;

/// The sums of the ratings of listings, with those of the listings merged into each. One that nobody has
/// reviewed or treated anybody under is not there. Means by stage are left out.
///
/// # Errors
/// As the database says.
pub async fn ratings(conn: &mut Conn, listings: &[Uuid]) -> Result<HashMap<Uuid, Sums>> {
    let merged = practitioners::merged_into_any(conn, listings).await?;
    let all: Vec<Uuid> = listings.iter().copied().chain(merged.iter().map(|(of, _)| *of)).collect();
    let mut found = store::sums_by_listing(conn, &all).await?;
    for (of, into) in merged {
        if let Some(sums) = found.remove(&of) {
            found.entry(into).or_default().add(&sums);
        }
    }
    Ok(found)
}

/// What the reviews of a listing, and of those merged into it, came to at a moment, by what is known of
/// them now: what was removed since counts as removed.
///
/// # Errors
/// As the database says.
pub async fn reputation(conn: &mut Conn, listing: Uuid, at: Ts) -> Result<Reputation> {
    let listings = with_merged(conn, listing).await?;
    let removed = store::removed_counts(conn, &listings).await?;
    Ok(Reputation::of(&store::said_until(conn, &listings, at).await?, removed))
}

/// When the practitioner of a listing recorded their first treatment.
///
/// # Errors
/// As the database says.
pub async fn first_treatment(conn: &mut Conn, listing: Uuid) -> Result<Option<Ts>> {
    let listings = with_merged(conn, listing).await?;
    store::first_recorded(conn, &listings).await
}

async fn with_merged(conn: &mut Conn, listing: Uuid) -> Result<Vec<Uuid>> {
    let mut listings = practitioners::merged_into(conn, listing).await?;
    listings.push(listing);
    Ok(listings)
}
