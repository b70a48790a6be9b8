//! Tiles: how a log is cut into files that never change (C2SP tlog-tiles).

use std::fmt::Write as _;
use std::ops::Range;

use super::LogError;
use super::tree::{Node, node_hash};
use crate::signing::digest::Digest;

/// How many hashes, or entries, a full tile has.
pub const WIDTH: usize = 256;

/// The longest entry, in bytes: its length is written in two.
pub const ENTRY_BYTES: usize = u16::MAX as usize;

/// The highest level of tiles a tree of fewer than 2^63 entries can have.
const MAX_LEVEL: u8 = 7;

/// A tile of hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// Its level: tiles at 0 hold hashes of entries, those at 1 the roots of full tiles at 0, and so on.
    pub level: u8,
    /// Its place among the tiles of its level.
    pub index: u64,
}

impl Tile {
    /// The tile that a complete subtree can be told from, and which of its hashes.
    #[must_use]
    pub fn of(node: Node) -> (Self, Range<usize>) {
        let (level, above) = (node.level / 8, node.level % 8);
        let first = node.index << above;
        let within = usize::try_from(first % WIDTH as u64).unwrap_or(0);
        (Self { level, index: first / WIDTH as u64 }, within..within + (1 << above))
    }

    /// How many hashes this tile has in a tree of that size.
    #[must_use]
    pub fn width_in(self, size: u64) -> usize {
        let hashes = size.checked_shr(8 * u32::from(self.level)).unwrap_or(0);
        let before = self.index.saturating_mul(WIDTH as u64);
        usize::try_from(hashes.saturating_sub(before)).unwrap_or(WIDTH).min(WIDTH)
    }

    /// The tiles of a tree of this size that are not full, one a level where there is one.
    pub fn partial_in(size: u64) -> impl Iterator<Item = (Self, usize)> {
        (0..=MAX_LEVEL).filter_map(move |level| {
            let hashes = size.checked_shr(8 * u32::from(level)).unwrap_or(0);
            let tile = Self { level, index: hashes / WIDTH as u64 };
            let width = tile.width_in(size);
            (width > 0).then_some((tile, width))
        })
    }
}

/// The hash of a complete subtree, of the hashes of a tile it is made of. `None` where the tile has not all of them.
#[must_use]
pub fn subtree(tile: &[u8], hashes: Range<usize>) -> Option<Digest> {
    let bytes = tile.get(hashes.start * 32..hashes.end * 32)?;
    let (row, _) = bytes.as_chunks::<32>();
    let mut row: Vec<Digest> = row.iter().map(|hash| Digest(*hash)).collect();
    while row.len() > 1 {
        row = row.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect();
    }
    row.pop()
}

/// The tiles at the right edge of a growing tree, for appending.
#[derive(Clone, Debug, Default)]
pub struct Edge {
    size: u64,
    /// The hashes of the tile that is not full, by level.
    rows: Vec<Vec<u8>>,
}

impl Edge {
    /// The edge of a tree of this size; `partial` are the tiles of [`Tile::partial_in`], in that order.
    ///
    /// # Errors
    /// [`LogError::WrongShape`] where they are not.
    pub fn new(size: u64, partial: &[Vec<u8>]) -> Result<Self, LogError> {
        let mut edge = Self { size, rows: Vec::new() };
        let wanted: Vec<(Tile, usize)> = Tile::partial_in(size).collect();
        if wanted.len() != partial.len() {
            return Err(LogError::WrongShape);
        }
        for ((tile, width), bytes) in wanted.into_iter().zip(partial) {
            let bytes = bytes.get(..width * 32).ok_or(LogError::WrongShape)?;
            edge.row(usize::from(tile.level)).extend_from_slice(bytes);
        }
        Ok(edge)
    }

    fn row(&mut self, level: usize) -> &mut Vec<u8> {
        if self.rows.len() <= level {
            self.rows.resize_with(level + 1, Vec::new);
        }
        &mut self.rows[level]
    }

    /// How many entries the tree has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends the hash of an entry; `full` gets every tile that it fills.
    pub fn append(&mut self, leaf: Digest, mut full: impl FnMut(Tile, Vec<u8>)) {
        self.size += 1;
        let mut hash = leaf;
        for level in 0..=usize::from(MAX_LEVEL) {
            let size = self.size;
            let row = self.row(level);
            row.extend_from_slice(&hash.0);
            if row.len() < WIDTH * 32 {
                return;
            }
            let bytes = std::mem::take(row);
            let Some(root) = subtree(&bytes, 0..WIDTH) else { return };
            hash = root;
            let level = u8::try_from(level).unwrap_or(MAX_LEVEL);
            full(Tile { level, index: (size >> (8 * (u32::from(level) + 1))) - 1 }, bytes);
        }
    }

