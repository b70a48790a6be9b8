//! The texts of a document, as they were given.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use tantivy::schema::{TantivyDocument, Value as _};

use super::columns::Read;
use super::matching::{self, FIELDS};
use super::view::{Segment, View};
use crate::search::query::{Level, Texts};

/// Reads the attributes of `fields` from a document's own text.
struct Wanted<'a> {
    names: &'a [String],
    fields: u32,
}

impl<'de> DeserializeSeed<'de> for Wanted<'_> {
    type Value = Vec<(usize, Vec<String>)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Wanted<'_> {
    type Value = Vec<(usize, Vec<String>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the texts of a document by their attributes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::new();
        while let Some(name) = map.next_key::<&str>()? {
            match self.names.iter().position(|known| known == name) {
                Some(at) if self.fields >> at & 1 == 1 => found.push((at, map.next_value()?)),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }
}

/// The texts of a document in the attributes of `fields`; the others are not even looked at.
pub(super) fn read(view: &View, segment: &Segment, doc: u32, fields: u32) -> Read<Texts> {
    let stored: TantivyDocument = segment.store.get(doc)?;
    let text = stored.get_first(view.fields.source).and_then(|value| value.as_str()).unwrap_or_default();
    let wanted = Wanted { names: &view.settings.searchable_attributes, fields };
    let attributes = wanted.deserialize(&mut serde_json::Deserializer::from_str(text));
    Ok(Texts(attributes.unwrap_or_default()))
}

/// The attributes in which units stand at their fewest typos.
pub(super) fn fields_of(levels: &[u32]) -> u32 {
    levels.iter().fold(0, |fields, level| fields | level & FIELDS)
}

/// The levels as marks are made by them.
pub(super) fn levels_of(levels: &[u32]) -> Vec<Level> {
    let of = |level: &u32| Level {
        typos: u8::try_from(matching::typos(*level)).unwrap_or(u8::MAX),
        fields: level & FIELDS,
    };
    levels.iter().map(of).collect()
}
