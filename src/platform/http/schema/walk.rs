//! The walk itself: a value beside its schema, collecting faults.

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde_json::{Map, Number, Value};

use super::{Named, formats};
use crate::config::limits;
use crate::platform::problem::{Fault, nearest, shorten};

pub(super) fn faults(named: &Named, schema: &MetaSchemaRef, value: &Value, pointer: &str) -> Vec<Fault> {
    let mut walk = Walk { named, pointer: pointer.to_owned(), faults: Vec::new() };
    walk.value(schema, value);
    walk.faults
}

pub(super) fn text_faults(
    named: &Named,
    schema: &MetaSchemaRef,
    texts: &[&str],
    pointer: &str,
) -> Vec<Fault> {
    let parts = parts(named, schema);
    if kind(&parts) == "array" {
        let items = parts.iter().find_map(|part| part.items.as_deref());
        let value = Value::Array(
            texts
                .iter()
                .map(|text| items.map_or_else(|| (*text).into(), |items| read(named, items, text)))
                .collect(),
        );
        return faults(named, schema, &value, pointer);
    }
    match texts {
        [] => Vec::new(),
        [text] => faults(named, schema, &read(named, schema, text), pointer),
        _ => vec![Fault::new(pointer, "repeated", "This may be given once only.")],
    }
}

pub(super) fn is_list(named: &Named, schema: &MetaSchemaRef) -> bool {
    kind(&parts(named, schema)) == "array"
}

/// A parameter's text as the JSON value its schema asks for, or as a string when it is none.
fn read(named: &Named, schema: &MetaSchemaRef, text: &str) -> Value {
    let as_text = || Value::String(text.to_owned());
    match kind(&parts(named, schema)) {
        "integer" => text
            .parse::<i64>()
            .map(Value::from)
            .or_else(|_| text.parse::<u64>().map(Value::from))
            .unwrap_or_else(|_| as_text()),
        "number" => text.parse::<f64>().ok().and_then(Number::from_f64).map_or_else(as_text, Value::Number),
        "boolean" => text.parse::<bool>().map_or_else(|_| as_text(), Value::Bool),
        _ => as_text(),
    }
}

/// A schema and everything it is put together from.
fn parts<'a>(named: &'a Named, schema: &'a MetaSchemaRef) -> Vec<&'a MetaSchema> {
    let mut found = Vec::with_capacity(1);
    let mut open = vec![schema];
    while let Some(next) = open.pop() {
        let resolved = match next {
            MetaSchemaRef::Inline(schema) => Some(&**schema),
            MetaSchemaRef::Reference(name) => named.schemas.get(name),
        };
        if let Some(schema) = resolved {
            found.push(schema);
            open.extend(schema.all_of.iter().rev());
        }
    }
    found
}

/// The JSON type the parts ask for; empty when they leave it open.
fn kind(parts: &[&MetaSchema]) -> &'static str {
    parts
        .iter()
        .filter(|part| part.any_of.is_empty() && part.one_of.is_empty())
        .map(|part| part.ty)
        .find(|ty| !ty.is_empty())
        .unwrap_or("")
}

struct Walk<'a> {
    named: &'a Named,
    pointer: String,
    faults: Vec<Fault>,
}

impl<'a> Walk<'a> {
    fn fault(&mut self, code: &'static str, detail: impl Into<String>) {
        if self.faults.len() < limits::FAULTS {
            self.faults.push(Fault::new(self.pointer.clone(), code, detail));
        }
    }

    fn at(&mut self, step: &str, inside: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
        inside(self);
        self.pointer.truncate(length);
    }

    fn value(&mut self, schema: &'a MetaSchemaRef, value: &Value) {
        if self.faults.len() >= limits::FAULTS {
            return;
        }
        let parts = parts(self.named, schema);
        if value.is_null() && parts.iter().any(|part| part.nullable) {
            return;
        }
        for part in &parts {
            if part.discriminator.is_some() {
                return self.discriminated(part, value);
            }
            let branches = if part.any_of.is_empty() { &part.one_of } else { &part.any_of };
            if !branches.is_empty() {
                return self.alternatives(branches, value);
            }
        }
        match (kind(&parts), value) {
            ("", _) | ("boolean", Value::Bool(_)) => {}
            ("string" | "char", Value::String(text)) => self.text(&parts, text),
            ("integer" | "non_zero_integer", Value::Number(number)) => self.integer(&parts, number),
            ("number", Value::Number(number)) => {
                if let Some(number) = number.as_f64() {
                    self.number(&parts, number);
                }
            }
            ("array", Value::Array(items)) => self.array(&parts, items),
            ("object", Value::Object(members)) => self.object(&parts, members),
            (wanted, found) => self.wrong_type(wanted, found),
        }
    }

