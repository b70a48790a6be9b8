//! The checks, each a pure rule over what a listing holds.

use super::UsualPrice;
use super::experience::experience;
use super::report::{Check, CheckName, Evidence, Outcome, Question};
use super::reputation::{communication, reputation};
use crate::cases::Portfolio;
use crate::certificates::{Composed, Facts, verified};
use crate::platform::clock::Ts;
use crate::practitioners::{Earlier, Practitioner, practitioner_url};
use crate::reviews::Reputation;
use crate::vocabulary::{Country, Currency, Service};

/// What a report is made from.
#[derive(Clone, Debug)]
pub struct Held {
    /// The listing.
    pub practitioner: Practitioner,
    /// Its certificates, each with what it counts for.
    pub certificates: Vec<(Composed, Facts)>,
    /// The usual prices of what it offers, where there are enough to compare with.
    pub usual: Vec<((Service, Country, Currency), UsualPrice)>,
    /// Who taught them hands-on first, as that certificate says.
    pub supervisor: Option<String>,
    /// Its cases that are shown.
    pub portfolio: Portfolio,
    /// Its reviews.
    pub reputation: Reputation,
    /// Its earlier listings, each with its reviews.
    pub earlier: Vec<(Earlier, Reputation)>,
    /// When its first treatment was recorded.
    pub first_treatment: Option<Ts>,
    /// Below which address this directory is.
    pub public_url: String,
    /// The moment.
    pub at: Ts,
}

impl Held {
    pub(super) fn counting(&self) -> impl Iterator<Item = &(Composed, Facts)> {
        self.certificates.iter().filter(|(_, facts)| facts.counts())
    }

    pub(super) fn url(&self) -> String {
        practitioner_url(&self.public_url, self.practitioner.number)
    }

    pub(super) fn evidence(&self, held: &Composed) -> Evidence {
        let row = &held.certificate;
        Evidence {
            label: format!("{}, signed by {}", row.title, held.academy_name),
            url: format!("{}/v1/{}", self.public_url, row.subject()),
        }
    }
}

/// The four checks of a careful client, then what this directory does not check; and each gap as a question.
pub fn checks(held: &Held) -> (Vec<Check>, Vec<Question>) {
    let mut ask = Vec::new();
    let found = vec![
        training(held, &mut ask),
        experience(held, &mut ask),
        reputation(held, &mut ask),
        communication(held, &mut ask),
        elsewhere(
            CheckName::Licence,
            "Licences are not checked here. Whether one is needed differs from country to country.",
            "Are you licensed or registered where the law here asks for it, and may I see it?",
            &mut ask,
        ),
        elsewhere(
            CheckName::Insurance,
            "Insurance is not checked here.",
            "Are you insured for this treatment, with whom, and until when?",
            &mut ask,
        ),
    ];
    (found, ask)
}

pub(super) fn check(check: CheckName, outcome: Outcome, summary: impl Into<String>) -> Check {
    Check { check, outcome, summary: summary.into(), evidence: Vec::new(), last_checked: None }
}

pub(super) fn question(check: CheckName, question: &str) -> Question {
    Question { check, question: question.to_owned() }
}

fn training(held: &Held, ask: &mut Vec<Question>) -> Check {
    let name = CheckName::Training;
    let facts: Vec<_> =
        held.certificates.iter().map(|(held, facts)| (held.certificate.number, *facts)).collect();
    let verdict = verified(&facts);
    if verdict.value {
        let hours =
            held.counting().map(|(_, facts)| facts.supervised_live_hours).fold(0, u32::saturating_add);
        let certificates =
            counted(verdict.because.len(), "signed training certificate", "signed training certificates");
        let academies =
            if verdict.because.len() == 1 { "a recognised academy" } else { "recognised academies" };
        let hours = counted(hours, "hour", "hours");
        let summary =
            format!("{certificates} of {academies}, with {hours} of supervised work on living people.");
        return Check {
            evidence: held.counting().map(|(composed, _)| held.evidence(composed)).collect(),
            last_checked: held.counting().map(|(composed, _)| composed.certificate.received_at).max(),
            ..check(name, Outcome::Verified, summary)
        };
    }
    ask.push(question(
        name,
        "Which academy signed your certificate, when, and how many hours and live models did the course have?",
    ));
    let stated = &held.practitioner.profile.stated_training;
    if let Some(first) = stated.first() {
        let text = format!("Can {} sign your certificate here, so that I can check it?", first.academy);
        ask.push(question(name, &text));
    }
    if held.certificates.is_empty() && stated.is_empty() {
        return check(name, Outcome::Missing, "No training is signed for, and none is stated.");
    }
    let mut said: Vec<String> = verdict.missing.iter().map(|missing| missing.detail.clone()).collect();
    if let Some(first) = stated.first() {
        said.push(format!("They state training at {}; nobody has signed for it.", first.academy));
    }
    Check {
        evidence: held.certificates.iter().map(|(composed, _)| held.evidence(composed)).collect(),
        ..check(name, Outcome::Claimed, said.join(" "))
    }
}

fn elsewhere(name: CheckName, summary: &str, text: &str, ask: &mut Vec<Question>) -> Check {
    ask.push(question(name, text));
    check(name, Outcome::NotCheckedHere, summary)
}

/// A number and its noun: `1 case`, `2 cases`.
pub(super) fn counted<N: PartialEq + From<u8> + std::fmt::Display>(
    count: N,
    one: &str,
    many: &str,
) -> String {
    let noun = if count == N::from(1) { one } else { many };
    format!("{count} {noun}")
}
