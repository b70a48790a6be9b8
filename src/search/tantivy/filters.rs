//! The filter tree over a segment's arrays: every node is a set of documents.

use super::bits::Bits;
use super::columns::Read;
use super::rank::chord_squared;
use super::view::Segment;
use crate::platform::geo::chord_squared as limit_of;
use crate::search::filter::{Filter, Value};

/// The documents of a segment that pass, the departed included.
pub(super) fn passing(segment: &Segment, filter: &Filter) -> Read<Bits> {
    match filter {
        Filter::And(parts) => {
            let mut all = Bits::all(segment.len());
            for part in parts {
                all.and(&passing(segment, part)?);
            }
            Ok(all)
        }
        Filter::Or(parts) => {
            let mut any = Bits::none(segment.len());
            for part in parts {
                any.or(&passing(segment, part)?);
            }
            Ok(any)
        }
        Filter::Not(part) => {
            let mut rest = passing(segment, part)?;
            rest.flip();
            Ok(rest)
        }
        Filter::Eq(attribute, value) => having(segment, attribute, std::slice::from_ref(value)),
        Filter::In(attribute, values) => having(segment, attribute, values),
        Filter::Range { attribute, from, to } => {
            let (from, to) = (from.unwrap_or(f64::NEG_INFINITY), to.unwrap_or(f64::INFINITY));
            let numbers = segment.columns.numbers(&segment.reader, attribute)?;
            Ok(numbers.passing(|number| number >= from && number <= to))
        }
        Filter::Exists(attribute) => {
            let keywords = segment.columns.keywords(&segment.reader, attribute)?;
            let mut any = Bits::of(segment.len(), |doc| keywords.any(doc));
            any.or(&segment.columns.numbers(&segment.reader, attribute)?.passing(|number| !number.is_nan()));
            Ok(any)
        }
        Filter::Radius { centre, km } => {
            // On the sphere a circle is a cap, and a cap is one comparison of straight lines: no box
            // is needed, and neither the poles nor the antimeridian are special.
            let (from, limit) = (centre.unit_vector(), limit_of(*km) * (1.0 + 1e-12) + 1e-18);
            let points = segment.columns.points(&segment.reader)?;
            Ok(Bits::of(segment.len(), |doc| chord_squared(from, points.vectors[doc]) <= limit))
        }
        Filter::Within(bounds) => {
            let points = segment.columns.points(&segment.reader)?;
            Ok(Bits::of(segment.len(), |doc| bounds.contains(points.at[doc])))
        }
    }
}

/// The documents that have one of the values.
fn having(segment: &Segment, attribute: &str, values: &[Value]) -> Read<Bits> {
    let mut found = Bits::none(segment.len());
    let mut numbers = Vec::new();
    for value in values {
        let text = match value {
            Value::Text(text) => text.as_str(),
            Value::Bool(truth) => {
                if *truth {
                    "true"
                } else {
                    "false"
                }
            }
            Value::Number(number) => {
                numbers.push(*number);
                continue;
            }
        };
        let keywords = segment.columns.keywords(&segment.reader, attribute)?;
        if let Some(value) = keywords.find(text)? {
            match keywords.dense(value) {
                Some(dense) => found.or(dense),
                None => keywords.docs(value).iter().for_each(|doc| {
                    found.insert(*doc);
                }),
            }
        }
    }
    if !numbers.is_empty() {
        let column = segment.columns.numbers(&segment.reader, attribute)?;
        found.or(&column.passing(|number| numbers.contains(&number)));
    }
    Ok(found)
}
