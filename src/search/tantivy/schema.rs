//! How documents lie in tantivy: the fields, the tokeniser, and the way from a [`Document`].

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};
use tantivy::schema::{
    FAST, Field, IndexRecordOption, JsonObjectOptions, NumericOptions, OwnedValue, STRING, Schema,
    TantivyDocument, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::search::port::{Document, Error, Result};
use crate::search::settings::{GEO, Settings};
use crate::search::words::{Cut, VALUE_BREAK};

/// The name of our tokeniser in the index.
pub(super) const TOKENIZER: &str = "stipple";
/// The field whose columns are the filterable and sortable attributes.
pub(super) const FACTS: &str = "facts";
/// Longest id and group, in bytes.
const LONGEST_NAME: usize = 256;
/// Longest value of a filterable attribute, in bytes.
const LONGEST_VALUE: usize = 1_024;
/// Most values of a filterable attribute in a document.
const MOST_VALUES: usize = 1_000;

/// The fields of an index.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    pub(super) id: Field,
    pub(super) group: Field,
    pub(super) ordinal: Field,
    pub(super) lat: Field,
    pub(super) lon: Field,
    pub(super) facts: Field,
    pub(super) source: Field,
    /// One for each searchable attribute, in their order.
    pub(super) text: Vec<Field>,
    /// The attributes that have columns.
    columns: Arc<[String]>,
}

/// The schema that settings ask for.
pub(super) fn make(settings: &Settings) -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let searched = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(TOKENIZER)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions)
            .set_fieldnorms(true),
    );
    let facts = JsonObjectOptions::default().set_fast("raw").set_expand_dots_enabled();
    let fields = Fields {
        id: schema.add_text_field("id", STRING | FAST),
        group: schema.add_text_field("group", STRING | FAST),
        ordinal: schema.add_u64_field("ordinal", NumericOptions::default().set_fast()),
        lat: schema.add_f64_field("lat", NumericOptions::default().set_fast()),
        lon: schema.add_f64_field("lon", NumericOptions::default().set_fast()),
        facts: schema.add_json_field(FACTS, facts),
        source: schema.add_text_field("source", TextOptions::default().set_stored()),
        text: (0..settings.searchable_attributes.len())
            .map(|at| schema.add_text_field(&format!("text{at}"), searched.clone()))
            .collect(),
        columns: columns(settings),
    };
    (schema.build(), fields)
}

fn columns(settings: &Settings) -> Arc<[String]> {
    let standing = settings.standing().to_owned();
    let named = settings.filterable_attributes.iter().chain(&settings.sortable_attributes);
    let names: BTreeSet<&String> = named.filter(|name| *name != GEO).chain([&standing]).collect();
    names.into_iter().cloned().collect()
}

/// A document as tantivy takes it. `ordinal` is its group's.
pub(super) fn document(
    settings: &Settings,
    fields: &Fields,
    document: &Document,
    ordinal: u32,
) -> Result<TantivyDocument> {
    check_names(document)?;
    let mut made = TantivyDocument::new();
    made.add_text(fields.id, &document.id);
    made.add_text(fields.group, &document.group);
    made.add_u64(fields.ordinal, u64::from(ordinal));
    if let Some(point) = document.point {
        made.add_f64(fields.lat, point.lat);
        made.add_f64(fields.lon, point.lon);
    }
    let mut source = BTreeMap::new();
    for (attribute, field) in settings.searchable_attributes.iter().zip(&fields.text) {
        let values = texts(&document.fields, attribute);
        match values.as_slice() {
            [] => continue,
            [value] => made.add_text(*field, value),
            values => made.add_text(*field, values.join(&VALUE_BREAK.to_string())),
        }
        source.insert(attribute.as_str(), values);
    }
    let source = serde_json::to_string(&source).expect("a map of texts is JSON");
    made.add_text(fields.source, source);
    made.add_object(fields.facts, facts(&fields.columns, document)?);
    Ok(made)
}

fn check_names(document: &Document) -> Result<()> {
    for (what, name) in [("id", &document.id), ("group", &document.group)] {
        if name.is_empty() || name.len() > LONGEST_NAME {
            return Err(Error::Document(format!(
                "the document `{}` has a {what} of {} bytes; it takes 1 to {LONGEST_NAME}",
                document.id,
                name.len()
            )));
        }
    }
    match document.point {
        Some(point) if !point.is_valid() => {
            Err(Error::Document(format!("the point of the document `{}` is not on the globe", document.id)))
        }
        _ => Ok(()),
    }
}

