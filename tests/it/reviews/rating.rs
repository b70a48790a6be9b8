//! The rating against numbers worked out by hand, and the list in every order to its end.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stipple::platform::clock::Ts;
use stipple::reviews::wilson;

use super::{World, review, with};

#[tokio::test]
async fn nobody_begins_with_stars() {
    let world = World::new().await;
    let summary = world.reviews("").await["summary"].clone();
    assert_eq!((&summary["rating"], &summary["raw_mean"]), (&Value::Null, &Value::Null));
    assert_eq!(
        summary["would_recommend"],
        json!({"yes": 0, "of": 0, "lower_bound": null, "z": 1.959_963_984_540_054})
    );
    assert_eq!(summary["formula"]["prior_weight"], 5.0);
    assert_eq!(summary["formula"]["half_life_days"], 730.0);
}

#[tokio::test]
async fn the_rating_is_the_formula_and_ages_by_the_day() {
    let world = World::new().await;
    let rating = async || world.reviews("").await["summary"]["rating"].clone();
    world.reviewed("ann@example.com", review(5)).await;
    // (5 × 3.5 + 0.5 × 5) / (5 + 0.5): invited, and fresh only.
    assert_eq!(rating().await, 3.64);
    // An e-mail address alone, two years after the session: (17.5 + 2.5 + 0.35) / (5.85).
    let body = json!({"email": "bob@example.com", "last_session": "2024-01-01"});
    world.app.anyone().post(&world.path("/reviews"), &body).await.expect(202);
    let token = world.token_for("bob@example.com").await;
    world.submit(&token, &review(1)).await.expect(201);
    assert_eq!(rating().await, 3.48);
    // In 730 days both count half: (17.5 + 1.25 + 0.175) / (5 + 0.25 + 0.175).
    world.days_pass(730);
    assert_eq!(rating().await, 3.49);
    assert_eq!(world.reviews("").await["summary"]["raw_mean"], 3.0, "the plain mean does not age");
}

#[tokio::test]
async fn a_review_that_grew_is_no_longer_fresh_only() {
    let world = World::new().await;
    world.reviewed("ann@example.com", review(5)).await;
    world.days_pass(60);
    stipple::reviews::jobs::tend(world.app.app.clone()).await.unwrap();
    let token = world.token_for("ann@example.com").await;
    world.submit(&token, &review(5)).await.expect(201);
    // (17.5 + 5) / 6
    assert_eq!(world.reviews("").await["summary"]["rating"], 3.75);
}

#[test]
fn the_lower_bound_is_wilsons() {
    assert_eq!(wilson(0, 0), None);
    assert_eq!(wilson(0, 10), Some(0.0));
    assert_eq!(wilson(10, 10), Some(0.722));
    assert_eq!(wilson(1, 1), Some(0.207));
    assert_eq!(wilson(90, 100), Some(0.826));
}

#[tokio::test]
async fn every_order_goes_to_the_end_and_loses_nobody() {
    let world = World::new().await;
    for (at, stars) in [3, 1, 5, 5, 2, 1, 4].into_iter().enumerate() {
        world.reviewed(&format!("c{at}@example.com"), review(stars)).await;
        world.app.clock.advance(std::time::Duration::from_mins(1));
    }
    let first = world.reviews("?sort=lowest&limit=1").await["items"][0]["id"].as_str().unwrap().to_owned();
    world.app.anyone().post(&format!("/v1/reviews/{first}/helpful"), &json!({})).await.expect(200);
    world.app.anyone().post(&format!("/v1/reviews/{first}/helpful"), &json!({})).await.expect(200);
    for (sort, expected) in [
        ("newest", Some(vec![4, 1, 2, 5, 5, 1, 3])),
        ("lowest", Some(vec![1, 1, 2, 3, 4, 5, 5])),
        ("highest", Some(vec![5, 5, 4, 3, 2, 1, 1])),
        ("most-helpful", None),
    ] {
        let mut ids = BTreeSet::new();
        let mut stars = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = world.reviews(&format!("?sort={sort}&limit=3{cursor}")).await;
            for item in page["items"].as_array().unwrap() {
                assert!(ids.insert(item["id"].as_str().unwrap().to_owned()), "{sort}: twice");
                stars.push(item["stars"].as_i64().unwrap());
            }
            assert_eq!(page["total"], json!({"value": 7, "relation": "eq"}));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(ids.len(), 7, "{sort}");
        if let Some(expected) = expected {
            assert_eq!(stars, expected, "{sort}");
        } else {
            let top = world.reviews("?sort=most-helpful&limit=1").await;
            assert_eq!((&top["items"][0]["id"], &top["items"][0]["helpful"]), (&json!(first), &json!(1)));
        }
    }
    let page = world.reviews("?sort=lowest&limit=1").await;
    let cursor = page["next_cursor"].as_str().unwrap();
    let bent = world.path(&format!("/reviews?sort=highest&limit=1&cursor={cursor}"));
    world.app.anyone().get(&bent).await.expect(400).problem("bad-cursor");
    world.app.anyone().get(&world.path("/reviews?sort=best")).await.expect(400);
    world.app.anyone().get(&world.path("/reviews?limit=101")).await.expect(400);
}

