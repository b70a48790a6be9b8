//! What requests carry.

use poem_openapi::Object;
use poem_openapi::types::MaybeUndefined;
use serde::Serialize;
use uuid::Uuid;

use crate::platform::geo::Point;
use crate::platform::http::Validate;
use crate::platform::id::Number;
use crate::platform::problem::Fault;
use crate::practitioners::model::{
    Address, ClinicInput, ClinicRole, Contact, ListingInput, OfferedService, OpeningHours, OwnWords,
    PlacementInput, PracticeInput, Premises, ProfileInput, SocialProfileInput, StatedTraining,
};
use crate::vocabulary::{Condition, Country, Language, Technique, Welcome};

/// A new listing. Only the name is needed.
#[derive(Clone, Debug, Object)]
#[oai(deny_unknown_fields)]
pub(super) struct NewPractitioner {
    /// The name shown.
    #[oai(validator(min_length = 1, max_length = 120))]
    name: String,
    /// Given name or names. With the family name, another way a certificate may name the practitioner.
    #[oai(validator(max_length = 120))]
    given_name: Option<String>,
    /// Family name or names.
    #[oai(validator(max_length = 120))]
    family_name: Option<String>,
    /// Names borne before. They are shown, and found.
    #[oai(default, validator(max_items = 10))]
    former_names: Vec<String>,
    /// Brand names and other names the practitioner works under.
    #[oai(default, validator(max_items = 10))]
    also_known_as: Vec<String>,
    /// What the practitioner writes about themselves.
    #[oai(default)]
    own_words: OwnWords,
    /// How to reach them.
    #[oai(default)]
    contact: Contact,
    /// Profiles on social networks, by handle or address.
    #[oai(default, validator(max_items = 12))]
    social_profiles: Vec<SocialProfileInput>,
    /// Since when they practise, `2015` or `2015-06`.
    practising_since: Option<String>,
    /// Services and prices.
    #[oai(default, validator(max_items = 60))]
    services: Vec<OfferedService>,
    /// Conditions worked on.
    #[oai(default)]
    conditions: Vec<Condition>,
    /// Techniques used.
    #[oai(default)]
    techniques: Vec<Technique>,
    /// What the place offers so that more people can come.
    #[oai(default)]
    welcomes: Vec<Welcome>,
    /// Languages clients can be treated in.
    #[oai(default)]
    languages: Vec<Language>,
    /// Whether new clients are taken.
    accepts_new_clients: Option<bool>,
    /// The country of the practice; that of the first clinic described here when left out. Telephone
    /// numbers without a country are read as this country's.
    country: Option<Country>,
    /// Where the practitioner works.
    #[oai(default, validator(max_items = 20))]
    clinics: Vec<NewPractice>,
    /// Training the practitioner says they have and no academy has signed.
    #[oai(default, validator(max_items = 30))]
    stated_training: Vec<StatedTraining>,
}

impl Validate for NewPractitioner {
    fn faults(&self) -> Vec<Fault> {
        let clinics = self.clinics.iter().enumerate();
        clinics.flat_map(|(at, practice)| practice.faults(&format!("/clinics/{at}"))).collect()
    }
}

/// Work at a clinic: one of the directory by its `id`, or a new one with a `name` and an `address`.
#[derive(Clone, Debug, Object)]
#[oai(deny_unknown_fields)]
pub(super) struct NewPractice {
    /// A clinic of the directory. Everything that describes the clinic is then left out.
    id: Option<Uuid>,
    /// What a new clinic is called.
    #[oai(validator(max_length = 120))]
    name: Option<String>,
    /// Where it is.
    address: Option<Address>,
    /// Where it is on the map; worked out from the address when left out.
    point: Option<Point>,
    /// Its telephone number.
    phone: Option<String>,
    /// Its web address.
    website: Option<String>,
    /// Whether one can come in without a step.
    step_free: Option<bool>,
    /// When it is open, in its own time.
    #[oai(validator(max_items = 21))]
    opening_hours: Option<Vec<OpeningHours>>,
    /// What the practitioner is there; `staff` when left out.
    role: Option<ClinicRole>,
    /// The first day, `YYYY-MM-DD`.
    from: Option<String>,
    /// The last day, `YYYY-MM-DD`.
    until: Option<String>,
    /// Whether the practitioner visits clients from there.
    #[oai(default)]
    home_visits: bool,
}

