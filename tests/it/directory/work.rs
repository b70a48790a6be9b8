//! What cases and reviews change about a search.

use serde_json::json;

use super::Directory;
use crate::cases::{Keeper, story};
use crate::support::academy::Academy;
use crate::vetting::weighing::{confirm, invited};

/// The number a search finds first, and how many it finds.
async fn first(directory: &Directory, query: &str) -> (String, i64) {
    let found = directory.find(query).await;
    let number = found["items"][0]["number"].as_str().unwrap_or_default().to_owned();
    (number, found["total"]["value"].as_i64().expect("a total"))
}

#[tokio::test]
async fn settled_work_is_found_and_lifts_only_once_its_client_confirmed_it() {
    let directory = Directory::new().await;
    let (one, other) = (Keeper::new(&directory).await, Keeper::new(&directory).await);
    let case = one.shown(&story(), 1).await;
    let mine = (one.number.clone(), 1);
    for query in ["shows_conditions=scar-fut", "shows_skin_tones=mst-8", "min_settled_cases=1"] {
        assert_eq!(first(&directory, query).await, mine, "{query}");
    }
    for query in ["shows_conditions=ophiasis", "shows_skin_tones=mst-1", "min_confirmed_cases=1"] {
        assert_eq!(first(&directory, query).await.1, 0, "{query}");
    }
    let standing = async |number: &str| {
        let found = directory.find(&format!("numbers={number}&include=ranking")).await;
        found["items"][0]["ranking"]["standing"].as_f64().expect("a standing")
    };
    assert_eq!(standing(&one.number).await.to_bits(), standing(&other.number).await.to_bits(), "stated only");

    let consent = confirm(&directory, &one, &case).await;
    assert_eq!(first(&directory, "min_confirmed_cases=1").await, mine);
    assert!(standing(&one.number).await > standing(&other.number).await);
    assert_eq!(
        first(&directory, "q=jane").await.0,
        one.number,
        "between equals, who shows settled work comes first"
    );
    let found = directory.find("facets=shows_skin_tones,shows_conditions,newly_trained").await;
    assert_eq!(found["facets"]["shows_skin_tones"][0]["value"], "mst-8");
    assert_eq!(found["items"][0]["case_counts"]["settled_client_confirmed"], 1);

    directory.anyone().post(&format!("{consent}/withdrawal"), &json!({})).await;
    directory.run_jobs().await;
    assert_eq!(first(&directory, "shows_conditions=scar-fut").await.1, 0, "what was withdrawn finds nobody");
    let refused = directory.anyone().get("/v1/practitioners?shows_skin_tones=mst-11").await;
    assert_eq!(refused.faults("invalid-parameter")[0].0, "query:shows_skin_tones");
}

#[tokio::test]
async fn the_newly_trained_are_found_and_left_out_by_their_label() {
    let directory = Directory::new().await;
    let (trained, untrained) = (Keeper::new(&directory).await, Keeper::new(&directory).await);
    let academy = Academy::recognised(&directory, "leeds-smp-school").await;
    let award = academy.award(&directory, "Jane Doe", Some(&trained.number));
    academy.submit(&academy.sign(&award)).await.expect(201);
    assert_eq!(first(&directory, "newly_trained=true").await, (trained.number.clone(), 1));
    assert_eq!(first(&directory, "newly_trained=false").await, (untrained.number.clone(), 1));
    assert_eq!(first(&directory, "").await.0, trained.number, "training comes first, new or not");
    let listing = directory.anyone().get(&format!("/v1/practitioners/{}", trained.number)).await.expect(200);
    assert_eq!(listing.json()["newly_trained"], json!(["trained-within-a-year", "few-settled-cases"]));
}

#[tokio::test]
async fn the_best_rated_come_first_only_when_asked_and_the_unrated_last() {
    let directory = Directory::new().await;
    let keepers =
        [Keeper::new(&directory).await, Keeper::new(&directory).await, Keeper::new(&directory).await];
    let review = |stars: i64| {
        json!({
            "stars": stars, "would_recommend": stars > 3, "relationship": "client", "incentive": "none",
            "text": format!("Two sessions, a week apart, and they answered what I asked. I give it {stars}."),
        })
    };
    for (keeper, stars, email) in [(&keepers[1], 2, "ann@example.com"), (&keepers[2], 5, "bea@example.com")] {
        invited(&directory, &keeper.client, &keeper.number, email, &review(stars)).await;
    }
    let found = directory.find("sort=rating").await;
    let order: Vec<&str> =
        found["items"].as_array().unwrap().iter().map(|item| item["number"].as_str().unwrap()).collect();
    assert_eq!(order, [&keepers[2].number, &keepers[1].number, &keepers[0].number]);
    assert_eq!(found["items"][0]["rating"]["reviews"], 1);
    let plain = directory.find("include=ranking").await;
    let standings: Vec<_> =
        plain["items"].as_array().unwrap().iter().map(|item| &item["ranking"]["standing"]).collect();
    assert!(
        standings.windows(2).all(|pair| pair[0] == pair[1]),
        "stars do not enter the standing: {standings:?}"
    );
}
