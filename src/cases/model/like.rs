//! "People like me": how close a case comes to what somebody says of themselves, and in which words.

use super::gallery::{CaseFacet, Values, places};
use crate::platform::problem::Fault;

/// Wishes in one `like` at most.
const MOST: usize = 12;

/// What somebody says of themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Like(Vec<Wish>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wish {
    facet: CaseFacet,
    place: usize,
}

/// How a case compares, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Likeness {
    /// What is the same.
    pub same: Vec<String>,
    /// What differs.
    pub differs: Vec<String>,
}

impl Like {
    /// Reads `norwood:5,scar-fut,skin_tone:mst-8`: values with the facet they are of, conditions also alone.
    ///
    /// # Errors
    /// Every part that means nothing.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        let (mut wishes, mut faults) = (Vec::new(), Vec::new());
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match wish(part) {
                Ok(wish) if wishes.contains(&wish) => {}
                Ok(wish) => wishes.push(wish),
                Err(fault) => faults.push(fault),
            }
        }
        if wishes.len() > MOST {
            faults.push(Fault::new("query:like", "too-many", format!("At most {MOST} values.")));
        }
        if wishes.is_empty() && faults.is_empty() {
            faults.push(Fault::new(
                "query:like",
                "empty",
                "Say something, such as `norwood:5,skin_tone:mst-8`.",
            ));
        }
        if faults.is_empty() { Ok(Self(wishes)) } else { Err(faults) }
    }

    /// How close a case comes; more is closer.
    pub fn closeness(&self, values: &Values) -> i64 {
        self.0.iter().map(|wish| wish.closeness(values)).sum()
    }

    /// How a case compares, in words.
    pub fn compare(&self, values: &Values) -> Likeness {
        let mut likeness = Likeness::default();
        for wish in &self.0 {
            let (own, wanted) = (values.of(wish.facet), name(wish.facet, wish.place));
            if own & (1 << wish.place) != 0 {
                likeness.same.push(capital(&wanted));
            } else if wish.facet == CaseFacet::Condition {
                likeness.differs.push(format!("Not: {wanted}"));
            } else if own == 0 {
                likeness.differs.push(format!("Not said here: {}", subject(wish.facet)));
            } else {
                let has: Vec<String> = places(own).map(|place| name(wish.facet, place)).collect();
                likeness.differs.push(capital(&format!("{} instead of {wanted}", has.join(", "))));
            }
        }
        let asked = |place: usize| self.0.contains(&Wish { facet: CaseFacet::Condition, place });
        if self.0.iter().any(|wish| wish.facet == CaseFacet::Condition) {
            let also = places(values.of(CaseFacet::Condition)).filter(|place| !asked(*place));
            let also = also.filter(|place| !self.is_implied(*place));
            likeness.differs.extend(also.map(|place| format!("Also: {}", name(CaseFacet::Condition, place))));
        }
        likeness
    }

    /// Whether a scale that was asked for stands for this condition.
    fn is_implied(&self, place: usize) -> bool {
        let scale = match CaseFacet::Condition.value(place) {
            "male-pattern" => CaseFacet::Norwood,
            "female-pattern" => CaseFacet::Ludwig,
            _ => return false,
        };
        self.0.iter().any(|wish| wish.facet == scale)
    }
}

fn wish(part: &str) -> Result<Wish, Fault> {
    let (facet, value) = match part.split_once(':') {
        None => (CaseFacet::Condition, part),
        Some((word, value)) => {
            let known = CaseFacet::ALL.into_iter().filter(|facet| facet.list().is_some());
            let facet = known.clone().find(|facet| facet.word() == word.trim());
            let facet =
                facet.ok_or_else(|| Fault::unknown_value("query:like", word, known.map(CaseFacet::word)))?;
            (facet, value.trim())
        }
    };
    let list = facet.list().map_or(&[][..], |list| list.codes.as_slice());
    let place = list.iter().position(|entry| entry.code == value).ok_or_else(|| {
        Fault::unknown_value("query:like", value, list.iter().map(|entry| entry.code.as_str()))
    })?;
    Ok(Wish { facet, place })
}

impl Wish {
    fn closeness(self, values: &Values) -> i64 {
        let own = values.of(self.facet);
        if own == 0 {
            return 0;
        }
        let weight = match self.facet {
            CaseFacet::Condition | CaseFacet::Norwood | CaseFacet::Ludwig => 3000,
            CaseFacet::SkinTone => 2000,
            CaseFacet::Area | CaseFacet::Extent | CaseFacet::ClientGroup => 1000,
            _ => 800,
        };
        if own & (1 << self.place) != 0 {
            return weight;
        }
        match self.facet {
            // Stages and tones stand in order: a neighbour is nearly as good.
            CaseFacet::Norwood | CaseFacet::Ludwig | CaseFacet::SkinTone | CaseFacet::Extent => {
                let span = self.facet.list().map_or(1, |list| list.codes.len().max(2) - 1);
                let off = places(own).map(|place| place.abs_diff(self.place)).min().unwrap_or(span);
                let left = i64::try_from(span.saturating_sub(off)).unwrap_or(0);
                weight * left / i64::try_from(span).unwrap_or(1) * 9 / 10
            }
            CaseFacet::Condition if places(own).any(|place| related(place, self.place)) => weight / 2,
            _ => 0,
        }
    }
}

/// Whether two conditions are of one kind.
fn related(one: usize, other: usize) -> bool {
    let list = CaseFacet::Condition.list().map_or(&[][..], |list| list.codes.as_slice());
    let (Some(one), Some(other)) = (list.get(one), list.get(other)) else { return false };
    one.parent.as_deref() == Some(&other.code)
        || other.parent.as_deref() == Some(&one.code)
        || (one.parent.is_some() && one.parent == other.parent)
}

/// What a value is called in a sentence.
fn name(facet: CaseFacet, place: usize) -> String {
    let label = facet.list().and_then(|list| list.codes.get(place)).map_or("", |entry| entry.label.as_str());
    match facet {
        CaseFacet::SkinTone | CaseFacet::HairColour | CaseFacet::HairTexture | CaseFacet::HairLength => {
            format!("{} {label}", subject(facet))
        }
        _ => label.to_owned(),
    }
}

/// What a facet is called in a sentence.
const fn subject(facet: CaseFacet) -> &'static str {
    match facet {
        CaseFacet::Condition => "condition",
        CaseFacet::Norwood => "Norwood stage",
        CaseFacet::Ludwig => "Ludwig stage",
        CaseFacet::Area => "area",
        CaseFacet::Extent => "extent",
        CaseFacet::SkinTone => "skin tone",
        CaseFacet::HairColour => "hair colour",
        CaseFacet::HairTexture => "hair texture",
        CaseFacet::HairLength => "hair length",
        CaseFacet::ClientGroup => "whom it is about",
        CaseFacet::Technique => "technique",
        CaseFacet::Stage => "stage",
        CaseFacet::ClientConfirmed => "confirmation",
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
