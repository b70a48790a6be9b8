//! Merkle trees as RFC 6962 section 2.1 builds them.

use std::ops::Range;

use sha2::{Digest as _, Sha256};

use super::LogError;
use crate::signing::digest::Digest;

/// The hash of an entry: SHA-256 of a zero byte and the entry.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Digest {
    Digest(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
}

/// The hash of two subtrees side by side: SHA-256 of a one byte and both.
#[must_use]
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Digest(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// The root of the tree without entries.
#[must_use]
pub fn empty_root() -> Digest {
    Digest::of_bytes(&[])
}

/// A complete subtree: the leaves from `index << level` up to, and without, `(index + 1) << level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// Its height; a leaf is at 0.
    pub level: u8,
    /// Its place among the nodes of its level, from the left.
    pub index: u64,
}

/// The complete subtrees that make up a subtree of the RFC's, largest and leftmost first.
#[must_use]
pub fn nodes(leaves: Range<u64>) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut start = leaves.start;
    while start < leaves.end {
        let level = (leaves.end - start).ilog2();
        // 2^63 leaves would be the highest level there is.
        nodes.push(Node { level: u8::try_from(level).unwrap_or(63), index: start >> level });
        start += 1 << level;
    }
    nodes
}

/// The hash of a subtree, of the hashes of its complete subtrees from left to right; the empty root where there are
/// none.
#[must_use]
pub fn fold(hashes: &[Digest]) -> Digest {
    let joined = hashes.iter().rev().copied().reduce(|right, left| node_hash(&left, &right));
    joined.unwrap_or_else(empty_root)
}

/// The subtrees whose hashes prove that a leaf is in a tree of this size, nearest the leaf first (RFC 6962 section
/// 2.1.1). `None` where it is not inside.
#[must_use]
pub fn inclusion_path(index: u64, size: u64) -> Option<Vec<Range<u64>>> {
    if index >= size {
        return None;
    }
    let mut path = Vec::new();
    let mut tree = 0..size;
    while tree.end - tree.start > 1 {
        let split = tree.start + half(tree.end - tree.start);
        if index < split {
            path.push(split..tree.end);
            tree.end = split;
        } else {
            path.push(tree.start..split);
            tree.start = split;
        }
    }
    path.reverse();
    Some(path)
}

/// The subtrees whose hashes prove that a tree of `new` entries begins with one of `old` (RFC 6962 section 2.1.2).
/// `None` where `old` is larger than `new`. Nothing has to be proven of an empty tree, nor of one and the same.
#[must_use]
pub fn consistency_path(old: u64, new: u64) -> Option<Vec<Range<u64>>> {
    if old > new {
        return None;
    }
    let mut path = Vec::new();
    if old == 0 || old == new {
        return Some(path);
    }
    let mut tree = 0..new;
    // While the tree under consideration is a complete old one, its hash is the old root and need not be sent.
    let mut whole = true;
    while old != tree.end {
        let split = tree.start + half(tree.end - tree.start);
        if old <= split {
            path.push(split..tree.end);
            tree.end = split;
        } else {
            path.push(tree.start..split);
            tree.start = split;
            whole = false;
        }
    }
    if !whole {
        path.push(tree);
    }
    path.reverse();
    Some(path)
}

/// The largest power of two below `n`, for `n` of at least 2.
fn half(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

/// Checks that a leaf is at `index` in the tree of this size and root (RFC 9162 section 2.1.3.2).
///
/// # Errors
/// [`LogError::WrongShape`] or [`LogError::WrongRoot`].
pub fn check_inclusion(
    leaf: &Digest,
    index: u64,
    size: u64,
    proof: &[Digest],
    root: &Digest,
) -> Result<(), LogError> {
    let path = inclusion_path(index, size).filter(|path| path.len() == proof.len());
    let path = path.ok_or(LogError::WrongShape)?;
    let reached = path.iter().zip(proof).fold(*leaf, |hash, (side, sibling)| {
        if side.start > index { node_hash(&hash, sibling) } else { node_hash(sibling, &hash) }
    });
    if reached == *root { Ok(()) } else { Err(LogError::WrongRoot) }
}

/// Checks that the tree of `new` entries begins with that of `old` (RFC 9162 section 2.1.4.2).
///
/// # Errors
/// [`LogError::WrongShape`] or [`LogError::WrongRoot`].
pub fn check_consistency(
    old: u64,
    new: u64,
    proof: &[Digest],
    old_root: &Digest,
    new_root: &Digest,
) -> Result<(), LogError> {
    let path = consistency_path(old, new).filter(|path| path.len() == proof.len());
    let path = path.ok_or(LogError::WrongShape)?;
    if old == 0 {
        return if *old_root == empty_root() { Ok(()) } else { Err(LogError::WrongRoot) };
    }
    if old == new {
        return if old_root == new_root { Ok(()) } else { Err(LogError::WrongRoot) };
    }
    // The subtree both trees end in: where the old tree is a complete one, its own root.
    let (seed, rest) = match path.first() {
        Some(first) if first.end == old => (proof[0], 1),
        _ => (*old_root, 0),
    };
    let mut roots = (seed, seed);
    for (side, sibling) in path.iter().zip(proof).skip(rest) {
        if side.start >= old {
            roots.1 = node_hash(&roots.1, sibling);
        } else {
            roots = (node_hash(sibling, &roots.0), node_hash(sibling, &roots.1));
        }
    }
    if roots == (*old_root, *new_root) { Ok(()) } else { Err(LogError::WrongRoot) }
}

/// The right edge of a growing tree: all that is needed to append to it and to tell its root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// The hashes of the complete subtrees, largest first.
    hashes: Vec<Digest>,
}

impl Frontier {
    /// The edge of a tree of this size with these complete subtrees ([`nodes`] of all its leaves).
    #[must_use]
    pub fn new(size: u64, hashes: Vec<Digest>) -> Option<Self> {
        (hashes.len() == size.count_ones() as usize).then_some(Self { size, hashes })
    }

    /// How many leaves the tree has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of its complete subtrees, largest first.
    #[must_use]
    pub fn hashes(&self) -> &[Digest] {
        &self.hashes
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: Digest) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.hashes.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.hashes.push(hash);
        self.size += 1;
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Digest {
        fold(&self.hashes)
    }
}
