//! From the parameters of a search to the query the engine answers. Everything that is wrong is
//! found at once, and nothing that was asked is left out in silence.

use std::collections::HashSet;
use std::sync::LazyLock;

use poem_openapi::{Enum, Object};
use serde::Serialize;
use time::Date;

use super::document::price_attribute;
use super::{Codes, Words};
use crate::places::{Context, Gazetteer, Place};
use crate::platform::clock::Ts;
use crate::platform::geo::{Bounds, Point};
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::{self, Error, Fault};
use crate::search::{Direction, FacetAsk, Filter, Query, Settings, Snippets, Sort, words};
use crate::vocabulary::{
    Conditions, Countries, CredentialKinds, Currencies, Currency, Languages, Levels, List, Service, Services,
    SkinTones, Techniques, Vocabulary, Welcomes, vocabulary,
};

/// How far around a place a search looks when it does not say, in kilometres.
pub(in crate::directory) const DEFAULT_RADIUS_KM: f64 = 25.0;
/// Listings of a page when nothing else is asked.
pub(in crate::directory) const PER_PAGE: u32 = 20;
/// Most values a facet answers.
const FACET_VALUES: usize = 100;
/// Words of a highlighted text, about.
const HIGHLIGHT_WORDS: usize = 24;

/// Words that the index gives no weight.
static COMMON_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    Settings::practitioners().stop_words.iter().flat_map(|word| words::split(word)).collect()
});

/// The orders there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub(in crate::directory) enum Order {
    /// By the published buckets.
    Relevance,
    /// Nearest first; needs a place.
    Distance,
    /// The latest received certificate that counts first.
    RecentlyVerified,
    /// Who says they practise longest first.
    Experience,
    /// The best rating first, by the published formula; those without a review last. It is at most a week old.
    Rating,
    /// By name.
    Name,
}

/// What a facet counts: the name asked for, which is also the index's attribute and the parameter
/// that filters by it, and the vocabulary its values are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::directory) struct Facet {
    /// The name.
    pub name: &'static str,
    list: Option<&'static str>,
}

impl Facet {
    const ALL: &'static [Self] = &[
        Self { name: "conditions", list: Some(Conditions::NAME) },
        Self { name: "techniques", list: Some(Techniques::NAME) },
        Self { name: "services", list: Some(Services::NAME) },
        Self { name: "welcomes", list: Some(Welcomes::NAME) },
        Self { name: "languages", list: Some(Languages::NAME) },
        Self { name: "country", list: Some(Countries::NAME) },
        Self { name: "verified", list: None },
        Self { name: "accepts_new_clients", list: None },
        Self { name: "offers_correction", list: None },
        Self { name: "credential_kind", list: Some(CredentialKinds::NAME) },
        Self { name: "level", list: Some(Levels::NAME) },
        Self { name: "academy", list: None },
        Self { name: "shows_conditions", list: Some(Conditions::NAME) },
        Self { name: "shows_skin_tones", list: Some(SkinTones::NAME) },
        Self { name: "newly_trained", list: None },
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|facet| facet.name == name).copied()
    }

    /// The vocabulary of its values.
    pub(in crate::directory) fn vocabulary(self) -> Option<&'static Vocabulary> {
        self.list.and_then(vocabulary)
    }
}

/// What an answer shows beyond the listings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::directory) struct Include {
    /// Each listing's certificates.
    pub certificates: bool,
    /// Texts around what matched.
    pub highlights: bool,
    /// Each listing's place in every bucket.
    pub ranking: bool,
}

/// The place a search is about.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(in crate::directory) struct PlaceAnswer {
    /// Distances are from here.
    pub point: Point,
    /// Listings farther away are left out, in kilometres.
    pub radius_km: f64,
    /// The place that `near` was taken for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Place>,
    /// Other places it may have meant.
    pub alternatives: Vec<Place>,
}

