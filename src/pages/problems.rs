//! What each problem code means: where the `type` of a problem document leads.

use maud::{Markup, html};

use super::layout;
use super::texts::t;
use crate::platform::problem::{self, Code, Error};
use crate::{cases, practitioners, reviews};

/// A page could not be made as asked: what happened, and what to do.
pub(super) fn happened(error: &Error) -> Markup {
    if let Some(told) = Told::of(error) {
        return told.render();
    }
    let faults: Vec<&str> = error.faults().iter().map(|fault| fault.detail.as_str()).collect();
    explained(error.detail(), &faults)
}

/// What happens to people who do all as they should, in words for them.
struct Told<'a> {
    heading: &'static str,
    text: &'a str,
    /// Where to go on: an address, and what leads there.
    way_on: Option<(String, &'static str)>,
}

impl<'a> Told<'a> {
    fn of(error: &'a Error) -> Option<Self> {
        let member = |name: &str| error.members().get(name)?.as_str();
        let told = match error.code() {
            reviews::INVITATION_USED => {
                let review = member("review").map(|id| (format!("/reviews/{id}"), t("review.yours")));
                Self { heading: t("problem.used_heading"), text: t("problem.used"), way_on: review }
            }
            reviews::INVITATION_EXPIRED => {
                let again = member("listing")
                    .map(|number| (format!("/practitioners/{number}/review"), t("problem.expired_again")));
                Self { heading: t("problem.expired_heading"), text: t("problem.expired"), way_on: again }
            }
            reviews::UNKNOWN_INVITATION => Self {
                heading: t("problem.unknown_link_heading"),
                text: t("problem.unknown_link"),
                way_on: None,
            },
            practitioners::LISTING_REMOVED => Self {
                heading: t("listing.gone"),
                text: error.detail(),
                way_on: Some(("/find".to_owned(), t("problem.find_others"))),
            },
            cases::LINK_SPENT => {
                Self { heading: t("problem.expired_heading"), text: error.detail(), way_on: None }
            }
            problem::PAYLOAD_TOO_LARGE => Self::too_large(),
            problem::TOO_MANY_REQUESTS => {
                Self { heading: t("problem.busy_heading"), text: t("problem.busy"), way_on: None }
            }
            problem::INTERNAL => {
                Self { heading: t("problem.ours_heading"), text: t("problem.ours"), way_on: None }
            }
            _ => return None,
        };
        Some(told)
    }

    /// More was sent than anybody takes; a file to be checked, since nothing else is sent here that can be large.
    fn too_large() -> Self {
        let way_on = Some(("/verify".to_owned(), t("verify.again")));
        Self { heading: t("problem.large_heading"), text: t("problem.large"), way_on }
    }

    fn render(&self) -> Markup {
        let content = html! {
            h1 { (self.heading) }
            p.lead { (self.text) }
            @if let Some((address, text)) = &self.way_on { p { a href=(address) { (text) } } }
            p { a href="/" { (t("problem.home")) } }
        };
        layout::Page::new(self.heading).hidden().render(&content)
    }
}

/// The same of a body that was refused before anybody looked at it.
pub(super) fn too_large() -> Markup {
    Told::too_large().render()
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
