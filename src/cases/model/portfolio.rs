//! What a listing's cases come to, for the listing, the search and the vetting report.

use std::collections::BTreeMap;

use poem_openapi::Object;
use serde::Serialize;
use time::Date;

use super::Case;
use super::photo::is_settled;
use crate::platform::clock::Ts;
use crate::vocabulary::{Condition, PhotoStage, SkinTone};

/// The cases of a listing that are shown, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Portfolio {
    /// All of them. Each has a before and a healed photo in one view.
    pub published: u32,
    /// Those with a photo of settled work: two months after the last session, or later.
    pub settled: u32,
    /// Those the client confirmed.
    pub confirmed: u32,
    /// Those settled and confirmed.
    pub settled_confirmed: u32,
    /// How many show each condition.
    pub conditions: BTreeMap<Condition, u32>,
    /// How many show each skin tone.
    pub skin_tones: BTreeMap<SkinTone, u32>,
    /// When the latest was first shown.
    pub latest: Option<Ts>,
    /// The first day a consent among them runs out.
    pub until: Option<Date>,
}

impl Portfolio {
    /// Counts a case that is shown, by the stages there is a photo of.
    pub fn count(&mut self, case: &Case, stages: impl IntoIterator<Item = PhotoStage>) {
        let settled = stages.into_iter().any(is_settled);
        let confirmed = case.confirmation.is_some();
        self.published += 1;
        self.settled += u32::from(settled);
        self.confirmed += u32::from(confirmed);
        self.settled_confirmed += u32::from(settled && confirmed);
        for condition in &case.details.conditions {
            *self.conditions.entry(*condition).or_default() += 1;
        }
        if let Some(tone) = case.details.client.skin_tone {
            *self.skin_tones.entry(tone).or_default() += 1;
        }
        self.latest = self.latest.max(case.published_at);
        let until = case.grounds().and_then(|grounds| grounds.until);
        self.until = [self.until, until].into_iter().flatten().min();
    }
}

/// The cases of a listing, counted. Only cases that are shown count, and only while they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Object)]
pub struct CaseCounts {
    /// All of them. Each has a before and a healed photo in one view.
    pub published: u32,
    /// Those with a photo of settled work: two months after the last session, or later.
    pub settled: u32,
    /// Those the client confirmed.
    pub client_confirmed: u32,
    /// Those settled and confirmed.
    pub settled_client_confirmed: u32,
    /// Conditions they show.
    pub conditions: Vec<CasesWithCondition>,
    /// Skin tones they show.
    pub skin_tones: Vec<CasesOfSkinTone>,
}

/// How many cases show a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Object)]
pub struct CasesWithCondition {
    /// The condition.
    pub condition: Condition,
    /// So many cases.
    pub cases: u32,
}

/// How many cases show a skin tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Object)]
pub struct CasesOfSkinTone {
    /// The tone, on the Monk scale.
    pub skin_tone: SkinTone,
    /// So many cases.
    pub cases: u32,
}

impl From<&Portfolio> for CaseCounts {
    fn from(portfolio: &Portfolio) -> Self {
        Self {
            published: portfolio.published,
            settled: portfolio.settled,
            client_confirmed: portfolio.confirmed,
            settled_client_confirmed: portfolio.settled_confirmed,
            conditions: portfolio
                .conditions
                .iter()
                .map(|(condition, cases)| CasesWithCondition { condition: *condition, cases: *cases })
                .collect(),
            skin_tones: portfolio
                .skin_tones
                .iter()
                .map(|(skin_tone, cases)| CasesOfSkinTone { skin_tone: *skin_tone, cases: *cases })
                .collect(),
        }
    }
}
