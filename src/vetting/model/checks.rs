//! The checks, the warnings and the label, each a pure rule over what a listing holds.

use time::Date;

use super::report::{
    Check, CheckName, ClaimNote, Evidence, NewlyTrained, Outcome, PriceNote, Question, Warning, WarningKind,
};
use super::{UsualPrice, claims_in, claims_version};
use crate::certificates::{Composed, Facts, verified};
use crate::platform::clock::Ts;
use crate::practitioners::{Practitioner, practitioner_url};
use crate::vocabulary::{Country, Currency, Service};

/// How many months after their first hands-on certificate somebody counts as newly trained.
const NEW_MONTHS: i32 = 12;

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
    /// Below which address this directory is.
    pub public_url: String,
    /// The moment.
    pub at: Ts,
}

impl Held {
    fn counting(&self) -> impl Iterator<Item = &(Composed, Facts)> {
        self.certificates.iter().filter(|(_, facts)| facts.counts())
    }

    fn url(&self) -> String {
        practitioner_url(&self.public_url, self.practitioner.number)
    }

    fn evidence(&self, held: &Composed) -> Evidence {
        let row = &held.certificate;
        Evidence {
            label: format!("{}, signed by {}", row.title, held.academy_name),
            url: format!("{}/v1/{}", self.public_url, row.subject()),
        }
    }