/// A search, as its parameters say it. The operation documents each of them.
#[derive(Default)]
pub(in crate::directory) struct Ask {
    pub q: Option<String>,
    pub near: Option<String>,
    pub radius_km: Option<f64>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub bbox: Option<String>,
    pub conditions: Codes<Conditions>,
    pub techniques: Codes<Techniques>,
    pub services: Codes<Services>,
    pub welcomes: Codes<Welcomes>,
    pub languages: Codes<Languages>,
    pub country: Codes<Countries>,
    pub verified: Option<bool>,
    pub accepts_new_clients: Option<bool>,
    pub offers_correction: Option<bool>,
    pub credential_kind: Codes<CredentialKinds>,
    pub level: Codes<Levels>,
    pub academy: Codes<Words>,
    pub shows_conditions: Codes<Conditions>,
    pub shows_skin_tones: Codes<SkinTones>,
    pub newly_trained: Option<bool>,
    pub min_settled_cases: Option<u32>,
    pub min_confirmed_cases: Option<u32>,
    pub min_hours: Option<u32>,
    pub min_years: Option<u32>,
    pub price_max: Option<u64>,
    pub currency: Codes<Currencies>,
    pub updated_since: Option<Ts>,
    pub numbers: Codes<Words>,
    pub facets: Codes<Words>,
    pub include: Codes<Words>,
    /// Whether the ranking is included, said in one word.
    pub explain: Option<bool>,
    pub sort: Option<Order>,
    pub limit: Option<u32>,
}

/// What comes of a search's parameters.
#[derive(Clone, Debug)]
pub(in crate::directory) struct Plan {
    /// For the engine; the cursor is the caller's to put in.
    pub query: Query,
    /// The place it is about.
    pub place: Option<PlaceAnswer>,
    /// The facets asked for, in order.
    pub facets: Vec<Facet>,
    /// What the answer shows.
    pub include: Include,
}

impl Ask {
    /// Reads every parameter.
    ///
    /// # Errors
    /// 400 with all that is wrong.
    pub(in crate::directory) fn plan(&self, now: Ts) -> Result<Plan, Error> {
        let mut faults = Vec::new();
        let mut parts = Vec::new();
        self.code_filters(&mut parts, &mut faults);
        self.plain_filters(now, &mut parts, &mut faults);
        self.price_filter(&mut parts, &mut faults);
        self.number_filter(&mut parts, &mut faults);
        let bounds = self.bbox.as_deref().map(Bounds::parse).transpose();
        match bounds {
            Ok(bounds) => parts.extend(bounds.map(Filter::Within)),
            Err(detail) => faults.push(Fault::new("query:bbox", "invalid", detail)),
        }
        let place = self.place(&mut faults)?;
        if let Some(place) = &place {
            parts.push(Filter::Radius { centre: place.point, km: place.radius_km });
        }
        let sort = self.sort(place.as_ref(), &mut faults);
        let facets = self.facets(&mut faults);
        let include = self.included(&mut faults);
        refuse(faults)?;
        let text = self.q.as_deref().unwrap_or_default().trim().to_owned();
        let ask = |facet: &Facet| FacetAsk {
            attribute: facet.name.to_owned(),
            disjunctive: true,
            limit: FACET_VALUES,
        };
        let query = Query {
            matches: !text.is_empty(),
            snippets: (include.highlights && !text.is_empty())
                .then(|| Snippets { attributes: Vec::new(), words: HIGHLIGHT_WORDS }),
            explain: include.ranking,
            text,
            filter: Filter::And(parts),
            sort,
            origin: place.as_ref().map(|place| place.point),
            facets: facets.iter().map(ask).collect(),
            limit: self.limit.unwrap_or(PER_PAGE) as usize,
            ..Query::default()
        };
        Ok(Plan { query, place, facets, include })
    }

    fn code_filters(&self, parts: &mut Vec<Filter>, faults: &mut Vec<Fault>) {
        fn add<L: List>(parts: &mut Vec<Filter>, name: &str, codes: &Codes<L>, faults: &mut Vec<Fault>) {
            for any in codes.read(name, faults) {
                parts.push(Filter::any_of(name, any.into_iter().map(crate::vocabulary::Code::as_str)));
            }
        }
        add(parts, "conditions", &self.conditions, faults);
        add(parts, "techniques", &self.techniques, faults);
        add(parts, "services", &self.services, faults);
        add(parts, "welcomes", &self.welcomes, faults);
        add(parts, "languages", &self.languages, faults);
        add(parts, "country", &self.country, faults);
        add(parts, "credential_kind", &self.credential_kind, faults);
        add(parts, "level", &self.level, faults);
        add(parts, "shows_conditions", &self.shows_conditions, faults);
        add(parts, "shows_skin_tones", &self.shows_skin_tones, faults);
        for any in self.academy.all() {
            parts.push(Filter::any_of("academy", any.iter().map(String::as_str)));
        }
    }

