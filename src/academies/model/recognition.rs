//! Recognition: who vouches for an academy, and from when to when it counts.

use std::time::Duration;

use time::Date;
use uuid::Uuid;

use crate::platform::clock::Ts;
use crate::platform::problem::{Error, Fault};

use super::{ALREADY_ENDED, web_address};

/// A recognition as an operator records it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecognition {
    /// The first day.
    pub from: Date,
    /// The last day; open while `None`.
    pub until: Option<Date>,
    /// Who vouches: a body, a register, an operator of the directory after a visit.
    pub vouched_by: String,
    /// Where the evidence can be read.
    pub evidence_url: Option<String>,
    /// The evidence in words.
    pub evidence_text: Option<String>,
    /// A remark for everybody to read.
    pub note: Option<String>,
}

impl NewRecognition {
    /// What is wrong with it, beyond lengths and formats.
    pub fn faults(&self, today: Date) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.until.is_some_and(|until| until < self.from) {
            faults.push(Fault::new("/until", "before-start", "The last day must not be before the first."));
        } else if self.until.is_some_and(|until| until < today) {
            faults.push(Fault::new(
                "/until",
                "in-the-past",
                "Recognition counts from the day it is recorded, so one that has ended already would never count.",
            ));
        }
        if !(1990..=2100).contains(&self.from.year()) {
            faults.push(Fault::new("/from", "out-of-range", "The first day must be between 1990 and 2100."));
        }
        if let Some(url) = &self.evidence_url {
            faults.extend(web_address(url, "/evidence/url"));
        }
        faults
    }
}

/// A recognition on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognition {
    /// Its id.
    pub id: Uuid,
    /// The academy.
    pub academy_id: Uuid,
    /// The first instant it was meant for.
    pub from_at: Ts,
    /// The first instant it counts: `from_at`, or the moment it was recorded when that is later.
    pub counts_from: Ts,
    /// The first instant it counts no more; `None` while open.
    pub until_at: Option<Ts>,
    /// Who vouches.
    pub vouched_by: String,
    /// Where the evidence can be read.
    pub evidence_url: Option<String>,
    /// The evidence in words.
    pub evidence_text: Option<String>,
    /// A remark.
    pub note: Option<String>,
    /// When it was recorded.
    pub recorded_at: Ts,
    /// By whom.
    pub recorded_by: String,
    /// When its end was recorded, if somebody ended it.
    pub ended_at: Option<Ts>,
    /// By whom.
    pub ended_by: Option<String>,
    /// Why.
    pub end_reason: Option<String>,
}

impl Recognition {
    /// A recognition recorded now.
    pub fn record(id: Uuid, academy_id: Uuid, new: NewRecognition, actor: String, now: Ts) -> Self {
        let from_at = Ts::at_midnight(new.from);
        Self {
            id,
            academy_id,
            from_at,
            counts_from: from_at.max(now),
            until_at: new.until.map(end_of),
            vouched_by: super::line(&new.vouched_by),
            evidence_url: new.evidence_url.map(|url| super::normal_url(&url)),
            evidence_text: new.evidence_text.map(|text| super::prose(&text)).filter(|text| !text.is_empty()),
            note: new.note.map(|text| super::prose(&text)).filter(|text| !text.is_empty()),
            recorded_at: now,
            recorded_by: actor,
            ended_at: None,
            ended_by: None,
            end_reason: None,
        }
    }

    /// Whether it counts at that moment.
    pub fn counts_at(&self, at: Ts) -> bool {
        self.counts_from <= at && self.until_at.is_none_or(|until| at < until)
    }

    /// The last day on which it counts; `None` while open.
    pub fn last_day(&self) -> Option<Date> {
        self.until_at.map(|until| until.minus(Duration::from_micros(1)).date())
    }

    /// Ends it after the day `until`, or at once. An end only moves nearer and never lies in the past:
    /// what was true yesterday stays true.
    ///
    /// # Errors
    /// 409 `already-ended`, 422 for a day that has passed or lies after the present end.
    pub fn end(&mut self, until: Option<Date>, reason: String, actor: String, now: Ts) -> Result<(), Error> {
        if self.until_at.is_some_and(|until| until <= now) {
            return Err(Error::new(
                ALREADY_ENDED,
                format!("It ended on {}.", self.until_at.unwrap_or(now).date()),
            ));
        }
        let end = until.map_or(now, end_of);
        if end < now {
            return Err(Error::invalid(vec![Fault::new(
                "/until",
                "in-the-past",
                "An end cannot be backdated. Give today or a later day, or leave it out to end it at once.",
            )]));
        }
        if self.until_at.is_some_and(|present| end > present) {
            return Err(Error::invalid(vec![Fault::new(
                "/until",
                "later-than-end",
                "It ends before that day already. To go on, record another recognition.",
            )]));
        }
        self.until_at = Some(end);
        self.ended_at = Some(now);
        self.ended_by = Some(actor);
        self.end_reason = Some(reason);
        Ok(())
    }
}

/// The first instant after a day.
fn end_of(day: Date) -> Ts {
    day.next_day().map_or(Ts::MAX, Ts::at_midnight)
}

/// The recognition that counts at that moment; of several the one that began to count first.
pub fn in_force(recognitions: &[Recognition], at: Ts) -> Option<&Recognition> {
    recognitions
        .iter()
        .filter(|recognition| recognition.counts_at(at))
        .min_by_key(|recognition| (recognition.counts_from, recognition.id))
}
