//! Look-alikes: a stolen picture waits for a person, and anybody may ask whose a picture is.

use image::{ImageFormat, imageops};
use poem::http::Method;
use serde_json::{Value, json};
use stipple::cases::Looks;

use super::{Keeper, jpeg, story, text};
use crate::support::pictures::{encoded, scalp};
use crate::support::{Client, Response, TestApp};

/// The picture of a seed as a thief sends it: mirrored, cropped and compressed anew.
fn stolen(seed: u64) -> Vec<u8> {
    let mirrored = imageops::flip_horizontal(&scalp(seed, 400, 340));
    encoded(imageops::crop_imm(&mirrored, 14, 10, 372, 320).to_image(), ImageFormat::Jpeg)
}

async fn check(client: &Client, bytes: Vec<u8>) -> Response {
    client.call(Method::POST, "/v1/images/check").body("image/jpeg", bytes).await
}

/// A case of an owner that is shown, and a thief's that holds one of its pictures.
async fn theft(app: &TestApp) -> (Keeper, String, Keeper, String) {
    let (owner, thief) = (Keeper::new(app).await, Keeper::new(app).await);
    let original = owner.shown(&story(), 1).await;
    let copy = thief.draft(&story()).await;
    thief.photo(&copy, "before", "front", "2025-01-06", jpeg(20)).await.expect(201);
    thief.photo(&copy, "settled", "hairline-close", "2025-06-01", jpeg(21)).await.expect(201);
    let held = thief.photo(&copy, "settled", "front", "2025-06-02", stolen(2)).await.expect(201);
    let photos = held.json()["photos"].as_array().expect("photos").clone();
    let waiting: Vec<&Value> = photos.iter().filter(|photo| photo["in_review"] == true).collect();
    assert_eq!(waiting.len(), 1, "the stolen one waits, the others do not");
    assert!(
        !held.text().contains(&original) && !held.text().contains(&owner.number),
        "the thief learns nothing"
    );
    (owner, original, thief, copy)
}

async fn holds(operator: &Client) -> Vec<Value> {
    operator.get("/v1/photo-holds").await.expect(200).json()["items"].as_array().expect("items").clone()
}

async fn decide(operator: &Client, hold: &Value, decision: &str) -> Response {
    let body = json!({"decision": decision, "note": "Compared side by side."});
    operator.post(&format!("/v1/photo-holds/{}/decision", text(&hold["id"])), &body).await
}

#[tokio::test]
async fn a_stolen_picture_waits_and_the_thief_loses_the_case() {
    let app = TestApp::new().await;
    let (owner, original, thief, copy) = theft(&app).await;
    // What waits does not count: the case cannot be shown on the strength of it.
    thief.publish(&copy).await.problem("not-publishable");
    let before = owner.client.get(&format!("/v1/cases/{original}")).await.expect(200).json();
    assert!(!before.to_string().contains(&copy), "the owner learns nothing either");
    for nosy in [&owner.client, &thief.client, &app.as_new_academy().await] {
        nosy.get("/v1/photo-holds").await.problem("forbidden");
    }
    let operator = app.as_operator().await;
    let hold = holds(&operator).await.remove(0);
    assert_eq!(hold["new"]["practitioner"]["number"], json!(thief.number));
    assert_eq!(hold["known"]["practitioner"]["number"], json!(owner.number));
    let reasons = hold["known"]["speaks_for_it"].to_string();
    assert!(reasons.contains("larger original") && reasons.contains("earlier capture"), "{reasons}");
    assert_eq!(hold["new"]["speaks_for_it"], json!([]));
    assert_eq!(decide(&operator, &hold, "gone").await.faults("invalid")[0].0, "/decision");
    decide(&thief.client, &hold, "keep-new").await.problem("forbidden");
    decide(&operator, &hold, "keep-known").await.expect(200);
    decide(&operator, &hold, "keep-new").await.problem("conflict");
    let lost = thief.client.get(&format!("/v1/cases/{copy}")).await.problem("case-ended");
    assert_eq!(lost["reason"], "not-theirs");
    app.anyone().get(&format!("/v1/cases/{original}")).await.expect(200);
    assert!(holds(&operator).await.is_empty());
}

