//! From a listing to the documents it is found by: one for each clinic where the practitioner works,
//! one without a place for a practitioner who names none. The attributes are those of
//! `search-config/practitioners.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, Value, json};
use time::Date;
use time::format_description::well_known::Iso8601;

use super::{Listing, StandingFacts, nicknames, ranking};
use crate::certificates::Composed;
use crate::platform::clock::Ts;
use crate::practitioners::{OfferedService, Practice, Profile};
use crate::search::Document;
use crate::vetting::new_until;
use crate::vocabulary::{Code, List};

/// Raised when the same listing makes other documents than before: the index is then made anew.
pub(in crate::directory) const DOCUMENTS_VERSION: u32 = 2;

/// The attribute that says when time alone will change a document; see [`due`].
pub(in crate::directory) const CHANGES_AT: &str = "changes_at";

/// After how long a rating in the index is computed anew: all weights shrink alike, which moves a rating by less
/// than three thousandths in this time.
const RATED_AGAIN: Duration = Duration::from_hours(7 * 24);

/// What [`CHANGES_AT`] is compared with: documents at or below it are out of date at `now`.
#[expect(clippy::cast_precision_loss, reason = "seconds of the years 1970 to 9999 are exact")]
pub(in crate::directory) fn due(now: Ts) -> f64 {
    now.seconds() as f64
}

/// The price attribute: the lowest price of a whole treatment, for one service or any, in minor units.
pub(in crate::directory) fn price_attribute(service: Option<&str>, currency: &str) -> String {
    format!("price.{}.{currency}", service.unwrap_or("any"))
}

/// Months since year zero of `2015` or `2015-06`; a year alone counts from its end, so that nobody
/// gains a year by saying less.
pub(in crate::directory) fn practising_since_months(since: &str) -> Option<i32> {
    let (year, month) = since.split_once('-').unwrap_or((since, "12"));
    Some(year.parse::<i32>().ok()? * 12 + month.parse::<i32>().ok()? - 1)
}

/// Every document of a listing.
pub fn documents(listing: &Listing) -> Vec<Document> {
    let shared = shared_fields(listing);
    let number = listing.practitioner.number.to_string();
    let profile = &listing.practitioner.profile;
    let clinics: Vec<&Practice> = listing.practitioner.clinics_on(listing.at.date()).collect();
    if clinics.is_empty() {
        let mut fields = shared;
        if let Some(country) = profile.country {
            fields.insert("country".to_owned(), json!(country));
            fields.insert("place".to_owned(), json!([country.label()]));
        }
        return vec![Document { id: number.clone(), group: number, point: None, fields }];
    }
    clinics
        .into_iter()
        .map(|practice| {
            let mut fields = shared.clone();
            clinic_fields(practice, profile, &mut fields);
            Document {
                id: document_id(&number, practice),
                group: number.clone(),
                point: practice.clinic.details.point.map(|(point, _)| point),
                fields,
            }
        })
        .collect()
}

fn document_id(number: &str, practice: &Practice) -> String {
    format!("{number}/{}", practice.clinic.id)
}

/// The clinic that a document of a listing is about.
pub(in crate::directory) fn clinic_of(document_id: &str) -> Option<uuid::Uuid> {
    document_id.split_once('/').and_then(|(_, clinic)| clinic.parse().ok())
}

/// What every document of a listing says.
fn shared_fields(listing: &Listing) -> Map<String, Value> {
    let practitioner = &listing.practitioner;
    let profile = &practitioner.profile;
    let mut fields = Map::new();
    let mut put = |attribute: &str, value: Value| drop(fields.insert(attribute.to_owned(), value));
    put("number", json!(practitioner.number));
    put("name", json!(profile.name));
    put("former_names", json!(profile.former_names));
    put("name_aliases", json!(aliases(profile)));
    put("offers", json!(offers(profile)));
    put("bio", json!(own_words(profile)));
    put("conditions", json!(widened(&profile.conditions)));
    put("techniques", json!(widened(&profile.techniques)));
    put("services", json!(services(profile)));
    put("languages", json!(profile.languages));
    put("offers_correction", json!(offers_correction(&profile.services)));
    put("price", price(&profile.services));
    put("updated_at", json!(practitioner.updated_at.micros()));
    if let Some(accepts) = profile.accepts_new_clients {
        put("accepts_new_clients", json!(accepts));
    }
    if let Some(months) = profile.practising_since.as_deref().and_then(practising_since_months) {
        put("practising_since", json!(months));
    }
    put_evidence(listing, &mut put);
    put_work(listing, &mut put);
    put("standing", json!(standing(listing)));
    if let Some(at) = changes_at(listing) {
        put(CHANGES_AT, json!(at.seconds()));
    }
    fields
}

