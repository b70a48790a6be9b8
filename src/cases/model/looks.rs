//! What a photo looks like in 64 bits, and which known photos look alike.
//!
//! A look is a gradient hash: the picture as nine by eight grey cells, and for each two neighbours in a
//! row whether the right one is brighter. Brightness, contrast, size and compression hardly move it. A
//! photo is known by its whole and by six crops of it, so that a crop of it is found, and so is the
//! whole of a crop; mirrored and upside-down ones are found by turning the question.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

use image::RgbImage;
use uuid::Uuid;

use super::shelf::Shelf;
use crate::platform::pictures::{Part, sample};
use crate::platform::problem::Error;

/// Looks that differ in at most so many of 64 bits are alike: a crop of six per cent moves eight,
/// another picture about half.
pub const ALIKE: u32 = 9;
/// How much of a side a crop keeps; each corner's, and the middle's.
const KEPT: f64 = 0.86;
/// How much of a side a small trim of every edge keeps.
const TRIMMED: f64 = 0.93;
/// Crops a photo is known by.
pub(super) const CROPS: usize = 6;
/// Grey levels a picture must span to have a look at all.
const LEAST_CONTRAST: i32 = 8;
/// A look with fewer or more bright steps than this says only that the light falls off to one side.
const TELLING: std::ops::RangeInclusive<u32> = 6..=58;
/// Matches answered at most.
const MOST: usize = 20;

/// What one photo looks like: the whole, then its crops. Empty for a photo without enough to tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looks(Vec<u64>);

impl Looks {
    /// The looks of upright pixels.
    ///
    /// # Errors
    /// 500 when the picture has no pixels.
    pub fn of(picture: &RgbImage) -> Result<Self, Error> {
        let part = |left, top, kept| Part { left, top, width: kept, height: kept };
        let (margin, trim) = (1.0 - KEPT, (1.0 - TRIMMED) / 2.0);
        let whole = Part { left: 0.0, top: 0.0, width: 1.0, height: 1.0 };
        let Some(first) = look(picture, whole)? else { return Ok(Self::default()) };
        let mut looks = vec![first];
        for crop in [
            part(trim, trim, TRIMMED),
            part(margin / 2.0, margin / 2.0, KEPT),
            part(0.0, 0.0, KEPT),
            part(margin, 0.0, KEPT),
            part(0.0, margin, KEPT),
            part(margin, margin, KEPT),
        ] {
            // A crop without a look of its own stands as the whole, so that every photo has as many.
            looks.push(look(picture, crop)?.unwrap_or(first));
        }
        Ok(Self(looks))
    }

    /// From the hashes that somebody computed: the whole's, then those of crops.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn of_hashes(hashes: &[String]) -> Result<Self, String> {
        if hashes.is_empty() || hashes.len() > 1 + CROPS {
            return Err(format!("Give the hash of the whole, and at most {CROPS} of crops behind it."));
        }
        let read = |hash: &String| match (hash.len(), u64::from_str_radix(hash, 16)) {
            (16, Ok(look)) if !hash.starts_with('+') => Ok(look),
            _ => Err("A hash is 16 hexadecimal digits.".to_owned()),
        };
        Ok(Self(hashes.iter().map(read).collect::<Result<_, _>>()?))
    }

    /// The hashes as text: 16 hexadecimal digits each.
    pub fn hashes(&self) -> Vec<String> {
        self.0.iter().map(|look| format!("{look:016x}")).collect()
    }

    pub(super) fn as_slice(&self) -> &[u64] {
        &self.0
    }

    /// As bytes, for keeping.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|look| look.to_be_bytes()).collect()
    }

    /// From what was kept.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.as_chunks::<8>().0.iter().map(|look| u64::from_be_bytes(*look)).collect())
    }

    /// How far two photos are apart: the least over crops, mirrored and turned over. `None` when one of
    /// them has no look.
    pub fn distance(&self, other: &Self) -> Option<u32> {
        let question = Question::of(self)?;
        let (whole, crops) = other.0.split_first()?;
        Some(question.distance(*whole, crops))
    }
}

