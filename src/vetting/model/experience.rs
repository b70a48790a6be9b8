//! Have they done it before, with work that has settled? And who is new at it.

use time::{Date, Month};

use super::checks::{Held, check, counted, question};
use super::report::{
    Check, CheckName, Evidence, Fact, FactKind, NewBecause, NewlyTrained, Outcome, Question,
};
use super::reputation::earlier_listings;
use crate::cases::Portfolio;
use crate::certificates::first_hands_on;

/// Settled cases below which somebody counts as newly trained.
const FEW_SETTLED: u32 = 10;
/// For how many days after their first recorded treatment nobody is asked for settled work: it takes two
/// months to settle, and a case is not made in a day.
const UNSETTLED_DAYS: i64 = 90;

/// The experience check.
pub(super) fn experience(held: &Held, ask: &mut Vec<Question>) -> Check {
    let name = CheckName::Experience;
    let shown = &held.portfolio;
    let cases = Evidence { label: "Their cases".to_owned(), url: format!("{}/cases", held.url()) };
    let base = |outcome, summary: String| Check {
        evidence: vec![cases.clone()],
        last_checked: shown.latest,
        ..check(name, outcome, summary)
    };
    if shown.settled_confirmed > 0 {
        let settled = counted(shown.settled, "case", "cases");
        let confirmed = if shown.settled == shown.settled_confirmed {
            "confirmed by the client".to_owned()
        } else {
            format!("{} of them confirmed by the client", shown.settled_confirmed)
        };
        let summary = format!("{settled} with settled work, {confirmed}. {}", pictured(shown));
        ask.push(question(name, "Which of your cases is most like mine, and may I speak with that client?"));
        return base(Outcome::Verified, summary);
    }
    let mut said = Vec::new();
    if shown.published > 0 {
        said.push(format!(
            "{}, {} of settled work; the clients have not confirmed any that is settled.",
            counted(shown.published, "case is shown", "cases are shown"),
            shown.settled
        ));
        said.push(pictured(shown));
    }
    if let Some(since) = held.practitioner.profile.practising_since.as_deref() {
        said.push(format!("They say that they have practised since {since}."));
    }
    let outcome = if said.is_empty() { Outcome::Missing } else { Outcome::Claimed };
    if no_settled_work_yet(held).is_some() {
        said.push("There is no settled work yet, and at this point there need not be.".to_owned());
        ask.push(question(
            name,
            "Who stands beside you while you work, and may I see what you did on models?",
        ));
    } else {
        if shown.settled == 0 {
            said.push("No settled work is shown.".to_owned());
        }
        ask.push(question(
            name,
            "May I see photos of your own work that has healed for two months or more, on a scalp and skin like mine?",
        ));
    }
    base(outcome, said.join(" "))
}

/// What the cases show, in words.
fn pictured(shown: &Portfolio) -> String {
    let conditions: Vec<String> =
        shown.conditions.iter().map(|(code, cases)| format!("{} ({cases})", code.label())).collect();
    let tones: Vec<String> =
        shown.skin_tones.iter().map(|(code, cases)| format!("{} ({cases})", code.label())).collect();
    let said = format!("They show: {}.", conditions.join(", "));
    if tones.is_empty() { said } else { format!("{said} Skin tones: {}.", tones.join(", ")) }
}

/// What is simply so, and nothing to look twice at.
pub fn facts(held: &Held) -> Vec<Fact> {
    no_settled_work_yet(held).into_iter().chain(earlier_listings(held)).collect()
}

/// That there is no settled work yet, while it is too early to expect any.
fn no_settled_work_yet(held: &Held) -> Option<Fact> {
    let first = held.first_treatment.filter(|first| *first <= held.at)?.date();
    let is_early = (held.at.date() - first).whole_days() < UNSETTLED_DAYS;
    (held.portfolio.settled == 0 && is_early).then(|| Fact {
        fact: FactKind::NoSettledWorkYet,
        detail: format!(
            "No settled work yet: their first treatment here was recorded on {first}, and work takes two months to settle."
        ),
        url: None,
    })
}

/// The first day on which the first certificate does not make anybody newly trained any more: the same day a
/// year later.
pub fn new_until(first: Date) -> Date {
    let year = first.year().saturating_add(1);
    first.replace_year(year).or_else(|_| Date::from_calendar_date(year, Month::March, 1)).unwrap_or(Date::MAX)
}

/// What makes somebody newly trained on a day: nothing, without a certificate that counts.
pub fn newly_trained_because(first: Option<Date>, settled: u32, today: Date) -> Vec<NewBecause> {
    let Some(first) = first else { return Vec::new() };
    let recent = (today < new_until(first)).then_some(NewBecause::TrainedWithinAYear);
    let few = (settled < FEW_SETTLED).then_some(NewBecause::FewSettledCases);
    recent.into_iter().chain(few).collect()
}

/// Whether they are new at it, and by whom they were trained.
pub fn newly_trained(held: &Held) -> NewlyTrained {
    let first = first_hands_on(&held.certificates).map(|(_, day)| day);
    let because = newly_trained_because(first, held.portfolio.settled, held.at.date());
    NewlyTrained {
        value: !because.is_empty(),
        because,
        rule: format!(
            "There is a certificate that counts, and the first was awarded less than a year ago, or fewer than \
             {FEW_SETTLED} cases with settled work are shown here. A label, not a warning: judge somebody new by \
             their training."
        ),
        settled_cases: held.portfolio.settled,
        first_trained_on: first.map(|day| day.to_string()),
        supervisor: held.supervisor.clone(),
        supervised_live_hours: held
            .counting()
            .map(|(_, facts)| facts.supervised_live_hours)
            .fold(0, u32::saturating_add),
        live_models: held
            .counting()
            .map(|(composed, _)| composed.course.content.live_models)
            .fold(0, u32::saturating_add),
    }
}
