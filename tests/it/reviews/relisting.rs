//! Listing anew sheds nothing; and what was somebody else's is not hung on anybody.

use std::time::Duration;

use serde_json::{Value, json};

use super::{World, review};
use crate::support::academy::Academy;
use crate::support::{Client, TestApp};

const CONTACT: [(&str, &str); 3] = [
    ("phone", "+441134960001"),
    ("website", "https://www.wright-smp.example/about"),
    ("email", "Marian@Wright-SMP.example"),
];

async fn listed(app: &TestApp, keeper: &Client, name: &str, contact: Value) -> String {
    app.clock.advance(Duration::from_secs(60));
    let body = json!({"name": name, "contact": contact});
    let made = keeper.post("/v1/practitioners", &body).await.expect(201).json();
    made["number"].as_str().unwrap().to_owned()
}

async fn removed(keeper: &Client, number: &str, reason: &str) {
    let path = format!("/v1/practitioners/{number}?reason={reason}");
    keeper.delete(&path).if_match("*").await.expect(204);
}

async fn earlier(app: &TestApp, number: &str) -> Vec<Value> {
    let path = format!("/v1/practitioners/{number}/earlier-listings");
    app.anyone().get(&path).await.expect(200).json()["items"].as_array().unwrap().clone()
}

async fn numbers(app: &TestApp, number: &str) -> Vec<String> {
    earlier(app, number).await.iter().map(|one| one["number"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn whoever_lists_anew_keeps_their_reviews() {
    for (field, value) in CONTACT {
        let world = World::new().await;
        let app = &world.app;
        let contact = json!({"contact": {field: value}});
        world.keeper.patch(&world.path(""), &contact).if_match("*").await.expect(200);
        world.reviewed("ann@example.com", review(1)).await;
        removed(&world.keeper, &world.listing, "withdrawn").await;
        let rival = app.as_new_practitioner().await;
        // Somebody would write it otherwise the second time.
        let again = json!({field: value.to_lowercase().replace("www.", "").replace("about", "About/")});
        let again =
            if field == "website" { json!({field: "http://wright-smp.example/about/"}) } else { again };
        let new = listed(app, &rival, "M. Wright", again).await;

        let found = earlier(app, &new).await;
        assert_eq!(found.len(), 1, "{field}: {found:#?}");
        assert_eq!(found[0]["number"], world.listing);
        assert_eq!(found[0]["shared"], json!([field]));
        assert_eq!(found[0]["reason"], "withdrawn");
        let shown = app.anyone().get(&format!("/v1/practitioners/{new}")).await.expect(200).json();
        assert_eq!(shown["earlier_listings"][0], found[0]);
        let said = world.reviews("").await;
        assert_eq!((&said["total"]["value"], &said["items"][0]["stars"]), (&json!(1), &json!(1)), "{said:#}");
        let report = app.anyone().get(&format!("/v1/practitioners/{new}/vetting")).await.expect(200).json();
        let fact = report["facts"].as_array().unwrap().iter().find(|one| one["fact"] == "earlier-listing");
        let detail = fact.unwrap()["detail"].as_str().unwrap();
        assert!(detail.contains(&world.listing) && detail.contains("1 review"), "{detail}");
        let asked = report["ask"].to_string();
        assert!(asked.contains(&format!("{}. Why is it no longer there?", world.listing)), "{asked}");
    }
}

#[tokio::test]
async fn the_same_training_leads_back_and_so_does_a_listing_made_beforehand() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "northern").await;
    let operator = app.as_operator().await;
    let old = listed(&app, &operator, "Marian Wright", json!({})).await;
    let sign = |listing: &str| academy.sign(&academy.award(&app, "Marian Wright", Some(listing)));
    academy.submit(&sign(&old)).await.expect(201);
    let new = listed(&app, &operator, "Marian W.", json!({})).await;
    let other = listed(&app, &operator, "Marian W.", json!({})).await;
    academy.submit(&sign(&new)).await.expect(201);
    assert!(earlier(&app, &new).await.is_empty(), "both are listed; nothing was shed");
    removed(&operator, &old, "retired").await;
    assert_eq!(numbers(&app, &new).await, [old.as_str()]);
    assert_eq!(earlier(&app, &new).await[0]["shared"], json!(["certificate"]));
    assert!(earlier(&app, &other).await.is_empty(), "a name alone is nobody's");
    // A third one is led through the second to the first.
    app.clock.advance(Duration::from_secs(60));
    removed(&operator, &new, "withdrawn").await;
    let third = listed(&app, &operator, "Wright", json!({})).await;
    academy.submit(&sign(&third)).await.expect(201);
    assert_eq!(numbers(&app, &third).await, [new, old]);
}

#[tokio::test]
async fn what_was_not_theirs_is_not_hung_on_anybody() {
    let app = TestApp::new().await;
    let operator = app.as_operator().await;
    let phone = json!({"phone": "+441134960002"});
    // Somebody pretended to be them, before they came.
    let false_one = listed(&app, &operator, "Marian Wright", phone.clone()).await;
    removed(&operator, &false_one, "not-genuine").await;
    let genuine = listed(&app, &operator, "Marian Wright", phone.clone()).await;
    assert!(earlier(&app, &genuine).await.is_empty());
    let reviews = format!("/v1/practitioners/{false_one}/reviews");
    app.anyone().get(&reviews).await.expect(410);
    // A rival takes their number, gathers one star after the other, and leaves.
    let rival = listed(&app, &operator, "A Rival", phone.clone()).await;
    removed(&operator, &rival, "withdrawn").await;
    assert!(earlier(&app, &genuine).await.is_empty(), "they had it first");
    // A house shares one number: who comes later is not who left.
    let left = listed(&app, &operator, "A Colleague", phone.clone()).await;
    removed(&operator, &left, "retired").await;
    let joined = listed(&app, &operator, "Another Colleague", phone).await;
    assert!(earlier(&app, &joined).await.is_empty());
}

#[tokio::test]
async fn a_keeper_objects_and_an_operator_who_is_tied_to_neither_decides() {
    let world = World::new().await;
    let app = &world.app;
    let contact = json!({"contact": {"phone": "+441134960003"}});
    world.keeper.patch(&world.path(""), &contact).if_match("*").await.expect(200);
    removed(&world.keeper, &world.listing, "retired").await;
    let rival = app.as_new_practitioner().await;
    let new = listed(app, &rival, "Somebody Else", contact["contact"].clone()).await;
    let path = format!("/v1/practitioners/{new}/earlier-listings/{}", world.listing);
    let said = json!({"text": "I bought the number with the salon; that was the owner before me."});
    let objection = rival.post(&format!("{path}/objection"), &said).await.expect(200).json();
    assert_eq!(objection["earlier"]["disputed"], true);
    rival.post(&format!("{path}/objection"), &said).await.problem("objected-already");
    let operator = app.as_operator().await;
    let open = operator.get("/v1/earlier-listing-objections").await.expect(200).json();
    assert_eq!(open["items"].as_array().unwrap().len(), 1, "{open:#}");
    assert_eq!(open["items"][0]["text"], said["text"]);
    let tied = app.as_operator_called("a cousin").await;
    let tie = json!({"why": "They cut my hair."});
    tied.put(&format!("/v1/practitioners/{new}/tie"), &tie).await.expect(204);
    let findings = json!({"outcome": "dropped", "findings": "The contract of sale was shown to us."});
    tied.post(&format!("{path}/decision"), &findings).await.problem("tied-to-listing");
    let decided = operator.post(&format!("{path}/decision"), &findings).await.expect(200).json();
    assert_eq!(decided["outcome"], "dropped");
    assert!(earlier(app, &new).await.is_empty());
    operator.post(&format!("{path}/decision"), &findings).await.problem("decided-already");
    rival.post(&format!("{path}/objection"), &said).await.problem("decided-already");
    let open = operator.get("/v1/earlier-listing-objections").await.expect(200).json();
    assert_eq!(open["total"]["value"], 0);
    // It does not come back with the next change of the listing.
    let body = json!({"country": "GB"});
    rival.patch(&format!("/v1/practitioners/{new}"), &body).if_match("*").await.expect(200);
    assert!(earlier(app, &new).await.is_empty());
}
