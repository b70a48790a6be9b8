//! One academy: how it stands in plain words, what its courses hold, which keys it signs with, who teaches, who vouches.

use maud::{Markup, html};
use serde::Deserialize;

use super::academies::{Academy, Evidence, List, Recognition, outward, people, people_of};
use super::client::Asked;
use super::days::day;
use super::labels::label;
use super::layout;
use super::linked;
use super::texts::{fill, t};
use crate::platform::problem::Error;

#[derive(Deserialize)]
struct Course {
    number: String,
    current: Version,
}

#[derive(Deserialize)]
struct Version {
    content: Content,
    remote_only: bool,
    total_hours: u32,
    url: String,
}

#[derive(Deserialize)]
struct Content {
    title: String,
    description: String,
    credential_kind: String,
    level: String,
    #[serde(default)]
    hours: Hours,
    #[serde(default)]
    live_models: u32,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Hours {
    supervised_live: u32,
    classroom: u32,
    online_theory: u32,
    self_study: u32,
}

#[derive(Deserialize)]
struct Key {
    public_key_multibase: String,
    purpose: String,
    state: String,
    added_at: String,
    active_at: Option<String>,
    retired_at: Option<String>,
    compromised_since: Option<String>,
}

#[derive(Deserialize)]
struct Trainer {
    name: String,
    number: String,
    practising_since: Option<i32>,
    listing: Option<String>,
    evidence: Option<Evidence>,
}

/// The whole page.
pub(super) async fn render(asked: &Asked<'_>, slug: &str) -> Result<Markup, Error> {
    let base = format!("/v1/academies/{}", encoded(slug));
    let below = |rest: &str| format!("{base}/{rest}");
    let (recognitions, courses) = (below("recognitions"), below("courses?limit=100"));
    let (keys, trainers) = (below("keys"), below("trainers?limit=100"));
    let (academy, recognitions, courses, keys, trainers) = tokio::try_join!(
        asked.get::<Academy>(&base),
        asked.get::<List<Recognition>>(&recognitions),
        asked.get::<List<Course>>(&courses),
        asked.get::<List<Key>>(&keys),
        asked.get::<List<Trainer>>(&trainers),
    )?;
    let one = [academy];
    let count = people_of(asked, &one).await.get(&one[0].slug).copied();
    let [academy] = one;
    let content = html! {
        h1 { (academy.name) }
        p {
            (academy.mark()) " " span.kind { (label("countries", &academy.country)) }
            @if let Some(legal) = &academy.legal_name { " · " span.kind { (legal) } }
        }
        (standing(&academy, &recognitions.items, &keys.items))
        @if let Some(count) = count { p { (people(count)) } }
        (courses_of(&courses.items))
        (vouchers(&recognitions.items))
        (keys_of(&academy, &keys.items))
        (trainers_of(&trainers.items))
        @if academy.own_words.is_some() || academy.website.is_some() {
            section.own {
                h2 { (t("listing.own")) }
                p.kind { (t("listing.own_note")) }
                @if let Some(words) = &academy.own_words { p { (words) } }
                @if let Some(site) = &academy.website { p { (outward(site)) } }
            }
        }
        p { a href="/academies" { (t("academy.all")) } }
    };
    let described = state(&academy, &recognitions.items);
    Ok(layout::Page::new(&academy.name)
        .described(&described)
        .linked(&linked::academy(&academy))
        .render(&content))
}

/// A step of a path, as it is put into one.
fn encoded(step: &str) -> String {
    url::form_urlencoded::byte_serialize(step.as_bytes()).collect::<String>().replace('+', "%20")
}

/// How it stands, in a sentence or two.
fn state(academy: &Academy, recognitions: &[Recognition]) -> String {
    if let Some(recognition) = &academy.recognition {
        return format!("{} {}", recognition.since(), t("academy.is_recognised"));
    }
    let Some(last) = recognitions.last() else { return t("academy.never").to_owned() };
    match &last.counts_until {
        Some(until) => {
            let ended = fill("academy.ended", "day", day(until));
            let reason = last.end_reason.as_ref().map(|reason| fill("academy.reason", "reason", reason));
            [Some(ended), reason, Some(t("academy.ended_means").to_owned())]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" ")
        }
        None => fill("academy.to_come", "day", day(&last.counts_from)),
    }
}

fn standing(academy: &Academy, recognitions: &[Recognition], keys: &[Key]) -> Markup {
    let stolen = keys.iter().filter(|key| key.state == "compromised").count();
    let signs = keys.iter().any(|key| key.state == "active" && key.purpose == "assertion");
    html! {
        section.standing data-recognised=(academy.recognised) {
            h2 { (t("academy.standing")) }
            p { (state(academy, recognitions)) }
            @if !signs { p.note { (t("academy.no_key")) } }
            @if stolen > 0 { p.note { (t("academy.stolen")) } }
            @if let Some(fault) = &academy.did_fault { p.note { (fill("academy.own_site", "fault", fault)) } }
        }
    }
}

