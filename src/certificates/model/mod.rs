//! What a certificate is in this directory: what it is worth today, what it counts for, and how it is
//! shown.

pub mod acts;
mod request;
mod verified;

use poem_openapi::{Enum, Object};
pub use request::*;
use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;
pub use verified::{Missing, Verified, first_hands_on, verified};

use super::store::Certificate;
use crate::academies::{CourseVersion, Hours};
use crate::platform::clock::Ts;
use crate::platform::id::Number;
use crate::platform::problem::Code;
use crate::practitioners::{NameMatch, PersonNames, same_person_name};
use crate::vocabulary::{CertificateStatus, CredentialKind, Level, Topic};

/// The document is not in the shape that certificates of this directory are signed in.
pub const SHAPE: Code =
    Code::new("certificate-shape", 422, "The certificate is not in the shape this directory takes");
/// The issuer is no academy of this directory.
pub const UNKNOWN_ISSUER: Code =
    Code::new("unknown-issuer", 422, "The issuer is not an academy of this directory");
/// The signature is not the issuer's on this document.
pub const BAD_SIGNATURE: Code = Code::new("bad-signature", 422, "The signature does not fit the certificate");
/// It does not carry the two proofs that every certificate carries.
pub const PROOFS: Code = Code::new("proofs-missing", 422, "The certificate does not carry both proofs");
/// The key is not one of the issuer's, or may not sign now.
pub const KEY_NOT_ACTIVE: Code =
    Code::new("key-not-active", 422, "The key may not sign for this academy now");
/// The directory holds no key of the academy, so it signs nothing for it.
pub const HELD: Code = Code::new("key-not-held", 409, "The directory holds no key of this academy");
/// The course version is not one of the issuer's.
pub const UNKNOWN_COURSE: Code =
    Code::new("unknown-course", 422, "The course version is not one of this academy's");
/// The listing in the certificate is not there.
pub const UNKNOWN_LISTING: Code =
    Code::new("unknown-listing", 422, "The listing in the certificate is not there");
/// The same issuer and id with another content.
pub const ID_TAKEN: Code =
    Code::new("certificate-id-taken", 409, "Another certificate of this academy has this id");
/// A status list, or the bit of one that a certificate names, is not as it must be.
pub const STATUS_LIST: Code = Code::new("status-list-not-taken", 422, "The status list was not taken");
/// The academy has no status list with room.
pub const NO_STATUS_LIST: Code =
    Code::new("no-status-list", 409, "The academy has no status list with room for more certificates");
/// The act cannot follow those there are.
pub const ACT_NOT_POSSIBLE: Code =
    Code::new("act-not-possible", 409, "That cannot be done to this certificate now");
/// The academy's statement does not stand.
pub const STATEMENT: Code = Code::new("statement-refused", 422, "The academy's statement was not taken");
/// The certificate hangs on another listing.
pub const ATTACHED_ELSEWHERE: Code =
    Code::new("attached-elsewhere", 409, "The certificate belongs to another listing");
/// What was sent to be verified carries no credential.
pub const NO_CREDENTIAL: Code =
    Code::new("no-certificate-inside", 422, "What was sent carries no certificate");
/// A link that leads to no certificate of this directory.
pub const LINK: Code =
    Code::new("link-not-followed", 422, "The link leads to no certificate of this directory");
/// The sheet cannot be printed.
pub const UNPRINTABLE: Code =
    Code::new("not-printable", 422, "The certificate cannot be printed on this server");

/// Every code of this slice.
pub const CODES: &[Code] = &[
    SHAPE,
    UNKNOWN_ISSUER,
    BAD_SIGNATURE,
    PROOFS,
    KEY_NOT_ACTIVE,
    HELD,
    UNKNOWN_COURSE,
    UNKNOWN_LISTING,
    ID_TAKEN,
    STATUS_LIST,
    NO_STATUS_LIST,
    ACT_NOT_POSSIBLE,
    STATEMENT,
    ATTACHED_ELSEWHERE,
    NO_CREDENTIAL,
    LINK,
    UNPRINTABLE,
];

/// Whether the name on a certificate is the listed person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Enum)]
#[serde(rename_all = "kebab-case")]
#[oai(rename_all = "kebab-case")]
pub enum HolderMatch {
    /// It is the name of the listing.
    Same,
    /// It is a former name of the listed person.
    Former,
    /// It is another name: shown as "name differs", never counted.
    Differs,
    /// The certificate hangs on no listing.
    Unattached,
}

