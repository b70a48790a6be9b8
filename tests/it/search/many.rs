//! More listings than anybody looks at one by one: the most promising come first, and the answer is that of looking at
//! each.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use stipple::search::tantivy::Engine;
use stipple::search::{
    Batch, Direction, Document, FacetAsk, Filter, Hit, Query, SearchEngine, Settings, Sort,
};

/// Enough that no segment's documents are looked at one by one from the start, and that those that are, are shared among
/// threads.
const LISTINGS: u32 = 12_000;
const TOWNS: [&str; 5] = ["Leeds", "Cork", "Berlin", "Paris", "Atlanta"];
const WORDS: [&str; 8] = ["hairline", "soft", "scar", "density", "temple", "crown", "brown", "gentle"];

/// The same numbers in every run.
fn spread(number: u32, salt: u32) -> u32 {
    let mixed = (number ^ salt.wrapping_mul(0x9e37_79b9)).wrapping_mul(0x85eb_ca6b);
    (mixed ^ mixed >> 13).wrapping_mul(0xc2b2_ae35) >> 7
}

fn group(number: u32) -> String {
    format!("SMP-{:04}-{number:04}-X", spread(number, 1) % 10_000)
}

/// A listing at one to three clinics.
fn listing(number: u32) -> Vec<Document> {
    let bio: Vec<&str> = (0..12).map(|at| WORDS[spread(number, 10 + at) as usize % WORDS.len()]).collect();
    let condition = ["male-pattern", "scar-fut", "ccca"][spread(number, 3) as usize % 3];
    let mut fields = json!({
        "number": group(number),
        // Some are named what others only say, and some nearly so.
        "name": match number {
            _ if number.is_multiple_of(97) => format!("Brown Person {number}"),
            _ if number.is_multiple_of(89) => format!("Softley Person {number}"),
            _ if number.is_multiple_of(83) => "Scar".to_owned(),
            _ => format!("Green Person {number}"),
        },
        "bio": bio.join(if number.is_multiple_of(3) { " and " } else { " " }),
        "conditions": [condition],
        "standing": spread(number, 4) % 500,
    });
    if !number.is_multiple_of(4) {
        fields["rating"] = json!(f64::from(spread(number, 5) % 40) / 10.0);
    }
    let clinics = match number % 11 {
        0 => 3,
        1 => 2,
        _ => 1,
    };
    let made = (0..clinics).map(|clinic| {
        let mut fields = fields.clone();
        fields["place"] = json!(TOWNS[spread(number, 20 + clinic) as usize % TOWNS.len()]);
        fields["country"] = json!(["GB", "IE", "DE"][spread(number, 30 + clinic) as usize % 3]);
        let Value::Object(fields) = fields else { unreachable!("it is an object") };
        Document { id: format!("{number}/{clinic}"), group: group(number), point: None, fields }
    });
    made.collect()
}

/// An index in two segments, a few of whose listings are gone again.
async fn index(dir: &std::path::Path) -> Engine {
    let engine = Engine::open(dir, &Settings::practitioners()).unwrap();
    for half in [0..LISTINGS / 2, LISTINGS / 2..LISTINGS] {
        let upsert = half.flat_map(listing).collect();
        engine.write(Batch { upsert, position: Some(1), ..Batch::default() }).await.unwrap();
    }
    let delete_groups = (0..LISTINGS).filter(|number| is_gone(*number)).map(group).collect();
    engine.write(Batch { delete_groups, position: Some(2), ..Batch::default() }).await.unwrap();
    engine
}

fn is_gone(number: u32) -> bool {
    number % 50 == 7
}

fn alive() -> impl Iterator<Item = u32> {
    (0..LISTINGS).filter(|number| !is_gone(*number))
}

/// The first `most` hits, page by page.
async fn hits(engine: &Engine, query: &Query, limit: usize, most: usize) -> Vec<Hit> {
    let mut query = Query { limit, explain: true, ..query.clone() };
    let mut hits = Vec::new();
    loop {
        let answer = engine.search(query.clone()).await.unwrap();
        hits.extend(answer.hits);
        query.after = answer.next;
        if query.after.is_none() || hits.len() >= most {
            return hits;
        }
    }
}

fn named(hits: &[Hit]) -> Vec<String> {
    hits.iter().map(|hit| hit.group.clone()).collect()
}

fn by(attribute: &str, direction: Direction) -> Sort {
    Sort::By { attribute: attribute.to_owned(), direction }
}

