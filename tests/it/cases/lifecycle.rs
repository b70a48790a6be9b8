//! A case from its draft to its end.

use poem::http::Method;
use serde_json::{Value, json};
use stipple::cases::ops;

use super::{Keeper, files, jpeg, story, text};
use crate::support::TestApp;

fn codes(missing: &Value) -> Vec<String> {
    missing.as_array().expect("what is missing").iter().map(|one| text(&one["code"])).collect()
}

#[tokio::test]
async fn a_draft_is_its_keepers_alone_until_nothing_is_missing() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let mut body = story();
    body["consent"] = Value::Null;
    let body: Value = body
        .as_object()
        .expect("an object")
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let case = keeper.draft(&body).await;
    let path = format!("/v1/cases/{case}");
    let other = Keeper::new(&app).await;
    for stranger in [&app.anyone(), &other.client] {
        stranger.get(&path).await.problem("not-found");
    }
    let list = format!("/v1/practitioners/{}/cases", keeper.number);
    assert_eq!(app.anyone().get(&list).await.expect(200).json()["total"]["value"], 0);
    assert_eq!(keeper.client.get(&list).await.expect(200).json()["total"]["value"], 1);
    let own = keeper.client.get(&path).await.expect(200);
    assert_eq!(own.header("cache-control"), Some("private, no-store"));
    assert_eq!(codes(&own.json()["missing"]), ["no-before", "no-after", "no-close-up", "no-consent"]);
    let refused = keeper.publish(&case).await.faults("not-publishable");
    assert_eq!(refused.len(), 4, "{refused:?}");

    keeper.photo(&case, "before", "front", "2025-01-05", jpeg(1)).await.expect(201);
    keeper.photo(&case, "settled", "crown", "2025-06-01", jpeg(2)).await.expect(201);
    let own = keeper.client.get(&path).await.expect(200).json();
    assert_eq!(codes(&own["missing"]), ["no-after", "no-close-up", "no-consent"], "another view is no after");
    keeper.photo(&case, "healed", "front", "2025-03-20", jpeg(3)).await.expect(201);
    keeper.photo(&case, "healed", "hairline-close", "2025-03-20", jpeg(4)).await.expect(201);
    let partial = json!({"consent": {"scopes": ["directory", "education"], "given_on": "2025-01-01"}});
    keeper.client.patch(&path, &partial).if_match("*").await.expect(200);
    keeper.publish(&case).await.problem("not-publishable");
    let whole =
        json!({"consent": {"scopes": ["directory", "api"], "given_on": "2025-01-01"}, "published": true});
    let shown = keeper.client.patch(&path, &whole).if_match("*").await.expect(200).json();
    assert_eq!(shown["state"], "published");
    assert!(shown.get("missing").is_none());

    let read = app.anyone().get(&path).await.expect(200);
    assert_eq!(read.json()["consent"]["label"], "stated by the practitioner");
    assert_eq!(
        (&read.json()["client_confirmed"], &read.json()["photos"][0]["stage"]),
        (&json!(false), &json!("before"))
    );
    assert_eq!(app.anyone().get(&list).await.expect(200).json()["items"][0]["id"], json!(case));
    app.anyone().get(&path).header("if-none-match", read.etag()).await.expect(304);

    // Shown, it keeps what showing it needs; hidden, it may lose it.
    let bare = json!({"client": {}});
    keeper.client.patch(&path, &bare).if_match("*").await.problem("not-publishable");
    keeper.client.patch(&path, &json!({"published": false})).if_match("*").await.expect(200);
    app.anyone().get(&path).await.problem("not-found");
    keeper.client.patch(&path, &bare).if_match("*").await.expect(200);
}

