//! The packed file: sections of fixed-width rows over one text, read where it lies.

use bytes::Bytes;

use crate::platform::geo::Point;

/// The first bytes of a packed gazetteer; the digit is the version of its layout.
pub(super) const MAGIC: &[u8; 8] = b"STPLACE1";

/// How many sections there are.
pub(super) const SECTIONS: usize = 9;

/// The sections, in the order they stand in the file.
#[derive(Clone, Copy)]
pub(super) enum Section {
    /// Every name and word, end to end.
    Text,
    /// Countries: two letters, label, words.
    Countries,
    /// Regions: country, code, name, district, words.
    Regions,
    /// Towns: id, point, people, region, name. Those with more people come first.
    Places,
    /// An `fst` from folded names to where their postings begin.
    Names,
    /// Towns by name: an index with flags, heaviest first, up to the one flagged last.
    Postings,
    /// Indexes of towns, from south to north.
    ByLat,
    /// British outward codes: four bytes, point; sorted.
    Outwards,
    /// ZIP codes: number, point; sorted.
    Zips,
}

/// In a posting: the name is an alternate one.
pub(super) const ALTERNATE: u32 = 1 << 22;
/// In a posting: it is the last of its name.
pub(super) const LAST: u32 = 1 << 23;
/// In a posting: which bits are the index.
const INDEX: u32 = ALTERNATE - 1;

const COUNTRY_ROW: usize = 10;
const REGION_ROW: usize = 18;
const PLACE_ROW: usize = 22;
const OUTWARD_ROW: usize = 12;
const ZIP_ROW: usize = 11;

/// One name of one town.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Posting {
    /// Which town.
    pub(super) index: u32,
    /// Whether the name is an alternate one.
    pub(super) alternate: bool,
}

/// A country's row.
#[derive(Clone, Copy)]
pub(super) struct CountryRow<'a> {
    pub(super) code: &'a str,
    pub(super) label: &'a str,
    words: &'a str,
}

/// A region's row.
#[derive(Clone, Copy)]
pub(super) struct RegionRow<'a> {
    pub(super) country: &'a str,
    pub(super) code: &'a str,
    pub(super) name: &'a str,
    pub(super) district: &'a str,
    words: &'a str,
}

/// A town's row.
#[derive(Clone, Copy)]
pub(super) struct TownRow<'a> {
    pub(super) id: u32,
    pub(super) name: &'a str,
    pub(super) point: Point,
    pub(super) people: u32,
    pub(super) region: u16,
}

impl CountryRow<'_> {
    /// Whether the folded `word` names this country.
    pub(super) fn is_called(&self, word: &str) -> bool {
        self.words.split('|').any(|own| own == word)
    }

    /// Whether a word for this country begins with the folded `beginning`.
    pub(super) fn is_called_beginning(&self, beginning: &str) -> bool {
        self.words.split('|').any(|own| own.starts_with(beginning))
    }
}

impl RegionRow<'_> {
    /// Whether the folded `word` names this region.
    pub(super) fn is_called(&self, word: &str) -> bool {
        self.words.split('|').any(|own| own == word)
    }

    /// Whether a word for this region begins with the folded `beginning`.
    pub(super) fn is_called_beginning(&self, beginning: &str) -> bool {
        self.words.split('|').any(|own| own.starts_with(beginning))
    }
}

/// The packed file, opened: a header that was checked, and sections to read from.
pub(super) struct Packed {
    sections: [Bytes; SECTIONS],
    pub(super) names: fst::Map<Bytes>,
}

impl Packed {
    /// Opens the file. Reads its header and nothing else.
    pub(super) fn open(file: Bytes) -> Result<Self, String> {
        let broken = |what: &str| format!("not a packed gazetteer: {what}");
        let mut at = MAGIC.len() + SECTIONS * 4;
        if file.len() < at || !file.starts_with(MAGIC) {
            return Err(broken("it does not begin as one"));
        }
        let mut sections = [const { Bytes::new() }; SECTIONS];
        for (number, section) in sections.iter_mut().enumerate() {
            let length = u32_at(&file, MAGIC.len() + number * 4) as usize;
            let end = at
                .checked_add(length)
                .filter(|end| *end <= file.len())
                .ok_or_else(|| broken("it is cut short"))?;
            *section = file.slice(at..end);
            at = end;
        }
        if at != file.len() {
            return Err(broken("it goes on after its end"));
        }
        let rows = [
            (Section::Countries, COUNTRY_ROW),
            (Section::Regions, REGION_ROW),
            (Section::Places, PLACE_ROW),
            (Section::Postings, 3),
            (Section::ByLat, 3),
            (Section::Outwards, OUTWARD_ROW),
            (Section::Zips, ZIP_ROW),
        ];
        if rows.iter().any(|(section, row)| sections[*section as usize].len() % row != 0) {
            return Err(broken("a section ends in the middle of a row"));
        }
        let names = sections[Section::Names as usize].clone();
        let names = fst::Map::new(names).map_err(|e| broken(&e.to_string()))?;
        Ok(Self { sections, names })
    }

    fn section(&self, section: Section) -> &[u8] {
        &self.sections[section as usize]
    }

    fn rows(&self, section: Section, width: usize) -> usize {
        self.section(section).len() / width
    }

    fn row(&self, section: Section, width: usize, at: usize) -> &[u8] {
        &self.section(section)[at * width..(at + 1) * width]
    }

    /// The text a row refers to at its byte `at`: three bytes of place, one of length.
    fn text(&self, row: &[u8], at: usize) -> &str {
        let from = u24_at(row, at) as usize;
        let bytes = &self.section(Section::Text)[from..from + usize::from(row[at + 3])];
        std::str::from_utf8(bytes).expect("the packer writes whole texts")
    }

