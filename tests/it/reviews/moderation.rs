//! Replies, reports, removals, appeals, proofs, concerns and signals.

use serde_json::{Value, json};
use stipple::signing::tlog::offline::OfflineProof;

use super::{TEXT, World, review, token_in, with};
use crate::support::Client;

const FACTS: &str = "The author wrote to us that the treatment never took place.";

fn path_of(review: &Value) -> String {
    format!("/v1/reviews/{}", review["review"]["id"].as_str().unwrap())
}

async fn reports(operator: &Client) -> Vec<Value> {
    let list = operator.get("/v1/review-reports?limit=100").await.expect(200).json();
    list["items"].as_array().unwrap().clone()
}

/// The signals that were raised, by word.
async fn signals(operator: &Client) -> Vec<String> {
    let all = reports(operator).await;
    let word = |report: &Value| report["reason"].as_str().unwrap().to_owned();
    all.iter().filter(|report| report["source"] == "signal").map(word).collect()
}

#[tokio::test]
async fn the_practitioner_replies_and_tells_nothing_of_anybodys_health() {
    let world = World::new().await;
    let written = world.reviewed("ann@example.com", review(1)).await;
    let reply = format!("{}/reply", path_of(&written));
    let body = json!({"text": "I am sorry to hear that. Please come by, the correction is on me."});
    world.keeper.put(&reply, &body).await.expect(428);
    let etag = world.app.anyone().get(&path_of(&written)).await.expect(200).etag();
    let replied = world.keeper.put(&reply, &body).if_match(&etag).await.expect(200);
    assert_eq!(replied.json()["replies"][0]["text"], body["text"]);
    world.keeper.put(&reply, &body).if_match(&etag).await.expect(412);
    let again = json!({"text": "I have written to you."});
    let twice = world.keeper.put(&reply, &again).if_match(replied.etag()).await.expect(200).json();
    assert_eq!(twice["replies"].as_array().unwrap().len(), 2, "every version stays");
    for text in [
        "You never told me about your medication!",
        "With your diabetes this was to be expected.",
        "Her ALOPECIA areata was far too active.",
        "You were pregnant, what did you expect?",
        "You have a keloid, I said so.",
    ] {
        let faults = world
            .keeper
            .put(&reply, &json!({"text": text}))
            .if_match("*")
            .await
            .expect(422)
            .faults("invalid");
        assert_eq!(faults, [("/text".to_owned(), "health-data".to_owned())], "{text}");
    }
    let competitor = world.app.as_new_practitioner().await;
    super::new_listing(&competitor, "A Competitor").await;
    competitor.put(&reply, &body).if_match("*").await.expect(403);
    world.app.as_operator().await.put(&reply, &body).if_match("*").await.expect(403);
}

#[tokio::test]
async fn what_is_reported_stays_until_a_person_decides() {
    let world = World::new().await;
    let written = world.reviewed("ann@example.com", review(1)).await;
    let path = format!("{}/reports", path_of(&written));
    let report = json!({"reason": "not-a-real-experience", "text": "This was never a client of mine."});
    for _ in 0..3 {
        world.keeper.post(&path, &report).await.expect(202);
    }
    for reason in ["author-withdrew", "low-rating", "unqualified"] {
        let body = json!({"reason": reason, "text": "I do not like what it says."});
        world.keeper.post(&path, &body).await.expect(422).problem("invalid");
    }
    let operator = world.app.as_operator().await;
    let open = reports(&operator).await;
    assert_eq!(open.len(), 1, "one caller reports a review once: {open:?}");
    assert_eq!(world.reviews("").await["total"]["value"], 1);
    let dismissal = format!("/v1/review-reports/{}/dismissal", open[0]["id"].as_str().unwrap());
    operator.post(&dismissal, &json!({})).await.expect(204);
    operator.post(&dismissal, &json!({})).await.expect(409).problem("decided-already");
    assert_eq!(world.app.log_of("report-dismiss").await, 1);
    assert!(reports(&operator).await.is_empty());
    world.keeper.get("/v1/review-reports").await.expect(403);
}

