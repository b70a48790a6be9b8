//! What a case says about a client and their treatment, and what cannot be so.

use poem_openapi::Object;
use serde::{Deserialize, Serialize};
use time::Date;
use time::macros::format_description;

use super::consent::StatedConsent;
use crate::config::limits;
use crate::platform::problem::Fault;
use crate::vocabulary::{
    ClientGroup, Condition, HairColour, HairLength, HairTexture, LossArea, LossExtent, LudwigStage,
    NorwoodStage, SkinTone, Technique,
};

/// How much hair is missing: on a scale for pattern loss, by area and extent for everything else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Object)]
#[serde(deny_unknown_fields)]
#[oai(rename = "CaseLoss", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct Loss {
    /// Stage of male pattern loss.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub norwood: Option<NorwoodStage>,
    /// Stage of female pattern loss.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ludwig: Option<LudwigStage>,
    /// Where hair is missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[oai(default, skip_serializing_if_is_empty, validator(max_items = 6))]
    pub areas: Vec<LossArea>,
    /// How much of the scalp is affected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extent: Option<LossExtent>,
}

/// Who the client is, as far as the picture tells, in the client's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Object)]
#[serde(deny_unknown_fields)]
#[oai(rename = "CaseClient", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct Traits {
    /// Whom the case is about. Everybody in a case is 18 or over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<ClientGroup>,
    /// Monk skin tone, chosen from swatches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skin_tone: Option<SkinTone>,
    /// Colour of the hair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hair_colour: Option<HairColour>,
    /// Texture of the hair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hair_texture: Option<HairTexture>,
    /// Length of the hair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hair_length: Option<HairLength>,
}

/// What a case says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// What the client came with.
    pub conditions: Vec<Condition>,
    /// How much hair is missing.
    pub loss: Loss,
    /// Who the client is.
    pub client: Traits,
    /// How the work was done.
    pub techniques: Vec<Technique>,
    /// The days of the treatment, in order.
    #[serde(with = "days")]
    pub sessions: Vec<Date>,
    /// What the practitioner says the client agreed to.
    pub consent: Option<StatedConsent>,
}

impl Details {
    /// The day of the last session.
    pub fn last_session(&self) -> Option<Date> {
        self.sessions.last().copied()
    }

    /// Brings lists into order, without repetitions.
    pub fn tidy(&mut self) {
        self.conditions.sort_unstable();
        self.conditions.dedup();
        self.techniques.sort_unstable();
        self.techniques.dedup();
        self.loss.areas.sort_unstable();
        self.loss.areas.dedup();
        self.sessions.sort_unstable();
        if let Some(consent) = &mut self.consent {
            consent.tidy();
        }
    }

    /// Everything in it that cannot be so.
    pub fn faults(&self, today: Date) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.conditions.is_empty() {
            faults.push(Fault::new("/conditions", "required", "Name at least one condition."));
        }
        if self.conditions.len() > limits::CONDITIONS_PER_CASE {
            let detail = format!("A case names at most {} conditions.", limits::CONDITIONS_PER_CASE);
            faults.push(Fault::new("/conditions", "too-many", detail));
        }
        for (member, given, condition) in [
            ("/loss/norwood", self.loss.norwood.is_some(), "male-pattern"),
            ("/loss/ludwig", self.loss.ludwig.is_some(), "female-pattern"),
        ] {
            if given && !self.names(condition) {
                let detail =
                    format!("This scale is for `{condition}` alone; give `areas` and `extent` instead.");
                faults.push(Fault::new(member, "no-scale", detail));
            }
        }
        self.session_faults(today, &mut faults);
        if let Some(consent) = &self.consent {
            consent.faults(today, &mut faults);
        }
        faults
    }

    fn session_faults(&self, today: Date, faults: &mut Vec<Fault>) {
        if self.sessions.len() > limits::SESSIONS_PER_CASE {
            let detail = format!("A case has at most {} sessions.", limits::SESSIONS_PER_CASE);
            faults.push(Fault::new("/sessions", "too-many", detail));
        }
        for (at, day) in self.sessions.iter().enumerate() {
            let pointer = format!("/sessions/{at}");
            if *day > today {
                faults.push(Fault::new(pointer, "in-the-future", format!("{day} has not come yet.")));
            } else if day.year() < limits::FIRST_PRACTICE_YEAR {
                faults.push(Fault::new(
                    pointer,
                    "too-early",
                    format!("{day} is before anybody did this work."),
                ));
            } else if at > 0 && self.sessions[at - 1] == *day {
                faults.push(Fault::new(pointer, "repeated", format!("{day} is there twice.")));
            }
        }
    }

    /// What has to be said before the case can be shown.
    pub fn gaps(&self) -> Vec<Fault> {
        let mut gaps = Vec::new();
        let (male, female) = (self.names("male-pattern"), self.names("female-pattern"));
        if male && self.loss.norwood.is_none() {
            gaps.push(Fault::new("/loss/norwood", "required", "Male pattern loss needs its Norwood stage."));
        }
        if female && self.loss.ludwig.is_none() {
            gaps.push(Fault::new("/loss/ludwig", "required", "Female pattern loss needs its Ludwig stage."));
        }
        if !male && !female {
            if self.loss.areas.is_empty() {
                gaps.push(Fault::new("/loss/areas", "required", "Say where hair is missing."));
            }
            if self.loss.extent.is_none() {
                gaps.push(Fault::new("/loss/extent", "required", "Say how much of the scalp is affected."));
            }
        }
        if self.client.skin_tone.is_none() {
            gaps.push(Fault::new("/client/skin_tone", "required", "Choose the skin tone from the swatches."));
        }
        if self.client.group.is_none() {
            gaps.push(Fault::new("/client/group", "required", "Say whom the case is about, or `not-said`."));
        }
        if self.sessions.is_empty() {
            gaps.push(Fault::new("/sessions", "required", "Give the days of the sessions."));
        }
        gaps
    }

    fn names(&self, condition: &str) -> bool {
        self.conditions.iter().any(|own| own.as_str() == condition)
    }
}

/// A day as `2026-05-03`; `None` for any other text.
pub(super) fn day(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}

/// Lists of days as texts, for the database.
pub(super) mod days {
    use serde::{Deserialize, Deserializer, Serializer};
    use time::Date;

    pub(in super::super) fn serialize<S: Serializer>(
        days: &[Date],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(days.iter().map(Date::to_string))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Date>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let read = |text: &String| super::day(text).ok_or_else(|| serde::de::Error::custom("not a day"));
        texts.iter().map(read).collect()
    }
}

/// One day as text, for the database.
pub(super) mod one_day {
    use serde::{Deserialize, Deserializer, Serializer};
    use time::Date;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field over by reference")]
    pub(in super::super) fn serialize<S: Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(day)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Date, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::day(&text).ok_or_else(|| serde::de::Error::custom("not a day"))
    }
}

/// A day that may be left open, as text, for the database.
pub(super) mod open_day {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use time::Date;

    #[expect(
        clippy::ref_option,
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands the field over by reference"
    )]
    pub(in super::super) fn serialize<S: Serializer>(
        day: &Option<Date>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        day.map(|day| day.to_string()).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Date>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let read = |text: String| super::day(&text).ok_or_else(|| serde::de::Error::custom("not a day"));
        text.map(read).transpose()
    }
}
