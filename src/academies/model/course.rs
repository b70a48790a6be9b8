//! Courses: what a version of one contains, its canonical bytes, and its address.

use std::fmt;

use poem_openapi::Object;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;
use uuid::Uuid;

use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::Fault;
use crate::signing::digest::Digest;
use crate::signing::jcs;
use crate::vocabulary::{Assessment, CredentialKind, Language, Level, Topic};

use super::{line, prose};

/// What a course can lead to. The other credential kinds are not given by a course.
const GIVEN_BY_COURSES: &[&str] = &[
    "training-certificate",
    "regulated-qualification",
    "course-attendance",
    "cpd-unit",
    "masterclass",
    "trainer-certificate",
    "apprenticeship-hours",
    "bloodborne-pathogen",
    "infection-control-l2",
    "first-aid-cpr",
];

/// Whole hours by how they are taught. A part of an hour is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Object, Serialize, Deserialize)]
#[oai(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// Online theory.
    #[oai(rename = "online-theory", default, validator(maximum(value = "5000")))]
    #[serde(rename = "online-theory", default, skip_serializing_if = "is_zero")]
    pub online_theory: u32,
    /// In a classroom.
    #[oai(default, validator(maximum(value = "5000")))]
    #[serde(default, skip_serializing_if = "is_zero")]
    pub classroom: u32,
    /// On living people with the trainer present.
    #[oai(rename = "supervised-live", default, validator(maximum(value = "5000")))]
    #[serde(rename = "supervised-live", default, skip_serializing_if = "is_zero")]
    pub supervised_live: u32,
    /// Alone, with given material.
    #[oai(rename = "self-study", default, validator(maximum(value = "5000")))]
    #[serde(rename = "self-study", default, skip_serializing_if = "is_zero")]
    pub self_study: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(hours: &u32) -> bool {
    *hours == 0
}

impl Hours {
    /// All of them.
    pub const fn total(self) -> u32 {
        self.online_theory + self.classroom + self.supervised_live + self.self_study
    }

    /// Whether nothing of it needs the trainer in the room.
    pub const fn remote_only(self) -> bool {
        self.classroom + self.supervised_live == 0
    }
}

/// Who awards what the course leads to, when it is not the academy itself.
#[derive(Clone, Debug, PartialEq, Eq, Object, Serialize, Deserialize)]
#[oai(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub struct AwardingBody {
    /// The body's name.
    #[oai(validator(min_length = 2, max_length = 120))]
    pub name: String,
    /// The qualification's number in that body's register.
    #[oai(validator(min_length = 1, max_length = 60))]
    #[oai(skip_serializing_if_is_none)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The qualification's level in that body's framework, such as `4`.
    #[oai(validator(min_length = 1, max_length = 20))]
    #[oai(skip_serializing_if_is_none)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
}

/// What a version of a course contains. Certificates point at exactly this, so it never changes.
#[derive(Clone, Debug, PartialEq, Eq, Object, Serialize, Deserialize)]
#[oai(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub struct CourseContent {
    /// The course's title.
    #[oai(validator(min_length = 3, max_length = 120))]
    pub title: String,
    /// What is taught, in a paragraph or a few.
    #[oai(validator(min_length = 10, max_length = 4000))]
    pub description: String,
    /// The language it is taught in.
    pub language: Language,
    /// What it leads to.
    pub credential_kind: CredentialKind,
    /// How far it goes.
    pub level: Level,
    /// Whole hours by how they are taught.
    pub hours: Hours,
    /// On how many living models each learner works.
    #[oai(default, validator(maximum(value = "500")))]
    #[serde(default)]
    pub live_models: u32,
    /// What it teaches.
    #[oai(validator(min_items = 1, max_items = 60))]
    pub topics: Vec<Topic>,
    /// How it ends; empty when nothing is assessed.
    #[oai(default, validator(max_items = 10))]
    #[serde(default)]
    pub assessments: Vec<Assessment>,
    /// Who awards what it leads to, when it is not the academy itself.
    #[oai(skip_serializing_if_is_none)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awarding_body: Option<AwardingBody>,
    /// Its trainers, by number.
    #[oai(default, validator(max_items = 40))]
    #[serde(default)]
    pub trainers: Vec<Number>,
    /// For a course of the past: the year in which it was described from the academy's records.
    #[oai(validator(minimum(value = "2020"), maximum(value = "2100")))]
    #[oai(skip_serializing_if_is_none)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub described_from_records: Option<i32>,
}

impl CourseContent {
    /// The content in its one form: tidy text, lists sorted and without repetition.
    #[must_use]
    pub fn tidied(mut self) -> Self {
        self.title = line(&self.title);
        self.description = prose(&self.description);
        if let Some(body) = &mut self.awarding_body {
            body.name = line(&body.name);
            body.number = body.number.as_deref().map(line).filter(|number| !number.is_empty());
            body.level = body.level.as_deref().map(line).filter(|level| !level.is_empty());
        }
        // By text, not by place in the list: a list that grows must not change an old version's bytes.
        self.topics.sort_unstable_by_key(|topic| topic.as_str());
        self.topics.dedup();
        self.assessments.sort_unstable_by_key(|kind| kind.as_str());
        self.assessments.dedup();
        self.trainers.sort_unstable();
        self.trainers.dedup();
        self
    }