fn courses_of(courses: &[Course]) -> Markup {
    html! {
        section #courses {
            h2 { (t("academy.courses")) }
            @if courses.is_empty() { p { (t("academy.no_courses")) } }
            @for course in courses {
                @let content = &course.current.content;
                article data-course=(course.number) data-remote=(course.current.remote_only) {
                    h3 { (content.title) }
                    p.kind { (label("credential-kinds", &content.credential_kind)) " · " (label("levels", &content.level)) }
                    @if course.current.remote_only { p.no { (t("academy.web_only")) } }
                    (content.hours.render(course.current.total_hours, content.live_models))
                    details { summary { (t("academy.taught")) } p.own { (content.description) } }
                    p { a href=(super::card::local(&course.current.url)) { (t("academy.exact")) } }
                }
            }
        }
    }
}

impl Hours {
    fn render(&self, total: u32, live_models: u32) -> Markup {
        let rows = [
            (t("academy.live"), self.supervised_live),
            (t("academy.classroom"), self.classroom),
            (t("academy.online"), self.online_theory),
            (t("academy.alone"), self.self_study),
        ];
        html! {
            table.hours {
                tbody {
                    @for (what, hours) in rows {
                        @if hours > 0 || what == t("academy.live") { tr { th scope="row" { (what) } td { (fill("academy.hours", "n", hours)) } } }
                    }
                    tr { th scope="row" { (t("academy.total")) } td { (fill("academy.hours", "n", total)) } }
                    @if live_models > 0 { tr { th scope="row" { (t("academy.models")) } td { (live_models) } } }
                }
            }
        }
    }
}

fn vouchers(recognitions: &[Recognition]) -> Markup {
    html! {
        section #recognitions {
            h2 { (t("academy.vouchers")) }
            @if recognitions.is_empty() { p { (t("academy.never")) } }
            @for one in recognitions {
                article data-in-force=(one.in_force) {
                    h3 { (one.vouched_by) }
                    p {
                        (fill("academy.from", "day", day(&one.counts_from)))
                        @if let Some(until) = &one.counts_until { ", " (fill("academy.until", "day", day(until))) }
                        ". " @if one.in_force { span.yes { (t("academy.in_force")) } } @else { span.no { (t("academy.not_in_force")) } }
                    }
                    @if let Some(reason) = &one.end_reason { p { (fill("academy.reason", "reason", reason)) } }
                    @if let Some(evidence) = &one.evidence { p { (t("academy.evidence")) " " (evidence.render()) } }
                    @if let Some(note) = &one.note { p { (note) } }
                }
            }
        }
    }
}

fn keys_of(academy: &Academy, keys: &[Key]) -> Markup {
    html! {
        section #keys {
            h2 { (t("academy.keys")) }
            p { (t("academy.keys_note")) " " code { (academy.did) } }
            @if keys.is_empty() { p { (t("academy.no_key")) } }
            ul {
                @for key in keys {
                    li data-state=(key.state) {
                        code { (key.public_key_multibase) } ": " (key.words())
                        @if key.purpose == "recovery" { " " (t("academy.key_recovery")) }
                    }
                }
            }
            p { a href={ "/academies/" (academy.slug) "/did.json" } { (t("academy.did")) } }
        }
    }
}

impl Key {
    /// What it may do today and since when.
    fn words(&self) -> String {
        let since = self.active_at.as_ref().unwrap_or(&self.added_at);
        match self.state.as_str() {
            "active" => fill("academy.key_active", "day", day(since)),
            "retired" => {
                let until = self.retired_at.as_deref().unwrap_or_default();
                fill("academy.key_retired", "day", day(since)).replace("{until}", day(until))
            }
            "compromised" => match &self.compromised_since {
                Some(stolen) => fill("academy.key_stolen", "day", day(stolen)),
                None => t("academy.key_stolen_unknown").to_owned(),
            },
            "withdrawn" => t("academy.key_withdrawn").to_owned(),
            _ => fill("academy.key_waiting", "day", day(&self.added_at)),
        }
    }
}

fn trainers_of(trainers: &[Trainer]) -> Markup {
    html! {
        section #trainers {
            h2 { (t("academy.trainers")) }
            p.kind { (t("academy.trainers_note")) }
            @if trainers.is_empty() { p { (t("academy.no_trainers")) } }
            ul {
                @for trainer in trainers {
                    li {
                        @if let Some(listing) = &trainer.listing { a href={ "/practitioners/" (listing) } { (trainer.name) } }
                        @else { (trainer.name) }
                        " " span.kind { (trainer.number) }
                        @if let Some(year) = trainer.practising_since { ". " (fill("academy.trainer_since", "year", year)) }
                        @if let Some(evidence) = &trainer.evidence { ". " (evidence.render()) }
                    }
                }
            }
        }
    }
}
