//! What clients say, the unflattering included, and how plainly questions are answered.

use time::Date;

use super::checks::{Held, check, counted, question};
use super::report::{Check, CheckName, Evidence, Fact, FactKind, Outcome, Question, ReviewsNote};
use crate::practitioners::practitioner_url;
use crate::reviews::{Rating, Reputation};

/// Checked reviews that rate the communication before it counts as verified.
const COMMUNICATION_LEAST: i64 = 3;

/// The reputation check.
pub(super) fn reputation(held: &Held, ask: &mut Vec<Question>) -> Check {
    let name = CheckName::Reputation;
    let found = &held.reputation;
    let link = |label: &str, query: &str| Evidence {
        label: label.to_owned(),
        url: format!("{}/reviews{query}", held.url()),
    };
    let mut evidence = vec![
        link("All reviews, the lowest first", "?sort=lowest"),
        link("All reviews, the newest first", ""),
    ];
    let removed: i64 = found.removed.iter().map(|one| one.count).sum();
    if removed > 0 {
        evidence.push(link("What was removed, and why", "?state=removed"));
    }
    ask.push(question(name, "May I speak with a client of yours whose work is a year old?"));
    for (earlier, _) in &held.earlier {
        let number = earlier.number;
        evidence.push(Evidence {
            label: format!("All reviews of their earlier listing {number}"),
            url: format!("{}/reviews", practitioner_url(&held.public_url, number)),
        });
        let why = format!("You had a listing here before, {number}. Why is it no longer there?");
        ask.push(question(name, &why));
    }
    if found.sums.published() == 0 {
        let mut summary = "Nobody has reviewed them here yet.".to_owned();
        if removed > 0 {
            summary = format!(
                "{} here; no other is there.",
                counted(removed, "review was removed", "reviews were removed")
            );
        }
        return Check { evidence, ..check(name, Outcome::Missing, summary) };
    }
    let outcome = if found.checked > 0 { Outcome::Verified } else { Outcome::Claimed };
    Check { evidence, last_checked: found.latest, ..check(name, outcome, said(held, removed)) }
}

fn said(held: &Held, removed: i64) -> String {
    let found = &held.reputation;
    let sums = &found.sums;
    let mean = |mean: Option<f64>| mean.map_or_else(|| "none".to_owned(), |mean| mean.to_string());
    let [one, two, three, four, five] = sums.stars;
    let mut said = vec![
        format!(
            "{}; rated {} of 5 by the published formula, {} as a plain mean.",
            counted(sums.published(), "review", "reviews"),
            mean(sums.rating(held.at.date())),
            mean(sums.raw_mean())
        ),
        format!("From one star to five: {one}, {two}, {three}, {four}, {five}."),
        format!("{} of {} would recommend them.", sums.recommending, sums.published()),
        match (found.checked, found.unchecked()) {
            (checked, 0) => {
                format!("All {checked} came by an invitation to the client, or with proof that was seen.")
            }
            (0, unchecked) => {
                format!("Of all {unchecked} no more is known than that a mailbox or a card was there.")
            }
            (checked, unchecked) => format!(
                "{checked} came by an invitation to the client, or with proof that was seen; of {unchecked} no more is \
                 known than that a mailbox or a card was there."
            ),
        },
    ];
    if removed > 0 {
        said.push(format!(
            "{}, each with its reason.",
            counted(removed, "more was removed", "more were removed")
        ));
    }
    said.join(" ")
}

/// That there were listings before this one, with what was said about them.
pub(super) fn earlier_listings(held: &Held) -> impl Iterator<Item = Fact> {
    held.earlier.iter().map(|(earlier, reputation)| {
        let (number, day) = (earlier.number, earlier.removed_at.date());
        let shared = earlier.shared_words();
        let disputed = match (&earlier.objection, &earlier.decided) {
            (Some(_), None) => " They say that it was somebody else's; that is being looked into.",
            _ => "",
        };
        Fact {
            fact: FactKind::EarlierListing,
            detail: format!(
                "An earlier listing with the same {shared}, {number}, was taken off on {day}. {}{disputed}",
                in_short(reputation, held.at.date())
            ),
            url: Some(format!("{}/reviews", practitioner_url(&held.public_url, number))),
        }
    })
}

/// What reviews come to, in a sentence.
fn in_short(reputation: &Reputation, today: Date) -> String {
    let sums = &reputation.sums;
    match sums.rating(today) {
        Some(rating) => {
            let counted = counted(sums.published(), "review", "reviews");
            format!("It has {counted}; rated {rating} of 5 by the published formula.")
        }
        None => "Nobody has reviewed it.".to_owned(),
    }
}

/// The figures behind the reputation check.
pub fn reviews_note(held: &Held) -> ReviewsNote {
    let found: &Reputation = &held.reputation;
    ReviewsNote {
        rating: Rating::new(&found.sums, held.at.date()),
        histogram: found.sums.stars.into(),
        would_recommend: (&found.sums).into(),
        checked: found.checked,
        replied: found.replied,
        removed: found.removed.clone(),
    }
}

/// The communication check.
pub(super) fn communication(held: &Held, ask: &mut Vec<Question>) -> Check {
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
    let mut said = vec![if gaps.is_empty() {
        "They state prices, languages and how to reach them.".to_owned()
    } else {
        format!("The listing names {}.", gaps.join(", "))
    }];
    let found = &held.reputation;
    let (clients, sum) = found.communication;
    let rated = clients >= COMMUNICATION_LEAST;
    if rated {
        said.push(format!(
            "{clients} clients whose treatment was checked gave {}.{} of 5 for clear answers without pressure.",
            sum * 10 / clients / 10,
            sum * 10 / clients % 10
        ));
    }
    if found.sums.published() > 0 {
        said.push(format!("They replied to {} of {} reviews.", found.replied, found.sums.published()));
    }
    said.push("How plainly they answer is for you to see: you may leave at any time.".to_owned());
    let outcome = match (rated, gaps.is_empty()) {
        (true, _) => Outcome::Verified,
        (false, true) => Outcome::Claimed,
        (false, false) => Outcome::Missing,
    };
    let reviews = Evidence { label: "All reviews".to_owned(), url: format!("{}/reviews", held.url()) };
    Check {
        evidence: if rated { vec![reviews] } else { Vec::new() },
        last_checked: found.latest.filter(|_| rated),
        ..check(name, outcome, said.join(" "))
    }
}
