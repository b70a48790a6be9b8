//! What happened before today: treatments, reviews as they grew, replies, removals, cases. Everything goes through
//! the API; only the clock is the demo's own and walks from two years ago to now, and letters go to people who
//! do not exist.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};
use time::Date;

use super::fill::text;
use super::plan::Part;
use super::words;
use crate::accounts::Secret;
use crate::api::LocalCaller;
use crate::app::App;
use crate::cli::Failure;
use crate::platform::clock::{Clock, Ts};
use crate::platform::id::Number;
use crate::platform::jobs::Worker;
use crate::platform::mail::{Mail, Outbox};
use crate::{reviews, work};

/// How far back the demo goes, in days.
const DAYS: i64 = 720;
/// Reviews at most, however many listings there are.
const MOST_REVIEWS: usize = 340;
/// The listing that many people review, among the passers-by.
const POPULAR: usize = 10;

/// A listing of the demo, by its number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed {
    pub(super) part: Part,
    pub(super) number: Number,
}

/// How the author of a review is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Invited,
    Card,
    Mailbox,
    Proof,
}

/// A review to be written: when its treatment was, and at which days after it something is written.
struct Plan {
    listing: usize,
    email: String,
    known: Known,
    treated: i64,
    /// Days after the session, stage and stars of each version.
    versions: Vec<(i64, &'static str, i64)>,
}

/// Something that happens on a day, counted back from today.
enum Event {
    Treated(usize),
    Written { plan: usize, version: usize },
}

/// The history while it is made.
pub(super) struct Past<'a> {
    /// The app, with the demo's clock.
    pub(super) app: App,
    pub(super) api: LocalCaller,
    pub(super) outbox: Outbox,
    pub(super) operator: &'a Secret,
    pub(super) today: Date,
    /// The moment the demo is made: nothing in it happens later.
    made_at: Ts,
    worker: Worker<App>,
}

impl<'a> Past<'a> {
    pub(super) fn new(app: &App, operator: &'a Secret) -> Self {
        let (today, made_at) = (app.clock.today(), app.clock.now());
        let start = Ts::at_midnight(today).minus(days(DAYS)).plus(Duration::from_hours(10));
        let (mail, outbox) = Mail::memory("no-reply@stipple.example", app.vault.clone());
        let app = app.with(|parts| (parts.clock, parts.mail) = (Clock::fixed(start), mail));
        let worker =
            Worker { db: app.db.clone(), clock: app.clock.clone(), app: app.clone(), registry: work::jobs() };
        Self { api: LocalCaller::new(&app), app, outbox, operator, today, made_at, worker }
    }

    /// Walks to a day, so many before today, and sends the follow-ups that are due by then.
    pub(super) async fn walk_to(&self, ago: i64) -> Result<(), Failure> {
        let ten_o_clock = Ts::at_midnight(self.today).minus(days(ago)).plus(Duration::from_hours(10));
        let aim = ten_o_clock.min(self.made_at);
        let now = self.app.clock.now();
        if aim > now {
            self.app.clock.advance(aim.since(now));
            reviews::jobs::tend(self.app.clone()).await?;
            self.post().await?;
        }
        Ok(())
    }

    /// Delivers the letters that wait, and does the other jobs that are due.
    pub(super) async fn post(&self) -> Result<(), Failure> {
        while self.worker.run_due().await? {}
        Ok(())
    }

    /// The day so many before today.
    pub(super) fn day(&self, ago: i64) -> String {
        (self.today - time::Duration::days(ago)).to_string()
    }

    /// The link in the last letter to an address, from `word` on.
    pub(super) async fn link_for(&self, email: &str, word: &str) -> Result<String, Failure> {
        let mut letter = None;
        for attempt in 1..=ATTEMPTS {
            self.post().await?;
            letter = self.outbox.take(email);
            if letter.is_some() {
                break;
            }
            // A job that failed is tried again later, and this clock only goes on when it is told to.
            self.app.clock.advance(Duration::from_secs(1 << attempt));
        }
        let letter = letter.ok_or_else(|| format!("no letter to {email}"))?;
        let letter = letter.reveal();
        let at = letter.find(word).ok_or_else(|| format!("a letter to {email} without {word}"))?;
        Ok(letter[at..].split_whitespace().next().unwrap_or_default().to_owned())
    }
}

/// How often a letter is waited for: twice as long each time.
const ATTEMPTS: u32 = 4;

pub(super) fn days(count: i64) -> Duration {
    Duration::from_hours(24 * u64::try_from(count).unwrap_or(0))
}

