//! How listings and clinics look on the wire.

use poem_openapi::Object;
use serde::Serialize;
use uuid::Uuid;

use super::clinic::{Address, Clinic, ClinicRole, PointSource, Practice};
use super::earlier::EarlierView;
use super::history::{Action, FieldChange, HistoryEntry};
use super::hours::OpeningHours;
use super::profile::{Contact, OfferedService, OwnWords, StatedTraining};
use super::social::SocialProfile;
use super::{Practitioner, subject};
use crate::platform::clock::Ts;
use crate::platform::geo::Point;
use crate::platform::id::Number;
use crate::vocabulary::{Condition, Country, Language, SocialNetwork, Technique, Welcome};

/// A social profile.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
pub struct SocialProfileView {
    /// Which network.
    pub network: SocialNetwork,
    /// The name of the profile there.
    pub handle: String,
    /// Its address.
    pub url: String,
}

/// Where a portrait can be fetched. An address changes with the picture, so it may be kept for good.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
pub struct PortraitView {
    /// At most 320 pixels along a side, JPEG.
    pub small: String,
    /// At most 800 pixels along a side, JPEG.
    pub large: String,
}

/// A place where practitioners work.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ClinicView {
    /// Its id.
    pub id: Uuid,
    /// Its address in this API.
    pub url: String,
    /// Raised by every change of it.
    pub version: i64,
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// Where it is on the map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
    /// How that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point_source: Option<PointSource>,
    /// Its telephone number, in E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Its web address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// Whether one can come in without a step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_free: Option<bool>,
    /// When it is open, in its own time, in the order of the week; left out where that is not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[oai(skip_serializing_if_is_empty)]
    pub opening_hours: Vec<OpeningHours>,
    /// When it was written first.
    pub created_at: Ts,
    /// When it changed last.
    pub updated_at: Ts,
}

/// A clinic of a practitioner, and how they work there.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct PracticeView {
    /// The clinic's id.
    pub id: Uuid,
    /// The clinic's address in this API.
    pub url: String,
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// Where it is on the map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
    /// How that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point_source: Option<PointSource>,
    /// Its telephone number, in E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Its web address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// Whether one can come in without a step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_free: Option<bool>,
    /// When it is open, in its own time, in the order of the week; left out where that is not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[oai(skip_serializing_if_is_empty)]
    pub opening_hours: Vec<OpeningHours>,
    /// What the practitioner is there.
    pub role: ClinicRole,
    /// The first day, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last day, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Whether the practitioner visits clients from there.
    pub home_visits: bool,
    /// Whether the clinic's side agrees that the practitioner works there.
    pub confirmed: bool,
}

/// What a listing says about a practitioner.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct PractitionerView {
    /// The public number. It is never given to anybody else.
    pub number: Number,
    /// The listing's address in this API.
    pub url: String,
    /// The name shown.
    pub name: String,
    /// Given name or names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Family name or names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// Names borne before.
    pub former_names: Vec<String>,
    /// Brand names and other names the practitioner works under.
    pub also_known_as: Vec<String>,
    /// What the practitioner writes about themselves. Nobody has checked it.
    pub own_words: OwnWords,
    /// How to reach them.
    pub contact: Contact,
    /// Profiles on social networks.
    pub social_profiles: Vec<SocialProfileView>,
    /// The portrait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub portrait: Option<PortraitView>,
    /// Since when they practise, `2015` or `2015-06`, as they say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub practising_since: Option<String>,
    /// Services and prices.
    pub services: Vec<OfferedService>,
    /// Conditions worked on.
    pub conditions: Vec<Condition>,
    /// Techniques used.
    pub techniques: Vec<Technique>,
    /// What the place offers so that more people can come.
    pub welcomes: Vec<Welcome>,
    /// Languages clients can be treated in.
    pub languages: Vec<Language>,
    /// Whether new clients are taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepts_new_clients: Option<bool>,
    /// The country of the practice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// Where the practitioner works.
    pub clinics: Vec<PracticeView>,
    /// Training the practitioner says they have and no academy has signed. Not certificates.
    pub stated_training: Vec<StatedTraining>,
    /// Earlier listings of the same practitioner, as far as can be told from what they share.
    pub earlier_listings: Vec<EarlierView>,
    /// Raised by every change of the listing itself; `If-Match: "<version>"` names it.
    pub version: i64,
    /// When the listing was made.
    pub created_at: Ts,
    /// When anything shown on it changed last.
    pub updated_at: Ts,
}

