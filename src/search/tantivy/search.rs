//! One query over one generation, from its words to its answer.

use std::sync::Arc;

use super::best::{Passed, best};
use super::bits::Bits;
use super::columns::Read;
use super::facets::{self, Distinct};
use super::filters::passing;
use super::matching::Matched;
use super::rank::{self, Found, Key};
use super::source::{self, fields_of, levels_of};
use super::together;
use super::view::View;
use crate::search::filter::Filter;
use crate::search::port::{
    Answer, Error, FacetAsk, FacetCount, FacetSearch, Facets, Hit, Matching, Query, Relation, Result,
    Suggest, Suggestion, Total,
};
use crate::search::query::{ENOUGH, Lexicon, Marker, Plan, check, check_facet, suggesting, typed_values};

/// A query on its way.
struct Run<'a> {
    view: &'a View,
    query: &'a Query,
    plan: Plan,
    matched: Vec<Matched>,
    /// What the filter's top level demands, each as sets of documents by segment.
    demands: Vec<(&'a Filter, Vec<Bits>)>,
    /// How many of the first words a document must have.
    least: usize,
    /// The documents that pass, by segment.
    docs: Vec<Bits>,
}

impl From<tantivy::TantivyError> for Error {
    fn from(error: tantivy::TantivyError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Answers a query.
pub(super) fn search(view: &View, lexicon: &Lexicon, query: &Query) -> Result<Answer> {
    check(&view.settings, query)?;
    let after = match &query.after {
        Some(cursor) => Some(
            Key::of_cursor(cursor, query.sort.len())
                .ok_or_else(|| Error::Asked("the cursor does not fit the order asked for".into()))?,
        ),
        None => None,
    };
    let run = Run::start(view, lexicon, query)?;
    let distinct = (!run.is_everything()).then(|| Distinct::of(view, &run.docs));
    let groups = distinct.as_ref().map_or(view.counts.groups, |distinct| distinct.groups);
    let cut = run.matched.iter().any(|matched| matched.cut);
    let total = Total { value: groups, relation: if cut { Relation::Gte } else { Relation::Eq } };
    let facets = run.facets(distinct.as_ref())?;
    let passed = Passed { matched: &run.matched, docs: &run.docs, plan: &run.plan };
    let mut found = if query.limit == 0 {
        Vec::new()
    } else {
        best(view, &passed, &query.sort, after.as_ref(), query.limit + 1)?
    };
    let more = found.len() > query.limit;
    found.truncate(query.limit);
    let next = found.last().filter(|_| more).map(|last| last.key.cursor(query.sort.len(), run.least));
    let hits = run.hits(lexicon, &found)?;
    Ok(Answer { hits, total, facets, next })
}

/// Answers a search among an attribute's values.
pub(super) fn facet_search(view: &View, lexicon: &Lexicon, ask: &FacetSearch) -> Result<Vec<FacetCount>> {
    check(&view.settings, &ask.query)?;
    check_facet(&view.settings, &ask.attribute)?;
    let run = Run::start(view, lexicon, &ask.query)?;
    let counts = facets::count(view, &ask.attribute, &Distinct::of(view, &run.docs))?;
    Ok(typed_values(lexicon, &ask.text, counts, ask.limit))
}

/// Completes what is typed.
pub(super) fn suggest(view: &View, lexicon: &Lexicon, ask: &Suggest) -> Result<Vec<Suggestion>> {
    let (field, query) = suggesting(&view.settings, ask)?;
    let run = Run::start(view, lexicon, &query)?;
    let passed = Passed { matched: &run.matched, docs: &run.docs, plan: &run.plan };
    let found = best(view, &passed, &[], None, query.limit)?;
    let marker = Marker::new(&run.plan, lexicon, &view.settings);
    let mut suggestions: Vec<Suggestion> = Vec::new();
    for hit in found {
        if suggestions.len() >= ask.limit {
            break;
        }
        let segment = &view.segments[hit.segment];
        let texts = source::read(view, segment, hit.doc, 1 << field)?;
        let marked = texts.values(field).iter().map(|value| (value, marker.marks(value, field)));
        let Some((value, marks)) = marked.max_by_key(|(_, marks)| marks.len()) else { continue };
        if !suggestions.iter().any(|known| known.value == *value) {
            let group = segment.group(hit.doc)?;
            suggestions.push(Suggestion { value: value.clone(), marks, group });
        }
    }
    Ok(suggestions)
}

impl<'a> Run<'a> {
    fn start(view: &'a View, lexicon: &Lexicon, query: &'a Query) -> Result<Self> {
        let plan = Plan::new(&view.settings, lexicon, query)?;
        let mut matched = Vec::with_capacity(view.segments.len());
        for segment in &view.segments {
            matched.push(Matched::find(view, segment, &plan, lexicon)?);
        }
        let mut demands = Vec::new();
        for filter in query.filter.demands() {
            let of = view.segments.iter().map(|segment| passing(segment, filter));
            demands.push((filter, of.collect::<Read<_>>()?));
        }
        let mut run = Self { view, query, plan, matched, demands, least: 0, docs: Vec::new() };
        run.least = match (query.matching, &query.after) {
            (Matching::All, _) => run.plan.units.len(),
            (_, Some(cursor)) => usize::from(cursor.words).clamp(1, run.plan.units.len().max(1)),
            _ => run.enough(),
        };
        run.docs = run.passing(|_| true);
        Ok(run)
    }

    /// The documents that have the words and meet such of the demands as `counts` says.
    fn passing(&self, counts: impl Fn(&Filter) -> bool) -> Vec<Bits> {
        let mut all = Vec::with_capacity(self.view.segments.len());
        for (at, segment) in self.view.segments.iter().enumerate() {
            let mut docs = self.matched[at].docs(segment, &self.plan, self.least);
            for (_, sets) in self.demands.iter().filter(|(filter, _)| counts(filter)) {
                docs.and(&sets[at]);
            }
            all.push(docs);
        }
        all
    }

    /// How many words must match for there to be enough to show: all, if that leaves enough.
    fn enough(&self) -> usize {
        let mut least = self.plan.units.len();
        while least > 1 {
            let mut found = 0;
            for (at, segment) in self.view.segments.iter().enumerate() {
                let mut docs = self.matched[at].docs(segment, &self.plan, least);
                self.demands.iter().for_each(|(_, sets)| docs.and(&sets[at]));
                found += docs.count();
            }
            if found >= ENOUGH {
                return least;
            }
            least -= 1;
        }
        least
    }

    /// Whether nothing is asked of a document.
    fn is_everything(&self) -> bool {
        self.has_no_words() && self.demands.is_empty()
    }

    fn has_no_words(&self) -> bool {
        self.plan.units.is_empty() && self.plan.negatives.is_empty()
    }

    /// The counts asked for; of everything there is, where no document was told from another.
    fn facets(&self, distinct: Option<&Distinct<'_>>) -> Result<Vec<Facets>> {
        let most = self.view.settings.faceting.max_values_per_facet;
        let count = |ask: &FacetAsk| {
            let own = |filter: &Filter| {
                ask.disjunctive
                    && filter.attributes().into_iter().eq([ask.attribute.as_str()])
                    && !filter.is_of_place()
            };
            let demanding = self.demands.iter().any(|(filter, _)| !own(filter));
            let limit = ask.limit.min(most);
            let counts = match distinct {
                _ if self.has_no_words() && !demanding => facets::count_all(self.view, &ask.attribute)?,
                None => facets::count_all(self.view, &ask.attribute)?,
                Some(_) if self.demands.iter().any(|(filter, _)| own(filter)) => {
                    let wider = self.passing(|filter| !own(filter));
                    Arc::new(facets::count(self.view, &ask.attribute, &Distinct::of(self.view, &wider))?)
                }
                Some(distinct) => Arc::new(facets::count(self.view, &ask.attribute, distinct)?),
            };
            Ok(facets::cut(&ask.attribute, &counts, limit))
        };
        let parts = together::parts(usize::try_from(self.view.counts.documents).unwrap_or(usize::MAX));
        Ok(together::together(parts, self.query.facets.iter().collect(), count)?)
    }

    fn hits(&self, lexicon: &Lexicon, found: &[Found]) -> Result<Vec<Hit>> {
        let mut marker = Marker::new(&self.plan, lexicon, &self.view.settings);
        let mut hits = Vec::with_capacity(found.len());
        for best in found {
            hits.push(self.hit(&mut marker, best)?);
        }
        Ok(hits)
    }

    fn hit(&self, marker: &mut Marker<'_>, best: &Found) -> Result<Hit> {
        let (view, query) = (self.view, self.query);
        let group = view.segments[best.segment].group(best.doc)?;
        let (mut segment, mut doc, mut distance_km) = (&view.segments[best.segment], best.doc, None);
        if let Some(origin) = query.origin {
            if view.several.has(best.group()) {
                if let Some((at, nearest, distance)) = rank::nearest(view, &self.docs, &group, origin)? {
                    (segment, doc, distance_km) = (&view.segments[at], nearest, Some(distance));
                }
            } else {
                let points = segment.columns.points(&segment.reader)?;
                let distance = origin.distance_km(points.at[doc as usize]);
                distance_km = (!distance.is_nan()).then_some(distance);
            }
        }
        let mut hit = Hit {
            group,
            document: segment.columns.id(&segment.reader, doc)?.to_owned(),
            distance_km,
            matches: Vec::new(),
            explain: query.explain.then(|| best.key.explain(&query.sort)),
            snippets: Vec::new(),
        };
        if !self.plan.units.is_empty() && (query.matches || query.snippets.is_some()) {
            let of_units = &self.matched[best.segment].levels;
            let levels: Vec<u32> = of_units.iter().map(|levels| levels.at(best.doc)).collect();
            let texts = source::read(view, &view.segments[best.segment], best.doc, fields_of(&levels))?;
            let levels = levels_of(&levels);
            if query.matches {
                hit.matches = marker.matches(&texts, Some(&levels));
            }
            if let Some(ask) = &query.snippets {
                hit.snippets = marker.snippets(&texts, Some(&levels), ask);
            }
        }
        Ok(hit)
    }
}
