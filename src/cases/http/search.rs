//! Finding cases: by what they are, and by how close they come to oneself.

use std::collections::BTreeMap;

use poem::http::Uri;
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::views;
use crate::app::{App, Tag};
use crate::cases::model::{
    CaseFacet, CaseQuery, CaseView, Found, Gallery, Like, LikenessView, Rank, RankMark, Values, case_url,
    wide,
};
use crate::cases::ops;
use crate::config::limits;
use crate::platform::db::Conn;
use crate::platform::http::answer::{ATTRIBUTION, LICENCE, next_url};
use crate::platform::http::list::page;
use crate::platform::http::{Answer, Binding, Total};
use crate::platform::id::Number;
use crate::platform::problem::Error;
use crate::practitioners::{self, practitioner_url};
use crate::vocabulary::{
    ClientGroup, Code, Condition, HairColour, HairLength, HairTexture, List, LossArea, LossExtent,
    LudwigStage, NorwoodStage, PhotoStage, SkinTone, Technique,
};

/// `/v1/cases`.
pub struct CaseSearchApi;

/// How many cases have one value.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct CaseFacetValue {
    /// The value: a code, `true` or `false`.
    value: String,
    /// What it is called for people, where it is a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// The cases that match the search and have it.
    count: u64,
}

/// A practitioner behind the closest cases.
#[derive(Clone, Debug, Object, Serialize)]
struct PractitionerBehind {
    /// Their listing's number.
    number: Number,
    /// Their name.
    name: String,
    /// Their listing.
    url: String,
    /// How many of the 200 closest cases are theirs.
    cases: usize,
    /// The closest of them.
    closest_case: String,
    /// What is the same in it, in words.
    same: Vec<String>,
    /// What differs, in words.
    differs: Vec<String>,
}

/// A page of cases.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct CasePage {
    /// The cases of this page: the closest first with `like`, the newest first without.
    items: Vec<CaseView>,
    /// How many cases match over all pages.
    total: Total,
    /// What to send as `cursor` for the next page; null on the last one.
    #[oai(nullable, skip_serializing_if = "never")]
    next_cursor: Option<String>,
    /// The practitioners behind the 200 closest cases, the one with the closest first; with `like`, on the first
    /// page.
    #[serde(skip_serializing_if = "Option::is_none")]
    practitioners: Option<Vec<PractitionerBehind>>,
    /// The counts asked for by `facets`, by facet, the most frequent value first. A facet's own filter is left
    /// out of its counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    facets: Option<BTreeMap<String, Vec<CaseFacetValue>>>,
    /// The licence of these facts; the photos are their practitioners'.
    licence: String,
    /// Whom to name when they are reused.
    attribution: String,
}

