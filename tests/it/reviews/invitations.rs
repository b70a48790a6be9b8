//! Treatments and the invitations that follow from them: reached by the client alone, used once.

use serde_json::json;
use stipple::reviews::jobs::tend;

use super::{World, new_listing, review, token_in};

#[tokio::test]
async fn an_invitation_goes_straight_to_the_client_and_is_used_once() {
    let world = World::new().await;
    let recorded = world.record("ann@example.com").await;
    assert!(
        !recorded.to_string().contains("stp_rv_") && !recorded.to_string().contains("ann@"),
        "{recorded}"
    );
    let token = world.token_for("ann@example.com").await;
    let path = format!("/v1/review-invitations/{token}");
    // A mail scanner opens every address, often.
    for _ in 0..3 {
        let page = world.app.anyone().get(&path).await.expect(200);
        assert_eq!(page.header("cache-control"), Some("private, no-store"));
        assert_eq!(page.json()["stage"], "fresh");
        assert_eq!(page.json()["verification"], "invited");
    }
    let made = world.submit(&token, &review(2)).await.expect(201);
    let id = made.json()["review"]["id"].as_str().unwrap().to_owned();
    assert!(made.header("location").unwrap().ends_with(&format!("/v1/reviews/{id}")));
    assert_eq!(made.json()["review"]["verification_label"], "Invited by the practitioner");
    world.submit(&token, &review(5)).await.expect(410).problem("invitation-used");
    world.app.anyone().get(&path).await.expect(410).problem("invitation-used");
    let list = world.reviews("").await;
    assert_eq!(list["total"]["value"], 1);
    assert_eq!(list["items"][0]["stars"], 2);
    let counters = &list["summary"]["counters"];
    assert_eq!((&counters["treatments"], &counters["invitations"]), (&json!(1), &json!(1)));
    let letters = world.app.letters().await;
    let author = made.json()["author_token"].as_str().unwrap().to_owned();
    assert!(letters.iter().any(|letter| letter.contains(&author)), "the author is told how to come back");
}

#[tokio::test]
async fn tokens_are_neither_guessed_nor_bent_nor_kept_for_ever() {
    let world = World::new().await;
    world.record("ann@example.com").await;
    let token = world.token_for("ann@example.com").await;
    let mut bent = token.clone();
    let last = if bent.pop() == Some('2') { '3' } else { '2' };
    bent.push(last);
    let shouted = token.to_uppercase();
    let operator = world.app.as_operator().await;
    for forged in [
        bent.as_str(),
        "stp_rv_",
        "x",
        "stp_au_11111111111111111111111111111111111111111111",
        shouted.as_str(),
        operator.token().unwrap(),
    ] {
        let path = format!("/v1/review-invitations/{forged}");
        world.app.anyone().get(&path).await.expect(404).problem("unknown-invitation");
        world.app.anyone().post(&path, &review(5)).await.expect(404).problem("unknown-invitation");
    }
    world.days_pass(121);
    world.submit(&token, &review(5)).await.expect(410).problem("invitation-expired");
    assert_eq!(world.reviews("").await["total"]["value"], 0);
}

#[tokio::test]
async fn a_token_writes_about_its_own_treatment() {
    let world = World::new().await;
    let other = world.app.as_new_practitioner().await;
    let elsewhere = new_listing(&other, "Somebody Else").await;
    world.record("ann@example.com").await;
    let token = world.token_for("ann@example.com").await;
    let made = world.submit(&token, &review(1)).await.expect(201).json();
    assert_eq!(made["review"]["listing"], world.listing);
    let list = world.app.anyone().get(&format!("/v1/practitioners/{elsewhere}/reviews")).await.expect(200);
    assert_eq!(list.json()["total"]["value"], 0);
}