/// What the certificates add. Those that do not stand (not in force, of an academy that is not
/// recognised, or made out to somebody else) are shown on the listing and find nothing.
fn put_evidence(listing: &Listing, put: &mut impl FnMut(&str, Value)) {
    let standing: Vec<&Composed> =
        listing.certificates.iter().filter(|(_, facts)| facts.stands()).map(|(held, _)| held).collect();
    let texts =
        |of: fn(&Composed) -> &str| -> BTreeSet<&str> { standing.iter().map(|held| of(held)).collect() };
    put("verified", json!(listing.verified.value));
    put("courses", json!(texts(|held| &held.certificate.title)));
    put("academies", json!(texts(|held| &held.academy_name)));
    put("academy", json!(texts(|held| &held.academy_slug)));
    put("credential_kind", json!(texts(|held| held.course.content.credential_kind.as_str())));
    put("level", json!(texts(|held| held.course.content.level.as_str())));
    put("supervised_live_hours", json!(listing.supervised_live_hours()));
    if let Some(at) = listing.verified_at() {
        put("verified_at", json!(at.micros()));
    }
}

/// What cases and reviews add. The rating is that of the day the document was made; see [`RATED_AGAIN`].
fn put_work(listing: &Listing, put: &mut impl FnMut(&str, Value)) {
    let shown = &listing.portfolio;
    let conditions: Vec<_> = shown.conditions.keys().copied().collect();
    let skin_tones: Vec<_> = shown.skin_tones.keys().copied().collect();
    put("shows_conditions", json!(widened(&conditions)));
    put("shows_skin_tones", json!(widened(&skin_tones)));
    put("settled_cases", json!(shown.settled));
    put("confirmed_cases", json!(shown.settled_confirmed));
    put("newly_trained", json!(!listing.newly_trained_because().is_empty()));
    if let Some(rating) = listing.sums.rating(listing.at.date()) {
        put("rating", json!(rating));
    }
}

/// What one clinic adds.
fn clinic_fields(practice: &Practice, profile: &Profile, fields: &mut Map<String, Value>) {
    let details = &practice.clinic.details;
    let address = &details.address;
    let place: Vec<&str> = [address.city.as_deref(), address.region.as_deref(), address.postcode.as_deref()]
        .into_iter()
        .flatten()
        .chain([address.country.label()])
        .collect();
    let mut welcomes: BTreeSet<&str> = profile.welcomes.iter().map(|welcome| welcome.as_str()).collect();
    if details.step_free == Some(true) {
        welcomes.insert("step-free");
    }
    if practice.placement.home_visits {
        welcomes.insert("home-visits");
    }
    fields.insert("clinic".to_owned(), json!(details.name));
    fields.insert("place".to_owned(), json!(place));
    fields.insert("country".to_owned(), json!(address.country));
    fields.insert("welcomes".to_owned(), json!(welcomes));
}

/// Other names a person is looked for by: brands, given and family name, and what the given name is
/// shortened to.
fn aliases(profile: &Profile) -> Vec<String> {
    let mut aliases = profile.also_known_as.clone();
    let given = profile.given_name.as_deref();
    if let (Some(given), Some(family)) = (given, profile.family_name.as_deref()) {
        aliases.push(format!("{given} {family}"));
    }
    let first = given.unwrap_or(&profile.name).split_whitespace().next().unwrap_or_default();
    aliases.extend(nicknames::of(first).map(str::to_owned));
    aliases
}

