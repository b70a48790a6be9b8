//! The client's consent: given and withdrawn by the client alone, and what is withdrawn is gone.

use std::time::Duration;

use serde_json::{Value, json};
use stipple::cases::{ConsentToken, Gazer, ops};

use super::{Keeper, behind, files, jpeg, local, story, text};
use crate::support::TestApp;

/// A fresh link of a case, as its path.
async fn link(keeper: &Keeper, case: &str) -> String {
    let made = keeper.client.post(&format!("/v1/cases/{case}/consent-links"), &json!({})).await.expect(201);
    assert_eq!(made.header("cache-control"), Some("private, no-store"));
    behind(&made.json()["url"])
}

fn agreed() -> Value {
    json!({"scopes": ["directory", "api", "marketing"], "adult": true})
}

#[tokio::test]
async fn the_client_agrees_and_the_case_says_so() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let mut body = story();
    body.as_object_mut().expect("an object").remove("consent");
    let case = keeper.draft(&body).await;
    keeper.complete(&case, 1).await;
    keeper.publish(&case).await.problem("not-publishable");
    let link = link(&keeper, &case).await;
    for _ in 0..3 {
        // A scanner of mails, or of printed codes, changes nothing by looking.
        let seen = app.anyone().get(&link).await.expect(200).json();
        assert_eq!((&seen["state"], &seen["case"]["id"]), (&json!("open"), &json!(case)));
        let photo = &seen["case"]["photos"][0]["files"][0]["url"];
        let read = app.anyone().get(&local(photo)).await.expect(200);
        assert_eq!(
            read.header("cache-control"),
            Some("private, no-store"),
            "the client sees the draft's photos"
        );
    }
    keeper.publish(&case).await.problem("not-publishable");
    assert_eq!(
        app.anyone().post(&link, &json!({"scopes": ["api"], "adult": false})).await.faults("invalid")[0].0,
        "/adult"
    );
    let past = json!({"scopes": ["api"], "adult": true, "until": "2020-01-01"});
    assert_eq!(app.anyone().post(&link, &past).await.faults("invalid")[0].0, "/until");
    let seen = app.anyone().post(&link, &agreed()).await.expect(200).json();
    assert_eq!(seen["state"], "confirmed");
    keeper.publish(&case).await.expect(200);
    let shown = app.anyone().get(&format!("/v1/cases/{case}")).await.expect(200).json();
    assert_eq!(shown["client_confirmed"], true);
    assert_eq!(shown["consent"]["label"], "the client confirmed this");
    assert_eq!(shown["consent"]["scopes"], json!(["directory", "api", "marketing"]));
    assert_eq!(
        app.anyone().get("/v1/cases?client_confirmed=true").await.expect(200).json()["total"]["value"],
        1
    );
    assert_eq!(
        app.anyone().get("/v1/cases?client_confirmed=false").await.expect(200).json()["total"]["value"],
        0
    );

    // The client narrows it: the case hides by itself, and the practitioner's word does not outweigh theirs.
    app.anyone().post(&link, &json!({"scopes": ["education"], "adult": true})).await.expect(200);
    app.anyone().get(&format!("/v1/cases/{case}")).await.problem("not-found");
    let stated =
        json!({"consent": {"scopes": ["directory", "api"], "given_on": "2025-01-01"}, "published": true});
    keeper.client.patch(&format!("/v1/cases/{case}"), &stated).if_match("*").await.problem("not-publishable");
}

