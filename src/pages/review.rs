//! A client's review: written from the mailed link, and later looked after by its author, who may withdraw it or appeal.

use bytes::Bytes;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::client::Asked;
use super::days::day;
use super::form::{self, Reply, Sent, faults, mendable};
use super::labels::label;
use super::layout;
use super::reputation::{Version, earlier};
use super::texts::{fill, t};
use crate::platform::problem::Error;
use crate::vocabulary::vocabulary;

const JSON: &str = "application/json";

#[derive(Deserialize)]
struct Invitation {
    listing: String,
    service: String,
    sessions: Vec<String>,
    stage: String,
    expires_at: String,
    written_before: bool,
}

#[derive(Deserialize)]
struct Submitted {
    review: Review,
    author_token: String,
}

#[derive(Deserialize)]
struct Review {
    id: String,
    listing: String,
    stars: u8,
    text: Option<String>,
    stage: String,
    written_at: String,
    verification_label: String,
    removal: Option<Removal>,
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Deserialize)]
struct Removal {
    label: String,
    at: String,
}

#[derive(Deserialize)]
struct Statement {
    label: String,
    facts: String,
    decided_by: String,
    appeal_until: String,
    appealed_at: Option<String>,
    findings: Option<String>,
}

#[derive(Deserialize)]
struct Started {
    next: String,
}

/// The form behind a mailed link. Opening it uses nothing up.
pub(super) async fn form(asked: &Asked<'_>, token: &str) -> Result<Markup, Error> {
    let invitation: Invitation = asked.get(&address(token)).await?;
    Ok(invitation.render(&Sent::default(), None))
}

/// Sends what was written; what is wrong with it is said above the form, and nothing that was typed is lost.
pub(super) async fn submit(asked: &Asked<'_>, token: &str, sent: &Sent) -> Result<Reply, Error> {
    let written = asked.post::<Submitted>(&address(token), JSON, body_of(sent)).await;
    let error = match written {
        Ok(done) => return Ok(Reply::taken(done.render())),
        Err(error) => mendable(error)?,
    };
    let invitation: Invitation = asked.get(&address(token)).await?;
    Ok(Reply::refused(invitation.render(sent, Some(&error)), &error))
}

fn address(token: &str) -> String {
    format!("/v1/review-invitations/{}", segment(token))
}

