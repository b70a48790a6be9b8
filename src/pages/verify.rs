//! Checking a certificate: a file, or what is pasted or typed, and the verdict as a list anybody understands.

use bytes::Bytes;
use maud::{Markup, html};
use poem::web::Multipart;
use serde::Deserialize;

use super::client::Asked;
use super::layout;
use super::texts::t;
use crate::platform::problem::Error;

/// Letters that can be pasted; a file may be larger.
const LONGEST_PASTE: usize = 400_000;

#[derive(Deserialize)]
struct Verdict {
    #[serde(rename = "verdict")]
    answer: String,
    as_of: String,
    certificate: Option<String>,
    checks: Vec<Check>,
}

#[derive(Deserialize)]
struct Check {
    #[serde(rename = "check")]
    name: String,
    outcome: String,
    detail: String,
}

/// The empty form.
pub(super) fn form() -> Markup {
    layout::page(t("verify.heading"), &html! { (form_of("")) })
}

/// The verdict on what was sent.
pub(super) async fn answer(asked: &Asked<'_>, sent: Multipart) -> Result<Markup, Error> {
    let (media_type, body) = read(sent).await?;
    if body.is_empty() {
        return Ok(layout::page(t("verify.heading"), &form_of(t("verify.nothing"))));
    }
    let verdict: Verdict = asked.post("/v1/verify", media_type, body).await?;
    let content = html! {
        (verdict.render())
        p.screen { a href="/verify" { (t("verify.again")) } }
    };
    Ok(layout::page(word(&verdict.answer), &content))
}

/// What was sent: the file if there is one, else the text. The API tells by the first bytes what it is.
async fn read(mut sent: Multipart) -> Result<(&'static str, Bytes), Error> {
    let broken = |error: poem::error::ParseMultipartError| {
        Error::bad_request(format!("The form arrived damaged ({error}). Please send it again."))
    };
    let mut text = Bytes::new();
    while let Some(field) = sent.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(|error| {
            Error::bad_request(format!("The file could not be read ({error}). Please send it again."))
        })?;
        match name.as_str() {
            "file" if !bytes.is_empty() => return Ok(("application/octet-stream", bytes.into())),
            "text" => text = Bytes::from(String::from_utf8_lossy(&bytes).trim().to_owned()),
            _ => {}
        }
    }
    let kind = if text.first() == Some(&b'{') { "application/json" } else { "text/plain" };
    Ok((kind, text))
}

fn form_of(note: &str) -> Markup {
    html! {
        h1 { (t("verify.heading")) }
        p.lead { (t("verify.lead")) }
        @if !note.is_empty() { p.note role="alert" { (note) } }
        form.verify action="/verify" method="post" enctype="multipart/form-data" {
            p {
                label for="file" { (t("verify.file")) }
                input #file name="file" type="file" accept=".json,.jwt,.pdf,.png,.svg,application/json,application/pdf,image/png,image/svg+xml";
            }
            p {
                label for="text" { (t("verify.text")) }
                textarea #text name="text" rows="4" maxlength=(LONGEST_PASTE) placeholder=(t("verify.text_hint")) {}
            }
            button type="submit" { (t("verify.go")) }
        }
    }
}

impl Verdict {
    fn render(&self) -> Markup {
        html! {
            section.verdict data-verdict=(self.answer) {
                h1 { (word(&self.answer)) }
                p.kind { time datetime=(self.as_of) { (self.as_of.split('T').next().unwrap_or_default()) } }
                p { (t("verify.compare")) }
                @if let Some(number) = &self.certificate {
                    p { a href={ "/certificates/" (number) } { (t("verify.page")) } }
                }
            }
            section {
                h2 { (t("verify.checked")) }
                ul.checks {
                    @for check in &self.checks {
                        li data-check=(check.name) data-outcome=(check.outcome) {
                            strong { (outcome(&check.outcome)) } " " (check.detail)
                        }
                    }
                }
            }
        }
    }
}

fn word(verdict: &str) -> &'static str {
    match verdict {
        "valid" => t("verify.valid"),
        "unrecognised" => t("verify.unrecognised"),
        "invalid" => t("verify.invalid"),
        _ => t("verify.cannot_tell"),
    }
}

fn outcome(outcome: &str) -> &'static str {
    match outcome {
        "pass" => t("verify.pass"),
        "warn" => t("verify.warn"),
        "fail" => t("verify.fail"),
        "not_checked" => t("verify.not_checked"),
        "not_applicable" => t("verify.not_applicable"),
        _ => t("verify.unknown"),
    }
}
