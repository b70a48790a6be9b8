//! What every page has around its content.

use maud::{DOCTYPE, Markup, html};

use super::texts::t;

/// A whole page.
pub(super) fn page(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="stylesheet" href="/style.css";
            }
            body {
                a.skip href="#content" { (t("site.skip")) }
                header.site {
                    a.mark href="/" { "Stipple" }
                    nav aria-label="Site" {
                        a href="/find" { (t("site.find")) }
                        a href="/verify" { (t("site.verify")) }
                        a href="/work" { (t("site.work")) }
                        a href="/before-you-book" { (t("site.before")) }
                        a href="/docs" { (t("site.developers")) }
                    }
                }
                main #content { (content) }
                footer.site {
                    p { (t("site.licence")) " " (t("site.promise")) }
                }
            }
        }
    }
}
