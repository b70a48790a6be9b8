//! One vocabulary: its entries, how they are looked up, and what makes a file of it sound.

mod code;
mod lists;
mod synonyms;

pub use code::{Code, List, UnknownCode};
pub use lists::*;
pub use synonyms::{SearchSynonyms, search_synonyms};

use std::collections::BTreeMap;
use std::collections::HashSet;

use poem_openapi::Object;
use serde::{Deserialize, Serialize};

use crate::platform::clock::Ts;

/// A closed list of codes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vocabulary {
    /// The list's name, in paths and in search documents; the name of its file.
    #[serde(skip_deserializing)]
    pub name: &'static str,
    /// What the list is called for people.
    pub title: String,
    /// What the list is about, in a sentence or three.
    pub description: String,
    /// Whom to name where the list is shown, when its licence asks for that.
    pub attribution: Option<String>,
    /// Raised by one at every change.
    pub version: u32,
    /// The day of the last change, `YYYY-MM-DD`.
    pub updated: String,
    /// What the flags that entries carry mean.
    #[serde(default)]
    pub flags: BTreeMap<String, String>,
    /// The entries, in the order people should see them.
    pub codes: Vec<Entry>,
    /// Positions in `codes`, sorted by code.
    #[serde(skip)]
    sorted: Vec<u16>,
}

/// One entry of a vocabulary.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Object)]
#[serde(deny_unknown_fields)]
#[oai(rename = "VocabularyEntry", skip_serializing_if_is_none)]
pub struct Entry {
    /// The code: what requests and answers carry.
    pub code: String,
    /// What the code is called for people.
    pub label: String,
    /// What it means, where the label does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The wider code this one is a kind of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Other words people use for it; search finds it by them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[oai(skip_serializing_if_is_empty)]
    pub synonyms: Vec<String>,
    /// Whether to advise a doctor before a treatment: "If your scalp itches, burns or is still
    /// changing, see a dermatologist first."
    #[serde(default)]
    pub see_doctor_first: bool,
    /// Whether it may be offered as a filter and counted in facets.
    #[serde(default = "yes")]
    pub facet: bool,
    /// Properties of the entry; the list's `flags` says what each means.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[oai(skip_serializing_if_is_empty)]
    pub flags: Vec<String>,
    /// The vocabulary that tells how far it has gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<String>,
    /// Of a currency: how many decimal digits its minor unit is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minor_units: Option<u8>,
    /// Of a skin tone: the colour to show, `#rrggbb`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub swatch: Option<String>,
    /// Of a stage: the first day after the last session it may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_day: Option<u16>,
    /// Of a stage: the last day after the last session it may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_day: Option<u16>,
    /// Of a social network: the hosts its profiles are at, without `www.` and `m.`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[oai(skip_serializing_if_is_empty)]
    pub hosts: Vec<String>,
    /// Of a social network: the address of a profile, with `{handle}` in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Of a retired code: the one to use instead. A retired code is still read, never offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated_by: Option<String>,
}

fn yes() -> bool {
    true
}

impl Entry {
    /// Whether the entry carries `flag`.
    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|own| own == flag)
    }
}

impl Vocabulary {
    /// Reads and checks the text of a vocabulary file.
    ///
    /// # Errors
    /// What is wrong with the file, all of it, a line each.
    pub fn parse(name: &'static str, text: &str) -> Result<Self, String> {
        let mut list: Self = toml::from_str(text).map_err(|e| format!("{name}: {e}"))?;
        list.name = name;
        let count = u16::try_from(list.codes.len()).map_err(|_| format!("{name}: too many codes"))?;
        list.sorted = (0..count).collect();
        let codes = &list.codes;
        list.sorted.sort_by(|a, b| codes[usize::from(*a)].code.cmp(&codes[usize::from(*b)].code));
        let faults = list.faults();
        if faults.is_empty() { Ok(list) } else { Err(faults.join("\n")) }
    }

    /// The first instant of the day of the last change.
    pub fn updated_at(&self) -> Ts {
        Ts::parse(&format!("{}T00:00:00Z", self.updated)).unwrap_or(Ts::ZERO)
    }

