//! The filter tree in Meilisearch's words.

use std::fmt::Write as _;

use crate::search::filter::{Filter, Value};

/// A filter as it is sent, or `None` where nothing is asked. `group` is the attribute that every document has.
pub(super) fn written(filter: &Filter, group: &str) -> Option<String> {
    match filter {
        Filter::And(parts) => {
            let parts: Vec<String> = parts.iter().filter_map(|part| written(part, group)).collect();
            (!parts.is_empty()).then(|| format!("({})", parts.join(" AND ")))
        }
        Filter::Or(parts) if parts.is_empty() => Some(nothing(group)),
        Filter::Or(parts) => {
            // One part that lets everything pass lets everything pass.
            let parts: Option<Vec<String>> = parts.iter().map(|part| written(part, group)).collect();
            parts.map(|parts| format!("({})", parts.join(" OR ")))
        }
        Filter::Not(part) => {
            Some(written(part, group).map_or_else(|| nothing(group), |part| format!("NOT {part}")))
        }
        Filter::Eq(attribute, value) => Some(format!("{} = {}", quoted(attribute), of_value(value))),
        Filter::In(attribute, values) => {
            let values: Vec<String> = values.iter().map(of_value).collect();
            Some(format!("{} IN [{}]", quoted(attribute), values.join(", ")))
        }
        Filter::Range { attribute, from, to } => Some(range(attribute, *from, *to, group)),
        Filter::Exists(attribute) => Some(format!("{} EXISTS", quoted(attribute))),
        Filter::Radius { centre, km } => {
            Some(format!("_geoRadius({}, {}, {})", centre.lat, centre.lon, km * 1_000.0))
        }
        Filter::Within(bounds) => Some(format!(
            "_geoBoundingBox([{}, {}], [{}, {}])",
            bounds.north, bounds.east, bounds.south, bounds.west
        )),
    }
}

/// Both of two filters.
pub(super) fn both(one: Option<String>, other: Option<String>) -> Option<String> {
    match (one, other) {
        (Some(one), Some(other)) => Some(format!("{one} AND {other}")),
        (one, other) => one.or(other),
    }
}

/// What every document of a group passes, and nothing else does.
pub(super) fn exists(group: &str) -> String {
    format!("{} EXISTS", quoted(group))
}

/// Documents of these groups.
pub(super) fn of_groups<'a>(group: &str, names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(quoted).collect();
    format!("{} IN [{}]", quoted(group), names.join(", "))
}

/// Documents of the groups after one, in the order of their names.
pub(super) fn beyond(group: &str, name: &str) -> String {
    format!("{} > {}", quoted(group), quoted(name))
}

fn nothing(group: &str) -> String {
    format!("{} IN []", quoted(group))
}

fn range(attribute: &str, from: Option<f64>, to: Option<f64>, group: &str) -> String {
    if from == Some(f64::INFINITY) || to == Some(f64::NEG_INFINITY) {
        return nothing(group);
    }
    let name = quoted(attribute);
    let from = from.filter(|from| from.is_finite()).map(|from| format!("{name} >= {from}"));
    let to = to.filter(|to| to.is_finite()).map(|to| format!("{name} <= {to}"));
    match both(from, to) {
        Some(both) => format!("({both})"),
        None => format!("{name} EXISTS"),
    }
}

fn of_value(value: &Value) -> String {
    match value {
        Value::Text(text) => quoted(text),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
    }
}

/// A text in quotes: a quote and a backslash inside are written with a backslash before them.
fn quoted(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    written.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            written.push('\\');
        }
        let _ = written.write_char(c);
    }
    written.push('"');
    written
}