    fn plain_filters(&self, now: Ts, parts: &mut Vec<Filter>, faults: &mut Vec<Fault>) {
        let truths = [
            ("verified", self.verified),
            ("accepts_new_clients", self.accepts_new_clients),
            ("offers_correction", self.offers_correction),
            ("newly_trained", self.newly_trained),
        ];
        for (name, truth) in truths {
            parts.extend(truth.map(|truth| Filter::eq(name, truth)));
        }
        let least = [
            ("supervised_live_hours", self.min_hours),
            ("settled_cases", self.min_settled_cases),
            ("confirmed_cases", self.min_confirmed_cases),
        ];
        for (name, least) in least {
            parts.extend(least.map(|least| Filter::range(name, Some(f64::from(least)), None)));
        }
        if let Some(years) = self.min_years {
            let latest =
                months(now.date()).saturating_sub(i32::try_from(years).unwrap_or(i32::MAX / 12) * 12);
            parts.push(Filter::range("practising_since", None, Some(f64::from(latest))));
        }
        if let Some(since) = self.updated_since {
            #[expect(clippy::cast_precision_loss, reason = "microseconds until the year 2255 are below 2^53")]
            let micros = since.micros() as f64;
            parts.push(Filter::range("updated_at", Some(micros), None));
        }
        self.words(faults);
    }

    /// Words that would find nobody, or everybody, are refused: an empty answer would be taken for an absence.
    fn words(&self, faults: &mut Vec<Fault>) {
        let q = self.q.as_deref().unwrap_or_default();
        let words = words::split(q);
        let (code, detail) = if q.chars().any(char::is_control) {
            ("invisible-character", "There is a control character in it.")
        } else if words.is_empty() && !q.trim().is_empty() {
            ("no-words", "There is no letter or digit in it.")
        } else if !words.is_empty()
            && !q.contains('"')
            && words.iter().all(|word| COMMON_WORDS.contains(word))
        {
            (
                "only-common-words",
                "Words as common as these find nobody in particular. Add a name, a place or a need, or put the words in \
                 \"quotes\" to find them as they are.",
            )
        } else {
            return;
        };
        faults.push(Fault::new("query:q", code, detail));
    }

    /// A price is compared within one currency, and within one service when one alone is asked for.
    fn price_filter(&self, parts: &mut Vec<Filter>, faults: &mut Vec<Fault>) {
        let currencies: Vec<Currency> =
            self.currency.read("currency", faults).into_iter().flatten().collect();
        let (most, currency) = match (self.price_max, currencies.as_slice()) {
            (None, []) => return,
            (Some(most), [currency]) => (most, *currency),
            (Some(_), []) => {
                let detail = "A price needs its currency, such as currency=GBP.";
                return faults.push(Fault::new("query:currency", "required", detail));
            }
            (None, _) => {
                let detail = "A currency is for price_max; give both, or filter by country.";
                return faults.push(Fault::new("query:price_max", "required", detail));
            }
            (Some(_), _) => {
                let detail = "Prices are compared within one currency; give one.";
                return faults.push(Fault::new("query:currency", "too-many", detail));
            }
        };
        let services: Vec<Service> =
            self.services.read("services", &mut Vec::new()).into_iter().flatten().collect();
        let service = if let [service] = services.as_slice() { Some(service.as_str()) } else { None };
        #[expect(clippy::cast_precision_loss, reason = "the parameter's own limit is far below 2^53")]
        let most = most as f64;
        parts.push(Filter::range(&price_attribute(service, currency.as_str()), None, Some(most)));
    }

    fn number_filter(&self, parts: &mut Vec<Filter>, faults: &mut Vec<Fault>) {
        let mut numbers = Vec::new();
        for word in self.numbers.words() {
            match Number::parse(word, NumberKind::Listing) {
                Ok(number) => numbers.push(number.to_string()),
                Err(error) => {
                    let detail = format!("`{}`: {error}.", problem::shorten(word));
                    faults.push(Fault::new("query:numbers", "not-a-number", detail));
                }
            }
        }
        if numbers.len() > 100 {
            faults.push(Fault::new("query:numbers", "too-many", "At most 100 numbers at once."));
        } else if !numbers.is_empty() {
            parts.push(Filter::any_of("number", numbers));
        }
    }