#[tokio::test]
async fn a_removal_gives_its_reasons_and_another_person_decides_the_appeal() {
    let world = World::new().await;
    let written = world.reviewed("ann@example.com", review(1)).await;
    world.reviewed("bob@example.com", review(5)).await;
    let before = world.reviews("").await["summary"].clone();
    let path = path_of(&written);
    let [first, second] =
        [world.app.as_operator_called("Ann").await, world.app.as_operator_called("Bo").await];
    let removal = format!("{path}/removal");
    for (body, code) in [
        (json!({"reason": "low-rating", "facts": FACTS}), "unknown-value"),
        (json!({"reason": "author-withdrew", "facts": FACTS}), "not-a-reason"),
        (json!({"reason": "spam", "facts": "No."}), "too-short"),
    ] {
        let faults = first.post(&removal, &body).await.expect(422).faults("invalid");
        assert!(faults.iter().any(|(_, why)| why == code), "{code}: {faults:?}");
    }
    world.keeper.post(&removal, &json!({"reason": "spam", "facts": FACTS})).await.expect(403);
    let body = json!({"reason": "not-a-real-experience", "facts": FACTS});
    let left = first.post(&removal, &body).await.expect(200).json();
    assert_eq!(left["removal"]["label"], "Not a real experience");
    assert!(!left.to_string().contains(FACTS), "the facts are for the author");
    first.post(&removal, &body).await.expect(409).problem("review-removed");
    let letters = world.app.letters().await;
    let told = letters.iter().find(|letter| letter.contains("Your review was removed")).expect("a letter");
    assert!(told.contains(FACTS) && told.contains("2026-11-28"), "{told}");
    let gone = world.reviews("").await["summary"].clone();
    assert_eq!(
        gone["counters"]["removed"],
        json!([{"reason": "not-a-real-experience", "stars": 1, "count": 1}])
    );
    assert_eq!((&gone["histogram"]["1"], &gone["counters"]["received"]), (&json!(0), &json!(2)));

    let author = json!({"author_token": written["author_token"]});
    let statement = world.app.anyone().post(&format!("{path}/statement"), &author).await.expect(200).json();
    assert_eq!((&statement["automated"], &statement["facts"]), (&json!(false), &json!(FACTS)));
    let decision =
        json!({"outcome": "restored", "findings": "The booking messages show that it did take place."});
    second
        .post(&format!("{path}/appeals/decision"), &decision)
        .await
        .expect(409)
        .problem("nothing-to-appeal");
    let appeal = json!({"author_token": written["author_token"], "text": "I never wrote that. Here are the messages."});
    let appeals = format!("{path}/appeals");
    let forged = json!({"author_token": "stp_au_x", "text": "I never wrote that. Here are the messages."});
    world.app.anyone().post(&appeals, &forged).await.expect(403).problem("not-the-author");
    world.days_pass(179);
    world.app.anyone().post(&appeals, &appeal).await.expect(200);
    world.app.anyone().post(&appeals, &appeal).await.expect(409).problem("appealed-already");
    let decide = format!("{path}/appeals/decision");
    first.post(&decide, &decision).await.expect(403).problem("same-operator");
    world
        .app
        .as_operator_called("Ann")
        .await
        .post(&decide, &decision)
        .await
        .expect(403)
        .problem("same-operator");
    let decided = second.post(&decide, &decision).await.expect(200).json();
    assert_eq!(decided["outcome"], "restored");
    second.post(&decide, &decision).await.expect(409).problem("decided-already");
    let after = world.reviews("").await["summary"].clone();
    assert_eq!(after["histogram"], before["histogram"], "it counts as it did");
    assert_eq!(after["counters"], before["counters"]);
    assert_eq!(after["stages"], before["stages"]);
    appeal_is_logged(&world, &path).await;
}

/// That somebody appealed, and what it came to, can be proven by the public log.
async fn appeal_is_logged(world: &World, path: &str) {
    world.app.log().await;
    let log = world.app.anyone().get(&format!("{path}/log")).await.expect(200).json();
    let entries = log["entries"].as_array().unwrap();
    let mut ops: Vec<&str> = entries.iter().map(|entry| entry["op"].as_str().unwrap()).collect();
    ops.sort_unstable();
    assert_eq!(ops, ["appeal", "appeal-decide", "review", "review-remove", "review-restore"]);
    let decided = entries.iter().find(|entry| entry["op"] == "appeal-decide").unwrap();
    let proof = OfflineProof::parse(decided["proof"].as_str().unwrap()).unwrap();
    let record: Value = serde_json::from_slice(proof.extra.as_ref().unwrap()).unwrap();
    assert_eq!(record["record"]["outcome"], "restored");
    assert!(!record.to_string().contains("I never wrote that"), "nobody's words");
}

