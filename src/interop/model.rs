//! Credentials and presentations by the rules of the data model (VC Data Model 2.0 section 4), whatever they are about.

use serde_json::{Map, Value};

use crate::platform::clock::Ts;
use crate::platform::problem::{Code, Fault};
use crate::signing::digest::Digest;
use crate::signing::jsonld::{self, Problem, contexts};
use crate::signing::stamp::Stamp;

/// The credential or presentation is not as it must be.
pub(super) const MALFORMED: Code =
    Code::new("malformed-credential", 400, "The credential or presentation is not as it must be");
/// It did not verify.
pub(super) const NOT_VERIFIED: Code =
    Code::new("not-verified", 422, "The credential or presentation did not verify");
/// Nobody configured a conformance issuer.
pub(super) const ISSUER_OFF: Code = Code::new("issuer-off", 501, "This service issues no credentials here");
/// The DID is none, or of a method that is not resolved here.
pub(super) const DID_METHOD: Code = Code::new("did-method", 400, "This DID is not resolved here");

/// Every code of this room.
pub const CODES: &[Code] = &[MALFORMED, NOT_VERIFIED, ISSUER_OFF, DID_METHOD];

const CONTEXT: &str = "https://www.w3.org/ns/credentials/v2";
/// The digest of an earlier publication of that context, which credentials still carry.
const EARLIER_CONTEXT: &str = "24a18c90e9856d526111f29376e302d970b2bd10182e33959995b0207d7043b9";

/// What a document claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Credential,
    Presentation,
}

/// Collects what is wrong.
struct Check {
    faults: Vec<Fault>,
}

impl Check {
    fn fault(&mut self, pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) {
        self.faults.push(Fault::new(pointer, code, detail));
    }

    fn url(&mut self, value: &Value, pointer: &str) {
        // A relative name would mean something else wherever the document lies.
        let absolute = |text: &str| {
            let scheme = text.split_once(':');
            scheme.is_some_and(|(scheme, rest)| {
                scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                    && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
                    && !rest.is_empty()
                    && !text.contains(char::is_whitespace)
            })
        };
        if !value.as_str().is_some_and(absolute) {
            self.fault(pointer, "url", "This must be one absolute URL.");
        }
    }

    fn time(&mut self, members: &Map<String, Value>, name: &str) -> Option<Ts> {
        let value = members.get(name)?;
        let stamp = value.as_str().and_then(|text| Stamp::parse(text).ok());
        if stamp.is_none() {
            self.fault(
                format!("/{name}"),
                "time",
                "This must be a dateTimeStamp, like 2026-03-01T09:30:00Z.",
            );
        }
        stamp.map(|stamp| Ts::from_micros(stamp.micros()))
    }

    /// A text, or a text with language and direction, or several (section 4.6, 11.1).
    fn words(&mut self, members: &Map<String, Value>, at: &str, name: &str) {
        let Some(value) = members.get(name) else { return };
        let good = |value: &Value| match value {
            Value::String(_) => true,
            Value::Object(words) => {
                words.get("@value").is_some_and(Value::is_string)
                    && words.iter().all(|(name, value)| {
                        matches!(name.as_str(), "@value" | "@language" | "@direction") && value.is_string()
                    })
            }
            _ => false,
        };
        let all = value.as_array().map_or_else(|| good(value), |values| values.iter().all(good));
        if !all {
            self.fault(
                format!("{at}/{name}"),
                "words",
                "This must be a text, or @value with @language and @direction.",
            );
        }
    }

    /// One object or several, each with a type (section 4.9 to 4.13).
    fn typed(&mut self, members: &Map<String, Value>, name: &str) {
        for (pointer, one) in objects(members, name) {
            match one.as_object() {
                None => self.fault(pointer, "type", "This must be an object."),
                Some(object) => {
                    let typed = match object.get("type") {
                        Some(Value::String(_)) => true,
                        Some(Value::Array(types)) => !types.is_empty() && types.iter().all(Value::is_string),
                        _ => false,
                    };
                    if !typed {
                        self.fault(format!("{pointer}/type"), "required", "This must have a type.");
                    }
                    match object.get("id") {
                        Some(id) => self.url(id, &format!("{pointer}/id")),
                        None if name == "credentialSchema" => {
                            self.fault(format!("{pointer}/id"), "required", "A schema must have an id.");
                        }
                        None => {}
                    }
                }
            }
        }
    }
}

/// The one object, or the several, under a name, with where each is.
fn objects<'a>(members: &'a Map<String, Value>, name: &str) -> Vec<(String, &'a Value)> {
    match members.get(name) {
        None => Vec::new(),
        Some(Value::Array(all)) => {
            all.iter().enumerate().map(|(nth, one)| (format!("/{name}/{nth}"), one)).collect()
        }
        Some(one) => vec![(format!("/{name}"), one)],
    }
}

/// Everything that is wrong with the form of a document, secured or not.
pub(super) fn faults(members: &Map<String, Value>, kind: Kind) -> Vec<Fault> {
    let mut check = Check { faults: Vec::new() };
    context(&mut check, members);
    types(&mut check, members, kind);
    if let Some(id) = members.get("id") {
        check.url(id, "/id");
    }
    match kind {
        Kind::Credential => credential(&mut check, members),
        Kind::Presentation => presentation(&mut check, members),
    }
    for name in ["credentialStatus", "credentialSchema", "evidence", "refreshService", "termsOfUse"] {
        check.typed(members, name);
    }
    if check.faults.is_empty() {
        statements(&mut check, members);
    }
    check.faults
}

