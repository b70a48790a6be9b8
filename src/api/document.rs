//! The served description of the API: OpenAPI 3.1, and a 3.0.3 twin for generators that need it.
//!
//! poem-openapi writes a 3.0.0 document. What it cannot say, or says in a way that linters refuse,
//! is put right here, once for both: media types without parameters, whole numbers as whole numbers,
//! an explicit "no security" at the root, path items of two slices merged into one.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};

/// Both forms of the description.
#[derive(Clone, Debug)]
pub struct Documents {
    /// OpenAPI 3.1.0.
    pub v3_1: Value,
    /// OpenAPI 3.0.3, the same operations and schemas.
    pub v3_0: Value,
}

/// Makes both documents from what poem-openapi wrote.
///
/// # Panics
/// When poem-openapi did not write JSON, which the contract test would show.
pub(super) fn documents(spec: &str) -> Documents {
    let Merged(mut base) = serde_json::from_str(spec).expect("poem-openapi writes JSON");
    clean(&mut base);
    base["security"] = json!([]);
    say_how_all_fail(&mut base);
    sort_paths(&mut base);
    let mut v3_0 = base.clone();
    v3_0["openapi"] = json!("3.0.3");
    let schemas = v3_0["components"]["schemas"].clone();
    type_nullables(&mut v3_0, &schemas);
    let mut v3_1 = base;
    v3_1["openapi"] = json!("3.1.0");
    v3_1["jsonSchemaDialect"] = json!("https://spec.openapis.org/oas/3.1/dialect/base");
    v3_1["info"]["summary"] = json!("Find scalp micropigmentation practitioners and check what they claim.");
    v3_1["info"]["license"] = json!({"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"});
    upgrade(&mut v3_1);
    Documents { v3_1, v3_0 }
}

/// JSON in which a repeated object key merges instead of replacing: two slices may share a path.
struct Merged(Value);

impl<'de> Deserialize<'de> for Merged {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MergedVisitor).map(Merged)
    }
}

struct MergedVisitor;

impl<'de> Visitor<'de> for MergedVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Merged(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((key, Merged(value))) = entries.next_entry::<String, Merged>()? {
            match (object.get_mut(&key), value) {
                (Some(Value::Object(first)), Value::Object(second)) => first.extend(second),
                (_, value) => drop(object.insert(key, value)),
            }
        }
        Ok(Value::Object(object))
    }
}

/// Puts right what is wrong in either version.
fn clean(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(Value::Object(content)) = object.get_mut("content") {
                let plain = std::mem::take(content).into_iter();
                content.extend(plain.map(|(media, schema)| {
                    (media.split(';').next().unwrap_or_default().trim().to_owned(), schema)
                }));
            }
            for key in ["minimum", "maximum"] {
                if let Some(number) = object.get_mut(key)
                    && let Some(float) = number.as_f64()
                    && float.fract() == 0.0
                    && float.abs() < 9e15
                {
                    #[expect(
                        clippy::cast_possible_truncation,
                        reason = "whole and below 2^53, as just asked"
                    )]
                    let whole = float as i64;
                    *number = json!(whole);
                }
            }
            object.values_mut().for_each(clean);
            lift_annotations(object);
        }
        Value::Array(items) => items.iter_mut().for_each(clean),
        _ => {}
    }
}

/// Every operation may fail at the edge (too many requests, a parameter nobody knows), also one whose own
/// code cannot.
fn say_how_all_fail(document: &mut Value) {
    let problem = json!({
        "description": "Everything that fails answers a problem document (RFC 9457).",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    });
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (_, item) in paths.filter(|(path, _)| path.starts_with("/v1/")) {
        for (_, operation) in item.as_object_mut().into_iter().flatten() {
            if let Some(responses) = operation["responses"].as_object_mut() {
                responses.entry("default").or_insert_with(|| problem.clone());
            }
        }
    }
}

/// `allOf: [{$ref}, {nullable, description, …}]`, which is how poem-openapi annotates a reference, becomes
/// `allOf: [{$ref}]` with the annotations beside it: an element without a type matches anything, and
/// linters are right to ask what it is for.
fn lift_annotations(object: &mut Map<String, Value>) {
    let Some(Value::Array(parts)) = object.get_mut("allOf") else { return };
    let annotations: Vec<Value> = parts
        .extract_if(.., |part| part.get("$ref").is_none() && part.get("type").is_none() && part.is_object())
        .collect();
    for annotation in annotations {
        if let Value::Object(members) = annotation {
            object.extend(members);
        }
    }
}

/// In 3.0 `nullable` has a meaning only beside `type`: a reference that may be null says the type of what
/// it refers to.
fn type_nullables(value: &mut Value, schemas: &Value) {
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(|inner| type_nullables(inner, schemas));
            if object.get("nullable") == Some(&Value::Bool(true)) && !object.contains_key("type") {
                let name = object
                    .get("allOf")
                    .and_then(|parts| parts[0]["$ref"].as_str())
                    .and_then(|name| name.rsplit('/').next());
                if let Some(Value::String(kind)) = name.map(|name| &schemas[name]["type"]) {
                    object.insert("type".to_owned(), kind.clone().into());
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| type_nullables(inner, schemas)),
        _ => {}
    }
}

fn sort_paths(document: &mut Value) {
    // serde_json's map is ordered by key already; an operation's methods follow reading order only
    // by luck, so the order is left to the map, the same at every run.
    if let Some(Value::Object(paths)) = document.get_mut("paths") {
        paths.retain(|_, item| item.as_object().is_some_and(|item| !item.is_empty()));
    }
}

/// 3.0 to 3.1: `nullable` becomes a type, exclusive bounds become numbers, `example` a list.
fn upgrade(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(upgrade);
            if object.remove("nullable") == Some(Value::Bool(true)) {
                make_nullable(object);
            }
            for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
                match object.remove(exclusive) {
                    Some(Value::Bool(true)) => {
                        if let Some(limit) = object.remove(bound) {
                            object.insert(exclusive.to_owned(), limit);
                        }
                    }
                    Some(Value::Bool(false)) | None => {}
                    Some(number) => drop(object.insert(exclusive.to_owned(), number)),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(upgrade),
        _ => {}
    }
}

fn make_nullable(object: &mut Map<String, Value>) {
    if let Some(Value::String(name)) = object.get("type") {
        let both = json!([name, "null"]);
        object.insert("type".to_owned(), both);
        if let Some(Value::Array(allowed)) = object.get_mut("enum") {
            allowed.push(Value::Null);
        }
        return;
    }
    let annotations: Vec<(String, Value)> =
        ["description", "deprecated", "readOnly", "writeOnly", "default", "example"]
            .into_iter()
            .filter_map(|name| object.remove_entry(name))
            .collect();
    let inner = match object.remove("allOf") {
        Some(Value::Array(mut parts)) if parts.len() == 1 && object.is_empty() => parts.remove(0),
        Some(parts) => {
            object.insert("allOf".to_owned(), parts);
            Value::Object(std::mem::take(object))
        }
        None => Value::Object(std::mem::take(object)),
    };
    object.insert("anyOf".to_owned(), json!([inner, {"type": "null"}]));
    object.extend(annotations);
}
