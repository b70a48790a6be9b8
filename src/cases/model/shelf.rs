//! Known looks side by side, bit by bit: the looks of 128 photos are compared with one in the time of a few.

use uuid::Uuid;

use super::looks::{ALIKE, CROPS, Known};

/// Photos in a block.
const LANES: usize = 128;
/// A bit for each photo of a block.
type Lanes = [u64; LANES / 64];
/// Looks of one photo: the whole's, then the crops'.
const LOOKS: usize = 1 + CROPS;

// Counts are kept in four bits, and what is more in a fifth that stays.
const _: () = assert!(ALIKE < 16);

/// A known photo and its looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) photo: Uuid,
    pub(super) owner: Uuid,
    pub(super) whole: u64,
    pub(super) crops: [u64; CROPS],
}

/// The looks of up to 128 photos, turned on their side: row by row the same bit of all of them.
#[derive(Debug)]
struct Block([[Lanes; 64]; LOOKS]);

/// Every known photo.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) seq: i64,
    /// By place; nothing where a photo was forgotten.
    entries: Vec<Option<Entry>>,
    blocks: Vec<Box<Block>>,
    forgotten: usize,
}

impl Shelf {
    pub(super) fn len(&self) -> usize {
        self.entries.len() - self.forgotten
    }

    /// Puts a photo behind the others, if it has looks to be known by.
    pub(super) fn push(&mut self, known: &Known) {
        if let [whole, crops @ ..] = known.looks.as_slice()
            && let Ok(crops) = crops.try_into()
        {
            self.place(Entry { photo: known.photo, owner: known.owner, whole: *whole, crops });
        }
    }

    fn place(&mut self, entry: Entry) {
        let lane = self.entries.len() % LANES;
        if lane == 0 {
            self.blocks.push(Box::new(Block([[[0; 2]; 64]; LOOKS])));
        }
        if let Some(block) = self.blocks.last_mut() {
            block.set(lane, &entry);
        }
        self.entries.push(Some(entry));
    }

    /// Forgets the photos that `is_kept` does not keep.
    pub(super) fn retain(&mut self, is_kept: impl Fn(&Uuid) -> bool) {
        for entry in &mut self.entries {
            if entry.as_ref().is_some_and(|entry| !is_kept(&entry.photo)) {
                *entry = None;
                self.forgotten += 1;
            }
        }
        if self.forgotten * 2 > self.entries.len() {
            let left: Vec<Entry> = self.entries.drain(..).flatten().collect();
            self.blocks.clear();
            self.forgotten = 0;
            for entry in left {
                self.place(entry);
            }
        }
    }

    /// The photos of which the whole or a crop is within [`ALIKE`] of one of `wholes`, or the whole within it
    /// of one of `crops`.
    pub(super) fn near<'a>(
        &'a self,
        wholes: &'a [u64],
        crops: &'a [u64],
    ) -> impl Iterator<Item = &'a Entry> + 'a {
        self.blocks.iter().enumerate().flat_map(move |(at, block)| {
            let near = block.near(wholes, crops);
            let lanes = (0..LANES).filter(move |lane| (near[lane / 64] >> (lane % 64)) & 1 == 1);
            lanes.filter_map(move |lane| self.entries.get(at * LANES + lane)?.as_ref())
        })
    }
}

impl Block {
    fn set(&mut self, lane: usize, entry: &Entry) {
        let looks = std::iter::once(entry.whole).chain(entry.crops);
        for (rows, look) in self.0.iter_mut().zip(looks) {
            for (bit, row) in rows.iter_mut().enumerate() {
                row[lane / 64] |= ((look >> bit) & 1) << (lane % 64);
            }
        }
    }

    fn near(&self, wholes: &[u64], crops: &[u64]) -> Lanes {
        let mut near = [0; 2];
        for own in wholes {
            for rows in &self.0 {
                near = or(near, within(rows, *own));
            }
        }
        for own in crops {
            near = or(near, within(&self.0[0], *own));
        }
        near
    }
}

/// The lanes whose look differs from `own` in at most [`ALIKE`] bits: all lanes are counted at once, in numbers whose
/// digits are rows (a Harley-Seal tree of carry-save adders).
fn within(rows: &[Lanes; 64], own: u64) -> Lanes {
    let (mut ones, mut twos, mut fours, mut eights, mut over) = ([0; 2], [0; 2], [0; 2], [0; 2], [0; 2]);
    for (at, rows) in rows.as_chunks::<16>().0.iter().enumerate() {
        let differs = |bit: usize| {
            // All ones where the look asked about has the bit.
            let own = ((own >> (at * 16 + bit)) & 1).wrapping_neg();
            rows[bit].map(|row| row ^ own)
        };
        let mut eight = [[0; 2]; 2];
        for (half, eight) in eight.iter_mut().enumerate() {
            let mut four = [[0; 2]; 2];
            for (quarter, four) in four.iter_mut().enumerate() {
                let first = half * 8 + quarter * 4;
                let (two, rest) = add(ones, differs(first), differs(first + 1));
                let (other, rest) = add(rest, differs(first + 2), differs(first + 3));
                ones = rest;
                (*four, twos) = add(twos, two, other);
            }
            (*eight, fours) = add(fours, four[0], four[1]);
        }
        let (sixteen, rest) = add(eights, eight[0], eight[1]);
        eights = rest;
        over = or(over, sixteen);
    }
    let (mut less, mut equal) = ([0; 2], [u64::MAX; 2]);
    for (digit, row) in [(3, eights), (2, fours), (1, twos), (0, ones)] {
        for (lane, row) in row.into_iter().enumerate() {
            if (ALIKE >> digit) & 1 == 1 {
                less[lane] |= equal[lane] & !row;
                equal[lane] &= row;
            } else {
                equal[lane] &= !row;
            }
        }
    }
    std::array::from_fn(|lane| (less[lane] | equal[lane]) & !over[lane])
}

/// The carry and the sum of three rows.
#[inline]
fn add(a: Lanes, b: Lanes, c: Lanes) -> (Lanes, Lanes) {
    let half: Lanes = std::array::from_fn(|lane| a[lane] ^ b[lane]);
    let carry = std::array::from_fn(|lane| (a[lane] & b[lane]) | (half[lane] & c[lane]));
    (carry, std::array::from_fn(|lane| half[lane] ^ c[lane]))
}

#[inline]
fn or(a: Lanes, b: Lanes) -> Lanes {
    std::array::from_fn(|lane| a[lane] | b[lane])
}