fn context(check: &mut Check, members: &Map<String, Value>) {
    let contexts = members.get("@context").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if contexts.first().and_then(Value::as_str) != Some(CONTEXT) {
        check.fault("/@context/0", "context", format!("The first context must be {CONTEXT}."));
    }
    for (nth, one) in contexts.iter().enumerate() {
        match one {
            Value::String(_) => check.url(one, &format!("/@context/{nth}")),
            Value::Object(_) => {}
            _ => check.fault(format!("/@context/{nth}"), "context", "A context is a URL or an object."),
        }
    }
}

fn types(check: &mut Check, members: &Map<String, Value>, kind: Kind) {
    let wanted = match kind {
        Kind::Credential => "VerifiableCredential",
        Kind::Presentation => "VerifiablePresentation",
    };
    let types: Vec<&Value> = objects(members, "type").into_iter().map(|(_, one)| one).collect();
    if types.iter().any(|one| !one.is_string()) || !types.iter().any(|one| one.as_str() == Some(wanted)) {
        check.fault("/type", "type", format!("This must be texts, and include {wanted}."));
    }
}

fn credential(check: &mut Check, members: &Map<String, Value>) {
    match members.get("issuer") {
        Some(issuer @ Value::String(_)) => check.url(issuer, "/issuer"),
        Some(Value::Object(issuer)) => {
            check.url(issuer.get("id").unwrap_or(&Value::Null), "/issuer/id");
            check.words(issuer, "/issuer", "name");
            check.words(issuer, "/issuer", "description");
        }
        _ => check.fault("/issuer", "required", "This must be a URL, or an object with a URL as its id."),
    }
    let subjects = objects(members, "credentialSubject");
    if subjects.is_empty() {
        check.fault("/credentialSubject", "required", "A credential says something of somebody.");
    }
    for (pointer, subject) in subjects {
        match subject.as_object() {
            Some(subject) if !subject.is_empty() => {
                if let Some(id) = subject.get("id") {
                    check.url(id, &format!("{pointer}/id"));
                }
            }
            _ => check.fault(pointer, "subject", "This must be an object that says something."),
        }
    }
    check.words(members, "", "name");
    check.words(members, "", "description");
    let (from, until) = (check.time(members, "validFrom"), check.time(members, "validUntil"));
    if from.zip(until).is_some_and(|(from, until)| until < from) {
        check.fault("/validUntil", "period", "This must not be before validFrom.");
    }
    related(check, members);
}

/// Resources with a digest (section 5.3): of a context that is compiled in, the digest must fit.
fn related(check: &mut Check, members: &Map<String, Value>) {
    let mut seen = Vec::new();
    for (pointer, one) in objects(members, "relatedResource") {
        let Some(resource) = one.as_object() else {
            check.fault(pointer, "type", "This must be an object with an id and a digest.");
            continue;
        };
        let id = resource.get("id").unwrap_or(&Value::Null);
        check.url(id, &format!("{pointer}/id"));
        if seen.contains(&id) {
            check.fault(format!("{pointer}/id"), "duplicate", "This resource is there already.");
        }
        seen.push(id);
        let digest = resource.get("digestMultibase");
        if digest.is_none() && resource.get("digestSRI").is_none() {
            check.fault(&*pointer, "required", "This needs digestSRI or digestMultibase.");
        }
        let known = id.as_str().and_then(contexts::text);
        if let (Some(text), Some(digest)) = (known, digest.and_then(Value::as_str)) {
            let published = Digest::of_bytes(text.as_bytes());
            let earlier = Digest::from_hex(EARLIER_CONTEXT).filter(|_| id == CONTEXT);
            let fits =
                [Some(published), earlier].into_iter().flatten().any(|known| known.to_multibase() == digest);
            // Other encodings of a digest are not compared, and not called wrong.
            if !fits && digest.starts_with("uEi") {
                check.fault(pointer, "digest", "The digest is not that of the published file.");
            }
        }
    }
}

fn presentation(check: &mut Check, members: &Map<String, Value>) {
    for (pointer, one) in objects(members, "verifiableCredential") {
        if !one.is_object() {
            check.fault(pointer, "type", "This must be a credential as an object.");
        }
    }
    match members.get("holder") {
        None => {}
        Some(Value::Object(holder)) => check.url(holder.get("id").unwrap_or(&Value::Null), "/holder/id"),
        Some(holder) => check.url(holder, "/holder"),
    }
}

/// Every word must mean something: one that no context explains would be covered by no signature over statements.
fn statements(check: &mut Check, members: &Map<String, Value>) {
    if let Err(error) = jsonld::to_rdf(members, &["proof"], None) {
        let code = match error.problem {
            Problem::UnknownContext(_) => "unknown-context",
            Problem::Lost(_) => "data-loss",
            _ => "json-ld",
        };
        check.fault(error.pointer.clone(), code, format!("{}.", error.problem));
    }
}

/// That it does not hold now, in words, by its own dates.
pub(super) fn period(members: &Map<String, Value>, now: Ts) -> Option<String> {
    let time = |name: &str| {
        let stamp = Stamp::parse(members.get(name)?.as_str()?).ok()?;
        Some(Ts::from_micros(stamp.micros()))
    };
    if let Some(from) = time("validFrom").filter(|from| now < *from) {
        return Some(format!("It comes into force on {from}."));
    }
    time("validUntil").filter(|until| now > *until).map(|until| format!("It expired on {until}."))
}

/// The DID or URL of an issuer or holder.
pub(super) fn party<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    let value = members.get(name)?;
    value.as_str().or_else(|| value.get("id")?.as_str())
}