fn look(picture: &RgbImage, part: Part) -> Result<Option<u64>, Error> {
    let cells = sample(picture, part, 9, 8)?;
    let grey = |x: u32, y: u32| {
        let [r, g, b] = cells.get_pixel(x, y).0.map(i32::from);
        (299 * r + 587 * g + 114 * b) / 1000
    };
    let (mut look, mut darkest, mut brightest) = (0_u64, 255, 0);
    for y in 0..8 {
        for x in 0..8 {
            look = (look << 1) | u64::from(grey(x, y) < grey(x + 1, y));
        }
        for x in 0..9 {
            darkest = darkest.min(grey(x, y));
            brightest = brightest.max(grey(x, y));
        }
    }
    let telling = brightest - darkest >= LEAST_CONTRAST && TELLING.contains(&look.count_ones());
    Ok(telling.then_some(look))
}

/// Left and right exchanged: each row read backwards, and what rose falls.
const fn mirrored(look: u64) -> u64 {
    // Reversing all bits exchanges the rows too; exchanging the bytes puts them back.
    !look.reverse_bits().swap_bytes()
}

/// Top and bottom exchanged.
const fn turned_over(look: u64) -> u64 {
    look.swap_bytes()
}

/// A photo as a question: every way its whole, and its crops, may have been turned.
struct Question {
    wholes: [u64; 4],
    crops: Vec<u64>,
}

impl Question {
    fn of(looks: &Looks) -> Option<Self> {
        let (&whole, crops) = looks.0.split_first()?;
        let over = turned_over(whole);
        let crops = crops.iter().flat_map(|crop| [*crop, mirrored(*crop)]).collect();
        Some(Self { wholes: [whole, mirrored(whole), over, mirrored(over)], crops })
    }

    /// A whole may be a crop of the other, and the other a crop of this one.
    fn distance(&self, whole: u64, crops: &[u64]) -> u32 {
        let mut least = u32::MAX;
        for own in self.wholes {
            least = least.min((own ^ whole).count_ones());
            for crop in crops {
                least = least.min((own ^ crop).count_ones());
            }
        }
        for own in &self.crops {
            least = least.min((own ^ whole).count_ones());
        }
        least
    }
}

/// A photo that looks alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alike {
    /// The photo.
    pub photo: Uuid,
    /// In how many bits of 64 they differ.
    pub distance: u32,
}

/// A photo that is known.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its place in the order in which photos were kept.
    pub seq: i64,
    /// The photo.
    pub photo: Uuid,
    /// The listing it belongs to.
    pub owner: Uuid,
    /// What it looks like.
    pub looks: Looks,
}

/// Every known photo's looks, in memory.
#[derive(Debug, Default)]
pub struct Gazer(RwLock<Shelf>);

impl Gazer {
    /// The place of the last photo that was taken in.
    pub fn seq(&self) -> i64 {
        self.0.read().unwrap_or_else(PoisonError::into_inner).seq
    }

    /// Takes in photos that are newer than [`Gazer::seq`]; what is known already is passed over.
    pub fn learn(&self, known: impl IntoIterator<Item = Known>) {
        let mut shelf = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for one in known {
            if one.seq > shelf.seq {
                shelf.seq = one.seq;
                shelf.push(&one);
            }
        }
    }

    /// Keeps only these photos.
    pub fn keep_only(&self, photos: &HashSet<Uuid>) {
        let mut shelf = self.0.write().unwrap_or_else(PoisonError::into_inner);
        shelf.retain(|photo| photos.contains(photo));
    }

    /// Forgets photos.
    pub fn forget(&self, photos: &[Uuid]) {
        let mut shelf = self.0.write().unwrap_or_else(PoisonError::into_inner);
        shelf.retain(|photo| !photos.contains(photo));
    }

    /// How many photos it knows.
    pub fn len(&self) -> usize {
        self.0.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The known photos that look like this one, the closest first; those of the listing `except` are
    /// passed over.
    pub fn alike(&self, looks: &Looks, except: Option<Uuid>) -> Vec<Alike> {
        let Some(question) = Question::of(looks) else { return Vec::new() };
        let shelf = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<Alike> = shelf
            .near(&question.wholes, &question.crops)
            .filter(|entry| except != Some(entry.owner))
            .map(|entry| Alike { photo: entry.photo, distance: question.distance(entry.whole, &entry.crops) })
            .collect();
        found.sort_by_key(|alike| (alike.distance, alike.photo));
        found.truncate(MOST);
        found
    }
}
