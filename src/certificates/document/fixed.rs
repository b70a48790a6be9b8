//! Our own shape, held to the letter: which members there are, in which form, and that the parts
//! agree with each other. What is signed in this shape can be read by the same rules for ever.

use serde_json::{Map, Value};

use super::award::{CourseLink, listing_of_urn};
use super::read::Document;
use super::walk::{At, Faults};
use super::{BADGES_CONTEXT, CREDENTIALS_CONTEXT, NAME_MAX, NUMBER_MAX, TEXT_MAX};
use crate::platform::problem::{Fault, nearest};
use crate::signing::did::{self, DidWeb};
use crate::signing::digest::Digest;
use crate::signing::keys::PublicKey;
use crate::signing::proof::Suite;
use crate::signing::status::Entry;

impl Document<'_> {
    /// Every way in which the document departs from the shape our academies sign in. Empty for a
    /// certificate of ours; a draft may lack its proof.
    #[must_use]
    pub fn fixed_shape_faults(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        let at = At::ROOT;
        let members = self.members;
        let required = [
            "@context",
            "id",
            "type",
            "name",
            "issuer",
            "validFrom",
            "awardedDate",
            "credentialSubject",
            "relatedResource",
        ];
        only(&mut faults, members, &at, &required, &["validUntil", "credentialStatus", "proof"]);
        exactly(&mut faults, members, &at, "@context", &[CREDENTIALS_CONTEXT, BADGES_CONTEXT]);
        exactly(&mut faults, members, &at, "type", &["VerifiableCredential", "OpenBadgeCredential"]);
        plain(&mut faults, members, &at, "name", NAME_MAX);
        if !self.id.strip_prefix("urn:uuid:").is_some_and(is_random_uuid) {
            let detail = "This must be urn:uuid: and a random (version 4) UUID in lower case.";
            faults.add(&at.name("id"), "uuid", detail);
        }
        self.issuer_shape(&mut faults, &at);
        if let (Some(awarded), from) = (self.awarded, self.valid_from)
            && awarded > from
        {
            let detail = "The award cannot be later than validFrom, the time of signing.";
            faults.add(&at.name("awardedDate"), "award-after-signing", detail);
        }
        let course = CourseLink::split(self.achievement).map(|(_, hash)| hash);
        if let Some(subject) = object(members, "credentialSubject") {
            self.subject_shape(&mut faults, subject, &at.name("credentialSubject"), course);
        }
        related_shape(&mut faults, members, &at, self.achievement, course);
        if let Some(status) = members.get("credentialStatus") {
            status_shape(&mut faults, status, &at.name("credentialStatus"));
        }
        self.proof_shape(&mut faults, &at);
        faults.into_vec()
    }

    fn issuer_shape(&self, faults: &mut Faults, at: &At<'_>) {
        let at = at.name("issuer");
        let Some(issuer) = object(self.members, "issuer") else {
            faults.add(&at, "type", "This must be an object with id, type and name.");
            return;
        };
        only(faults, issuer, &at, &["id", "type", "name"], &[]);
        exactly(faults, issuer, &at, "type", &["Profile"]);
        plain(faults, issuer, &at, "name", NAME_MAX);
        if let Err(error) = DidWeb::check(self.issuer) {
            faults.add(&at.name("id"), "did-web", format!("The issuer must be a did:web: {error}."));
        }
    }

    fn subject_shape(
        &self,
        faults: &mut Faults,
        subject: &Map<String, Value>,
        at: &At<'_>,
        course: Option<Digest>,
    ) {
        only(faults, subject, at, &["type", "identifier", "achievement"], &["id", "source", "licenseNumber"]);
        exactly(faults, subject, at, "type", &["AchievementSubject"]);
        if self.subject.is_some_and(|id| listing_of_urn(id).is_none()) {
            let detail = "This must be urn:stipple:listing: and a listing number, such as urn:stipple:listing:SMP-7K3F-9Q2M-4.";
            faults.add(&at.name("id"), "listing-urn", detail);
        }
        let identifier = at.name("identifier");
        match subject.get("identifier").and_then(Value::as_array).map(Vec::as_slice) {
            Some([Value::Object(name)]) => {
                let at = identifier.index(0);
                only(faults, name, &at, &["type", "identityType", "hashed", "identityHash"], &[]);
                equals(faults, name, &at, "type", "IdentityObject");
                equals(faults, name, &at, "identityType", "name");
                if name.get("hashed") != Some(&Value::Bool(false)) {
                    faults.add(
                        &at.name("hashed"),
                        "fixed-value",
                        "This must be false: the name is in the clear.",
                    );
                }
                plain(faults, name, &at, "identityHash", NAME_MAX);
            }
            _ => faults.add(&identifier, "one-name", "This must be an array of one: the holder's name."),
        }
        if subject.contains_key("licenseNumber") {
            plain(faults, subject, at, "licenseNumber", NUMBER_MAX);
        }
        if let Some(source) = object(subject, "source") {
            let at = at.name("source");
            only(faults, source, &at, &["id", "type", "name"], &[]);
            exactly(faults, source, &at, "type", &["Profile"]);
            plain(faults, source, &at, "name", NAME_MAX);
        }
        let Some(achievement) = object(subject, "achievement") else { return };
        let at = at.name("achievement");
        only(
            faults,
            achievement,
            &at,
            &["id", "type", "achievementType", "name", "description", "criteria"],
            &[],
        );
        exactly(faults, achievement, &at, "type", &["Achievement"]);
        equals(faults, achievement, &at, "achievementType", "Certificate");
        plain(faults, achievement, &at, "name", NAME_MAX);
        plain(faults, achievement, &at, "description", TEXT_MAX);
        if let Some(criteria) = object(achievement, "criteria") {
            let at = at.name("criteria");
            only(faults, criteria, &at, &["narrative"], &[]);
            plain(faults, criteria, &at, "narrative", TEXT_MAX);
        }
        if course.is_none() {
            let detail = "This must be the address of a course version: …/courses/<number>/versions/<its SHA-256 in hex>.";
            faults.add(&at.name("id"), "course-version", detail);
        }
    }

    fn proof_shape(&self, faults: &mut Faults, at: &At<'_>) {
        let at = at.name("proof");
        if self.members.get("proof").is_some_and(|proof| !proof.is_array()) {
            faults.add(&at, "type", "This must be an array of proofs.");
        }
        // A set has no order of its own; with one, a certificate has one form.
        let suites: Vec<Suite> =
            self.proofs.iter().map(|proof| proof.suite).filter(|suite| *suite != Suite::Other).collect();
        if suites.len() > 1 && suites != Suite::BOTH {
            let detail = "There must be one proof of eddsa-rdfc-2022, then one of eddsa-jcs-2022.";
            faults.add(&at, "proof-order", detail);
        }
        for (index, proof) in self.proofs.iter().enumerate() {
            let named = did::split_method(proof.method);
            let good = named.is_some_and(|(did, key)| did == self.issuer && PublicKey::has_form(key));
            if !good {
                let at = at.index(index);
                let detail = "This must be the issuer's DID, # and the public key, as did:web:…#z6Mk….";
                faults.add(&at.name("verificationMethod"), "verification-method", detail);
            }
        }
    }
}

