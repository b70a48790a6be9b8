//! The page of one certificate, which the code on its print leads to: the verdict of this moment, and what it says.

use maud::{Markup, html};

use super::layout::Page;
use super::linked;
use super::picture;
use super::second::{self, Brought};
use crate::certificates::CertificateView;
use crate::certificates::forms::from_records;
use crate::certificates::verdict::{Answer, Check, CheckName, CheckOutcome, Verdict};

pub(super) fn render(view: &CertificateView, verdict: &Verdict) -> Markup {
    let word = match verdict.verdict {
        Answer::Valid => "Valid",
        Answer::Unrecognised => "Unrecognised",
        Answer::Invalid => "Not valid",
        Answer::CannotTell => "Cannot tell",
    };
    let content = html! {
        section.verdict data-verdict=(verdict.verdict.as_str()) {
            h1 { (word) }
            p.lead { (verdict.reason().sentence()) }
            p.kind { "As of " time datetime=(verdict.as_of) { (verdict.as_of.date()) } ", by this directory. " (view.number) }
        }
        section {
            h2 { "What the academy signed" }
            dl {
                dt { "Holder" } dd { (view.holder_name) }
                dt { "Course" } dd { a href=(view.course.version_url) { (view.title) } }
                dt { "Academy" } dd { a href={ "/academies/" (view.academy.slug) } { (view.academy.name) } }
                @if let Some(day) = view.awarded_on { dt { "Awarded" } dd { (day) } }
                @if let Some(year) = from_records(view.awarded_on, view.valid_from) {
                    dt { "Signed" } dd { (view.valid_from.date()) ", from the academy\u{2019}s records of " (year) }
                } @else {
                    dt { "Signed" } dd { (view.valid_from.date()) }
                }
                @if let Some(until) = view.valid_until { dt { "Valid until" } dd { (until.date()) } }
            }
            p { "Compare the name with the person in front of you." }
            @if view.listing.is_none() {
                p { "It hangs on no listing here, so it counts for nobody\u{2019}s training yet." }
            } @else if !view.lacks.is_empty() {
                p { "It does not count as verified training here:" }
                ul { @for lack in &view.lacks { li { (lack.detail) } } }
            }
        }
        section {
            h2 { "What was checked" }
            table.outcomes {
                thead { tr { th scope="col" { "Check" } th scope="col" { "Outcome" } th scope="col" { "In words" } } }
                tbody { @for check in &verdict.checks { (row(check)) } }
            }
            p {
                "This is the directory\u{2019}s answer. To check it without trusting the directory, take "
                a href=(view.credential_url) { "the signed certificate" }
                " and run " code { "stipple certificate verify" } " with the roots you trust."
            }
        }
        (second::section(Some(&view.number.to_string()), Brought::Number))
        section {
            h2 { "To keep and to show" }
            ul {
                li { a href=(view.pdf_url) { "To print (PDF)" } }
                li { a href=(view.png_url) { "As a picture (PNG badge)" } }
                li { a href=(view.svg_url) { "As a drawing (SVG badge)" } }
                li { a href=(view.credential_url) { "The signed certificate (JSON)" } }
                li { a href=(view.add_to_profile_url) rel="noopener" { "Add it to a LinkedIn profile" } }
            }
        }
    };
    let title = format!("{word}: {}, {}", view.holder_name, view.title);
    let page = Page::new(&title).script("second").linked(&linked::certificate(view, verdict));
    // Whoever does not show a certificate does not want to be found by it.
    let page = if view.listed { page } else { page.hidden() };
    let at = format!("/certificates/{}", view.number);
    picture::shown_on(page, &at, &picture::of_certificate(view, verdict), &content)
}

fn row(check: &Check) -> Markup {
    let name = match check.check {
        CheckName::Integrity => "Unchanged",
        CheckName::Issuer => "Signer",
        CheckName::Period => "In force",
        CheckName::Status => "Not revoked",
        CheckName::Log => "Public log",
        CheckName::Holder => "Holder",
    };
    let outcome = match check.outcome {
        CheckOutcome::Pass => "yes",
        CheckOutcome::Warn => "yes, but read on",
        CheckOutcome::Fail => "no",
        CheckOutcome::Unknown => "unknown",
        CheckOutcome::NotChecked => "not checked",
        CheckOutcome::NotApplicable => "nothing to check",
    };
    html! { tr { th scope="row" { (name) } td { (outcome) } td { (check.detail) } } }
}
