//! The people who teach at an academy.

use uuid::Uuid;

use super::{line, normal_url, prose, web_address};
use crate::platform::clock::Ts;
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::Fault;

/// A trainer as the academy enters them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTrainer {
    /// Their name.
    pub name: String,
    /// The year they began to practise.
    pub practising_since: Option<i32>,
    /// Their own listing here, if they have one. The academy's word until the listing says so too.
    pub listing: Option<Number>,
    /// Where evidence of their experience can be read.
    pub evidence_url: Option<String>,
    /// The evidence in words.
    pub evidence_text: Option<String>,
}

impl NewTrainer {
    /// What is wrong, beyond lengths and formats.
    pub fn faults(&self, this_year: i32) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.practising_since.is_some_and(|year| !(1950..=this_year).contains(&year)) {
            let detail = format!("The year must be between 1950 and {this_year}.");
            faults.push(Fault::new("/practising_since", "out-of-range", detail));
        }
        if self.listing.is_some_and(|number| number.kind() != NumberKind::Listing) {
            faults.push(Fault::new("/listing", "format", "This must be the number of a listing: SMP-…."));
        }
        if let Some(url) = &self.evidence_url {
            faults.extend(web_address(url, "/evidence/url"));
        }
        faults
    }
}

/// A trainer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trainer {
    /// Their id, inside only.
    pub id: Uuid,
    /// Their number: what course versions name.
    pub number: Number,
    /// Their name.
    pub name: String,
    /// The year they began to practise.
    pub practising_since: Option<i32>,
    /// Their own listing.
    pub listing: Option<Number>,
    /// Where evidence can be read.
    pub evidence_url: Option<String>,
    /// The evidence in words.
    pub evidence_text: Option<String>,
    /// When they were entered.
    pub created_at: Ts,
}

impl Trainer {
    /// Enters a trainer.
    pub fn enter(id: Uuid, number: Number, new: NewTrainer, now: Ts) -> Self {
        Self {
            id,
            number,
            name: line(&new.name),
            practising_since: new.practising_since,
            listing: new.listing,
            evidence_url: new.evidence_url.map(|url| normal_url(&url)),
            evidence_text: new.evidence_text.map(|text| prose(&text)).filter(|text| !text.is_empty()),
            created_at: now,
        }
    }
}
