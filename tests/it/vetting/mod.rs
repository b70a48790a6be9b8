//! The vetting report: each check by what it rests on, each warning by what sets it off and what does not.

pub(crate) mod weighing;

use std::time::Duration;

use serde_json::{Value, json};
use stipple::vetting::{UsualPrice, claims_in};

use crate::support::academy::Academy;
use crate::support::{Client, TestApp};

async fn listing(by: &Client, body: &Value) -> String {
    let made = by.post("/v1/practitioners", body).await.expect(201).json();
    made["number"].as_str().expect("a new listing has a number").to_owned()
}

async fn vetting(app: &TestApp, number: &str) -> Value {
    app.anyone().get(&format!("/v1/practitioners/{number}/vetting")).await.expect(200).json()
}

fn outcome(report: &Value, check: &str) -> String {
    let checks = report["checks"].as_array().expect("a report has checks");
    let found = checks.iter().find(|one| one["check"] == check);
    found.unwrap_or_else(|| panic!("{check} is not in {report:#}"))["outcome"].as_str().unwrap().to_owned()
}

fn warned(report: &Value) -> Vec<&str> {
    let warnings = report["warnings"].as_array().expect("a report has warnings");
    warnings.iter().map(|warning| warning["warning"].as_str().unwrap()).collect()
}

fn asked(report: &Value, check: &str) -> usize {
    report["ask"].as_array().unwrap().iter().filter(|question| question["check"] == check).count()
}

#[tokio::test]
async fn who_says_nothing_has_nothing_and_what_is_not_checked_is_said_to_be() {
    let app = TestApp::new().await;
    let number = listing(&app.as_operator().await, &json!({"name": "Jane Doe"})).await;
    let report = vetting(&app, &number).await;
    for (check, expected) in [
        ("training", "missing"),
        ("experience", "missing"),
        ("reputation", "missing"),
        ("communication", "missing"),
        ("licence", "not_checked_here"),
        ("insurance", "not_checked_here"),
    ] {
        assert_eq!(outcome(&report, check), expected, "{check}");
        assert!(asked(&report, check) > 0, "{check} leaves something to ask");
    }
    assert_eq!(warned(&report), [""; 0]);
    assert_eq!(report["newly_trained"]["value"], false);
}

#[tokio::test]
async fn training_is_verified_by_who_signed_for_it() {
    let app = TestApp::new().await;
    let operator = app.as_operator().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let body = json!({"name": "Marian Wright", "stated_training": [{"academy": "Somewhere", "year": 2019}]});
    let number = listing(&operator, &body).await;
    let report = vetting(&app, &number).await;
    assert_eq!(outcome(&report, "training"), "claimed");
    assert_eq!(asked(&report, "training"), 2, "also whether that academy can sign");

    academy.submit(&academy.sign(&academy.award(&app, "Marian Wright", Some(&number)))).await.expect(201);
    let report = vetting(&app, &number).await;
    assert_eq!(outcome(&report, "training"), "verified");
    assert_eq!(asked(&report, "training"), 0);
    let training = &report["checks"][0];
    assert!(training["evidence"][0]["url"].as_str().unwrap().contains("/v1/certificates/CRT-"), "{training}");
    assert_eq!(training["last_checked"], json!(app.clock.now()));
    let new = &report["newly_trained"];
    assert_eq!(
        (&new["value"], &new["supervised_live_hours"], &new["live_models"]),
        (&json!(true), &json!(24), &json!(4))
    );

    app.clock.advance(Duration::from_hours(24 * 364));
    assert_eq!(vetting(&app, &number).await["newly_trained"]["value"], true);
    app.clock.advance(Duration::from_hours(48));
    let because = &vetting(&app, &number).await["newly_trained"]["because"];
    assert_eq!(*because, json!(["few-settled-cases"]), "a year is over");
}

#[tokio::test]
async fn training_nobody_watched_and_an_academy_that_lost_its_recognition_are_warned_of() {
    let app = TestApp::new().await;
    let operator = app.as_operator().await;
    let mut academy = Academy::recognised(&app, "online-school").await;
    let mut course = crate::support::academy::counting_course();
    course["hours"] = json!({"online-theory": 40});
    course["live_models"] = json!(0);
    course["topics"] = json!(["skin-anatomy"]);
    academy.course = academy.add_course(&course).await;
    let number = listing(&operator, &json!({"name": "Marian Wright"})).await;
    academy.submit(&academy.sign(&academy.award(&app, "Marian Wright", Some(&number)))).await.expect(201);
    let report = vetting(&app, &number).await;
    assert_eq!(outcome(&report, "training"), "claimed");
    assert_eq!(warned(&report), ["online-only-training"]);

    let recognitions = app.anyone().get("/v1/academies/online-school/recognitions").await.expect(200).json();
    let id = recognitions["items"][0]["id"].as_str().unwrap();
    let end = format!("/v1/academies/online-school/recognitions/{id}/end");
    operator.post(&end, &json!({"reason": "It has closed."})).await.expect(200);
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(
        warned(&vetting(&app, &number).await),
        ["online-only-training", "academy-no-longer-recognised"]
    );
}