impl NewPractice {
    fn faults(&self, base: &str) -> Vec<Fault> {
        let given = [
            ("name", self.name.is_some()),
            ("address", self.address.is_some()),
            ("point", self.point.is_some()),
            ("phone", self.phone.is_some()),
            ("website", self.website.is_some()),
            ("step_free", self.step_free.is_some()),
            ("opening_hours", self.opening_hours.is_some()),
        ];
        let fault = |(member, _): (&str, bool)| {
            let pointer = format!("{base}/{member}");
            if self.id.is_none() {
                Fault::new(
                    pointer,
                    "required",
                    "A new clinic has a name and an address; one of the directory is named by `id`.",
                )
            } else {
                let detail =
                    "A clinic named by `id` is not described again; PATCH /v1/clinics/{id} changes it.";
                Fault::new(pointer, "unexpected", detail)
            }
        };
        match self.id {
            Some(_) => given.into_iter().filter(|(_, given)| *given).map(fault).collect(),
            None => given.into_iter().take(2).filter(|(_, given)| !given).map(fault).collect(),
        }
    }

    fn into_input(self) -> Option<PracticeInput> {
        let placement = PlacementInput {
            role: self.role.unwrap_or_default(),
            from: self.from,
            until: self.until,
            home_visits: self.home_visits,
        };
        let clinic = match (self.id, self.name, self.address) {
            (Some(id), _, _) => Premises::Known(id),
            (None, Some(name), Some(address)) => Premises::New(ClinicInput {
                name,
                address,
                point: self.point,
                phone: self.phone,
                website: self.website,
                step_free: self.step_free,
                opening_hours: self.opening_hours.unwrap_or_default(),
            }),
            // Refused by `faults` before anything is built.
            _ => return None,
        };
        Some(PracticeInput { clinic, placement })
    }
}

impl From<NewPractitioner> for ListingInput {
    fn from(new: NewPractitioner) -> Self {
        let profile = ProfileInput {
            name: new.name,
            given_name: new.given_name,
            family_name: new.family_name,
            former_names: new.former_names,
            also_known_as: new.also_known_as,
            own_words: new.own_words,
            contact: new.contact,
            social_profiles: new.social_profiles,
            practising_since: new.practising_since,
            services: new.services,
            conditions: new.conditions,
            techniques: new.techniques,
            welcomes: new.welcomes,
            languages: new.languages,
            accepts_new_clients: new.accepts_new_clients,
            country: new.country,
            stated_training: new.stated_training,
        };
        Self { profile, clinics: new.clinics.into_iter().filter_map(NewPractice::into_input).collect() }
    }
}

/// A change of a listing: what is left out stays, `null` clears.
#[derive(Clone, Debug, Object)]
#[oai(deny_unknown_fields, nullable_all)]
pub(super) struct PractitionerChange {
    /// The name shown. It cannot be cleared.
    #[oai(validator(min_length = 1, max_length = 120))]
    name: MaybeUndefined<String>,
    /// Given name or names.
    #[oai(validator(max_length = 120))]
    given_name: MaybeUndefined<String>,
    /// Family name or names.
    #[oai(validator(max_length = 120))]
    family_name: MaybeUndefined<String>,
    /// Names borne before, all of them.
    former_names: MaybeUndefined<Vec<String>>,
    /// Brand names and other names, all of them.
    also_known_as: MaybeUndefined<Vec<String>>,
    /// What the practitioner writes about themselves.
    own_words: MaybeUndefined<OwnWordsChange>,
    /// How to reach them.
    contact: MaybeUndefined<ContactChange>,
    /// Profiles on social networks, all of them.
    social_profiles: MaybeUndefined<Vec<SocialProfileInput>>,
    /// Since when they practise, `2015` or `2015-06`.
    practising_since: MaybeUndefined<String>,
    /// Services and prices, all of them.
    services: MaybeUndefined<Vec<OfferedService>>,
    /// Conditions worked on, all of them.
    conditions: MaybeUndefined<Vec<Condition>>,
    /// Techniques used, all of them.
    techniques: MaybeUndefined<Vec<Technique>>,
    /// What the place offers, all of it.
    welcomes: MaybeUndefined<Vec<Welcome>>,
    /// Languages clients can be treated in, all of them.
    languages: MaybeUndefined<Vec<Language>>,
    /// Whether new clients are taken.
    accepts_new_clients: MaybeUndefined<bool>,
    /// The country of the practice.
    country: MaybeUndefined<Country>,
    /// Training stated and not signed, all of it.
    stated_training: MaybeUndefined<Vec<StatedTraining>>,
}