#[expect(clippy::ref_option, reason = "poem-openapi hands the field over by reference")]
fn never(_: &Option<String>) -> bool {
    false
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Cases")]
impl CaseSearchApi {
    /// Find cases
    ///
    /// People like oneself. `like=norwood:5,scar-fut,skin_tone:mst-8` ranks every case by how close it comes,
    /// and each says in words what is the `same` and what `differs`; by itself it is never empty while there
    /// are cases; `practitioners` says who stands behind the closest. The other parameters leave out what does not match: one that is given again means any of
    /// its values, `condition_all` given again means all of them. A code with narrower codes below it finds
    /// those as well.
    ///
    /// Problems: 400 `invalid-parameter`, `bad-cursor`.
    #[oai(path = "/cases", method = "get", operation_id = "search_cases")]
    #[expect(clippy::too_many_arguments, reason = "each is a documented parameter")]
    async fn search(
        &self,
        app: Data<&App>,
        uri: &Uri,
        /// Ranked by closeness to this: values with the facet they are of (`norwood`, `ludwig`, `area`, `extent`,
        /// `skin_tone`, `hair_colour`, `hair_texture`, `hair_length`, `client_group`, `technique`, `stage`), and
        /// conditions, joined by commas.
        #[oai(validator(max_length = 400))]
        like: Query<Option<String>>,
        /// Any of these conditions.
        condition: Query<Option<Vec<Condition>>>,
        /// All of these conditions.
        condition_all: Query<Option<Vec<Condition>>>,
        /// Any of these stages of male pattern loss.
        norwood: Query<Option<Vec<NorwoodStage>>>,
        /// Any of these stages of female pattern loss.
        ludwig: Query<Option<Vec<LudwigStage>>>,
        /// Any of these areas.
        area: Query<Option<Vec<LossArea>>>,
        /// Any of these extents.
        extent: Query<Option<Vec<LossExtent>>>,
        /// Any of these skin tones.
        skin_tone: Query<Option<Vec<SkinTone>>>,
        /// Any of these colours of hair.
        hair_colour: Query<Option<Vec<HairColour>>>,
        /// Any of these textures of hair.
        hair_texture: Query<Option<Vec<HairTexture>>>,
        /// Any of these lengths of hair.
        hair_length: Query<Option<Vec<HairLength>>>,
        /// Any of these groups.
        client_group: Query<Option<Vec<ClientGroup>>>,
        /// Any of these techniques.
        technique: Query<Option<Vec<Technique>>>,
        /// With a photo of any of these stages.
        stage: Query<Option<Vec<PhotoStage>>>,
        /// Whether the client confirmed it, by a link of their own.
        client_confirmed: Query<Option<bool>>,
        /// Only this listing's, by number.
        practitioner: Query<Option<Number>>,
        /// Counts to answer; given again for several.
        facets: Query<Option<Vec<CaseFacet>>>,
        /// Where to go on: `next_cursor` of the page before, with every other parameter the same.
        #[oai(validator(max_length = 1024))]
        cursor: Query<Option<String>>,
        /// How many at most.
        #[oai(default = "page", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<usize>,
    ) -> Result<Answer<CasePage>, Error> {
        let mut any = Values::default();
        add(&mut any, CaseFacet::Condition, condition.0);
        add(&mut any, CaseFacet::Norwood, norwood.0);
        add(&mut any, CaseFacet::Ludwig, ludwig.0);
        add(&mut any, CaseFacet::Area, area.0);
        add(&mut any, CaseFacet::Extent, extent.0);
        add(&mut any, CaseFacet::SkinTone, skin_tone.0);
        add(&mut any, CaseFacet::HairColour, hair_colour.0);
        add(&mut any, CaseFacet::HairTexture, hair_texture.0);
        add(&mut any, CaseFacet::HairLength, hair_length.0);
        add(&mut any, CaseFacet::ClientGroup, client_group.0);
        add(&mut any, CaseFacet::Technique, technique.0);
        add(&mut any, CaseFacet::Stage, stage.0);
        if let Some(confirmed) = client_confirmed.0 {
            any.add_flag(CaseFacet::ClientConfirmed, confirmed);
        }
        let like = like.0.as_deref().map(Like::parse).transpose().map_err(ops::refused)?;
        let all_conditions = condition_all.0.unwrap_or_default().into_iter().map(wide).collect();
        let query = CaseQuery { any, all_conditions, listing: practitioner.0, like };
        answer(app.0, uri, &query, &facets.0.unwrap_or_default(), cursor.0.as_deref(), limit.0).await
    }
}

fn add<L: List>(values: &mut Values, facet: CaseFacet, codes: Option<Vec<Code<L>>>) {
    for code in codes.unwrap_or_default() {
        values.add_wide(facet, code);
    }
}

async fn answer(
    app: &App,
    uri: &Uri,
    query: &CaseQuery,
    facets: &[CaseFacet],
    cursor: Option<&str>,
    limit: usize,
) -> Result<Answer<CasePage>, Error> {
    let binding = Binding::new("cases").with("query", &format!("{query:?}"));
    let after: Option<RankMark> = cursor.map(|cursor| app.cursors.open(&binding, cursor)).transpose()?;
    let mut conn = app.db.snapshot().await?;
    let gallery = ops::gallery(app, &mut conn).await?;
    let after = after.map(|mark| mark.0);
    let mut found = gallery.find(query, facets, after, limit + 1, app.clock.today());
    let next = next_of(&mut found.hits, limit);
    let next = next.map(|rank| app.cursors.seal(&binding, &RankMark(rank))).transpose()?;
    let ids: Vec<Uuid> = found.hits.iter().map(|(_, _, case)| *case).collect();
    let mut items = views(&mut conn, app, &ids).await?;
    if let Some(like) = &query.like {
        compare(&mut items, like, &gallery);
    }
    let practitioners = match &query.like {
        Some(like) if after.is_none() => Some(behind(&mut conn, app, like, &gallery, &found.closest).await?),
        _ => None,
    };
    let page = CasePage {
        practitioners,
        items,
        total: Total::exactly(u64::try_from(found.total).unwrap_or(u64::MAX)),
        next_cursor: next,
        facets: (!facets.is_empty()).then(|| counts(&found)),
        licence: LICENCE.to_owned(),
        attribution: ATTRIBUTION.to_owned(),
    };
    let answer = Answer::new(&page);
    Ok(match &page.next_cursor {
        Some(next) => answer.link("next", &next_url(uri, next)),
        None => answer,
    })
}

/// Who stands behind the closest cases.
async fn behind(
    conn: &mut Conn,
    app: &App,
    like: &Like,
    gallery: &Gallery,
    closest: &[Rank],
) -> Result<Vec<PractitionerBehind>, Error> {
    let mut of = gallery.behind(closest);
    of.truncate(limits::PRACTITIONERS_BEHIND);
    let ids: Vec<Uuid> = of.iter().map(|(owner, _)| *owner).collect();
    let listings = practitioners::load_many(conn, &ids).await?;
    let public_url = &app.config.public_url;
    let found = of.into_iter().filter_map(|(owner, cases)| {
        let listing = listings.iter().find(|listing| listing.id == owner)?;
        let first = *cases.first()?;
        let likeness = gallery.values(first).map(|values| like.compare(&values)).unwrap_or_default();
        Some(PractitionerBehind {
            number: listing.number,
            name: listing.profile.name.clone(),
            url: practitioner_url(public_url, listing.number),
            cases: cases.len(),
            closest_case: case_url(public_url, first),
            same: likeness.same,
            differs: likeness.differs,
        })
    });
    Ok(found.collect())
}

/// Cuts the hits to a page; the rank after which the next one begins, if there is one.
fn next_of(hits: &mut Vec<Rank>, limit: usize) -> Option<Rank> {
    if hits.len() <= limit {
        return None;
    }
    hits.truncate(limit);
    hits.last().copied()
}

fn compare(items: &mut [CaseView], like: &Like, gallery: &Gallery) {
    for item in items {
        if let Some(values) = gallery.values(item.id) {
            let likeness = like.compare(&values);
            item.likeness = Some(LikenessView { same: likeness.same, differs: likeness.differs });
        }
    }
}

fn counts(found: &Found) -> BTreeMap<String, Vec<CaseFacetValue>> {
    let value = |facet: CaseFacet, (place, count): (usize, u64)| CaseFacetValue {
        value: facet.value(place).to_owned(),
        label: facet.list().and_then(|list| list.codes.get(place)).map(|entry| entry.label.clone()),
        count,
    };
    let of =
        |facet: CaseFacet, counts: &[(usize, u64)]| counts.iter().map(|one| value(facet, *one)).collect();
    found.counts.iter().map(|(facet, counts)| (facet.word().to_owned(), of(*facet, counts))).collect()
}