fn object<'a>(of: &'a Map<String, Value>, name: &str) -> Option<&'a Map<String, Value>> {
    of.get(name).and_then(Value::as_object)
}

/// No members but these, and all of `required`.
fn only(faults: &mut Faults, of: &Map<String, Value>, at: &At<'_>, required: &[&str], optional: &[&str]) {
    let mut missing = required.len();
    for name in of.keys() {
        if required.contains(&name.as_str()) {
            missing -= 1;
        } else if !optional.contains(&name.as_str()) {
            let known = required.iter().chain(optional).copied();
            let hint =
                nearest(name, known).map(|near| format!(" Did you mean `{near}`?")).unwrap_or_default();
            faults.add(
                &at.name(name),
                "unknown-member",
                format!("A certificate has no such member here.{hint}"),
            );
        }
    }
    if missing > 0 {
        for name in required.iter().filter(|name| !of.contains_key(**name)) {
            faults.required(&at.name(name));
        }
    }
}

/// An array of exactly these strings.
fn exactly(faults: &mut Faults, of: &Map<String, Value>, at: &At<'_>, name: &str, wanted: &[&str]) {
    let Some(value) = of.get(name) else { return };
    let same = value.as_array().is_some_and(|items| {
        items.len() == wanted.len()
            && items.iter().zip(wanted).all(|(item, word)| item.as_str() == Some(*word))
    });
    if !same {
        faults.add(
            &at.name(name),
            "fixed-value",
            format!("This must be exactly [\"{}\"].", wanted.join("\", \"")),
        );
    }
}

