//! Listings, clinics and look-ups over HTTP, as their keepers and strangers use them.

use std::future::IntoFuture;

use serde_json::{Value, json};

use crate::support::{Client, Response, TestApp};

fn number(made: &Value) -> String {
    made["number"].as_str().expect("a listing has a number").to_owned()
}

fn path(made: &Value) -> String {
    format!("/v1/practitioners/{}", number(made))
}

async fn make(who: &Client, body: Value) -> Value {
    who.post("/v1/practitioners", &body).await.expect(201).json()
}

fn pointers(response: &Response) -> Vec<String> {
    let problem = response.json();
    let errors = problem["errors"].as_array().expect("a problem lists its errors").clone();
    errors.iter().map(|error| error["pointer"].as_str().expect("a pointer").to_owned()).collect()
}

#[tokio::test]
async fn a_name_is_enough_and_the_token_keeps_the_listing() {
    let app = TestApp::new().await;
    let keeper = app.as_new_practitioner().await;
    let made = keeper.post("/v1/practitioners", &json!({"name": "Jane Doe"})).await.expect(201);
    let listing = made.json();
    assert_eq!(made.header("location"), listing["url"].as_str());
    assert_eq!(made.header("etag"), Some("\"v1\""));
    assert_eq!(listing["version"], 1);
    assert_eq!(listing["own_words"], json!({}));
    let changed = keeper
        .patch(&path(&listing), &json!({"own_words": {"headline": "Hello"}}))
        .if_match("\"v1\"")
        .await
        .expect(200);
    assert_eq!(changed.header("etag"), Some("\"v2\""));
    assert_eq!(changed.json()["own_words"], json!({"headline": "Hello"}));
    keeper.post("/v1/practitioners", &json!({"name": "Another"})).await.expect(403);
    let stranger = app.as_new_practitioner().await;
    stranger.patch(&path(&listing), &json!({"name": "Mine"})).if_match("\"v2\"").await.expect(403);
    app.as_new_academy()
        .await
        .patch(&path(&listing), &json!({"name": "Mine"}))
        .if_match("\"v2\"")
        .await
        .expect(403);
    app.anyone().post("/v1/practitioners", &json!({"name": "Nobody"})).await.expect(401);
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once() {
    let app = TestApp::new().await;
    let operator = app.as_operator().await;
    let body = json!({
        "name": "Jane \u{202e}Doe",
        "former_names": ["Ok Name", "Jаne"],
        "contact": {"phone": "12", "email": "nobody", "website": "ftp://example.com", "booking_url": "https://instagram.com/"},
        "social_profiles": [{"handle": "jane"}, {"network": "instagram", "handle": "no spaces"}],
        "practising_since": "2031",
        "country": "GB",
        "services": [
            {"service": "full-head", "price": {"amount_from": 2000, "amount_to": 1000, "currency": "GBP", "unit": "session"}},
            {"service": "full-head", "price": {"amount_from": 3000, "currency": "GBP", "unit": "session"}}
        ],
        "clinics": [{"name": "Nowhere", "address": {"country": "GB"}, "from": "2026-02-30"}],
        "stated_training": [{"academy": "A", "year": 1950}]
    });
    let refused = operator.post("/v1/practitioners", &body).await.expect(422);
    let pointers = pointers(&refused);
    for pointer in [
        "/name",
        "/former_names/1",
        "/contact/phone",
        "/contact/email",
        "/contact/website",
        "/contact/booking_url",
        "/social_profiles/0/handle",
        "/social_profiles/1/handle",
        "/practising_since",
        "/services/0/price/amount_to",
        "/services/1",
        "/clinics/0/address",
        "/clinics/0/from",
        "/stated_training/0/year",
    ] {
        assert!(pointers.iter().any(|found| found == pointer), "{pointer} is not among {pointers:?}");
    }
}

#[tokio::test]
async fn a_slip_in_a_member_or_a_code_is_told_what_was_meant() {
    let app = TestApp::new().await;
    let operator = app.as_operator().await;
    let body = json!({"name": "Jane Doe", "languges": ["en"], "conditions": ["scar-fu"], "services": [{"service": "full-head", "price": {"amount_from": 10.5, "currency": "GBP", "unit": "session"}}]});
    let refused = operator.post("/v1/practitioners", &body).await.expect(422);
    let text = refused.text();
    assert!(text.contains("`languages`") && text.contains("scar-fu"), "{text}");
    let pointers = pointers(&refused);
    for pointer in ["/languges", "/conditions/0", "/services/0/price/amount_from"] {
        assert!(pointers.iter().any(|found| found == pointer), "{pointer} is not among {pointers:?}");
    }
}

#[tokio::test]
async fn absent_stays_and_null_clears() {
    let app = TestApp::new().await;
    let operator = app.as_operator().await;
    let made = make(
        &operator,
        json!({
            "name": "Jane Doe", "country": "GB", "languages": ["en", "fr"],
            "contact": {"phone": "0161 496 0001", "email": "jane@example.com"},
            "practising_since": "2015"
        }),
    )
    .await;
    let changed = operator
        .patch(
            &path(&made),
            &json!({"contact": {"phone": null}, "languages": null, "practising_since": "2016-02"}),
        )
        .if_match("*")
        .await
        .expect(200)
        .json();
    assert_eq!(changed["contact"], json!({"email": "jane@example.com"}));
    assert_eq!(changed["languages"], json!([]));
    assert_eq!(changed["practising_since"], "2016-02");
    assert_eq!(changed["country"], "GB");
    operator.patch(&path(&made), &json!({"name": null})).if_match("*").await.expect(422);
}

#[tokio::test]
async fn a_change_says_what_it_was_made_from() {
    let app = TestApp::new().await;
    let operator = app.as_operator().await;
    let made = make(&operator, json!({"name": "Jane Doe"})).await;
    operator.patch(&path(&made), &json!({"name": "Jane Roe"})).await.expect(428);
    operator.patch(&path(&made), &json!({"name": "Jane Roe"})).if_match("\"v1-0123abcd\"").await.expect(200);
    let late =
        operator.patch(&path(&made), &json!({"name": "Jane Poe"})).if_match("\"v1\"").await.expect(412);
    assert_eq!(late.header("etag"), Some("\"v2\""));
}

#[tokio::test]
async fn of_many_writers_at_once_one_is_heard() {
    let app = TestApp::new().await;
    let operator = app.as_operator().await;
    let made = make(&operator, json!({"name": "Jane Doe"})).await;
    let change = |at: usize| {
        let body = json!({"also_known_as": [format!("Studio {at}")]});
        operator.patch(&path(&made), &body).if_match("\"v1\"").into_future()
    };
    let statuses = futures_util::future::join_all((0..8).map(change)).await;
    let statuses: Vec<u16> = statuses.iter().map(|response| response.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 412].contains(status)), "{statuses:?}");
    let history = app.anyone().get(&format!("{}/history", path(&made))).await.expect(200).json();
    assert_eq!(history["total"]["value"], 2);
}

