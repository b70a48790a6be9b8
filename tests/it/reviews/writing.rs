//! What a review may say, when, and how it grows.

use serde_json::json;

use super::{TEXT, World, review, with};

#[tokio::test]
async fn everything_that_is_wrong_is_said_and_the_token_stays_good() {
    let world = World::new().await;
    world.record("ann@example.com").await;
    let token = world.token_for("ann@example.com").await;
    for (body, pointer, code) in [
        (with("stars", json!(0)), "/stars", "out-of-range"),
        (with("stars", json!(6)), "/stars", "out-of-range"),
        (with("stars", json!(4.5)), "/stars", "wrong-type"),
        (with("dimensions", json!({"realism": 6})), "/dimensions/realism", "out-of-range"),
        (with("dimensions", json!({"beauty": 5})), "/dimensions/beauty", "unknown-member"),
        (with("would_recommend", json!(null)), "/would_recommend", "required"),
        (with("relationship", json!("friend")), "/relationship", "unknown-value"),
        (with("incentive", json!("refund-conditional")), "/incentive", "refused"),
        (with("text", json!("Great!")), "/text", "too-short"),
        (with("text", json!(format!("{}{TEXT}", "\u{7}"))), "/text", "invisible-character"),
        (with("text", json!(format!("{TEXT}\u{202e}"))), "/text", "invisible-character"),
        (with("author", json!("Ann")), "/author", "unknown-member"),
    ] {
        let faults = world.submit(&token, &body).await.expect(422).faults("invalid");
        assert!(faults.iter().any(|(at, why)| at == pointer && why == code), "{pointer} {code}: {faults:?}");
    }
    // One star and five need the same.
    for stars in [1, 5] {
        let mut short = review(stars);
        short["text"] = json!("x".repeat(39));
        world.submit(&token, &short).await.expect(422).problem("invalid");
    }
    world.submit(&token, &with("text", json!("x".repeat(40)))).await.expect(201);
}

#[tokio::test]
async fn markup_is_kept_as_the_text_it_is() {
    let world = World::new().await;
    let text = format!("<script>alert('x')</script> <b>{TEXT}</b> & more");
    let written = world.reviewed("ann@example.com", with("text", json!(text))).await;
    assert_eq!(written["review"]["text"], text);
    let id = written["review"]["id"].as_str().unwrap();
    let read = world.app.anyone().get(&format!("/v1/reviews/{id}")).await.expect(200);
    assert_eq!(read.header("content-type"), Some("application/json"));
    assert_eq!(read.json()["text"], text);
}

#[tokio::test]
async fn a_stage_is_neither_before_its_day_nor_after() {
    let world = World::new().await;
    world.record("ann@example.com").await;
    let token = world.token_for("ann@example.com").await;
    for stage in ["healing", "healed", "settled", "year1", "year3plus"] {
        let faults =
            world.submit(&token, &with("stage", json!(stage))).await.expect(422).faults("stage-too-early");
        assert_eq!(faults, [("/stage".to_owned(), "stage-too-early".to_owned())]);
    }
    world.days_pass(59);
    world.submit(&token, &with("stage", json!("settled"))).await.expect(422).problem("stage-too-early");
    world.submit(&token, &with("stage", json!("fresh"))).await.expect(422).problem("stage-over");
    world.days_pass(1);
    let written = world.submit(&token, &with("stage", json!("settled"))).await.expect(201).json();
    assert_eq!(written["review"]["stage"], "settled");
}

#[tokio::test]
async fn a_review_grows_and_every_version_stays() {
    let world = World::new().await;
    let first = world.reviewed("ann@example.com", review(5)).await;
    world.days_pass(60);
    stipple::reviews::jobs::tend(world.app.app.clone()).await.unwrap();
    let token = world.token_for("ann@example.com").await;
    let page = world.app.anyone().get(&format!("/v1/review-invitations/{token}")).await.expect(200).json();
    assert_eq!(page["written_before"], true);
    let grown = world.submit(&token, &review(2)).await.expect(201).json();
    assert_eq!(grown["review"]["id"], first["review"]["id"]);
    assert_eq!(grown["author_token"], first["author_token"]);
    let versions = grown["review"]["versions"].as_array().unwrap();
    let stages: Vec<_> =
        versions.iter().map(|one| (one["stage"].as_str().unwrap(), one["stars"].as_i64().unwrap())).collect();
    assert_eq!(stages, [("fresh", 5), ("settled", 2)]);
    assert_eq!(versions[0]["at"], "2026-06-01T12:00:00Z");
    let list = world.reviews("").await;
    let summary = &list["summary"];
    assert_eq!(
        (list["total"]["value"].as_i64(), &summary["raw_mean"]),
        (Some(1), &json!(2.0)),
        "it counts once"
    );
    assert_eq!(
        summary["stages"],
        json!([{"stage": "fresh", "count": 1, "raw_mean": 5.0}, {"stage": "settled", "count": 1, "raw_mean": 2.0}])
    );
    assert_eq!(summary["would_recommend"]["yes"], 0);
}

