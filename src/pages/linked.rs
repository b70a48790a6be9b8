//! What pages say to machines: schema.org's JSON-LD, made from what the API answered for the page itself.
//!
//! A certificate that does not count is never shown as one in force; ratings and reviews are those written here, and stand
//! on the service and not on a clinic, which others may share.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::Date;

use super::academies::Academy;
use super::labels::{label, labels};
use super::site::absolute;
use crate::certificates::CertificateView;
use crate::certificates::verdict::{Answer, Verdict};

const CONTEXT: &str = "https://schema.org";
const ACTIVE: &str = "https://schema.org/CertificationActive";
const INACTIVE: &str = "https://schema.org/CertificationInactive";
/// What people here do, in the words of schema.org's readers.
const JOB: &str = "Scalp micropigmentation practitioner";

/// A listing, as far as machines are told of it, in JSON-LD and by its picture.
#[derive(Deserialize)]
pub(super) struct Listed {
    pub(super) number: String,
    pub(super) name: String,
    pub(super) verified: Verified,
    pub(super) cases: Cases,
    pub(super) rating: Rated,
    given_name: Option<String>,
    family_name: Option<String>,
    #[serde(default)]
    also_known_as: Vec<String>,
    #[serde(default)]
    languages: Vec<String>,
    portrait: Option<Portrait>,
    certificates: Vec<Certificate>,
    pub(super) clinics: Vec<Practice>,
    contact: Contact,
    #[serde(default)]
    social_profiles: Vec<Profile>,
}

#[derive(Deserialize)]
pub(super) struct Verified {
    pub(super) value: bool,
}

#[derive(Deserialize)]
pub(super) struct Cases {
    pub(super) settled: u32,
}

#[derive(Deserialize)]
pub(super) struct Rated {
    pub(super) rating: Option<f64>,
    pub(super) reviews: u64,
}

#[derive(Deserialize)]
struct Portrait {
    large: String,
}

#[derive(Deserialize)]
struct Profile {
    url: String,
}

#[derive(Deserialize)]
struct Contact {
    website: Option<String>,
}

#[derive(Deserialize)]
struct Certificate {
    number: String,
    title: String,
    academy: Signer,
    course: Course,
    counts: bool,
    valid_from: String,
    valid_until: Option<String>,
}

#[derive(Deserialize)]
struct Signer {
    slug: String,
    name: String,
}