#[tokio::test]
async fn the_same_key_makes_one_listing() {
    let app = TestApp::new().await;
    let operator = app.as_operator().await;
    let body = json!({"name": "Jane Doe"});
    let first = operator.post("/v1/practitioners", &body).key("one").await.expect(201);
    let second = operator.post("/v1/practitioners", &body).key("one").await.expect(201);
    assert_eq!(first.json(), second.json());
    operator.post("/v1/practitioners", &json!({"name": "Other"})).key("one").await.expect(422);
    // A new token keeps its listing from the first answer on, and hears that answer again.
    let keeper = app.as_new_practitioner().await;
    let first = keeper.post("/v1/practitioners", &body).key("two").await.expect(201);
    let second = keeper.post("/v1/practitioners", &body).key("two").await.expect(201);
    assert_eq!(first.json(), second.json());
}

#[tokio::test]
async fn history_says_who_when_and_what_and_keeps_back_what_is_private() {
    let app = TestApp::new().await;
    let keeper = app.as_new_practitioner().await;
    let made = make(&keeper, json!({"name": "Jane Doe", "country": "GB"})).await;
    let path = path(&made);
    for change in [
        json!({"contact": {"phone": "0161 496 0001", "website": "https://example.com"}}),
        json!({"name": "Jane Smith", "former_names": ["Jane Doe"]}),
        json!({"name": "Janet Smith"}),
        json!({"former_names": []}),
    ] {
        keeper.patch(&path, &change).if_match("*").await.expect(200);
    }
    let page = app.anyone().get(&format!("{path}/history?limit=3")).await.expect(200);
    let body = page.json();
    assert_eq!(body["total"], json!({"value": 5, "relation": "eq"}));
    let items = body["items"].as_array().expect("items");
    assert_eq!(items[0]["changes"], json!([{"field": "/former_names", "withheld": true}]));
    assert_eq!(items[1]["changes"], json!([{"field": "/name", "withheld": true}]));
    assert_eq!(items[2]["changes"][0], json!({"field": "/name", "old": "Jane Doe", "new": "Jane Smith"}));
    assert_eq!(items[0]["actor"], format!("practitioner:{}", number(&made)));
    let cursor = body["next_cursor"].as_str().expect("there is more");
    let rest = app.anyone().get(&format!("{path}/history?limit=3&cursor={cursor}")).await.expect(200).json();
    let items = rest["items"].as_array().expect("items");
    assert_eq!(items.len(), 2);
    assert_eq!(
        items[0]["changes"],
        json!([
            {"field": "/contact/phone", "withheld": true},
            {"field": "/contact/website", "new": "https://example.com/"}
        ])
    );
    assert_eq!((&items[1]["action"], &rest["next_cursor"]), (&json!("created"), &Value::Null));
}