#[tokio::test]
async fn of_many_who_use_one_token_at_once_one_is_heard() {
    let world = World::new().await;
    world.record("ann@example.com").await;
    let token = world.token_for("ann@example.com").await;
    let path = format!("/v1/review-invitations/{token}");
    let anyone = world.app.anyone();
    let tries = (1..=5).map(|stars| anyone.post(&path, &review(stars)).into_future());
    let answers = futures_util::future::join_all(tries).await;
    let written = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(written, 1, "{answers:?}");
    assert!(answers.iter().all(|answer| [201, 410].contains(&answer.status.as_u16())), "{answers:?}");
    assert_eq!(world.reviews("").await["summary"]["counters"]["received"], 1);
}

#[tokio::test]
async fn a_card_is_shown_once_and_says_so_on_the_review() {
    let world = World::new().await;
    let body = json!({"service": "full-head", "sessions": ["2026-06-01"], "printed_card": true});
    let path = world.path("/treatments");
    let made = world.keeper.post(&path, &body).key("card").await.expect(201).json();
    let code = made["card"]["code"].as_str().unwrap().to_owned();
    let again = world.keeper.post(&path, &body).key("card").await.expect(201).json();
    assert_eq!(again["id"], made["id"]);
    assert!(again["card"].is_null(), "the code is kept nowhere: {again}");
    assert!(!world.keeper.get(&path).await.expect(200).text().contains("stp_rv_"));
    let written = world.submit(&code, &review(5)).await.expect(201).json();
    assert_eq!(written["review"]["verification"], "invited-by-card");
    let marks = async || -> i64 {
        let mut conn = world.app.db.read().await.unwrap();
        let count = "select count(*) from reviews where address_mark is not null";
        let (count,): (i64,) = conn.query(count).fetch_one().await.unwrap();
        count
    };
    assert_eq!(marks().await, 1);
    world.days_pass(396);
    tend(world.app.app.clone()).await.unwrap();
    assert_eq!(marks().await, 0, "what stands for the network address is erased too");
}

#[tokio::test]
async fn a_treatment_is_recorded_when_it_begins_by_who_keeps_the_listing() {
    let world = World::new().await;
    let path = world.path("/treatments");
    for (sessions, email, card, pointer, code) in [
        (json!(["2026-06-02"]), json!("a@example.com"), json!(false), "/sessions", "not-begun"),
        (json!(["2026-04-20"]), json!("a@example.com"), json!(false), "/sessions", "too-late"),
        (json!(["2026-06-01", "2026-06-01"]), json!("a@example.com"), json!(false), "/sessions", "duplicate"),
        (json!(["2026-05-31", "2027-08-01"]), json!("a@example.com"), json!(false), "/sessions", "too-long"),
        (json!(["2026-06-01"]), json!(null), json!(false), "/email", "required"),
        (json!(["2026-06-01"]), json!("a@example.com"), json!(true), "/printed_card", "unexpected"),
        (json!(["2026-06-01"]), json!("a@b\r\nBcc: x@example.com"), json!(false), "/email", "email"),
        (json!([]), json!("a@example.com"), json!(false), "/sessions", "too-few"),
    ] {
        let body =
            json!({"service": "full-head", "sessions": sessions, "email": email, "printed_card": card});
        let faults = world.keeper.post(&path, &body).await.expect(422).faults("invalid");
        assert!(faults.contains(&(pointer.to_owned(), code.to_owned())), "{body}: {faults:?}");
    }
    let body = json!({"service": "full-head", "sessions": ["2026-06-01"], "email": "a@example.com", "diagnosis": "alopecia"});
    world.keeper.post(&path, &body).await.expect(422);
    let body = json!({"service": "full-head", "sessions": ["2026-06-01"], "email": "a@example.com"});
    let competitor = world.app.as_new_practitioner().await;
    new_listing(&competitor, "A Competitor").await;
    competitor.post(&path, &body).await.expect(403).problem("forbidden");
    world.app.anyone().post(&path, &body).await.expect(401);
    assert!(world.app.letters().await.is_empty());
}

