//! Experience, reputation and communication, as cases and reviews stand behind them.

use std::time::Duration;

use serde_json::{Value, json};
use stipple::vetting::{NewBecause, new_until, newly_trained_because};
use time::macros::date;

use super::{asked, outcome, vetting};
use crate::cases::{Keeper, behind, story};
use crate::support::academy::Academy;
use crate::support::{Client, TestApp};

const DAY: Duration = Duration::from_hours(24);

/// The client of a case confirms it; the path of the consent is answered.
pub(crate) async fn confirm(app: &TestApp, keeper: &Keeper, case: &str) -> String {
    let made = keeper.client.post(&format!("/v1/cases/{case}/consent-links"), &json!({})).await.expect(201);
    let link = behind(&made.json()["url"]);
    let body = json!({"scopes": ["directory", "api"], "adult": true});
    app.anyone().post(&link, &body).await.expect(200);
    link
}

fn review(stars: i64, communication: i64) -> Value {
    json!({
        "stars": stars, "would_recommend": stars > 3, "relationship": "client", "incentive": "none",
        "dimensions": {"communication": communication},
        "text": format!("They explained each step before it came, and it healed the way it was drawn: {stars}."),
    })
}

/// A review by the client with that address, invited by the practitioner's letter.
pub(crate) async fn invited(
    app: &TestApp,
    keeper: &Client,
    number: &str,
    email: &str,
    review: &Value,
) -> Value {
    let body = json!({"service": "full-head", "sessions": [app.clock.today().to_string()], "email": email});
    keeper.post(&format!("/v1/practitioners/{number}/treatments"), &body).await.expect(201);
    write(app, email, review).await
}

/// Writes the review that the last letter to an address asks for.
async fn write(app: &TestApp, email: &str, review: &Value) -> Value {
    let to = format!("To: {email}\r\n");
    let letters = app.letters().await;
    let letter =
        letters.iter().rev().find(|one| one.contains(&to) && one.contains("stp_rv_")).expect("a letter");
    let at = letter.find("stp_rv_").expect("a token");
    let token: String = letter[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    app.anyone().post(&format!("/v1/review-invitations/{token}"), review).await.expect(201).json()
}

fn summary<'a>(report: &'a Value, check: &str) -> &'a str {
    let checks = report["checks"].as_array().unwrap();
    checks.iter().find(|one| one["check"] == check).unwrap()["summary"].as_str().unwrap()
}

#[tokio::test]
async fn settled_work_that_clients_confirmed_is_experience_until_they_withdraw() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    assert_eq!(outcome(&vetting(&app, &keeper.number).await, "experience"), "missing");

    let case = keeper.shown(&story(), 1).await;
    let report = vetting(&app, &keeper.number).await;
    assert_eq!(outcome(&report, "experience"), "claimed", "only the practitioner says so");
    assert_eq!(report["cases"]["settled"], 1);
    assert_eq!(report["cases"]["settled_client_confirmed"], 0);

    let consent = confirm(&app, &keeper, &case).await;
    let report = vetting(&app, &keeper.number).await;
    assert_eq!(outcome(&report, "experience"), "verified");
    let said = summary(&report, "experience");
    assert!(said.starts_with("1 case with settled work, confirmed by the client."), "{said}");
    assert_eq!(report["cases"]["skin_tones"], json!([{"skin_tone": "mst-8", "cases": 1}]));
    let listing = app.anyone().get(&format!("/v1/practitioners/{}", keeper.number)).await.expect(200).json();
    assert_eq!(listing["cases"], report["cases"]);

    app.anyone().post(&format!("{consent}/withdrawal"), &json!({})).await;
    app.run_jobs().await;
    let report = vetting(&app, &keeper.number).await;
    assert_eq!(outcome(&report, "experience"), "missing", "nothing of the client stays");
    assert_eq!(report["cases"]["published"], 0);
    let listing = app.anyone().get(&format!("/v1/practitioners/{}", keeper.number)).await.expect(200).json();
    assert_eq!(listing["cases"]["published"], 0, "the rendered listing went with it");
}