    /// The tiles that are not full.
    #[must_use]
    pub fn partial(&self) -> Vec<(Tile, &[u8])> {
        Tile::partial_in(self.size)
            .map(|(tile, _)| (tile, self.rows[usize::from(tile.level)].as_slice()))
            .collect()
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Digest {
        let mut pieces: Vec<Digest> = Vec::new();
        for row in &self.rows {
            let width = row.len() / 32;
            for bit in 0..8 {
                let piece = 1 << bit;
                if width & piece != 0 {
                    let start = (width >> (bit + 1)) << (bit + 1);
                    pieces.extend(subtree(row, start..start + piece));
                }
            }
        }
        pieces.reverse();
        super::tree::fold(&pieces)
    }
}

/// What the last part of a tile's address asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Hashes of that level.
    Hashes(Tile),
    /// The entries with the indices of a tile at level 0.
    Entries(u64),
}

/// A tile as its address names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TilePath {
    /// What is asked for.
    pub wanted: Wanted,
    /// How many hashes or entries: 256, or fewer for a partial tile.
    pub width: usize,
}

impl TilePath {
    /// Reads what stands behind `tile/`: `0/x001/234`, `1/000.p/17`, `entries/005`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (level, rest) = text.split_once('/')?;
        let (rest, width) = match rest.split_once(".p/") {
            Some((rest, width)) => (rest, number(width, 1, WIDTH as u64 - 1)?),
            None => (rest, WIDTH as u64),
        };
        let index = index(rest)?;
        let wanted = if level == "entries" {
            Wanted::Entries(index)
        } else {
            let level = u8::try_from(number(level, 0, 63)?).ok()?;
            Wanted::Hashes(Tile { level, index })
        };
        Some(Self { wanted, width: usize::try_from(width).ok()? })
    }

    /// The address behind `tile/`.
    #[must_use]
    pub fn path(self) -> String {
        let (mut path, index) = match self.wanted {
            Wanted::Hashes(tile) => (format!("{}/", tile.level), tile.index),
            Wanted::Entries(index) => ("entries/".to_owned(), index),
        };
        let mut groups = vec![format!("{:03}", index % 1000)];
        let mut rest = index / 1000;
        while rest > 0 {
            groups.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        groups.reverse();
        path.push_str(&groups.join("/"));
        if self.width < WIDTH {
            let _ = write!(path, ".p/{}", self.width);
        }
        path
    }
}

/// A number in decimal, without a sign or leading zeros.
fn number(text: &str, least: u64, most: u64) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text && (least..=most).contains(&number)).then_some(number)
}

/// An index in groups of three digits, all but the last with an `x` before them.
fn index(text: &str) -> Option<u64> {
    let groups: Vec<&str> = text.split('/').collect();
    // Seven groups would pass 2^63.
    if groups.len() > 6 {
        return None;
    }
    let mut index: u64 = 0;
    for (at, group) in groups.iter().enumerate() {
        let last = at + 1 == groups.len();
        let digits = if last { group } else { group.strip_prefix('x')? };
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // Leading groups of zeros would give one tile two addresses.
        if at == 0 && !last && digits == "000" {
            return None;
        }
        index = index * 1000 + digits.parse::<u64>().ok()?;
    }
    Some(index)
}

/// Writes entries one behind the other, each with its length in two bytes before it.
///
/// # Errors
/// [`LogError::Malformed`] where one is longer than [`ENTRY_BYTES`].
pub fn bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, LogError> {
    let mut out = Vec::new();
    for entry in entries {
        let length = u16::try_from(entry.len()).map_err(|_| LogError::Malformed("an entry is too long"))?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(entry);
    }
    Ok(out)
}

/// Reads a bundle of exactly `width` entries.
///
/// # Errors
/// [`LogError::Malformed`] where it has fewer, more, or is cut off.
pub fn unbundle(bytes: &[u8], width: usize) -> Result<Vec<&[u8]>, LogError> {
    let mut entries = Vec::with_capacity(width.min(WIDTH));
    let mut rest = bytes;
    while let Some((length, tail)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, tail) =
            tail.split_at_checked(length).ok_or(LogError::Malformed("an entry is cut off"))?;
        entries.push(entry);
        rest = tail;
    }
    if rest.is_empty() && entries.len() == width {
        Ok(entries)
    } else {
        Err(LogError::Malformed("it has another number of entries than its address says"))
    }
}
