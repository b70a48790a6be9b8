//! The front page: who to find, whom to check, and what the words mean.

use maud::{Markup, html};

use super::texts::{fill, t};
use super::{check, find, layout, linked};

/// Searches that show what the directory does: what the link says, and its address.
const SEARCHES: [(&str, &str); 5] = [
    ("home.search_place", "near=Leeds&radius_km=40"),
    ("home.search_words", "q=hair+tattoo+near+Manchester"),
    ("home.search_scar", "near=Atlanta&radius_km=80&conditions=scar-fut"),
    ("home.search_mend", "offers_correction=true&sort=experience"),
    ("home.search_postcode", "near=LS1+4AP&radius_km=40"),
];
/// The four things to check oneself: what, and how.
const CHECKS: [(&str, &str); 4] = [
    ("home.training", "home.training_how"),
    ("home.healed", "home.healed_how"),
    ("home.reputation", "home.reputation_how"),
    ("home.communication", "home.communication_how"),
];

pub(super) fn render(public_url: &str) -> Markup {
    let content = html! {
        section.hero {
            h1 { (t("home.heading")) }
            p.lead { (t("home.lead")) }
            div.start {
                section {
                    h2 { (t("find.heading")) }
                    (find::front())
                }
                section {
                    h2 { (t("check.heading")) }
                    (check::form(""))
                    p.kind { (t("home.or_certificate")) " " a href="/verify" { (t("site.verify")) } }
                }
            }
        }
        section {
            h2 { (t("home.look")) }
            ul.chips {
                @for (title, query) in SEARCHES { li { a href={ "/find?" (query) } { (t(title)) } } }
                li { a href="/work" { (t("site.work")) } }
            }
        }
        section {
            h2 { (t("home.yourself")) }
            ol.cards.four {
                @for (what, how) in CHECKS { li { strong { (t(what)) } p { (t(how)) } } }
            }
            p { a href="/before-you-book" { (t("home.ask")) } }
        }
        section {
            h2 { (t("home.verified")) }
            p { (t("home.verified_means")) }
            p { (t("home.nobody_pays")) " " a href="/ranking" { (t("site.ranking")) } }
        }
        (for_developers(public_url))
    };
    layout::Page::new(t("site.title"))
        .described(t("site.about"))
        .linked(&linked::site())
        .script("find")
        .render(&content)
}

/// For those who build on it, or do not want to trust it.
fn for_developers(public_url: &str) -> Markup {
    html! {
        section {
            h2 { (t("home.without_us")) }
            p { (t("home.without_us_how")) }
            pre tabindex="0" { code { "stipple certificate verify certificate.json --trust trust.json" } }
            pre tabindex="0" { code { "curl -s " (public_url) "/v1/verify -H 'content-type: application/json' --data-binary @certificate.json" } }
        }
        section {
            h2 { (t("home.build")) }
            p {
                (t("home.build_how")) " " a href="/docs" { (t("site.developers")) } ", "
                a href="/openapi.json" { (fill("home.openapi", "version", "3.1")) } ", "
                a href="/openapi-3.0.json" { (fill("home.openapi", "version", "3.0")) } "."
            }
        }
    }
}