    pub(super) fn countries(&self) -> impl Iterator<Item = CountryRow<'_>> + Clone {
        self.country_rows().map(|row| self.country_of_row(row))
    }

    /// The country of that code. Only its own names are read.
    pub(super) fn country(&self, code: &str) -> Option<CountryRow<'_>> {
        self.country_rows()
            .find(|row| row.get(..2) == Some(code.as_bytes()))
            .map(|row| self.country_of_row(row))
    }

    fn country_rows(&self) -> impl Iterator<Item = &[u8]> + Clone {
        (0..self.rows(Section::Countries, COUNTRY_ROW))
            .map(|at| self.row(Section::Countries, COUNTRY_ROW, at))
    }

    fn country_of_row<'a>(&'a self, row: &'a [u8]) -> CountryRow<'a> {
        CountryRow { code: two_letters(row), label: self.text(row, 2), words: self.text(row, 6) }
    }

    pub(super) fn region_count(&self) -> usize {
        self.rows(Section::Regions, REGION_ROW)
    }

    pub(super) fn region(&self, at: u16) -> RegionRow<'_> {
        let row = self.row(Section::Regions, REGION_ROW, usize::from(at));
        RegionRow {
            country: two_letters(row),
            code: self.text(row, 2),
            name: self.text(row, 6),
            district: self.text(row, 10),
            words: self.text(row, 14),
        }
    }

    pub(super) fn regions(&self) -> impl Iterator<Item = RegionRow<'_>> {
        (0..self.region_count())
            .map(|at| self.region(u16::try_from(at).expect("regions are counted in two bytes")))
    }

    pub(super) fn town_count(&self) -> usize {
        self.rows(Section::Places, PLACE_ROW)
    }

    pub(super) fn town(&self, index: u32) -> TownRow<'_> {
        let row = self.row(Section::Places, PLACE_ROW, index as usize);
        TownRow {
            id: u32_at(row, 0),
            point: point_at(row, 4),
            people: u32_at(row, 12),
            region: u16::from_le_bytes([row[16], row[17]]),
            name: self.text(row, 18),
        }
    }

    /// How many people live in the town; without reading the rest of its row.
    pub(super) fn people(&self, index: u32) -> u32 {
        u32_at(self.row(Section::Places, PLACE_ROW, index as usize), 12)
    }

    /// The country of the town; without reading the rest of its row.
    pub(super) fn country_of(&self, index: u32) -> &str {
        let row = self.row(Section::Places, PLACE_ROW, index as usize);
        let region = usize::from(u16::from_le_bytes([row[16], row[17]]));
        two_letters(self.row(Section::Regions, REGION_ROW, region))
    }

    /// Where the town is; without reading the rest of its row.
    pub(super) fn point(&self, index: u32) -> Point {
        point_at(self.row(Section::Places, PLACE_ROW, index as usize), 4)
    }

    /// The town with this GeoNames id; looks at every row, which takes tens of microseconds.
    pub(super) fn town_by_id(&self, id: u32) -> Option<u32> {
        let rows = self.section(Section::Places).chunks_exact(PLACE_ROW);
        (0..).zip(rows).find(|(_, row)| u32_at(row, 0) == id).map(|(index, _)| index)
    }

    /// The postings that begin at `at`, heaviest first.
    pub(super) fn postings(&self, at: u64) -> impl Iterator<Item = Posting> {
        let mut at = usize::try_from(at).ok();
        std::iter::from_fn(move || {
            let here = at?;
            let value = u24_at(self.row(Section::Postings, 3, here), 0);
            at = (value & LAST == 0).then_some(here + 1);
            Some(Posting { index: value & INDEX, alternate: value & ALTERNATE != 0 })
        })
    }

    /// The town at this place in the order from south to north.
    pub(super) fn by_lat(&self, at: usize) -> u32 {
        u24_at(self.row(Section::ByLat, 3, at), 0)
    }

    pub(super) fn outward(&self, code: &str) -> Option<Point> {
        let mut wanted = [0_u8; 4];
        wanted.get_mut(..code.len())?.copy_from_slice(code.as_bytes());
        self.find(Section::Outwards, OUTWARD_ROW, |row| row[..4].cmp(&wanted)).map(|row| point_at(row, 4))
    }

    pub(super) fn zip(&self, code: u32) -> Option<Point> {
        self.find(Section::Zips, ZIP_ROW, |row| u24_at(row, 0).cmp(&code)).map(|row| point_at(row, 3))
    }

    fn find(
        &self,
        section: Section,
        width: usize,
        order: impl Fn(&[u8]) -> std::cmp::Ordering,
    ) -> Option<&[u8]> {
        let (mut low, mut high) = (0, self.rows(section, width));
        while low < high {
            let middle = low.midpoint(high);
            let row = self.row(section, width, middle);
            match order(row) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(row),
            }
        }
        None
    }
}

fn u32_at(row: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([row[at], row[at + 1], row[at + 2], row[at + 3]])
}

fn u24_at(row: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([row[at], row[at + 1], row[at + 2], 0])
}

fn point_at(row: &[u8], at: usize) -> Point {
    let degrees =
        |at| f64::from(i32::from_le_bytes([row[at], row[at + 1], row[at + 2], row[at + 3]])) / 100_000.0;
    Point { lat: degrees(at), lon: degrees(at + 4) }
}

fn two_letters(row: &[u8]) -> &str {
    std::str::from_utf8(&row[..2]).expect("the packer writes two ASCII letters")
}