#[tokio::test]
async fn nobody_else_agrees_for_the_client() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let (case, other) = (keeper.draft(&story()).await, keeper.shown(&story(), 1).await);
    let first = link(&keeper, &case).await;
    for client in [&keeper.client, &app.as_operator().await, &app.as_new_academy().await] {
        client.post(&first, &agreed()).await.problem("forbidden");
        client.post(&format!("{first}/withdrawal"), &json!({})).await.problem("forbidden");
    }
    // Forged, mistyped, cut and swapped ones.
    let forged = ConsentToken::generate(&app.ids);
    for token in
        [forged.reveal(), "stc_", "stp_op_11111111111111111111111111111111111111111111", &first[14..40]]
    {
        app.anyone().post(&format!("/v1/consents/{token}"), &agreed()).await.problem("not-found");
    }
    let photo = app.anyone().get(&format!("/v1/cases/{other}")).await.expect(200).json()["photos"][0].clone();
    let token = first.rsplit('/').next().expect("a token").to_owned();
    let swapped = format!("/v1/cases/{other}/photos/{}?consent={token}", text(&photo["id"]));
    app.anyone().get(&swapped).await.problem("not-found");
    // The token itself is nowhere in the database.
    let mut conn = app.db.read().await.expect("a reader is free");
    let (hash,): (Vec<u8>,) =
        conn.query("select token_hash from case_consents").fetch_one().await.expect("there is one link");
    assert_eq!(hash, ConsentToken::parse(&token).expect("a token").hash());
    drop(conn);

    // A new link replaces one that was not used; once used, only an operator makes another.
    let second = link(&keeper, &case).await;
    app.anyone().get(&first).await.problem("not-found");
    app.anyone().post(&second, &agreed()).await.expect(200);
    let links = format!("/v1/cases/{case}/consent-links");
    keeper.client.post(&links, &json!({})).await.problem("client-confirmed");
    Keeper::new(&app).await.client.post(&links, &json!({})).await.problem("forbidden");
    app.anyone().post(&links, &json!({})).await.problem("unauthorized");
    let third = app.as_operator().await.post(&links, &json!({})).await.expect(201).json();
    let third = behind(&third["url"]);
    assert_eq!(app.anyone().get(&third).await.expect(200).json()["state"], "confirmed");
}

#[tokio::test]
async fn a_link_that_nobody_used_runs_out_and_one_that_was_used_does_not() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let (unused, used) = (keeper.draft(&story()).await, keeper.draft(&story()).await);
    let (unused, used) = (link(&keeper, &unused).await, link(&keeper, &used).await);
    app.anyone().post(&used, &agreed()).await.expect(200);
    app.clock.advance(Duration::from_secs(91 * 24 * 60 * 60));
    app.anyone().get(&unused).await.problem("consent-link-spent");
    app.anyone().post(&unused, &agreed()).await.problem("consent-link-spent");
    app.anyone().post(&format!("{used}/withdrawal"), &json!({})).await.expect(200);
}

#[tokio::test]
async fn what_is_withdrawn_is_gone() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let case = keeper.shown(&story(), 1).await;
    let link = link(&keeper, &case).await;
    app.anyone().post(&link, &agreed()).await.expect(200);
    let path = format!("/v1/cases/{case}");
    let photo = app.anyone().get(&path).await.expect(200).json()["photos"][0]["files"][0]["url"].clone();
    app.anyone().get(&local(&photo)).await.expect(200);
    assert_eq!(app.anyone().get("/v1/cases").await.expect(200).json()["total"]["value"], 1);

    let seen = app.anyone().post(&format!("{link}/withdrawal"), &json!({})).await.expect(200).json();
    assert_eq!(seen["state"], "withdrawn");
    assert!(seen.get("case").is_none());
    assert_eq!(app.anyone().get(&path).await.problem("case-ended")["reason"], "consent-withdrawn");
    app.anyone().get(&local(&photo)).await.problem("case-ended");
    assert_eq!(app.anyone().get("/v1/cases?like=norwood:5").await.expect(200).json()["total"]["value"], 0);
    app.run_jobs().await;
    assert!(app.memory.of::<Gazer>().is_empty(), "its looks left memory");
    assert_eq!(files(&app), 0);
    let mut conn = app.db.read().await.expect("a reader is free");
    let (photos,): (i64,) =
        conn.query("select count(*) from case_photos").fetch_one().await.expect("it is read");
    let (words,): (i64,) = conn
        .query("select count(*) from cases where details is not null")
        .fetch_one()
        .await
        .expect("it is read");
    assert_eq!((photos, words), (0, 0));
    drop(conn);

    // Again, it changes nothing; agreeing again does not bring it back.
    assert_eq!(app.anyone().post(&format!("{link}/withdrawal"), &json!({})).await.expect(200).json(), seen);
    assert_eq!(app.anyone().get(&link).await.expect(200).json(), seen);
    app.anyone().post(&link, &agreed()).await.problem("case-ended");
    keeper.client.post(&format!("{path}/consent-links"), &json!({})).await.problem("case-ended");
}

