//! What every page has around its content.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

use super::site;
use super::texts::t;

/// A page: what stands in its head, and its content.
pub(super) struct Page<'a> {
    title: &'a str,
    scripts: Vec<&'static str>,
    head: Vec<Markup>,
    hidden: bool,
    described: Option<&'a str>,
    picture: Option<Picture>,
}

/// The picture that others show where they link to a page.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    /// Its address on this host; another one once it says something else.
    pub(super) address: String,
    /// What it says.
    pub(super) alt: String,
}

impl<'a> Page<'a> {
    /// A page of that title.
    pub(super) const fn new(title: &'a str) -> Self {
        Self { title, scripts: Vec::new(), head: Vec::new(), hidden: false, described: None, picture: None }
    }

    /// Says in a sentence or two what is on it, to those who list pages.
    pub(super) const fn described(mut self, text: &'a str) -> Self {
        self.described = Some(text);
        self
    }

    /// The picture of it.
    pub(super) fn picture(mut self, picture: Picture) -> Self {
        self.picture = Some(picture);
        self
    }

    /// What is on it as schema.org's JSON-LD.
    pub(super) fn linked(self, data: &Value) -> Self {
        // Nothing in a text can end the element: the only sign that could begin to is written as its number.
        let text = data.to_string().replace('<', "\\u003c");
        self.head(html! { script type="application/ld+json" { (PreEscaped(text)) } })
    }

    /// Keeps it out of search engines, wherever it stands.
    pub(super) const fn hidden(mut self) -> Self {
        self.hidden = true;
        self
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
                    link rel="icon" href="/icon.svg" type="image/svg+xml";
                    (self.for_engines())
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
                        nav aria-label=(t("site.explained")) {
                            a href="/academies" { (t("site.academies")) }
                            a href="/log" { (t("site.log")) }
                            a href="/ranking" { (t("site.ranking")) }
                            a href="/rating" { (t("site.rating")) }
                        }
                        p { (t("site.licence")) " " (t("site.promise")) }
                    }
                }
            }
        }
    }
}

impl Page<'_> {
    /// What search engines and those who link here read.
    fn for_engines(&self) -> Markup {
        let canonical = site::canonical().filter(|_| !self.hidden);
        html! {
            @match &canonical {
                Some(address) => { link rel="canonical" href=(address); meta property="og:url" content=(address); },
                None => meta name="robots" content="noindex";,
            }
            @if let Some(text) = self.described {
                meta name="description" content=(text);
                meta property="og:description" content=(text);
            }
            meta property="og:site_name" content="Stipple";
            meta property="og:type" content="website";
            meta property="og:title" content=(self.title);
            @if let Some(picture) = &self.picture {
                meta property="og:image" content=(site::absolute(&picture.address));
                meta property="og:image:type" content="image/png";
                meta property="og:image:width" content="1200";
                meta property="og:image:height" content="630";
                meta property="og:image:alt" content=(picture.alt);
                meta name="twitter:card" content="summary_large_image";
            } @else {
                meta name="twitter:card" content="summary";
            }
        }
    }
}

/// A page that is nothing but its title and content.
pub(super) fn page(title: &str, content: &Markup) -> Markup {
    Page::new(title).render(content)
}