impl HolderMatch {
    /// Compares the name on a certificate with the names of a listing.
    pub fn of(holder_name: &str, names: &PersonNames) -> Self {
        match same_person_name(holder_name, names) {
            NameMatch::Same => Self::Same,
            NameMatch::Former => Self::Former,
            NameMatch::Differs => Self::Differs,
        }
    }

    /// Whether it is a name of this person.
    pub const fn is_theirs(self) -> bool {
        matches!(self, Self::Same | Self::Former)
    }
}

/// One thing a certificate must have to count as verified training, and lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Enum)]
#[serde(rename_all = "kebab-case")]
#[oai(rename_all = "kebab-case")]
pub enum Requirement {
    /// There is one at all; of listings, never of a certificate.
    Certificate,
    /// It is a training certificate or a regulated qualification: attendance, memberships, insurance and
    /// awards are not.
    Training,
    /// It is in force: not expired, suspended, revoked or replaced.
    InForce,
    /// Its course has hours of supervised work on living people: online courses have none.
    SupervisedLive,
    /// Its academy is recognised, and was when the certificate was received.
    RecognisedAcademy,
    /// It is made out to a name of the listed person.
    HolderName,
}

impl Requirement {
    /// What is missing, in a sentence for the client.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Certificate => "No signed training certificate is attached to this listing.",
            Self::Training => {
                "It is not a training certificate or a regulated qualification, so it says nothing about training that was assessed."
            }
            Self::InForce => "It is not in force today.",
            Self::SupervisedLive => {
                "Its course has no hours of supervised work on living people; online and classroom hours alone do not count."
            }
            Self::RecognisedAcademy => {
                "Its academy is not recognised here today, or was not when the certificate was received."
            }
            Self::HolderName => "It is made out to a name that is not one of this person's names.",
        }
    }
}

/// The facts about a certificate that decide what it counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What its course leads to.
    pub kind: CredentialKind,
    /// What it is worth today.
    pub status: CertificateStatus,
    /// Hours of supervised work on living people in its course version.
    pub supervised_live_hours: u32,
    /// Whether its academy was recognised when it was received, and is today.
    pub recognised: bool,
    /// Whether it is made out to the listed person.
    pub holder: HolderMatch,
}

impl Facts {
    /// What keeps it from counting as verified training; empty when it counts.
    pub fn missing(&self) -> Vec<Requirement> {
        [
            (self.kind.has("training"), Requirement::Training),
            (self.status.has("in-force"), Requirement::InForce),
            (self.supervised_live_hours > 0, Requirement::SupervisedLive),
            (self.recognised, Requirement::RecognisedAcademy),
            (self.holder.is_theirs(), Requirement::HolderName),
        ]
        .into_iter()
        .filter_map(|(met, requirement)| (!met).then_some(requirement))
        .collect()
    }

    /// Whether it counts as verified training.
    pub fn counts(&self) -> bool {
        self.missing().is_empty()
    }

    /// Whether it may be relied on for what it says, whatever that is: in force, from a recognised
    /// academy, made out to the listed person.
    pub fn stands(&self) -> bool {
        self.status.has("in-force") && self.recognised && self.holder.is_theirs()
    }
}

impl Certificate {
    /// What it is worth at `now`: by what was done to it since, then by the times it states.
    pub fn status(&self, now: Ts) -> CertificateStatus {
        // Only what a standing leads to is stored, and the vocabulary has a code for each.
        if let Some(status) = self.standing.as_ref().and_then(|code| code.parse().ok()) {
            return status;
        }
        let word = if now < self.valid_from {
            "pending"
        } else if self.valid_until.is_some_and(|until| until < now) {
            "expired"
        } else {
            "active"
        };
        CertificateStatus::named(word)
    }

    /// The next moment at which its status changes by itself, if there is one.
    pub fn next_change(&self, now: Ts) -> Option<Ts> {
        [Some(self.valid_from), self.valid_until].into_iter().flatten().filter(|at| *at > now).min()
    }

    /// Whether the academy and the listing's keeper both agreed to the listing it hangs on.
    pub fn is_attached(&self) -> bool {
        self.practitioner_id.is_some() && self.academy_agreed_at.is_some() && self.holder_agreed_at.is_some()
    }

