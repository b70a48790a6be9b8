//! The settings of an index, read from a file of `search-config/` in Meilisearch's own settings
//! format and checked when the service starts, so that no engine meets one it cannot obey.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::words;

/// The practitioners' index, as it is shipped.
const PRACTITIONERS: &str = include_str!("../../search-config/practitioners.json");

/// Raised when the engine indexes the same settings differently than before.
const INDEXING_VERSION: u32 = 1;
/// Most searchable attributes: each has a bit in the ranking.
pub const MOST_SEARCHABLE: usize = 16;
/// The buckets before an index's own rules, in the only order there is.
const BUCKETS: [&str; 6] = ["sort", "words", "typo", "proximity", "attribute", "exactness"];
/// The attribute that stands for a document's point, as Meilisearch calls it.
pub const GEO: &str = "_geo";

/// A settings file that cannot be obeyed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error("cannot read the search settings {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// It is not JSON of this shape.
    #[error("the search settings are not as they should be: {0}")]
    Shape(#[from] serde_json::Error),
    /// It asks for what cannot be; one sentence a fault.
    #[error("the search settings cannot be obeyed: {}", .0.join("; "))]
    Faults(Vec<String>),
}

/// The settings of one index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// Attributes that are searched, the weightiest first.
    pub searchable_attributes: Vec<String>,
    /// Attributes that filters and facets may name; those below one of them count too
    /// (`price` takes in `price.GBP`). `_geo` is the document's point.
    pub filterable_attributes: Vec<String>,
    /// Attributes that an order may name.
    #[serde(default)]
    pub sortable_attributes: Vec<String>,
    /// The buckets of the ranking, then the numeric attribute that is the document's standing, then
    /// the group.
    pub ranking_rules: Vec<String>,
    /// The attribute that is the group, for the engines that find it by name.
    pub distinct_attribute: String,
    /// Words of no weight: left out of a query that has others.
    #[serde(default)]
    pub stop_words: Vec<String>,
    /// What else a word or phrase finds. One way: a pair stands under both of its words.
    #[serde(default)]
    pub synonyms: BTreeMap<String, Vec<String>>,
    /// How wrong a word may be.
    #[serde(default)]
    pub typo_tolerance: TypoTolerance,
    /// How deep offsets go, for the engines that page by offset.
    #[serde(default)]
    pub pagination: Pagination,
    /// How many values a facet has.
    #[serde(default)]
    pub faceting: Faceting,
    /// Raised by whoever makes the documents when the same thing makes other documents than before. Not
    /// Meilisearch's: it is not in the file, and is kept with an index.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub documents_version: u32,
}

/// How wrong a word may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TypoTolerance {
    /// Whether typos are forgiven at all.
    pub enabled: bool,
    /// From how many letters on.
    pub min_word_size_for_typos: MinWordSize,
    /// Words that are meant as written.
    pub disable_on_words: Vec<String>,
    /// Attributes that must be written right.
    pub disable_on_attributes: Vec<String>,
    /// Whether words of digits are meant as written.
    pub disable_on_numbers: bool,
}

impl Default for TypoTolerance {
    fn default() -> Self {
        Self {
            enabled: true,
            min_word_size_for_typos: MinWordSize::default(),
            disable_on_words: Vec::new(),
            disable_on_attributes: Vec::new(),
            disable_on_numbers: false,
        }
    }
}

/// The lengths, in letters, from which typos are forgiven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MinWordSize {
    /// For one.
    pub one_typo: u8,
    /// For two.
    pub two_typos: u8,
}

impl Default for MinWordSize {
    fn default() -> Self {
        Self { one_typo: 5, two_typos: 9 }
    }
}

/// Paging by offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Pagination {
    /// The last offset there is.
    pub max_total_hits: u64,
}

impl Default for Pagination {
    fn default() -> Self {
        Self { max_total_hits: 1_000 }
    }
}

/// Facets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Faceting {
    /// Most values a facet answers.
    pub max_values_per_facet: usize,
    /// The order of values by attribute; only `"*": "count"` is obeyed.
    pub sort_facet_values_by: BTreeMap<String, String>,
}

impl Default for Faceting {
    fn default() -> Self {
        Self {
            max_values_per_facet: 100,
            sort_facet_values_by: BTreeMap::from([("*".into(), "count".into())]),
        }
    }
}