#[tokio::test]
async fn being_first_is_not_owning() {
    let app = TestApp::new().await;
    let (_, original, thief, copy) = theft(&app).await;
    let operator = app.as_operator().await;
    let hold = holds(&operator).await.remove(0);
    decide(&operator, &hold, "keep-new").await.expect(200);
    assert_eq!(
        app.anyone().get(&format!("/v1/cases/{original}")).await.problem("case-ended")["reason"],
        "not-theirs"
    );
    thief.publish(&copy).await.expect(200);
}

#[tokio::test]
async fn a_false_alarm_ends_with_the_photo_shown() {
    let app = TestApp::new().await;
    let (_, original, thief, copy) = theft(&app).await;
    let operator = app.as_operator().await;
    let hold = holds(&operator).await.remove(0);
    decide(&operator, &hold, "unrelated").await.expect(200);
    assert_eq!(app.log_of("hold-decide").await, 1);
    thief.publish(&copy).await.expect(200);
    app.anyone().get(&format!("/v1/cases/{original}")).await.expect(200);
    let shown = app.anyone().get(&format!("/v1/cases/{copy}")).await.expect(200).json();
    assert_eq!(shown["photos"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn an_owner_who_withdraws_does_not_set_the_copy_free() {
    let app = TestApp::new().await;
    let (owner, original, thief, copy) = theft(&app).await;
    owner.client.delete(&format!("/v1/cases/{original}")).if_match("*").await.expect(204);
    let operator = app.as_operator().await;
    assert_eq!(holds(&operator).await.len(), 1, "a person still has to look");
    thief.publish(&copy).await.problem("not-publishable");
    // The thief who gives up closes the ticket.
    thief.client.delete(&format!("/v1/cases/{copy}")).if_match("*").await.expect(204);
    assert!(holds(&operator).await.is_empty());
}

#[tokio::test]
async fn ones_own_pictures_never_wait() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    keeper.shown(&story(), 1).await;
    let second = keeper.draft(&story()).await;
    let sent = keeper.photo(&second, "settled", "front", "2025-06-01", stolen(2)).await.expect(201).json();
    assert_eq!(sent["photos"][0]["in_review"], false);
}

#[tokio::test]
async fn anybody_may_ask_whose_a_picture_is_and_learns_only_what_is_public() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let case = keeper.draft(&story()).await;
    keeper.complete(&case, 1).await;
    let of = |answer: Response| answer.json()["matches"].as_array().expect("matches").clone();
    assert!(
        of(check(&app.anyone(), stolen(2)).await.expect(200)).is_empty(),
        "a draft's is nobody's business"
    );
    keeper.publish(&case).await.expect(200);
    let answer = check(&app.anyone(), stolen(2)).await.expect(200);
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    let matches = of(answer);
    assert_eq!(matches.len(), 1);
    let members: Vec<&String> = matches[0].as_object().expect("an object").keys().collect();
    assert_eq!(members, ["first_seen", "url"], "no distance, no name");
    assert!(text(&matches[0]["url"]).ends_with(&case));
    assert_eq!(matches[0]["first_seen"], json!(app.clock.today().to_string()));
    assert!(of(check(&app.anyone(), jpeg(77)).await.expect(200)).is_empty());
    check(&app.anyone(), b"GIF89a".to_vec()).await.problem("unsupported-media-type");
    keeper
        .client
        .patch(&format!("/v1/cases/{case}"), &json!({"published": false}))
        .if_match("*")
        .await
        .expect(200);
    assert!(of(check(&app.anyone(), stolen(2)).await.expect(200)).is_empty());
    assert_eq!(super::files(&app), 18, "nothing of what was asked about is kept");
}

#[tokio::test]
async fn asking_has_a_quota_of_its_own() {
    let app = TestApp::with(|config| config.http.image_checks_per_minute = 2).await;
    for _ in 0..2 {
        check(&app.anyone(), jpeg(1)).await.expect(200);
    }
    check(&app.anyone(), jpeg(1)).await.problem("too-many-requests");
    app.anyone().get("/v1/cases").await.expect(200);
}

#[tokio::test]
async fn who_lost_a_case_appeals_once_in_time_and_somebody_else_decides() {
    let app = TestApp::new().await;
    let (owner, original, thief, copy) = theft(&app).await;
    let (first, second) = (app.as_operator_called("first").await, app.as_operator_called("second").await);
    let path = format!("/v1/cases/{copy}/appeals");
    let words = json!({"text": "I took this picture myself, on the day of the session."});
    thief.client.post(&path, &words).await.problem("nothing-to-appeal");
    let hold = holds(&first).await.remove(0);
    let tie = json!({"why": "They trained me."});
    second.put(&format!("/v1/practitioners/{}/tie", owner.number), &tie).await.expect(204);
    decide(&second, &hold, "keep-known").await.problem("tied-to-listing");
    decide(&first, &hold, "keep-known").await.expect(200);

    owner.client.post(&path, &words).await.problem("forbidden");
    let appeal = thief.client.post(&path, &words).await.expect(200).json();
    assert!(!appeal.to_string().contains(&original), "the other side stays unnamed: {appeal}");
    thief.client.post(&path, &words).await.problem("appealed-already");
    let waiting = first.get("/v1/case-appeals").await.expect(200).json();
    assert_eq!(waiting["total"]["value"], 1);
    let decision = format!("{path}/decision");
    let restored = json!({
        "outcome": "restored", "findings": "The file they brought is older and larger.", "remove_other": true
    });
    first.post(&decision, &restored).await.problem("same-operator");
    second.post(&decision, &restored).await.problem("tied-to-listing");
    let upheld =
        json!({"outcome": "upheld", "findings": "It stays as it was decided.", "remove_other": true});
    let third = app.as_operator_called("third").await;
    assert_eq!(third.post(&decision, &upheld).await.faults("invalid")[0].0, "/remove_other");
    third.post(&decision, &restored).await.expect(200);
    third.post(&decision, &restored).await.problem("decided-already");
    let read = thief.client.get(&path).await.expect(200).json();
    assert_eq!((&read["outcome"], &read["decided_on"]), (&json!("restored"), &json!(app.clock.now())));
    let reason = |case: String| {
        let anyone = app.anyone();
        async move { anyone.get(&format!("/v1/cases/{case}")).await.problem("case-ended")["reason"].clone() }
    };
    assert_eq!(reason(copy.clone()).await, "taken-away-wrongly");
    assert_eq!(reason(original.clone()).await, "not-theirs", "the other case went in its place");
    assert_eq!(first.get("/v1/case-appeals").await.expect(200).json()["total"]["value"], 0);
}

#[tokio::test]
async fn an_appeal_about_a_picture_has_a_last_day() {
    let app = TestApp::new().await;
    let (_, _, thief, copy) = theft(&app).await;
    let operator = app.as_operator().await;
    decide(&operator, &holds(&operator).await.remove(0), "keep-known").await.expect(200);
    app.clock.advance(std::time::Duration::from_hours(180 * 24));
    let words = json!({"text": "I took this picture myself, on the day of the session."});
    thief.client.post(&format!("/v1/cases/{copy}/appeals"), &words).await.problem("appeal-too-late");
}

#[tokio::test]
async fn whoever_has_a_token_checks_many_by_their_hashes_and_it_is_written_down() {
    let app = TestApp::new().await;
    let owner = Keeper::new(&app).await;
    let shown = owner.shown(&story(), 1).await;
    let looks = Looks::of(&scalp(2, 400, 340)).expect("it has pixels").hashes();
    assert_eq!(looks.len(), 7);
    let path = "/v1/images/check/hashes";
    let body = json!({"pictures": [{"hashes": looks[..1]}, {"hashes": ["0123456789abcdef"]}]});
    app.anyone().post(path, &body).await.problem("unauthorized");
    let academy = app.as_new_academy().await;
    let found = academy.post(path, &body).await.expect(200).json();
    let first = &found["results"][0]["matches"];
    assert!(first[0]["url"].as_str().expect("a case").ends_with(&shown), "{found}");
    assert_eq!(found["results"][1]["matches"], json!([]));
    assert!(!found.to_string().contains("distance"));
    for wrong in ["xyz", "0123456789abcdeg", "+123456789abcdef", "0123456789abcdef0"] {
        let body = json!({"pictures": [{"hashes": [wrong]}]});
        assert_eq!(academy.post(path, &body).await.faults("invalid")[0].0, "/pictures/0/hashes", "{wrong}");
    }
    let operator = app.as_operator().await;
    let written = operator.get("/v1/images/checks").await.expect(200).json();
    let items = written["items"].as_array().expect("items");
    assert_eq!(items.len(), 1, "what was refused asked nothing");
    assert_eq!((&items[0]["pictures"], &items[0]["matches"]), (&json!(2), &json!(1)));
    assert!(items[0]["actor"].as_str().expect("an actor").starts_with("academy"), "{items:?}");
}
