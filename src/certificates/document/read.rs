//! Reading any Open Badges 3.0 credential, and collecting every fault of its form (VC Data Model
//! 2.0 section 4, Open Badges 3.0 section B).

use super::award::{CourseLink, listing_of_urn};
use super::walk::{At, Faults, is_absolute_url, shorten};
use super::{CREDENTIALS_CONTEXT, KNOWN_CONTEXTS};
use crate::platform::id::Number;
use crate::platform::problem::Fault;
use crate::signing::digest::Digest;
use crate::signing::jcs::UnsafeInteger;
use crate::signing::jose::Jws;
use crate::signing::json::{Members, Text, Tree};
use crate::signing::proof::{self, Canonical, Proof};
use crate::signing::stamp::Stamp;
use crate::signing::status::Entry;

/// A credential whose form is sound. Nothing about its signature is known yet.
///
/// It borrows from the parsed document; nothing is copied.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    pub(super) members: &'a Members<'a>,
    /// Its canonical form, which is hashed when it is asked for.
    pub canonical: Canonical<'a>,
    /// The credential's id, an absolute URL.
    pub id: &'a str,
    /// The issuer's id, an absolute URL; for our academies a did:web.
    pub issuer: &'a str,
    /// The name the issuer gives itself.
    pub issuer_name: Option<&'a str>,
    /// The subject's id; for ours the URN of a listing.
    pub subject: Option<&'a str>,
    /// The holder's name, where the document gives it in the clear.
    pub holder: Option<&'a str>,
    /// The achievement's id, for ours the address of a course version.
    pub achievement: &'a str,
    /// The achievement's name.
    pub achievement_name: Option<&'a str>,
    /// The trainer's id and name.
    pub trainer: Option<(&'a str, Option<&'a str>)>,
    /// The day of the award.
    pub awarded: Option<Stamp>,
    /// From when on it is valid.
    pub valid_from: Stamp,
    /// Until when it is valid.
    pub valid_until: Option<Stamp>,
    /// The proofs, read and not verified; empty in a draft, and in one that came in a JWS.
    pub proofs: Vec<Proof<'a>>,
    /// The signature around it, where it came in a JWS.
    pub envelope: Option<&'a Jws<'a>>,
}

/// What the walk found, before it is known whether there is all of it.
#[derive(Default)]
struct Found<'a> {
    id: Option<&'a str>,
    issuer: Option<&'a str>,
    issuer_name: Option<&'a str>,
    subject: Option<&'a str>,
    holder: Option<&'a str>,
    achievement: Option<&'a str>,
    achievement_name: Option<&'a str>,
    trainer: Option<(&'a str, Option<&'a str>)>,
    awarded: Option<Stamp>,
    valid_from: Option<Stamp>,
    valid_until: Option<Stamp>,
}

impl<'a> Document<'a> {
    /// Reads a signed credential.
    ///
    /// # Errors
    /// Every fault of its form, as JSON pointer, code and plain words; at most 64.
    pub fn read(value: &'a Tree<'a>) -> Result<Self, Vec<Fault>> {
        Self::read_signed(value, None)
    }

    /// Reads a signed credential from its [text](crate::certificates::verdict::read), which spares writing the canonical form of a text that is one.
    ///
    /// # Errors
    /// Every fault of its form, as JSON pointer, code and plain words; at most 64.
    pub fn read_text(text: &'a Text<'a>) -> Result<Self, Vec<Fault>> {
        Self::read_signed(&text.tree, Canonical::of_text(text))
    }

    fn read_signed(value: &'a Tree<'a>, canonical: Option<Canonical<'a>>) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::default();
        let proofs = value.as_object().map(|members| {
            proof::read(members).unwrap_or_else(|error| {
                faults.push(Fault::new(error.pointer, error.code, format!("{}.", capital(error.detail))));
                Vec::new()
            })
        });
        Self::walk(value, canonical, proofs.unwrap_or_default(), faults)
    }

