//! Academies: registering and changing them, and who recognises them, through the real application;
//! and the rules of the model by themselves.

mod courses;
mod keys;
mod own_site;

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use stipple::academies::{self, Slug};
use stipple::platform::clock::Ts;

use crate::support::{Client, TestApp};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn leeds() -> Value {
    json!({"slug": "leeds-smp-school", "name": "Leeds SMP School", "country": "GB",
        "contact_email": "office@leeds.example"})
}

async fn register(client: &Client, body: &Value) -> Value {
    client.post("/v1/academies", body).await.expect(201).json()
}

/// An academy's own client, with the academy registered.
async fn leeds_keeper(app: &TestApp) -> Client {
    let keeper = app.as_new_academy().await;
    register(&keeper, &leeds()).await;
    keeper
}

#[tokio::test]
async fn an_academy_registers_itself_once_and_keeps_itself_only() {
    let app = TestApp::new().await;
    let keeper = app.as_new_academy().await;
    let made = keeper.post("/v1/academies", &leeds()).await.expect(201);
    let view = made.json();
    assert_eq!(made.header("location"), view["url"].as_str());
    assert_eq!(view["did"], "did:web:stipple.example:academies:leeds-smp-school");
    assert_eq!(view["recognised"], false);

    let second = json!({"slug": "york-smp", "name": "York SMP", "country": "GB"});
    let refusal = keeper.post("/v1/academies", &second).await.expect(403).problem("forbidden");
    assert!(refusal["detail"].as_str().unwrap().contains("leeds-smp-school"), "it says whose token it is");

    let operator = app.as_operator().await;
    register(&operator, &second).await;
    let etag = keeper.get("/v1/academies/york-smp").await.expect(200).etag();
    let change = json!({"name": "Mine now"});
    keeper.patch("/v1/academies/york-smp", &change).if_match(&etag).await.expect(403);
    operator.patch("/v1/academies/york-smp", &change).if_match(&etag).await.expect(200);
    app.anyone().post("/v1/academies", &second).await.expect(401).problem("unauthorized");
    app.as_new_practitioner().await.post("/v1/academies", &second).await.expect(403);
}

#[tokio::test]
async fn a_repeated_registration_answers_the_same_and_makes_one() {
    let app = TestApp::new().await;
    let keeper = app.as_new_academy().await;
    let first = keeper.post("/v1/academies", &leeds()).key("k-1").await.expect(201);
    // By now the token is bound: without the key this would be refused.
    let again = keeper.post("/v1/academies", &leeds()).key("k-1").await.expect(201);
    assert_eq!((first.bytes, first.headers.get("location")), (again.bytes, again.headers.get("location")));
    let mut other = leeds();
    other["name"] = json!("Another");
    keeper.post("/v1/academies", &other).key("k-1").await.expect(422).problem("idempotency-key-reused");
    let courses = "/v1/academies/leeds-smp-school/courses";
    for _ in 0..2 {
        keeper.post(courses, &courses::course()).key("k-2").await.expect(201);
    }
    assert_eq!(app.anyone().get(courses).await.json()["total"]["value"], 1);
}

#[tokio::test]
async fn a_bad_token_is_refused_on_reads_too() {
    let app = TestApp::new().await;
    leeds_keeper(&app).await;
    let path = "/v1/academies/leeds-smp-school";
    app.anyone().get(path).await.expect(200);
    for token in
        ["Bearer stp_op_11111111111111111111111111111111111111111111", "Bearer x", "Basic b3A6b3A=", "Bearer"]
    {
        let refused = app.anyone().get(path).header("authorization", token).await.expect(401);
        assert!(refused.header("www-authenticate").unwrap().starts_with("Bearer"), "{token}");
        refused.problem("unauthorized");
    }
}

#[tokio::test]
async fn every_fault_of_an_academy_is_named_at_once() {
    let app = TestApp::new().await;
    let operator = app.as_operator().await;
    let body = json!({"slug": "Leeds", "name": "x", "country": "UK", "website": "leeds", "nmae": "?"});
    let faults = operator.post("/v1/academies", &body).await.expect(422).faults("invalid");
    let pointers: Vec<&str> = faults.iter().map(|(pointer, _)| pointer.as_str()).collect();
    for pointer in ["/name", "/country", "/nmae"] {
        assert!(pointers.contains(&pointer), "{faults:?}");
    }
    let body = json!({"slug": "admin", "name": "Leeds", "country": "GB", "website": "ftp://x"});
    let faults = operator.post("/v1/academies", &body).await.expect(422).faults("invalid");
    assert_eq!(faults.iter().map(|(pointer, _)| pointer.as_str()).collect::<Vec<_>>(), ["/slug", "/website"]);
}