fn equals(faults: &mut Faults, of: &Map<String, Value>, at: &At<'_>, name: &str, wanted: &str) {
    if of.get(name).is_some_and(|value| value.as_str() != Some(wanted)) {
        faults.add(&at.name(name), "fixed-value", format!("This must be \"{wanted}\"."));
    }
}

/// Plain text for people: a string, not blank, not too long, without control characters.
fn plain(faults: &mut Faults, of: &Map<String, Value>, at: &At<'_>, name: &str, longest: usize) {
    let Some(value) = of.get(name) else { return };
    let at = at.name(name);
    let Some(text) = faults.string(value, &at) else { return };
    if text.trim().is_empty() {
        faults.add(&at, "empty", "This must not be empty.");
    }
    if text.len() > longest && text.chars().count() > longest {
        faults.add(&at, "too-long", format!("This may have at most {longest} characters."));
    }
    let printable_ascii = text.bytes().all(|b| matches!(b, b' '..=b'~'));
    if !printable_ascii && text.chars().any(is_unprintable) {
        faults.add(
            &at,
            "control-character",
            "This has a control or direction character, which could hide what is signed.",
        );
    }
}

/// Characters that change what a person sees without being seen: controls other than the line
/// break, and the overrides of writing direction.
fn is_unprintable(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn related_shape(
    faults: &mut Faults,
    members: &Map<String, Value>,
    at: &At<'_>,
    achievement: &str,
    course: Option<Digest>,
) {
    let Some(value) = members.get("relatedResource") else { return };
    let at = at.name("relatedResource");
    let Some([Value::Object(resource)]) = value.as_array().map(Vec::as_slice) else {
        faults.add(&at, "one-resource", "This must be an array of one: the course version.");
        return;
    };
    let at = at.index(0);
    only(faults, resource, &at, &["id", "digestMultibase"], &[]);
    let Some(course) = course else { return };
    if resource.get("id").and_then(Value::as_str) != Some(achievement) {
        faults.add(&at.name("id"), "course-version", "This must be the achievement's id.");
    }
    let digest = resource.get("digestMultibase").and_then(Value::as_str);
    if digest.and_then(Digest::from_multibase) != Some(course) {
        let detail = "This must be the hash in the achievement's id, as a multihash in multibase.";
        faults.add(&at.name("digestMultibase"), "course-version", detail);
    }
}

/// One Bitstring Status List entry (section 2.1), with the id that Open Badges asks for.
fn status_shape(faults: &mut Faults, status: &Value, at: &At<'_>) {
    let Some(entry) = status.as_object() else {
        faults.add(at, "type", "This must be one object.");
        return;
    };
    if let Err((pointer, detail)) = Entry::read(entry) {
        let at = if pointer.is_empty() { *at } else { at.name(&pointer[1..]) };
        faults.add(&at, "status-entry", format!("This names no status list as it must: {detail}."));
    }
}

/// Whether a text is a version 4 UUID in lower case.
fn is_random_uuid(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            14 => *byte == b'4',
            19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}