/// One entry of a listing's history.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
pub struct HistoryEntryView {
    /// The address of the listing it is about.
    pub url: String,
    /// When it was done.
    pub at: Ts,
    /// The same, under the name every list item has.
    pub updated_at: Ts,
    /// Who did it: `operator:<label>`, `academy:<slug>`, `practitioner:<number>`.
    pub actor: String,
    /// What was done.
    pub action: Action,
    /// The listing's version after it.
    pub version: i64,
    /// Which fields changed, and how.
    pub changes: Vec<FieldChange>,
}

/// The address of a listing in this API.
pub fn practitioner_url(public_url: &str, number: Number) -> String {
    format!("{public_url}/v1/{}", subject(number))
}

/// The address of a clinic in this API.
pub fn clinic_url(public_url: &str, id: Uuid) -> String {
    format!("{public_url}/v1/clinics/{id}")
}

impl PractitionerView {
    /// The view of a listing, its addresses below `public_url` (which has no slash at the end).
    pub fn new(practitioner: &Practitioner, public_url: &str) -> Self {
        let profile = practitioner.profile.clone();
        let url = practitioner_url(public_url, practitioner.number);
        let social = |social: &SocialProfile| SocialProfileView {
            network: social.network,
            handle: social.handle.clone(),
            url: social.url(),
        };
        Self {
            number: practitioner.number,
            name: profile.name,
            given_name: profile.given_name,
            family_name: profile.family_name,
            former_names: profile.former_names,
            also_known_as: profile.also_known_as,
            own_words: profile.own_words,
            contact: profile.contact,
            social_profiles: profile.social_profiles.iter().map(social).collect(),
            portrait: practitioner.portrait.as_ref().map(|picture| PortraitView {
                small: format!("{url}/portrait?size=320&v={picture}"),
                large: format!("{url}/portrait?size=800&v={picture}"),
            }),
            practising_since: profile.practising_since,
            services: profile.services,
            conditions: profile.conditions,
            techniques: profile.techniques,
            welcomes: profile.welcomes,
            languages: profile.languages,
            accepts_new_clients: profile.accepts_new_clients,
            country: profile.country,
            clinics: practitioner
                .clinics
                .iter()
                .map(|practice| PracticeView::new(practice, public_url))
                .collect(),
            stated_training: profile.stated_training,
            earlier_listings: practitioner
                .earlier
                .iter()
                .map(|earlier| EarlierView::new(earlier, public_url))
                .collect(),
            version: practitioner.version,
            created_at: practitioner.created_at,
            updated_at: practitioner.updated_at,
            url,
        }
    }
}

impl ClinicView {
    /// The view of a clinic.
    pub fn new(clinic: &Clinic, public_url: &str) -> Self {
        let details = clinic.details.clone();
        Self {
            id: clinic.id,
            url: clinic_url(public_url, clinic.id),
            version: clinic.version,
            name: details.name,
            address: details.address,
            point: details.point.map(|(point, _)| point),
            point_source: details.point.map(|(_, source)| source),
            phone: details.phone,
            website: details.website,
            step_free: details.step_free,
            opening_hours: details.opening_hours,
            created_at: clinic.created_at,
            updated_at: clinic.updated_at,
        }
    }
}

impl PracticeView {
    /// The view of somebody's work at a clinic.
    pub fn new(practice: &Practice, public_url: &str) -> Self {
        let clinic = ClinicView::new(&practice.clinic, public_url);
        let placement = practice.placement.clone();
        Self {
            id: clinic.id,
            url: clinic.url,
            name: clinic.name,
            address: clinic.address,
            point: clinic.point,
            point_source: clinic.point_source,
            phone: clinic.phone,
            website: clinic.website,
            step_free: clinic.step_free,
            opening_hours: clinic.opening_hours,
            role: placement.role,
            from: placement.from,
            until: placement.until,
            home_visits: placement.home_visits,
            confirmed: practice.confirmed,
        }
    }
}

impl HistoryEntryView {
    /// The view of an entry in the history of `number`.
    pub fn new(entry: HistoryEntry, number: Number, public_url: &str) -> Self {
        Self {
            url: practitioner_url(public_url, number),
            at: entry.at,
            updated_at: entry.at,
            actor: entry.actor,
            action: entry.action,
            version: entry.version,
            changes: entry.changes,
        }
    }
}
