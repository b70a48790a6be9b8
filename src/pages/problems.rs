//! What each problem code means: where the `type` of a problem document leads.

use maud::{Markup, html};

use super::layout;
use super::texts::t;
use crate::platform::problem::{self, Code, Error};
use crate::reviews;

/// A page could not be made as asked: what happened, and what to do.
pub(super) fn happened(error: &Error) -> Markup {
    if let Some((heading, text, way_on)) = told(error) {
        let content = html! {
            h1 { (heading) }
            p.lead { (text) }
            @if let Some((address, text)) = way_on { p { a href=(address) { (text) } } }
            p { a href="/" { (t("problem.home")) } }
        };
        return layout::Page::new(heading).hidden().render(&content);
    }
    let faults: Vec<&str> = error.faults().iter().map(|fault| fault.detail.as_str()).collect();
    explained(error.detail(), &faults)
}

/// What happens to people who do all as they should, in words for them: a heading, what it means, and where to go on.
fn told(error: &Error) -> Option<(&'static str, &'static str, Option<(String, &'static str)>)> {
    let member = |name: &str| error.members().get(name)?.as_str();
    let told = match error.code() {
        reviews::INVITATION_USED => {
            let review = member("review").map(|id| (format!("/reviews/{id}"), t("review.yours")));
            (t("problem.used_heading"), t("problem.used"), review)
        }
        reviews::INVITATION_EXPIRED => {
            let again = member("listing")
                .map(|number| (format!("/practitioners/{number}/review"), t("problem.expired_again")));
            (t("problem.expired_heading"), t("problem.expired"), again)
        }
        reviews::UNKNOWN_INVITATION => (t("problem.unknown_link_heading"), t("problem.unknown_link"), None),
        problem::TOO_MANY_REQUESTS => (t("problem.busy_heading"), t("problem.busy"), None),
        problem::INTERNAL => (t("problem.ours_heading"), t("problem.ours"), None),
        _ => return None,
    };
    Some(told)
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
