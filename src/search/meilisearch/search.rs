//! One query, from its words to its answer.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::ask::{self, Body, Found, Page};
use super::wire::ID;
use super::{Engine, Live, explain, filters};
use crate::platform::geo::Point;
use crate::search::filter::Filter;
use crate::search::port::{
    Answer, Cell, Cursor, Error, FacetAsk, FacetCount, FacetSearch, Facets, Hit, Matching, Query, Relation,
    Result, Sort, Suggest, Suggestion, Total,
};
use crate::search::query::{
    ENOUGH, Lexicon, Marker, Plan, Texts, check, check_facet, suggesting, typed_values,
};
use crate::search::settings::{GEO, Settings};

/// A query on its way.
struct Run<'a> {
    engine: &'a Engine,
    settings: &'a Settings,
    lexicon: &'a Lexicon,
    query: &'a Query,
    plan: Plan,
    /// The filter as it is sent.
    filter: Option<String>,
    /// The first hit of the page.
    offset: usize,
}

/// Answers a query.
pub(super) async fn search(engine: &Engine, live: &Live, query: &Query) -> Result<Answer> {
    check(&live.settings, query)?;
    let run = Run::new(engine, live, query)?;
    let (least, found) = run.first_round().await?;
    let facets = run.facets(least, &found).await?;
    let total = found.total_hits.unwrap_or(0);
    // An index that somebody emptied finds nothing, which is no answer.
    if total == 0 && engine.look().await?.is_none() {
        return Err(Error::Failed("the search server's index is empty; it is being made anew".to_owned()));
    }
    let mut hits = run.hits(&found.hits)?;
    run.place(least, &mut hits).await?;
    let seen = run.offset + hits.len();
    let more = !hits.is_empty() && (seen as u64) < total;
    let next =
        more.then(|| Cursor { key: vec![Cell(seen as u128)], words: u8::try_from(least).unwrap_or(u8::MAX) });
    Ok(Answer { hits, total: Total { value: total, relation: Relation::Eq }, facets, next })
}

/// Answers a search among an attribute's values.
pub(super) async fn facet_search(engine: &Engine, live: &Live, ask: &FacetSearch) -> Result<Vec<FacetCount>> {
    check_facet(&live.settings, &ask.attribute)?;
    let most = live.settings.faceting.max_values_per_facet;
    let facets = vec![FacetAsk { attribute: ask.attribute.clone(), disjunctive: false, limit: most }];
    let query = Query { facets, limit: 0, sort: Vec::new(), after: None, origin: None, ..ask.query.clone() };
    let counts = search(engine, live, &query).await?.facets.pop().map(|facets| facets.values);
    let counts = counts.unwrap_or_default();
    Ok(typed_values(&live.lexicon, &ask.text, counts, ask.limit))
}

/// Completes what is typed.
pub(super) async fn suggest(engine: &Engine, live: &Live, ask: &Suggest) -> Result<Vec<Suggestion>> {
    let (field, query) = suggesting(&live.settings, ask)?;
    let run = Run::new(engine, live, &query)?;
    let mut body = run.body(run.plan.units.len(), Matching::All, run.page());
    body.attributes_to_retrieve.push(ask.attribute.clone());
    let found = engine.ask(vec![body]).await?.pop().unwrap_or_default();
    let marker = Marker::new(&run.plan, run.lexicon, run.settings);
    let mut suggestions: Vec<Suggestion> = Vec::new();
    for hit in &found.hits {
        if suggestions.len() >= ask.limit {
            break;
        }
        let values = values_of(hit.get(&ask.attribute));
        let marked = values.iter().map(|value| (value, marker.marks(value, field)));
        let Some((value, marks)) = marked.max_by_key(|(_, marks)| marks.len()) else { continue };
        if !suggestions.iter().any(|known| known.value == *value) {
            let group = text_of(hit, &live.settings.distinct_attribute)?;
            suggestions.push(Suggestion { value: value.clone(), marks, group });
        }
    }
    Ok(suggestions)
}

impl<'a> Run<'a> {
    fn new(engine: &'a Engine, live: &'a Live, query: &'a Query) -> Result<Self> {
        let settings = &*live.settings;
        let plan = Plan::new(settings, &live.lexicon, query)?;
        let offset = match &query.after {
            Some(cursor) => offset_of(cursor)?,
            None => 0,
        };
        let filter = Self::filter(settings, &plan, query.filter.demands().into_iter());
        Ok(Self { engine, settings, lexicon: &live.lexicon, query, plan, filter, offset })
    }