/// Writes the reviews of the past; answers what of them `demo.json` points at. `other` is another operator.
pub(super) async fn write_reviews(
    past: &Past<'_>,
    listed: &[Listed],
    keepers: &BTreeMap<usize, Secret>,
    other: &Secret,
    seed: u64,
) -> Result<Map<String, Value>, Failure> {
    let mut rng = StdRng::seed_from_u64(seed ^ 0x5ee5);
    let plans = plans(&mut rng, listed);
    let mut events: Vec<(i64, Event)> = Vec::new();
    for (at, plan) in plans.iter().enumerate() {
        events.push((plan.treated, Event::Treated(at)));
        for (version, (after, ..)) in plan.versions.iter().enumerate() {
            events.push((plan.treated - after, Event::Written { plan: at, version }));
        }
    }
    events.sort_by_key(|(ago, event)| (std::cmp::Reverse(*ago), matches!(event, Event::Written { .. })));
    let mut pen = words::Pen::default();
    let mut cards: BTreeMap<usize, String> = BTreeMap::new();
    let mut written: Vec<Option<(String, String)>> = vec![None; plans.len()];
    for (ago, event) in events {
        past.walk_to(ago).await?;
        match event {
            Event::Treated(at) => {
                let code = treat(past, listed, &plans[at], ago).await?;
                cards.extend(code.map(|code| (at, code)));
            }
            Event::Written { plan: at, version } => {
                let plan = &plans[at];
                if version == 0 && matches!(plan.known, Known::Mailbox | Known::Proof) {
                    let path = format!("/v1/practitioners/{}/reviews", listed[plan.listing].number);
                    let body = json!({"email": plan.email, "last_session": past.day(plan.treated)});
                    past.api.post_as_anyone(&path, &body).await?;
                }
                let link = match cards.remove(&at) {
                    Some(code) => code,
                    None => past.link_for(&plan.email, "stp_rv_").await?,
                };
                let said = said(&mut rng, &mut pen, plan, version);
                let path = format!("/v1/review-invitations/{link}");
                let answer = past.api.post_as_anyone(&path, &said).await?;
                let id = text(&answer["review"], "id")?.to_owned();
                let author = text(&answer, "author_token")?.to_owned();
                if plan.known == Known::Proof && version == 0 {
                    prove(past, &id, &author).await?;
                }
                if let Some(keeper) =
                    keepers.get(&plan.listing).filter(|_| version == 0 && rng.random_ratio(2, 5))
                {
                    let body = json!({"text": words::reply(&mut rng, plan.versions[0].2)});
                    let path = format!("/v1/reviews/{id}/reply");
                    past.api.put(keeper, &path, &body).await?;
                }
                written[at] = Some((id, author));
            }
        }
    }
    past.walk_to(0).await?;
    let mut found = moderate(past, &plans, &written, other).await?;
    let grown = plans.iter().zip(&written).find(|(plan, _)| plan.versions.len() > 2);
    if let Some((id, _)) = grown.and_then(|(_, written)| written.as_ref()) {
        found.insert("grown".to_owned(), id.as_str().into());
    }
    Ok(found)
}

/// Who writes what about whom, and when.
fn plans(rng: &mut StdRng, listed: &[Listed]) -> Vec<Plan> {
    let mut plans = Vec::new();
    for (at, one) in listed.iter().enumerate() {
        let count = match one.part {
            Part::Novice => 3,
            Part::Corrections => 32,
            Part::PaperDays => 14,
            Part::Unrecognised => 6,
            Part::NoCertificate | Part::OnlineOnly => 4,
            _ if at == POPULAR => 60,
            _ if rng.random_ratio(3, 5) => rng.random_range(1..7),
            _ => 0,
        };
        for _ in 0..count {
            if plans.len() < MOST_REVIEWS {
                plans.push(plan(rng, at, one.part, plans.len()));
            }
        }
    }
    plans
}

fn plan(rng: &mut StdRng, listing: usize, part: Part, number: usize) -> Plan {
    let treated =
        if part == Part::Novice { rng.random_range(6..24) } else { rng.random_range(30..DAYS - 10) };
    let stars = match (part, rng.random_range(0..20)) {
        (Part::Corrections | Part::PaperDays, 0) | (Part::Unrecognised, 0..=7) => 2,
        (Part::OnlineOnly | Part::NoCertificate, 0..=9) | (_, 0) => 1,
        (_, 1 | 2) => 2,
        (_, 3 | 4) => 3,
        (_, 5..=9) => 4,
        _ => 5,
    };
    let known = match rng.random_range(0..10) {
        0 => Known::Card,
        1 => Known::Mailbox,
        2 => Known::Proof,
        _ => Known::Invited,
    };
    let stages = [(4, "fresh"), (21, "healing"), (42, "healed"), (95, "settled"), (372, "year1")];
    let reached: Vec<_> = stages.into_iter().filter(|(after, _)| *after < treated).collect();
    let mut versions = Vec::new();
    if let Some(first) = reached.get(rng.random_range(0..reached.len().clamp(1, 4))) {
        versions.push((first.0, first.1, stars));
    }
    // One in five that was invited by letter goes on writing at every stage that a letter asks about.
    if known == Known::Invited && number.is_multiple_of(5) {
        let last = versions.last().map_or(0, |(after, ..)| *after);
        for (after, stage) in reached.iter().filter(|(after, stage)| *after > last && *stage != "healing") {
            let now = (stars + rng.random_range(-1..=1)).clamp(1, 5);
            versions.push((*after, stage, now));
        }
    }
    Plan { listing, email: format!("client-{number}@mail.example"), known, treated, versions }
}