    /// Notes that one side agrees to a listing; once both have, the certificate is shown there.
    pub fn agree(&mut self, listing: Uuid, side: Side, now: Ts) {
        let attached = self.is_attached();
        self.practitioner_id = Some(listing);
        match side {
            Side::Academy => self.academy_agreed_at = self.academy_agreed_at.or(Some(now)),
            Side::Holder => self.holder_agreed_at = self.holder_agreed_at.or(Some(now)),
        }
        if !attached && self.is_attached() {
            self.listed = true;
        }
    }

    /// The path of this certificate under `/v1`, which is its subject in the change feed.
    pub fn subject(&self) -> String {
        subject(self.number)
    }
}

/// The path of a certificate under `/v1`.
pub fn subject(number: Number) -> String {
    format!("certificates/{number}")
}

/// The academy of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Object)]
pub struct CertificateAcademy {
    /// Its slug.
    pub slug: String,
    /// The name the directory knows it by.
    pub name: String,
    /// Its address in this API.
    pub url: String,
    /// Whether it is recognised today.
    pub recognised: bool,
    /// Whether it was recognised when the certificate was received.
    pub recognised_at_receipt: bool,
}

/// What a course taught, from the version that the certificate's signature covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct CertificateCourse {
    /// The course's number.
    pub number: Number,
    /// The address of the version, which is its content hash.
    pub version_url: String,
    /// What it leads to.
    pub kind: CredentialKind,
    /// How far it goes.
    pub level: Level,
    /// Hours by how they are taught.
    pub hours: Hours,
    /// On how many living models each learner works.
    pub live_models: u32,
    /// What it teaches.
    pub topics: Vec<Topic>,
    /// Whether nothing of it needs the trainer in the room.
    pub online_only: bool,
}

impl CertificateCourse {
    pub(super) fn of(version: &CourseVersion, version_url: String) -> Self {
        let content = &version.content;
        Self {
            number: version.course,
            version_url,
            kind: content.credential_kind,
            level: content.level,
            hours: content.hours,
            live_models: content.live_models,
            topics: content.topics.clone(),
            online_only: content.hours.remote_only(),
        }
    }
}

/// A requirement that a certificate does not meet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Object)]
pub struct Lack {
    /// Which requirement.
    pub requirement: Requirement,
    /// The same in a sentence.
    pub detail: String,
}

/// A certificate, as the directory shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct CertificateView {
    /// Its public number.
    pub number: Number,
    /// Its address in this API.
    pub url: String,
    /// The exact bytes that were signed and submitted.
    pub credential_url: String,
    /// The page on which a person verifies it; the code on the print leads there.
    pub page_url: String,
    /// One page to print, with the certificate attached.
    pub pdf_url: String,
    /// A picture with the certificate in it, a baked badge.
    pub png_url: String,
    /// A drawing with the certificate in it, a baked badge.
    pub svg_url: String,
    /// For the holder: opens the form that adds it to their profile on linkedin.com, filled in.
    pub add_to_profile_url: String,
    /// What it is worth today.
    pub status: CertificateStatus,
    /// What it is called, as signed.
    pub title: String,
    /// The holder's name, as signed.
    pub holder_name: String,
    /// Whether that is the listed person's name.
    pub holder: HolderMatch,
    /// The listing it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listing: Option<Number>,
    /// Who signed it.
    pub academy: CertificateAcademy,
    /// What the course taught.
    pub course: CertificateCourse,
    /// Whether it counts as verified training.
    pub counts: bool,
    /// What keeps it from counting.
    pub lacks: Vec<Lack>,
    /// The day the training was completed: the academy's word.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_day")]
    pub awarded_on: Option<Date>,
    /// From when it holds, as signed.
    pub valid_from: Ts,
    /// Until when it holds, as signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Ts>,
    /// When the directory received it; experience counts from here.
    pub received_at: Ts,
    /// Whether it is shown on the listing.
    pub listed: bool,
    /// When its record changed last.
    pub updated_at: Ts,
    /// The public log's signed promise to take it in; in the answer to a submission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
}

/// The address of the page on which a person verifies a certificate.
pub fn page_url(public_url: &str, number: Number) -> String {
    format!("{public_url}/certificates/{number}")
}