#[tokio::test]
async fn consent_withdrawn_while_photos_are_rendered_leaves_nothing() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    for wait in [0, 30, 120] {
        let case = keeper.shown(&story(), 1).await;
        let link = link(&keeper, &case).await;
        let uploads = futures_util::future::join_all(
            (0..6).map(|seed| keeper.photo(&case, "settled", "crown", "2025-06-01", jpeg(50 + seed))),
        );
        let withdrawal = async {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            app.anyone().post(&format!("{link}/withdrawal"), &json!({})).await.expect(200)
        };
        let (uploads, _) = tokio::join!(uploads, withdrawal);
        for upload in uploads {
            assert!([201, 410, 503].contains(&upload.status.as_u16()), "{}", upload.text());
        }
        app.run_jobs().await;
        assert_eq!(files(&app), 0, "withdrawn after {wait} ms");
        let mut conn = app.db.read().await.expect("a reader is free");
        let (photos,): (i64,) =
            conn.query("select count(*) from case_photos").fetch_one().await.expect("it is read");
        assert_eq!(photos, 0);
    }
}

#[tokio::test]
async fn consent_that_has_run_out_hides_at_once_and_then_forgets() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let case = keeper.shown(&story(), 1).await;
    let link = link(&keeper, &case).await;
    let until = app.clock.today() + time::Duration::days(10);
    let body = json!({"scopes": ["directory", "api"], "adult": true, "until": until.to_string()});
    app.anyone().post(&link, &body).await.expect(200);
    app.clock.advance(Duration::from_secs(10 * 24 * 60 * 60));
    app.anyone().get(&format!("/v1/cases/{case}")).await.expect(200);
    ops::sweep(&app).await.expect("the sweep ends");
    app.anyone().get(&format!("/v1/cases/{case}")).await.expect(200);
    app.clock.advance(Duration::from_secs(24 * 60 * 60));
    app.anyone().get(&format!("/v1/cases/{case}")).await.problem("not-found");
    assert_eq!(app.anyone().get("/v1/cases").await.expect(200).json()["total"]["value"], 0);
    ops::sweep(&app).await.expect("the sweep ends");
    let ended = app.anyone().get(&format!("/v1/cases/{case}")).await.problem("case-ended");
    assert_eq!(ended["reason"], "consent-expired");
    app.run_jobs().await;
    assert_eq!(files(&app), 0);
}

#[tokio::test]
async fn a_mailed_link_goes_to_the_client_alone() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let case = keeper.draft(&story()).await;
    let path = format!("/v1/cases/{case}/consent-letters");
    let own = json!({"contact": {"email": "jane@example.com"}});
    let listing = format!("/v1/practitioners/{}", keeper.number);
    keeper.client.patch(&listing, &own).if_match("*").await.expect(200);
    let refused = keeper.client.post(&path, &json!({"email": "Jane@Example.com"})).await;
    assert_eq!(refused.faults("invalid"), [("/email".to_owned(), "own-address".to_owned())]);
    assert_eq!(
        keeper.client.post(&path, &json!({"email": "nowhere"})).await.faults("invalid")[0].0,
        "/email"
    );

    let sent = keeper.client.post(&path, &json!({"email": "ann@example.com"})).await.expect(202);
    assert!(!sent.text().contains("stc_") && !sent.text().contains("ann@"), "{}", sent.text());
    keeper.client.post(&path, &json!({"email": "ann@example.com"})).await.problem("conflict");
    let letters = app.letters().await;
    let [letter] = letters.as_slice() else { panic!("one letter in {letters:#?}") };
    assert!(letter.contains("To: ann@example.com\r\n"), "{letter}");
    let at = letter.find("/consents/stc_").expect("a link");
    let page: String = letter[at..].chars().take_while(|c| !c.is_whitespace()).collect();
    app.anyone().get(&page).await.expect(200);
    let link = format!("/v1{page}");
    assert_eq!(app.anyone().get(&link).await.expect(200).json()["state"], "open");
    app.anyone().post(&link, &agreed()).await.expect(200);
    let seen = keeper.client.get(&format!("/v1/cases/{case}")).await.expect(200).json();
    assert_eq!(seen["consent"]["way"], "mailed");
    keeper.client.post(&path, &json!({"email": "ann@example.com"})).await.problem("client-confirmed");
}
