//! Putting the tree right after the database was put back from a backup.

use super::sequence::{self, Entering};
use super::{highest, signer};
use crate::app::App;
use crate::platform::clock::Ts;
use crate::platform::problem::Error;
use crate::signing::tlog::tree::leaf_hash;
use crate::transparency::model;
use crate::transparency::store;

/// Takes the entries back that the database lost, from a copy somebody kept: `lost` are those from the tree's size on.
/// They are taken only if they lead to exactly the root that was signed; the log then goes on. Answers how many entries
/// it has. What waits in the queue and is among them does not enter again.
///
/// # Errors
/// In words for the person at the terminal, where the entries do not lead there.
pub async fn take_back(app: &App, lost: Vec<Vec<u8>>) -> Result<u64, Error> {
    let signer = signer(app).await?;
    let highest = highest::read(&app.config.data_dir)?
        .ok_or_else(|| Error::conflict("No checkpoint was ever signed with this data directory."))?;
    let mut tx = app.db.write().await?;
    let state = store::state(&mut tx).await?;
    let size = u64::try_from(state.size).map_err(Error::internal)?;
    let mut edge = sequence::edge(&mut tx, size).await?;
    for entry in &lost {
        edge.append(leaf_hash(entry), |_, _| {});
    }
    if edge.size() != highest.size || edge.root() != highest.root {
        return Err(Error::conflict(format!(
            "The database has {size} entries and was given {} more; that is not the tree of {} entries that {} signed. \
             Nothing was changed.",
            lost.len(),
            highest.size,
            signer.origin
        )));
    }
    // What was taken out of the queue after the backup was made is in its queue again.
    let mut waiting = store::take(&mut tx, i64::MAX).await?;
    let mut entries = Vec::with_capacity(lost.len());
    for bytes in lost {
        let at = time_of(&bytes).unwrap_or(state.last_at);
        let own = waiting.iter().position(|row| model::entry(&row.body, at).is_ok_and(|own| own == bytes));
        entries.push(Entering { bytes, at, row: own.map(|own| waiting.remove(own)) });
    }
    sequence::append_entries(&mut tx, &state, entries).await?;
    for row in waiting {
        store::enqueue(&mut tx, &row.op, row.subject, row.body, app.clock.now()).await?;
    }
    store::freeze(&mut tx, None).await?;
    tx.commit().await?;
    Ok(highest.size)
}

fn time_of(entry: &[u8]) -> Option<Ts> {
    let value: serde_json::Value = serde_json::from_slice(entry).ok()?;
    Ts::parse(value["at"].as_str()?).ok()
}
