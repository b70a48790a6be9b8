//! What other rooms ask of cases: how many of what a listing shows.

use std::collections::HashMap;

use uuid::Uuid;

use crate::cases::model::{Photo, Portfolio};
use crate::cases::store;
use crate::platform::clock::Ts;
use crate::platform::db::{self, Conn};

/// How many cases' photos are read at once.
const CHUNK: usize = 1_000;

/// What the cases of these listings came to at a moment, by what is known of them now: what was taken away
/// since does not count. A listing without one is not there.
///
/// # Errors
/// As the database says.
pub async fn portfolios(conn: &mut Conn, listings: &[Uuid], at: Ts) -> db::Result<HashMap<Uuid, Portfolio>> {
    let mut cases = store::published_of(conn, listings).await?;
    let day = at.date();
    cases.retain(|case| case.is_shown(day) && case.published_at.is_none_or(|published| published <= at));
    let mut found: HashMap<Uuid, Portfolio> = HashMap::new();
    for some in cases.chunks(CHUNK) {
        let ids: Vec<Uuid> = some.iter().map(|case| case.id).collect();
        let mut photos: HashMap<Uuid, Vec<Photo>> = HashMap::new();
        for photo in store::photos(conn, &ids).await? {
            photos.entry(photo.case).or_default().push(photo);
        }
        for case in some {
            let own = photos.get(&case.id).map_or(&[][..], Vec::as_slice).iter();
            let there = own.filter(|photo| !photo.held && photo.created_at <= at);
            let stages = there.map(|photo| photo.facts.stage);
            found.entry(case.practitioner).or_default().count(case, stages);
        }
    }
    Ok(found)
}