    /// Reads a credential that is to be signed, and has no proof.
    ///
    /// # Errors
    /// Every fault of its form; a proof is one.
    pub fn read_draft(value: &'a Tree<'a>) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::default();
        if value.get("proof").is_some() {
            faults.add(&At::ROOT.name("proof"), "already-signed", "This has a proof already.");
        }
        Self::walk(value, None, Vec::new(), faults)
    }

    /// Reads a credential that came in a JWS, which signs it from the outside.
    ///
    /// # Errors
    /// Every fault of its form; a proof inside is one, since two ways of signing could say two things.
    pub fn read_jws(jws: &'a Jws<'a>) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::default();
        if jws.credential.get("proof").is_some() {
            faults.add(
                &At::ROOT.name("proof"),
                "signed-twice",
                "A credential in a JWS carries no proof inside.",
            );
        }
        Ok(Self { envelope: Some(jws), ..Self::walk(&jws.credential, None, Vec::new(), faults)? })
    }

    fn walk(
        value: &'a Tree<'a>,
        canonical: Option<Canonical<'a>>,
        proofs: Vec<Proof<'a>>,
        mut faults: Faults,
    ) -> Result<Self, Vec<Fault>> {
        let at = At::ROOT;
        let mut found = Found::default();
        let Some(members) = faults.object(value, &at) else { return Err(faults.into_vec()) };
        context(&mut faults, members, &at);
        types(&mut faults, members, &at);
        found.id = faults.url_member(members, &at, "id");
        faults.text(members, &at, "name");
        faults.text(members, &at, "description");
        issuer(&mut faults, members, &at, &mut found);
        period(&mut faults, members, &at, &mut found);
        if let Some(subject) = faults.member(members, &at, "credentialSubject") {
            subject_of(&mut faults, subject, &at.name("credentialSubject"), &mut found);
        }
        for name in ["credentialStatus", "termsOfUse", "evidence", "refreshService", "credentialSchema"] {
            typed(&mut faults, members, &at, name);
        }
        related(&mut faults, members, &at);
        match found {
            Found {
                id: Some(id),
                issuer: Some(issuer),
                achievement: Some(achievement),
                valid_from: Some(valid_from),
                ..
            } if faults.is_empty() => Ok(Self {
                members,
                canonical: canonical.unwrap_or_else(|| Canonical::of(members)),
                id,
                issuer,
                issuer_name: found.issuer_name,
                subject: found.subject,
                holder: found.holder,
                achievement,
                achievement_name: found.achievement_name,
                trainer: found.trainer,
                awarded: found.awarded,
                valid_from,
                valid_until: found.valid_until,
                proofs,
                envelope: None,
            }),
            _ => Err(faults.into_vec()),
        }
    }

    /// The document as it was parsed, proofs included.
    #[must_use]
    pub fn members(&self) -> &'a Members<'a> {
        self.members
    }

    /// The verification methods that its signatures name.
    pub fn methods(&self) -> impl Iterator<Item = &'a str> {
        let envelope = self.envelope.and_then(|jws| jws.method.as_deref());
        self.proofs.iter().map(|proof| proof.method).chain(envelope)
    }

    /// Whether it names a status list, which must be read before anyone can say it stands.
    #[must_use]
    pub fn names_status(&self) -> bool {
        self.members.contains_key("credentialStatus")
    }

    /// The status list entry it names, where it names one in our form.
    #[must_use]
    pub fn status_entry(&self) -> Option<Entry> {
        Entry::read(self.members.get("credentialStatus")?.as_object()?).ok()
    }

    /// The course version it names, where the achievement's id is the address of one. Such a
    /// document [claims our shape](Self::claims_our_shape), and is held to
    /// [`Self::fixed_shape_faults`].
    #[must_use]
    pub fn course(&self) -> Option<CourseLink> {
        CourseLink::parse(self.achievement)
    }

    /// Whether it names a course version, and thereby claims our shape.
    #[must_use]
    pub fn claims_our_shape(&self) -> bool {
        CourseLink::split(self.achievement).is_some()
    }

    /// The listing it was issued to, where the subject's id is the URN of one.
    #[must_use]
    pub fn listing(&self) -> Option<Number> {
        self.subject.and_then(listing_of_urn)
    }

    /// The number of the paper certificate it stands for, where there was one.
    #[must_use]
    pub fn old_number(&self) -> Option<&'a str> {
        self.members.get("credentialSubject")?.get("licenseNumber")?.as_str()
    }

    /// What was asked of the holder, where the achievement says so in words.
    #[must_use]
    pub fn criteria(&self) -> Option<&'a str> {
        self.members.get("credentialSubject")?.get("achievement")?.get("criteria")?.get("narrative")?.as_str()
    }

    /// The digest that stands for the whole document, proofs included: SHA-256 of its canonical
    /// form. Two texts of the same meaning share it.
    ///
    /// # Errors
    /// [`UnsafeInteger`], which a document read by the strict reader never has.
    pub fn digest(&self) -> Result<Digest, UnsafeInteger> {
        self.canonical.whole().map(Digest)
    }
}