    /// Where `code` stands in the list, if it does.
    pub fn position(&self, code: &str) -> Option<u16> {
        self.sorted
            .binary_search_by(|at| self.codes[usize::from(*at)].code.as_str().cmp(code))
            .ok()
            .map(|found| self.sorted[found])
    }

    /// The entry of `code`, if it is in the list.
    pub fn get(&self, code: &str) -> Option<&Entry> {
        self.position(code).map(|at| &self.codes[usize::from(at)])
    }

    /// The code somebody most likely meant: one that is spelt nearly so, or whose label or synonym
    /// is.
    pub fn nearest(&self, given: &str) -> Option<&str> {
        let same = |word: &str| word.eq_ignore_ascii_case(given.trim());
        let offered = || self.codes.iter().filter(|entry| entry.deprecated_by.is_none());
        if let Some(entry) = offered().find(|entry| names(entry).any(same)) {
            return Some(&entry.code);
        }
        let word = crate::platform::problem::nearest(given, offered().flat_map(names))?;
        offered().find(|entry| names(entry).any(|name| name == word)).map(|entry| entry.code.as_str())
    }

    /// Whether the entry at `at` is the one at `ancestor` or below it.
    fn is_within(&self, at: u16, ancestor: u16) -> bool {
        let mut here = Some(at);
        // No chain of parents is longer than the list.
        for _ in 0..self.codes.len() {
            match here {
                None => return false,
                Some(here) if here == ancestor => return true,
                Some(step) => {
                    here =
                        self.codes[usize::from(step)].parent.as_deref().and_then(|code| self.position(code));
                }
            }
        }
        false
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut fault = |code: &str, what: &str| faults.push(format!("{}: {code}: {what}", self.name));
        if self.updated_at() == Ts::ZERO {
            fault(&self.updated, "is not a day, YYYY-MM-DD");
        }
        for pair in self.sorted.windows(2) {
            let [first, second] = [pair[0], pair[1]].map(|at| self.codes[usize::from(at)].code.as_str());
            if first == second {
                fault(first, "is there twice");
            }
        }
        for (at, entry) in (0..).zip(&self.codes) {
            let code = entry.code.as_str();
            if !is_kebab(code) && !is_iso(code) {
                fault(code, "is neither kebab-case nor an ISO code");
            }
            if entry.label.trim().is_empty() {
                fault(code, "has no label");
            }
            if entry.parent.as_deref().is_some_and(|parent| self.get(parent).is_none()) {
                fault(code, "has a parent that is not in the list");
            }
            let above = entry.parent.as_deref().and_then(|parent| self.position(parent));
            if above.is_some_and(|above| self.is_within(above, at)) {
                fault(code, "is its own ancestor");
            }
            if entry.deprecated_by.as_deref().is_some_and(|next| next == code || self.get(next).is_none()) {
                fault(code, "is replaced by a code that is not in the list");
            }
            if entry.flags.iter().any(|flag| !self.flags.contains_key(flag)) {
                fault(code, "has a flag the list does not explain");
            }
            let mut seen = HashSet::new();
            if entry.synonyms.iter().any(|word| word.trim() != word || word.is_empty() || !seen.insert(word))
            {
                fault(code, "has a synonym that is empty, padded or there twice");
            }
        }
        faults
    }
}

/// Every word an entry goes by: its code, its label, its synonyms.
fn names(entry: &Entry) -> impl Iterator<Item = &str> {
    [entry.code.as_str(), entry.label.as_str()].into_iter().chain(entry.synonyms.iter().map(String::as_str))
}

/// `a-b-2`: lower-case letters and digits, in words joined by one hyphen.
fn is_kebab(code: &str) -> bool {
    code.len() <= 40
        && code.split('-').all(|word| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}

/// `GB`, `GBP`: two or three capitals, as ISO 3166 and ISO 4217 write them.
fn is_iso(code: &str) -> bool {
    (2..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_uppercase())
}
