//! What an academy awards, and the credential it becomes.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::walk::is_absolute_url;
use super::{BADGES_CONTEXT, CREDENTIALS_CONTEXT};
use crate::platform::clock::Ts;
use crate::platform::id::{Number, NumberKind};
use crate::signing::digest::Digest;
use crate::signing::status::Entry;

/// Everything a certificate says. Identifiers and times are handed in.
#[derive(Clone, Debug)]
pub struct Award {
    /// The random part of the certificate's id; a version 4 UUID.
    pub id: Uuid,
    /// The academy's DID.
    pub issuer: String,
    /// The academy's name as it signs itself.
    pub issuer_name: String,
    /// The course version that was completed.
    pub course: CourseVersion,
    /// The holder's full name.
    pub holder: String,
    /// The holder's listing, where the academy knows it.
    pub listing: Option<Number>,
    /// Who taught, where it is said.
    pub trainer: Option<Trainer>,
    /// The number of the paper certificate it is issued for, where there was one.
    pub old_number: Option<String>,
    /// The day of the award: the course's day, however long ago.
    pub awarded: Ts,
    /// When the certificate is signed; from when on it is valid.
    pub valid_from: Ts,
    /// Until when it is valid; for good where there is none.
    pub valid_until: Option<Ts>,
    /// Which bit of which list says whether it was revoked, where there is one.
    pub status: Option<Entry>,
}

/// The version of a course a certificate names, with the words it shows of it.
#[derive(Clone, Debug)]
pub struct CourseVersion {
    /// Its address and its hash.
    pub link: CourseLink,
    /// The course's name.
    pub name: String,
    /// What the course is.
    pub description: String,
    /// What was asked of the holder.
    pub criteria: String,
}

/// A trainer, as `credentialSubject.source` names one.
#[derive(Clone, Debug)]
pub struct Trainer {
    /// An absolute URL: [`trainer_urn`] or [`listing_urn`], or one of the academy's own.
    pub id: String,
    /// The trainer's name.
    pub name: String,
}

/// The address of a course version: `<course URL>/versions/<hash>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CourseLink {
    course: String,
    hash: Digest,
}

impl CourseLink {
    /// The version with this hash of the course at this address, which ends in
    /// `/courses/<course number>`. `None` where the address has another form.
    #[must_use]
    pub fn new(course: &str, hash: Digest) -> Option<Self> {
        is_course(course).then(|| Self { course: course.to_owned(), hash })
    }

    /// Reads `…/courses/<course number>/versions/<hash>`.
    #[must_use]
    pub fn parse(url: &str) -> Option<Self> {
        let (course, hash) = Self::split(url)?;
        Some(Self { course: course.to_owned(), hash })
    }

    /// The parts of such an address.
    pub(super) fn split(url: &str) -> Option<(&str, Digest)> {
        let (course, hash) = url.split_at_checked(url.len().checked_sub(64)?)?;
        let course = course.strip_suffix("/versions/")?;
        is_course(course).then_some((course, Digest::from_hex(hash)?))
    }

    /// The address of the course itself.
    #[must_use]
    pub fn course(&self) -> &str {
        &self.course
    }

    /// The course's number or slug: the last step of its address.
    #[must_use]
    pub fn course_number(&self) -> &str {
        self.course.rsplit('/').next().unwrap_or_default()
    }

    /// The SHA-256 of the canonical form of the course version.
    #[must_use]
    pub fn hash(&self) -> Digest {
        self.hash
    }

    /// The address of the version.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/versions/{}", self.course, self.hash)
    }
}

/// Whether an address ends in `/courses/<course number>`.
fn is_course(url: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    url.rsplit_once('/').is_some_and(|(courses, number)| {
        courses.strip_suffix("/courses").is_some_and(is_absolute_url)
            && !number.is_empty()
            && number.bytes().all(plain)
    })
}

const LISTING_URN: &str = "urn:stipple:listing:";

/// The URN of a listing: `urn:stipple:listing:SMP-7K3F-9Q2M-4`.
#[must_use]
pub fn listing_urn(listing: Number) -> String {
    format!("{LISTING_URN}{listing}")
}

/// The URN of a trainer: `urn:stipple:trainer:TRN-…`.
#[must_use]
pub fn trainer_urn(trainer: Number) -> String {
    format!("urn:stipple:trainer:{trainer}")
}

/// The listing a URN names, in its one form: upper case, with hyphens and a check character that
/// fits.
#[must_use]
pub fn listing_of_urn(urn: &str) -> Option<Number> {
    let text = urn.strip_prefix(LISTING_URN)?;
    let number = Number::parse(text, NumberKind::Listing).ok()?;
    (number.to_string() == text).then_some(number)
}

impl Award {
    /// The credential in its one shape, not signed yet.
    #[must_use]
    pub fn to_credential(&self) -> Map<String, Value> {
        let achievement = self.course.link.url();
        let mut subject = json!({
            "type": ["AchievementSubject"],
            "identifier": [{
                "type": "IdentityObject",
                "identityType": "name",
                "hashed": false,
                "identityHash": self.holder,
            }],
            "achievement": {
                "id": achievement,
                "type": ["Achievement"],
                "achievementType": "Certificate",
                "name": self.course.name,
                "description": self.course.description,
                "criteria": {"narrative": self.course.criteria},
            },
        });
        if let Some(listing) = self.listing {
            subject["id"] = listing_urn(listing).into();
        }
        if let Some(number) = &self.old_number {
            subject["licenseNumber"] = number.as_str().into();
        }
        if let Some(trainer) = &self.trainer {
            subject["source"] = json!({"id": trainer.id, "type": ["Profile"], "name": trainer.name});
        }
        let mut credential = json!({
            "@context": [CREDENTIALS_CONTEXT, BADGES_CONTEXT],
            "id": format!("urn:uuid:{}", self.id),
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": self.course.name,
            "issuer": {"id": self.issuer, "type": ["Profile"], "name": self.issuer_name},
            "validFrom": self.valid_from,
            "awardedDate": self.awarded,
            "credentialSubject": subject,
            "relatedResource": [{
                "id": achievement,
                "digestMultibase": self.course.link.hash().to_multibase(),
            }],
        });
        if let Some(until) = self.valid_until {
            credential["validUntil"] = json!(until);
        }
        if let Some(entry) = &self.status {
            credential["credentialStatus"] = entry.to_json();
        }
        match credential {
            Value::Object(members) => members,
            _ => unreachable!("an object literal is an object"),
        }
    }
}

/// What was asked of a holder, in words, from the facts in the content of a course version.
#[must_use]
pub fn criteria_of(content: &Value) -> String {
    let mut parts = Vec::new();
    if let Some(hours) = content["hours"].as_object() {
        let each: Vec<String> = hours
            .iter()
            .filter(|(_, count)| count.as_u64().is_some_and(|count| count > 0))
            .map(|(mode, count)| format!("{count} h {}", mode.replace('-', " ")))
            .collect();
        parts.extend((!each.is_empty()).then(|| format!("Hours: {}.", each.join(", "))));
    }
    if let Some(models) = content["live_models"].as_u64().filter(|models| *models > 0) {
        parts.push(format!("Live models: {models}."));
    }
    let kinds: Vec<&str> =
        content["assessments"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    parts.push(if kinds.is_empty() {
        "Not assessed.".to_owned()
    } else {
        format!("Assessed by {}.", kinds.join(", "))
    });
    parts.join(" ")
}
