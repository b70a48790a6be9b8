//! Every case that is shown, in memory: filtered, counted and ranked in one walk.
//!
//! Each fact of a case is a set of places in a vocabulary, kept as the bits of one number, so that a
//! hundred thousand cases are judged in a few milliseconds.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use super::{Case, Like};
use crate::platform::clock::Ts;
use crate::platform::id::Number;
use crate::vocabulary::{
    ClientGroups, Code, Conditions, HairColours, HairLengths, HairTextures, List, LossAreas, LossExtents,
    LudwigStages, NorwoodStages, PhotoStage, PhotoStages, SkinTones, Techniques, Vocabulary,
};

/// What cases are filtered by and counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum CaseFacet {
    /// What the client came with.
    Condition,
    /// Stage of male pattern loss.
    Norwood,
    /// Stage of female pattern loss.
    Ludwig,
    /// Where hair is missing.
    Area,
    /// How much of the scalp is affected.
    Extent,
    /// Monk skin tone.
    SkinTone,
    /// Colour of the hair.
    HairColour,
    /// Texture of the hair.
    HairTexture,
    /// Length of the hair.
    HairLength,
    /// Whom the case is about.
    ClientGroup,
    /// How the work was done.
    Technique,
    /// Stages there is a photo of.
    Stage,
    /// Whether the client confirmed it.
    ClientConfirmed,
}

impl CaseFacet {
    /// All of them, in the order of their places.
    pub const ALL: [Self; 13] = [
        Self::Condition,
        Self::Norwood,
        Self::Ludwig,
        Self::Area,
        Self::Extent,
        Self::SkinTone,
        Self::HairColour,
        Self::HairTexture,
        Self::HairLength,
        Self::ClientGroup,
        Self::Technique,
        Self::Stage,
        Self::ClientConfirmed,
    ];

    /// Its word, as a parameter and in `like`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Condition => "condition",
            Self::Norwood => "norwood",
            Self::Ludwig => "ludwig",
            Self::Area => "area",
            Self::Extent => "extent",
            Self::SkinTone => "skin_tone",
            Self::HairColour => "hair_colour",
            Self::HairTexture => "hair_texture",
            Self::HairLength => "hair_length",
            Self::ClientGroup => "client_group",
            Self::Technique => "technique",
            Self::Stage => "stage",
            Self::ClientConfirmed => "client_confirmed",
        }
    }

    /// The list its values are of; `None` for yes and no.
    pub fn list(self) -> Option<&'static Vocabulary> {
        Some(match self {
            Self::Condition => Conditions::vocabulary(),
            Self::Norwood => NorwoodStages::vocabulary(),
            Self::Ludwig => LudwigStages::vocabulary(),
            Self::Area => LossAreas::vocabulary(),
            Self::Extent => LossExtents::vocabulary(),
            Self::SkinTone => SkinTones::vocabulary(),
            Self::HairColour => HairColours::vocabulary(),
            Self::HairTexture => HairTextures::vocabulary(),
            Self::HairLength => HairLengths::vocabulary(),
            Self::ClientGroup => ClientGroups::vocabulary(),
            Self::Technique => Techniques::vocabulary(),
            Self::Stage => PhotoStages::vocabulary(),
            Self::ClientConfirmed => return None,
        })
    }

    /// What the value at a place is called, in requests and answers.
    pub fn value(self, place: usize) -> &'static str {
        match self.list() {
            Some(list) => list.codes.get(place).map_or("", |entry| entry.code.as_str()),
            None if place == 1 => "true",
            None => "false",
        }
    }

    /// Whether the value at a place is offered as a filter.
    fn is_offered(self, place: usize) -> bool {
        self.list().is_none_or(|list| list.codes.get(place).is_some_and(|entry| entry.facet))
    }

    const fn at(self) -> usize {
        self as usize
    }
}

/// How many facets there are.
const FACETS: usize = CaseFacet::ALL.len();

/// A set of values of each facet, as the bits of their places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Values([u64; FACETS]);

impl Values {
    /// Those of one facet.
    pub const fn of(&self, facet: CaseFacet) -> u64 {
        self.0[facet.at()]
    }

    /// Adds a code.
    pub fn add<L: List>(&mut self, facet: CaseFacet, code: Code<L>) {
        self.0[facet.at()] |= bit(code.place());
    }

    /// Adds a code and everything below it.
    pub fn add_wide<L: List>(&mut self, facet: CaseFacet, code: Code<L>) {
        self.0[facet.at()] |= wide(code);
    }