/// A listing at a clinic of its own that asks so many pounds for a full head.
fn priced(name: &str, pounds: i64, unit: &str) -> Value {
    json!({
        "name": name,
        "clinics": [{"name": format!("Clinic of {name}"), "address": {"city": "Leeds", "country": "GB"}}],
        "services": [{"service": "full-head", "price": {"amount_from": pounds * 100, "currency": "GBP", "unit": unit}}],
    })
}

#[tokio::test]
async fn a_price_is_far_below_the_usual_only_where_there_is_a_usual_one() {
    let app = TestApp::new().await;
    let operator = app.as_operator().await;
    let cheap = listing(&operator, &priced("Cheap", 700, "whole-treatment")).await;
    for at in 0..6 {
        listing(&operator, &priced(&format!("Usual {at}"), 2000 + at * 100, "whole-treatment")).await;
    }
    listing(&operator, &priced("By the hour", 90, "hour")).await;
    assert_eq!(warned(&vetting(&app, &cheap).await), [""; 0], "seven clinics are too few");

    listing(&operator, &priced("One more", 2600, "whole-treatment")).await;
    app.clock.advance(Duration::from_mins(10));
    let report = vetting(&app, &cheap).await;
    assert_eq!(warned(&report), ["price-far-below-usual"]);
    let price = &report["warnings"][0]["price"];
    assert_eq!(
        (&price["clinics"], &price["amount"], &price["median"]),
        (&json!(8), &json!(70_000), &json!(220_000))
    );

    let fair = listing(&operator, &priced("Fair", 900, "whole-treatment")).await;
    assert_eq!(warned(&vetting(&app, &fair).await), [""; 0], "900 is not far below 2,200");
}

#[test]
fn the_usual_price_is_the_middle_of_enough_clinics() {
    assert_eq!(UsualPrice::of(&[1, 2, 3, 4, 5, 6, 7]), None);
    let usual = UsualPrice::of(&[100, 200, 300, 400, 500, 600, 700, 800]).unwrap();
    assert_eq!((usual.clinics, usual.lower, usual.median, usual.upper), (8, 200, 400, 600));
    assert!(usual.is_far_above(159) && !usual.is_far_above(160));
}

#[test]
fn claims_are_found_as_they_were_written_and_denials_are_not() {
    let codes = |text: &str| claims_in(text).iter().map(|claim| claim.code).collect::<Vec<_>>();
    assert_eq!(codes("A totally PAIN-FREE treatment!"), ["painless"]);
    assert_eq!(claims_in("We are simply the best in the world, ask anyone.")[0].words, "best in the world");
    assert_eq!(
        codes("Guaranteed results, no side effects, never fades."),
        ["no-side-effects", "guaranteed", "never-fades"]
    );
    for honest in [
        "It is not painless, whatever others say.",
        "Nobody can promise guaranteed results.",
        "There is a risk of infection; pigment fades over the years.",
        "Best of luck in the world of hair!",
        "",
    ] {
        assert_eq!(codes(honest), [""; 0], "{honest}");
    }
}

#[tokio::test]
async fn a_claim_is_quoted_as_their_own_words() {
    let app = TestApp::new().await;
    let body =
        json!({"name": "Jane Doe", "own_words": {"bio": "My method is 100% safe <b>and</b> painless."}});
    let number = listing(&app.as_operator().await, &body).await;
    let report = vetting(&app, &number).await;
    assert_eq!(warned(&report), ["unsupported-claim", "unsupported-claim"]);
    assert_eq!(
        report["warnings"][0]["claim"],
        json!({"code": "painless", "words": "painless", "list_version": 1})
    );
    assert_eq!(report["warnings"][1]["claim"]["words"], "100% safe");
}

#[tokio::test]
async fn reports_stand_side_by_side_in_the_order_asked_for() {
    let app = TestApp::new().await;
    let operator = app.as_operator().await;
    let (a, b) =
        (listing(&operator, &json!({"name": "A"})).await, listing(&operator, &json!({"name": "B"})).await);
    let both = app.anyone().get(&format!("/v1/compare?numbers={b},{a}")).await.expect(200).json();
    let names: Vec<&str> =
        both["items"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["B", "A"]);
    for wrong in [a.clone(), format!("{a},{a}"), String::new(), format!("{a},SMP-0000-0000-0")] {
        let refused = app.anyone().get(&format!("/v1/compare?numbers={wrong}")).await.expect(400);
        assert_eq!(refused.faults("invalid-parameter")[0].0, "query:numbers", "{wrong}");
    }
    operator.delete(&format!("/v1/practitioners/{a}?reason=retired")).if_match("*").await.expect(204);
    app.anyone().get(&format!("/v1/compare?numbers={b},{a}")).await.expect(410).problem("listing-removed");
    app.anyone().get(&format!("/v1/practitioners/{a}/vetting")).await.expect(410).problem("listing-removed");
}