#[tokio::test]
async fn an_author_withdraws_and_nobody_else_does() {
    let world = World::new().await;
    let (mine, other) = (
        world.reviewed("ann@example.com", review(1)).await,
        world.reviewed("bob@example.com", review(4)).await,
    );
    let path = format!("/v1/reviews/{}", mine["review"]["id"].as_str().unwrap());
    let withdrawal = format!("{path}/withdrawal");
    let anyone = world.app.anyone();
    for forged in [&other["author_token"], &json!("stp_au_"), &json!("")] {
        let refused = anyone.post(&withdrawal, &json!({"author_token": forged})).await;
        refused.expect(403).problem("not-the-author");
    }
    world.keeper.post(&withdrawal, &json!({"author_token": other["author_token"]})).await.expect(403);
    let body = json!({"author_token": mine["author_token"]});
    anyone.post(&withdrawal, &body).await.expect(200);
    anyone.post(&withdrawal, &body).await.expect(409).problem("review-removed");
    let left = anyone.get(&path).await.expect(200).json();
    assert_eq!(
        (&left["state"], &left["removal"]["reason"], &left["stars"]),
        (&json!("removed"), &json!("author-withdrew"), &json!(1))
    );
    assert!(left["text"].is_null() && left["versions"] == json!([]), "{left}");
    let list = world.reviews("").await;
    let counters = &list["summary"]["counters"];
    assert_eq!((&counters["received"], &counters["published"]), (&json!(2), &json!(1)));
    assert_eq!(counters["removed"], json!([{"reason": "author-withdrew", "stars": 1, "count": 1}]));
    assert_eq!(list["summary"]["histogram"], json!({"1": 0, "2": 0, "3": 0, "4": 1, "5": 0}));
    assert_eq!(world.reviews("?state=removed").await["items"][0]["id"], mine["review"]["id"]);
}

#[tokio::test]
async fn reviews_are_searched_by_the_words_of_their_latest_text() {
    let world = World::new().await;
    let written = [
        ("ann@example.com", "The hairline sits lower than we had drawn it, and nobody called me back."),
        ("ben@example.com", "My scar is gone under dots. The Hairline is soft, and I was never rushed."),
        ("cem@example.com", "Élan, patience and 100% honesty about what dots can do for a naïve client."),
    ];
    for (email, text) in written {
        let mut review = review(4);
        review["text"] = json!(text);
        world.reviewed(email, review).await;
    }
    let found = |query: &'static str| {
        let world = &world;
        async move {
            let page = world.reviews(&format!("?q={query}")).await;
            let items = page["items"].as_array().unwrap().len();
            assert_eq!(page["total"]["value"], items);
            items
        }
    };
    for (query, wanted) in [
        ("hairline", 2),
        ("HAIRL", 2),
        ("scar+hairline", 1),
        ("elan+naive", 1),
        ("dots", 2),
        ("lotto", 0),
        ("ots", 0),
    ] {
        assert_eq!(found(query).await, wanted, "{query}");
    }
    // What stands for anything in the database stands for nothing here.
    assert_eq!(found("100%25").await, 1);
    for (query, code) in
        [("a+b+c+d+e", "too-many"), ("%25_", "empty"), ("scar&state=removed", "contradiction")]
    {
        let path = world.path(&format!("/reviews?q={query}"));
        let faults = world.app.anyone().get(&path).await.faults("invalid-parameter");
        assert_eq!(faults[0].1, code, "{query}: {faults:?}");
    }
}
