//! What hits say of themselves, counts, and paging.

use std::collections::BTreeSet;

use serde_json::json;
use stipple::platform::geo::Point;
use stipple::search::{
    Batch, Cursor, Direction, FacetAsk, FacetSearch, Filter, Match, MatchKind, Query, Relation, SearchEngine,
    Snippets, Sort, Suggest,
};

use super::corpus::document;
use super::{filled, groups};

fn text(text: &str) -> Query {
    Query { text: text.into(), limit: 100, ..Query::default() }
}

fn counts(facets: &stipple::search::Facets) -> Vec<(&str, u64)> {
    facets.values.iter().map(|count| (count.value.as_str(), count.count)).collect()
}

fn ask(attribute: &str, disjunctive: bool) -> FacetAsk {
    FacetAsk { attribute: attribute.into(), disjunctive, limit: 10 }
}

#[tokio::test]
async fn several_clinics_of_one_listing_are_one_hit() {
    let (_dir, engine) = filled().await;
    let mut query = text("fact twins");
    query.origin = Point::new(48.9, 2.3);
    let answer = engine.search(query.clone()).await.unwrap();
    assert_eq!(answer.hits[0].group, "twins");
    assert_eq!(answer.hits[0].document, "twins/paris");
    assert!(answer.hits[0].distance_km.unwrap() < 10.0);
    assert_eq!(answer.hits.iter().filter(|hit| hit.group == "twins").count(), 1);
    // The nearest that passes, not the nearest there is.
    query.filter = Filter::eq("country", "GB");
    let answer = engine.search(query).await.unwrap();
    assert_eq!(answer.hits[0].document, "twins/london");
    assert!(answer.hits[0].distance_km.unwrap() > 300.0);
}

#[tokio::test]
async fn facets_count_listings() {
    let (_dir, engine) = filled().await;
    let query = Query {
        facets: vec![ask("country", false), ask("conditions", false), ask("verified", false)],
        ..text("fact ")
    };
    let answer = engine.search(query).await.unwrap();
    assert_eq!((answer.total.value, answer.total.relation), (5, Relation::Eq));
    assert_eq!(counts(&answer.facets[0]), [("GB", 3), ("DE", 1), ("FR", 1), ("US", 1)]);
    assert_eq!(counts(&answer.facets[1]), [("areata", 3), ("scar", 3)]);
    assert_eq!(counts(&answer.facets[2]), [("true", 4), ("false", 1)]);
    assert_eq!(answer.facets[0].distinct, 4);
    // Over everything, which is counted once a generation.
    let everything = Query { facets: vec![ask("country", true)], ..Query::default() };
    for _ in 0..2 {
        let answer = engine.search(everything.clone()).await.unwrap();
        assert_eq!(counts(&answer.facets[0]), [("GB", 3), ("DE", 1), ("FR", 1), ("US", 1)]);
    }
}

#[tokio::test]
async fn a_facet_can_leave_its_own_choice_out_of_account() {
    let (_dir, engine) = filled().await;
    let filter = Filter::And(vec![Filter::eq("country", "GB"), Filter::any_of("conditions", ["areata"])]);
    let facets = vec![ask("country", true), ask("country", false), ask("conditions", true)];
    let answer = engine.search(Query { filter, facets, ..text("fact ") }).await.unwrap();
    assert_eq!(answer.total.value, 2);
    assert_eq!(counts(&answer.facets[0]), [("GB", 2), ("FR", 1), ("US", 1)]);
    assert_eq!(counts(&answer.facets[1]), [("GB", 2)]);
    assert_eq!(counts(&answer.facets[2]), [("scar", 3), ("areata", 2)]);
}

#[tokio::test]
async fn a_facet_is_cut_and_says_so() {
    let (_dir, engine) = filled().await;
    let facets = vec![FacetAsk { attribute: "country".into(), disjunctive: false, limit: 1 }];
    let answer = engine.search(Query { facets, ..text("fact ") }).await.unwrap();
    assert_eq!((counts(&answer.facets[0]), answer.facets[0].distinct), (vec![("GB", 3)], 4));
}

