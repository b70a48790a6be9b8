//! What somebody may mean who is still typing.

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Query;

use super::results;
use crate::app::{App, Tag};
use crate::directory::model::{self, Codes, SuggestedListing, SuggestedPlace, Suggestions, Words, parts};
use crate::places::{self, Gazetteer};
use crate::platform::http::Answer;
use crate::platform::http::answer::{ATTRIBUTION, LICENCE};
use crate::platform::problem::Error;
use crate::search::{Filter, Hit, Suggest, words};

/// The kinds there are.
const TYPES: [&str; 4] = ["people", "clinics", "places", "conditions"];
/// The attributes a person is suggested by, the own name first.
const NAMES: [&str; 3] = ["name", "former_names", "name_aliases"];

/// `/v1/suggest`.
pub struct SuggestApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Directory")]
impl SuggestApi {
    /// Complete what is typed
    ///
    /// For one field in which somebody types anything: people by their own, former and shorter names, clinics, places and
    /// conditions, each of the kind it is, with what to do with it. The last word may be unfinished, and a slip is
    /// forgiven. Nothing is kept of what was typed.
    ///
    /// Problems: 503 `unavailable` while searches cannot be answered.
    #[oai(path = "/suggest", method = "get", operation_id = "suggest")]
    async fn suggest(
        &self,
        app: Data<&App>,
        /// What was typed so far.
        #[oai(validator(min_length = 1, max_length = 160))]
        q: Query<String>,
        /// Only these kinds: `people`, `clinics`, `places`, `conditions`.
        types: Query<Codes<Words>>,
        /// How many of each kind at most.
        #[oai(default = "by_default", validator(minimum(value = "1"), maximum(value = "20")))]
        limit: Query<usize>,
    ) -> Result<Answer<Suggestions>, Error> {
        let mut faults = Vec::new();
        let named = |word: &str| TYPES.iter().find(|known| **known == word).copied();
        let asked = types.read_words("types", &TYPES, named, &mut faults);
        if let Some(fault) = faults.into_iter().next() {
            return Err(Error::parameter(fault));
        }
        let wants = |kind: &str| asked.is_empty() || asked.contains(&kind);
        let (q, limit) = (q.0.as_str(), limit.0);
        let mut found = Suggestions {
            licence: LICENCE.to_owned(),
            attribution: format!("{ATTRIBUTION}; {}", places::ATTRIBUTION),
            ..Suggestions::default()
        };
        if wants("people") {
            found.people = listings(app.0, q, &NAMES, limit).await?;
        }
        if wants("clinics") {
            found.clinics = listings(app.0, q, &["clinic"], limit).await?;
        }
        if wants("places") {
            let places = Gazetteer::embedded().suggest(q, None, limit).places.into_iter();
            found.places = places
                .map(|place| SuggestedPlace {
                    url: format!("{}/v1/places/{}", app.config.public_url, place.id),
                    text: place.label,
                    id: place.id,
                })
                .collect();
        }
        if wants("conditions") {
            found.conditions = model::conditions(q, limit);
        }
        Ok(Answer::new(&found))
    }
}

/// Listings by the values of these attributes; a listing comes once, by the first that has it.
async fn listings(
    app: &App,
    q: &str,
    attributes: &[&str],
    limit: usize,
) -> Result<Vec<SuggestedListing>, Error> {
    if words::split(q).is_empty() {
        return Ok(Vec::new());
    }
    let engine = app.search.engine()?;
    let mut found: Vec<SuggestedListing> = Vec::new();
    for attribute in attributes {
        let ask =
            Suggest { attribute: (*attribute).to_owned(), text: q.to_owned(), filter: Filter::all(), limit };
        for suggestion in engine.suggest(ask).await.map_err(results::problem_of)? {
            if found.len() < limit && !found.iter().any(|known| known.number == suggestion.group) {
                found.push(SuggestedListing {
                    parts: parts(&suggestion.value, &suggestion.marks),
                    text: suggestion.value,
                    url: format!("{}/v1/practitioners/{}", app.config.public_url, suggestion.group),
                    number: suggestion.group,
                    name: String::new(),
                });
            }
        }
    }
    let hits: Vec<Hit> = found.iter().map(|listing| Hit::of_group(&listing.number)).collect();
    let cards = results::cards(app, &hits).await?;
    for listing in &mut found {
        let card = listing.number.parse().ok().and_then(|number| cards.get(&number));
        listing.name = card.and_then(results::name_of).unwrap_or_default();
    }
    // What was removed a moment ago has no card any more.
    found.retain(|listing| !listing.name.is_empty());
    Ok(found)
}

const fn by_default() -> usize {
    5
}
