//! "Check someone you already found": by an address, a telephone number or a name; the listing, or what its absence means.

use maud::{Markup, html};
use poem::web::Query;
use serde::Deserialize;

use super::client::{Asked, query_of};
use super::form::{Reply, mendable};
use super::layout;
use super::texts::{fill, t};
use super::units::Region;
use crate::platform::problem::Error;

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    who: String,
}

#[derive(Deserialize)]
struct Lookup {
    listed: bool,
    listings: Vec<Found>,
    meaning: Option<String>,
    #[serde(default)]
    ask: Vec<String>,
}

#[derive(Deserialize)]
struct Found {
    number: String,
    name: String,
    matched: String,
    distance_km: Option<f64>,
}

/// How somebody is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// An address of the web, or a handle.
    Url,
    /// A telephone number.
    Phone,
    /// A name.
    Name,
}

impl By {
    /// What somebody pasted, told by its looks.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let others =
            text.chars().filter(|letter| !letter.is_ascii_digit() && !" +-()./".contains(*letter)).count();
        if digits >= 6 && others == 0 {
            return Self::Phone;
        }
        let spaced = text.contains(char::is_whitespace);
        if !spaced
            && (text.starts_with('@') || text.contains("://") || text.contains('.') || text.contains('/'))
        {
            return Self::Url;
        }
        Self::Name
    }

    const fn parameter(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Phone => "phone",
            Self::Name => "name",
        }
    }
}

/// The box, as the first page has it too.
pub(super) fn form(who: &str) -> Markup {
    html! {
        form.check action="/check" method="get" {
            label for="who" { (t("check.label")) }
            input #who name="who" type="text" maxlength="200" value=(who) required;
            button type="submit" { (t("check.go")) }
        }
    }
}

/// The whole page.
pub(super) async fn render(asked: &Asked<'_>, Query(form_sent): Query<Form>) -> Result<Reply, Error> {
    let who = form_sent.who.trim();
    let (found, refused) = match who {
        "" => (None, None),
        who => match look_up(asked, who).await {
            Ok(found) => (Some(found), None),
            Err(error) => (None, Some(mendable(error)?)),
        },
    };
    let region = Region::of_languages(asked.header("accept-language"));
    let content = html! {
        h1 { (t("check.heading")) }
        @if refused.is_some() { p.note role="alert" { (t("check.not_that")) } }
        (form(who))
        @if let Some(found) = found {
            section.verdict data-listed=(found.listed) {
                @if found.listed {
                    h2 { (t("check.listed")) }
                    p { (t("check.listed_some")) }
                    ul {
                        @for listing in &found.listings {
                            li {
                                a href={ "/practitioners/" (listing.number) } { (listing.name) } " "
                                span.kind {
                                    (fill("check.matched", "by", listing.matched.replace('_', " ")))
                                    @if let Some(km) = listing.distance_km { ", " (region.distance(km)) }
                                }
                            }
                        }
                    }
                } @else {
                    h2 { (t("check.not_listed")) }
                    @if let Some(meaning) = &found.meaning { p { (meaning) } }
                    @if !found.ask.is_empty() { ul { @for ask in &found.ask { li { (ask) } } } }
                    h3 { (t("check.message_heading")) }
                    p.message { (t("check.message")) }
                }
            }
        }
    };
    let page = layout::page(t("check.heading"), &content);
    Ok(match refused {
        Some(error) => Reply::refused(page, &error),
        None => Reply::taken(page),
    })
}

async fn look_up(asked: &Asked<'_>, who: &str) -> Result<Lookup, Error> {
    let by = By::of(who);
    let who = match by {
        By::Url if who.starts_with('@') => {
            format!("https://www.instagram.com/{}", who.trim_start_matches('@'))
        }
        By::Url if !who.contains("://") => format!("https://{who}"),
        _ => who.to_owned(),
    };
    asked.get(&format!("/v1/lookup?{}", query_of(&[(by.parameter(), &who)]))).await
}
