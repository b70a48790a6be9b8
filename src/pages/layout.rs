//! What every page has around its content.

use maud::{DOCTYPE, Markup, html};

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
                a.skip href="#content" { "Skip to the content" }
                header.site {
                    a.mark href="/" { "Stipple" }
                    nav aria-label="Site" {
                        a href="/docs" { "For developers" }
                        a href="/problems" { "Problem codes" }
                        a href="/openapi.json" { "OpenAPI" }
                    }
                }
                main #content { (content) }
                footer.site {
                    p {
                        "Data: CC BY 4.0. Places from GeoNames (CC BY 4.0), Code-Point Open (OGL) and the US Census. "
                        "No cookies, no tracking, nothing loaded from anywhere else."
                    }
                }
            }
        }
    }
}
