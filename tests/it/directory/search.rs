//! The search over HTTP.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Directory, at, atlanta, clinic, leeds, manchester};

#[tokio::test]
async fn words_find_names_needs_and_places() {
    let directory = Directory::new().await;
    let mut robert = at("Robert Hargreaves", &manchester());
    robert["conditions"] = json!(["scar-fut"]);
    robert["services"] = json!([{"service": "full-head"}]);
    directory.add(&robert).await;
    directory.add(&at("Maria Keller", &leeds())).await;
    directory.add(&json!({"name": "Nobody Anywhere"})).await;

    assert_eq!(directory.names("q=hargreaves").await, ["Robert Hargreaves"]);
    assert_eq!(directory.names("q=hargraeves").await, ["Robert Hargreaves"], "a slip is forgiven");
    assert_eq!(directory.names("q=harg").await, ["Robert Hargreaves"], "the last word may be unfinished");
    assert_eq!(directory.names("q=bob+hargreaves").await, ["Robert Hargreaves"], "Bob is Robert");
    assert_eq!(directory.names("q=leeds").await, ["Maria Keller"]);
    assert_eq!(directory.names("q=strip+scar").await, ["Robert Hargreaves"], "by what people call it");
    assert_eq!(directory.names("q=aire+clinic").await, ["Maria Keller"]);
    assert_eq!(directory.names("").await.len(), 3, "without words, everybody is found");
}

#[tokio::test]
async fn a_hit_says_why_and_how_far() {
    let directory = Directory::new().await;
    let number = directory.add(&at("Robert Hargreaves", &manchester())).await;
    let found = directory.find("q=hargreaves&near=Manchester&include=highlights,ranking,certificates").await;
    let item = &found["items"][0];
    assert_eq!(item["number"], number.as_str());
    assert_eq!(item["url"], format!("{}/v1/practitioners/{number}", directory.config.public_url));
    assert!(item["updated_at"].is_string());
    assert_eq!(item["verified"]["value"], false);
    assert_eq!(item["verified"]["missing"], json!(["certificate"]));
    assert_eq!(item["certificates"], json!([]));
    assert!(item["distance_km"].as_f64().expect("a distance") < 2.0);
    assert_eq!(item["clinic_id"], item["clinics"][0]["id"]);
    assert_eq!(item["match_reasons"][0]["field"], "name");
    assert_eq!(item["match_reasons"][0]["kind"], "exact");
    let parts = &item["highlights"][0]["parts"];
    assert!(parts.as_array().expect("parts").iter().any(|part| part["match"] == true), "{parts}");
    assert!(item["ranking"]["standing"].is_number());
    assert_eq!(found["total"], json!({"value": 1, "relation": "eq"}));
    assert_eq!(found["next_cursor"], Value::Null);
    let place = &found["place"];
    assert_eq!(place["resolved"]["name"], "Manchester");
    assert_eq!(place["radius_km"], 25.0);
    assert!(place["alternatives"].as_array().is_some_and(|others| !others.is_empty()));
    assert!(found["licence"].is_string() && found["attribution"].is_string());
}

#[tokio::test]
async fn places_are_near_or_far() {
    let directory = Directory::new().await;
    directory.add(&at("In Manchester", &manchester())).await;
    directory.add(&at("In Leeds", &leeds())).await;
    directory.add(&at("In Atlanta", &atlanta())).await;
    let beyond_leeds = clinic("East of Leeds", "Leeds", "GB", 53.8, -1.5);
    directory.add(&json!({"name": "In both", "clinics": [beyond_leeds, atlanta()]})).await;
    directory.add(&json!({"name": "Nowhere"})).await;

    assert_eq!(directory.names("near=Manchester").await, ["In Manchester"]);
    assert_eq!(
        directory.names("near=Manchester&radius_km=100").await,
        ["In Manchester", "In Leeds", "In both"],
        "the nearest first"
    );
    assert_eq!(directory.names("near=M1+1AE").await, ["In Manchester"], "a British postcode");
    assert_eq!(directory.names("near=30303&sort=name").await, ["In Atlanta", "In both"], "a ZIP code");
    assert_eq!(directory.names("lat=53.8&lon=-1.55&radius_km=5&sort=name").await, ["In both", "In Leeds"]);
    assert_eq!(directory.names("bbox=-3,53,-2,54").await, ["In Manchester"]);
    assert_eq!(directory.names("country=US&sort=name").await, ["In Atlanta", "In both"]);
    let both = directory.find("q=both&near=Atlanta").await;
    assert_eq!(both["items"][0]["clinic_id"], both["items"][0]["clinics"][1]["id"], "the nearest clinic");
    assert_eq!(directory.find("").await["total"]["value"], 5, "a listing with two clinics is one");
}

