//! Writes a gazetteer: rows of text in, the packed file out.
//!
//! The rows are what `scripts/build-places.py` makes, a line each, fields split by tabs and lists
//! by `|`:
//!
//! ```text
//! C  code  label  words                                 a country, and the words for it
//! R  key  country  code  name  district  words          a region, and the words that name it
//! P  id  name  region  lat  lon  people  other names    a town; the most people first
//! O  outward  lat  lon                                  a British outward code, sorted
//! Z  zip  lat  lon                                      a ZIP code, sorted
//! ```
//!
//! Latitudes and longitudes are whole hundred-thousandths of a degree.

use std::collections::{BTreeMap, HashMap};

use super::fold;
use super::packed::{ALTERNATE, LAST, MAGIC, SECTIONS, Section};

/// An alternate name counts like a tenth of the people: Newcastle is rather a town of 7,000 that is
/// called so than one of 70,000 that is also called so.
const ALTERNATE_DIVISOR: u64 = 10;

/// Packs the rows.
///
/// # Errors
/// The line that cannot be packed, and why.
pub fn pack(rows: &str) -> Result<Vec<u8>, String> {
    let mut packer = Packer::default();
    for (at, line) in (1..).zip(rows.lines()) {
        let fields: Vec<&str> = line.split('\t').collect();
        packer.row(&fields).map_err(|why| format!("line {at}: {why}: {line}"))?;
    }
    packer.finish()
}

#[derive(Default)]
struct Packer {
    text: Vec<u8>,
    known_text: HashMap<String, usize>,
    sections: [Vec<u8>; SECTIONS],
    regions: HashMap<String, u16>,
    lats: Vec<i32>,
    people: Vec<u32>,
    /// Folded name to the places it names: index, and whether it is an alternate name.
    names: BTreeMap<String, BTreeMap<u32, bool>>,
}

impl Packer {
    fn row(&mut self, fields: &[&str]) -> Result<(), String> {
        match fields {
            ["C", code, label, words] => {
                let row = &mut Vec::new();
                row.extend(two_letters(code)?);
                self.put_text(row, label)?;
                self.put_words(row, words)?;
                self.section(Section::Countries).extend_from_slice(row);
            }
            ["R", key, country, code, name, district, words] => {
                let row = &mut Vec::new();
                row.extend(two_letters(country)?);
                for text in [code, name, district] {
                    self.put_text(row, text)?;
                }
                self.put_words(row, words)?;
                self.section(Section::Regions).extend_from_slice(row);
                let at = u16::try_from(self.regions.len()).map_err(|_| "too many regions")?;
                self.regions.insert((*key).to_owned(), at);
            }
            ["P", id, name, region, lat, lon, people, others] => {
                self.place([id, name, region, lat, lon, people, others])?;
            }
            ["O", outward, lat, lon] => {
                let mut code = [0_u8; 4];
                code.get_mut(..outward.len())
                    .ok_or("an outward code is too long")?
                    .copy_from_slice(outward.as_bytes());
                let row = self.section(Section::Outwards);
                row.extend(code);
                put_point(row, lat, lon)?;
            }
            ["Z", zip, lat, lon] => {
                let row = self.section(Section::Zips);
                put_u24(row, number(zip)?)?;
                put_point(row, lat, lon)?;
            }
            _ => return Err("not a row".to_owned()),
        }
        Ok(())
    }

