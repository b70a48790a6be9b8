//! What a listing says about a practitioner, and the rules it must keep.
//!
//! A [`Profile`] is only made by [`ProfileInput::check`], so whatever holds one holds clean values.

use poem_openapi::Object;
use serde::{Deserialize, Serialize};
use time::Date;

use super::social::{self, SocialProfile, SocialProfileInput};
use super::{contact, text, web};
use crate::config::limits;
use crate::platform::problem::{Fault, shorten};
use crate::vocabulary::{
    Code, Condition, Country, Currency, Language, List, PriceUnit, Service, Technique, Welcome,
};

/// What a practitioner writes about themselves. Nobody has checked it; it is shown as such.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct OwnWords {
    /// One line under the name.
    #[oai(validator(max_length = 160))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
    /// Several paragraphs of plain text.
    #[oai(validator(max_length = 5000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bio: Option<String>,
}

/// How clients reach a practitioner. All of it is public.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct Contact {
    /// A telephone number; answered in E.164 (`+441632960001`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// An e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// A web address of the practitioner or their clinic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// Where to book.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_url: Option<String>,
}

/// What one service costs. Amounts are whole minor units of the currency: 25000 in GBP is 250 pounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct Price {
    /// The price, or the lowest of a range, in minor units.
    #[oai(validator(minimum(value = "0"), maximum(value = "10000000000")))]
    pub amount_from: i64,
    /// The highest of a range, in minor units.
    #[oai(validator(minimum(value = "0"), maximum(value = "10000000000")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_to: Option<i64>,
    /// In which currency.
    pub currency: Currency,
    /// What the price buys. Only prices of whole treatments are compared with each other.
    pub unit: PriceUnit,
    /// How many sessions it includes.
    #[oai(validator(minimum(value = "1"), maximum(value = "20")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions_included: Option<u32>,
    /// Whether a later touch-up is included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub touch_up_included: Option<bool>,
}

/// A service a practitioner offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct OfferedService {
    /// Which service.
    pub service: Service,
    /// What it costs, where that is stated. A service may be listed once per price unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
}

/// Training a practitioner says they have and that no academy has signed. It is shown apart from
/// certificates and never counts as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct StatedTraining {
    /// Who taught it, as the practitioner writes it.
    #[oai(validator(min_length = 1, max_length = 120))]
    pub academy: String,
    /// What the course was called.
    #[oai(validator(max_length = 160))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub course: Option<String>,
    /// In which year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<u16>,
}

/// What a keeper writes, before the rules were applied.
#[derive(Clone, Debug, Default)]
pub struct ProfileInput {
    /// The name shown.
    pub name: String,
    /// Given name or names.
    pub given_name: Option<String>,
    /// Family name or names.
    pub family_name: Option<String>,
    /// Names borne before.
    pub former_names: Vec<String>,
    /// Brand names and other names the practitioner works under.
    pub also_known_as: Vec<String>,
    /// What they write about themselves.
    pub own_words: OwnWords,
    /// How to reach them.
    pub contact: Contact,
    /// Profiles on social networks.
    pub social_profiles: Vec<SocialProfileInput>,
    /// Since when, `2015` or `2015-06`.
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
    pub accepts_new_clients: Option<bool>,
    /// The country of the practice.
    pub country: Option<Country>,
    /// Training stated and not signed.
    pub stated_training: Vec<StatedTraining>,
}

/// What a listing says about a practitioner: clean, within every limit, without repetitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The name shown.
    pub name: String,
    /// Given name or names.
    pub given_name: Option<String>,
    /// Family name or names.
    pub family_name: Option<String>,
    /// Names borne before.
    pub former_names: Vec<String>,
    /// Brand names and other names the practitioner works under.
    pub also_known_as: Vec<String>,
    /// What they write about themselves.
    pub own_words: OwnWords,
    /// How to reach them: E.164, and addresses in one form.
    pub contact: Contact,
    /// Profiles on social networks.
    pub social_profiles: Vec<SocialProfile>,
    /// Since when, `2015` or `2015-06`.
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
    pub accepts_new_clients: Option<bool>,
    /// The country of the practice.
    pub country: Option<Country>,
    /// Training stated and not signed.
    pub stated_training: Vec<StatedTraining>,
}