#[tokio::test]
async fn a_box_may_cross_the_antimeridian() {
    let directory = Directory::new().await;
    directory.add(&at("West of it", &clinic("Suva Scalp", "Suva", "FJ", -18.14, 178.44))).await;
    directory.add(&at("East of it", &clinic("Apia Scalp", "Apia", "WS", -13.83, -171.77))).await;
    directory.add(&at("Far", &leeds())).await;
    assert_eq!(directory.names("bbox=170,-30,-170,0&sort=name").await, ["East of it", "West of it"]);
}

#[tokio::test]
async fn filters_mean_any_within_and_all_across() {
    let directory = Directory::new().await;
    for (name, conditions, price) in [
        ("Fut", json!(["scar-fut"]), 200_000),
        ("Fue", json!(["scar-fue"]), 300_000),
        ("Fut and pattern", json!(["scar-fut", "male-pattern"]), 400_000),
        ("Frontal", json!(["frontal-fibrosing-alopecia"]), 500_000),
    ] {
        let price = json!({"amount_from": price, "currency": "GBP", "unit": "whole-treatment"});
        let body = json!({
            "name": name,
            "conditions": conditions,
            "languages": if name == "Fue" { json!(["en", "pl"]) } else { json!(["en"]) },
            "services": [{"service": "full-head", "price": price}, {"service": "consultation-in-person",
                "price": {"amount_from": 0, "currency": "GBP", "unit": "session"}}],
            "practising_since": if name == "Fut" { "2010" } else { "2025" },
        });
        directory.add(&body).await;
    }
    let names = async |query: &str| directory.names(&format!("{query}&sort=name")).await;
    assert_eq!(names("conditions=scar-fut,scar-fue").await, ["Fue", "Fut", "Fut and pattern"]);
    assert_eq!(names("conditions=scar-fut,scar-fue&conditions=male-pattern").await, ["Fut and pattern"]);
    assert_eq!(names("conditions=scarring-alopecia").await, ["Frontal"], "the wider finds the narrower");
    assert_eq!(names("languages=pl").await, ["Fue"]);
    assert_eq!(
        names("price_max=300000&currency=GBP").await,
        ["Fue", "Fut"],
        "a free consultation is no price"
    );
    assert_eq!(names("price_max=300000&currency=GBP&services=full-head").await, ["Fue", "Fut"]);
    assert_eq!(names("price_max=300000&currency=USD").await, Vec::<String>::new());
    assert_eq!(names("min_years=10").await, ["Fut"]);
    assert_eq!(names("verified=true").await, Vec::<String>::new());
    assert_eq!(directory.names("sort=experience&limit=1").await, ["Fut"]);
}

#[tokio::test]
async fn facets_count_listings_and_leave_their_own_filter_out() {
    let directory = Directory::new().await;
    for (name, languages, country) in
        [("A", json!(["en"]), "GB"), ("B", json!(["en", "pl"]), "GB"), ("C", json!(["pl"]), "US")]
    {
        directory.add(&json!({"name": name, "languages": languages, "country": country})).await;
    }
    directory.add(&json!({"name": "D", "languages": ["en"], "clinics": [leeds(), manchester()]})).await;
    let found = directory.find("languages=pl&facets=languages,country,verified").await;
    assert_eq!(found["total"]["value"], 2);
    assert_eq!(
        found["facets"]["languages"],
        json!([{"value": "en", "label": "English", "count": 3}, {"value": "pl", "label": "Polish", "count": 2}]),
        "the other languages can still be chosen"
    );
    assert_eq!(found["facets"]["country"].as_array().map(Vec::len), Some(2));
    assert_eq!(found["facets"]["verified"], json!([{"value": "false", "count": 2}]));
}

#[tokio::test]
async fn cursors_reach_the_end_while_listings_come_and_go() {
    // Meilisearch pages by offset: what comes in before a page moves it.
    let directory = Directory::embedded().await;
    let mut there = BTreeSet::new();
    for at in 0..25 {
        there.insert(directory.add(&json!({"name": format!("Person {at:02}")})).await);
    }
    directory.settle().await;
    let mut seen = Vec::new();
    let mut path = "/v1/practitioners?q=person&sort=name&limit=4".to_owned();
    for round in 0.. {
        let page = directory.anyone().get(&path).await.expect(200);
        let body = page.json();
        for item in body["items"].as_array().expect("items") {
            seen.push(item["number"].as_str().expect("a number").to_owned());
        }
        let Some(cursor) = body["next_cursor"].as_str() else { break };
        assert!(page.header("link").is_some_and(|link| link.contains("rel=\"next\"")));
        path = format!("/v1/practitioners?q=person&sort=name&limit=4&cursor={cursor}");
        assert!(round < 20, "the list ends");
        // One before what was shown, one after.
        directory.add(&json!({"name": format!("Person 00 again {round}")})).await;
        directory.settle().await;
    }
    let unique: BTreeSet<String> = seen.iter().cloned().collect();
    assert_eq!(unique.len(), seen.len(), "nobody comes twice");
    assert!(there.is_subset(&unique), "nobody is passed over");
}