    fn wrong_type(&mut self, wanted: &str, found: &Value) {
        let wanted = match wanted {
            "array" => "a list",
            "object" => "an object",
            "integer" | "non_zero_integer" => "a whole number",
            "number" => "a number",
            "boolean" => "true or false",
            _ => "a string",
        };
        // A parameter always arrives as text, so saying "not a string" would explain nothing.
        let parameter = !self.pointer.starts_with('/') && !self.pointer.is_empty();
        let found = match found {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(text) if parameter => {
                let detail = format!("This must be {wanted}, and `{}` is not.", shorten(text));
                return self.fault("wrong-type", detail);
            }
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.fault("wrong-type", format!("This must be {wanted}, not {found}."));
    }

    fn text(&mut self, parts: &[&MetaSchema], text: &str) {
        let length = text.chars().count();
        for part in parts {
            if let Some(most) = part.max_length.filter(|most| length > *most) {
                self.fault("too-long", format!("This may have at most {most} characters; it has {length}."));
            }
            if let Some(least) = part.min_length.filter(|least| length < *least) {
                self.fault(
                    "too-short",
                    match least {
                        1 => "This must not be empty.".to_owned(),
                        _ => format!("This must have at least {least} characters; it has {length}."),
                    },
                );
            }
            if let Some(pattern) = &part.pattern
                && self.named.patterns.get(pattern).is_some_and(|regex| !regex.is_match(text))
            {
                self.fault("pattern", format!("This must match the pattern {pattern}"));
            }
            if let Some(detail) = part.format.and_then(|format| formats::fault(format, text)) {
                self.fault("format", detail);
            }
            if !part.enum_items.is_empty() && !part.enum_items.iter().any(|item| item == text) {
                let known: Vec<&str> = part.enum_items.iter().filter_map(Value::as_str).collect();
                let fault = Fault::unknown_value(self.pointer.clone(), text, known.iter().copied());
                self.fault(fault.code, fault.detail);
            }
        }
    }

    fn integer(&mut self, parts: &[&MetaSchema], number: &Number) {
        let Some(whole) = number.as_i128() else {
            return self
                .fault("wrong-type", "This must be a whole number, without a fraction or an exponent.");
        };
        let range = parts.iter().find_map(|part| part.format).and_then(formats::range);
        let bounded = parts.iter().any(|part| part.minimum.is_some() && part.maximum.is_some());
        if let Some((least, most)) =
            range.filter(|(least, most)| !bounded && !(least..=most).contains(&&whole))
        {
            return self.fault("out-of-range", format!("This must be between {least} and {most}."));
        }
        #[expect(clippy::cast_precision_loss, reason = "bounds are written in the schema as f64")]
        self.number(parts, whole as f64);
    }

    fn number(&mut self, parts: &[&MetaSchema], number: f64) {
        for part in parts {
            if let Some(least) = part.minimum {
                match part.exclusive_minimum {
                    Some(true) if number <= least => {
                        self.fault("out-of-range", format!("This must be more than {least}."));
                    }
                    _ if number < least => {
                        self.fault("out-of-range", format!("This must be at least {least}."));
                    }
                    _ => {}
                }
            }
            if let Some(most) = part.maximum {
                match part.exclusive_maximum {
                    Some(true) if number >= most => {
                        self.fault("out-of-range", format!("This must be less than {most}."));
                    }
                    _ if number > most => self.fault("out-of-range", format!("This must be at most {most}.")),
                    _ => {}
                }
            }
            if let Some(step) = part.multiple_of.filter(|step| number % step != 0.0) {
                self.fault("multiple-of", format!("This must be a multiple of {step}."));
            }
        }
    }

    fn array(&mut self, parts: &[&'a MetaSchema], items: &[Value]) {
        for part in parts {
            if let Some(most) = part.max_items.filter(|most| items.len() > *most) {
                self.fault(
                    "too-many",
                    format!("This may have at most {most} items; it has {}.", items.len()),
                );
                return;
            }
            if let Some(least) = part.min_items.filter(|least| items.len() < *least) {
                self.fault(
                    "too-few",
                    format!("This must have at least {least} items; it has {}.", items.len()),
                );
            }
            if part.unique_items == Some(true)
                && let Some(at) = (1..items.len()).find(|at| items[..*at].contains(&items[*at]))
            {
                self.at(&at.to_string(), |walk| walk.fault("duplicate", "This is in the list already."));
            }
            if let Some(schema) = part.items.as_deref() {
                for (at, item) in items.iter().enumerate() {
                    self.at(&at.to_string(), |walk| walk.value(schema, item));
                }
            }
        }
    }

    fn object(&mut self, parts: &[&'a MetaSchema], members: &Map<String, Value>) {
        let rest = parts.iter().find_map(|part| part.additional_properties.as_deref());
        let open = rest.is_none() && parts.iter().all(|part| part.properties.is_empty());
        for (name, value) in members {
            let property = parts
                .iter()
                .flat_map(|part| &part.properties)
                .find(|(known, _)| known == name)
                .map(|(_, it)| it);
            match property.or(rest) {
                // Null stands for absent; where the member is required, that is said below.
                Some(_) if value.is_null() && property.is_some() => {}
                Some(schema) => self.at(name, |walk| walk.member(schema, value)),
                None if open => {}
                None => self.at(name, |walk| walk.unknown_member(parts, name)),
            }
        }
        let mut seen = Vec::new();
        for name in parts.iter().flat_map(|part| part.required.iter().copied()) {
            if seen.contains(&name) {
                continue;
            }
            seen.push(name);
            let given = members.get(name);
            if given.is_none_or(Value::is_null) && !self.takes_null(parts, name, given) {
                self.at(name, |walk| match given {
                    None => walk.fault("required", "This is required."),
                    Some(_) => walk.fault("required", "This is required; it may not be null."),
                });
            }
        }
        let count = members.len();
        for part in parts {
            if let Some(most) = part.max_properties.filter(|most| count > *most) {
                self.fault("too-many", format!("This may have at most {most} members; it has {count}."));
            }
            if let Some(least) = part.min_properties.filter(|least| count < *least) {
                self.fault("too-few", format!("This must have at least {least} members; it has {count}."));
            }
        }
    }

    fn takes_null(&self, in_parts: &[&'a MetaSchema], name: &str, given: Option<&Value>) -> bool {
        given.is_some()
            && in_parts.iter().flat_map(|part| &part.properties).filter(|(known, _)| *known == name).any(
                |(_, schema)| {
                    parts(self.named, schema).iter().any(|part| part.nullable || part.ty.is_empty())
                },
            )
    }

    fn member(&mut self, schema: &'a MetaSchemaRef, value: &Value) {
        if parts(self.named, schema).iter().any(|part| part.read_only) {
            return self.fault("read-only", "This is set by the service; leave it out.");
        }
        self.value(schema, value);
    }

    fn unknown_member(&mut self, parts: &[&'a MetaSchema], name: &str) {
        let known = parts.iter().flat_map(|part| &part.properties).map(|(known, _)| *known);
        let name = shorten(name);
        let detail = match nearest(&name, known) {
            Some(near) => format!("There is no member `{name}` here. Did you mean `{near}`?"),
            None => format!("There is no member `{name}` here."),
        };
        self.fault("unknown-member", detail);
    }

    fn discriminated(&mut self, part: &'a MetaSchema, value: &Value) {
        let Some(discriminator) = &part.discriminator else { return };
        let Value::Object(members) = value else { return self.wrong_type("object", value) };
        let property = discriminator.property_name;
        let Some(word) = members.get(property) else {
            return self.at(property, |walk| walk.fault("required", "This is required."));
        };
        let Some(word) = word.as_str() else {
            return self.at(property, |walk| walk.wrong_type("string", word));
        };
        let chosen = discriminator.mapping.iter().find(|(name, _)| name == word);
        let Some((_, target)) = chosen else {
            let known: Vec<&str> = discriminator.mapping.iter().map(|(name, _)| name.as_str()).collect();
            let fault = Fault::unknown_value("", word, known.iter().copied());
            return self.at(property, |walk| walk.fault(fault.code, fault.detail));
        };
        let branches = if part.any_of.is_empty() { &part.one_of } else { &part.any_of };
        let name = target.rsplit('/').next().unwrap_or(target);
        let branch =
            branches.iter().find(|branch| matches!(branch, MetaSchemaRef::Reference(it) if it == name));
        if let Some(branch) = branch {
            self.value(branch, value);
        }
    }

    /// One branch has to accept; otherwise the faults of the branch that came nearest are the most use.
    fn alternatives(&mut self, branches: &'a [MetaSchemaRef], value: &Value) {
        let tried = branches.iter().map(|branch| faults(self.named, branch, value, &self.pointer));
        if let Some(fewest) = tried.min_by_key(Vec::len) {
            self.faults.extend(fewest);
            self.faults.truncate(limits::FAULTS);
        }
    }
}
