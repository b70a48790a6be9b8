//! One listing, the change feed, and the rules of ranking.

use serde_json::{Value, json};

use super::{Directory, at, leeds};

#[tokio::test]
async fn a_listing_keeps_what_was_checked_apart_from_what_was_said() {
    let directory = Directory::new().await;
    let mut body = at("Maria Keller", &leeds());
    body["own_words"] = json!({"bio": "The best in the north."});
    body["stated_training"] = json!([{"academy": "Some School", "year": 2015}]);
    let number = directory.add(&body).await;
    let listing = directory.anyone().get(&format!("/v1/practitioners/{number}")).await.expect(200).json();
    assert_eq!(listing["number"], number.as_str());
    assert_eq!(listing["own_words"]["bio"], "The best in the north.");
    assert_eq!(listing["stated_training"][0]["academy"], "Some School");
    assert_eq!(listing["certificates"], json!([]));
    assert_eq!(listing["verified"]["value"], false);
    assert_eq!(listing["verified"]["missing"][0]["requirement"], "certificate");
    assert_eq!(listing["clinics"][0]["address"]["city"], "Leeds");
    assert!(listing["licence"].is_string() && listing["updated_at"].is_string());
}

#[tokio::test]
async fn a_cached_listing_is_dropped_by_the_write_that_outdates_it() {
    let directory = Directory::new().await;
    let number = directory.add(&json!({"name": "Before"})).await;
    let path = format!("/v1/practitioners/{number}");
    let first = directory.anyone().get(&path).await.expect(200);
    assert!(first.etag().starts_with("\"v1-"), "{}", first.etag());
    let again = directory.anyone().get(&path).await.expect(200);
    assert_eq!((first.etag(), &first.bytes), (again.etag(), &again.bytes), "the same bytes");
    directory.anyone().get(&path).header("if-none-match", first.etag()).await.expect(304);

    let body = json!({"name": "After"});
    directory.operator.patch(&path, &body).if_match(first.etag()).await.expect(200);
    let changed = directory.anyone().get(&path).await.expect(200);
    assert_eq!(changed.json()["name"], "After");
    assert_ne!(changed.etag(), first.etag());
    directory.anyone().get(&path).header("if-none-match", first.etag()).await.expect(200);
    directory.operator.patch(&path, &body).if_match(first.etag()).await.problem("precondition-failed");
}

#[tokio::test]
async fn numbers_are_read_kindly_and_explained() {
    let directory = Directory::new().await;
    let number = directory.add(&json!({"name": "Somebody"})).await;
    let spoken = number.to_lowercase().replace('-', "");
    let anyone = directory.anyone();
    assert_eq!(
        anyone.get(&format!("/v1/practitioners/{spoken}")).await.expect(200).json()["name"],
        "Somebody"
    );
    let mut symbols: Vec<char> = number.chars().collect();
    symbols.swap(5, 6);
    let swapped: String = symbols.into_iter().collect();
    if swapped != number {
        let mistyped = anyone.get(&format!("/v1/practitioners/{swapped}")).await.problem("not-found");
        assert!(mistyped["detail"].as_str().is_some_and(|it| it.contains("check character")), "{mistyped}");
    }
    let unknown = directory.ids.number(stipple::platform::id::NumberKind::Listing);
    let unknown = anyone.get(&format!("/v1/practitioners/{unknown}")).await.problem("not-found");
    assert!(unknown["detail"].as_str().is_some_and(|it| it.contains("never given out")), "{unknown}");
}

#[tokio::test]
async fn what_is_gone_says_so_and_is_no_longer_found() {
    let directory = Directory::new().await;
    let kept = directory.add(&json!({"name": "Kept Person"})).await;
    let merged = directory.add(&json!({"name": "Merged Person"})).await;
    let removed = directory.add(&json!({"name": "Removed Person"})).await;
    assert_eq!(directory.names("q=person").await.len(), 3);
    let of = |number: &str| format!("/v1/practitioners/{number}");
    let operator = &directory.operator;
    operator.get(&of(&merged)).await.expect(200);
    operator.post(&format!("{}/merge", of(&merged)), &json!({"into": kept})).if_match("*").await.expect(200);
    operator.delete(&format!("{}?reason=retired", of(&removed))).if_match("*").await.expect(204);

    let gone = directory.anyone().get(&of(&removed)).await.problem("listing-removed");
    assert_eq!((&gone["status"], &gone["reason"]), (&json!(410), &json!("retired")));
    let moved = directory.anyone().get(&of(&merged)).await.expect(301);
    assert_eq!(moved.header("location"), Some(of(&kept).as_str()));
    assert_eq!(directory.names("q=person").await, ["Kept Person"]);

    let feed = directory.anyone().get("/v1/changes").await.expect(200).json();
    let gone: Vec<&str> = feed["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter(|change| change["gone"] == true)
        .filter_map(|change| change["subject"].as_str())
        .collect();
    assert!(gone.iter().all(|subject| subject.ends_with(&merged) || subject.ends_with(&removed)), "{gone:?}");
    assert!(gone.iter().any(|subject| subject.ends_with(&removed)), "{gone:?}");
}

#[tokio::test]
async fn the_change_feed_can_be_followed_to_its_end() {
    let directory = Directory::new().await;
    let mut numbers = Vec::new();
    for at in 0..5 {
        numbers.push(directory.add(&json!({"name": format!("Person {at}")})).await);
    }
    let mut followed = Vec::new();
    let mut since = 0;
    loop {
        let page =
            directory.anyone().get(&format!("/v1/changes?since={since}&limit=2")).await.expect(200).json();
        for change in page["items"].as_array().expect("items") {
            let url = change["url"].as_str().expect("a URL");
            assert!(url.starts_with(&directory.config.public_url));
            followed.push(url.rsplit('/').next().expect("a number").to_owned());
        }
        since = page["next_since"].as_i64().expect("where to go on");
        if page["next_cursor"] == Value::Null {
            break;
        }
    }
    assert_eq!(followed, numbers);
    directory.change(&numbers[0], &json!({"name": "Changed"})).await;
    let page = directory.anyone().get(&format!("/v1/changes?since={since}")).await.expect(200).json();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(page["items"][0]["gone"], false);
}

#[tokio::test]
async fn the_rules_of_ranking_are_served() {
    let directory = Directory::new().await;
    let rules = directory.anyone().get("/v1/ranking").await.expect(200).json();
    let buckets: Vec<&str> =
        rules["buckets"].as_array().expect("buckets").iter().filter_map(|it| it["bucket"].as_str()).collect();
    let settings = stipple::directory::index_settings();
    let obeyed: Vec<&str> =
        settings.ranking_rules.iter().map(|rule| rule.split(':').next().expect("a name")).collect();
    assert_eq!(buckets, obeyed, "what is told is what the engine does");
}
