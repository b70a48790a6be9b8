//! The sequencer: gives what waits its place in the log, and signs the tree.
//!
//! Two transactions, so that a crash between them leaves nothing that cannot be gone on with. The first moves entries
//! from the queue into the tree. The second signs the tree that is there: signing it again gives the same bytes.

use super::{Notary, Signer, cosign, highest, signer};
use crate::app::App;
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Tx};
use crate::platform::problem::Error;
use crate::signing::tlog::tile::{Edge, Tile};
use crate::signing::tlog::tree::leaf_hash;
use crate::transparency::model;
use crate::transparency::store::{self, State, Waiting};

/// What one turn of the sequencer came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// Everything that waited is in the tree, and the tree of this size is signed.
    Signed(u64),
    /// Another process has the lease.
    Elsewhere,
    /// The tree does not continue what was signed before: nothing is appended and nothing signed.
    Frozen(String),
}

/// Moves everything that waits into the tree, a batch a transaction, and signs it. `/metrics` says how it went, for
/// whoever has to act on a frozen log.
///
/// # Errors
/// As the database or the data directory says.
pub async fn publish(app: &App) -> Result<Published, Error> {
    let end = turn(app).await?;
    let frozen = "1 while the public log signs nothing; `/v1/log` says why";
    app.metrics.gauge("stipple_log_frozen", frozen, &[]).set(matches!(end, Published::Frozen(_)).into());
    if let Published::Signed(size) = end {
        let entries = app.metrics.gauge("stipple_log_entries", "Entries in the signed public log", &[]);
        entries.set(i64::try_from(size).unwrap_or(i64::MAX));
    }
    Ok(end)
}

async fn turn(app: &App) -> Result<Published, Error> {
    let signer = signer(app).await?;
    cosign::ask_first(app).await?;
    loop {
        let mut conn = app.db.read().await?;
        let state = store::state(&mut conn).await?;
        let signed = store::checkpoint(&mut conn).await?.map(|(size, ..)| size);
        let idle = store::count_waiting(&mut conn).await? == 0;
        drop(conn);
        if let Some(why) = state.frozen {
            return Ok(Published::Frozen(why));
        }
        if idle && signed == Some(state.size) {
            return Ok(Published::Signed(u64::try_from(state.size).unwrap_or(0)));
        }
        if !idle && let Some(end) = append_batch(app, &signer).await? {
            return Ok(end);
        }
        if idle && let Some(end) = sign_tree(app, &signer).await? {
            return Ok(end);
        }
    }
}

/// A transaction in which this process, and no other, may append; or why there is none.
async fn begin(app: &App, signer: &Signer) -> Result<Result<(Tx, State), Published>, Error> {
    let now = app.clock.now();
    let holder = *app.memory.of::<Notary>().holder.get_or_init(|| app.ids.uuid());
    let data_dir = app.config.data_dir.clone();
    let highest = tokio::task::spawn_blocking(move || highest::read(&data_dir)).await;
    let highest = highest.map_err(Error::internal)??;
    let mut tx = app.db.write().await?;
    let Some(state) = store::lease(&mut tx, holder, now, now.plus(limits::LOG_LEASE)).await? else {
        return Ok(Err(Published::Elsewhere));
    };
    if let Some(why) = state.frozen {
        return Ok(Err(Published::Frozen(why)));
    }
    let size = u64::try_from(state.size).map_err(Error::internal)?;
    let Some(why) = highest::disagrees(&mut tx, &signer.origin, size, highest.as_ref()).await? else {
        return Ok(Ok((tx, state)));
    };
    let why = format!("{why}. Nothing is signed until `stipple log recover` has put the tree right");
    tracing::error!(why, "the public log is frozen");
    store::freeze(&mut tx, Some(&why)).await?;
    tx.commit().await?;
    Ok(Err(Published::Frozen(why)))
}

/// The right edge of the tree in the database.
pub(super) async fn edge(conn: &mut Conn, size: u64) -> Result<Edge, Error> {
    let mut partial = Vec::new();
    for (tile, _) in Tile::partial_in(size) {
        partial.push(store::tile(conn, tile).await?.unwrap_or_default());
    }
    Edge::new(size, &partial).map_err(Error::internal)
}

async fn append_batch(app: &App, signer: &Signer) -> Result<Option<Published>, Error> {
    let (mut tx, state) = match begin(app, signer).await? {
        Ok(begun) => begun,
        Err(end) => return Ok(Some(end)),
    };
    let waiting = store::take(&mut tx, limits::LOG_BATCH).await?;
    // Clocks go back; the log's time does not.
    let at = app.clock.now().max(state.last_at);
    let mut entries = Vec::with_capacity(waiting.len());
    for row in waiting {
        let bytes = model::entry(&row.body, at).map_err(Error::internal)?;
        entries.push(Entering { bytes, at, row: Some(row) });
    }
    append_entries(&mut tx, &state, entries).await?;
    tx.commit().await?;
    Ok(None)
}

/// An entry on its way into the tree.
pub(super) struct Entering {
    /// The entry itself.
    pub(super) bytes: Vec<u8>,
    /// The time it states.
    pub(super) at: Ts,
    /// What it was in the queue, where it was there.
    pub(super) row: Option<Waiting>,
}

/// Writes entries behind those the tree has, with the tiles that change.
pub(super) async fn append_entries(tx: &mut Tx, state: &State, entries: Vec<Entering>) -> Result<(), Error> {
    let mut edge = edge(tx, u64::try_from(state.size).map_err(Error::internal)?).await?;
    let mut full = Vec::new();
    let (mut position, mut last) = (state.size, state.last_at);
    for Entering { bytes, at, row } in entries {
        edge.append(leaf_hash(&bytes), |tile, bytes| full.push((tile, bytes)));
        store::insert_entry(tx, position, bytes, at).await?;
        last = last.max(at);
        if let Some(row) = row {
            store::insert_subject(tx, position, row.op, row.subject).await?;
        }
        position += 1;
    }
    for (tile, bytes) in full {
        store::put_tile(tx, tile, bytes).await?;
    }
    for (tile, bytes) in edge.partial() {
        store::put_tile(tx, tile, bytes.to_vec()).await?;
    }
    store::advance(tx, position, last).await?;
    Ok(())
}

async fn sign_tree(app: &App, signer: &Signer) -> Result<Option<Published>, Error> {
    let (mut tx, state) = match begin(app, signer).await? {
        Ok(begun) => begun,
        Err(end) => return Ok(Some(end)),
    };
    let size = u64::try_from(state.size).map_err(Error::internal)?;
    let (_, note) = signer.checkpoint(size, edge(&mut tx, size).await?.root());
    // The file first: a checkpoint that anybody can have seen is never forgotten with the database.
    let (data_dir, kept) = (app.config.data_dir.clone(), note.clone());
    let written = tokio::task::spawn_blocking(move || highest::write(&data_dir, &kept)).await;
    written.map_err(Error::internal)?.map_err(Error::internal)?;
    store::insert_checkpoint(&mut tx, state.size, note, app.clock.now()).await?;
    tx.commit().await?;
    Ok(None)
}
