//! What a form sent, and the pieces that forms are made of.

use maud::{Markup, html};
use serde_json::Value;

use super::texts::t;
use crate::platform::problem::Error;
use crate::vocabulary::vocabulary;

/// The fields of a form, in the order in which they were sent.
#[derive(Default)]
pub(super) struct Sent(Vec<(String, String)>);

impl Sent {
    /// Reads `application/x-www-form-urlencoded`; whatever cannot be read is not there.
    pub(super) fn of(body: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(body).into_owned().collect())
    }

    /// The value of a field, trimmed; empty where it was not sent.
    pub(super) fn one(&self, name: &str) -> &str {
        self.0.iter().find(|(sent, _)| sent == name).map_or("", |(_, value)| value.trim())
    }

    /// Every value of a field.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(sent, _)| sent == name).map(|(_, value)| value.as_str())
    }

    /// Whether a box was ticked.
    pub(super) fn has(&self, name: &str) -> bool {
        !self.one(name).is_empty()
    }

    /// A number of one digit, as JSON; nothing where there is none.
    pub(super) fn digit(&self, name: &str) -> Option<Value> {
        self.one(name).parse::<u8>().ok().map(Value::from)
    }
}

/// The answer to a form: a page, with the status of what was refused; or where to read on.
pub(super) struct Reply {
    pub(super) markup: Markup,
    pub(super) status: u16,
    pub(super) to: Option<String>,
}

impl Reply {
    /// What was sent was taken.
    pub(super) const fn taken(markup: Markup) -> Self {
        Self { markup, status: 200, to: None }
    }

    /// What was sent was taken, and this page shows it. The browser keeps no page that going back to would send again.
    pub(super) fn see(page: String) -> Self {
        Self { markup: html! {}, status: 303, to: Some(page) }
    }

    /// What was sent was refused; the page holds it still.
    pub(super) fn refused(markup: Markup, error: &Error) -> Self {
        Self { markup, status: error.code().status, to: None }
    }
}

/// What is wrong with what was sent, above the form it stays in.
pub(super) fn faults(error: &Error) -> Markup {
    html! {
        div.note role="alert" {
            p { strong { (t("form.mend")) } }
            ul {
                @if error.faults().is_empty() { li { (error.detail()) } }
                @for fault in error.faults() { li { (fault.detail) } }
            }
        }
    }
}

/// The error, if it is one that whoever sent the form can mend: what was sent is wrong, or is not theirs to send.
///
/// # Errors
/// Every other one.
pub(super) fn mendable(error: Error) -> Result<Error, Error> {
    if matches!(error.code().status, 400 | 403 | 409 | 422) { Ok(error) } else { Err(error) }
}

/// A choice of one to five.
pub(super) fn stars(name: &str, legend: &str, chosen: &str, required: bool) -> Markup {
    html! {
        fieldset.stars {
            legend { (legend) }
            @for stars in 1..=5 {
                @let value = stars.to_string();
                label {
                    input type="radio" name=(name) value=(value) checked[chosen == value] required[required];
                    " " (value)
                }
            }
        }
    }
}

/// A choice of a vocabulary's codes; those whose use is refused are left out.
pub(super) fn choice(name: &str, label: &str, list: &str, chosen: &str, required: bool) -> Markup {
    let codes = vocabulary(list).map(|list| list.codes.as_slice()).unwrap_or_default();
    html! {
        p {
            label for=(name) { (label) }
            select id=(name) name=(name) required[required] {
                option value="" { @if required { (t("form.choose")) } @else { (t("form.leave_out")) } }
                @for entry in codes.iter().filter(|entry| entry.deprecated_by.is_none() && !refused(&entry.flags)) {
                    option value=(entry.code) selected[entry.code == chosen] { (entry.label) }
                }
            }
        }
    }
}

fn refused(flags: &[String]) -> bool {
    flags.iter().any(|flag| flag == "refused")
}