/// What the formula makes of the published reviews, as anybody can work it out from the list.
fn by_hand(items: &[Value], today: &str) -> (f64, f64) {
    let day = |text: &str| Ts::parse(&format!("{}T00:00:00Z", &text[..10])).unwrap().seconds() / 86_400;
    let (mut weights, mut stars, mut plain) = (0.0, 0.0, 0.0);
    for item in items {
        let checked = ["invited", "proof-seen"].contains(&item["verification"].as_str().unwrap());
        let versions = item["versions"].as_array().unwrap();
        let fresh = versions.iter().all(|version| version["stage"] == "fresh");
        #[expect(clippy::cast_precision_loss, reason = "days are few")]
        let days = (day(today) - day(item["written_at"].as_str().unwrap())) as f64;
        let weight =
            0.5_f64.powf(days / 730.0) * if checked { 1.0 } else { 0.35 } * if fresh { 0.5 } else { 1.0 };
        weights += weight;
        stars += weight * item["stars"].as_f64().unwrap();
        plain += item["stars"].as_f64().unwrap();
    }
    #[expect(clippy::cast_precision_loss, reason = "reviews are few")]
    let count = items.len() as f64;
    ((5.0 * 3.5 + stars) / (5.0 + weights), plain / count)
}

#[tokio::test]
async fn the_sums_are_those_of_the_list_whatever_happened() {
    let world = World::new().await;
    let [first, second] =
        [world.app.as_operator_called("Ann").await, world.app.as_operator_called("Bo").await];
    let mut written = Vec::new();
    for (at, stars) in [5, 1, 4, 2, 5, 3].into_iter().enumerate() {
        written.push(world.reviewed(&format!("c{at}@example.com"), review(stars)).await);
        world.days_pass(9);
    }
    world.days_pass(40);
    stipple::reviews::jobs::tend(world.app.app.clone()).await.unwrap();
    for (at, stars) in [(0, 2), (3, 4)] {
        let token = world.token_for(&format!("c{at}@example.com")).await;
        world.submit(&token, &review(stars)).await.expect(201);
    }
    let path = |at: usize| format!("/v1/reviews/{}", written[at]["review"]["id"].as_str().unwrap());
    let author = |at: usize| json!({"author_token": written[at]["author_token"]});
    let facts = json!({"reason": "spam", "facts": "It advertises another practitioner."});
    first.post(&format!("{}/removal", path(0)), &facts).await.expect(200);
    first.post(&format!("{}/removal", path(1)), &facts).await.expect(200);
    world.app.anyone().post(&format!("{}/withdrawal", path(4)), &author(4)).await.expect(200);
    let appeal =
        json!({"author_token": written[0]["author_token"], "text": "It does not advertise anybody."});
    world.app.anyone().post(&format!("{}/appeals", path(0)), &appeal).await.expect(200);
    let decision = json!({"outcome": "restored", "findings": "Nobody is named in it at all."});
    second.post(&format!("{}/appeals/decision", path(0)), &decision).await.expect(200);
    world.days_pass(500);
    let list = world.reviews("?limit=100").await;
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 4);
    let today = world.app.clock.today().to_string();
    let (rating, mean) = by_hand(items, &today);
    let summary = &list["summary"];
    assert!((summary["rating"].as_f64().unwrap() - rating).abs() <= 0.005_001, "{rating}: {summary}");
    assert!((summary["raw_mean"].as_f64().unwrap() - mean).abs() <= 0.005_001, "{mean}: {summary}");
    let mut stages = std::collections::BTreeMap::new();
    for version in items.iter().flat_map(|item| item["versions"].as_array().unwrap()) {
        *stages.entry(version["stage"].as_str().unwrap()).or_insert(0) += 1;
    }
    for stage in summary["stages"].as_array().unwrap() {
        assert_eq!(stage["count"], stages.remove(stage["stage"].as_str().unwrap()).unwrap(), "{summary}");
    }
    assert!(stages.is_empty(), "{stages:?}");
    assert_eq!(summary["counters"]["received"], 6);
}

#[tokio::test]
async fn filters_are_by_stage_and_by_condition_and_what_is_below_it() {
    let world = World::new().await;
    world.reviewed("a@example.com", with("condition", json!("ccca"))).await;
    world.reviewed("b@example.com", with("condition", json!("male-pattern"))).await;
    world.reviewed("c@example.com", review(4)).await;
    let parent = stipple::vocabulary::Condition::named("ccca").parent();
    for (query, count) in [
        ("?condition=ccca".to_owned(), 1),
        ("?stage=fresh".to_owned(), 3),
        ("?stage=settled".to_owned(), 0),
        ("?stage=fresh&condition=male-pattern".to_owned(), 1),
    ]
    .into_iter()
    .chain(parent.map(|parent| (format!("?condition={parent}"), 1)))
    {
        let page = world.reviews(&query).await;
        assert_eq!(page["total"]["value"], count, "{query}");
        assert_eq!(page["items"].as_array().unwrap().len(), count, "{query}");
        assert_eq!(page["summary"]["counters"]["published"], 3, "the summary is of all");
    }
}

#[tokio::test]
async fn a_merged_listing_sheds_no_review() {
    let world = World::new().await;
    world.reviewed("ann@example.com", review(1)).await;
    let operator = world.app.as_operator().await;
    let made = operator.post("/v1/practitioners", &json!({"name": "Marian Wright"})).await.expect(201).json();
    let survivor = made["number"].as_str().unwrap();
    operator.post(&world.path("/merge"), &json!({"into": survivor})).await.expect(200);
    let list =
        world.app.anyone().get(&format!("/v1/practitioners/{survivor}/reviews")).await.expect(200).json();
    assert_eq!((&list["total"]["value"], &list["items"][0]["stars"]), (&json!(1), &json!(1)));
    assert_eq!(list["summary"]["raw_mean"], 1.0);
    world.app.anyone().get(&world.path("/reviews")).await.expect(301);
}
