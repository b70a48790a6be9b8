//! Sets of small numbers, one bit each.

use std::ops::Range;

/// A set of numbers below a length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// No number below `len`.
    pub(super) fn none(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    /// Every number below `len`.
    pub(super) fn all(len: usize) -> Self {
        let mut bits = Self { words: vec![u64::MAX; len.div_ceil(64)], len };
        bits.trim();
        bits
    }

    /// Those below `len` that pass.
    pub(super) fn of(len: usize, pass: impl Fn(usize) -> bool) -> Self {
        let mut words = Vec::with_capacity(len.div_ceil(64));
        let mut from = 0;
        while from < len {
            let upto = (from + 64).min(len);
            let word = (from..upto).fold(0, |word, at| word | u64::from(pass(at)) << (at - from));
            words.push(word);
            from = upto;
        }
        Self { words, len }
    }

    fn trim(&mut self) {
        let rest = self.len % 64;
        if rest != 0
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1 << rest) - 1;
        }
    }

    /// The length numbers are below.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn has(&self, at: u32) -> bool {
        self.words.get(at as usize / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// Puts `at` in.
    #[inline]
    pub(super) fn put(&mut self, at: u32) {
        self.words[at as usize / 64] |= 1 << (at % 64);
    }

    /// Puts `at` in; whether it was not there before.
    pub(super) fn insert(&mut self, at: u32) -> bool {
        let word = &mut self.words[at as usize / 64];
        let bit = 1 << (at % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    pub(super) fn remove(&mut self, at: u32) {
        self.words[at as usize / 64] &= !(1 << (at % 64));
    }

    pub(super) fn and(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a &= b);
    }

    pub(super) fn and_not(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a &= !b);
    }

    pub(super) fn or(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a |= b);
    }

    pub(super) fn flip(&mut self) {
        self.words.iter_mut().for_each(|word| *word = !*word);
        self.trim();
    }

    pub(super) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// How many both have.
    pub(super) fn count_common(&self, other: &Self) -> usize {
        self.words.iter().zip(&other.words).map(|(a, b)| (a & b).count_ones() as usize).sum()
    }

    /// The numbers, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.iter_in(0..self.len)
    }

    /// The numbers in a range that begins and ends with a multiple of 64, or with the length.
    pub(super) fn iter_in(&self, range: Range<usize>) -> impl Iterator<Item = u32> + '_ {
        let (from, upto) = (range.start / 64, range.end.div_ceil(64));
        let words = self.words.iter().zip(0_u32..).take(upto).skip(from);
        words.flat_map(|(word, at)| Ones { word: *word, base: at * 64 })
    }

    /// Ranges that can be iterated over one by one, and are all of it together.
    pub(super) fn ranges(&self, parts: usize) -> Vec<Range<usize>> {
        let step = self.len.div_ceil(parts).next_multiple_of(64).max(64);
        (0..self.len).step_by(step).map(|from| from..(from + step).min(self.len)).collect()
    }
}

struct Ones {
    word: u64,
    base: u32,
}

impl Iterator for Ones {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if self.word == 0 {
            return None;
        }
        let at = self.word.trailing_zeros();
        self.word &= self.word - 1;
        Some(self.base + at)
    }
}