#[tokio::test]
async fn a_removed_number_says_why_and_a_merged_one_where_to() {
    let app = TestApp::new().await;
    let operator = app.as_operator().await;
    let keeper = app.as_new_practitioner().await;
    let made = make(&keeper, json!({"name": "Jane Doe"})).await;
    let path = path(&made);
    keeper.delete(&format!("{path}?reason=deceased")).if_match("*").await.expect(403);
    keeper.delete(&format!("{path}?reason=bored")).if_match("*").await.expect(400);
    keeper.delete(&format!("{path}?reason=withdrawn")).await.expect(428);
    keeper.delete(&format!("{path}?reason=withdrawn")).if_match("\"v1\"").await.expect(204);
    let gone = app.anyone().get(&format!("{path}/history")).await.expect(410).json();
    assert_eq!((&gone["code"], &gone["reason"]), (&json!("listing-removed"), &json!("withdrawn")));
    keeper.patch(&path, &json!({"name": "Back"})).if_match("*").await.expect(410);

    let one = make(&operator, json!({"name": "Jane Roe"})).await;
    let other = make(&operator, json!({"name": "Jane Roe"})).await;
    let merge = format!("/v1/practitioners/{}/merge", number(&one));
    operator.post(&merge, &json!({"into": number(&one)})).await.expect(422);
    keeper.post(&merge, &json!({"into": number(&other)})).await.expect(403);
    operator.post(&merge, &json!({"into": number(&other)})).await.expect(200);
    let moved = app.anyone().get(&format!("/v1/practitioners/{}/history", number(&one))).await.expect(301);
    let place = format!("/v1/practitioners/{}/history", number(&other));
    assert_eq!(moved.header("location"), Some(place.as_str()));
    let found = app.anyone().get("/v1/lookup?name=Jane+Roe").await.expect(200).json();
    assert_eq!(found["listings"].as_array().map(Vec::len), Some(1), "both names lead to the one that stays");
    assert_eq!(found["listings"][0]["number"], other["number"]);
    app.anyone().get("/v1/practitioners/SMP-2222-2222-2/history").await.expect(404);
    app.anyone().get("/v1/practitioners/SMP-2222-2222-3/history").await.expect(400);
}