impl ProfileInput {
    /// Applies every rule.
    ///
    /// # Errors
    /// Everything that is wrong, located by JSON pointers into the request.
    pub fn check(self, today: Date) -> Result<Profile, Vec<Fault>> {
        let mut faults = Vec::new();
        let name = required_name("/name", &self.name, &mut faults);
        let optional_name = |pointer, value: Option<&String>, faults: &mut Vec<Fault>| {
            value
                .map(|value| text::name(pointer, value, limits::NAME_CHARS, faults))
                .filter(|name| !name.is_empty())
        };
        let given_name = optional_name("/given_name", self.given_name.as_ref(), &mut faults);
        let family_name = optional_name("/family_name", self.family_name.as_ref(), &mut faults);
        let mut former_names = names("/former_names", &self.former_names, &mut faults);
        let mut also_known_as = names("/also_known_as", &self.also_known_as, &mut faults);
        former_names.retain(|former| *former != name);
        also_known_as.retain(|other| *other != name);
        let own_words = OwnWords {
            headline: text::optional_line(
                "/own_words/headline",
                self.own_words.headline.as_deref(),
                limits::HEADLINE_CHARS,
                &mut faults,
            ),
            bio: text::paragraphs(
                "/own_words/bio",
                self.own_words.bio.as_deref(),
                limits::BIO_CHARS,
                &mut faults,
            ),
        };
        let contact = check_contact(&self.contact, self.country, &mut faults);
        text::at_most("/social_profiles", self.social_profiles.len(), limits::SOCIAL_PROFILES, &mut faults);
        let social_profiles = social::read_all("/social_profiles", &self.social_profiles, &mut faults);
        let practising_since = since(self.practising_since.as_deref(), today, &mut faults);
        let services = check_services(self.services, &mut faults);
        let profile = Profile {
            name,
            given_name,
            family_name,
            former_names,
            also_known_as,
            own_words,
            contact,
            social_profiles,
            practising_since,
            services,
            conditions: codes("/conditions", self.conditions, &mut faults),
            techniques: codes("/techniques", self.techniques, &mut faults),
            welcomes: codes("/welcomes", self.welcomes, &mut faults),
            languages: codes("/languages", self.languages, &mut faults),
            accepts_new_clients: self.accepts_new_clients,
            country: self.country,
            stated_training: trainings(self.stated_training, today, &mut faults),
        };
        if faults.is_empty() { Ok(profile) } else { Err(faults) }
    }
}

impl From<Profile> for ProfileInput {
    fn from(profile: Profile) -> Self {
        let social = |social: SocialProfile| SocialProfileInput {
            network: Some(social.network),
            handle: social.handle,
        };
        Self {
            name: profile.name,
            given_name: profile.given_name,
            family_name: profile.family_name,
            former_names: profile.former_names,
            also_known_as: profile.also_known_as,
            own_words: profile.own_words,
            contact: profile.contact,
            social_profiles: profile.social_profiles.into_iter().map(social).collect(),
            practising_since: profile.practising_since,
            services: profile.services,
            conditions: profile.conditions,
            techniques: profile.techniques,
            welcomes: profile.welcomes,
            languages: profile.languages,
            accepts_new_clients: profile.accepts_new_clients,
            country: profile.country,
            stated_training: profile.stated_training,
        }
    }
}

pub(super) fn required_name(pointer: &str, given: &str, faults: &mut Vec<Fault>) -> String {
    let before = faults.len();
    let name = text::name(pointer, given, limits::NAME_CHARS, faults);
    if name.is_empty() && faults.len() == before {
        faults.push(Fault::new(pointer, "required", "A name is required, and must not be empty."));
    }
    name
}

fn names(pointer: &str, given: &[String], faults: &mut Vec<Fault>) -> Vec<String> {
    text::at_most(pointer, given.len(), limits::NAMES_PER_LISTING, faults);
    let names = given
        .iter()
        .enumerate()
        .map(|(at, name)| text::name(&format!("{pointer}/{at}"), name, limits::NAME_CHARS, faults))
        .filter(|name| !name.is_empty())
        .collect();
    text::distinct(names)
}

fn codes<L: List>(pointer: &str, given: Vec<Code<L>>, faults: &mut Vec<Fault>) -> Vec<Code<L>> {
    let mut codes: Vec<Code<L>> = given.into_iter().map(Code::current).collect();
    codes.sort_unstable();
    codes.dedup();
    text::at_most(pointer, codes.len(), limits::CODES_PER_LIST, faults);
    codes
}

fn check_contact(given: &Contact, country: Option<Country>, faults: &mut Vec<Fault>) -> Contact {
    Contact {
        phone: contact::read(
            "/contact/phone",
            given.phone.as_deref(),
            "not-a-phone-number",
            faults,
            |text| contact::phone(text, country),
        ),
        email: contact::read(
            "/contact/email",
            given.email.as_deref(),
            "not-an-email-address",
            faults,
            contact::email,
        ),
        website: web::normalise("/contact/website", given.website.as_deref(), faults),
        booking_url: web::normalise("/contact/booking_url", given.booking_url.as_deref(), faults),
    }
}