#[tokio::test]
async fn slugs_are_unique_and_look_alikes_are_held_for_a_person() {
    let app = TestApp::new().await;
    leeds_keeper(&app).await;
    let operator = app.as_operator().await;
    operator.post("/v1/academies", &leeds()).await.expect(409).problem("slug-taken");
    for slug in
        ["leedssmpschool", "1eeds-smp-schoo1", "leeds-5mp-school", "leeds-smp-sch00l", "leedss-smp-school"]
    {
        let mut body = leeds();
        body["slug"] = json!(slug);
        let held = app.as_new_academy().await.post("/v1/academies", &body).await;
        if slug.starts_with('1') {
            held.expect(422);
            continue;
        }
        let held = held.expect(409).problem("look-alike-slug");
        assert!(held["detail"].as_str().unwrap().contains("`leeds-smp-school`"));
        body["look_alike_checked"] = json!(true);
        app.as_new_academy().await.post("/v1/academies", &body).await.expect(409).problem("look-alike-slug");
    }
    let mut body = leeds();
    body["slug"] = json!("leedssmpschool");
    body["look_alike_checked"] = json!(true);
    register(&operator, &body).await;
}

#[tokio::test]
async fn a_change_merges_and_needs_the_version_it_was_made_from() {
    let app = TestApp::new().await;
    let keeper = leeds_keeper(&app).await;
    let path = "/v1/academies/leeds-smp-school";
    let change = json!({"website": "https://leeds.example", "own_words": "  We teach.\r\nWell. "});
    keeper.patch(path, &change).await.expect(428).problem("precondition-required");
    keeper.patch(path, &change).if_match("\"v7\"").await.expect(412).problem("precondition-failed");
    let changed = keeper.patch(path, &change).if_match("\"v1\"").await.expect(200);
    assert!(changed.etag().starts_with("\"v2-"), "the version, and a digest of what is shown");
    let view = changed.json();
    assert_eq!(
        (&view["website"], &view["own_words"]),
        (&json!("https://leeds.example/"), &json!("We teach.\nWell."))
    );
    assert_eq!(view["name"], "Leeds SMP School", "what is absent stays");

    let cleared = keeper.patch(path, &json!({"website": null})).if_match("\"v2\"").await.expect(200).json();
    assert!(cleared.get("website").is_none());
    let faults =
        keeper.patch(path, &json!({"name": null})).if_match("\"v3\"").await.expect(422).faults("invalid");
    assert_eq!(faults[0].0, "/name");
    let same = keeper.patch(path, &json!({"name": "Leeds SMP School"})).if_match("\"v3\"").await.expect(200);
    assert!(same.etag().starts_with("\"v3-"), "a change that changes nothing is none");
}

#[tokio::test]
async fn what_was_read_is_not_called_fresh_once_its_recognition_has_ended() {
    let app = TestApp::new().await;
    leeds_keeper(&app).await;
    let path = "/v1/academies/leeds-smp-school";
    let body = json!({"from": "2026-06-01", "until": "2026-06-01", "vouched_by": "Guild", "evidence": {"text": "Seen."}});
    app.as_operator().await.post(&format!("{path}/recognitions"), &body).await.expect(201);
    let read = app.anyone().get(path).await.expect(200);
    let again = || app.anyone().get(path).header("if-none-match", read.etag());
    again().await.expect(304);
    app.clock.advance(DAY);
    assert_eq!(again().await.expect(200).json()["recognised"], false);
}

#[tokio::test]
async fn the_contact_address_is_for_the_academy_and_operators_alone() {
    let app = TestApp::new().await;
    let keeper = leeds_keeper(&app).await;
    let path = "/v1/academies/leeds-smp-school";
    assert_eq!(keeper.get(path).await.json()["contact_email"], "office@leeds.example");
    assert_eq!(app.as_operator().await.get(path).await.json()["contact_email"], "office@leeds.example");
    for stranger in [app.anyone(), app.as_new_academy().await, app.as_new_practitioner().await] {
        assert!(!stranger.get(path).await.expect(200).text().contains("office@"));
    }
    keeper.patch(path, &json!({"contact_email": "new@leeds.example"})).if_match("\"v1\"").await.expect(200);
    for page in ["/history", "?", ""] {
        assert!(!app.anyone().get(&format!("{path}{page}")).await.expect(200).text().contains("@leeds"));
    }
    assert!(!app.anyone().get("/v1/academies").await.expect(200).text().contains("@leeds"));
}

