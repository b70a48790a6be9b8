//! A client's consent: what their photos may be used for, seen and taken back with their own link.

use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::client::Asked;
use super::days::day;
use super::form::{Reply, Sent, faults, mendable};
use super::gallery::Case;
use super::labels::labels;
use super::layout;
use super::review::segment;
use super::texts::{fill, t};
use crate::platform::problem::Error;
use crate::vocabulary::vocabulary;

#[derive(Deserialize)]
struct Consent {
    state: State,
    case: Option<Case>,
    #[serde(default)]
    scopes: Vec<String>,
    until: Option<String>,
    confirmed_at: Option<String>,
    withdrawn_at: Option<String>,
    expires_at: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Open,
    Confirmed,
    Withdrawn,
    Over,
}

/// What the client is asked for, or has agreed to. Opening it changes nothing.
pub(super) async fn read(asked: &Asked<'_>, token: &str) -> Result<Markup, Error> {
    let consent: Consent = asked.get(&address(token)).await?;
    Ok(consent.render(token, None))
}

/// Agrees, or changes what was agreed.
pub(super) async fn give(asked: &Asked<'_>, token: &str, sent: &Sent) -> Result<Reply, Error> {
    let mut body = Map::from_iter([
        ("scopes".to_owned(), sent.all("scope").collect::<Vec<_>>().into()),
        ("adult".to_owned(), sent.has("adult").into()),
    ]);
    if sent.has("until") {
        body.insert("until".to_owned(), sent.one("until").into());
    }
    let body = Value::Object(body).to_string();
    match asked.post::<Consent>(&address(token), "application/json", body.into()).await {
        Ok(_) => Ok(Reply::see(page_of(token))),
        Err(error) => {
            let error = mendable(error)?;
            let consent: Consent = asked.get(&address(token)).await?;
            Ok(Reply::refused(consent.render(token, Some(&error)), &error))
        }
    }
}

/// Takes everything back.
pub(super) async fn withdraw(asked: &Asked<'_>, token: &str) -> Result<Reply, Error> {
    let address = format!("{}/withdrawal", address(token));
    asked.post::<Consent>(&address, "application/json", "{}".into()).await?;
    Ok(Reply::see(page_of(token)))
}

fn page_of(token: &str) -> String {
    format!("/consents/{}", segment(token))
}

fn address(token: &str) -> String {
    format!("/v1/consents/{}", segment(token))
}

impl Consent {
    fn render(&self, token: &str, error: Option<&Error>) -> Markup {
        let content = html! {
            h1 { (t("consent.heading")) }
            @match self.state {
                State::Open => p.lead { (t("consent.open")) " " (self.expiry()) },
                State::Confirmed => p.lead {
                    (fill("consent.confirmed", "day", self.confirmed_at.as_deref().map_or("", day))) " "
                    (fill("consent.scopes", "list", labels("consent-scopes", &self.scopes))) "."
                    @if let Some(until) = &self.until { " " (fill("consent.holds_until", "day", until)) }
                },
                State::Withdrawn => p.lead { (fill("consent.withdrawn", "day", self.withdrawn_at.as_deref().map_or("", day))) },
                State::Over => p.lead { (t("consent.over")) },
            }
            @if let Some(case) = &self.case { h2.hidden { (t("gallery.photos")) } (case.render(true)) }
            @if matches!(self.state, State::Open | State::Confirmed) {
                @if let Some(error) = error { (faults(error)) }
                (self.choices())
            }
            @if self.state == State::Confirmed { (withdrawal(token)) }
        };
        layout::Page::new(t("consent.heading")).script("once").render(&content)
    }

    fn expiry(&self) -> String {
        self.expires_at.as_deref().map_or_else(String::new, |at| fill("consent.link_until", "day", day(at)))
    }

    fn choices(&self) -> Markup {
        let scopes = vocabulary("consent-scopes").map(|list| list.codes.as_slice()).unwrap_or_default();
        html! {
            form.tall method="post" data-fresh {
                fieldset {
                    legend { (t("consent.may")) }
                    @for scope in scopes {
                        label {
                            input type="checkbox" name="scope" value=(scope.code) checked[self.scopes.contains(&scope.code)];
                            " " (scope.label)
                        }
                    }
                }
                p.kind { (t("consent.needs")) }
                p {
                    label for="until" { (t("consent.until")) }
                    input #until name="until" type="date" value=(self.until.as_deref().unwrap_or_default());
                }
                p { label { input type="checkbox" name="adult" value="yes" required; " " (t("consent.adult")) } }
                button type="submit" {
                    @if self.state == State::Open { (t("consent.agree")) } @else { (t("consent.change")) }
                }
            }
        }
    }
}

fn withdrawal(token: &str) -> Markup {
    html! {
        section {
            h2 { (t("consent.back_heading")) }
            p { (t("consent.back")) }
            form.tall method="post" action={ (page_of(token)) "/withdrawal" } {
                p { label { input type="checkbox" name="sure" required; " " (t("consent.sure")) } }
                button type="submit" { (t("consent.withdraw")) }
            }
        }
    }
}