/// `2015` or `2015-06`, neither in the future nor before there was anything to practise.
fn since(given: Option<&str>, today: Date, faults: &mut Vec<Fault>) -> Option<String> {
    const POINTER: &str = "/practising_since";
    let given = given.map(str::trim).filter(|given| !given.is_empty())?;
    let (year, month) = given.split_once('-').map_or((given, None), |(year, month)| (year, Some(month)));
    let digits = |text: &str, count: usize| {
        (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse::<i32>().ok())
            .flatten()
    };
    let month = match month {
        None => Some(None),
        Some(month) => digits(month, 2).filter(|month| (1..=12).contains(month)).map(Some),
    };
    let (Some(year), Some(month)) = (digits(year, 4), month) else {
        let detail =
            format!("`{}` is neither a year such as 2015 nor a month such as 2015-06.", shorten(given));
        faults.push(Fault::new(POINTER, "not-a-date", detail));
        return None;
    };
    if (year, month.unwrap_or(1)) > (today.year(), i32::from(u8::from(today.month()))) {
        faults.push(Fault::new(POINTER, "in-the-future", format!("{given} has not come yet.")));
    } else if year < limits::FIRST_PRACTICE_YEAR {
        let detail = format!(
            "Scalp micropigmentation was not practised before {}; give the year this practice began.",
            limits::FIRST_PRACTICE_YEAR
        );
        faults.push(Fault::new(POINTER, "too-early", detail));
    }
    Some(given.to_owned())
}

fn check_services(given: Vec<OfferedService>, faults: &mut Vec<Fault>) -> Vec<OfferedService> {
    text::at_most("/services", given.len(), limits::SERVICES_PER_LISTING, faults);
    let mut services: Vec<OfferedService> = Vec::with_capacity(given.len());
    for (at, offered) in given.into_iter().enumerate() {
        let offered = OfferedService { service: offered.service.current(), ..offered };
        if let Some(price) = offered.price {
            check_price(&format!("/services/{at}/price"), price, faults);
        }
        let unit = |offered: &OfferedService| offered.price.map(|price| price.unit);
        let same =
            services.iter().find(|known| known.service == offered.service && unit(known) == unit(&offered));
        match same {
            None => services.push(offered),
            Some(known) if *known == offered => {}
            Some(_) => faults.push(Fault::new(
                format!("/services/{at}"),
                "duplicate",
                format!(
                    "`{}` is listed twice with the same unit; give a range in one entry.",
                    offered.service
                ),
            )),
        }
    }
    services
}

fn check_price(pointer: &str, price: Price, faults: &mut Vec<Fault>) {
    let range = 0..=limits::PRICE_MINOR_UNITS;
    for (member, amount) in [("amount_from", Some(price.amount_from)), ("amount_to", price.amount_to)] {
        if amount.is_some_and(|amount| !range.contains(&amount)) {
            let detail = format!(
                "From 0 to {} minor units: {} of {} is written 1{}.",
                limits::PRICE_MINOR_UNITS,
                1,
                price.currency.label(),
                "0".repeat(usize::from(price.currency.entry().minor_units.unwrap_or(2)))
            );
            faults.push(Fault::new(format!("{pointer}/{member}"), "out-of-range", detail));
        }
    }
    if price.amount_to.is_some_and(|to| to < price.amount_from) {
        let detail = "The upper end of a range must not be below the lower.";
        faults.push(Fault::new(format!("{pointer}/amount_to"), "out-of-range", detail));
    }
    if price.sessions_included.is_some_and(|count| !(1..=limits::SESSIONS_INCLUDED).contains(&count)) {
        let detail = format!("From 1 to {} sessions.", limits::SESSIONS_INCLUDED);
        faults.push(Fault::new(format!("{pointer}/sessions_included"), "out-of-range", detail));
    }
}

fn trainings(given: Vec<StatedTraining>, today: Date, faults: &mut Vec<Fault>) -> Vec<StatedTraining> {
    const POINTER: &str = "/stated_training";
    text::at_most(POINTER, given.len(), limits::STATED_TRAININGS, faults);
    let mut trainings: Vec<StatedTraining> = Vec::with_capacity(given.len());
    for (at, stated) in given.into_iter().enumerate() {
        let pointer = |member: &str| format!("{POINTER}/{at}/{member}");
        let training = StatedTraining {
            academy: required_name(&pointer("academy"), &stated.academy, faults),
            course: text::optional_line(
                &pointer("course"),
                stated.course.as_deref(),
                limits::COURSE_NAME_CHARS,
                faults,
            ),
            year: stated.year,
        };
        if let Some(year) = stated.year.map(i32::from)
            && !(limits::FIRST_PRACTICE_YEAR..=today.year()).contains(&year)
        {
            let detail = format!("A year from {} to {}.", limits::FIRST_PRACTICE_YEAR, today.year());
            faults.push(Fault::new(pointer("year"), "out-of-range", detail));
        }
        if !trainings.contains(&training) {
            trainings.push(training);
        }
    }
    trainings
}