#[tokio::test]
async fn an_appeal_after_its_window_is_late_and_a_withdrawal_has_none() {
    let world = World::new().await;
    let operator = world.app.as_operator().await;
    let written = world.reviewed("ann@example.com", review(1)).await;
    let appeal = json!({"author_token": written["author_token"], "text": "It was all as I wrote, and more."});
    let appeals = format!("{}/appeals", path_of(&written));
    world.app.anyone().post(&appeals, &appeal).await.expect(409).problem("nothing-to-appeal");
    let body = json!({"reason": "spam", "facts": FACTS});
    operator.post(&format!("{}/removal", path_of(&written)), &body).await.expect(200);
    world.days_pass(180);
    world.app.anyone().post(&appeals, &appeal).await.expect(409).problem("appeal-too-late");

    let other = world.reviewed("bob@example.com", review(2)).await;
    let author = json!({"author_token": other["author_token"]});
    world.app.anyone().post(&format!("{}/withdrawal", path_of(&other)), &author).await.expect(200);
    let appeal =
        json!({"author_token": other["author_token"], "text": "I changed my mind about withdrawing."});
    world
        .app
        .anyone()
        .post(&format!("{}/appeals", path_of(&other)), &appeal)
        .await
        .expect(409)
        .problem("nothing-to-appeal");
}

#[tokio::test]
async fn who_is_tied_to_a_listing_decides_nothing_about_it() {
    let world = World::new().await;
    let written = world.reviewed("ann@example.com", review(1)).await;
    let tied = world.app.as_operator_called("Ann").await;
    tied.put(&world.path("/tie"), &json!({"why": "I trained her."})).await.expect(204);
    world.keeper.put(&world.path("/tie"), &json!({"why": "It is mine."})).await.expect(403);
    let body = json!({"reason": "spam", "facts": FACTS});
    let removal = format!("{}/removal", path_of(&written));
    tied.post(&removal, &body).await.expect(403).problem("tied-to-listing");
    // Another token of the same name is the same person.
    world
        .app
        .as_operator_called("Ann")
        .await
        .post(&removal, &body)
        .await
        .expect(403)
        .problem("tied-to-listing");
    tied.get(&format!("{}/proof", path_of(&written))).await.expect(403).problem("tied-to-listing");
    world.app.as_operator_called("Bo").await.post(&removal, &body).await.expect(200);
}

#[tokio::test]
async fn proof_is_sealed_judged_and_deleted_and_then_it_counts() {
    let world = World::new().await;
    let anyone = world.app.anyone();
    anyone
        .post(&world.path("/reviews"), &json!({"email": "bob@example.com", "last_session": "2026-03-01"}))
        .await
        .expect(202);
    let token = world.token_for("bob@example.com").await;
    let written = world.submit(&token, &review(5)).await.expect(201).json();
    let path = format!("{}/proof", path_of(&written));
    let proof = json!({"author_token": written["author_token"], "kind": "receipt", "text": "Receipt 4711 of 1 March", "file": "JVBERi0=", "media_type": "application/pdf"});
    for (member, value) in
        [("media_type", json!("text/html")), ("file", json!("not base64!")), ("media_type", json!(null))]
    {
        let mut wrong = proof.clone();
        wrong[member] = value;
        anyone.post(&path, &wrong).await.expect(422).problem("invalid");
    }
    let mut forged = proof.clone();
    forged["author_token"] = json!("stp_au_x");
    anyone.post(&path, &forged).await.expect(403).problem("not-the-author");
    anyone.post(&path, &proof).await.expect(202);
    let mut conn = world.app.db.read().await.unwrap();
    let (sealed,): (Vec<u8>,) = conn.query("select sealed from review_proofs").fetch_one().await.unwrap();
    drop(conn);
    assert!(!String::from_utf8_lossy(&sealed).contains("4711"));
    let operator = world.app.as_operator().await;
    world.keeper.get(&path).await.expect(403);
    assert_eq!(operator.get(&path).await.expect(200).json()["text"], proof["text"]);
    // (17.5 + 0.35 × 5) / 5.35, then (17.5 + 5) / 6.
    assert_eq!(world.reviews("").await["summary"]["rating"], 3.6);
    let judged =
        operator.post(&format!("{path}/judgement"), &json!({"accepted": true})).await.expect(200).json();
    assert_eq!(judged["verification"], "proof-seen");
    assert_eq!(world.reviews("").await["summary"]["rating"], 3.75);
    operator.get(&path).await.expect(404);
    operator.post(&format!("{path}/judgement"), &json!({"accepted": true})).await.expect(404);
    let mut conn = world.app.db.read().await.unwrap();
    let noted: Vec<(bool, String)> =
        conn.query("select accepted, operator from proof_judgements").fetch_all().await.unwrap();
    assert!(matches!(noted.as_slice(), [(true, who)] if who.starts_with("operator:")), "{noted:?}");
}