/// A change of what the practitioner writes about themselves.
#[derive(Clone, Debug, Default, Object)]
#[oai(deny_unknown_fields, nullable_all)]
pub(super) struct OwnWordsChange {
    /// One line under the name.
    headline: MaybeUndefined<String>,
    /// Several paragraphs of plain text.
    bio: MaybeUndefined<String>,
}

/// A change of how to reach a practitioner.
#[derive(Clone, Debug, Default, Object)]
#[oai(deny_unknown_fields, nullable_all)]
pub(super) struct ContactChange {
    /// A telephone number.
    phone: MaybeUndefined<String>,
    /// An e-mail address.
    email: MaybeUndefined<String>,
    /// A web address of the practitioner or their clinic.
    website: MaybeUndefined<String>,
    /// Where to book.
    booking_url: MaybeUndefined<String>,
}

impl Validate for PractitionerChange {
    fn faults(&self) -> Vec<Fault> {
        match self.name {
            MaybeUndefined::Null => {
                vec![Fault::new("/name", "required", "A listing has a name; it cannot be cleared.")]
            }
            _ => Vec::new(),
        }
    }
}

impl PractitionerChange {
    /// Puts the change over what the listing says.
    pub(super) fn apply(self, profile: &mut ProfileInput) {
        if let MaybeUndefined::Value(name) = self.name {
            profile.name = name;
        }
        set(&mut profile.given_name, self.given_name);
        set(&mut profile.family_name, self.family_name);
        set_list(&mut profile.former_names, self.former_names);
        set_list(&mut profile.also_known_as, self.also_known_as);
        match self.own_words {
            MaybeUndefined::Undefined => {}
            MaybeUndefined::Null => profile.own_words = OwnWords::default(),
            MaybeUndefined::Value(change) => {
                set(&mut profile.own_words.headline, change.headline);
                set(&mut profile.own_words.bio, change.bio);
            }
        }
        match self.contact {
            MaybeUndefined::Undefined => {}
            MaybeUndefined::Null => profile.contact = Contact::default(),
            MaybeUndefined::Value(change) => {
                set(&mut profile.contact.phone, change.phone);
                set(&mut profile.contact.email, change.email);
                set(&mut profile.contact.website, change.website);
                set(&mut profile.contact.booking_url, change.booking_url);
            }
        }
        set_list(&mut profile.social_profiles, self.social_profiles);
        set(&mut profile.practising_since, self.practising_since);
        set_list(&mut profile.services, self.services);
        set_list(&mut profile.conditions, self.conditions);
        set_list(&mut profile.techniques, self.techniques);
        set_list(&mut profile.welcomes, self.welcomes);
        set_list(&mut profile.languages, self.languages);
        set(&mut profile.accepts_new_clients, self.accepts_new_clients);
        set(&mut profile.country, self.country);
        set_list(&mut profile.stated_training, self.stated_training);
    }
}

/// A new clinic.
#[derive(Clone, Debug, Object)]
#[oai(deny_unknown_fields)]
pub(super) struct NewClinic {
    /// What it is called.
    #[oai(validator(min_length = 1, max_length = 120))]
    name: String,
    /// Where it is.
    address: Address,
    /// Where it is on the map; worked out from the address when left out.
    point: Option<Point>,
    /// Its telephone number.
    phone: Option<String>,
    /// Its web address.
    website: Option<String>,
    /// Whether one can come in without a step.
    step_free: Option<bool>,
    /// When it is open, in its own time.
    #[oai(default, validator(max_items = 21))]
    opening_hours: Vec<OpeningHours>,
}

impl Validate for NewClinic {}

impl From<NewClinic> for ClinicInput {
    fn from(new: NewClinic) -> Self {
        Self {
            name: new.name,
            address: new.address,
            point: new.point,
            phone: new.phone,
            website: new.website,
            step_free: new.step_free,
            opening_hours: new.opening_hours,
        }
    }
}