#[tokio::test]
async fn a_clinic_belongs_to_those_it_confirmed() {
    let app = TestApp::new().await;
    let first = app.as_new_practitioner().await;
    let body = json!({
        "name": "Jane Doe",
        "clinics": [{"name": "Scalp Studio", "role": "owner", "address": {"lines": ["1 High St"], "city": "Leeds", "postcode": "ls1 4ap", "country": "GB"}}]
    });
    let jane = make(&first, body).await;
    let clinic = jane["clinics"][0]["id"].as_str().expect("a clinic").to_owned();
    assert_eq!((&jane["clinics"][0]["confirmed"], &jane["country"]), (&json!(true), &json!("GB")));
    let clinic_path = format!("/v1/clinics/{clinic}");
    let read = app.anyone().get(&clinic_path).await.expect(200);
    assert_eq!((read.header("etag"), &read.json()["point_source"]), (Some("\"v1\""), &json!("postcode")));

    let second = app.as_new_practitioner().await;
    let john = make(&second, json!({"name": "John Roe"})).await;
    let attach = format!("{}/clinics/{clinic}", path(&john));
    second.put(&attach, &json!({})).await.expect(428);
    let attached = second.put(&attach, &json!({"role": "guest"})).if_match("\"v1\"").await.expect(200).json();
    assert_eq!(attached["clinics"][0]["confirmed"], false, "the clinic has not agreed yet");
    second.patch(&clinic_path, &json!({"name": "Mine"})).if_match("\"v1\"").await.expect(403);
    second.put(&format!("{attach}/confirmation"), &json!({})).await.expect(403);
    first.put(&format!("{attach}/confirmation"), &json!({})).await.expect(200);
    let changed = second
        .patch(&clinic_path, &json!({"address": {"city": "Manchester", "country": "GB"}}))
        .if_match("\"v1\"")
        .await
        .expect(200)
        .json();
    assert_eq!(changed["point_source"], "city");
    first.patch(&clinic_path, &json!({"name": "Late"})).if_match("\"v1\"").await.expect(412);
    let history = app.anyone().get(&format!("{}/history", path(&jane))).await.expect(200).json();
    assert_eq!(history["items"][0]["action"], "clinic-changed");

    let detached = second.delete(&attach).if_match("*").await.expect(200).json();
    assert_eq!(detached["clinics"], json!([]));
    second.delete(&attach).if_match("*").await.expect(404);
    let nowhere = format!("{}/clinics/00000000-0000-0000-0000-000000000000", path(&john));
    second.put(&nowhere, &json!({})).if_match("*").await.expect(404);
    let unknown = json!({"name": "A B", "clinics": [{"id": "00000000-0000-0000-0000-000000000000"}]});
    let refused = app.as_operator().await.post("/v1/practitioners", &unknown).await.expect(422);
    assert_eq!(pointers(&refused), ["/clinics/0/id"]);
}

#[tokio::test]
async fn whoever_is_asked_about_is_found_or_what_to_ask_is_said() {
    let app = TestApp::new().await;
    let operator = app.as_operator().await;
    let jane = make(
        &operator,
        json!({
            "name": "Jane Doe", "former_names": ["Jane Smith"], "country": "GB",
            "contact": {"phone": "0161 496 0001", "website": "https://www.example.com/team/jane/", "booking_url": "https://fresha.com/a/jane"},
            "social_profiles": [{"handle": "https://instagram.com/Jane.SMP"}, {"network": "facebook", "handle": "@janesmp"}],
            "clinics": [{"name": "Studio", "address": {"city": "Leeds", "country": "GB"}}]
        }),
    )
    .await;
    let anyone = app.anyone();
    for (query, matched) in [
        ("url=https://example.com/team/jane", "website"),
        ("url=HTTP://EXAMPLE.COM/Team/Jane/gallery%3Futm_source%3Dx", "website"),
        ("url=fresha.com/a/jane%3Fref%3Dig", "website"),
        ("url=https://www.instagram.com/jane.smp/%3Figsh%3Dabc", "social"),
        ("url=instagram:%40jane.smp", "social"),
        ("url=https://m.facebook.com/Jane.Smp", "social"),
        ("phone=%2B441614960001", "phone"),
        ("phone=%2B44+161+496+0001", "phone"),
        ("phone=0161+4960001&country=GB", "phone"),
        ("name=DOE,+Jane", "name"),
        ("name=jane+smith&near=Bradford", "name"),
    ] {
        let answer = anyone.get(&format!("/v1/lookup?{query}")).await.expect(200).json();
        assert_eq!(answer["listed"], true, "{query}: {answer}");
        assert_eq!(answer["listings"][0]["number"], jane["number"], "{query}");
        assert_eq!(answer["listings"][0]["matched"], matched, "{query}");
    }
    for query in [
        "url=https://example.com/",
        "url=https://fresha.com/",
        "url=https://instagram.com/p/abc",
        "url=https://instagram.com/other",
        "phone=%2B441614960002",
        "name=Jane",
        "name=Jane+Doe&near=London&radius_km=25",
    ] {
        let answer = anyone.get(&format!("/v1/lookup?{query}")).await.expect(200).json();
        assert_eq!(answer["listed"], false, "{query}: {answer}");
        assert_eq!(answer["meaning"], "not listed, which by itself means nothing");
        assert!(answer["ask"].as_array().is_some_and(|ask| ask.len() >= 4), "{answer}");
    }
    for query in [
        "",
        "url=x.example&name=Jane",
        "url=%40jane",
        "url=http://localhost/",
        "phone=0161",
        "name=-",
        "name=Jane&near=Nowherebury",
        "phone=%2B441614960001&near=Leeds",
    ] {
        anyone.get(&format!("/v1/lookup?{query}")).await.expect(400);
    }
}