impl Settings {
    /// The practitioners' index.
    ///
    /// # Panics
    /// Never in a build whose tests passed: the file is part of the program.
    #[must_use]
    pub fn practitioners() -> Self {
        Self::parse(PRACTITIONERS).expect("the tests read the embedded file")
    }

    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`Error`], which names every fault.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| Error::Read { path: path.display().to_string(), source })?;
        Self::parse(&text)
    }

    /// Reads and checks JSON.
    ///
    /// # Errors
    /// [`Error`], which names every fault.
    pub fn parse(json: &str) -> Result<Self, Error> {
        let settings: Self = serde_json::from_str(json)?;
        let faults = settings.faults();
        if faults.is_empty() { Ok(settings) } else { Err(Error::Faults(faults)) }
    }

    /// Takes further synonyms in.
    pub fn add_synonyms<'a>(&mut self, more: impl IntoIterator<Item = (&'a str, &'a [String])>) {
        for (from, tos) in more {
            let known = self.synonyms.entry(from.to_owned()).or_default();
            for to in tos {
                if !known.contains(to) {
                    known.push(to.clone());
                }
            }
        }
    }

    /// The attribute that is a document's standing.
    ///
    /// # Panics
    /// Never: the settings were checked.
    #[must_use]
    pub fn standing(&self) -> &str {
        let rule = self.ranking_rules.get(BUCKETS.len()).map_or("", String::as_str);
        rule.split(':').next().unwrap_or_default()
    }

    /// The place of a searchable attribute.
    #[must_use]
    pub fn searchable(&self, attribute: &str) -> Option<usize> {
        self.searchable_attributes.iter().position(|at| at == attribute)
    }

    /// Whether filters and facets may name `attribute`.
    #[must_use]
    pub fn filterable(&self, attribute: &str) -> bool {
        covers(&self.filterable_attributes, attribute)
    }

    /// Whether an order may name `attribute`.
    #[must_use]
    pub fn sortable(&self, attribute: &str) -> bool {
        covers(&self.sortable_attributes, attribute)
    }

    /// Names what documents are indexed by: two settings of one fingerprint can share an index.
    /// What only queries obey (synonyms, typos, stop words) is not part of it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let facts: BTreeSet<&String> =
            self.filterable_attributes.iter().chain(&self.sortable_attributes).collect();
        let indexed = serde_json::json!({
            "version": [INDEXING_VERSION, self.documents_version],
            "searchable": self.searchable_attributes,
            "facts": facts,
            "standing": self.standing(),
        });
        let digest = Sha256::digest(indexed.to_string().as_bytes());
        digest.iter().take(16).fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    }

    /// The synonyms by their folded words.
    #[must_use]
    pub fn folded_synonyms(&self) -> HashMap<Vec<String>, Vec<Vec<String>>> {
        let mut folded: HashMap<Vec<String>, Vec<Vec<String>>> = HashMap::new();
        for (from, tos) in &self.synonyms {
            let key = words::split(from);
            let known = folded.entry(key.clone()).or_default();
            for to in tos.iter().map(|to| words::split(to)) {
                if to != key && !to.is_empty() && !known.contains(&to) {
                    known.push(to);
                }
            }
        }
        folded
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        self.attribute_faults(&mut faults);
        self.rule_faults(&mut faults);
        self.word_faults(&mut faults);
        let order = &self.faceting.sort_facet_values_by;
        if order.iter().any(|(attribute, by)| attribute != "*" || by != "count") {
            faults.push("sortFacetValuesBy knows only {\"*\": \"count\"}".into());
        }
        faults
    }

    fn attribute_faults(&self, faults: &mut Vec<String>) {
        let searchable = &self.searchable_attributes;
        if searchable.is_empty() || searchable.len() > MOST_SEARCHABLE {
            faults.push(format!("searchableAttributes needs 1 to {MOST_SEARCHABLE} attributes"));
        }
        for (list, names) in [
            ("searchableAttributes", searchable),
            ("filterableAttributes", &self.filterable_attributes),
            ("sortableAttributes", &self.sortable_attributes),
        ] {
            let mut seen = BTreeSet::new();
            for name in names {
                if !seen.insert(name) {
                    faults.push(format!("{list} names `{name}` twice"));
                }
                let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
                if name.is_empty() || !plain || (list == "searchableAttributes" && name == GEO) {
                    faults.push(format!("{list} cannot name `{name}`"));
                }
            }
        }
        for name in &self.typo_tolerance.disable_on_attributes {
            if self.searchable(name).is_none() {
                faults.push(format!("disableOnAttributes names `{name}`, which is not searchable"));
            }
        }
    }

    fn rule_faults(&self, faults: &mut Vec<String>) {
        let rules: Vec<&str> = self.ranking_rules.iter().map(String::as_str).collect();
        let own = rules.get(BUCKETS.len()..).unwrap_or_default();
        let group = format!("{}:asc", self.distinct_attribute);
        let sound = rules.starts_with(&BUCKETS)
            && own.len() == 2
            && own[0].ends_with(":desc")
            && own[0].len() > ":desc".len()
            && own[1] == group;
        if !sound {
            faults.push(format!(
                "rankingRules must be {}, then the standing as `<attribute>:desc`, then `{group}`",
                BUCKETS.join(", ")
            ));
        }
    }

    fn word_faults(&self, faults: &mut Vec<String>) {
        let sizes = self.typo_tolerance.min_word_size_for_typos;
        if sizes.one_typo < 2 || sizes.one_typo > sizes.two_typos {
            faults.push("minWordSizeForTypos: oneTypo is at least 2, and not above twoTypos".into());
        }
        for word in self.stop_words.iter().chain(&self.typo_tolerance.disable_on_words) {
            if words::split(word).len() != 1 {
                faults.push(format!("`{word}` is not one word"));
            }
        }
        for (from, tos) in &self.synonyms {
            for phrase in std::iter::once(from).chain(tos) {
                let count = words::split(phrase).len();
                if count == 0 || count > words::MOST_WORDS {
                    faults.push(format!("the synonym `{phrase}` has no words or too many"));
                }
            }
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(version: &u32) -> bool {
    *version == 0
}

/// Whether `names` has `attribute` or something above it.
fn covers(names: &[String], attribute: &str) -> bool {
    names.iter().any(|name| {
        attribute == name || attribute.strip_prefix(name.as_str()).is_some_and(|below| below.starts_with('.'))
    })
}