/// The texts at an attribute: of a list all of them, of a list of objects those of its members.
fn texts<'a>(fields: &'a Map<String, Value>, attribute: &str) -> Vec<Cow<'a, str>> {
    let mut found = Vec::new();
    at(fields, attribute, &mut |value| match value {
        Value::String(text) if !text.is_empty() => found.push(Cow::Borrowed(text.as_str())),
        Value::Number(number) => found.push(Cow::Owned(number.to_string())),
        _ => {}
    });
    found
}

/// Sees every leaf at a dotted name, through lists.
fn at<'a>(fields: &'a Map<String, Value>, name: &str, see: &mut impl FnMut(&'a Value)) {
    if let Some(value) = fields.get(name) {
        leaves(value, see);
        return;
    }
    for (cut, _) in name.match_indices('.') {
        match fields.get(&name[..cut]) {
            Some(Value::Object(inner)) => at(inner, &name[cut + 1..], see),
            Some(Value::Array(list)) => {
                list.iter().filter_map(Value::as_object).for_each(|inner| at(inner, &name[cut + 1..], see));
            }
            _ => {}
        }
    }
}

fn leaves<'a>(value: &'a Value, see: &mut impl FnMut(&'a Value)) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| leaves(value, see)),
        Value::Object(_) | Value::Null => {}
        leaf => see(leaf),
    }
}

/// The columns of a document: numbers as they are, truth values as `true` and `false`, texts as
/// written. An object's members get columns of their own.
fn facts(names: &[String], document: &Document) -> Result<BTreeMap<String, OwnedValue>> {
    let mut columns: BTreeMap<String, Vec<OwnedValue>> = BTreeMap::new();
    for name in names {
        collect(&document.fields, name, &mut columns);
    }
    for (name, values) in &columns {
        let long = |value: &OwnedValue| matches!(value, OwnedValue::Str(text) if text.len() > LONGEST_VALUE);
        if values.len() > MOST_VALUES || values.iter().any(long) {
            return Err(Error::Document(format!(
                "`{name}` of the document `{}` has more than {MOST_VALUES} values, or one of more than {LONGEST_VALUE} bytes",
                document.id
            )));
        }
    }
    let of_values = |(name, values)| (name, OwnedValue::Array(values));
    Ok(columns.into_iter().map(of_values).collect())
}

fn collect(fields: &Map<String, Value>, name: &str, columns: &mut BTreeMap<String, Vec<OwnedValue>>) {
    at(fields, name, &mut |leaf| {
        if let Some(fact) = fact(leaf) {
            put(columns, name, fact);
        }
    });
    if let Some(Value::Object(members)) = fields.get(name) {
        for (member, value) in members {
            let below = format!("{name}.{member}");
            match value {
                Value::Object(_) => {
                    let nested = Map::from_iter([(below.clone(), value.clone())]);
                    collect(&nested, &below, columns);
                }
                value => leaves(value, &mut |leaf| {
                    if let Some(fact) = fact(leaf) {
                        put(columns, &below, fact);
                    }
                }),
            }
        }
    }
}

fn put(columns: &mut BTreeMap<String, Vec<OwnedValue>>, name: &str, fact: OwnedValue) {
    match columns.get_mut(name) {
        Some(values) => values.push(fact),
        None => {
            columns.insert(name.to_owned(), vec![fact]);
        }
    }
}

fn fact(leaf: &Value) -> Option<OwnedValue> {
    match leaf {
        Value::String(text) => Some(OwnedValue::Str(text.clone())),
        Value::Bool(truth) => Some(OwnedValue::Str(truth.to_string())),
        Value::Number(number) => number.as_f64().map(OwnedValue::F64),
        _ => None,
    }
}

/// [`crate::search::words`] as tantivy's tokeniser. The room is used for one text after the other.
#[derive(Clone, Default)]
pub(super) struct Folding {
    cut: Cut,
    token: Token,
}

/// The words of one text.
pub(super) struct Folded<'a> {
    cut: &'a Cut,
    token: &'a mut Token,
    next: usize,
}

impl Tokenizer for Folding {
    type TokenStream<'a> = Folded<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Folded<'a> {
        self.cut.anew(text);
        Folded { cut: &self.cut, token: &mut self.token, next: 0 }
    }
}

impl TokenStream for Folded<'_> {
    fn advance(&mut self) -> bool {
        if self.next >= self.cut.len() {
            return false;
        }
        let bytes = self.cut.bytes(self.next..self.next + 1);
        self.token.text.clear();
        self.token.text.push_str(self.cut.word(self.next));
        self.token.position = self.cut.position(self.next) as usize;
        self.token.offset_from = bytes.start;
        self.token.offset_to = bytes.end;
        self.next += 1;
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}