    /// The first certificate that counts, by the day of its award.
    pub fn first_hands_on(&self) -> Option<(&Composed, Date)> {
        let day = |held: &Composed| {
            held.certificate.awarded_on.unwrap_or_else(|| held.certificate.valid_from.date())
        };
        self.counting().map(|(held, _)| (held, day(held))).min_by_key(|(_, day)| *day)
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

fn check(check: CheckName, outcome: Outcome, summary: impl Into<String>) -> Check {
    Check { check, outcome, summary: summary.into(), evidence: Vec::new(), last_checked: None }
}

fn question(check: CheckName, question: &str) -> Question {
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
        let (count, noun) =
            (verdict.because.len(), plural(verdict.because.len(), "certificate", "certificates"));
        let summary = format!(
            "{count} signed training {noun} of recognised academies, with {hours} hours of supervised work on living people."
        );
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

fn experience(held: &Held, ask: &mut Vec<Question>) -> Check {
    ask.push(question(
        CheckName::Experience,
        "May I see photos of your own work that has healed for two months or more, on a scalp and skin like mine?",
    ));
    let (outcome, said) = match held.practitioner.profile.practising_since.as_deref() {
        Some(since) => (Outcome::Claimed, format!("They say that they have practised since {since}.")),
        None => (Outcome::Missing, "They do not say since when they practise.".to_owned()),
    };
    let summary = format!("{said} Look at their cases, if they show any; this report does not weigh them.");
    let cases = Evidence { label: "Their cases".to_owned(), url: format!("{}/cases", held.url()) };
    Check { evidence: vec![cases], ..check(CheckName::Experience, outcome, summary) }
}

fn reputation(held: &Held, ask: &mut Vec<Question>) -> Check {
    ask.push(question(
        CheckName::Reputation,
        "May I read all your reviews, the unflattering ones included, and speak with earlier clients?",
    ));
    let summary = "Read what clients wrote, the lowest first; this report does not weigh it.";
    let reviews =
        Evidence { label: "All reviews".to_owned(), url: format!("{}/reviews?sort=lowest", held.url()) };
    Check { evidence: vec![reviews], ..check(CheckName::Reputation, Outcome::NotCheckedHere, summary) }
}

fn communication(held: &Held, ask: &mut Vec<Question>) -> Check {
    let name = CheckName::Communication;
    let profile = &held.practitioner.profile;
    let contact = &profile.contact;
    let reachable = [&contact.phone, &contact.email, &contact.website, &contact.booking_url]
        .iter()
        .any(|way| way.is_some());
    let priced = profile.services.iter().any(|offered| offered.price.is_some());
    let gaps: Vec<&str> = [
        (reachable, "no public way to reach them"),
        (priced, "no price"),
        (!profile.languages.is_empty(), "no language they treat in"),
    ]
    .into_iter()
    .filter_map(|(there, gap)| (!there).then_some(gap))
    .collect();
    if !priced {
        ask.push(question(
            name,
            "What exactly is included in the price, how many sessions and touch-ups, and what happens if I am not happy?",
        ));
    }
    ask.push(question(
        name,
        "May I have a consultation first, without paying or deciding anything that day?",
    ));
    if gaps.is_empty() {
        let summary = "They state prices, languages and how to reach them. How plainly they answer is for you to see: \
                       you may leave at any time.";
        return check(name, Outcome::Claimed, summary);
    }
    check(name, Outcome::Missing, format!("The listing names {}.", gaps.join(", ")))
}

fn elsewhere(name: CheckName, summary: &str, text: &str, ask: &mut Vec<Question>) -> Check {
    ask.push(question(name, text));
    check(name, Outcome::NotCheckedHere, summary)
}

/// What to look twice at.
pub fn warnings(held: &Held) -> Vec<Warning> {
    let mut found = prices(held);
    let own = &held.practitioner.profile.own_words;
    let text =
        [own.headline.as_deref(), own.bio.as_deref()].into_iter().flatten().collect::<Vec<_>>().join("\n");
    found.extend(claims_in(&text).into_iter().map(|claim| Warning {
        claim: Some(ClaimNote {
            code: claim.code.to_owned(),
            words: claim.words.clone(),
            list_version: claims_version(),
        }),
        evidence: vec![Evidence { label: "Their own words, not verified".to_owned(), url: held.url() }],
        ..warning(
            WarningKind::UnsupportedClaim,
            format!("They write \u{201c}{}\u{201d}. {}", claim.words, claim.why),
        )
    }));
    let training: Vec<&Composed> = held
        .certificates
        .iter()
        .filter(|(_, facts)| facts.kind.has("training"))
        .map(|(held, _)| held)
        .collect();
    if !training.is_empty() && training.iter().all(|held| held.course.content.hours.remote_only()) {
        found.push(Warning {
            evidence: training.iter().map(|composed| held.evidence(composed)).collect(),
            ..warning(
                WarningKind::OnlineOnlyTraining,
                "All of the training that is signed for was online: nobody watched them work on a living person.",
            )
        });
    }
    let lost = held
        .certificates
        .iter()
        .map(|(composed, _)| composed)
        .filter(|composed| composed.certificate.recognised_at_receipt && !composed.recognised);
    found.extend(lost.map(|composed| Warning {
        evidence: vec![held.evidence(composed)],
        ..warning(
            WarningKind::AcademyNoLongerRecognised,
            format!(
                "{} was recognised when it signed {}, and is not recognised any more.",
                composed.academy_name, composed.certificate.title
            ),
        )
    }));
    found
}

fn warning(kind: WarningKind, detail: impl Into<String>) -> Warning {
    Warning { warning: kind, detail: detail.into(), price: None, claim: None, evidence: Vec::new() }
}

fn prices(held: &Held) -> Vec<Warning> {
    let mut found = Vec::new();
    for ((service, country, currency), usual) in &held.usual {
        let offered = held.practitioner.profile.services.iter().filter(|offered| offered.service == *service);
        let price = offered
            .filter_map(|offered| offered.price)
            .filter(|price| price.unit.has("comparable") && price.currency == *currency)
            .map(|price| price.amount_from)
            .min();
        let Some(amount) = price.filter(|amount| usual.is_far_above(*amount)) else { continue };
        let detail = format!(
            "A whole treatment ({}) costs far below the local median of {} clinics. Ask what is left out.",
            service.label(),
            usual.clinics
        );
        found.push(Warning {
            price: Some(PriceNote {
                service: *service,
                country: *country,
                currency: *currency,
                amount,
                usual_from: usual.lower,
                median: usual.median,
                usual_to: usual.upper,
                clinics: usual.clinics as u64,
            }),
            evidence: vec![Evidence { label: "Their prices".to_owned(), url: held.url() }],
            ..warning(WarningKind::PriceFarBelowUsual, detail)
        });
    }
    found
}

/// Whether they were trained not long ago, and by whom.
pub fn newly_trained(held: &Held) -> NewlyTrained {
    let first = held.first_hands_on().map(|(_, day)| day);
    let months = |day: Date| day.year() * 12 + i32::from(u8::from(day.month()));
    let today = held.at.date();
    let is_new = first.is_some_and(|day| {
        let since = months(today) - months(day);
        since < NEW_MONTHS || (since == NEW_MONTHS && today.day() < day.day())
    });
    NewlyTrained {
        value: is_new,
        rule: format!(
            "Less than {NEW_MONTHS} months since the first certificate that counts, by the day its academy signed for."
        ),
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

const fn plural(count: usize, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}