    /// Adds yes or no.
    pub fn add_flag(&mut self, facet: CaseFacet, flag: bool) {
        self.0[facet.at()] |= bit(usize::from(flag));
    }
}

/// A code and everything below it, as the bits of their places.
pub fn wide<L: List>(code: Code<L>) -> u64 {
    code.with_descendants().fold(0, |bits, code| bits | bit(code.place()))
}

const fn bit(place: usize) -> u64 {
    // No list that cases use is longer than 64; a longer one would share its last bit, not fail.
    1 << if place < 64 { place } else { 63 }
}

/// The places whose bits are set.
pub fn places(bits: u64) -> impl Iterator<Item = usize> {
    (0..64).filter(move |place| bits & bit(*place) != 0)
}

/// A case as the gallery knows it.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The case.
    pub case: Uuid,
    /// Its listing.
    pub owner: Uuid,
    /// That listing's number.
    pub listing: Number,
    /// When it was first shown.
    pub at: Ts,
    /// The last day its consent holds.
    pub until: Option<Date>,
    /// What it is.
    pub values: Values,
}

impl Facts {
    /// Those of a case that is shown on that day; `None` of any other.
    pub fn of(case: &Case, stages: impl IntoIterator<Item = PhotoStage>, today: Date) -> Option<Self> {
        if !case.is_shown(today) {
            return None;
        }
        let (details, mut values) = (&case.details, Values::default());
        for condition in &details.conditions {
            values.add(CaseFacet::Condition, *condition);
        }
        for area in &details.loss.areas {
            values.add(CaseFacet::Area, *area);
        }
        for technique in &details.techniques {
            values.add(CaseFacet::Technique, *technique);
        }
        for stage in stages {
            values.add(CaseFacet::Stage, stage);
        }
        let (loss, client) = (&details.loss, &details.client);
        loss.norwood.inspect(|code| values.add(CaseFacet::Norwood, *code));
        loss.ludwig.inspect(|code| values.add(CaseFacet::Ludwig, *code));
        loss.extent.inspect(|code| values.add(CaseFacet::Extent, *code));
        client.skin_tone.inspect(|code| values.add(CaseFacet::SkinTone, *code));
        client.hair_colour.inspect(|code| values.add(CaseFacet::HairColour, *code));
        client.hair_texture.inspect(|code| values.add(CaseFacet::HairTexture, *code));
        client.hair_length.inspect(|code| values.add(CaseFacet::HairLength, *code));
        client.group.inspect(|code| values.add(CaseFacet::ClientGroup, *code));
        values.add_flag(CaseFacet::ClientConfirmed, case.confirmation.is_some());
        Some(Self {
            case: case.id,
            owner: case.practitioner,
            listing: case.listing,
            at: case.published_at.unwrap_or(case.created_at),
            until: case.grounds().and_then(|grounds| grounds.until),
            values,
        })
    }
}

/// What is asked of the gallery.
#[derive(Clone, Debug, Default)]
pub struct CaseQuery {
    /// Any of these values, of each facet that has some.
    pub any: Values,
    /// All of these: at least one bit of each.
    pub all_conditions: Vec<u64>,
    /// Only this listing's.
    pub listing: Option<Number>,
    /// Ranked by closeness to this.
    pub like: Option<Like>,
}

/// How many of the closest cases say which practitioners stand behind them.
pub const CLOSEST: usize = 200;

/// A place in the order: closeness, then when it was first shown, then the id; the greatest first.
pub type Rank = (i64, i64, Uuid);

/// What the gallery answers.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The hits of the page, and one more where there is one.
    pub hits: Vec<Rank>,
    /// How many hits there are in all.
    pub total: usize,
    /// The closest of all, on the first page of a search by likeness: at most [`CLOSEST`].
    pub closest: Vec<Rank>,
    /// For each facet, how many cases have the value at each place.
    pub counts: Vec<(CaseFacet, Vec<(usize, u64)>)>,
}

/// Every case that is shown.
#[derive(Debug, Default)]
pub struct Gallery(RwLock<Hall>);

#[derive(Debug, Default)]
struct Hall {
    /// Up to which change it has followed; `None` before it was filled.
    seq: Option<i64>,
    facts: HashMap<Uuid, Facts>,
}

