//! A listing as search results show it, rendered once and kept until the listing changes.

use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Listing;
use super::document::offers_correction;
use crate::certificates::{CertificateView, Facts, Requirement};
use crate::platform::clock::Ts;
use crate::platform::geo::Point;
use crate::platform::id::Number;
use crate::platform::rendered::Rendered;
use crate::practitioners::{PortraitView, PractitionerView, Price};
use crate::reviews::Rating;
use crate::vetting::NewBecause;
use crate::vocabulary::{Condition, Country, Language, Service, Technique, Welcome};

/// A clinic, in a search result.
#[derive(Clone, Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(in crate::directory) struct CardClinic {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// The city, town or village.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// The county, state or province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The postcode or ZIP code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
    /// The country.
    pub country: Country,
    /// Where it is on the map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
}

/// A service, in a search result.
#[derive(Clone, Copy, Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(in crate::directory) struct CardService {
    /// Which service.
    pub service: Service,
    /// What it costs, where that is stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
}

/// Whether a listing's training is verified, in a search result.
#[derive(Clone, Debug, Serialize, Object)]
pub(in crate::directory) struct CardVerified {
    /// Whether at least one certificate meets every requirement.
    pub value: bool,
    /// The certificates that do.
    pub because: Vec<Number>,
    /// When none does: what the certificate that comes closest lacks.
    pub missing: Vec<Requirement>,
}

/// How many certificates a listing has.
#[derive(Clone, Copy, Debug, Serialize, Object)]
pub(in crate::directory) struct CertificateCounts {
    /// All that are attached.
    pub total: u64,
    /// Those in force, of recognised academies, made out to this person.
    pub standing: u64,
    /// Those that make the training verified.
    pub counting: u64,
}

/// How many cases a listing shows.
#[derive(Clone, Copy, Debug, Serialize, Object)]
pub(in crate::directory) struct CardCases {
    /// All of them.
    pub published: u32,
    /// Those with a photo of settled work.
    pub settled: u32,
    /// Those settled and confirmed by the client.
    pub settled_client_confirmed: u32,
}

/// Why a listing was found: words of the search in one of its fields.
#[derive(Clone, Debug, Serialize, Object)]
pub(in crate::directory) struct MatchReason {
    /// The field: `name`, `clinic`, `place`, `offers`, `courses`, `academies`, `bio` and so on.
    pub field: String,
    /// The words of the listing that matched, folded.
    pub terms: Vec<String>,
    /// In which way.
    pub kind: MatchWay,
}

/// How a word of the search and a word of a listing agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Enum)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub(in crate::directory) enum MatchWay {
    /// The same after folding.
    Exact,
    /// The search's last word begins it.
    Prefix,
    /// By a synonym.
    Synonym,
    /// With one or two letters wrong.
    Typo,
}

/// A text of the listing around what matched.
#[derive(Clone, Debug, Serialize, Object)]
pub(in crate::directory) struct Highlight {
    /// The field.
    pub field: String,
    /// The text, cut into parts that matched and parts that did not.
    pub parts: Vec<HighlightPart>,
    /// Whether text was left out before it.
    pub cut_before: bool,
    /// Whether text was left out after it.
    pub cut_after: bool,
}

/// A part of a text.
#[derive(Clone, Debug, Serialize, Object)]
pub(in crate::directory) struct HighlightPart {
    /// The words.
    pub text: String,
    /// Whether they matched.
    #[oai(rename = "match")]
    #[serde(rename = "match")]
    pub is_match: bool,
}

/// Where a listing stands in the order, bucket by bucket; `GET /v1/ranking` explains them.
#[derive(Clone, Copy, Debug, Serialize, Object)]
pub(in crate::directory) struct RankView {
    /// Words of the search that were left out.
    pub words_missing: u32,
    /// Letters wrong, over all words.
    pub typos: u32,
    /// How much further apart neighbouring words stand than side by side.
    pub proximity: u32,
    /// How far down the list of fields the matches are; smaller is better.
    pub attribute: u32,
    /// 0 when a field says exactly the search.
    pub exactness: u32,
    /// The listing's own standing, 0 to 100; larger is better.
    pub standing: f64,
}