#[tokio::test]
async fn what_cannot_be_so_is_refused() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let path = format!("/v1/practitioners/{}/cases", keeper.number);
    for (body, pointer) in [
        (json!({"conditions": []}), "/conditions"),
        (json!({}), "/conditions"),
        (json!({"conditions": ["baldness"]}), "/conditions/0"),
        (json!({"conditions": ["scar-fut"], "loss": {"norwood": "5"}}), "/loss/norwood"),
        (json!({"conditions": ["male-pattern"], "loss": {"ludwig": "2"}}), "/loss/ludwig"),
        (json!({"conditions": ["scar-fut"], "sessions": ["2999-01-01"]}), "/sessions/0"),
        (json!({"conditions": ["scar-fut"], "sessions": ["1890-01-01"]}), "/sessions/0"),
        (json!({"conditions": ["scar-fut"], "sessions": ["2025-02-30"]}), "/sessions/0"),
        (json!({"conditions": ["scar-fut"], "sessions": ["2025-01-01", "2025-01-01"]}), "/sessions/1"),
        (
            json!({"conditions": ["scar-fut"], "consent": {"scopes": ["api"], "given_on": "2999-01-01"}}),
            "/consent/given_on",
        ),
        (
            json!({"conditions": ["scar-fut"], "consent": {"scopes": ["api"], "given_on": "2025-01-01", "until": "2024-01-01"}}),
            "/consent/until",
        ),
        (json!({"conditions": ["scar-fut"], "client_name": "Joe Public"}), "/client_name"),
    ] {
        let faults = keeper.client.post(&path, &body).await.faults("invalid");
        assert!(faults.iter().any(|fault| fault.0 == pointer), "{body}: {faults:?}");
    }
    let other = Keeper::new(&app).await;
    other.client.post(&path, &story()).await.problem("forbidden");
    let nowhere = path.replace(&keeper.number, "CRT-2222-2222-K");
    keeper.client.post(&nowhere, &story()).await.expect(400);
    let once = || keeper.client.post(&path, &story()).key("one");
    assert_eq!(once().await.expect(201).json()["id"], once().await.expect(201).json()["id"]);
    let pattern = keeper.draft(&json!({"conditions": ["alopecia-areata"]})).await;
    let own = keeper.client.get(&format!("/v1/cases/{pattern}")).await.expect(200).json();
    assert!(text(&own["missing"][0]["detail"]).contains("where hair is missing"), "{own:#}");
}

#[tokio::test]
async fn a_removed_case_keeps_nothing() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let case = keeper.shown(&story(), 1).await;
    let path = format!("/v1/cases/{case}");
    keeper.client.delete(&path).await.problem("precondition-required");
    Keeper::new(&app).await.client.delete(&path).if_match("*").await.problem("forbidden");
    keeper.client.delete(&path).if_match("\"v1\"").await.problem("precondition-failed");
    keeper.client.delete(&path).if_match("*").await.expect(204);
    for caller in [&app.anyone(), &keeper.client] {
        assert_eq!(caller.get(&path).await.problem("case-ended")["reason"], "removed");
    }
    keeper.client.patch(&path, &json!({"published": true})).if_match("*").await.problem("case-ended");
    keeper.photo(&case, "before", "front", "2025-01-05", jpeg(1)).await.problem("case-ended");
    app.run_jobs().await;
    assert_eq!(files(&app), 0);
    let mut conn = app.db.read().await.expect("a reader is free");
    let (kept,): (i64,) = conn
        .query("select count(*) from cases where details is not null")
        .fetch_one()
        .await
        .expect("the table is read");
    assert_eq!(kept, 0, "what it said is gone");
    let feed = app.anyone().get("/v1/changes?since=0&limit=100").await.expect(200).text();
    assert!(feed.contains(&format!("cases/{case}")), "whoever follows learns of it");
}

#[tokio::test]
async fn cases_follow_their_listing() {
    let app = TestApp::new().await;
    let operator = app.as_operator().await;
    let (leaving, merged, survivor) =
        (Keeper::new(&app).await, Keeper::new(&app).await, Keeper::new(&app).await);
    let gone = leaving.shown(&story(), 1).await;
    let moved = merged.shown(&story(), 11).await;
    let found = || async { app.anyone().get("/v1/cases").await.expect(200).json()["total"]["value"].clone() };
    // The whole sweep of the day is over: the next one reads on in the change feed.
    ops::sweep(&app).await.expect("the sweep ends");
    assert_eq!(found().await, 2);
    let path = format!("/v1/practitioners/{}", leaving.number);
    leaving.client.delete(&format!("{path}?reason=withdrawn")).if_match("*").await.expect(204);
    app.anyone().get(&format!("/v1/cases/{gone}")).await.problem("not-found");
    assert_eq!(found().await, 1, "hidden at once");
    let merge = format!("/v1/practitioners/{}/merge", merged.number);
    operator.post(&merge, &json!({"into": survivor.number})).if_match("*").await.expect(200);
    ops::sweep(&app).await.expect("the sweep ends");
    let ended = app.anyone().get(&format!("/v1/cases/{gone}")).await.problem("case-ended");
    assert_eq!(ended["reason"], "listing-removed");
    let shown = app.anyone().get(&format!("/v1/cases/{moved}")).await.expect(200).json();
    assert_eq!(shown["practitioner"]["number"], json!(survivor.number));
    survivor
        .client
        .patch(&format!("/v1/cases/{moved}"), &json!({"published": false}))
        .if_match("*")
        .await
        .expect(200);
    app.run_jobs().await;
    assert_eq!(files(&app), 18, "the files of the listing that left are gone");
    app.anyone().call(Method::GET, &format!("{path}/cases")).await.problem("listing-removed");
}