#[tokio::test]
async fn values_of_a_facet_are_searched() {
    let (_dir, engine) = filled().await;
    let search = |text: &str| FacetSearch {
        attribute: "conditions".into(),
        text: text.into(),
        query: Query { text: "fact ".into(), ..Query::default() },
        limit: 5,
    };
    for (typed, found) in
        [("ar", vec!["areata"]), ("arreata", vec!["areata"]), ("", vec!["areata", "scar"]), ("zz", vec![])]
    {
        let values = engine.facet_search(search(typed)).await.unwrap();
        assert_eq!(values.iter().map(|value| value.value.as_str()).collect::<Vec<_>>(), found, "{typed}");
    }
}

#[tokio::test]
async fn names_are_completed() {
    let (_dir, engine) = filled().await;
    let ask =
        |text: &str| Suggest { attribute: "name".into(), text: text.into(), filter: Filter::all(), limit: 3 };
    let found = engine.suggest(ask("elo")).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].value.as_str(), found[0].group.as_str()), ("Élodie Dupont", "elodie"));
    assert_eq!(&found[0].value[found[0].marks[0].clone()], "Élodie");
    assert!(engine.suggest(ask("treefrog")).await.unwrap().is_empty());
    assert_eq!(engine.suggest(ask("fact")).await.unwrap().len(), 3);
}

#[tokio::test]
async fn hits_say_why_they_match() {
    let (_dir, engine) = filled().await;
    let matches = |text: &str| {
        let query = Query { matches: true, ..self::text(text) };
        let engine = &engine;
        async move { engine.search(query).await.unwrap().hits.into_iter().next().unwrap().matches }
    };
    let reason = |field: &str, terms: &[&str], kind| Match {
        field: field.into(),
        terms: terms.iter().map(|term| (*term).to_owned()).collect(),
        kind,
    };
    assert_eq!(matches("platypus").await, [reason("name", &["platypus"], MatchKind::Exact)]);
    assert_eq!(matches("wollaby").await, [reason("bio", &["wallaby"], MatchKind::Typo)]);
    assert_eq!(matches("kooka").await, [reason("bio", &["kookaburra"], MatchKind::Prefix)]);
    assert_eq!(matches("marsupial").await, [reason("bio", &["kangaroo"], MatchKind::Synonym)]);
    assert_eq!(matches("laughing bird").await, [reason("bio", &["blue wing"], MatchKind::Synonym)]);
    assert_eq!(matches("jeanluc").await, [reason("name", &["jean luc"], MatchKind::Exact)]);
    assert_eq!(
        matches("bobby val").await,
        [
            reason("name", &["vale"], MatchKind::Prefix),
            reason("aliases", &["bobby"], MatchKind::Exact),
            reason("aliases", &["vale"], MatchKind::Prefix)
        ]
    );
    assert!(matches("").await.is_empty());
}

#[tokio::test]
async fn snippets_are_cropped_and_marked_without_markup() {
    let (_dir, engine) = filled().await;
    let bio = "<b>One</b> two three four five six seven éight tëapot nine ten eleven twelve teapot thirteen fourteen";
    let upsert = vec![document("snippet", json!({"bio": bio, "name": "Teapots & Co"}))];
    engine.write(Batch { upsert, ..Batch::default() }).await.unwrap();
    let query = Query { snippets: Some(Snippets { attributes: vec![], words: 8 }), ..text("teapot") };
    let hit = engine.search(query).await.unwrap().hits.remove(0);
    assert_eq!(hit.group, "snippet");
    let name = &hit.snippets[0];
    assert_eq!((name.attribute.as_str(), name.text.as_str()), ("name", "Teapots & Co"));
    assert_eq!((name.cut_before, name.cut_after), (false, false));
    let bio = &hit.snippets[1];
    let marked: Vec<&str> = bio.marks.iter().map(|mark| &bio.text[mark.clone()]).collect();
    assert_eq!(marked, ["tëapot", "teapot"]);
    assert!(bio.cut_before && bio.cut_after && !bio.text.contains('<'), "{bio:?}");
}