/// What every search says about a listing.
#[derive(Clone, Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(in crate::directory) struct Card {
    /// The public number.
    pub number: Number,
    /// The listing's address in this API.
    pub url: String,
    /// The name shown.
    pub name: String,
    /// Brand names and other names the practitioner works under.
    pub also_known_as: Vec<String>,
    /// One line of the practitioner's own; nobody has checked it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
    /// The portrait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub portrait: Option<PortraitView>,
    /// Whether the training is verified, and because of what.
    pub verified: CardVerified,
    /// How many certificates there are.
    pub certificate_counts: CertificateCounts,
    /// Hours of supervised work on living people, over the certificates that count.
    pub supervised_live_hours: u32,
    /// What makes the practitioner newly trained; empty where they are not.
    pub newly_trained: Vec<NewBecause>,
    /// The rating in short.
    pub rating: Rating,
    /// How many cases are shown.
    pub case_counts: CardCases,
    /// Since when they practise, as they say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub practising_since: Option<String>,
    /// Where the practitioner works today.
    pub clinics: Vec<CardClinic>,
    /// The country of the practice, as stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// Services and prices.
    pub services: Vec<CardService>,
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
    /// Whether earlier work is corrected or removed.
    pub offers_correction: bool,
    /// When anything shown on the listing changed last.
    pub updated_at: Ts,
}

/// A listing that was found.
///
/// Only the document is made from this type: answers are put together from the card's bytes and what
/// the search adds, in the same order.
#[derive(Clone, Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(in crate::directory) struct FoundListing {
    /// What every search says about the listing.
    #[serde(flatten)]
    #[oai(flatten)]
    pub card: Card,
    /// The clinic that was found: the nearest, where a place was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clinic_id: Option<Uuid>,
    /// How far that clinic is from the place given, in kilometres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance_km: Option<f64>,
    /// Why it was found, where words were searched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub match_reasons: Option<Vec<MatchReason>>,
    /// Texts around what matched; asked for by `include=highlights`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub highlights: Option<Vec<Highlight>>,
    /// Its place in the order; asked for by `include=ranking`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ranking: Option<RankView>,
    /// Its certificates; asked for by `include=certificates`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificates: Option<Vec<CertificateView>>,
}

impl Card {
    /// The card of a listing.
    pub(in crate::directory) fn new(listing: &Listing, public_url: &str) -> Self {
        let view = PractitionerView::new(&listing.practitioner, public_url);
        let count = |of: fn(&Facts) -> bool| {
            listing.certificates.iter().filter(|(_, facts)| of(facts)).count() as u64
        };
        let clinics = listing.practitioner.clinics_on(listing.at.date()).map(|practice| {
            let details = practice.clinic.details.clone();
            CardClinic {
                id: practice.clinic.id,
                name: details.name,
                city: details.address.city,
                region: details.address.region,
                postcode: details.address.postcode,
                country: details.address.country,
                point: details.point.map(|(point, _)| point),
            }
        });
        Self {
            number: view.number,
            url: view.url,
            name: view.name,
            also_known_as: view.also_known_as,
            headline: view.own_words.headline,
            portrait: view.portrait,
            verified: CardVerified {
                value: listing.verified.value,
                because: listing.verified.because.clone(),
                missing: listing.verified.missing.iter().map(|missing| missing.requirement).collect(),
            },
            certificate_counts: CertificateCounts {
                total: count(|_| true),
                standing: count(Facts::stands),
                counting: count(Facts::counts),
            },
            supervised_live_hours: listing.supervised_live_hours(),
            newly_trained: listing.newly_trained_because(),
            rating: Rating::new(&listing.sums, listing.at.date()),
            case_counts: CardCases {
                published: listing.portfolio.published,
                settled: listing.portfolio.settled,
                settled_client_confirmed: listing.portfolio.settled_confirmed,
            },
            practising_since: view.practising_since,
            clinics: clinics.collect(),
            country: view.country,
            offers_correction: offers_correction(&view.services),
            services: view
                .services
                .iter()
                .map(|offered| CardService { service: offered.service, price: offered.price })
                .collect(),
            conditions: view.conditions,
            techniques: view.techniques,
            welcomes: view.welcomes,
            languages: view.languages,
            accepts_new_clients: view.accepts_new_clients,
            updated_at: view.updated_at,
        }
    }

    /// Renders a listing for keeping: the card and the certificates, each one line of JSON.
    ///
    /// # Errors
    /// When a value cannot be written as JSON.
    pub(in crate::directory) fn render(listing: &Listing, public_url: &str) -> serde_json::Result<Rendered> {
        let mut body = serde_json::to_vec(&Self::new(listing, public_url))?;
        body.push(b'\n');
        serde_json::to_writer(&mut body, &listing.certificate_views(public_url))?;
        Ok(Rendered { body: body.into(), etag: "".into() })
    }
}

/// A rendered card's two lines: the card, and the certificates.
pub(in crate::directory) fn lines(rendered: &Rendered) -> (&[u8], &[u8]) {
    // A line feed inside a JSON string is escaped, so the first one ends the card.
    let body: &[u8] = &rendered.body;
    let end = body.iter().position(|byte| *byte == b'\n').unwrap_or(body.len());
    (&body[..end], body.get(end + 1..).unwrap_or_default())
}