fn context(faults: &mut Faults, members: &Members<'_>, at: &At<'_>) {
    let Some(value) = faults.member(members, at, "@context") else { return };
    let at = at.name("@context");
    let Some(contexts) = value.as_array() else {
        faults.add(&at, "type", "This must be an array of contexts.");
        return;
    };
    if contexts.first().and_then(Tree::as_str) != Some(CREDENTIALS_CONTEXT) {
        faults.add(&at.index(0), "context", format!("The first context must be {CREDENTIALS_CONTEXT}."));
    }
    let badges = |context: &Tree<'_>| context.as_str().is_some_and(is_badges_context);
    if !contexts.get(1).is_some_and(badges) {
        faults.add(&at.index(1), "context", "The second context must be that of Open Badges 3.0.");
    }
    for (index, entry) in contexts.iter().enumerate().skip(1) {
        let at = at.index(index);
        match entry {
            Tree::String(url) if KNOWN_CONTEXTS.contains(&url.as_ref()) => {}
            Tree::String(url) => {
                let url = shorten(url);
                faults.add(
                    &at,
                    "unknown-context",
                    format!("`{url}` is not known here, and contexts are never fetched."),
                );
            }
            _ => faults.add(
                &at,
                "inline-context",
                "A context is named by its URL; inline ones are not accepted.",
            ),
        }
    }
    if contexts.iter().enumerate().any(|(index, context)| contexts[..index].contains(context)) {
        faults.add(&at, "duplicate", "A context is named twice.");
    }
}

fn is_badges_context(url: &str) -> bool {
    let version = url.strip_prefix("https://purl.imsglobal.org/spec/ob/v3p0/context");
    version.and_then(|rest| rest.strip_suffix(".json")).is_some_and(|rest| !rest.contains('/'))
}

/// Types the known contexts define for a credential.
const CREDENTIAL_TYPES: &[&str] =
    &["VerifiableCredential", "OpenBadgeCredential", "AchievementCredential", "EndorsementCredential"];

fn types(faults: &mut Faults, members: &Members<'_>, at: &At<'_>) {
    let types = faults.type_with(members, at, &["VerifiableCredential"]);
    let has = |wanted: &str| types.iter().any(|entry| entry.as_str() == Some(wanted));
    if !has("OpenBadgeCredential") && !has("AchievementCredential") {
        let detail = "This is not a training certificate: the type must include OpenBadgeCredential.";
        faults.add(&at.name("type"), "missing-type", detail);
    }
    for (index, entry) in types.iter().enumerate() {
        let known = |text: &str| CREDENTIAL_TYPES.contains(&text) || is_absolute_url(text);
        if entry.as_str().is_some_and(|text| !known(text)) {
            let detail = "No known context defines this type.";
            faults.add(&at.name("type").index(index), "unknown-type", detail);
        }
    }
}

fn issuer<'a>(faults: &mut Faults, members: &'a Members<'a>, at: &At<'_>, found: &mut Found<'a>) {
    let Some(value) = faults.member(members, at, "issuer") else { return };
    let at = at.name("issuer");
    if value.is_string() {
        found.issuer = faults.url(value, &at);
        return;
    }
    let Some(profile) = value.as_object() else {
        faults.add(&at, "type", "This must be a URL, or an object with an id.");
        return;
    };
    found.issuer = faults.url_member(profile, &at, "id");
    faults.type_with(profile, &at, &["Profile"]);
    found.issuer_name = faults.text(profile, &at, "name");
    faults.text(profile, &at, "description");
}

fn period<'a>(faults: &mut Faults, members: &'a Members<'a>, at: &At<'_>, found: &mut Found<'a>) {
    faults.member(members, at, "validFrom");
    found.valid_from = faults.stamp(members, at, "validFrom");
    found.valid_until = faults.stamp(members, at, "validUntil");
    found.awarded = faults.stamp(members, at, "awardedDate");
    if let (Some(from), Some(until)) = (found.valid_from, found.valid_until)
        && until < from
    {
        faults.add(&at.name("validUntil"), "ends-before-it-starts", "This must not be before validFrom.");
    }
}