impl Gallery {
    /// Up to which change it has followed; `None` before it was filled.
    pub fn seq(&self) -> Option<i64> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).seq
    }

    /// Goes on from the change `from` to the change `to`: the cases `gone` leave, those in `shown` come in
    /// or are replaced. Nothing happens when somebody else was faster.
    pub fn follow(&self, from: Option<i64>, to: i64, gone: &[Uuid], shown: Vec<Facts>) {
        let mut hall = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if hall.seq != from {
            return;
        }
        hall.seq = Some(to);
        for case in gone {
            hall.facts.remove(case);
        }
        for facts in shown {
            hall.facts.insert(facts.case, facts);
        }
    }

    /// The cases of these listings.
    pub fn cases_of(&self, listings: &[Number]) -> Vec<Uuid> {
        let hall = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let of = hall.facts.values().filter(|facts| listings.contains(&facts.listing));
        of.map(|facts| facts.case).collect()
    }

    /// The listings of these cases: of each its id, and its cases in the order they were given, the listing of
    /// the first case first.
    pub fn behind(&self, cases: &[Rank]) -> Vec<(Uuid, Vec<Uuid>)> {
        let hall = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<(Uuid, Vec<Uuid>)> = Vec::new();
        for (_, _, case) in cases {
            let Some(facts) = hall.facts.get(case) else { continue };
            match found.iter_mut().find(|(owner, _)| *owner == facts.owner) {
                Some((_, own)) => own.push(*case),
                None => found.push((facts.owner, vec![*case])),
            }
        }
        found
    }

    /// What this case has.
    pub fn values(&self, case: Uuid) -> Option<Values> {
        let hall = self.0.read().unwrap_or_else(PoisonError::into_inner);
        hall.facts.get(&case).map(|facts| facts.values)
    }

    /// The cases that match, best first, after a rank and at most so many; and the counts of `facets`, each
    /// with its own filter left out.
    pub fn find(
        &self,
        query: &CaseQuery,
        facets: &[CaseFacet],
        after: Option<Rank>,
        limit: usize,
        today: Date,
    ) -> Found {
        let hall = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut counts = vec![[0_u64; 64]; facets.len()];
        let (mut hits, mut total) = (Vec::new(), 0);
        for facts in hall.facts.values() {
            if facts.until.is_some_and(|until| until < today)
                || query.listing.is_some_and(|listing| listing != facts.listing)
            {
                continue;
            }
            let failed = query.failed(&facts.values);
            for (at, facet) in facets.iter().enumerate() {
                if failed & !(1 << facet.at()) == 0 {
                    places(facts.values.of(*facet)).for_each(|place| counts[at][place] += 1);
                }
            }
            if failed != 0 {
                continue;
            }
            total += 1;
            let closeness = query.like.as_ref().map_or(0, |like| like.closeness(&facts.values));
            let rank = (closeness, facts.at.micros(), facts.case);
            if after.is_none_or(|after| rank < after) {
                hits.push(rank);
            }
        }
        let of_closest = if query.like.is_some() && after.is_none() { CLOSEST } else { 0 };
        let kept = limit.max(of_closest);
        if hits.len() > kept {
            hits.select_nth_unstable_by_key(kept, |rank| Reverse(*rank));
            hits.truncate(kept);
        }
        hits.sort_unstable_by_key(|rank| Reverse(*rank));
        let closest = hits.iter().take(of_closest).copied().collect();
        hits.truncate(limit);
        Found {
            hits,
            closest,
            total,
            counts: facets.iter().copied().zip(counts.iter().map(counted)).map(offered).collect(),
        }
    }
}

fn counted(counts: &[u64; 64]) -> Vec<(usize, u64)> {
    counts.iter().copied().enumerate().filter(|(_, count)| *count > 0).collect()
}

/// Without values that are never offered, the most frequent first.
fn offered((facet, mut counts): (CaseFacet, Vec<(usize, u64)>)) -> (CaseFacet, Vec<(usize, u64)>) {
    counts.retain(|(place, _)| facet.is_offered(*place));
    counts.sort_by_key(|(place, count)| (Reverse(*count), *place));
    (facet, counts)
}

impl CaseQuery {
    /// The facets whose filter does not match, as bits.
    fn failed(&self, values: &Values) -> u32 {
        let mut failed = 0;
        for facet in CaseFacet::ALL {
            let wanted = self.any.of(facet);
            if wanted != 0 && wanted & values.of(facet) == 0 {
                failed |= 1 << facet.at();
            }
        }
        if self.all_conditions.iter().any(|wanted| wanted & values.of(CaseFacet::Condition) == 0) {
            failed |= 1 << CaseFacet::Condition.at();
        }
        failed
    }
}

/// A rank as a cursor carries it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct RankMark(pub Rank);
