//! The front page.

use maud::{Markup, html};

use super::texts::t;
use super::{check, layout, linked};

/// Searches that show what the directory does; each is a working address.
const SEARCHES: &[(&str, &str, &str)] = &[
    (
        "Verified training, within 25 km of Leeds",
        "near=Leeds&radius_km=25&verified=true",
        "Somebody to start with.",
    ),
    (
        "“hair tattoo” near Manchester",
        "q=hair+tattoo&near=Manchester&radius_km=40",
        "Everyday words find the same people.",
    ),
    (
        "Scars from a transplant, around Atlanta",
        "near=Atlanta&radius_km=80&conditions=scar-fut",
        "By what you come with.",
    ),
    (
        "Somebody who corrects what went wrong",
        "offers_correction=true&sort=experience",
        "It happens, and some people mend it.",
    ),
    (
        "By postcode, nearest first",
        "near=LS1+4AP&radius_km=50&sort=distance",
        "British postcodes and US ZIP codes are understood.",
    ),
    (
        "How many, of what kind",
        "limit=1&facets=conditions,languages,country,verified",
        "Counts for every filter.",
    ),
];

pub(super) fn render(public_url: &str) -> Markup {
    let content = html! {
        section.hero {
            h1 { "Check before you sit down." }
            p.lead {
                "Scalp micropigmentation is thousands of tattooed dots that look like shaved hair. Done well, nobody "
                "knows. Done by someone underqualified, it is on a head for years. Stipple is an open directory of "
                "practitioners in which every claim of training can be checked, by anyone, without trusting us."
            }
        }
        section {
            h2 { (t("find.heading")) }
            form.search action="/find" method="get" role="search" {
                label for="q" { (t("find.words")) }
                input #q name="q" type="search" maxlength="200" placeholder=(t("find.words_hint"));
                button type="submit" { (t("find.search")) }
            }
        }
        section {
            h2 { (t("check.heading")) }
            (check::form(""))
        }
        section {
            h2 { "Try a search" }
            p { "These are addresses of the open API. They answer in JSON." }
            ul.cards {
                @for (title, query, why) in SEARCHES {
                    li {
                        a href={ "/v1/practitioners?" (query) } { (title) }
                        p { (why) }
                    }
                }
            }
        }
        section {
            h2 { "Check a certificate" }
            p {
                "A certificate here is a file that an academy signed: JSON, a PDF, a picture. "
                a href="/verify" { "Check one on this page" } ". Programs send it to " code { "POST /v1/verify" } " and you get a verdict with every check that was made, and every one that "
                "was not. Or check it without us, and without a network:"
            }
            pre tabindex="0" { code { "stipple certificate verify certificate.json --trust trust.json" } }
            pre tabindex="0" { code { "curl -s " (public_url) "/v1/verify -H 'content-type: application/json' --data-binary @certificate.json" } }
        }
        (explained())
    };
    layout::Page::new(t("site.title")).described(t("site.about")).linked(&linked::site()).render(&content)
}

/// What the words mean, and what to look at oneself.
fn explained() -> Markup {
    html! {
        section {
            h2 { "What “verified” means" }
            p {
                "At least one certificate in force, from an academy this directory recognises, for a course with "
                "supervised work on living people, made out to this person's name. Online-only courses and "
                "attendance are shown, and never count. Nobody can buy it, and nobody can buy a place: "
                a href="/ranking" { "the rules of the ranking" } " are public."
            }
        }
        section {
            h2 { "Four things to check yourself" }
            ol {
                li { strong { "Training." } " Which academy, which course, how many hours on living people." }
                li { strong { "Healed work." } " Fresh work always flatters. Ask for photos at least two months old, of people like you." }
                li { strong { "Reputation." } " Read the reviews that lack sparkle, and how they were answered." }
                li { strong { "Communication." } " Plain answers, and no pressure. You may always leave." }
            }
        }
        section {
            h2 { "Build on it" }
            p {
                "Reading needs no key and works from any web page. " a href="/docs" { "The reference" }
                " shows every operation with a call to copy; " a href="/openapi.json" { "OpenAPI 3.1" } " and "
                a href="/openapi-3.0.json" { "3.0" } " describe it for your tools."
            }
        }
    }
}