#[tokio::test]
async fn a_review_that_says_unqualified_stays_and_is_looked_into() {
    let world = World::new().await;
    let text = format!("She is UNQUALIFIED, there was no training at all. {TEXT}");
    let written = world.reviewed("ann@example.com", with("text", json!(text))).await;
    assert_eq!(written["review"]["state"], "published");
    let body = json!({"kind": "unsafe", "text": "The same needle was used for two of us."});
    let raised = world.app.anyone().post(&world.path("/concerns"), &body).await.expect(202).json();
    assert_eq!(raised["due_at"], "2026-06-04T12:00:00Z");
    let operator = world.app.as_operator().await;
    world.keeper.get("/v1/concerns").await.expect(403);
    let list = operator.get("/v1/concerns").await.expect(200).json();
    assert_eq!(list["total"]["value"], 2);
    assert_eq!(
        (&list["items"][0]["kind"], &list["items"][1]["kind"]),
        (&json!("unsafe"), &json!("untrained"))
    );
    assert_eq!(list["items"][1]["review"], written["review"]["id"]);
    world.days_pass(4);
    let list = operator.get("/v1/concerns").await.expect(200).json();
    assert_eq!((&list["items"][0]["overdue"], &list["items"][1]["overdue"]), (&json!(true), &json!(false)));
    let decision = format!("/v1/concerns/{}/decision", list["items"][0]["id"].as_str().unwrap());
    let body = json!({"outcome": "upheld", "findings": "The clinic's own records show it."});
    assert_eq!(operator.post(&decision, &body).await.expect(200).json()["state"], "upheld");
    operator.post(&decision, &body).await.expect(409).problem("decided-already");
    assert_eq!(world.app.log_of("concern-decide").await, 1);
}

#[tokio::test]
async fn patterns_are_flagged_and_nothing_is_removed() {
    let world = World::new().await;
    let keeper = &world.keeper;
    keeper
        .patch(&world.path(""), &json!({"contact": {"email": "marian@example.com"}}))
        .if_match("*")
        .await
        .expect(200);
    let operator = world.app.as_operator().await;
    world
        .reviewed(
            "ann@example.com",
            with(
                "text",
                json!("The room was clean and every step was explained to me before it was done, twice."),
            ),
        )
        .await;
    assert_eq!(signals(&operator).await, [""; 0]);
    world
        .reviewed(
            "Marian+me@example.com",
            with(
                "text",
                json!(
                    "Nobody does a sharper temple than this studio; I sat there for three long afternoons."
                ),
            ),
        )
        .await;
    let noticed = signals(&operator).await;
    assert!(noticed.contains(&"own-listing".to_owned()), "{noticed:?}");
    // From the listing's own token, with nearly another's words.
    world.record("new@example.com").await;
    let token = world.token_for("new@example.com").await;
    let copied = with(
        "text",
        json!("The room was clean, and every step was explained to me before it was done: twice!"),
    );
    keeper.post(&format!("/v1/review-invitations/{token}"), &copied).await.expect(201);
    // The same mailbox about another treatment.
    world
        .reviewed(
            "ann@example.com",
            with(
                "text",
                json!("Second area done this week and again I left with answers to all of my questions."),
            ),
        )
        .await;
    let noticed = signals(&operator).await;
    for signal in ["near-duplicate", "same-mailbox", "same-address", "own-listing"] {
        assert!(noticed.contains(&signal.to_owned()), "{signal} is not in {noticed:?}");
    }
    assert!(!noticed.contains(&"burst".to_owned()), "{noticed:?}");
    for (at, stars) in [5, 5, 5].into_iter().enumerate() {
        world.reviewed(&format!("c{at}@example.com"), review(stars)).await;
    }
    assert!(signals(&operator).await.contains(&"burst".to_owned()));
    assert_eq!(world.reviews("").await["summary"]["counters"]["published"], 7);
}

#[tokio::test]
async fn what_lies_in_the_database_names_no_client() {
    let world = World::new().await;
    world.record("ann@example.com").await;
    let letters = world.app.letters().await;
    let token = token_in(&letters[0]);
    let mut conn = world.app.db.read().await.unwrap();
    let (contact, hash): (Vec<u8>, Vec<u8>) = conn
        .query("select t.contact, i.token_hash from treatments t join review_invitations i on i.treatment_id = t.id")
        .fetch_one()
        .await
        .unwrap();
    assert!(!String::from_utf8_lossy(&contact).contains("example"));
    assert!(!String::from_utf8_lossy(&hash).contains(&token[7..]));
    assert_eq!(hash.len(), 32);
}