    /// The place, from words or from a point.
    fn place(&self, faults: &mut Vec<Fault>) -> Result<Option<PlaceAnswer>, Error> {
        let radius_km = self.radius_km.unwrap_or(DEFAULT_RADIUS_KM);
        let point = match (self.lat, self.lon) {
            (None, None) => None,
            (Some(lat), Some(lon)) => Point::new(lat, lon),
            (lat, _) => {
                let (missing, given) = if lat.is_none() { ("lat", "lon") } else { ("lon", "lat") };
                let detail = format!("`{given}` needs `{missing}` beside it.");
                faults.push(Fault::new(format!("query:{missing}"), "required", detail));
                return Ok(None);
            }
        };
        match (self.near.as_deref(), point) {
            (Some(_), Some(_)) => {
                let detail = "Give `near` or `lat` and `lon`, not both.";
                faults.push(Fault::new("query:near", "contradiction", detail));
                Ok(None)
            }
            (None, Some(point)) => {
                Ok(Some(PlaceAnswer { point, radius_km, resolved: None, alternatives: Vec::new() }))
            }
            (Some(near), None) => self.named_place(near, radius_km).map(Some),
            (None, None) => {
                if self.radius_km.is_some() {
                    let detail = "A radius needs a place: give `near`, or `lat` and `lon`.";
                    faults.push(Fault::new("query:radius_km", "needs-place", detail));
                }
                Ok(None)
            }
        }
    }

    fn named_place(&self, near: &str, radius_km: f64) -> Result<PlaceAnswer, Error> {
        let mut countries = self.country.words();
        let country = match (countries.next(), countries.next()) {
            (Some(country), None) => Some(country),
            _ => None,
        };
        let context = Context { country, client_country: None };
        match Gazetteer::embedded().resolve(near, &context) {
            Ok(found) => Ok(PlaceAnswer {
                point: found.place.point,
                radius_km,
                resolved: Some(found.place),
                alternatives: found.alternatives,
            }),
            Err(miss) => {
                let suggestions: Vec<serde_json::Value> = miss
                    .suggestions
                    .iter()
                    .map(|place| serde_json::json!({"id": place.id, "label": place.label}))
                    .collect();
                let fault = Fault::new("query:near", "unknown-place", miss.reason);
                Err(Error::parameter(fault).with_member("suggestions", suggestions))
            }
        }
    }

    /// The order asked for. Without one, a search with words goes by relevance, one around a place
    /// alone goes by distance.
    fn sort(&self, place: Option<&PlaceAnswer>, faults: &mut Vec<Fault>) -> Vec<Sort> {
        let has_words = self.q.as_ref().is_some_and(|q| !q.trim().is_empty());
        let order = self.sort.unwrap_or(match place {
            Some(_) if !has_words => Order::Distance,
            _ => Order::Relevance,
        });
        let by = |attribute: &str, direction| vec![Sort::By { attribute: attribute.to_owned(), direction }];
        match (order, place) {
            (Order::Relevance, _) => Vec::new(),
            (Order::Distance, Some(place)) => vec![Sort::Distance(place.point)],
            (Order::Distance, None) => {
                let detail = "Sorting by distance needs a place: give `near`, or `lat` and `lon`.";
                faults.push(Fault::new("query:sort", "needs-place", detail));
                Vec::new()
            }
            (Order::RecentlyVerified, _) => by("verified_at", Direction::Desc),
            (Order::Experience, _) => by("practising_since", Direction::Asc),
            (Order::Rating, _) => by("rating", Direction::Desc),
            (Order::Name, _) => by("name", Direction::Asc),
        }
    }

    fn facets(&self, faults: &mut Vec<Fault>) -> Vec<Facet> {
        let known: Vec<&str> = Facet::ALL.iter().map(|facet| facet.name).collect();
        let mut facets = self.facets.read_words("facets", &known, Facet::named, faults);
        let mut seen = Vec::new();
        facets.retain(|facet| {
            let new = !seen.contains(&facet.name);
            seen.push(facet.name);
            new
        });
        facets
    }

    fn included(&self, faults: &mut Vec<Fault>) -> Include {
        let known = ["certificates", "highlights", "ranking"];
        let named = |word: &str| known.iter().find(|known| **known == word).copied();
        let mut include = Include { ranking: self.explain == Some(true), ..Include::default() };
        for word in self.include.read_words("include", &known, named, faults) {
            match word {
                "certificates" => include.certificates = true,
                "highlights" => include.highlights = true,
                _ => include.ranking = true,
            }
        }
        include
    }
}

/// Months since year zero.
fn months(day: Date) -> i32 {
    day.year() * 12 + i32::from(u8::from(day.month())) - 1
}

fn refuse(faults: Vec<Fault>) -> Result<(), Error> {
    match faults.as_slice() {
        [] => Ok(()),
        [one] => Err(Error::parameter(one.clone())),
        many => {
            let detail = format!("{} parameters cannot be used; each is in `errors`.", many.len());
            Err(Error::new(problem::INVALID_PARAMETER, detail).with_faults(faults))
        }
    }
}