/// The address that adds a certificate to a profile on linkedin.com, filled in; the person confirms there.
fn add_to_profile(row: &Certificate, academy: &str, page: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("startTask", "CERTIFICATION_NAME");
    query.append_pair("name", &row.title).append_pair("organizationName", academy);
    if let Some(day) = row.awarded_on {
        query.append_pair("issueYear", &day.year().to_string());
        query.append_pair("issueMonth", &u8::from(day.month()).to_string());
    }
    if let Some(until) = row.valid_until {
        query.append_pair("expirationYear", &until.date().year().to_string());
        query.append_pair("expirationMonth", &u8::from(until.date().month()).to_string());
    }
    query.append_pair("certUrl", page).append_pair("certId", &row.number.to_string());
    format!("https://www.linkedin.com/profile/add?{}", query.finish())
}

/// A day as `2026-05-03`.
#[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde hands a field over so")]
fn iso_day<S: serde::Serializer>(day: &Option<Date>, serializer: S) -> Result<S::Ok, S::Error> {
    match day {
        Some(day) => serializer.collect_str(day),
        None => serializer.serialize_none(),
    }
}

/// Everything a certificate is shown from.
#[derive(Clone, Debug)]
pub struct Composed {
    /// The certificate itself.
    pub certificate: Certificate,
    /// The course version it names.
    pub course: CourseVersion,
    /// The slug of its academy.
    pub academy_slug: String,
    /// The name of its academy.
    pub academy_name: String,
    /// Whether its academy is recognised now.
    pub recognised: bool,
    /// The next moment at which that changes by itself, if there is one.
    pub recognition_changes_at: Option<Ts>,
    /// The listing it hangs on, and whether the name on it is that person's.
    pub listing: Option<Number>,
    /// Whether the name on it is the listed person's.
    pub holder: HolderMatch,
    /// Whether it did not fall with a key that is in the wrong hands.
    pub key_stands: bool,
}

impl Composed {
    /// What it is worth at `now`.
    pub fn status(&self, now: Ts) -> CertificateStatus {
        if self.key_stands {
            self.certificate.status(now)
        } else {
            CertificateStatus::named("key-compromised")
        }
    }

    /// The facts that decide what it counts for at `now`.
    pub fn facts(&self, now: Ts) -> Facts {
        Facts {
            kind: self.course.content.credential_kind,
            status: self.status(now),
            supervised_live_hours: self.course.content.hours.supervised_live,
            recognised: self.recognised && self.certificate.recognised_at_receipt,
            holder: self.holder,
        }
    }

    /// The next moment at which what it counts for may change by itself, if there is one.
    pub fn next_change(&self, now: Ts) -> Option<Ts> {
        [self.certificate.next_change(now), self.recognition_changes_at].into_iter().flatten().min()
    }

    /// How it is shown at `now`.
    pub fn view(&self, public_url: &str, now: Ts) -> CertificateView {
        let row = &self.certificate;
        let missing = self.facts(now).missing();
        let url = format!("{public_url}/v1/{}", row.subject());
        let version_url = crate::academies::course_version_url(
            public_url,
            &self.academy_slug,
            self.course.course,
            self.course.hash,
        );
        CertificateView {
            number: row.number,
            credential_url: format!("{url}/credential"),
            page_url: page_url(public_url, row.number),
            pdf_url: format!("{url}/pdf"),
            png_url: format!("{url}/png"),
            svg_url: format!("{url}/svg"),
            add_to_profile_url: add_to_profile(row, &self.academy_name, &page_url(public_url, row.number)),
            url,
            status: self.status(now),
            title: row.title.clone(),
            holder_name: row.holder_name.clone(),
            holder: self.holder,
            listing: self.listing,
            academy: CertificateAcademy {
                slug: self.academy_slug.clone(),
                name: self.academy_name.clone(),
                url: format!("{public_url}/v1/academies/{}", self.academy_slug),
                recognised: self.recognised,
                recognised_at_receipt: row.recognised_at_receipt,
            },
            course: CertificateCourse::of(&self.course, version_url),
            counts: missing.is_empty(),
            lacks: missing
                .into_iter()
                .map(|requirement| Lack { requirement, detail: requirement.sentence().to_owned() })
                .collect(),
            awarded_on: row.awarded_on,
            valid_from: row.valid_from,
            valid_until: row.valid_until,
            received_at: row.received_at,
            listed: row.listed,
            updated_at: row.updated_at,
            receipt: None,
        }
    }
}

/// Who agrees that a certificate belongs to a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The academy that signed it.
    Academy,
    /// The keeper of the listing.
    Holder,
}
