//! Checking a certificate: a file, or what is pasted or typed, and the verdict as a list anybody understands.

use std::pin::pin;

use bytes::Bytes;
use maud::{Markup, html};
use poem::web::Multipart;
use serde::Deserialize;
use tokio::io::AsyncReadExt as _;

use super::client::Asked;
use super::days::{day, with_days};
use super::form::Reply;
use super::layout::Page;
use super::second::{self, Brought};
use super::texts::t;
use crate::certificates;
use crate::config::limits;
use crate::platform::problem::{self, Error};

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

/// What the certificate says, as far as it is shown beside the verdict.
#[derive(Deserialize)]
struct Certificate {
    holder_name: String,
    title: String,
    academy: Academy,
}

#[derive(Deserialize)]
struct Academy {
    name: String,
}

/// The empty form.
pub(super) fn form(public_url: &str) -> Markup {
    again("", public_url)
}

/// The form, with what to do.
fn again(note: &str, public_url: &str) -> Markup {
    page(t("verify.heading"), &form_of(note, public_url))
}

/// The verdict on what was sent; or the form, where that cannot be a certificate.
pub(super) async fn answer(asked: &Asked<'_>, public_url: &str, sent: Multipart) -> Result<Reply, Error> {
    let refused = |note: &str, error| Ok(Reply::refused(again(note, public_url), &error));
    let (media_type, body) = match read(sent).await {
        Err(error) if error.code() == problem::PAYLOAD_TOO_LARGE => {
            return refused(t("verify.too_large"), error);
        }
        read => read?,
    };
    if body.is_empty() {
        return Ok(Reply::taken(again(t("verify.nothing"), public_url)));
    }
    let verdict: Verdict = match asked.post("/v1/verify", media_type, body).await {
        Ok(verdict) => verdict,
        Err(error) => {
            let mended = note_of(media_type, &error).map(|note| again(note, public_url));
            return match (mended, error.code().status) {
                (Some(form), _) => Ok(Reply::taken(form)),
                (None, 413) => refused(t("verify.too_large"), error),
                (None, 400 | 415 | 422) => {
                    refused(&format!("{}. {}", t("problem.heading"), error.detail()), error)
                }
                (None, _) => Err(error),
            };
        }
    };
    let certificate: Option<Certificate> = match &verdict.certificate {
        Some(number) if verdict.answer != "invalid" => {
            Some(asked.get(&format!("/v1/certificates/{number}")).await?)
        }
        _ => None,
    };
    let brought = if media_type == TEXT { Brought::Number } else { Brought::Bytes };
    let content = html! {
        (verdict.render(certificate.as_ref()))
        (second::section(verdict.certificate.as_deref(), brought))
        p.screen {
            a href="/verify" { (t("verify.again")) } " "
            button type="button" data-print hidden { (t("verify.print")) }
        }
    };
    Ok(Reply::taken(page(word(&verdict.answer), &content)))
}

fn page(title: &str, content: &Markup) -> Markup {
    Page::new(title).script("verify").render(content)
}

const TEXT: &str = "text/plain";

/// What to say of a text that is neither a certificate nor leads to one of ours; nothing where it is another matter.
fn note_of(media_type: &str, error: &Error) -> Option<&'static str> {
    let code = error.code();
    match () {
        () if media_type != TEXT => None,
        () if code == problem::NOT_FOUND => Some(t("verify.no_such")),
        () if code == certificates::LINK => Some(t("verify.link_other")),
        () if code == problem::MALFORMED_JSON => Some(t("verify.not_ours")),
        () => None,
    }
}

/// What was sent: the file if there is one, else the text. The API tells by the first bytes what it is.
async fn read(mut sent: Multipart) -> Result<(&'static str, Bytes), Error> {
    let broken = |error: poem::error::ParseMultipartError| {
        Error::bad_request(format!("The form arrived damaged ({error}). Please send it again."))
    };
    let too_large = || Error::new(problem::PAYLOAD_TOO_LARGE, t("verify.too_large"));
    let mut text = Bytes::new();
    while let Some(field) = sent.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let mut content = pin!(field.into_async_read());
        // One byte more than is taken, to know that there is one.
        let mut bytes = Vec::new();
        let most = limits::CARRIER_BYTES as u64 + 1;
        content.as_mut().take(most).read_to_end(&mut bytes).await.map_err(|error| {
            Error::bad_request(format!("The file could not be read ({error}). Please send it again."))
        })?;
        if bytes.len() > limits::CARRIER_BYTES {
            // Browsers read the answer once they have sent everything; it is heard out, and thrown away.
            let _ = tokio::io::copy(&mut content, &mut tokio::io::sink()).await;
            return Err(too_large());
        }
        match name.as_str() {
            "file" if !bytes.is_empty() => return Ok(("application/octet-stream", bytes.into())),
            "text" => text = Bytes::from(String::from_utf8_lossy(&bytes).trim().to_owned()),
            _ => {}
        }
    }
    let kind = if text.first() == Some(&b'{') { "application/json" } else { TEXT };
    Ok((kind, text))
}

