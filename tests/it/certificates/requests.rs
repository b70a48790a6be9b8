//! "Ask my academy to sign": a stated training, a request, one confirmation, a certificate.

use serde_json::{Value, json};

use super::outcome;
use crate::support::academy::Academy;
use crate::support::{Client, TestApp};

/// Somebody who states training at an academy; the number, and who keeps the listing.
async fn practitioner(app: &TestApp) -> (String, Client) {
    let keeper = app.as_new_practitioner().await;
    let body = json!({"name": "Marian Wright", "stated_training": [
        {"academy": "Leeds SMP School", "course": "Foundation", "year": 2015},
        {"academy": "Leeds SMP School", "course": "Scars"},
    ]});
    let made = keeper.post("/v1/practitioners", &body).await.expect(201).json();
    (made["number"].as_str().expect("a number").to_owned(), keeper)
}

async fn ask(keeper: &Client, number: &str, training: u32) -> Value {
    let body = json!({"academy": "leeds-smp-school", "training": training, "old_number": "LSS/0471"});
    keeper.post(&format!("/v1/practitioners/{number}/signing-requests"), &body).await.expect(201).json()
}

async fn state(keeper: &Client, number: &str, id: &Value) -> String {
    let path = format!("/v1/practitioners/{number}/signing-requests");
    let list = keeper.get(&path).await.expect(200).json();
    let items = list["items"].as_array().unwrap();
    items.iter().find(|item| item["id"] == *id).expect("it is listed")["state"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_academy_that_signs_itself_answers_by_submitting() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let contact = json!({"contact_email": "office@leeds.example"});
    academy.keeper.patch("/v1/academies/leeds-smp-school", &contact).if_match("*").await.expect(200);
    let (number, keeper) = practitioner(&app).await;
    let (foundation, scars) = (ask(&keeper, &number, 0).await, ask(&keeper, &number, 1).await);
    let list = academy.keeper.get("/v1/academies/leeds-smp-school/signing-requests").await.expect(200).json();
    assert_eq!(list["total"]["value"], 2, "{list:#}");
    let items = list["items"].as_array().unwrap();
    let shown = items.iter().find(|item| item["course"] == "Foundation").expect("it is listed");
    assert_eq!(
        (shown["name"].as_str(), shown["course"].as_str(), shown["year"].as_i64()),
        (Some("Marian Wright"), Some("Foundation"), Some(2015))
    );
    app.run_jobs().await;
    let letters = app.letters().await;
    assert!(
        letters
            .iter()
            .any(|letter| letter.contains("Marian Wright asks") && letter.contains("Foundation, in 2015"))
    );

    // A certificate of another year answers the one that states none.
    let mut award = academy.award(&app, "Marian Wright", Some(&number));
    academy.submit(&academy.sign(&award)).await.expect(201);
    assert_eq!(state(&keeper, &number, &scars["id"]).await, "signed");
    assert_eq!(state(&keeper, &number, &foundation["id"]).await, "open");
    award.id = app.ids.random_uuid();
    award.awarded = stipple::platform::clock::Ts::parse("2015-06-12T00:00:00Z").unwrap();
    academy.submit(&academy.sign(&award)).await.expect(201);
    assert_eq!(state(&keeper, &number, &foundation["id"]).await, "signed");
}

#[tokio::test]
async fn one_confirmation_turns_it_into_a_certificate_where_the_directory_holds_the_key() {
    let app = TestApp::new().await;
    let keeper = app.as_new_academy().await;
    let body = json!({"slug": "leeds-smp-school", "name": "Leeds SMP School", "country": "GB"});
    keeper.post("/v1/academies", &body).await.expect(201);
    keeper.post("/v1/academies/leeds-smp-school/keys/held", &json!({})).await.expect(201);
    let recognition = json!({"from": "2020-01-01", "vouched_by": "The operators, after a visit"});
    let path = "/v1/academies/leeds-smp-school/recognitions";
    app.as_operator().await.post(path, &recognition).await.expect(201);
    let course = crate::support::academy::counting_course();
    let course = keeper.post("/v1/academies/leeds-smp-school/courses", &course).await.expect(201).json();
    let course = course["current"]["url"].as_str().unwrap();
    let (number, owner) = practitioner(&app).await;
    let request = ask(&owner, &number, 0).await;
    let path = format!("/v1/signing-requests/{}/sign", request["id"].as_str().unwrap());
    let confirmation = json!({"course": course, "awarded": "2015-06-12"});
    // Neither whoever asks nor an operator confirms.
    owner.post(&path, &confirmation).await.expect(403);
    app.as_operator().await.post(&path, &confirmation).await.expect(403);
    let late = json!({"course": course, "awarded": "2999-01-01"});
    keeper.post(&path, &late).await.expect(422);
    let made = keeper.post(&path, &confirmation).await.expect(200).json();
    assert_eq!(
        (made["holder_name"].as_str(), made["listing"].as_str()),
        (Some("Marian Wright"), Some(number.as_str()))
    );
    let certificate = made["number"].as_str().unwrap();
    let verdict =
        app.anyone().get(&format!("/v1/certificates/{certificate}/verdict")).await.expect(200).json();
    assert_eq!(
        (verdict["verdict"].as_str(), outcome(&verdict, "holder")),
        (Some("valid"), "pass"),
        "{verdict:#}"
    );
    let credential = app.anyone().get(&format!("/v1/certificates/{certificate}/credential")).await.json();
    assert_eq!(credential["credentialSubject"]["licenseNumber"], "LSS/0471");
    assert_eq!(state(&owner, &number, &request["id"]).await, "signed");
    keeper.post(&path, &confirmation).await.expect(409);
    let shown = owner.get(&format!("/v1/practitioners/{number}/signing-requests")).await.json();
    assert_eq!(shown["items"][0]["certificate"], certificate);
}

#[tokio::test]
async fn requests_are_declined_withdrawn_bounded_and_seen_by_the_two_sides_alone() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let other = Academy::recognised(&app, "york-smp-school").await;
    let (number, keeper) = practitioner(&app).await;
    let path = format!("/v1/practitioners/{number}/signing-requests");
    let body = json!({"academy": "leeds-smp-school", "training": 7});
    keeper.post(&path, &body).await.expect(422);
    keeper.post(&path, &json!({"academy": "nobody", "training": 0})).await.expect(404);
    let first = ask(&keeper, &number, 0).await;
    keeper.post(&path, &json!({"academy": "leeds-smp-school", "training": 0})).await.expect(409);
    let decline = format!("/v1/signing-requests/{}/decline", first["id"].as_str().unwrap());
    other.keeper.post(&decline, &json!({"reason": "no-record"})).await.expect(403);
    let declined = academy.keeper.post(&decline, &json!({"reason": "no-record"})).await.expect(200).json();
    assert_eq!(
        (declined["state"].as_str(), declined["reason"].as_str()),
        (Some("declined"), Some("no-record"))
    );
    academy.keeper.post(&decline, &json!({"reason": "no-record"})).await.expect(409);
    // What was declined can be asked again, and taken back.
    let second = ask(&keeper, &number, 0).await;
    let withdraw = format!("/v1/signing-requests/{}/withdraw", second["id"].as_str().unwrap());
    let (_, stranger) = practitioner(&app).await;
    stranger.post(&withdraw, &json!({})).await.expect(403);
    keeper.post(&withdraw, &json!({})).await.expect(200);
    assert_eq!(state(&keeper, &number, &second["id"]).await, "withdrawn");
    stranger.get(&path).await.expect(403);
    app.anyone().get(&path).await.expect(401);
    other.keeper.get("/v1/academies/leeds-smp-school/signing-requests").await.expect(403);
    // Nothing of it is public.
    let page = app.anyone().get(&format!("/v1/practitioners/{number}")).await.text();
    assert!(!page.contains("no-record") && !page.contains("LSS/0471"));
}