/// The labels of what is offered, for the words of a search; synonyms lead to these labels.
fn offers(profile: &Profile) -> Vec<&'static str> {
    let mut labels: Vec<&str> = profile.services.iter().map(|offered| offered.service.label()).collect();
    labels.extend(profile.conditions.iter().flat_map(|code| code.with_ancestors()).map(Code::label));
    labels.extend(profile.techniques.iter().flat_map(|code| code.with_ancestors()).map(Code::label));
    labels.extend(profile.welcomes.iter().map(|code| code.label()));
    let mut seen = BTreeSet::new();
    labels.retain(|label| seen.insert(*label));
    labels
}

fn own_words(profile: &Profile) -> Vec<&str> {
    [profile.own_words.headline.as_deref(), profile.own_words.bio.as_deref()].into_iter().flatten().collect()
}

/// The codes and everything above them, so that asking for the wider finds the narrower.
fn widened<L: List>(codes: &[Code<L>]) -> BTreeSet<&'static str> {
    let wider = codes.iter().flat_map(|code| code.with_ancestors());
    wider.filter(|code| code.entry().facet).map(Code::as_str).collect()
}

fn services(profile: &Profile) -> BTreeSet<&'static str> {
    profile.services.iter().map(|offered| offered.service.as_str()).collect()
}

/// Whether one of the services is the correction or removal of earlier work.
pub(in crate::directory) fn offers_correction(services: &[OfferedService]) -> bool {
    services.iter().any(|offered| offered.service.has("correction"))
}

/// The lowest price of a whole treatment, by service and currency; consultations and model sessions
/// are not treatments and do not make anybody cheap.
fn price(services: &[OfferedService]) -> Value {
    let mut lowest: BTreeMap<&str, BTreeMap<&str, i64>> = BTreeMap::new();
    for offered in services {
        let Some(price) = offered.price.filter(|price| price.unit.has("comparable")) else { continue };
        let any = (!offered.service.has("not-treatment")).then_some("any");
        for service in any.into_iter().chain([offered.service.as_str()]) {
            let known = lowest
                .entry(service)
                .or_default()
                .entry(price.currency.as_str())
                .or_insert(price.amount_from);
            *known = price.amount_from.min(*known);
        }
    }
    json!(lowest)
}

fn standing(listing: &Listing) -> i32 {
    let practitioner = &listing.practitioner;
    let contact = &practitioner.profile.contact;
    let facts = StandingFacts {
        verified: listing.verified.value,
        supervised_live_hours: listing.supervised_live_hours(),
        settled_confirmed_cases: listing.portfolio.settled_confirmed,
        has_price: practitioner.profile.services.iter().any(|offered| offered.price.is_some()),
        has_contact: [&contact.phone, &contact.email, &contact.website, &contact.booking_url]
            .iter()
            .any(|way| way.is_some()),
        has_clinic: !practitioner.clinics.is_empty(),
        updated_at: practitioner.updated_at,
    };
    ranking::standing(&facts, listing.at)
}

/// The next instant at which the documents change although nothing is written: a certificate runs
/// out, the listing ages, somebody begins or ends at a clinic, a client's consent runs out, somebody has been
/// trained for a year, a rating has aged.
fn changes_at(listing: &Listing) -> Option<Ts> {
    let now = listing.at;
    let certificates = listing.certificates.iter().filter_map(|(held, _)| held.next_change(now));
    let clinics = listing.practitioner.clinics.iter().flat_map(turns);
    certificates
        .chain(clinics)
        .chain(listing.portfolio.until.and_then(Date::next_day).map(Ts::at_midnight))
        .chain(listing.first_trained_on().map(|first| Ts::at_midnight(new_until(first))))
        .chain((listing.sums.published() > 0).then(|| now.plus(RATED_AGAIN)))
        .filter(|at| *at > now)
        .chain(ranking::standing_changes_at(listing.practitioner.updated_at, now))
        .min()
}

/// When somebody's work at a clinic begins, and when it is over.
fn turns(practice: &Practice) -> impl Iterator<Item = Ts> {
    let day = |text: &Option<String>| Date::parse(text.as_deref()?, &Iso8601::DATE).ok();
    let begins = day(&practice.placement.from);
    let over = day(&practice.placement.until).and_then(Date::next_day);
    begins.into_iter().chain(over).map(Ts::at_midnight)
}
