//! What may be asked: limits, and attributes the settings offer. Every engine refuses alike.

use crate::search::port::{Error, Matching, Query, Result, Sort, Suggest};
use crate::search::settings::{GEO, Settings};

/// With fewer groups than this, words are left out from the end.
pub(in crate::search) const ENOUGH: usize = 10;
/// Most hits of a page.
pub(in crate::search) const MOST_HITS: usize = 1_000;
/// Longest query, in bytes.
const LONGEST_QUERY: usize = 2_048;
/// Most facets of a query.
const MOST_FACETS: usize = 32;
/// Most keys of a sort.
pub(in crate::search) const MOST_SORTS: usize = 3;

/// Holds a query against the settings and the limits.
pub(in crate::search) fn check(settings: &Settings, query: &Query) -> Result<()> {
    let asked = |fault: String| Err(Error::Asked(fault));
    if query.text.len() > LONGEST_QUERY {
        return asked(format!("the query has more than {LONGEST_QUERY} bytes"));
    }
    if query.limit > MOST_HITS {
        return asked(format!("{} hits are asked for, more than {MOST_HITS}", query.limit));
    }
    if query.sort.len() > MOST_SORTS || query.facets.len() > MOST_FACETS {
        return asked(format!("at most {MOST_SORTS} sorts and {MOST_FACETS} facets can be asked for"));
    }
    query.filter.check().map_err(Error::Asked)?;
    for attribute in query.filter.attributes() {
        if !settings.filterable(attribute) {
            return asked(format!("`{attribute}` is not a filterable attribute"));
        }
    }
    if query.filter.is_of_place() && !settings.filterable(GEO) {
        return asked("this index cannot be filtered by place".into());
    }
    for sort in &query.sort {
        let attribute = match sort {
            Sort::Distance(_) => GEO,
            Sort::By { attribute, .. } => attribute,
        };
        if !settings.sortable(attribute) {
            return asked(format!("`{attribute}` is not a sortable attribute"));
        }
    }
    let points = query
        .sort
        .iter()
        .filter_map(|sort| if let Sort::Distance(point) = sort { Some(*point) } else { None });
    if points.chain(query.origin).any(|point| !point.is_valid()) {
        return asked("a distance is asked for from a point that is not on the globe".into());
    }
    for ask in &query.facets {
        check_facet(settings, &ask.attribute)?;
    }
    match &query.snippets {
        Some(ask) => match ask.attributes.iter().find(|attribute| settings.searchable(attribute).is_none()) {
            Some(unknown) => asked(format!("`{unknown}` is not a searchable attribute")),
            None => Ok(()),
        },
        None => Ok(()),
    }
}

/// Holds a facet against the settings.
pub(in crate::search) fn check_facet(settings: &Settings, attribute: &str) -> Result<()> {
    if attribute == GEO || !settings.filterable(attribute) {
        return Err(Error::Asked(format!("`{attribute}` is not a filterable attribute")));
    }
    Ok(())
}

/// A request for completions as the query that finds them, and the place of its attribute.
pub(in crate::search) fn suggesting(settings: &Settings, ask: &Suggest) -> Result<(usize, Query)> {
    let Some(field) = settings.searchable(&ask.attribute) else {
        return Err(Error::Asked(format!("`{}` is not a searchable attribute", ask.attribute)));
    };
    let query = Query {
        text: ask.text.clone(),
        attributes: Some(vec![ask.attribute.clone()]),
        matching: Matching::All,
        filter: ask.filter.clone(),
        // Several groups may share a value: some are read in advance.
        limit: (ask.limit * 4).min(MOST_HITS),
        ..Query::default()
    };
    check(settings, &query)?;
    Ok((field, query))
}
