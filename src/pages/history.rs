//! What was changed on a listing, by whom, and when.

use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

use super::client::{Asked, query_of};
use super::days::day;
use super::layout;
use super::texts::{fill, t};
use crate::platform::problem::Error;

/// What the address may say beside the number.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    from: String,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct History {
    items: Vec<Entry>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    at: String,
    actor: String,
    action: String,
    #[serde(default)]
    changes: Vec<Change>,
}

#[derive(Deserialize)]
struct Change {
    field: String,
    old: Option<Value>,
    new: Option<Value>,
    #[serde(default)]
    withheld: bool,
}

/// The whole page.
pub(super) async fn render(asked: &Asked<'_>, number: &str, form: &Form) -> Result<Markup, Error> {
    let base = format!("/v1/practitioners/{number}");
    let address = format!("{base}/history?{}", query_of(&[("limit", "50"), ("cursor", &form.from)]));
    let (named, history) = tokio::try_join!(asked.get::<Named>(&base), asked.get::<History>(&address))?;
    let heading = fill("history.heading", "name", &named.name);
    let content = html! {
        h1 { (heading) }
        p.lead { (t("history.lead")) }
        ol.history reversed {
            @for entry in &history.items { li { (entry.render()) } }
        }
        @if let Some(next) = &history.next_cursor {
            p { a rel="next" href={ "/practitioners/" (number) "/history?" (query_of(&[("from", next)])) } { (t("history.earlier")) } }
        }
        p { a href={ "/practitioners/" (number) } { (t("listing_questions.back")) } }
    };
    Ok(layout::page(&heading, &content))
}

impl Entry {
    fn render(&self) -> Markup {
        html! {
            p {
                strong { (day(&self.at)) } ": " (action(&self.action)) " "
                span.kind { (actor(&self.actor)) }
            }
            @if !self.changes.is_empty() {
                ul.facts { @for change in &self.changes { li { (change.render()) } } }
            }
        }
    }
}

impl Change {
    fn render(&self) -> Markup {
        let (old, new) = (self.old.as_ref().and_then(plain), self.new.as_ref().and_then(plain));
        html! {
            (field(&self.field))
            @if self.withheld { " " span.kind { (t("history.withheld")) } }
            @else if let Some(new) = new {
                ": " @if let Some(old) = old { del { (old) } " → " }
                (new)
            }
        }
    }
}

/// A value that fits into a line; longer ones stand on the listing.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is_so) => Some(t(if *is_so { "history.yes" } else { "history.no" }).to_owned()),
        Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(plain).collect();
            items.filter(|items| !items.is_empty()).map(|items| items.join(", "))
        }
        _ => None,
    }
}

fn action(action: &str) -> &'static str {
    match action {
        "created" => t("history.created"),
        "portrait-changed" => t("history.portrait_changed"),
        "clinic-attached" => t("history.clinic_attached"),
        "clinic-detached" => t("history.clinic_detached"),
        "clinic-confirmed" => t("history.clinic_confirmed"),
        "clinic-changed" => t("history.clinic_changed"),
        "absorbed" => t("history.absorbed"),
        "merged" => t("history.merged"),
        "removed" => t("history.removed"),
        _ => t("history.changed"),
    }
}

fn actor(actor: &str) -> &'static str {
    match actor.split(':').next() {
        Some("practitioner") => t("history.by_practitioner"),
        Some("academy") => t("history.by_academy"),
        Some("clinic") => t("history.by_clinic"),
        _ => t("history.by_operator"),
    }
}

/// The name of the field that a pointer leads to.
fn field(pointer: &str) -> &str {
    match pointer.trim_start_matches('/').split('/').next().unwrap_or_default() {
        "name" | "given_name" | "family_name" => t("history.name"),
        "former_names" => t("history.former_names"),
        "also_known_as" => t("history.also_known_as"),
        "contact" => t("history.contact"),
        "social_profiles" => t("history.social_profiles"),
        "practising_since" => t("history.practising_since"),
        "services" => t("history.services"),
        "conditions" => t("history.conditions"),
        "techniques" => t("history.techniques"),
        "welcomes" => t("history.welcomes"),
        "languages" => t("history.languages"),
        "accepts_new_clients" => t("history.accepts_new_clients"),
        "country" => t("history.country"),
        "stated_training" => t("history.stated_training"),
        "own_words" => t("history.own_words"),
        "portrait" => t("history.portrait"),
        "clinics" => t("history.clinic"),
        _ => pointer,
    }
}
