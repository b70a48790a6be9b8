//! The composed listing: the practitioner, the certificates, and what follows from them.

use poem_openapi::Object;
use serde::Serialize;
use time::Date;

use crate::cases::{CaseCounts, Portfolio};
use crate::certificates::{CertificateView, Composed, Facts, Verified, first_hands_on, verified};
use crate::platform::clock::Ts;
use crate::platform::http::answer::{ATTRIBUTION, LICENCE};
use crate::platform::id::Number;
use crate::practitioners::{self, Practitioner, PractitionerView};
use crate::reviews::{Rating, Sums};
use crate::vetting::{NewBecause, newly_trained_because};

/// A listing and everything the directory knows about it at one moment.
#[derive(Clone, Debug)]
pub struct Listing {
    /// What the practitioner's room says.
    pub practitioner: Practitioner,
    /// The certificates it shows, those that count first, then the latest received, each with what it
    /// counts for.
    pub certificates: Vec<(Composed, Facts)>,
    /// Whether its training is verified, and why.
    pub verified: Verified,
    /// The sums of its rating.
    pub sums: Sums,
    /// Its cases that are shown.
    pub portfolio: Portfolio,
    /// The moment.
    pub at: Ts,
}

impl Listing {
    /// Puts a listing together as it is at a moment, without reviews and cases.
    pub fn new(practitioner: Practitioner, certificates: Vec<Composed>, at: Ts) -> Self {
        let mut certificates: Vec<(Composed, Facts)> = certificates
            .into_iter()
            .map(|composed| {
                let facts = composed.facts(at);
                (composed, facts)
            })
            .collect();
        certificates.sort_by_key(|(held, facts)| {
            let row = &held.certificate;
            (!facts.counts(), std::cmp::Reverse(row.received_at), row.number)
        });
        let facts: Vec<(Number, Facts)> =
            certificates.iter().map(|(held, facts)| (held.certificate.number, *facts)).collect();
        Self {
            practitioner,
            certificates,
            verified: verified(&facts),
            sums: Sums::default(),
            portfolio: Portfolio::default(),
            at,
        }
    }

    /// Hours of supervised work on living people, over the certificates that count.
    pub fn supervised_live_hours(&self) -> u32 {
        let counting = self.certificates.iter().filter(|(_, facts)| facts.counts());
        counting.map(|(_, facts)| facts.supervised_live_hours).fold(0, u32::saturating_add)
    }

    /// When the latest certificate that counts was received.
    pub fn verified_at(&self) -> Option<Ts> {
        let counting = self.certificates.iter().filter(|(_, facts)| facts.counts());
        counting.map(|(held, _)| held.certificate.received_at).max()
    }

    /// When supervised work on living people began, as the first certificate that counts says.
    pub fn first_trained_on(&self) -> Option<Date> {
        first_hands_on(&self.certificates).map(|(_, day)| day)
    }

    /// What makes the practitioner newly trained; empty where they are not.
    pub fn newly_trained_because(&self) -> Vec<NewBecause> {
        newly_trained_because(self.first_trained_on(), self.portfolio.settled, self.at.date())
    }

    /// Its certificates, as they are shown.
    pub fn certificate_views(&self, public_url: &str) -> Vec<CertificateView> {
        self.certificates.iter().map(|(held, _)| held.view(public_url, self.at)).collect()
    }
}

/// The subject of a listing in the change feed, and the name of its renderings.
pub(in crate::directory) fn subject(number: Number) -> String {
    practitioners::subject(number)
}

/// A listing as `GET /v1/practitioners/{number}` shows it: what the practitioner says, and apart from
/// it what academies signed.
#[derive(Clone, Debug, Serialize, Object)]
pub struct ListingView {
    /// What the practitioner's own room says.
    #[serde(flatten)]
    #[oai(flatten)]
    pub practitioner: PractitionerView,
    /// Whether the training is verified, because of which certificates, or what is missing.
    pub verified: Verified,
    /// Certificates that academies signed, those that count first.
    pub certificates: Vec<CertificateView>,
    /// Hours of supervised work on living people, over the certificates that count.
    pub supervised_live_hours: u32,
    /// What makes the practitioner newly trained; empty where they are not. The vetting report has the rule.
    pub newly_trained: Vec<NewBecause>,
    /// The rating in short.
    pub rating: Rating,
    /// The cases that are shown, counted.
    pub cases: CaseCounts,
    /// What was checked, what is only said, and what to ask.
    pub vetting_url: String,
    /// The address of the reviews.
    pub reviews_url: String,
    /// The address of the cases.
    pub cases_url: String,
    /// The address of the listing's history.
    pub history_url: String,
    /// The licence of these facts.
    pub licence: String,
    /// Whom to name when they are reused.
    pub attribution: String,
}

impl ListingView {
    /// The view of a listing, its addresses below `public_url`.
    pub fn new(listing: &Listing, public_url: &str) -> Self {
        let practitioner = PractitionerView::new(&listing.practitioner, public_url);
        Self {
            verified: listing.verified.clone(),
            certificates: listing.certificate_views(public_url),
            supervised_live_hours: listing.supervised_live_hours(),
            newly_trained: listing.newly_trained_because(),
            rating: Rating::new(&listing.sums, listing.at.date()),
            cases: (&listing.portfolio).into(),
            vetting_url: format!("{}/vetting", practitioner.url),
            reviews_url: format!("{}/reviews", practitioner.url),
            cases_url: format!("{}/cases", practitioner.url),
            history_url: format!("{}/history", practitioner.url),
            licence: LICENCE.to_owned(),
            attribution: ATTRIBUTION.to_owned(),
            practitioner,
        }
    }
}
