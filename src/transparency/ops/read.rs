//! Reading the log: tiles, entries, roots and proofs.

use std::collections::HashMap;
use std::ops::Range;

use uuid::Uuid;

use crate::platform::db::{Conn, Result as DbResult};
use crate::platform::problem::Error;
use crate::signing::digest::Digest;
use crate::signing::tlog::offline::OfflineProof;
use crate::signing::tlog::tile::{self, Tile, TilePath, WIDTH, Wanted};
use crate::signing::tlog::tree::{Node, consistency_path, fold, inclusion_path, nodes};
use crate::transparency::model::{Head, Op, Place};
use crate::transparency::store;

/// What the log is, and how far.
///
/// # Errors
/// As the database says.
pub async fn head(conn: &mut Conn) -> DbResult<Head> {
    let state = store::state(conn).await?;
    let checkpoint = store::checkpoint(conn).await?;
    Ok(Head {
        size: u64::try_from(state.size).unwrap_or(0),
        checkpoint: checkpoint.map(|(size, note, at)| (u64::try_from(size).unwrap_or(0), note, at)),
        waiting: store::count_waiting(conn).await?,
        frozen: state.frozen,
    })
}

/// Where the first entry of this kind about `subject` is; `None` while it waits, or if there is none.
///
/// # Errors
/// As the database says.
pub async fn place_of(conn: &mut Conn, op: Op, subject: Uuid) -> DbResult<Option<Place>> {
    store::place_of(conn, op.as_str(), subject).await
}

/// How many of the configured witnesses saw a checkpoint with the entry at this place.
///
/// # Errors
/// As the database says.
pub async fn witnesses_of(conn: &mut Conn, place: Place) -> DbResult<usize> {
    let count = store::witnesses_of(conn, i64::try_from(place.index).unwrap_or(i64::MAX)).await?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// Hashes of complete subtrees, reading every tile once.
struct Tiles<'c> {
    conn: &'c mut Conn,
    read: HashMap<Tile, Vec<u8>>,
}

impl<'c> Tiles<'c> {
    fn new(conn: &'c mut Conn) -> Self {
        Self { conn, read: HashMap::new() }
    }

    async fn node(&mut self, node: Node) -> Result<Digest, Error> {
        let (tile, hashes) = Tile::of(node);
        if !self.read.contains_key(&tile) {
            let bytes = store::tile(self.conn, tile).await?.unwrap_or_default();
            self.read.insert(tile, bytes);
        }
        let subtree = self.read.get(&tile).and_then(|bytes| tile::subtree(bytes, hashes));
        subtree.ok_or_else(|| Error::internal(format!("the log lacks hashes of tile {tile:?}")))
    }

    async fn subtree(&mut self, leaves: Range<u64>) -> Result<Digest, Error> {
        let mut hashes = Vec::new();
        for node in nodes(leaves) {
            hashes.push(self.node(node).await?);
        }
        Ok(fold(&hashes))
    }
}

/// The root of the tree of the first `size` entries.
pub(super) async fn root_of(conn: &mut Conn, size: u64) -> Result<Digest, Error> {
    Tiles::new(conn).subtree(0..size).await
}

/// The hashes that prove that the tree of `new` entries begins with that of `old`.
pub(super) async fn consistency_of(conn: &mut Conn, old: u64, new: u64) -> Result<Vec<Digest>, Error> {
    let path = consistency_path(old, new).unwrap_or_default();
    let mut tiles = Tiles::new(conn);
    let mut hashes = Vec::with_capacity(path.len());
    for leaves in path {
        hashes.push(tiles.subtree(leaves).await?);
    }
    Ok(hashes)
}

/// The proof that the entry at `index` is in the newest signed tree, with the entry itself as what the log says
/// besides; `None` while that tree does not reach so far.
///
/// # Errors
/// As the database says.
pub async fn offline_proof(conn: &mut Conn, index: u64) -> Result<Option<OfflineProof>, Error> {
    let Some((size, checkpoint, _)) = store::checkpoint(conn).await? else { return Ok(None) };
    let Some(path) = inclusion_path(index, u64::try_from(size).unwrap_or(0)) else { return Ok(None) };
    let position = i64::try_from(index).map_err(Error::internal)?;
    let extra = store::entries(conn, position, position + 1).await?.pop().map(|(entry,)| entry);
    let mut tiles = Tiles::new(conn);
    let mut hashes = Vec::with_capacity(path.len());
    for leaves in path {
        hashes.push(tiles.subtree(leaves).await?);
    }
    Ok(Some(OfflineProof { extra, index, hashes, checkpoint }))
}

/// The bytes of a tile, or of a bundle of entries, as far as a checkpoint was signed.
pub(in crate::transparency) async fn tile(conn: &mut Conn, path: TilePath) -> Result<Option<Vec<u8>>, Error> {
    let Some((size, _, _)) = store::checkpoint(conn).await? else { return Ok(None) };
    let at = match path.wanted {
        Wanted::Hashes(tile) => tile,
        Wanted::Entries(index) => Tile { level: 0, index },
    };
    if at.width_in(u64::try_from(size).unwrap_or(0)) < path.width {
        return Ok(None);
    }
    match path.wanted {
        Wanted::Hashes(tile) => {
            let bytes = store::tile(conn, tile).await?;
            Ok(bytes.and_then(|bytes| bytes.get(..path.width * 32).map(<[u8]>::to_vec)))
        }
        Wanted::Entries(index) => {
            let from = i64::try_from(index * WIDTH as u64).map_err(Error::internal)?;
            let width = i64::try_from(path.width).map_err(Error::internal)?;
            let entries = store::entries(conn, from, from + width).await?;
            let bundle = tile::bundle(entries.iter().map(|(entry,)| entry.as_slice()));
            bundle.map(Some).map_err(Error::internal)
        }
    }
}