    fn place(&mut self, [id, name, region, lat, lon, people, others]: [&str; 7]) -> Result<(), String> {
        let region = *self.regions.get(region).ok_or("its region has no row")?;
        let index = u32::try_from(self.people.len()).map_err(|_| "too many places")?;
        let count: u32 = number(people)?;
        if self.people.last().is_some_and(|before| *before < count) {
            return Err("has more people than the place before it".to_owned());
        }
        let row = &mut Vec::new();
        row.extend(number::<u32>(id)?.to_le_bytes());
        put_point(row, lat, lon)?;
        row.extend(count.to_le_bytes());
        row.extend(region.to_le_bytes());
        self.put_text(row, name)?;
        self.section(Section::Places).extend_from_slice(row);
        self.lats.push(number(lat)?);
        self.people.push(count);
        for other in others.split('|') {
            self.names.entry(fold(other)).or_default().insert(index, true);
        }
        self.names.entry(fold(name)).or_default().insert(index, false);
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<u8>, String> {
        self.names.remove("");
        let mut fst = fst::MapBuilder::memory();
        for (name, places) in std::mem::take(&mut self.names) {
            let at = self.section(Section::Postings).len() / 3;
            fst.insert(&name, at as u64).map_err(|e| e.to_string())?;
            let mut places: Vec<(u32, bool)> = places.into_iter().collect();
            let weight = |(index, alternate): (u32, bool)| {
                let people = u64::from(self.people[index as usize]) * ALTERNATE_DIVISOR;
                if alternate { people / ALTERNATE_DIVISOR } else { people }
            };
            places.sort_by_key(|place| (std::cmp::Reverse(weight(*place)), *place));
            let last = places.len() - 1;
            for (at, (index, alternate)) in places.into_iter().enumerate() {
                let flags = if alternate { ALTERNATE } else { 0 } | if at == last { LAST } else { 0 };
                put_u24(self.section(Section::Postings), index | flags)?;
            }
        }
        let mut by_lat: Vec<u32> = (0..).take(self.lats.len()).collect();
        by_lat.sort_by_key(|index| (self.lats[*index as usize], *index));
        for index in by_lat {
            put_u24(self.section(Section::ByLat), index)?;
        }
        *self.section(Section::Names) = fst.into_inner().map_err(|e| e.to_string())?;
        *self.section(Section::Text) = std::mem::take(&mut self.text);
        let mut out = MAGIC.to_vec();
        for section in &self.sections {
            out.extend(u32::try_from(section.len()).map_err(|_| "a section is too long")?.to_le_bytes());
        }
        out.extend(self.sections.concat());
        Ok(out)
    }

    fn section(&mut self, section: Section) -> &mut Vec<u8> {
        &mut self.sections[section as usize]
    }

    /// A text as its place in the text section and its length; the same text is kept once.
    fn put_text(&mut self, row: &mut Vec<u8>, text: &str) -> Result<(), String> {
        let at = *self.known_text.entry(text.to_owned()).or_insert_with(|| {
            self.text.extend_from_slice(text.as_bytes());
            self.text.len() - text.len()
        });
        put_u24(row, u32::try_from(at).map_err(|_| "too much text")?)?;
        row.push(u8::try_from(text.len()).map_err(|_| "a text is longer than 255 bytes")?);
        Ok(())
    }

    /// A list of words, folded, as one text.
    fn put_words(&mut self, row: &mut Vec<u8>, words: &str) -> Result<(), String> {
        let mut folded: Vec<String> = words.split('|').map(fold).filter(|word| !word.is_empty()).collect();
        folded.sort();
        folded.dedup();
        self.put_text(row, &folded.join("|"))
    }
}

fn two_letters(code: &str) -> Result<[u8; 2], String> {
    code.as_bytes().try_into().map_err(|_| format!("`{code}` is not a country code"))
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number that fits"))
}

fn put_point(row: &mut Vec<u8>, lat: &str, lon: &str) -> Result<(), String> {
    for (degrees, limit) in [(lat, 90), (lon, 180)] {
        let degrees: i32 = number(degrees)?;
        if degrees.abs() > limit * 100_000 {
            return Err(format!("{degrees} is off the globe"));
        }
        row.extend(degrees.to_le_bytes());
    }
    Ok(())
}

fn put_u24(row: &mut Vec<u8>, value: u32) -> Result<(), String> {
    let [low, middle, high, 0] = value.to_le_bytes() else {
        return Err(format!("{value} does not fit three bytes"));
    };
    row.extend([low, middle, high]);
    Ok(())
}
