//! When a clinic is open: written, refused, changed, and read by people and machines.

use serde_json::{Value, json};

use crate::support::TestApp;

fn open(day: &str, opens: &str, closes: &str) -> Value {
    json!({"day": day, "opens": opens, "closes": closes})
}

#[tokio::test]
async fn a_week_is_put_in_order_and_read_as_people_say_it() {
    let app = TestApp::new().await;
    let keeper = app.as_new_practitioner().await;
    let mut week: Vec<Value> =
        ["friday", "wednesday", "thursday"].map(|day| open(day, "09:00", "12:00")).to_vec();
    week.push(open("wednesday", "13:00", "24:00"));
    week.push(open("monday", "13:00", "24:00"));
    let clinic =
        json!({"name": "Dots", "address": {"city": "Leeds", "country": "GB"}, "opening_hours": week});
    let made = keeper.post("/v1/practitioners", &json!({"name": "Jane Doe", "clinics": [clinic]})).await;
    let made = made.expect(201).json();
    let shown = &made["clinics"][0]["opening_hours"];
    let order: Vec<&str> = shown.as_array().unwrap().iter().map(|one| one["day"].as_str().unwrap()).collect();
    assert_eq!(order, ["monday", "wednesday", "wednesday", "thursday", "friday"]);
    assert_eq!(shown[1], open("wednesday", "09:00", "12:00"));

    let page = format!("/practitioners/{}", made["number"].as_str().unwrap());
    let text = app.anyone().get(&page).await.expect(200).text();
    for line in
        ["Monday: 13:00–24:00", "Wednesday: 09:00–12:00, 13:00–24:00", "Thursday, Friday: 09:00–12:00"]
    {
        assert!(text.contains(&format!("<li>{line}</li>")), "{line}: {text}");
    }
    assert!(text.contains(r#""dayOfWeek":"https://schema.org/Monday""#), "{text}");

    let id = made["clinics"][0]["id"].as_str().unwrap();
    let at = format!("/v1/clinics/{id}");
    let cleared =
        keeper.patch(&at, &json!({"opening_hours": null})).if_match("\"v1\"").await.expect(200).json();
    assert!(cleared.get("opening_hours").is_none(), "{cleared:#}");
    let text = app.anyone().get(&page).await.expect(200).text();
    assert!(!text.contains("Monday"), "{text}");
    let history = app.anyone().get(&format!("/v1{page}/history")).await.expect(200).json();
    let field = history["items"][0]["changes"][0]["field"].as_str().unwrap();
    assert_eq!(field, format!("/clinics/{id}/opening_hours"));
}

#[tokio::test]
async fn hours_that_cannot_be_are_refused_with_what_to_write() {
    let app = TestApp::new().await;
    let keeper = app.as_new_practitioner().await;
    for (hours, pointer, code) in [
        (json!([open("monday", "9:00", "17:00")]), "/opening_hours/0/opens", "not-a-time"),
        (json!([open("monday", "09:00", "24:01")]), "/opening_hours/0/closes", "not-a-time"),
        (json!([open("monday", "09:60", "17:00")]), "/opening_hours/0/opens", "not-a-time"),
        (json!([open("monday", "18:00", "02:00")]), "/opening_hours/0/closes", "out-of-range"),
        (json!([open("monday", "09:00", "09:00")]), "/opening_hours/0/closes", "out-of-range"),
        (
            json!([open("monday", "09:00", "13:00"), open("monday", "12:59", "17:00")]),
            "/opening_hours",
            "overlap",
        ),
    ] {
        let clinic =
            json!({"name": "Dots", "address": {"city": "Leeds", "country": "GB"}, "opening_hours": hours});
        let problem = keeper.post("/v1/clinics", &clinic).await.expect(422).json();
        let fault = &problem["errors"][0];
        assert_eq!(
            (fault["pointer"].as_str(), fault["code"].as_str()),
            (Some(pointer), Some(code)),
            "{problem:#}"
        );
    }
    for hours in [json!([open("mon", "09:00", "17:00")]), json!(vec![open("monday", "09:00", "10:00"); 22])] {
        let clinic =
            json!({"name": "Dots", "address": {"city": "Leeds", "country": "GB"}, "opening_hours": hours});
        let status = keeper.post("/v1/clinics", &clinic).await.status.as_u16();
        assert!(matches!(status, 400 | 422), "{hours}: {status}");
    }
}