#[tokio::test]
async fn hits_explain_their_place() {
    let (_dir, engine) = filled().await;
    let query = Query { explain: true, ..text("quokka wombat") };
    let hits = engine.search(query).await.unwrap().hits;
    let place = |at: usize| hits[at].explain.as_ref().unwrap().rank;
    assert_eq!(
        (place(0).words_missing, place(0).typos, place(0).proximity, place(0).exactness),
        (0, 0, 0, 0)
    );
    assert_eq!(place(1).proximity, 1);
    assert_eq!(place(3).proximity, 7);
    assert_eq!(place(0).attribute, 8, "the bio is the fifth attribute, twice");
    let query = Query { explain: true, ..text("echidna ") };
    let hits = engine.search(query).await.unwrap().hits;
    assert_eq!(hits[1].explain.as_ref().unwrap().rank.typos, 1);
    let sort = vec![
        Sort::By { attribute: "rating".into(), direction: Direction::Desc },
        Sort::By { attribute: "name".into(), direction: Direction::Asc },
    ];
    let hits = engine.search(Query { explain: true, sort, ..text("fact ") }).await.unwrap().hits;
    assert_eq!(hits[0].explain.as_ref().unwrap().sorted_by, [json!(4.5), json!("fact fact1")]);
    assert_eq!(hits[4].explain.as_ref().unwrap().sorted_by, [json!(null), json!("fact twins")]);
    let query = Query { explain: true, ..text("galah") };
    let hits = engine.search(query).await.unwrap().hits;
    assert!((hits[0].explain.as_ref().unwrap().rank.standing - 3.5).abs() < f64::EPSILON);
}

#[tokio::test]
async fn pages_reach_the_end_while_listings_come_in() {
    let (_dir, engine) = filled().await;
    let listing = |number: usize| {
        let mut one = document(
            &format!("page{number:03}"),
            json!({"bio": "turn pages", "standing": number % 7, "years": number % 5}),
        );
        let mut two = one.clone();
        one.id = format!("{number}/1");
        two.id = format!("{number}/2");
        // The second place ranks lower than the first, so it lies on a later page.
        two.fields.insert("bio".into(), json!("turn here and there many pages"));
        two.fields.insert("years".into(), json!(number % 3 + 5));
        vec![one, two]
    };
    let upsert = (0..60).flat_map(listing).collect();
    engine.write(Batch { upsert, ..Batch::default() }).await.unwrap();
    let sort = vec![Sort::By { attribute: "years".into(), direction: Direction::Asc }];
    for sort in [vec![], sort] {
        let mut seen: Vec<String> = Vec::new();
        let mut after: Option<Cursor> = None;
        for page in 0.. {
            let query = Query { limit: 7, after: after.clone(), sort: sort.clone(), ..text("turn pages") };
            let answer = engine.search(query).await.unwrap();
            seen.extend(answer.hits.into_iter().map(|hit| hit.group));
            let upsert = listing(100 + page);
            engine.write(Batch { upsert, ..Batch::default() }).await.unwrap();
            // A cursor is kept by callers as text.
            after =
                answer.next.map(|next| serde_json::from_str(&serde_json::to_string(&next).unwrap()).unwrap());
            if after.is_none() {
                break;
            }
        }
        let distinct: BTreeSet<&String> = seen.iter().collect();
        assert_eq!(distinct.len(), seen.len(), "no listing comes twice");
        assert!((0..60).all(|number| distinct.contains(&format!("page{number:03}"))), "none is missing");
        let delete_groups = (100..200).map(|number| format!("page{number:03}")).collect();
        engine.write(Batch { delete_groups, ..Batch::default() }).await.unwrap();
    }
}

#[tokio::test]
async fn pages_are_cut_from_one_order() {
    let (_dir, engine) = filled().await;
    let whole = groups(&engine, Query { limit: 1_000, ..text("") }).await;
    let mut paged = Vec::new();
    let mut after = None;
    loop {
        let answer = engine.search(Query { limit: 5, after, ..text("") }).await.unwrap();
        assert_eq!(answer.total.value, whole.len() as u64);
        paged.extend(answer.hits.into_iter().map(|hit| hit.group));
        match answer.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(paged, whole);
    let odd = Cursor { key: vec![], words: 1 };
    assert!(engine.search(Query { after: Some(odd), ..text("") }).await.is_err());
}

/// Word, typo and everything before being equal, nearer and in order comes first.
#[tokio::test]
async fn words_side_by_side_and_in_order_rank_before_words_apart() {
    let (_dir, engine) = filled().await;
    let far = format!("ibis {} heron", "word ".repeat(60));
    let bios = [("F", far.as_str()), ("S", "heron ibis"), ("N", "ibis heron"), ("A", "ibis and heron")];
    let upsert = bios.map(|(group, bio)| document(group, json!({ "bio": bio }))).into();
    engine.write(Batch { upsert, ..Batch::default() }).await.unwrap();
    assert_eq!(groups(&engine, text("ibis heron")).await, ["N", "A", "S", "F"]);
}