fn field(number: u32, name: &str) -> f64 {
    listing(number)[0].fields.get(name).and_then(Value::as_f64).unwrap_or(f64::NEG_INFINITY)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_pages_are_those_of_the_whole_order() {
    let dir = tempfile::tempdir().unwrap();
    let engine = index(dir.path()).await;
    let whole = |order: &dyn Fn(u32) -> (Reverse<u64>, Reverse<u64>)| -> Vec<String> {
        let mut all: Vec<u32> = alive().collect();
        all.sort_by_key(|number| (order(*number), group(*number)));
        all.into_iter().map(group).collect()
    };
    let scaled = |value: f64| if value < 0.0 { 0 } else { value.to_bits() + 1 };
    let by_standing = whole(&|number| (Reverse(0), Reverse(scaled(field(number, "standing")))));
    let by_rating = whole(&|number| {
        (Reverse(scaled(field(number, "rating"))), Reverse(scaled(field(number, "standing"))))
    });
    let everything = Query::default();
    let rated = Query { sort: vec![by("rating", Direction::Desc)], ..Query::default() };
    for (query, order) in [(&everything, &by_standing), (&rated, &by_rating)] {
        assert_eq!(named(&hits(&engine, query, 20, 200).await), order[..200]);
        assert_eq!(named(&hits(&engine, query, 1_000, usize::MAX).await), *order);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_find_the_same_whether_few_or_many_are_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let engine = index(dir.path()).await;
    let texts = [
        "soft",
        "sof",
        "brown",
        "hairline",
        "soft hairline",
        "densty temple crown",
        "\"soft scar\"",
        "soft -scar",
        "scar",
        "leeds",
        "gentle leeds",
        "scar paris temple",
    ];
    let sorts = [vec![], vec![by("rating", Direction::Desc)], vec![by("name", Direction::Asc)]];
    let filters = [Filter::all(), Filter::eq("country", "IE")];
    for text in texts {
        for (sort, filter) in sorts.iter().flat_map(|sort| filters.iter().map(move |filter| (sort, filter))) {
            let query =
                Query { text: text.into(), sort: sort.clone(), filter: filter.clone(), ..Query::default() };
            let all = hits(&engine, &query, 1_000, usize::MAX).await;
            let few = hits(&engine, &query, 7, 70).await;
            assert_eq!(named(&few), named(&all)[..few.len()], "{text} {sort:?} {filter:?}");
            assert!(few.len() >= 70, "{text}: only {}", few.len());
            let unique: BTreeSet<&String> = all.iter().map(|hit| &hit.group).collect();
            assert_eq!(unique.len(), all.len(), "{text}: nobody comes twice");
            if sort.is_empty() {
                let places = all.iter().map(|hit| {
                    let rank = hit.explain.as_ref().unwrap().rank;
                    let buckets =
                        (rank.words_missing, rank.typos, rank.proximity, rank.attribute, rank.exactness);
                    (buckets, Reverse(rank.standing.to_bits()), hit.group.clone())
                });
                assert!(places.is_sorted(), "{text}");
            }
        }
    }
    let soft = hits(&engine, &Query { text: "soft".into(), ..Query::default() }, 1_000, usize::MAX).await;
    let found: BTreeSet<String> = named(&soft).into_iter().collect();
    let said = |number: &u32| listing(*number)[0].fields["bio"].as_str().unwrap().contains("soft");
    assert!(alive().filter(said).map(group).all(|group| found.contains(&group)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facets_count_groups_however_many_documents_they_have() {
    let dir = tempfile::tempdir().unwrap();
    let engine = index(dir.path()).await;
    let attributes = ["country", "conditions"];
    let facets =
        attributes.map(|attribute| FacetAsk { attribute: attribute.into(), disjunctive: false, limit: 100 });
    let answer = async |text: &str, filter: Filter| {
        engine
            .search(Query { text: text.into(), filter, facets: facets.to_vec(), ..Query::default() })
            .await
            .unwrap()
    };
    let counted = |passes: &dyn Fn(&Document) -> bool| -> Vec<BTreeMap<String, u64>> {
        let of = attributes.map(|attribute| {
            let mut counts = BTreeMap::new();
            for number in alive() {
                let values: BTreeSet<String> = listing(number)
                    .iter()
                    .filter(|document| passes(document))
                    .flat_map(|document| match &document.fields[attribute] {
                        Value::Array(many) => many.clone(),
                        one => vec![one.clone()],
                    })
                    .map(|value| value.as_str().unwrap().to_owned())
                    .collect();
                for value in values {
                    *counts.entry(value).or_default() += 1;
                }
            }
            counts
        });
        of.to_vec()
    };
    let is_in = |document: &Document, town: &str| document.fields["place"] == town;
    for (answer, expected) in [
        (answer("", Filter::all()).await, counted(&|_| true)),
        (answer("leeds", Filter::all()).await, counted(&|document| is_in(document, "Leeds"))),
        (
            answer("", Filter::any_of("country", ["GB", "DE"])).await,
            counted(&|document| document.fields["country"] != "IE"),
        ),
    ] {
        let found: Vec<BTreeMap<String, u64>> = answer
            .facets
            .iter()
            .map(|facets| facets.values.iter().map(|value| (value.value.clone(), value.count)).collect())
            .collect();
        assert_eq!(found, expected);
    }
}