#[tokio::test]
async fn a_cursor_belongs_to_its_search() {
    let directory = Directory::new().await;
    for at in 0..3 {
        directory.add(&json!({"name": format!("Person {at}")})).await;
    }
    let cursor = directory.find("q=person&limit=1").await["next_cursor"].as_str().expect("more").to_owned();
    let anyone = directory.anyone();
    anyone.get(&format!("/v1/practitioners?q=person&limit=2&cursor={cursor}")).await.expect(200);
    anyone.get(&format!("/v1/practitioners?q=else&limit=1&cursor={cursor}")).await.problem("bad-cursor");
    anyone.get("/v1/practitioners?cursor=bm90aGluZw").await.problem("bad-cursor");
    anyone.get(&format!("/v1/cases?cursor={cursor}")).await.problem("bad-cursor");
    for at in 0..cursor.len() {
        // Every character matters, the last bits of the last one included.
        let other = if cursor.as_bytes()[at] == b'A' { "B" } else { "A" };
        let tampered = format!("{}{other}{}", &cursor[..at], &cursor[at + 1..]);
        anyone
            .get(&format!("/v1/practitioners?q=person&limit=1&cursor={tampered}"))
            .await
            .problem("bad-cursor");
    }
}

#[tokio::test]
async fn what_cannot_be_understood_is_refused_by_name() {
    let directory = Directory::new().await;
    directory.settle().await;
    let refused = async |query: &str, code: &str| {
        directory.anyone().get(&format!("/v1/practitioners?{query}")).await.problem(code)
    };
    let typo = refused("condition=scar-fut", "unknown-parameter").await;
    assert!(typo["detail"].as_str().is_some_and(|detail| detail.contains("conditions")), "{typo}");
    let code = refused("conditions=scar-futt", "invalid-parameter").await;
    assert!(code["detail"].as_str().is_some_and(|detail| detail.contains("scar-fut")), "{code}");
    let place = refused("near=Manchestre", "invalid-parameter").await;
    assert_eq!(place["errors"][0]["code"], "unknown-place");
    assert!(
        place["suggestions"][0]["label"].as_str().is_some_and(|it| it.starts_with("Manchester")),
        "{place}"
    );
    for (query, pointer) in [
        ("sort=distance", "query:sort"),
        ("limit=101", "query:limit"),
        ("limit=0", "query:limit"),
        ("lat=53", "query:lon"),
        ("lat=91&lon=0", "query:lat"),
        ("radius_km=5", "query:radius_km"),
        ("price_max=100", "query:currency"),
        ("currency=GBP", "query:price_max"),
        ("bbox=1,2,3", "query:bbox"),
        ("numbers=SMP-AAAA-AAAA-A", "query:numbers"),
        ("facets=condition", "query:facets"),
        ("include=everything", "query:include"),
        ("sort=nearest", "query:sort"),
        ("verified=perhaps", "query:verified"),
        ("updated_since=yesterday", "query:updated_since"),
        ("conditions=trichotillomania", "query:conditions"),
        ("q=the+of+and", "query:q"),
        ("q=%3F%21%3F", "query:q"),
        ("q=near", "query:q"),
        ("q=hair%00line", "query:q"),
        ("q=hair%0Aline", "query:q"),
        ("near=Leeds&radius_km=0", "query:radius_km"),
        ("near=Leeds&radius_km=-5", "query:radius_km"),
        ("near=Leeds&radius_km=30000", "query:radius_km"),
        ("near=Leeds&radius_km=NaN", "query:radius_km"),
        ("limit=4294967297", "query:limit"),
        ("min_years=101", "query:min_years"),
    ] {
        let problem = refused(query, "invalid-parameter").await;
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{query}: {problem}");
    }
    let long = refused(&format!("q={}", "x".repeat(10_000)), "invalid-parameter").await;
    assert_eq!(long["errors"][0]["pointer"], "query:q", "{long}");
    let several = refused("conditions=nonsense&languages=xx&sort=distance", "invalid-parameter").await;
    assert_eq!(several["errors"].as_array().map(Vec::len), Some(3), "all at once: {several}");
}

#[tokio::test]
async fn chosen_listings_and_recent_ones() {
    let directory = Directory::new().await;
    let first = directory.add(&json!({"name": "First"})).await;
    let second = directory.add(&json!({"name": "Second"})).await;
    directory.clock.advance(std::time::Duration::from_hours(1));
    let since = directory.clock.now();
    let third = directory.add(&json!({"name": "Third"})).await;
    let chosen = directory.names(&format!("numbers={first},{}&sort=name", third.to_lowercase())).await;
    assert_eq!(chosen, ["First", "Third"]);
    assert_eq!(directory.names(&format!("updated_since={since}")).await, ["Third"]);
    directory.change(&second, &json!({"own_words": {"headline": "New"}})).await;
    assert_eq!(directory.names(&format!("updated_since={since}&sort=name")).await, ["Second", "Third"]);
}