/// A change of a clinic: what is left out stays, `null` clears. The address is replaced as a whole.
#[derive(Clone, Debug, Object)]
#[oai(deny_unknown_fields, nullable_all)]
pub(super) struct ClinicChange {
    /// What it is called. It cannot be cleared.
    #[oai(validator(min_length = 1, max_length = 120))]
    name: MaybeUndefined<String>,
    /// Where it is. It cannot be cleared.
    address: MaybeUndefined<Address>,
    /// Where it is on the map; cleared, it is worked out from the address.
    point: MaybeUndefined<Point>,
    /// Its telephone number.
    phone: MaybeUndefined<String>,
    /// Its web address.
    website: MaybeUndefined<String>,
    /// Whether one can come in without a step.
    step_free: MaybeUndefined<bool>,
    /// When it is open, in its own time; replaced as a whole.
    #[oai(validator(max_items = 21))]
    opening_hours: MaybeUndefined<Vec<OpeningHours>>,
}

impl Validate for ClinicChange {
    fn faults(&self) -> Vec<Fault> {
        let cleared = [("/name", self.name.is_null()), ("/address", self.address.is_null())];
        cleared
            .into_iter()
            .filter(|(_, null)| *null)
            .map(|(pointer, _)| Fault::new(pointer, "required", "A clinic has one; it cannot be cleared."))
            .collect()
    }
}

impl ClinicChange {
    /// Puts the change over what is known about the clinic.
    pub(super) fn apply(self, clinic: &mut ClinicInput) {
        if let MaybeUndefined::Value(name) = self.name {
            clinic.name = name;
        }
        if let MaybeUndefined::Value(address) = self.address {
            // A point given for another address says nothing about this one.
            if address != clinic.address {
                clinic.point = None;
            }
            clinic.address = address;
        }
        set(&mut clinic.point, self.point);
        set(&mut clinic.phone, self.phone);
        set(&mut clinic.website, self.website);
        set(&mut clinic.step_free, self.step_free);
        match self.opening_hours {
            MaybeUndefined::Value(hours) => clinic.opening_hours = hours,
            MaybeUndefined::Null => clinic.opening_hours.clear(),
            MaybeUndefined::Undefined => {}
        }
    }
}

/// How and when somebody works at a clinic.
#[derive(Clone, Debug, Object)]
#[oai(rename = "Placement", deny_unknown_fields)]
pub(super) struct PlacementBody {
    /// What the practitioner is there; `staff` when left out.
    role: Option<ClinicRole>,
    /// The first day, `YYYY-MM-DD`.
    from: Option<String>,
    /// The last day, `YYYY-MM-DD`.
    until: Option<String>,
    /// Whether the practitioner visits clients from there.
    #[oai(default)]
    home_visits: bool,
}

impl Validate for PlacementBody {}

impl From<PlacementBody> for PlacementInput {
    fn from(body: PlacementBody) -> Self {
        Self {
            role: body.role.unwrap_or_default(),
            from: body.from,
            until: body.until,
            home_visits: body.home_visits,
        }
    }
}

/// Which listing answers from now on.
#[derive(Clone, Debug, Object)]
#[oai(deny_unknown_fields)]
pub(super) struct Merge {
    /// The number of the listing that stays.
    pub(super) into: Number,
}

impl Validate for Merge {}

/// A listing behind an address, a number or a name.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(super) struct Found {
    /// The listing's public number.
    pub(super) number: Number,
    /// Its address in this API.
    pub(super) url: String,
    /// The name shown.
    pub(super) name: String,
    /// What matched: `website`, `social`, `phone` or `name`.
    pub(super) matched: String,
    /// How far its nearest clinic is, in kilometres, where a place was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) distance_km: Option<f64>,
    /// When anything shown on it changed last.
    pub(super) updated_at: crate::platform::clock::Ts,
}

fn set<T>(slot: &mut Option<T>, change: MaybeUndefined<T>) {
    match change {
        MaybeUndefined::Undefined => {}
        MaybeUndefined::Null => *slot = None,
        MaybeUndefined::Value(value) => *slot = Some(value),
    }
}

fn set_list<T>(slot: &mut Vec<T>, change: MaybeUndefined<Vec<T>>) {
    match change {
        MaybeUndefined::Undefined => {}
        MaybeUndefined::Null => slot.clear(),
        MaybeUndefined::Value(values) => *slot = values,
    }
}
