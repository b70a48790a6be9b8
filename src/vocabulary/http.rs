//! The vocabularies over HTTP: the list of lists, and each list whole.

use std::collections::BTreeMap;
use std::time::Duration;

use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;

use super::{Entry, NAMES, Vocabulary, vocabularies, vocabulary};
use crate::app::Tag;
use crate::platform::clock::Ts;
use crate::platform::http::{Answer, Page, Total};
use crate::platform::problem::{Error, nearest, shorten};

/// How long anyone may keep a list: they change with a release of the service.
const KEEP: Duration = Duration::from_hours(1);

/// `/v1/vocabularies`.
pub struct VocabularyApi;

/// A vocabulary in the list of them.
#[derive(Clone, Debug, Object, Serialize)]
struct VocabularySummary {
    /// The list's name.
    name: String,
    /// Where the whole list is.
    url: String,
    /// What the list is called for people.
    title: String,
    /// What the list is about.
    description: String,
    /// Raised by one at every change.
    version: u32,
    /// When it last changed.
    updated_at: Ts,
    /// How many codes it has.
    count: usize,
}

/// A vocabulary with all its codes.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "Vocabulary", skip_serializing_if_is_none)]
struct WholeVocabulary {
    /// The list's name.
    name: String,
    /// Where this list is.
    url: String,
    /// What the list is called for people.
    title: String,
    /// What the list is about.
    description: String,
    /// Whom to name where the list is shown, when its licence asks for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    attribution: Option<String>,
    /// Raised by one at every change.
    version: u32,
    /// When it last changed.
    updated_at: Ts,
    /// What the flags of the codes mean.
    flags: BTreeMap<String, String>,
    /// The codes, in the order people should see them.
    codes: Vec<Entry>,
}

impl From<&Vocabulary> for VocabularySummary {
    fn from(list: &Vocabulary) -> Self {
        Self {
            name: list.name.to_owned(),
            url: url(list),
            title: list.title.clone(),
            description: list.description.clone(),
            version: list.version,
            updated_at: list.updated_at(),
            count: list.codes.len(),
        }
    }
}

impl From<&Vocabulary> for WholeVocabulary {
    fn from(list: &Vocabulary) -> Self {
        Self {
            name: list.name.to_owned(),
            url: url(list),
            title: list.title.clone(),
            description: list.description.clone(),
            attribution: list.attribution.clone(),
            version: list.version,
            updated_at: list.updated_at(),
            flags: list.flags.clone(),
            codes: list.codes.clone(),
        }
    }
}

fn url(list: &Vocabulary) -> String {
    format!("/v1/vocabularies/{}", list.name)
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Reference")]
impl VocabularyApi {
    /// List the vocabularies
    ///
    /// Every closed list of codes that requests and answers speak, with its version.
    #[oai(path = "/vocabularies", method = "get", operation_id = "list_vocabularies")]
    async fn list(&self) -> Answer<Page<VocabularySummary>> {
        let items: Vec<VocabularySummary> = vocabularies().map(VocabularySummary::from).collect();
        let total = Total::exactly(items.len() as u64);
        Answer::new(&Page::new(items, total, None)).public_for(KEEP)
    }

    /// Read a vocabulary
    ///
    /// The whole list: codes with labels, meanings, synonyms and parents. A code with children also
    /// stands for them where it is used as a filter. A code whose `facet` is false is never offered as a
    /// filter. A retired code names its successor in `deprecated_by`.
    #[oai(path = "/vocabularies/:name", method = "get", operation_id = "read_vocabulary")]
    async fn read(
        &self,
        /// The name of the vocabulary, such as `conditions`.
        #[oai(validator(max_length = 40))]
        name: Path<String>,
    ) -> Result<Answer<WholeVocabulary>, Error> {
        let list = vocabulary(&name).ok_or_else(|| {
            let hint = nearest(&name, NAMES.iter().copied()).map_or_else(
                || " GET /v1/vocabularies lists them.".to_owned(),
                |near| format!(" Did you mean `{near}`?"),
            );
            Error::not_found(format!("There is no vocabulary called `{}`.{hint}", shorten(&name)))
        })?;
        Ok(Answer::new(&WholeVocabulary::from(list)).public_for(KEEP))
    }
}
