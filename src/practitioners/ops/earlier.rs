//! Listing anew sheds nothing: what a listing was ever reached by leads to the ones before it.

use uuid::Uuid;

use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Result};
use crate::practitioners::model::{Earlier, Mark};
use crate::practitioners::store;

/// Listings behind one another that are followed at most.
const MOST: usize = 20;

/// Writes down what gives a listing away, and finds the earlier ones that it shares some of it with.
pub(super) async fn leave(conn: &mut Conn, listing: Uuid, marks: &[Mark], now: Ts) -> Result<()> {
    store::leave_marks(conn, listing, marks, now).await?;
    find(conn, listing, now).await
}

/// Finds the pairs that a listing is the later or the earlier of, and says so on the later ones.
pub(super) async fn find(conn: &mut Conn, listing: Uuid, now: Ts) -> Result<()> {
    for ((later, earlier), shared) in store::pairs_of(conn, listing).await? {
        if store::note_earlier(conn, (later, earlier), &shared, now).await? {
            store::touched(conn, later, now).await?;
        }
    }
    Ok(())
}

/// Notes something else that gives a listing away, such as a certificate that hangs on it.
///
/// # Errors
/// As the database says.
pub async fn mark(conn: &mut Conn, listing: Uuid, mark: &Mark, now: Ts) -> Result<()> {
    leave(conn, listing, std::slice::from_ref(mark), now).await
}

/// The earlier listings of a listing that are shown, and those before them, the nearest first.
///
/// # Errors
/// As the database says.
pub async fn earlier(conn: &mut Conn, listing: Uuid) -> Result<Vec<Earlier>> {
    let mut found: Vec<Earlier> = Vec::new();
    let mut from = vec![listing];
    while !from.is_empty() && found.len() < MOST {
        let before = store::earlier_of(conn, &from).await?;
        from.clear();
        for one in before.into_iter().filter(Earlier::is_shown) {
            if one.id != listing && found.iter().all(|known| known.id != one.id) {
                from.push(one.id);
                found.push(one);
            }
        }
    }
    found.truncate(MOST);
    Ok(found)
}