#[tokio::test]
async fn the_history_says_who_did_what_when() {
    let app = TestApp::new().await;
    let keeper = leeds_keeper(&app).await;
    let path = "/v1/academies/leeds-smp-school";
    app.clock.advance(DAY);
    let change = json!({"name": "Leeds School of SMP", "contact_email": null});
    keeper.patch(path, &change).if_match("*").await.expect(200);
    let history = app.anyone().get(&format!("{path}/history")).await.expect(200).json();
    assert_eq!(history["total"], json!({"value": 2, "relation": "eq"}));
    let latest = &history["items"][0];
    assert_eq!(latest["at"], "2026-06-02T12:00:00Z");
    assert_eq!(latest["actor"], "academy:leeds-smp-school");
    assert_eq!(
        latest["changes"],
        json!([{"field": "name", "old": "Leeds SMP School", "new": "Leeds School of SMP", "withheld": false},
            {"field": "contact_email", "withheld": true}])
    );
    assert_eq!(history["items"][1]["action"], "registered");
}

#[tokio::test]
async fn the_list_is_by_name_in_pages_and_filters() {
    let app = TestApp::new().await;
    let operator = app.as_operator().await;
    for (slug, name, country) in [
        ("zurich-haar", "Zürich Haarakademie", "CH"),
        ("atlanta-smp", "atlanta Scalp 100%", "US"),
        ("leeds-smp-school", "Leeds SMP School", "GB"),
        ("ecole-paris", "École de Paris", "FR"),
        ("bristol-ink", "Bristol_Ink", "GB"),
    ] {
        register(&operator, &json!({"slug": slug, "name": name, "country": country})).await;
    }
    let anyone = app.anyone();
    let mut slugs = Vec::new();
    let mut path = "/v1/academies?limit=2".to_owned();
    loop {
        let page = anyone.get(&path).await.expect(200).json();
        assert_eq!(page["total"]["value"], 5);
        slugs.extend(
            page["items"].as_array().unwrap().iter().map(|item| item["slug"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        anyone.get(&format!("/v1/academies?q=leeds&cursor={cursor}")).await.expect(400).problem("bad-cursor");
        path = format!("/v1/academies?limit=2&cursor={cursor}");
    }
    assert_eq!(slugs, ["atlanta-smp", "bristol-ink", "ecole-paris", "leeds-smp-school", "zurich-haar"]);

    for (query, expected) in [
        ("q=zurich", vec!["zurich-haar"]),
        ("q=ECOLE", vec!["ecole-paris"]),
        ("q=100%25", vec!["atlanta-smp"]),
        ("q=l_ink", vec!["bristol-ink"]),
        ("q=%25", vec!["atlanta-smp"]),
        ("country=GB", vec!["bristol-ink", "leeds-smp-school"]),
        ("recognised=true", vec![]),
        ("recognised=false&country=US", vec!["atlanta-smp"]),
    ] {
        let page = anyone.get(&format!("/v1/academies?{query}")).await.expect(200).json();
        let found: Vec<&str> =
            page["items"].as_array().unwrap().iter().map(|item| item["slug"].as_str().unwrap()).collect();
        assert_eq!(found, expected, "{query}");
        assert_eq!(page["total"]["value"], expected.len(), "{query}");
    }
    anyone.get("/v1/academies?country=UK").await.expect(400);
    anyone.get("/v1/academies?contry=GB").await.expect(400).problem("unknown-parameter");
}

#[tokio::test]
async fn recognition_counts_from_the_moment_it_is_recorded() {
    let app = TestApp::new().await;
    let keeper = leeds_keeper(&app).await;
    let operator = app.as_operator().await;
    let path = "/v1/academies/leeds-smp-school";
    let body = json!({"from": "2024-01-01", "until": "2026-06-30", "vouched_by": "SMP Guild",
        "evidence": {"url": "https://guild.example/register/12"}});
    keeper.post(&format!("{path}/recognitions"), &body).await.expect(403);
    let made = operator.post(&format!("{path}/recognitions"), &body).await.expect(201).json();
    assert_eq!(made["from"], "2024-01-01");
    assert_eq!(made["counts_from"], "2026-06-01T12:00:00Z", "not from 2024");
    assert_eq!(made["counts_until"], "2026-07-01T00:00:00Z", "the last day counts whole");
    assert_eq!(app.anyone().get(path).await.json()["recognised"], true);
    assert_eq!(app.anyone().get("/v1/academies?recognised=true").await.json()["total"]["value"], 1);

    let host = &app.config.issuer_host;
    let did = "did:web:stipple.example:academies:leeds-smp-school";
    let mut conn = app.db.read().await.unwrap();
    let issuer = academies::issuer_by_did(&mut conn, host, did).await.unwrap().unwrap();
    let at = |text: &str| issuer.recognised_at(Ts::parse(text).unwrap()).is_some();
    assert!(!at("2026-06-01T11:59:59.999999Z"));
    assert!(at("2026-06-01T12:00:00Z") && at("2026-06-30T23:59:59Z"));
    assert!(!at("2026-07-01T00:00:00Z"));
    for other in [
        "did:web:evil.example:academies:leeds-smp-school",
        "did:web:stipple.example:leeds-smp-school",
        "did:key:z6Mk",
    ] {
        assert!(academies::issuer_by_did(&mut conn, host, other).await.unwrap().is_none(), "{other}");
    }
}

#[tokio::test]
async fn a_recognition_ends_with_a_reason_and_never_in_the_past() {
    let app = TestApp::new().await;
    leeds_keeper(&app).await;
    let operator = app.as_operator().await;
    let path = "/v1/academies/leeds-smp-school/recognitions";
    let body = json!({"from": "2026-06-01", "vouched_by": "SMP Guild", "evidence": {"text": "Visited."}});
    let id = operator.post(path, &body).await.expect(201).json()["id"].as_str().unwrap().to_owned();
    let end = format!("{path}/{id}/end");
    operator.post(&end, &json!({})).await.expect(422);
    let past = json!({"until": "2026-05-31", "reason": "Left the guild"});
    assert_eq!(operator.post(&end, &past).await.expect(422).faults("invalid")[0].1, "in-the-past");
    let later = json!({"until": "2026-06-10", "reason": "Left the guild"});
    let ended = operator.post(&end, &later).await.expect(200).json();
    assert_eq!((&ended["in_force"], &ended["until"]), (&json!(true), &json!("2026-06-10")));
    let put_off = json!({"until": "2026-06-11", "reason": "Came back"});
    assert_eq!(operator.post(&end, &put_off).await.expect(422).faults("invalid")[0].1, "later-than-end");
    let now = json!({"reason": "Closed"});
    let ended = operator.post(&end, &now).await.expect(200).json();
    assert_eq!((&ended["in_force"], &ended["end_reason"]), (&json!(false), &json!("Closed")));
    operator.post(&end, &now).await.expect(409).problem("already-ended");

    let kept = app.anyone().get(path).await.json();
    assert_eq!(kept["total"]["value"], 1, "the history is kept");
    let expired = json!({"from": "2020-01-01", "until": "2021-01-01", "vouched_by": "Guild", "evidence": {}});
    let faults = operator.post(path, &expired).await.expect(422).faults("invalid");
    assert_eq!(faults.iter().map(|(pointer, _)| pointer.as_str()).collect::<Vec<_>>(), ["/until"]);
}

#[test]
fn a_slug_is_plain_and_not_a_word_of_ours() {
    for good in ["abc", "north-london", "a1-b2", "leeds-smp-school-of-the-north-of-england"] {
        assert!(Slug::parse(good).is_ok(), "{good}");
    }
    for bad in [
        "ab",
        "-ab",
        "ab-",
        "a--b",
        "1ab",
        "Abc",
        "a_b",
        "é-school",
        "a b",
        "",
        "admin",
        "adm1n",
        "st-ipple",
        "0fficial",
    ] {
        assert!(Slug::parse(bad).is_err(), "{bad}");
    }
    assert!(Slug::parse(&"a".repeat(41)).is_err());
}

proptest! {
    #[test]
    fn what_a_slug_resembles_it_resembles_without_its_hyphens(slug in "[a-z][a-z0-9]{2,12}") {
        let hyphened = format!("{}-{}", &slug[..2], &slug[2..]);
        if let (Ok(plain), Ok(hyphened)) = (Slug::parse(&slug), Slug::parse(&hyphened)) {
            prop_assert_eq!(plain.skeleton(), hyphened.skeleton());
        }
    }
}