#[tokio::test]
async fn no_settled_work_is_a_fact_for_ninety_days_and_a_gap_afterwards() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let without = vetting(&app, &keeper.number).await;
    assert_eq!(without["facts"], json!([]), "nobody has been treated: it is a gap at once");
    let today = app.clock.today().to_string();
    let body = json!({"service": "full-head", "sessions": [today], "printed_card": true});
    keeper.client.post(&format!("/v1/practitioners/{}/treatments", keeper.number), &body).await.expect(201);

    app.clock.advance(DAY * 89);
    let report = vetting(&app, &keeper.number).await;
    assert_eq!(report["facts"][0]["fact"], "no-settled-work-yet");
    assert_eq!(report["warnings"], json!([]), "a fact is no warning");
    assert!(!summary(&report, "experience").contains("No settled work is shown"));

    app.clock.advance(DAY);
    let report = vetting(&app, &keeper.number).await;
    assert_eq!(report["facts"], json!([]));
    assert!(summary(&report, "experience").contains("No settled work is shown"));
    assert_eq!(asked(&report, "experience"), 1);
}

#[test]
fn new_is_who_was_trained_within_a_year_or_shows_fewer_than_ten_settled_cases() {
    let first = date!(2025 - 06 - 15);
    let because = |settled, today| newly_trained_because(Some(first), settled, today);
    let (year, few) = (NewBecause::TrainedWithinAYear, NewBecause::FewSettledCases);
    assert_eq!(because(9, date!(2026 - 06 - 14)), [year, few]);
    assert_eq!(because(10, date!(2026 - 06 - 14)), [year]);
    assert_eq!(because(9, date!(2026 - 06 - 15)), [few]);
    assert_eq!(because(10, date!(2026 - 06 - 15)), []);
    assert_eq!(newly_trained_because(None, 0, first), [], "who was never trained is not newly trained");
    assert_eq!(new_until(date!(2024 - 02 - 29)), date!(2025 - 03 - 01));
}

#[tokio::test]
async fn reviews_are_weighed_by_what_was_checked_and_removed_ones_leave() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let number = &keeper.number;
    let report = vetting(&app, number).await;
    assert_eq!(outcome(&report, "reputation"), "missing");
    assert_eq!(report["reviews"]["rating"]["rating"], Value::Null);

    let start = json!({"email": "eve@example.com", "last_session": app.clock.today().to_string()});
    app.anyone().post(&format!("/v1/practitioners/{number}/reviews"), &start).await.expect(202);
    write(&app, "eve@example.com", &review(5, 5)).await;
    let report = vetting(&app, number).await;
    assert_eq!(outcome(&report, "reputation"), "claimed", "a mailbox is not a treatment");

    let mut ids = Vec::new();
    for (name, stars, clear) in [("ann", 1, 2), ("bea", 5, 5), ("cid", 4, 5)] {
        let email = format!("{name}@example.com");
        let answer = invited(&app, &keeper.client, number, &email, &review(stars, clear)).await;
        ids.push(answer["review"]["id"].as_str().unwrap().to_owned());
    }
    let report = vetting(&app, number).await;
    assert_eq!(outcome(&report, "reputation"), "verified");
    assert_eq!(outcome(&report, "communication"), "verified");
    let said = summary(&report, "communication");
    assert!(said.contains("3 clients whose treatment was checked gave 4.0 of 5"), "{said}");
    let reviews = app.anyone().get(&format!("/v1/practitioners/{number}/reviews")).await.expect(200).json();
    let listing = app.anyone().get(&format!("/v1/practitioners/{number}")).await.expect(200).json();
    for rating in [&report["reviews"]["rating"], &listing["rating"]] {
        assert_eq!(rating["rating"], reviews["summary"]["rating"], "one rating everywhere");
        assert_eq!(rating["raw_mean"], reviews["summary"]["raw_mean"]);
        assert_eq!(rating["reviews"], 4);
    }
    assert_eq!(report["reviews"]["histogram"], reviews["summary"]["histogram"]);
    assert_eq!(report["reviews"]["would_recommend"], reviews["summary"]["would_recommend"]);

    let facts =
        json!({"reason": "not-a-real-experience", "facts": "The mailbox belongs to a competitor next door."});
    let operator = app.as_operator().await;
    operator.post(&format!("/v1/reviews/{}/removal", ids[0]), &facts).await.expect(200);
    let report = vetting(&app, number).await;
    assert_eq!(report["reviews"]["histogram"]["1"], 0);
    assert_eq!(report["reviews"]["removed"][0]["count"], 1);
    assert_eq!(outcome(&report, "communication"), "missing", "two are too few");
    assert!(summary(&report, "reputation").contains("1 more was removed"), "{report:#}");
}