#[derive(Deserialize)]
struct Course {
    kind: String,
    level: String,
    topics: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Practice {
    name: String,
    pub(super) address: Address,
    point: Option<Point>,
    phone: Option<String>,
    website: Option<String>,
    #[serde(default)]
    opening_hours: Vec<Open>,
    until: Option<String>,
}

#[derive(Deserialize)]
struct Open {
    day: String,
    opens: String,
    closes: String,
}

#[derive(Deserialize)]
pub(super) struct Address {
    #[serde(default)]
    lines: Vec<String>,
    pub(super) city: Option<String>,
    region: Option<String>,
    postcode: Option<String>,
    country: String,
}

#[derive(Deserialize)]
struct Point {
    lat: f64,
    lon: f64,
}

/// The reviews of a listing, as far as machines are told of them.
#[derive(Deserialize)]
pub(super) struct Reviewed {
    items: Vec<Review>,
    summary: Summary,
}

#[derive(Deserialize)]
struct Summary {
    rating: Option<f64>,
    counters: Counters,
}

#[derive(Deserialize)]
struct Counters {
    published: i64,
}

#[derive(Deserialize)]
struct Review {
    url: String,
    stars: u8,
    text: Option<String>,
    state: String,
    received_at: String,
}

/// An object without the members that have nothing to say.
fn object(members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    let kept = members.into_iter().filter(|(_, value)| !is_empty(value));
    Value::Object(kept.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

/// The page of a listing.
pub(super) fn listing(listed: &Listed, reviewed: &Reviewed, today: Date) -> Value {
    let page = absolute(&format!("/practitioners/{}", listed.number));
    json!({"@context": CONTEXT, "@graph": [listed.person(&page, today), reviewed.service(&page)]})
}

impl Listed {
    fn person(&self, page: &str, today: Date) -> Value {
        let today = today.to_string();
        let clinics =
            self.clinics.iter().filter(|clinic| clinic.until.as_ref().is_none_or(|last| *last >= today));
        let elsewhere =
            self.contact.website.iter().chain(self.social_profiles.iter().map(|profile| &profile.url));
        let counting = self.certificates.iter().filter(|certificate| certificate.counts);
        object([
            ("@type", json!("Person")),
            ("@id", json!(page)),
            ("url", json!(page)),
            ("identifier", json!({"@type": "PropertyValue", "propertyID": "Stipple", "value": self.number})),
            ("name", json!(self.name)),
            ("givenName", json!(self.given_name)),
            ("familyName", json!(self.family_name)),
            ("alternateName", json!(self.also_known_as)),
            ("jobTitle", json!(JOB)),
            ("knowsLanguage", json!(self.languages)),
            ("image", json!(self.portrait.as_ref().map(|portrait| &portrait.large))),
            ("sameAs", elsewhere.map(|url| json!(url)).collect()),
            ("hasCertification", self.certificates.iter().map(Certificate::certification).collect()),
            ("hasCredential", counting.map(Certificate::credential).collect()),
            ("worksFor", clinics.map(Practice::business).collect()),
        ])
    }
}

/// An academy as the one that issued something.
fn issuer(slug: &str, name: &str) -> Value {
    json!({"@type": "EducationalOrganization", "name": name, "url": absolute(&format!("/academies/{slug}"))})
}

impl Certificate {
    fn page(&self) -> String {
        absolute(&format!("/certificates/{}", self.number))
    }

    fn certification(&self) -> Value {
        object([
            ("@type", json!("Certification")),
            ("name", json!(self.title)),
            ("url", json!(self.page())),
            ("certificationIdentification", json!(self.number)),
            ("certificationStatus", json!(if self.counts { ACTIVE } else { INACTIVE })),
            ("issuedBy", issuer(&self.academy.slug, &self.academy.name)),
            ("validFrom", json!(self.valid_from)),
            ("expires", json!(self.valid_until)),
        ])
    }

    fn credential(&self) -> Value {
        let topics = self.course.topics.iter().map(|topic| json!(label("topics", topic)));
        object([
            ("@type", json!("EducationalOccupationalCredential")),
            ("name", json!(self.title)),
            ("url", json!(self.page())),
            ("identifier", json!(self.number)),
            ("credentialCategory", json!(label("credential-kinds", &self.course.kind))),
            ("educationalLevel", json!(label("levels", &self.course.level))),
            ("competencyRequired", topics.collect()),
            ("recognizedBy", issuer(&self.academy.slug, &self.academy.name)),
        ])
    }
}

impl Open {
    fn specification(&self) -> Value {
        let (first, rest) = self.day.split_at(self.day.len().min(1));
        json!({
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": format!("https://schema.org/{}{rest}", first.to_uppercase()),
            "opens": self.opens,
            "closes": self.closes,
        })
    }
}

impl Practice {
    fn business(&self) -> Value {
        let address = object([
            ("@type", json!("PostalAddress")),
            ("streetAddress", json!(self.address.lines.join(", "))),
            ("addressLocality", json!(self.address.city)),
            ("addressRegion", json!(self.address.region)),
            ("postalCode", json!(self.address.postcode)),
            ("addressCountry", json!(self.address.country)),
        ]);
        let point = self.point.as_ref();
        object([
            ("@type", json!(["HealthAndBeautyBusiness", "TattooParlor"])),
            ("name", json!(self.name)),
            ("address", address),
            (
                "geo",
                json!(point.map(
                    |point| json!({"@type": "GeoCoordinates", "latitude": point.lat, "longitude": point.lon})
                )),
            ),
            ("telephone", json!(self.phone)),
            ("url", json!(self.website)),
            ("openingHoursSpecification", self.opening_hours.iter().map(Open::specification).collect()),
        ])
    }
}

impl Reviewed {
    fn service(&self, page: &str) -> Value {
        let shown = self.items.iter().filter(|review| review.state == "published");
        let rating = self.summary.rating.filter(|_| self.summary.counters.published > 0);
        object([
            ("@type", json!("Service")),
            ("serviceType", json!("Scalp micropigmentation")),
            ("provider", json!({"@id": page})),
            (
                "aggregateRating",
                json!(rating.map(|rating| json!({
                    "@type": "AggregateRating", "ratingValue": rating, "bestRating": 5, "worstRating": 1,
                    "reviewCount": self.summary.counters.published,
                }))),
            ),
            ("review", shown.map(Review::linked).collect()),
        ])
    }
}

impl Review {
    fn linked(&self) -> Value {
        object([
            ("@type", json!("Review")),
            ("url", json!(self.url)),
            (
                "reviewRating",
                json!({"@type": "Rating", "ratingValue": self.stars, "bestRating": 5, "worstRating": 1}),
            ),
            ("reviewBody", json!(self.text)),
            ("datePublished", json!(self.received_at)),
            ("author", json!({"@type": "Person", "name": "Anonymous"})),
            ("publisher", json!({"@type": "Organization", "name": "Stipple", "url": absolute("/")})),
        ])
    }
}

/// The page of a certificate: in force where the verdict of this moment is that it is valid.
pub(super) fn certificate(view: &CertificateView, verdict: &Verdict) -> Value {
    let valid = verdict.verdict == Answer::Valid;
    let academy = issuer(&view.academy.slug, &view.academy.name);
    let topics: Vec<String> = view.course.topics.iter().map(|topic| topic.as_str().to_owned()).collect();
    let mut made = object([
        ("@context", json!(CONTEXT)),
        ("@type", json!(["EducationalOccupationalCredential", "Certification"])),
        ("name", json!(view.title)),
        ("url", json!(view.page_url)),
        ("identifier", json!(view.number)),
        ("certificationIdentification", json!(view.number)),
        ("certificationStatus", json!(if valid { ACTIVE } else { INACTIVE })),
        ("credentialCategory", json!(label("credential-kinds", view.course.kind.as_str()))),
        ("educationalLevel", json!(label("levels", view.course.level.as_str()))),
        ("competencyRequired", json!(labels("topics", &topics))),
        ("about", json!({"@type": "Person", "name": view.holder_name})),
        ("issuedBy", academy),
        ("validFrom", json!(view.valid_from)),
        ("expires", json!(view.valid_until)),
        ("auditDate", json!(verdict.as_of)),
    ]);
    if let Some(listing) = view.listing.filter(|_| view.listed) {
        made["about"]["url"] = json!(absolute(&format!("/practitioners/{listing}")));
    }
    made
}

/// The page of an academy.
pub(super) fn academy(academy: &Academy) -> Value {
    object([
        ("@context", json!(CONTEXT)),
        ("@type", json!("EducationalOrganization")),
        ("name", json!(academy.name)),
        ("legalName", json!(academy.legal_name)),
        ("url", json!(absolute(&format!("/academies/{}", academy.slug)))),
        ("sameAs", json!(academy.website)),
        ("identifier", json!(academy.did)),
        ("address", json!({"@type": "PostalAddress", "addressCountry": academy.country})),
    ])
}

/// The front page: the site with its search, and who it is.
pub(super) fn site() -> Value {
    let home = absolute("/");
    json!({"@context": CONTEXT, "@graph": [
        {"@type": "Organization", "@id": format!("{home}#directory"), "name": "Stipple", "url": home,
            "description": "An open directory of scalp micropigmentation practitioners in which every claim of training can be checked."},
        {"@type": "WebSite", "name": "Stipple", "url": home, "publisher": {"@id": format!("{home}#directory")},
            "potentialAction": {"@type": "SearchAction",
                "target": {"@type": "EntryPoint", "urlTemplate": format!("{}?q={{search_term_string}}", absolute("/find"))},
                "query-input": "required name=search_term_string"}},
    ]})
}