/// A part of an address, whatever somebody wrote there.
pub(super) fn segment(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The review as the API takes it; what was left out is left out.
fn body_of(sent: &Sent) -> Bytes {
    let dimensions: Map<String, Value> =
        dimensions().filter_map(|(code, _)| Some((code.to_owned(), sent.digit(code)?))).collect();
    let mut review = Map::from_iter([
        ("dimensions".to_owned(), Value::Object(dimensions)),
        ("text".to_owned(), sent.one("text").into()),
    ]);
    for name in ["relationship", "incentive", "condition"] {
        if sent.has(name) {
            review.insert(name.to_owned(), sent.one(name).into());
        }
    }
    if let Some(stars) = sent.digit("stars") {
        review.insert("stars".to_owned(), stars);
    }
    if sent.has("would_recommend") {
        review.insert("would_recommend".to_owned(), (sent.one("would_recommend") == "yes").into());
    }
    Value::Object(review).to_string().into()
}

/// What can be rated beside the stars: code and label.
fn dimensions() -> impl Iterator<Item = (&'static str, &'static str)> {
    let codes = vocabulary("review-dimensions").map(|list| list.codes.as_slice()).unwrap_or_default();
    let rated = codes.iter().filter(|entry| entry.flags.is_empty());
    rated.map(|entry| (entry.code.as_str(), entry.label.as_str()))
}

impl Invitation {
    fn render(&self, sent: &Sent, error: Option<&Error>) -> Markup {
        let recommend = sent.one("would_recommend");
        let content = html! {
            h1 { (t("review.heading")) }
            p.lead {
                (label("services", &self.service)) ", "
                a href={ "/practitioners/" (self.listing) } { (fill("review.listing", "number", &self.listing)) } ". "
                @if let Some(day) = self.sessions.last() { (fill("review.last_session", "day", day)) }
            }
            p {
                (fill("review.stage", "stage", label("review-stages", &self.stage).to_lowercase())) " "
                (fill("review.until", "day", day(&self.expires_at)))
            }
            @if self.written_before { p.note { (t("review.again")) } }
            @if let Some(error) = error { (faults(error)) }
            form.tall method="post" {
                (form::stars("stars", t("review.stars"), sent.one("stars"), true))
                fieldset {
                    legend { (t("review.recommend")) }
                    @for (value, text) in [("yes", t("review.yes")), ("no", t("review.no"))] {
                        label { input type="radio" name="would_recommend" value=(value) checked[recommend == value] required; " " (text) }
                    }
                }
                p {
                    label for="text" { (t("review.text")) }
                    span.kind #text-hint { (t("review.text_hint")) }
                    textarea #text name="text" rows="8" minlength="40" maxlength="5000" required
                        aria-describedby="text-hint" { (sent.one("text")) }
                }
                (form::choice("relationship", t("review.relationship"), "relationships", sent.one("relationship"), true))
                (form::choice("incentive", t("review.incentive"), "incentives", sent.one("incentive"), true))
                (form::choice("condition", t("review.condition"), "conditions", sent.one("condition"), false))
                details open[dimensions().any(|(code, _)| sent.has(code))] {
                    summary { (t("review.more")) }
                    @for (code, text) in dimensions() { (form::stars(code, text, sent.one(code), false)) }
                }
                p.kind { (t("review.promise")) }
                button type="submit" { (t("review.send")) }
            }
        };
        page(t("review.heading"), &content)
    }
}

impl Submitted {
    fn render(&self) -> Markup {
        let content = html! {
            h1 { (t("review.thanks")) }
            p.lead {
                (t("review.shown")) " "
                a href={ "/practitioners/" (self.review.listing) "#reviews" } { (t("review.see")) }
            }
            h2 { (t("review.keep_heading")) }
            p { (t("review.keep")) }
            p.message { code { (self.author_token) } }
            p { a href={ "/reviews/" (self.review.id) } { (t("review.yours")) } }
        };
        layout::page(t("review.thanks"), &content)
    }
}

/// One review, with what its author may do.
pub(super) async fn read(asked: &Asked<'_>, id: &str) -> Result<Markup, Error> {
    let review: Review = asked.get(&format!("/v1/reviews/{}", segment(id))).await?;
    Ok(review.render(&Sent::default(), None, &html! {}))
}

/// What its author asked for: to withdraw it, to read why it was removed, or to appeal.
pub(super) async fn act(asked: &Asked<'_>, id: &str, sent: &Sent) -> Result<Reply, Error> {
    let base = format!("/v1/reviews/{}", segment(id));
    let token = sent.one("author_token");
    let only_token: Bytes = json!({ "author_token": token }).to_string().into();
    let done = match sent.one("do") {
        "withdraw" => {
            let withdrawn = asked.post::<Review>(&format!("{base}/withdrawal"), JSON, only_token).await;
            withdrawn.map(|_| html! { (t("review.withdrawn")) })
        }
        "appeal" => {
            let appeal: Bytes =
                json!({ "author_token": token, "text": sent.one("appeal") }).to_string().into();
            asked.post::<Statement>(&format!("{base}/appeals"), JSON, appeal).await.map(|made| made.render())
        }
        _ => asked
            .post::<Statement>(&format!("{base}/statement"), JSON, only_token)
            .await
            .map(|made| made.render()),
    };
    let error = match done {
        Ok(done) => {
            let review: Review = asked.get(&base).await?;
            let done = html! { div.note role="status" { (done) } };
            return Ok(Reply::taken(review.render(&Sent::default(), None, &done)));
        }
        Err(error) => mendable(error)?,
    };
    let review: Review = asked.get(&base).await?;
    Ok(Reply::refused(review.render(sent, Some(&error), &html! {}), &error))
}

impl Review {
    fn render(&self, sent: &Sent, error: Option<&Error>, done: &Markup) -> Markup {
        let content = html! {
            h1 { (t("review.one")) }
            (done)
            article.review {
                h2 { (fill("card.rating", "stars", self.stars)) }
                p.kind { (label("review-stages", &self.stage)) " · " (day(&self.written_at)) " · " (self.verification_label) }
                @if let Some(removal) = &self.removal {
                    p { (fill("review.removed", "day", day(&removal.at))) " " (removal.label) "." }
                }
                @if let Some(text) = &self.text { p { (text) } }
                (earlier(&self.versions))
            }
            p { a href={ "/practitioners/" (self.listing) "#reviews" } { (t("review.all")) } }
            section {
                h2 { (t("review.own_heading")) }
                p { (t("review.own_lead")) }
                @if let Some(error) = error { (faults(error)) }
                form.tall method="post" {
                    p {
                        label for="author_token" { (t("review.token")) }
                        input #author_token name="author_token" type="text" maxlength="80" required autocomplete="off"
                            value=(sent.one("author_token"));
                    }
                    @if self.removal.is_some() {
                        p {
                            label for="appeal" { (t("review.appeal_text")) }
                            textarea #appeal name="appeal" rows="5" maxlength="4000" { (sent.one("appeal")) }
                        }
                        button name="do" value="statement" type="submit" { (t("review.why")) }
                        button name="do" value="appeal" type="submit" { (t("review.appeal")) }
                    } @else {
                        p { label { input type="checkbox" name="sure" required; " " (t("review.sure")) } }
                        button name="do" value="withdraw" type="submit" { (t("review.withdraw")) }
                    }
                }
            }
        };
        page(t("review.one"), &content)
    }
}

impl Statement {
    fn render(&self) -> Markup {
        html! {
            h2 { (t("review.reasons")) }
            p { strong { (self.label) } }
            p { (self.facts) }
            p.kind { (fill("review.decided_by", "who", &self.decided_by)) " " (fill("review.appeal_until", "day", day(&self.appeal_until))) }
            @if let Some(at) = &self.appealed_at { p { (fill("review.appealed", "day", day(at))) } }
            @if let Some(findings) = &self.findings { p { (findings) } }
        }
    }
}

/// The listing that somebody wants to review.
#[derive(Deserialize)]
struct Reviewed {}

/// The form for a review without the practitioner, of a listing that is there.
pub(super) async fn start_page(asked: &Asked<'_>, number: &str) -> Result<Markup, Error> {
    let Reviewed {} = asked.get(&format!("/v1/practitioners/{number}")).await?;
    Ok(start_form(number, &Sent::default(), None))
}

/// The way to a review without the practitioner: an address and the day of the last session.
fn start_form(number: &str, sent: &Sent, error: Option<&Error>) -> Markup {
    let content = html! {
        h1 { (t("review.start_heading")) }
        p.lead { (fill("review.start_lead", "number", number)) }
        @if let Some(error) = error { (faults(error)) }
        form.tall method="post" {
            p {
                label for="email" { (t("review.email")) }
                span.kind #email-hint { (t("review.email_hint")) }
                input #email name="email" type="email" maxlength="254" required autocomplete="email"
                    aria-describedby="email-hint" value=(sent.one("email"));
            }
            p {
                label for="last_session" { (t("review.session_day")) }
                input #last_session name="last_session" type="date" required value=(sent.one("last_session"));
            }
            button type="submit" { (t("review.start")) }
        }
        p { a href={ "/practitioners/" (number) } { (t("listing_questions.back")) } }
    };
    page(t("review.start_heading"), &content)
}

/// Asks for the letter that leads to the review.
pub(super) async fn start(asked: &Asked<'_>, number: &str, sent: &Sent) -> Result<Reply, Error> {
    let body = json!({ "email": sent.one("email"), "last_session": sent.one("last_session") });
    let started = asked
        .post::<Started>(&format!("/v1/practitioners/{number}/reviews"), JSON, body.to_string().into())
        .await;
    let started = match started {
        Ok(started) => started,
        Err(error) => {
            let error = mendable(error)?;
            return Ok(Reply::refused(start_form(number, sent, Some(&error)), &error));
        }
    };
    let content = html! {
        h1 { (t("review.letter")) }
        p.lead { (started.next) }
        p { a href={ "/practitioners/" (number) } { (t("listing_questions.back")) } }
    };
    Ok(Reply::taken(layout::page(t("review.letter"), &content)))
}

/// A page with a form whose answer comes once.
fn page(title: &str, content: &Markup) -> Markup {
    layout::Page::new(title).script("once").render(content)
}