    /// What contradicts itself.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut fault = |pointer: &str, code, detail: &str| faults.push(Fault::new(pointer, code, detail));
        let kind = self.credential_kind.as_str();
        if !GIVEN_BY_COURSES.contains(&kind) {
            fault("/credential_kind", "not-by-course", "No course leads to this kind of credential.");
        }
        if self.hours.total() == 0 {
            fault("/hours", "required", "Give at least one hour of one kind.");
        }
        if self.live_models > 0 && self.hours.supervised_live == 0 {
            fault(
                "/live_models",
                "no-supervised-hours",
                "Work on living models takes supervised hours; give them as hours.supervised-live.",
            );
        }
        if kind == "course-attendance" && !self.assessments.is_empty() {
            fault(
                "/credential_kind",
                "assessed",
                "A course that ends with an assessment leads to more than attendance; choose another kind.",
            );
        }
        if kind == "regulated-qualification" {
            let body = self.awarding_body.as_ref();
            if body.is_none_or(|body| body.number.is_none() || body.level.is_none()) {
                fault(
                    "/awarding_body",
                    "required",
                    "A regulated qualification names its awarding body with its number and level.",
                );
            }
            if self.assessments.is_empty() {
                fault("/assessments", "required", "A regulated qualification is assessed.");
            }
        }
        for (at, trainer) in self.trainers.iter().enumerate() {
            if trainer.kind() != NumberKind::Trainer {
                fault(&format!("/trainers/{at}"), "format", "This must be the number of a trainer: TRN-….");
            }
        }
        faults
    }

    /// Whether it counts towards a verified training: a training kind with supervised live work.
    pub fn has_supervised_training(&self) -> bool {
        self.credential_kind.has("training") && self.hours.supervised_live > 0
    }
}

/// The object whose canonical bytes are a version's address: the content, bound to its academy and
/// course, so that no two courses share a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionDocument {
    /// The academy's DID.
    pub academy: String,
    /// The course's number.
    pub course: Number,
    /// What it contains.
    pub content: CourseContent,
}

impl VersionDocument {
    /// The canonical bytes (RFC 8785) and their SHA-256.
    ///
    /// # Panics
    /// Never: the document holds only text, lists and whole numbers far below 2^53.
    pub fn canonical(&self) -> (Vec<u8>, Digest) {
        let value: Value =
            serde_json::to_value(self).expect("text, lists and small whole numbers always serialise");
        let bytes = jcs::to_vec(&value).expect("its whole numbers are far below 2^53");
        let digest = Digest::of_bytes(&bytes);
        (bytes, digest)
    }
}

/// A version of a course, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CourseVersion {
    /// The academy that owns the course.
    pub academy_id: Uuid,
    /// Its slug.
    pub slug: String,
    /// The course.
    pub course: Number,
    /// 1, 2, …: the highest of a course is its current version.
    pub seq: i64,
    /// The SHA-256 of `bytes`.
    pub hash: Digest,
    /// The canonical bytes of its [`VersionDocument`].
    pub bytes: Vec<u8>,
    /// What it contains.
    pub content: CourseContent,
    /// When it was added.
    pub created_at: Ts,
}

/// A course with its current version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// Its id, inside only.
    pub id: Uuid,
    /// Its number.
    pub number: Number,
    /// When it was added.
    pub created_at: Ts,
    /// The version with the highest `seq`.
    pub current: CourseVersion,
}

/// The address of a course version, as it stands in `achievement.id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CourseVersionUrl {
    /// Scheme and host, with the port where there is one, as `https://stipple.example`.
    pub origin: String,
    /// The academy.
    pub slug: String,
    /// The course.
    pub course: Number,
    /// The content.
    pub hash: Digest,
}

impl CourseVersionUrl {
    /// Reads an address of that form, at whatever host; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > limits::COURSE_VERSION_URL_BYTES {
            return None;
        }
        let (origin, path) = text.split_once("/v1/academies/")?;
        let (slug, rest) = path.split_once("/courses/")?;
        let (course, hash) = rest.split_once("/versions/")?;
        let course =
            Number::parse(course, NumberKind::Course).ok().filter(|number| number.to_string() == course)?;
        let hash = Digest::from_hex(hash)?;
        let url = Url::parse(origin).ok()?;
        let plain =
            matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none();
        (plain && is_slug(slug)).then(|| Self {
            origin: origin.to_owned(),
            slug: slug.to_owned(),
            course,
            hash,
        })
    }
}

/// The form of a slug, old or new; reserved words are for registering.
fn is_slug(text: &str) -> bool {
    super::SLUG_CHARS.contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

impl fmt::Display for CourseVersionUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, slug, course, hash } = self;
        write!(f, "{origin}/v1/academies/{slug}/courses/{course}/versions/{hash}")
    }
}

/// The address of a course version under our public URL.
pub fn course_version_url(public_url: &str, slug: &str, course: Number, hash: Digest) -> String {
    CourseVersionUrl { origin: public_url.to_owned(), slug: slug.to_owned(), course, hash }.to_string()
}
