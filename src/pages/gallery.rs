//! People like me: cases by what somebody comes with, which lead to who did the work.

use maud::{Markup, html};
use poem::web::Query;
use serde::Deserialize;

use super::card::local;
use super::client::{Asked, query_of};
use super::labels::{doctor_first, label, labels};
use super::layout;
use super::texts::{fill, t};
use crate::platform::problem::Error;
use crate::vocabulary::vocabulary;

/// Cases on a page.
const ON_A_PAGE: &str = "12";
/// What can be chosen: the name of the parameter, the vocabulary, and the text of the label.
const CHOICES: [(&str, &str, &str); 5] = [
    ("condition", "conditions", "gallery.condition"),
    ("norwood", "norwood-stages", "gallery.norwood"),
    ("skin_tone", "skin-tones", "gallery.skin_tone"),
    ("hair_texture", "hair-textures", "gallery.hair_texture"),
    ("client_group", "client-groups", "gallery.client_group"),
];

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    condition: String,
    norwood: String,
    skin_tone: String,
    hair_texture: String,
    client_group: String,
    cursor: String,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Case>,
    total: Total,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Total {
    value: u64,
}

/// A case, as the API answers it.
#[derive(Deserialize)]
pub(super) struct Case {
    conditions: Vec<String>,
    photos: Vec<Photo>,
    client_confirmed: bool,
    practitioner: Option<Practitioner>,
}

#[derive(Deserialize)]
struct Practitioner {
    number: String,
}

#[derive(Deserialize)]
struct Photo {
    stage: String,
    view: String,
    taken_on: String,
    placeholder: Option<String>,
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    url: String,
    width: u32,
}

/// The whole page.
pub(super) async fn render(asked: &Asked<'_>, Query(form): Query<Form>) -> Result<Markup, Error> {
    let chosen = form.chosen();
    let query = query_of(&[&chosen[..], &[("limit", ON_A_PAGE), ("cursor", &form.cursor)]].concat());
    let page: Page = asked.get(&format!("/v1/cases?{query}")).await?;
    let content = html! {
        h1 { (t("gallery.heading")) }
        p.lead { (t("gallery.lead")) }
        form.search action="/work" method="get" {
            @for ((name, list, text), (_, value)) in CHOICES.iter().zip(&chosen) {
                p {
                    label for=(name) { (t(text)) }
                    select id=(name) name=(name) {
                        option value="" { (t("gallery.any")) }
                        @for entry in vocabulary(list).into_iter().flat_map(|list| &list.codes) {
                            @if entry.deprecated_by.is_none() {
                                option value=(entry.code) selected[entry.code == *value] { (entry.label) }
                            }
                        }
                    }
                }
            }
            button type="submit" { (t("gallery.show")) }
        }
        @if doctor_first([form.condition.as_str()]) { p.note { (t("gallery.doctor")) } }
        p.count role="status" {
            @match page.total.value {
                0 => (t("gallery.none")),
                1 => (t("gallery.found_one")),
                some => (fill("gallery.found", "n", some)),
            }
        }
        @if !page.items.is_empty() { h2.hidden { (t("find.results")) } }
        div.cases { @for case in &page.items { (case.render(false)) } }
        @if let Some(next) = &page.next_cursor {
            p { a rel="next" href={ "/work?" (query_of(&[&chosen[..], &[("cursor", next)]].concat())) } { (t("find.more")) } }
        }
    };
    Ok(layout::page(t("gallery.heading"), &content))
}

impl Form {
    fn chosen(&self) -> [(&'static str, &str); 5] {
        let values =
            [&self.condition, &self.norwood, &self.skin_tone, &self.hair_texture, &self.client_group];
        std::array::from_fn(|at| (CHOICES[at].0, values[at].as_str()))
    }
}

impl Case {
    /// The photos by stage, and where they lead: on the listing of who did it, nowhere.
    pub(super) fn render(&self, on_listing: bool) -> Markup {
        html! {
            article.case {
                h3 { (labels("conditions", &self.conditions)) }
                @if self.client_confirmed { p.yes { (t("gallery.confirmed")) } }
                div.stages tabindex="0" role="group" aria-label=(t("gallery.photos")) {
                    @for photo in &self.photos { (photo.render()) }
                }
                @if let Some(practitioner) = self.practitioner.as_ref().filter(|_| !on_listing) {
                    p { a href={ "/practitioners/" (practitioner.number) } { (t("gallery.who")) } }
                }
            }
        }
    }
}

impl Photo {
    fn render(&self) -> Markup {
        let file = self.files.iter().find(|file| file.width >= 320).or(self.files.first());
        let placeholder = self.placeholder.as_deref().filter(|picture| picture.starts_with("data:image/"));
        html! {
            @if let Some(file) = file {
                figure data-stage=(self.stage) data-view=(self.view) {
                    div.photo {
                        @if let Some(placeholder) = placeholder { img.soft src=(placeholder) alt="" width="320" height="320"; }
                        img src=(local(&file.url)) loading="lazy" decoding="async" width="320" height="320"
                            alt={ (label("photo-stages", &self.stage)) ", " (label("photo-views", &self.view)) ", " (self.taken_on) };
                    }
                    figcaption { (label("photo-stages", &self.stage)) " · " (self.taken_on) }
                }
            }
        }
    }
}
