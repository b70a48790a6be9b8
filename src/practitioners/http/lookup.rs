//! Who is behind a website, a social profile, a telephone number or a name.

use std::collections::HashMap;

use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::wire::Found;
use crate::app::{App, Tag};
use crate::places::{Context, Gazetteer, Place};
use crate::platform::db::Conn;
use crate::platform::geo::Point;
use crate::platform::http::Answer;
use crate::platform::problem::{self, Error, Fault};
use crate::practitioners::model::{
    Handle, HandleKind, NOT_LISTED, Practitioner, QUESTIONS, key_of_name, key_of_phone, keys_of_url,
    practitioner_url,
};
use crate::practitioners::store;
use crate::vocabulary::Country;

/// How many listings one answer names at most.
const MOST: usize = 50;
/// How many namesakes are looked at, to find those that work near a place.
const NAMESAKES: i64 = 300;

/// `/v1/lookup`.
pub struct LookupApi;

/// The listings behind what was asked about.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct Lookup {
    /// Whether anybody is listed.
    listed: bool,
    /// Who. Several where they share a website or a name.
    listings: Vec<Found>,
    /// What it means that nobody is listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    meaning: Option<String>,
    /// What to ask somebody who is not listed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[oai(skip_serializing_if_is_empty)]
    ask: Vec<String>,
    /// The place that `near` was taken for.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
}

#[expect(clippy::too_many_arguments, reason = "each is a parameter of the operation")]
#[OpenApi(prefix_path = "/v1", tag = "Tag::Directory")]
impl LookupApi {
    /// Find the listing behind an address, a number or a name
    ///
    /// Ask with exactly one of `url`, `phone` and `name`. An address may be a website, any page of it, a
    /// booking page, or a social profile in whatever form it was copied (`instagram.com/jane?igsh=…`,
    /// `m.facebook.com/jane`, `instagram:@jane`). A name is compared as a whole with the names listings
    /// show, and those borne before. That nobody is listed means nothing by itself; the answer then says
    /// what to ask.
    ///
    /// Problems: 400 `invalid-parameter`, 400 `unknown-place`.
    #[oai(path = "/lookup", method = "get", operation_id = "lookup")]
    async fn lookup(
        &self,
        app: Data<&App>,
        /// A web address, a social profile, or `network:handle`.
        #[oai(validator(max_length = 2000))]
        url: Query<Option<String>>,
        /// A telephone number.
        #[oai(validator(max_length = 40))]
        phone: Query<Option<String>>,
        /// A person's or brand's whole name.
        #[oai(validator(max_length = 120))]
        name: Query<Option<String>>,
        /// Only with `name`: a town or postcode the practitioner works near.
        #[oai(validator(max_length = 160))]
        near: Query<Option<String>>,
        /// Only with `near`: how near, in kilometres.
        #[oai(default = "radius", validator(minimum(value = "1"), maximum(value = "500")))]
        radius_km: Query<u32>,
        /// The country telephone numbers without one, and places, are in.
        country: Query<Option<Country>>,
    ) -> Result<Answer<Lookup>, Error> {
        let keys = match (url.0, phone.0, &name.0) {
            (Some(url), None, None) => keys_of_url(&url)?,
            (None, Some(phone), None) => vec![key_of_phone(&phone, country.0)?],
            (None, None, Some(name)) => vec![key_of_name(name)?],
            _ => return Err(Error::bad_request("Ask with exactly one of `url`, `phone` and `name`.")),
        };
        if near.is_some() && name.is_none() {
            let detail =
                "A place narrows a `name` only; addresses and numbers lead to one listing wherever it is.";
            return Err(Error::new(problem::INVALID_PARAMETER, detail).with_faults(vec![Fault::new(
                "query:near",
                "unexpected",
                detail,
            )]));
        }
        let place = near.as_deref().map(|near| resolve(near, country.0)).transpose()?;
        let mut conn = app.db.snapshot().await?;
        let found = find(&mut conn, &keys).await?;
        let circle = place.as_ref().map(|place| (place.point, f64::from(radius_km.0)));
        let listings = load(&mut conn, &app, found, circle).await?;
        let listed = !listings.is_empty();
        let lookup = Lookup {
            listed,
            listings,
            meaning: (!listed).then(|| NOT_LISTED.to_owned()),
            ask: if listed { Vec::new() } else { QUESTIONS.iter().map(|text| (*text).to_owned()).collect() },
            place,
        };
        Ok(Answer::new(&lookup))
    }
}

fn resolve(near: &str, country: Option<Country>) -> Result<Place, Error> {
    let context = Context { country: country.map(crate::vocabulary::Code::as_str), ..Context::default() };
    let resolved = Gazetteer::embedded().resolve(near, &context);
    resolved.map(|resolved| resolved.place).map_err(|miss| miss.into_error("query:near"))
}

/// The listings under the first of the keys that any stands under.
async fn find(conn: &mut Conn, keys: &[Handle]) -> Result<Vec<(HandleKind, Uuid)>, Error> {
    // Keys of one kind stand together, the most telling first.
    for group in keys.chunk_by(|one, other| one.kind == other.kind) {
        let kind = group[0].kind;
        let texts: Vec<String> = group.iter().map(|handle| handle.key.clone()).collect();
        let rows = store::find_by_handles(conn, kind, &texts, NAMESAKES).await?;
        for text in &texts {
            let ids: Vec<_> = rows.iter().filter(|(key, _)| key == text).map(|(_, id)| (kind, *id)).collect();
            if !ids.is_empty() {
                return Ok(ids);
            }
        }
    }
    Ok(Vec::new())
}

async fn load(
    conn: &mut Conn,
    app: &App,
    found: Vec<(HandleKind, Uuid)>,
    circle: Option<(Point, f64)>,
) -> Result<Vec<Found>, Error> {
    let kinds: HashMap<Uuid, HandleKind> = found.iter().map(|(kind, id)| (*id, *kind)).collect();
    let ids: Vec<Uuid> = found.into_iter().map(|(_, id)| id).collect();
    let today = app.clock.today();
    let mut listings = Vec::with_capacity(ids.len());
    for listing in store::load_many(conn, &ids).await? {
        let distance_km = circle.and_then(|(centre, _)| nearest(&listing, centre, today));
        let too_far = circle.is_some_and(|(_, radius)| distance_km.is_none_or(|distance| distance > radius));
        if too_far {
            continue;
        }
        listings.push(Found {
            url: practitioner_url(&app.config.public_url, listing.number),
            number: listing.number,
            name: listing.profile.name,
            matched: kinds.get(&listing.id).map_or("name", |kind| kind.word()).to_owned(),
            distance_km,
            updated_at: listing.updated_at,
        });
    }
    listings.sort_by(|a, b| {
        let by_distance = a.distance_km.unwrap_or(0.0).total_cmp(&b.distance_km.unwrap_or(0.0));
        by_distance.then_with(|| a.number.cmp(&b.number))
    });
    listings.truncate(MOST);
    Ok(listings)
}

/// How far the nearest clinic is where the practitioner works today, in kilometres.
fn nearest(listing: &Practitioner, centre: Point, today: time::Date) -> Option<f64> {
    let points = listing.clinics_on(today).filter_map(|practice| practice.clinic.details.point);
    let distances = points.map(|(point, _)| (point.distance_km(centre) * 100.0).round() / 100.0);
    distances.min_by(f64::total_cmp)
}

fn radius() -> u32 {
    50
}