fn subject_of<'a>(faults: &mut Faults, value: &'a Tree<'a>, at: &At<'_>, found: &mut Found<'a>) {
    let Some(subject) = faults.object(value, at) else { return };
    faults.type_with(subject, at, &["AchievementSubject"]);
    if let Some(id) = subject.get("id") {
        found.subject = faults.url(id, &at.name("id"));
    }
    match subject.get("identifier") {
        Some(value) => {
            let at = at.name("identifier");
            for (index, entry) in faults.one_or_more(value, &at).iter().enumerate() {
                let name = identifier(faults, entry, &if value.is_array() { at.index(index) } else { at });
                found.holder = found.holder.or(name);
            }
        }
        None if subject.contains_key("id") => {}
        None => {
            faults.add(at, "nobody", "The holder must be named: by an id, an identifier, or both.");
        }
    }
    if let Some(source) = subject.get("source") {
        let at = at.name("source");
        if let Some(profile) = faults.object(source, &at) {
            let id = faults.url_member(profile, &at, "id");
            faults.type_with(profile, &at, &["Profile"]);
            let name = faults.text(profile, &at, "name");
            found.trainer = id.map(|id| (id, name));
        }
    }
    if let Some(value) = faults.member(subject, at, "achievement") {
        achievement(faults, value, &at.name("achievement"), found);
    }
}

/// One `IdentityObject`; answers the name it gives in the clear.
fn identifier<'a>(faults: &mut Faults, value: &'a Tree<'a>, at: &At<'_>) -> Option<&'a str> {
    let identity = faults.object(value, at)?;
    faults.type_with(identity, at, &["IdentityObject"]);
    let hash = faults.member(identity, at, "identityHash");
    let text = hash.and_then(|hash| faults.string(hash, &at.name("identityHash")));
    let kind = faults.member(identity, at, "identityType");
    let kind = kind.and_then(|kind| faults.string(kind, &at.name("identityType")));
    let hashed = faults.member(identity, at, "hashed")?;
    if !matches!(hashed, Tree::Bool(_)) {
        faults.add(&at.name("hashed"), "type", "This must be true or false.");
    }
    text.filter(|_| hashed == &Tree::Bool(false) && kind == Some("name"))
}

fn achievement<'a>(faults: &mut Faults, value: &'a Tree<'a>, at: &At<'_>, found: &mut Found<'a>) {
    let Some(achievement) = faults.object(value, at) else { return };
    found.achievement = faults.url_member(achievement, at, "id");
    faults.type_with(achievement, at, &["Achievement"]);
    for name in ["name", "description"] {
        faults.member(achievement, at, name);
        let text = faults.text(achievement, at, name);
        if name == "name" {
            found.achievement_name = text;
        }
    }
    let Some(criteria) = faults.member(achievement, at, "criteria") else { return };
    let at = at.name("criteria");
    let Some(criteria) = faults.object(criteria, &at) else { return };
    if let Some(id) = criteria.get("id") {
        faults.url(id, &at.name("id"));
    }
    if let Some(narrative) = criteria.get("narrative") {
        faults.string(narrative, &at.name("narrative"));
    } else if !criteria.contains_key("id") {
        faults.add(&at, "required", "The criteria need an id or a narrative.");
    }
}

/// Members that hold one object or several, each with a type (VC Data Model 2.0 section 4.10 on).
fn typed(faults: &mut Faults, members: &Members<'_>, at: &At<'_>, name: &'static str) {
    let Some(value) = members.get(name) else { return };
    let at = at.name(name);
    for (index, entry) in faults.one_or_more(value, &at).iter().enumerate() {
        let at = if value.is_array() { at.index(index) } else { at };
        let Some(object) = faults.object(entry, &at) else { continue };
        let types = faults.member(object, &at, "type");
        if let Some(types) = types {
            let at = at.name("type");
            for entry in faults.one_or_more(types, &at) {
                faults.string(entry, &at);
            }
        }
        match object.get("id") {
            Some(id) => {
                faults.url(id, &at.name("id"));
            }
            None if name == "credentialSchema" => faults.required(&at.name("id")),
            None => {}
        }
    }
}

fn related(faults: &mut Faults, members: &Members<'_>, at: &At<'_>) {
    let Some(value) = members.get("relatedResource") else { return };
    let at = at.name("relatedResource");
    let mut seen = Vec::new();
    for (index, entry) in faults.one_or_more(value, &at).iter().enumerate() {
        let at = if value.is_array() { at.index(index) } else { at };
        let Some(resource) = faults.object(entry, &at) else { continue };
        if let Some(id) = faults.url_member(resource, &at, "id") {
            if seen.contains(&id) {
                faults.add(&at.name("id"), "duplicate", "Another resource has this id.");
            }
            seen.push(id);
        }
        let mut digests = 0;
        for name in ["digestSRI", "digestMultibase"] {
            if let Some(digest) = resource.get(name) {
                faults.string(digest, &at.name(name));
                digests += 1;
            }
        }
        if digests == 0 {
            faults.add(&at, "required", "A related resource needs digestSRI or digestMultibase.");
        }
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
