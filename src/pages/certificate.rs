//! The page of one certificate, which the code on its print leads to: the verdict of this moment, and what it says.

use maud::{Markup, html};

use super::layout::Page;
use super::linked;
use super::picture;
use super::second::{self, Brought};
use super::texts::{fill, t};
use super::verify;
use crate::certificates::CertificateView;
use crate::certificates::forms::from_records;
use crate::certificates::verdict::Verdict;

pub(super) fn render(view: &CertificateView, verdict: &Verdict) -> Markup {
    let word = verify::word(verdict.verdict.as_str());
    let content = html! {
        section.verdict data-verdict=(verdict.verdict.as_str()) {
            h1 { (word) }
            p.lead { (verdict.reason().sentence()) }
            p.kind { (fill("certificate.as_of", "day", verdict.as_of.date()).replace("{number}", &view.number.to_string())) }
        }
        section {
            h2 { (t("certificate.signed_heading")) }
            dl {
                dt { (t("verify.holder")) } dd { (view.holder_name) }
                dt { (t("verify.course")) } dd { a href=(view.course.version_url) { (view.title) } }
                dt { (t("verify.academy")) } dd { a href={ "/academies/" (view.academy.slug) } { (view.academy.name) } }
                @if let Some(day) = view.awarded_on { dt { (t("certificate.awarded")) } dd { (day) } }
                dt { (t("certificate.signed")) }
                @if let Some(year) = from_records(view.awarded_on, view.valid_from) {
                    dd { (fill("certificate.from_records", "day", view.valid_from.date()).replace("{year}", &year.to_string())) }
                } @else {
                    dd { (view.valid_from.date()) }
                }
                @if let Some(until) = view.valid_until { dt { (t("certificate.valid_until")) } dd { (until.date()) } }
            }
            p { (t("verify.compare")) }
            @if view.listing.is_none() { p { (t("certificate.no_listing")) } }
            @else if !view.lacks.is_empty() {
                p { (t("certificate.lacks")) }
                ul { @for lack in &view.lacks { li { (lack.detail) } } }
            }
        }
        section {
            h2 { (t("verify.checked")) }
            ul.checks { @for check in &verdict.checks { (verify::row(check.check.as_str(), check.outcome.as_str(), &check.detail)) } }
            p { (t("certificate.without_us")) " " code { "stipple certificate verify" } }
        }
        (second::section(Some(&view.number.to_string()), Brought::Number))
        section {
            h2 { (t("certificate.keep")) }
            ul {
                li { a href=(view.pdf_url) { (t("certificate.pdf")) } }
                li { a href=(view.png_url) { (t("certificate.png")) } }
                li { a href=(view.svg_url) { (t("certificate.svg")) } }
                li { a href=(view.credential_url) { (t("certificate.credential")) } }
                li { a href=(view.add_to_profile_url) rel="noopener" { (t("certificate.profile")) } }
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