fn form_of(note: &str, public_url: &str) -> Markup {
    html! {
        h1 { (t("verify.heading")) }
        p.lead { (t("verify.lead")) }
        p.note role="alert" data-note hidden[note.is_empty()] { (note) }
        div data-scan hidden {
            p { button type="button" { (t("verify.scan")) } }
            video muted playsinline hidden {}
        }
        form.verify action="/verify" method="post" enctype="multipart/form-data" data-public=(public_url) data-most=(limits::CARRIER_BYTES) {
            p {
                label for="file" { (t("verify.file")) }
                input #file name="file" type="file" accept=".json,.jwt,.pdf,.png,.svg,.jpg,.jpeg,.webp,application/json,application/pdf,image/png,image/svg+xml,image/jpeg,image/webp";
            }
            p {
                label for="text" { (t("verify.text")) }
                textarea #text name="text" rows="4" maxlength=(LONGEST_PASTE) placeholder=(t("verify.text_hint")) {}
            }
            button type="submit" { (t("verify.go")) }
            template { @for (name, text) in sentences() { p data-text=(name) { (text) } } }
        }
    }
}

/// What the script of the form says.
fn sentences() -> Vec<(&'static str, &'static str)> {
    vec![
        ("scan", t("verify.scan")),
        ("scan_stop", t("verify.scan_stop")),
        ("scanning", t("verify.scanning")),
        ("scan_refused", t("verify.scan_refused")),
        ("scan_cannot", t("verify.scan_cannot")),
        ("scan_other", t("verify.scan_other")),
        ("scan_broke", t("verify.scan_broke")),
        ("photo_none", t("verify.photo_none")),
        ("drop", t("verify.drop")),
        ("busy", t("verify.busy")),
        ("offline", t("verify.offline")),
        ("too_large", t("verify.too_large")),
    ]
}

impl Verdict {
    fn render(&self, certificate: Option<&Certificate>) -> Markup {
        html! {
            section.verdict data-verdict=(self.answer) {
                h1 { (word(&self.answer)) }
                p.kind { time datetime=(self.as_of) { (day(&self.as_of)) } }
                @if let Some(certificate) = certificate {
                    dl {
                        dt { (t("verify.holder")) } dd { (certificate.holder_name) }
                        dt { (t("verify.course")) } dd { (certificate.title) }
                        dt { (t("verify.academy")) } dd { (certificate.academy.name) }
                    }
                }
                @if self.answer != "invalid" { p { (t("verify.compare")) } }
                @if let Some(number) = &self.certificate {
                    @let said = if self.answer == "invalid" { t("verify.kept") } else { t("verify.page") };
                    p { a href={ "/certificates/" (number) } { (said) } ": " (number) }
                }
            }
            section {
                h2 { (t("verify.checked")) }
                ul.checks {
                    @for check in &self.checks { (row(&check.name, &check.outcome, &check.detail)) }
                }
            }
        }
    }
}

/// What one check came to, in the list of a verdict.
pub(super) fn row(check: &str, came_to: &str, detail: &str) -> Markup {
    html! {
        li data-check=(check) data-outcome=(came_to) {
            (name(check)) ": " strong { (outcome(came_to)) } p { (with_days(detail)) }
        }
    }
}

/// What a check is called.
fn name(check: &str) -> &'static str {
    match check {
        "integrity" => t("certificate.integrity"),
        "issuer" => t("certificate.issuer"),
        "period" => t("certificate.period"),
        "status" => t("certificate.status"),
        "log" => t("certificate.log"),
        _ => t("certificate.of_holder"),
    }
}

/// What a verdict is called.
pub(super) fn word(verdict: &str) -> &'static str {
    match verdict {
        "valid" => t("verify.valid"),
        "unrecognised" => t("verify.unrecognised"),
        "invalid" => t("verify.invalid"),
        _ => t("verify.cannot_tell"),
    }
}

/// What the outcome of a check is called.
pub(super) fn outcome(outcome: &str) -> &'static str {
    match outcome {
        "pass" => t("verify.pass"),
        "warn" => t("verify.warn"),
        "fail" => t("verify.fail"),
        "not_checked" => t("verify.not_checked"),
        "not_applicable" => t("verify.not_applicable"),
        _ => t("verify.unknown"),
    }
}
