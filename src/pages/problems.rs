//! What each problem code means: where the `type` of a problem document leads.

use maud::{Markup, html};

use super::layout;
use super::texts::t;
use crate::platform::problem::{Code, Error};

/// A page could not be made as asked: what happened, and what to do.
pub(super) fn happened(error: &Error) -> Markup {
    let faults: Vec<&str> = error.faults().iter().map(|fault| fault.detail.as_str()).collect();
    explained(error.detail(), &faults)
}

/// The same from a sentence and what was found wrong.
pub(super) fn explained(detail: &str, faults: &[&str]) -> Markup {
    let content = html! {
        h1 { (t("problem.heading")) }
        p.lead { (detail) }
        @if faults.len() > 1 { ul { @for fault in faults { li { (fault) } } } }
        p { a href="/" { (t("problem.home")) } }
    };
    layout::Page::new(t("problem.heading")).hidden().render(&content)
}

pub(super) fn render(codes: &[Code]) -> Markup {
    let mut codes = codes.to_vec();
    codes.sort_by_key(|code| (code.status, code.slug));
    let content = html! {
        h1 { "Problem codes" }
        p {
            "Everything that fails answers " code { "application/problem+json" } " (RFC 9457). " code { "code" }
            " is stable; " code { "detail" } " says what happened and what to do; " code { "errors" }
            " lists every fault with a pointer to its place."
        }
        table {
            thead { tr { th scope="col" { "Status" } th scope="col" { "Code" } th scope="col" { "Meaning" } } }
            tbody {
                @for code in &codes {
                    tr id=(code.slug) {
                        td { (code.status) }
                        td { a href={ "/problems/" (code.slug) } { code { (code.slug) } } }
                        td { (code.title) "." }
                    }
                }
            }
        }
    };
    layout::page("Problem codes of Stipple", &content)
}
