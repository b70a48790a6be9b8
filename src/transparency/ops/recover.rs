//! Putting the tree right after the database was put back from a backup.

use super::sequence::{self, Entering};
use super::{Signer, cosign, highest, signer};
use crate::app::App;
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Result as DbResult};
use crate::platform::problem::Error;
use crate::signing::tlog::note::Checkpoint;
use crate::signing::tlog::tree::leaf_hash;
use crate::transparency::model;
use crate::transparency::store::{self, State};

/// What stands between the tree in the database and the largest one that this log signed.
#[derive(Clone, Debug)]
pub struct Gap {
    /// Entries the database has.
    pub have: u64,
    /// The largest tree known to have been signed: by the file in the data directory, or by the copy.
    pub mark: Checkpoint,
}

/// Measures the gap against the newest checkpoint of a copy of the log.
///
/// # Errors
/// In words for the person at the terminal: the copy's checkpoint is not this log's, or a witness that is configured
/// has seen a larger tree than the copy has.
pub async fn gap(app: &App, copy: &str) -> Result<Gap, Error> {
    let signer = signer(app).await?;
    let mut conn = app.db.read().await?;
    let state = store::state(&mut conn).await?;
    measure(app, &mut conn, &signer, &state, copy).await.map(|(gap, _)| gap)
}

/// The gap, and the copy's checkpoint where that is the mark.
async fn measure<'n>(
    app: &App,
    conn: &mut Conn,
    signer: &Signer,
    state: &State,
    copy: &'n str,
) -> Result<(Gap, Option<&'n str>), Error> {
    let seen = Checkpoint::open(copy, &signer.vkey()?).map_err(|error| {
        Error::conflict(format!("The copy's checkpoint is not one that {} signed: {error}.", signer.origin))
    })?;
    let (mark, note) = match highest::read(&app.config.data_dir)? {
        Some(highest) if highest.size >= seen.size => (highest, None),
        _ => (seen, Some(copy)),
    };
    let configured = cosign::names(app)?;
    for (witness, size) in store::witnessed(conn).await? {
        if u64::try_from(size).unwrap_or(u64::MAX) > mark.size && configured.contains(&witness) {
            return Err(Error::conflict(format!(
                "The witness {witness} has seen a tree of {size} entries, and the largest one known here has {}. Take \
                 them from a copy that has them all; whoever runs the witness has its checkpoint. If the witness is \
                 wrong, take it out of transparency.witnesses first. Nothing was changed.",
                mark.size
            )));
        }
    }
    Ok((Gap { have: u64::try_from(state.size).map_err(Error::internal)?, mark }, note))
}

/// Takes the entries back that the database lost, from a copy somebody kept: `lost` are those from the tree's size on,
/// `copy` is its checkpoint. They are taken only if they lead to exactly the root that was signed; the log then goes on.
/// Answers how many entries it has. What waits in the queue and is among them does not enter again.
///
/// # Errors
/// As [`gap`]; in words for the person at the terminal, where the entries do not lead to what was signed.
pub async fn take_back(app: &App, copy: &str, lost: Vec<Vec<u8>>) -> Result<u64, Error> {
    let signer = signer(app).await?;
    let before = highest::read(&app.config.data_dir)?;
    let mut tx = app.db.write().await?;
    let state = store::state(&mut tx).await?;
    let (Gap { have, mark }, note) = measure(app, &mut tx, &signer, &state, copy).await?;
    let mut edge = sequence::edge(&mut tx, have).await?;
    for entry in &lost {
        edge.append(leaf_hash(entry), |_, _| {});
    }
    let complete = mark.size <= have || edge.root() == mark.root;
    if edge.size() != have.max(mark.size) || !complete {
        return Err(Error::conflict(format!(
            "The database has {have} entries and was given {} more; that is not the tree of {} entries that {} signed. \
             Nothing was changed.",
            lost.len(),
            mark.size,
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
    let size = have.max(mark.size);
    for signed in before.iter().chain([&mark]) {
        if let Some(why) = highest::disagrees(&mut tx, &signer.origin, size, Some(signed)).await? {
            return Err(Error::conflict(format!(
                "The tree cannot be put right: {why}. Nothing was changed."
            )));
        }
    }
    if let Some(note) = note {
        // The file first, as when it is signed.
        let (data_dir, note) = (app.config.data_dir.clone(), note.to_owned());
        let written = tokio::task::spawn_blocking(move || highest::write(&data_dir, &note)).await;
        written.map_err(Error::internal)?.map_err(Error::internal)?;
    }
    store::forget_witnessed(&mut tx).await?;
    store::freeze(&mut tx, None).await?;
    tx.commit().await?;
    Ok(size)
}

/// Stops the log from signing anything, from the end of this transaction until it is put right.
///
/// # Errors
/// As the database says.
pub async fn freeze(conn: &mut Conn, why: &str) -> DbResult<()> {
    store::freeze(conn, Some(why)).await
}

/// Lets a log go on that was put back from a backup, on the word of whoever runs it that nothing was signed since. What
/// this machine knows to have been signed has to be there. Answers how many entries the log has.
///
/// # Errors
/// In words for the person at the terminal, where the tree is behind what was signed.
pub async fn go_on(app: &App) -> Result<u64, Error> {
    let signer = signer(app).await?;
    let highest = highest::read(&app.config.data_dir)?;
    let mut tx = app.db.write().await?;
    let state = store::state(&mut tx).await?;
    let size = u64::try_from(state.size).map_err(Error::internal)?;
    if let Some(why) = highest::disagrees(&mut tx, &signer.origin, size, highest.as_ref()).await? {
        return Err(Error::conflict(format!(
            "Something was signed since: {why}. Give the copy of the log with --from. Nothing was changed."
        )));
    }
    store::freeze(&mut tx, None).await?;
    tx.commit().await?;
    Ok(size)
}

fn time_of(entry: &[u8]) -> Option<Ts> {
    let value: serde_json::Value = serde_json::from_slice(entry).ok()?;
    Ts::parse(value["at"].as_str()?).ok()
}
