//! What somebody may mean who is still typing: types, and the conditions whose words begin so.

use poem_openapi::Object;
use serde::Serialize;

use super::HighlightPart;
use crate::search::words;
use crate::vocabulary::{Code, Conditions};

/// From how many letters on one may be wrong.
const ONE_WRONG_FROM: usize = 5;

/// What somebody may mean, by kind; each best first.
#[derive(Clone, Debug, Default, Serialize, Object)]
pub(in crate::directory) struct Suggestions {
    /// People who are listed.
    pub people: Vec<SuggestedListing>,
    /// Clinics where listed people work.
    pub clinics: Vec<SuggestedListing>,
    /// Places; give the `id` as `near`.
    pub places: Vec<SuggestedPlace>,
    /// Conditions; give the `code` as `conditions`.
    pub conditions: Vec<SuggestedCode>,
    /// The licence of these facts.
    pub licence: String,
    /// Whom to name when they are reused, and the sources of the places.
    pub attribution: String,
}

/// A name that begins so, and a listing that has it.
#[derive(Clone, Debug, Serialize, Object)]
pub(in crate::directory) struct SuggestedListing {
    /// The name as it is written: a person's, a former or shorter one, a clinic's.
    pub text: String,
    /// The same in parts that match and parts that do not.
    pub parts: Vec<HighlightPart>,
    /// The number of the listing.
    pub number: String,
    /// What the listing is called.
    pub name: String,
    /// Where the listing is.
    pub url: String,
}

/// A place whose name begins so.
#[derive(Clone, Debug, Serialize, Object)]
pub(in crate::directory) struct SuggestedPlace {
    /// The place's name, with what tells it from others.
    pub text: String,
    /// Its id.
    pub id: String,
    /// Where it is read.
    pub url: String,
}

/// A condition that is called so.
#[derive(Clone, Debug, Serialize, Object)]
pub(in crate::directory) struct SuggestedCode {
    /// What it is called.
    pub text: String,
    /// The other word for it that was typed, where it was not the label.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(skip_serializing_if_is_none)]
    pub also: Option<String>,
    /// The code.
    pub code: String,
}

/// A text in parts that match and parts that do not. `marks` are ranges of its bytes, ascending.
pub(in crate::directory) fn parts(text: &str, marks: &[std::ops::Range<usize>]) -> Vec<HighlightPart> {
    let mut parts = Vec::new();
    let mut push = |part: Option<&str>, is_match| {
        if let Some(text) = part.filter(|part| !part.is_empty()) {
            parts.push(HighlightPart { text: text.to_owned(), is_match });
        }
    };
    let mut at = 0;
    for mark in marks {
        push(text.get(at..mark.start), false);
        push(text.get(mark.clone()), true);
        at = mark.end;
    }
    push(text.get(at..), false);
    parts
}

/// The conditions that are called so, by their label or another word for them, in the order of their list; those whose
/// label is meant come first.
pub(in crate::directory) fn conditions(typed: &str, limit: usize) -> Vec<SuggestedCode> {
    let typed = words::split(typed);
    if typed.is_empty() {
        return Vec::new();
    }
    let (mut by_label, mut by_synonym) = (Vec::new(), Vec::new());
    for code in Code::<Conditions>::all().filter(|code| code.entry().facet) {
        let suggested =
            |also| SuggestedCode { text: code.label().to_owned(), also, code: code.as_str().to_owned() };
        if says(code.label(), &typed) {
            by_label.push(suggested(None));
        } else if let Some(synonym) = code.entry().synonyms.iter().find(|synonym| says(synonym, &typed)) {
            by_synonym.push(suggested(Some(synonym.clone())));
        }
    }
    by_label.append(&mut by_synonym);
    by_label.truncate(limit);
    by_label
}

/// Whether a text has every word that was typed; of the last perhaps only the beginning.
fn says(text: &str, typed: &[String]) -> bool {
    let said = words::split(text);
    typed.iter().enumerate().all(|(at, word)| {
        let is_last = at + 1 == typed.len();
        said.iter().any(|said| agrees(word, said, is_last))
    })
}

fn agrees(typed: &str, said: &str, is_beginning: bool) -> bool {
    if typed == said || (is_beginning && said.starts_with(typed)) {
        return true;
    }
    let letters = typed.chars().count();
    if letters < ONE_WRONG_FROM || typed.chars().next() != said.chars().next() {
        return false;
    }
    let beginning: String = said.chars().take(letters).collect();
    strsim::damerau_levenshtein(typed, said) <= 1
        || (is_beginning && strsim::damerau_levenshtein(typed, &beginning) <= 1)
}
