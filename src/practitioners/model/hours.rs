//! When a clinic is open: stretches of the days of a week, in the clinic's own time.

use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};

use super::text;
use crate::config::limits;
use crate::platform::problem::{Fault, shorten};

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Enum)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum DayOfWeek {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

/// A stretch of a day in which a clinic is open. Times are the clinic's own, `HH:MM`; a stretch ends on the day it begins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Object)]
#[oai(deny_unknown_fields)]
pub struct OpeningHours {
    /// The day of the week.
    pub day: DayOfWeek,
    /// When it opens, `00:00` to `23:59`.
    pub opens: String,
    /// When it closes, later on the same day: to `24:00`.
    pub closes: String,
}

/// The stretches in the order of the week.
///
/// # Errors
/// Faults are added for what is no time, what closes before it opens, and what overlaps.
pub(super) fn check(base: &str, given: Vec<OpeningHours>, faults: &mut Vec<Fault>) -> Vec<OpeningHours> {
    let before = faults.len();
    text::at_most(base, given.len(), limits::OPENING_HOURS, faults);
    for (index, stretch) in given.iter().enumerate() {
        let mut time = |member: &str, text: &str| {
            let minutes = minutes(text);
            if minutes.is_none() {
                let detail = format!("`{}` is no time of day such as 09:30.", shorten(text));
                faults.push(Fault::new(format!("{base}/{index}/{member}"), "not-a-time", detail));
            }
            minutes
        };
        let (opens, closes) = (time("opens", &stretch.opens), time("closes", &stretch.closes));
        if let (Some(opens), Some(closes)) = (opens, closes)
            && closes <= opens
        {
            let detail = "A stretch closes after it opens; one over midnight is written as two, to 24:00 and from 00:00.";
            faults.push(Fault::new(format!("{base}/{index}/closes"), "out-of-range", detail));
        }
    }
    let mut hours = given;
    hours.sort();
    // Times of day in this form sort as text.
    let overlap = hours.windows(2).any(|two| two[0].day == two[1].day && two[1].opens < two[0].closes);
    if overlap && faults.len() == before {
        faults.push(Fault::new(base, "overlap", "Two of these stretches overlap; write them as one."));
    }
    hours
}

/// Minutes since midnight.
fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| (text.len() == 2).then(|| text.parse::<u16>().ok()).flatten();
    let minutes = number(hour)? * 60 + number(minute).filter(|minute| *minute < 60)?;
    (minutes <= 24 * 60).then_some(minutes)
}