#[tokio::test]
async fn an_earlier_moment_is_told_by_what_is_known_now() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let number = &keeper.number;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let before = app.clock.now();
    app.clock.advance(DAY);
    academy.submit(&academy.sign(&academy.award(&app, "Jane Doe", Some(number)))).await.expect(201);
    invited(&app, &keeper.client, number, "ann@example.com", &review(5, 5)).await;
    let case = keeper.shown(&story(), 1).await;
    confirm(&app, &keeper, &case).await;
    app.clock.advance(DAY);

    let now = vetting(&app, number).await;
    assert_eq!(now["today"], Value::Null);
    for check in ["training", "experience", "reputation"] {
        assert_eq!(outcome(&now, check), "verified", "{check}");
    }
    let path = format!("/v1/practitioners/{number}/vetting?as_of={before}");
    let then = app.anyone().get(&path).await.expect(200).json();
    assert_eq!(then["as_of"], json!(before));
    for check in ["training", "experience", "reputation"] {
        assert_eq!(outcome(&then, check), "missing", "{check}");
    }
    assert_eq!(then["newly_trained"]["value"], false);
    let outcomes = |report: &Value| -> Vec<(Value, Value)> {
        let checks = report["checks"].as_array().unwrap();
        checks.iter().map(|one| (one["check"].clone(), one["outcome"].clone())).collect()
    };
    assert_eq!(outcomes(&then["today"]), outcomes(&now), "beside it, what is so today");
    assert_eq!(then["today"]["newly_trained"], true);
    assert!(then["today"]["undated"].as_array().is_some_and(|undated| !undated.is_empty()));

    let path = format!("/v1/practitioners/{number}/vetting?as_of=");
    let yesterday = app.clock.today().previous_day().unwrap();
    let then = app.anyone().get(&format!("{path}{yesterday}")).await.expect(200).json();
    assert_eq!(outcome(&then, "training"), "verified", "a day means its end");
    let today = app.anyone().get(&format!("{path}{}", app.clock.today())).await.expect(200).json();
    assert_eq!(today["as_of"], json!(app.clock.now()), "a day that is not over reaches to now");
    let tomorrow = app.clock.today().next_day().unwrap();
    for wrong in [tomorrow.to_string(), "2026-02-30".into(), "soon".into(), "2999-01-01T00:00:00Z".into()] {
        let problem = app.anyone().get(&format!("{path}{wrong}")).await.problem("invalid-parameter");
        assert_eq!(problem["errors"][0]["pointer"], "query:as_of", "{wrong}");
    }
}

#[tokio::test]
async fn two_are_laid_side_by_side_with_their_work_and_reviews() {
    let app = TestApp::new().await;
    let (one, other) = (Keeper::new(&app).await, Keeper::new(&app).await);
    invited(&app, &one.client, &one.number, "ann@example.com", &review(2, 2)).await;
    let path = format!("/v1/compare?numbers={},{}", other.number, one.number);
    let compared = app.anyone().get(&path).await.expect(200).json();
    let items = compared["items"].as_array().unwrap();
    assert_eq!(items[0]["reviews"]["rating"]["reviews"], 0);
    assert_eq!(items[1]["reviews"]["histogram"]["2"], 1);
    assert_eq!(items[1]["cases"]["published"], 0);
}