/// The treatment is recorded, or the client starts by themselves; answers a card's code.
async fn treat(past: &Past<'_>, listed: &[Listed], plan: &Plan, ago: i64) -> Result<Option<String>, Failure> {
    let path = format!("/v1/practitioners/{}", listed[plan.listing].number);
    let day = past.day(ago);
    match plan.known {
        Known::Invited => {
            let body = json!({"service": "full-head", "sessions": [day], "email": plan.email});
            past.api.post(past.operator, &format!("{path}/treatments"), &body).await?;
            Ok(None)
        }
        Known::Card => {
            let body = json!({"service": "hairline", "sessions": [day], "printed_card": true});
            let answer = past.api.post(past.operator, &format!("{path}/treatments"), &body).await?;
            Ok(Some(text(&answer["card"], "code")?.to_owned()))
        }
        // They come by themselves when they have something to say.
        Known::Mailbox | Known::Proof => Ok(None),
    }
}

/// What a client says in one version.
fn said(rng: &mut StdRng, pen: &mut words::Pen, plan: &Plan, version: usize) -> Value {
    let (_, stage, stars) = plan.versions[version];
    let near = |rng: &mut StdRng| (stars + rng.random_range(-1..=1)).clamp(1, 5);
    let mut text = pen.review(rng, stars, stage);
    if plan.listing == POPULAR && version == 0 && stars == 1 {
        text += " I was told later that they are not qualified at all.";
    }
    json!({
        "stars": stars, "would_recommend": stars > 3, "text": text,
        "relationship": if rng.random_ratio(1, 15) { "supervised-model" } else { "client" },
        "incentive": if rng.random_ratio(1, 12) { "discount" } else { "none" },
        "dimensions": {"realism": near(rng), "hairline": near(rng), "communication": near(rng), "comfort": near(rng)},
    })
}

/// The author shows a receipt, and an operator has seen it.
async fn prove(past: &Past<'_>, id: &str, author: &str) -> Result<(), Failure> {
    let path = format!("/v1/reviews/{id}/proof");
    let body =
        json!({"author_token": author, "kind": "receipt", "text": "Receipt 2093, paid by card on the day."});
    past.api.post_as_anyone(&path, &body).await?;
    past.api.post(past.operator, &format!("{path}/judgement"), &json!({"accepted": true})).await?;
    Ok(())
}

/// What operators did: removals for four reasons, one restored on appeal and one not; a report and a concern that
/// wait.
async fn moderate(
    past: &Past<'_>,
    plans: &[Plan],
    written: &[Option<(String, String)>],
    other: &Secret,
) -> Result<Map<String, Value>, Failure> {
    let mut of: Vec<(&str, &str)> = plans
        .iter()
        .zip(written)
        .filter(|(plan, _)| plan.listing == POPULAR)
        .filter_map(|(_, written)| written.as_ref().map(|(id, author)| (id.as_str(), author.as_str())))
        .collect();
    let mut found = Map::new();
    let reasons = [
        (
            "not-a-real-experience",
            "The address belongs to a shop that opened a week before, and answers nobody.",
        ),
        ("personal-data", "It gave the full name and the street of another client."),
        ("concealed-incentive", "The author wrote that the touch-up was promised for five stars."),
        ("wrong-provider", "It is about a clinic of the same name in another town."),
    ];
    for (at, (reason, facts)) in reasons.into_iter().enumerate() {
        let Some((id, author)) = of.pop() else { return Ok(found) };
        let path = format!("/v1/reviews/{id}");
        let body = json!({"reason": reason, "facts": facts});
        past.api.post(past.operator, &format!("{path}/removal"), &body).await?;
        found.insert("removed".to_owned(), id.into());
        let (outcome, findings) = match at {
            0 => ("restored", "The author sent the booking; the shop is where they work."),
            1 => ("upheld", "The name stands in it, and the author does not want to leave it out."),
            _ => continue,
        };
        let body =
            json!({"author_token": author, "text": "I was there, and I can show my booking for that day."});
        past.api.post_as_anyone(&format!("{path}/appeals"), &body).await?;
        let body = json!({"outcome": outcome, "findings": findings});
        past.api.post(other, &format!("{path}/appeals/decision"), &body).await?;
        found.insert(outcome.to_owned(), id.into());
    }
    if let Some((id, _)) = of.pop() {
        let body = json!({"reason": "undisclosed-relationship", "text": "I think that this is their brother in law."});
        past.api.post_as_anyone(&format!("/v1/reviews/{id}/reports"), &body).await?;
        found.insert("reported".to_owned(), id.into());
    }
    past.post().await?;
    Ok(found)
}
