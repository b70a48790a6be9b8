//! A search, from its plan to the bytes of its answer. A listing's part of the answer is rendered
//! once and kept; what the search adds is written after it.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use serde::Serialize;
use serde_json::to_writer;

use crate::app::App;
use crate::directory::load::load_many;
use crate::directory::model::{
    Card, Facet, FacetValue, Highlight, MatchReason, MatchWay, Plan, RankView, clinic_of, lines, parts,
    subject,
};
use crate::platform::http::Total;
use crate::platform::http::answer::{ATTRIBUTION, LICENCE, Relation};
use crate::platform::id::Number;
use crate::platform::problem::Error;
use crate::platform::rendered::Rendered;
use crate::practitioners;
use crate::search::{self, Answer, Hit, MatchKind, Snippet};

/// About how many bytes a search adds to a card, and to a page.
const AROUND_A_CARD: usize = 512;
const AROUND_A_PAGE: usize = 1_024;

/// An engine's error, for the caller.
pub(super) fn problem_of(error: search::Error) -> Error {
    match error {
        search::Error::Asked(detail) => Error::bad_request(detail),
        search::Error::Failed(_) | search::Error::Unusable(_) => {
            Error::unavailable("Searches cannot be answered at the moment; everything else works.", 5)
                .with_source(error)
        }
        search::Error::Document(_) => Error::internal(error),
    }
}

/// The cards of the listings that were found, from memory where they are kept.
///
/// # Errors
/// As the database says.
pub(super) async fn cards(app: &App, hits: &[Hit]) -> Result<HashMap<Number, Rendered>, Error> {
    let mut found = HashMap::with_capacity(hits.len());
    let mut missing = Vec::new();
    for number in hits.iter().filter_map(|hit| hit.group.parse::<Number>().ok()) {
        match app.cards.get(&subject(number)) {
            Some(card) => drop(found.insert(number, card)),
            None => missing.push(number),
        }
    }
    if missing.is_empty() {
        return Ok(found);
    }
    let read_at = app.cards.generation();
    let mut conn = app.db.snapshot().await?;
    let ids = practitioners::ids_of(&mut conn, &missing).await?;
    for listing in load_many(&mut conn, &ids, app.clock.now()).await? {
        let number = listing.practitioner.number;
        let card = Card::render(&listing, &app.config.public_url).map_err(Error::internal)?;
        app.cards.put(&subject(number), card.clone(), read_at);
        found.insert(number, card);
    }
    Ok(found)
}

/// The body of an answer.
///
/// # Errors
/// When a value cannot be written as JSON.
pub(super) fn body(
    plan: &Plan,
    answer: &Answer,
    cards: &HashMap<Number, Rendered>,
    next_cursor: Option<&str>,
) -> serde_json::Result<Bytes> {
    let of_cards: usize = cards.values().map(|card| card.body.len() + AROUND_A_CARD).sum();
    let mut out = Vec::with_capacity(AROUND_A_PAGE + of_cards);
    out.extend_from_slice(b"{\"items\":[");
    let mut first = true;
    for hit in &answer.hits {
        // A listing that went since the index saw it is left out.
        let Some(card) = hit.group.parse().ok().and_then(|number: Number| cards.get(&number)) else {
            continue;
        };
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        item(&mut out, plan, hit, card)?;
    }
    out.push(b']');
    let relation = match answer.total.relation {
        search::Relation::Eq => Relation::Eq,
        search::Relation::Gte => Relation::Gte,
    };
    member(&mut out, "total", &Total { value: answer.total.value, relation })?;
    member(&mut out, "next_cursor", &next_cursor)?;
    if !plan.facets.is_empty() {
        member(&mut out, "facets", &facets(&plan.facets, answer))?;
    }
    if let Some(place) = &plan.place {
        member(&mut out, "place", place)?;
    }
    member(&mut out, "licence", &LICENCE)?;
    member(&mut out, "attribution", &ATTRIBUTION)?;
    out.push(b'}');
    Ok(out.into())
}

/// One listing: its card, then what this search says about it.
fn item(out: &mut Vec<u8>, plan: &Plan, hit: &Hit, card: &Rendered) -> serde_json::Result<()> {
    let (card, certificates) = lines(card);
    out.extend_from_slice(card.strip_suffix(b"}").unwrap_or(card));
    if let Some(clinic) = clinic_of(&hit.document) {
        member(out, "clinic_id", &clinic)?;
    }
    if let Some(km) = hit.distance_km {
        // Metres are more than a gazetteer or a postcode knows.
        member(out, "distance_km", &((km * 100.0).round() / 100.0))?;
    }
    if plan.query.matches {
        let reasons: Vec<MatchReason> = hit.matches.iter().map(reason).collect();
        member(out, "match_reasons", &reasons)?;
    }
    if plan.include.highlights {
        let highlights: Vec<Highlight> = hit.snippets.iter().map(highlight).collect();
        member(out, "highlights", &highlights)?;
    }
    if let Some(explain) = hit.explain.as_ref() {
        let rank = &explain.rank;
        let view = RankView {
            words_missing: rank.words_missing,
            typos: rank.typos,
            proximity: rank.proximity,
            attribute: rank.attribute,
            exactness: rank.exactness,
            standing: rank.standing,
        };
        member(out, "ranking", &view)?;
    }
    if plan.include.certificates {
        out.extend_from_slice(b",\"certificates\":");
        out.extend_from_slice(certificates);
    }
    out.push(b'}');
    Ok(())
}

fn member(out: &mut Vec<u8>, name: &str, value: &impl Serialize) -> serde_json::Result<()> {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
    to_writer(out, value)
}

fn reason(found: &search::Match) -> MatchReason {
    let kind = match found.kind {
        MatchKind::Exact => MatchWay::Exact,
        MatchKind::Prefix => MatchWay::Prefix,
        MatchKind::Synonym => MatchWay::Synonym,
        MatchKind::Typo => MatchWay::Typo,
    };
    MatchReason { field: found.field.clone(), terms: found.terms.clone(), kind }
}

fn highlight(snippet: &Snippet) -> Highlight {
    Highlight {
        field: snippet.attribute.clone(),
        parts: parts(&snippet.text, &snippet.marks),
        cut_before: snippet.cut_before,
        cut_after: snippet.cut_after,
    }
}

/// What the listing of a card is called.
pub(super) fn name_of(card: &Rendered) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Named {
        name: String,
    }
    serde_json::from_slice::<Named>(lines(card).0).ok().map(|named| named.name)
}

fn facets(asked: &[Facet], answer: &Answer) -> BTreeMap<&'static str, Vec<FacetValue>> {
    let counts = asked.iter().zip(&answer.facets).map(|(facet, counted)| {
        let vocabulary = facet.vocabulary();
        let values = counted.values.iter().map(|value| FacetValue {
            label: vocabulary.and_then(|list| list.get(&value.value)).map(|entry| entry.label.clone()),
            value: value.value.clone(),
            count: value.count,
        });
        (facet.name, values.collect())
    });
    counts.collect()
}