#[tokio::test]
async fn a_follow_up_goes_out_at_each_stage_and_none_after_the_address_is_erased() {
    let world = World::new().await;
    world.record("ann@example.com").await;
    let mut sent = world.app.letters().await.len();
    assert_eq!(sent, 1);
    for (days, stage) in
        [(29, None), (1, Some("healed")), (29, None), (1, Some("settled")), (300, None), (5, Some("year1"))]
    {
        world.days_pass(days);
        tend(world.app.app.clone()).await.unwrap();
        // Looking twice sends nothing twice.
        tend(world.app.app.clone()).await.unwrap();
        let letters = world.app.letters().await;
        assert_eq!(letters.len(), sent + usize::from(stage.is_some()), "after {days} more days");
        sent = letters.len();
        if let Some(stage) = stage {
            let path = format!("/v1/review-invitations/{}", token_in(letters.last().unwrap()));
            assert_eq!(world.app.anyone().get(&path).await.expect(200).json()["stage"], stage);
        }
    }
    let kept = |list: &serde_json::Value| list["items"][0]["contact_kept"].clone();
    let path = world.path("/treatments");
    assert_eq!(kept(&world.keeper.get(&path).await.expect(200).json()), true);
    world.days_pass(31);
    tend(world.app.app.clone()).await.unwrap();
    assert_eq!(kept(&world.keeper.get(&path).await.expect(200).json()), false);
    assert_eq!(world.reviews("").await["summary"]["counters"]["invitations"], 4);
}

#[tokio::test]
async fn a_session_added_later_does_not_take_an_invitation_back() {
    let world = World::new().await;
    let treatment = world.record("ann@example.com").await;
    world.days_pass(30);
    tend(world.app.app.clone()).await.unwrap();
    let token = world.token_for("ann@example.com").await;
    let sessions = world.path(&format!("/treatments/{}/sessions", treatment["id"].as_str().unwrap()));
    let today = world.app.clock.today().to_string();
    world.keeper.post(&sessions, &json!({"on": today})).await.expect(200);
    world.keeper.post(&sessions, &json!({"on": today})).await.expect(422);
    let written = world.submit(&token, &review(1)).await.expect(201).json();
    assert_eq!(written["review"]["stage"], "healed");
    let competitor = world.app.as_new_practitioner().await;
    let elsewhere = new_listing(&competitor, "A Competitor").await;
    let swapped = sessions.replace(&world.listing, &elsewhere);
    competitor.post(&swapped, &json!({"on": today})).await.expect(404);
}

#[tokio::test]
async fn any_client_may_start_a_review_and_a_mailbox_is_not_flooded() {
    let world = World::new().await;
    let start = json!({"email": "Ann@Example.com", "last_session": "2026-03-01"});
    let path = world.path("/reviews");
    let anyone = world.app.anyone();
    let first = anyone.post(&path, &start).await.expect(202);
    let again = anyone
        .post(&path, &json!({"email": "ann+x@example.com", "last_session": "2026-03-01"}))
        .await
        .expect(202);
    assert_eq!(first.json(), again.json(), "whether a letter went out is not told");
    assert_eq!(world.app.letters().await.len(), 1);
    let token = world.token_for("Ann@example.com").await;
    let written = world.submit(&token, &review(2)).await.expect(201).json();
    assert_eq!(written["review"]["verification"], "email-confirmed");
    assert_eq!(written["review"]["stage"], "settled");
    let summary = &world.reviews("").await["summary"];
    assert_eq!(summary["counters"]["treatments"], 0, "the practitioner recorded none");
    assert_eq!(summary["counters"]["invitations"], 0);
    for wrong in [
        json!({"email": "nobody", "last_session": "2026-03-01"}),
        json!({"email": "a@example.com", "last_session": "2026-07-01"}),
        json!({"email": "a@example.com", "last_session": "2019-01-01"}),
    ] {
        anyone.post(&path, &wrong).await.expect(422).problem("invalid");
    }
    anyone.post("/v1/practitioners/SMP-2222-2222-2/reviews", &start).await.expect(404);
}
