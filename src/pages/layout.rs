//! What every page has around its content.

use maud::{DOCTYPE, Markup, html};

use super::texts::t;

/// A page: what stands in its head, and its content.
pub(super) struct Page<'a> {
    title: &'a str,
    scripts: Vec<&'static str>,
    head: Vec<Markup>,
}

impl<'a> Page<'a> {
    /// A page of that title.
    pub(super) const fn new(title: &'a str) -> Self {
        Self { title, scripts: Vec::new(), head: Vec::new() }
    }

    /// Loads a module of [`super::assets`] once the page is read; the page must work without it.
    pub(super) fn script(mut self, name: &'static str) -> Self {
        self.scripts.push(name);
        self
    }

    /// Something more for the head.
    pub(super) fn head(mut self, markup: Markup) -> Self {
        self.head.push(markup);
        self
    }

    /// The whole page around its content.
    pub(super) fn render(self, content: &Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (self.title) }
                    link rel="stylesheet" href="/style.css";
                    @for name in &self.scripts { script type="module" src={ "/script/" (name) ".js" } {} }
                    @for more in &self.head { (more) }
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
}

/// A page that is nothing but its title and content.
pub(super) fn page(title: &str, content: &Markup) -> Markup {
    Page::new(title).render(content)
}
