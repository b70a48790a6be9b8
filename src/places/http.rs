//! Places over HTTP: suggestions for a name that is being typed, and a place by its id.

use std::time::Duration;

use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;

use super::{ATTRIBUTION, EDITION, Gazetteer, MAX_PLACE_TEXT, Place};
use crate::app::Tag;
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::http::{Answer, Page, Total};
use crate::platform::problem::{Error, Fault, shorten};

/// How long anyone may keep an answer: places change with a release of the service.
const KEEP: Duration = Duration::from_hours(1);

/// `/v1/places`.
pub struct PlacesApi;

/// A place, with where it is read again.
#[derive(Clone, Debug, Object, Serialize)]
struct PlaceItem {
    /// Where this place is.
    url: String,
    /// The day the places were taken from their sources.
    updated_at: Ts,
    /// The place itself.
    #[serde(flatten)]
    #[oai(flatten)]
    place: Place,
}

impl From<Place> for PlaceItem {
    fn from(place: Place) -> Self {
        let updated_at = Ts::parse(&format!("{EDITION}T00:00:00Z")).unwrap_or(Ts::ZERO);
        Self { url: format!("/v1/places/{}", place.id), updated_at, place }
    }
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Reference")]
impl PlacesApi {
    /// Find places by name
    ///
    /// For a field in which somebody types: towns of the world with 5,000 people or more whose name
    /// begins with `q`, those with the most people first, then names that do but for a slip; also a British
    /// postcode or a ZIP code of the United States. What follows a comma is the beginning of a region or
    /// country: `newport, isle`. Give the `id` of a place to `near=` to mean exactly that place.
    ///
    /// The answer names the sources of the places in `attribution`; whoever shows them has to do the same.
    #[oai(path = "/places", method = "get", operation_id = "find_places")]
    async fn find(
        &self,
        /// What was typed so far: a name or its beginning, or a postcode.
        #[oai(validator(min_length = 1, max_length = 160))]
        q: Query<String>,
        /// Only places in this country, ISO 3166-1 alpha-2.
        #[oai(validator(max_length = 2))]
        country: Query<Option<String>>,
        /// How many places at most.
        #[oai(default = "by_default", validator(minimum(value = "1"), maximum(value = "50")))]
        limit: Query<usize>,
    ) -> Result<Answer<Page<PlaceItem>>, Error> {
        let places = Gazetteer::embedded();
        if q.len() > MAX_PLACE_TEXT {
            let detail = format!("A place has at most {MAX_PLACE_TEXT} bytes.");
            return Err(Error::parameter(Fault::new("query:q", "too-long", detail)));
        }
        if let Some(country) = country.as_deref()
            && !places.countries().any(|known| known == country)
        {
            return Err(Error::parameter(Fault::unknown_value("query:country", country, places.countries())));
        }
        let found = places.suggest(&q, country.as_deref(), limit.0.min(limits::PLACES));
        let count = found.total.max(found.places.len()) as u64;
        let total = if found.with_slips { Total::at_least(count) } else { Total::exactly(count) };
        let items = found.places.into_iter().map(PlaceItem::from).collect();
        let mut page = Page::new(items, total, None);
        ATTRIBUTION.clone_into(&mut page.attribution);
        Ok(Answer::new(&page).public_for(KEEP))
    }

    /// Read a place
    ///
    /// By the id that `find_places`, or the place of a search, answered: `geonames:2643123`,
    /// `gb-outward:LS1` or `us-zip:30303`. Ids do not change.
    #[oai(path = "/places/:id", method = "get", operation_id = "read_place")]
    async fn read(
        &self,
        /// The id of the place.
        #[oai(validator(max_length = 40))]
        id: Path<String>,
    ) -> Result<Answer<PlaceItem>, Error> {
        let place = Gazetteer::embedded().by_id(&id).ok_or_else(|| {
            Error::not_found(format!(
                "There is no place with the id `{}`; GET /v1/places?q= finds places by name.",
                shorten(&id)
            ))
        })?;
        Ok(Answer::new(&PlaceItem::from(place)).public_for(KEEP))
    }
}

fn by_default() -> usize {
    limits::PLACES_BY_DEFAULT
}