    /// A filter as it is sent. The document that says what the index is has no words: only where none are asked for
    /// has it to be kept out.
    fn filter<'f>(
        settings: &Settings,
        plan: &Plan,
        demands: impl Iterator<Item = &'f Filter>,
    ) -> Option<String> {
        let group = &settings.distinct_attribute;
        let written = demands.filter_map(|part| filters::written(part, group));
        let own = plan.units.is_empty().then(|| filters::exists(group));
        written.chain(own).reduce(|one, other| format!("{one} AND {other}"))
    }

    fn body(&self, least: usize, matching: Matching, page: Page) -> Body {
        Body {
            index_uid: self.engine.uid().to_owned(),
            q: ask::text(&self.plan, least),
            filter: self.filter.clone(),
            sort: ask::sorts(&self.query.sort),
            facets: Vec::new(),
            attributes_to_search_on: ask::searched(self.query),
            attributes_to_retrieve: ask::retrieved(self.settings, self.query),
            matching_strategy: ask::strategy(matching),
            page,
            show_ranking_score_details: self.query.explain,
        }
    }

    /// The page asked for, by number where that can be, because totals are then exact.
    fn page(&self) -> Page {
        match self.query.limit {
            0 => Page::COUNT,
            limit if self.offset.is_multiple_of(limit) => {
                Page::Number { page: self.offset / limit + 1, hits_per_page: limit }
            }
            limit => Page::Offset { offset: self.offset, limit },
        }
    }

    /// How many of the first words are needed, and the page with that many.
    ///
    /// All words are asked for first; only where that finds too little are words left out from the end, as many as it
    /// takes, which is then counted for every number of words at once.
    async fn first_round(&self) -> Result<(usize, Found)> {
        let all = self.plan.units.len();
        let settled = match (self.query.matching, &self.query.after) {
            (Matching::All, _) => Some(all),
            (Matching::Last, Some(cursor)) => Some(usize::from(cursor.words).clamp(1, all.max(1)).min(all)),
            (Matching::Last, None) => None,
        };
        if let Some(least) = settled {
            return Ok((least, self.page_of(least).await?));
        }
        let page = self.page_of(all).await?;
        if all <= 1 || page.total_hits.unwrap_or(0) >= ENOUGH as u64 {
            return Ok((all, page));
        }
        let fewer: Vec<usize> = (1..all).rev().collect();
        let counts = fewer.iter().map(|least| self.body(*least, Matching::All, Page::COUNT)).collect();
        let counts = self.engine.ask(counts).await?;
        let enough = |found: &Found| found.total_hits.unwrap_or(0) >= ENOUGH as u64;
        let least = fewer.iter().zip(&counts).find(|(_, found)| enough(found)).map_or(1, |(least, _)| *least);
        Ok((least, self.page_of(least).await?))
    }

    /// The page of what has at least so many of the first words.
    async fn page_of(&self, least: usize) -> Result<Found> {
        let all = self.plan.units.len();
        let fewer = least < all;
        // Documents with more of the words come first, unless another order is asked for.
        let ranked = fewer && self.query.sort.is_empty();
        let mut bodies = vec![if ranked {
            let page = Page::Offset { offset: self.offset, limit: self.query.limit };
            self.body(all, Matching::Last, page)
        } else {
            self.body(least, Matching::All, self.page())
        }];
        let exact = !ranked && matches!(bodies[0].page, Page::Number { .. });
        if !exact {
            bodies.push(self.body(least, Matching::All, Page::COUNT));
        }
        let at = bodies.len() - 1;
        bodies[at].facets = self.conjunctive();
        if fewer {
            // What has a synonym of several words, and none of these words, is only found by all of them.
            bodies.push(self.body(all, Matching::All, Page::COUNT));
        }
        let mut answers = self.engine.ask(bodies).await?;
        let whole = if fewer { answers.pop().and_then(|found| found.total_hits) } else { None };
        let counted = if exact { None } else { answers.pop() };
        let mut page = answers.pop().unwrap_or_default();
        if let Some(counted) = counted {
            page.total_hits = counted.total_hits.max(whole);
            page.facet_distribution = counted.facet_distribution;
            // What has fewer words than are needed comes after the last that counts.
            let left = usize::try_from(page.total_hits.unwrap_or(0)).unwrap_or(usize::MAX);
            page.hits.truncate(left.saturating_sub(self.offset));
        }
        page.hits.truncate(self.query.limit);
        Ok(page)
    }

    /// Whether a demand is about this facet's attribute alone, and to be left out of account for it.
    fn is_own(ask: &FacetAsk, filter: &Filter) -> bool {
        ask.disjunctive
            && filter.attributes().into_iter().eq([ask.attribute.as_str()])
            && !filter.is_of_place()
    }

    fn is_wider(&self, ask: &FacetAsk) -> bool {
        self.query.filter.demands().into_iter().any(|filter| Self::is_own(ask, filter))
    }

    /// The facets that are counted over the query as it is.
    fn conjunctive(&self) -> Vec<String> {
        let own = self.query.facets.iter().filter(|ask| !self.is_wider(ask));
        own.map(|ask| ask.attribute.clone()).collect()
    }

    async fn facets(&self, least: usize, found: &Found) -> Result<Vec<Facets>> {
        let wider: Vec<&FacetAsk> = self.query.facets.iter().filter(|ask| self.is_wider(ask)).collect();
        let mut bodies = Vec::with_capacity(wider.len());
        for ask in &wider {
            let demands = self.query.filter.demands().into_iter();
            let kept = demands.filter(|filter| !Self::is_own(ask, filter));
            bodies.push(Body {
                filter: Self::filter(self.settings, &self.plan, kept),
                facets: vec![ask.attribute.clone()],
                ..self.body(least, Matching::All, Page::COUNT)
            });
        }
        let mut counted = HashMap::new();
        if !bodies.is_empty() {
            for (ask, mut found) in wider.iter().zip(self.engine.ask(bodies).await?) {
                counted.insert(&*ask.attribute, found.facet_distribution.remove(&ask.attribute));
            }
        }
        let mut facets = Vec::with_capacity(self.query.facets.len());
        for ask in &self.query.facets {
            let counts = match counted.get_mut(&*ask.attribute) {
                Some(counts) if self.is_wider(ask) => counts.clone(),
                _ => found.facet_distribution.get(&ask.attribute).cloned(),
            };
            let mut values: Vec<FacetCount> = counts
                .unwrap_or_default()
                .into_iter()
                .filter(|(_, count)| *count > 0)
                .map(|(value, count)| FacetCount { value, count })
                .collect();
            values
                .sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.value.cmp(&other.value)));
            let distinct = values.len() as u64;
            values.truncate(ask.limit);
            facets.push(Facets { attribute: ask.attribute.clone(), values, distinct });
        }
        Ok(facets)
    }

    fn hits(&self, found: &[Map<String, Value>]) -> Result<Vec<Hit>> {
        let mut marker = Marker::new(&self.plan, self.lexicon, self.settings);
        let explained = !self.plan.units.is_empty() && (self.query.matches || self.query.snippets.is_some());
        let mut hits = Vec::with_capacity(found.len());
        for document in found {
            let mut hit = Hit {
                group: text_of(document, &self.settings.distinct_attribute)?,
                document: text_of(document, ID)?,
                distance_km: self.distance(document),
                matches: Vec::new(),
                explain: self.query.explain.then(|| explain::of(document, self.query, self.settings)),
                snippets: Vec::new(),
            };
            if explained {
                let texts = self.texts(document);
                if self.query.matches {
                    hit.matches = marker.matches(&texts, None);
                }
                if let Some(ask) = &self.query.snippets {
                    hit.snippets = marker.snippets(&texts, None, ask);
                }
            }
            hits.push(hit);
        }
        Ok(hits)
    }

    /// The texts that were searched.
    fn texts(&self, document: &Map<String, Value>) -> Texts {
        let searched = |name: &String| self.query.attributes.as_ref().is_none_or(|some| some.contains(name));
        let names = self.settings.searchable_attributes.iter().enumerate();
        Texts(
            names
                .filter(|(_, name)| searched(name))
                .map(|(at, name)| (at, values_of(document.get(name))))
                .collect(),
        )
    }

    fn distance(&self, document: &Map<String, Value>) -> Option<f64> {
        let point = document.get(GEO)?;
        let at = Point::new(point.get("lat")?.as_f64()?, point.get("lng")?.as_f64()?)?;
        Some(self.query.origin?.distance_km(at))
    }

    /// Names of every group the nearest document that passes, where it is asked for and not had already.
    async fn place(&self, least: usize, hits: &mut [Hit]) -> Result<()> {
        let Some(origin) = self.query.origin else { return Ok(()) };
        let nearest_first =
            matches!(self.query.sort.first(), Some(Sort::Distance(point)) if *point == origin);
        if hits.is_empty() || nearest_first {
            return Ok(());
        }
        let group = &self.settings.distinct_attribute;
        let names = filters::of_groups(group, hits.iter().map(|hit| &*hit.group));
        let page = Page::Offset { offset: 0, limit: hits.len() };
        let body = Body {
            filter: filters::both(self.filter.clone(), Some(names)),
            sort: ask::sorts(&[Sort::Distance(origin)]),
            show_ranking_score_details: false,
            ..self.body(least, Matching::All, page)
        };
        let found = self.engine.ask(vec![body]).await?.pop().unwrap_or_default();
        for document in &found.hits {
            let name = text_of(document, group)?;
            if let Some(hit) = hits.iter_mut().find(|hit| hit.group == name) {
                hit.document = text_of(document, ID)?;
                hit.distance_km = self.distance(document);
            }
        }
        Ok(())
    }
}

/// The first hit of the page that a cursor begins.
fn offset_of(cursor: &Cursor) -> Result<usize> {
    let offset = match cursor.key.as_slice() {
        [Cell(offset)] => usize::try_from(*offset).ok(),
        _ => None,
    };
    offset.ok_or_else(|| Error::Asked("the cursor does not fit the order asked for".into()))
}

fn text_of(document: &Map<String, Value>, name: &str) -> Result<String> {
    let text = document.get(name).and_then(Value::as_str).map(str::to_owned);
    text.ok_or_else(|| Error::Failed(format!("the search server answered a document without `{name}`")))
}

/// The texts of an attribute.
fn values_of(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}
