//! Our own shape, held to the letter: which members there are, in which form, and that the parts
//! agree with each other. What is signed in this shape can be read by the same rules for ever.

use super::award::{CourseLink, listing_of_urn};
use super::read::Document;
use super::walk::{At, Faults};
use super::{BADGES_CONTEXT, CREDENTIALS_CONTEXT, NAME_MAX, NUMBER_MAX, TEXT_MAX};
use crate::platform::problem::{Fault, nearest};
use crate::signing::did::{self, DidWeb};
use crate::signing::digest::Digest;
use crate::signing::json::{Members, Tree};
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
        shape(&mut faults, members, &at, &CREDENTIAL);
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
        shape(faults, issuer, &at, &PROFILE);
        if let Err(error) = DidWeb::check(self.issuer) {
            faults.add(&at.name("id"), "did-web", format!("The issuer must be a did:web: {error}."));
        }
    }

    fn subject_shape(&self, faults: &mut Faults, subject: &Members<'_>, at: &At<'_>, course: Option<Digest>) {
        shape(faults, subject, at, &SUBJECT);
        if self.subject.is_some_and(|id| listing_of_urn(id).is_none()) {
            let detail = "This must be urn:stipple:listing: and a listing number, such as urn:stipple:listing:SMP-7K3F-9Q2M-4.";
            faults.add(&at.name("id"), "listing-urn", detail);
        }
        let identifier = at.name("identifier");
        match subject.get("identifier").and_then(Tree::as_array) {
            Some([Tree::Object(name)]) => {
                let at = identifier.index(0);
                shape(faults, name, &at, &IDENTITY);
            }
            _ => faults.add(&identifier, "one-name", "This must be an array of one: the holder's name."),
        }
        if let Some(source) = object(subject, "source") {
            shape(faults, source, &at.name("source"), &PROFILE);
        }
        let Some(achievement) = object(subject, "achievement") else { return };
        let at = at.name("achievement");
        shape(faults, achievement, &at, &ACHIEVEMENT);
        if let Some(criteria) = object(achievement, "criteria") {
            shape(faults, criteria, &at.name("criteria"), &CRITERIA);
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

fn object<'a>(of: &'a Members<'a>, name: &str) -> Option<&'a Members<'a>> {
    of.get(name).and_then(Tree::as_object)
}

/// A member of an object of our shape.
struct Member {
    name: &'static str,
    required: bool,
    is: Is,
}

/// What a member must be.
enum Is {
    /// Looked at elsewhere.
    Any,
    /// This word.
    Word(&'static str),
    /// The array of exactly these words.
    Words(&'static [&'static str]),
    /// `false`, because the name beside it is in the clear.
    InTheClear,
    /// Plain text for people, of at most so many characters.
    Plain(usize),
}

const fn must(name: &'static str, is: Is) -> Member {
    Member { name, required: true, is }
}

const fn may(name: &'static str, is: Is) -> Member {
    Member { name, required: false, is }
}

// The members of each object of our shape, in the order of their names.
const CREDENTIAL: [Member; 12] = [
    must("@context", Is::Words(&[CREDENTIALS_CONTEXT, BADGES_CONTEXT])),
    must("awardedDate", Is::Any),
    may("credentialStatus", Is::Any),
    must("credentialSubject", Is::Any),
    must("id", Is::Any),
    must("issuer", Is::Any),
    must("name", Is::Plain(NAME_MAX)),
    may("proof", Is::Any),
    must("relatedResource", Is::Any),
    must("type", Is::Words(&["VerifiableCredential", "OpenBadgeCredential"])),
    must("validFrom", Is::Any),
    may("validUntil", Is::Any),
];
const PROFILE: [Member; 3] =
    [must("id", Is::Any), must("name", Is::Plain(NAME_MAX)), must("type", Is::Words(&["Profile"]))];
const SUBJECT: [Member; 6] = [
    must("achievement", Is::Any),
    may("id", Is::Any),
    must("identifier", Is::Any),
    may("licenseNumber", Is::Plain(NUMBER_MAX)),
    may("source", Is::Any),
    must("type", Is::Words(&["AchievementSubject"])),
];
const IDENTITY: [Member; 4] = [
    must("hashed", Is::InTheClear),
    must("identityHash", Is::Plain(NAME_MAX)),
    must("identityType", Is::Word("name")),
    must("type", Is::Word("IdentityObject")),
];
const ACHIEVEMENT: [Member; 6] = [
    must("achievementType", Is::Word("Certificate")),
    must("criteria", Is::Any),
    must("description", Is::Plain(TEXT_MAX)),
    must("id", Is::Any),
    must("name", Is::Plain(NAME_MAX)),
    must("type", Is::Words(&["Achievement"])),
];
const CRITERIA: [Member; 1] = [must("narrative", Is::Plain(TEXT_MAX))];
const RELATED: [Member; 2] = [must("digestMultibase", Is::Any), must("id", Is::Any)];

/// No members but these, each of them as it must be, and none missing. Both lie in the order of their names, so
/// no member is searched for.
fn shape(faults: &mut Faults, of: &Members<'_>, at: &At<'_>, members: &'static [Member]) {
    debug_assert!(members.is_sorted_by_key(|member| member.name), "in the order of their names");
    let missing = |faults: &mut Faults, member: &Member| {
        if member.required {
            faults.required(&at.name(member.name));
        }
    };
    let mut rest = members.iter().peekable();
    for (name, value) in of.iter() {
        while let Some(member) = rest.next_if(|member| member.name != name && member.name < name) {
            missing(faults, member);
        }
        match rest.next_if(|member| member.name == name) {
            Some(member) => member.is.check(faults, value, &at.name(name)),
            None => unknown(faults, at, name, members),
        }
    }
    rest.for_each(|member| missing(faults, member));
}

#[cold]
fn unknown(faults: &mut Faults, at: &At<'_>, name: &str, members: &'static [Member]) {
    let hint = nearest(name, members.iter().map(|member| member.name));
    let hint = hint.map(|near| format!(" Did you mean `{near}`?")).unwrap_or_default();
    faults.add(&at.name(name), "unknown-member", format!("A certificate has no such member here.{hint}"));
}

impl Is {
    fn check(&self, faults: &mut Faults, value: &Tree<'_>, at: &At<'_>) {
        match self {
            Self::Any => {}
            Self::Word(word) => {
                if value.as_str() != Some(*word) {
                    faults.add(at, "fixed-value", format!("This must be \"{word}\"."));
                }
            }
            Self::Words(words) => {
                let same = |items: &[Tree<'_>]| {
                    items.len() == words.len()
                        && items.iter().zip(*words).all(|(item, word)| item.as_str() == Some(*word))
                };
                if !value.as_array().is_some_and(same) {
                    let detail = format!("This must be exactly [\"{}\"].", words.join("\", \""));
                    faults.add(at, "fixed-value", detail);
                }
            }
            Self::InTheClear => {
                if value != &Tree::Bool(false) {
                    faults.add(at, "fixed-value", "This must be false: the name is in the clear.");
                }
            }
            Self::Plain(longest) => plain(faults, value, at, *longest),
        }
    }
}

/// Plain text for people: a string, not blank, not too long, without control characters.
fn plain(faults: &mut Faults, value: &Tree<'_>, at: &At<'_>, longest: usize) {
    let Some(text) = faults.string(value, at) else { return };
    if text.trim().is_empty() {
        faults.add(at, "empty", "This must not be empty.");
    }
    if text.len() > longest && text.chars().count() > longest {
        faults.add(at, "too-long", format!("This may have at most {longest} characters."));
    }
    // Without a way out of the loop, many bytes are looked at together.
    let printable_ascii = text.bytes().fold(true, |good, b| good & matches!(b, b' '..=b'~'));
    if !printable_ascii && text.chars().any(is_unprintable) {
        faults.add(
            at,
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
    members: &Members<'_>,
    at: &At<'_>,
    achievement: &str,
    course: Option<Digest>,
) {
    let Some(value) = members.get("relatedResource") else { return };
    let at = at.name("relatedResource");
    let Some([Tree::Object(resource)]) = value.as_array() else {
        faults.add(&at, "one-resource", "This must be an array of one: the course version.");
        return;
    };
    let at = at.index(0);
    shape(faults, resource, &at, &RELATED);
    let Some(course) = course else { return };
    if resource.get("id").and_then(Tree::as_str) != Some(achievement) {
        faults.add(&at.name("id"), "course-version", "This must be the achievement's id.");
    }
    let digest = resource.get("digestMultibase").and_then(Tree::as_str);
    if digest.and_then(Digest::from_multibase) != Some(course) {
        let detail = "This must be the hash in the achievement's id, as a multihash in multibase.";
        faults.add(&at.name("digestMultibase"), "course-version", detail);
    }
}

/// One Bitstring Status List entry (section 2.1), with the id that Open Badges asks for.
fn status_shape(faults: &mut Faults, status: &Tree<'_>, at: &At<'_>) {
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
