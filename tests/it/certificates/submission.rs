//! Taking certificates in.

use std::time::Duration;

use serde_json::{Value, json};
use stipple::signing::keys::SigningKey;
use zeroize::Zeroizing;

use super::list;
use crate::support::TestApp;
use crate::support::academy::{Academy, counting_course, sign_with};

#[tokio::test]
async fn a_certificate_is_kept_byte_for_byte_and_shown_on_its_listing() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let listing = list(&app, "Marian Wright").await;
    let signed = academy.sign(&academy.award(&app, "Marian Wright", Some(&listing)));
    // Laid out in a way no serialiser of ours would: exactly these bytes must come back.
    let bytes = serde_json::to_string_pretty(&signed).unwrap().replace("  ", "\t") + "\n";
    let made =
        academy.keeper.post("/v1/certificates", &json!({})).body("application/vc+ld+json", bytes.clone());
    let made = made.await.expect(201);
    let view = made.json();
    assert_eq!(made.header("location"), view["url"].as_str());
    assert_eq!(view["status"], "active");
    assert_eq!(view["holder"], "same");
    assert_eq!(view["awarded_on"], "2026-06-01");
    assert_eq!(view["counts"], true, "{view:#}");
    assert_eq!(view["listing"], listing.as_str());

    let number = view["number"].as_str().unwrap();
    let kept = app.anyone().get(&format!("/v1/certificates/{number}/credential")).await.expect(200);
    assert_eq!(kept.text(), bytes);
    assert_eq!(kept.header("content-type"), Some("application/vc+ld+json"));

    let page =
        app.anyone().get(&format!("/v1/practitioners/{listing}/certificates")).await.expect(200).json();
    assert_eq!(page["items"][0]["number"], number);
    assert_eq!(page["total"], json!({"value": 1, "relation": "eq"}));

    let again = academy.submit(&signed).await.expect(200).json();
    assert_eq!(again["number"], number, "the same certificate is the same record");
}

#[tokio::test]
async fn the_same_id_with_another_content_is_refused() {
    let app = TestApp::new().await;
    let academy = Academy::register(&app, "leeds-smp-school").await;
    let mut award = academy.award(&app, "Marian Wright", None);
    academy.submit(&academy.sign(&award)).await.expect(201);
    award.holder = "Somebody Else".to_owned();
    academy.submit(&academy.sign(&award)).await.problem("certificate-id-taken");
}

#[tokio::test]
async fn the_same_id_of_another_academy_is_another_certificate() {
    let app = TestApp::new().await;
    let leeds = Academy::register(&app, "leeds-smp-school").await;
    let york = Academy::register(&app, "york-dots").await;
    let award = leeds.award(&app, "Marian Wright", None);
    leeds.submit(&leeds.sign(&award)).await.expect(201);
    let mut other = york.award(&app, "Marian Wright", None);
    other.id = award.id;
    york.submit(&york.sign(&other)).await.expect(201);
}

#[tokio::test]
async fn nobody_submits_in_another_academys_name() {
    let app = TestApp::new().await;
    let leeds = Academy::register(&app, "leeds-smp-school").await;
    let york = Academy::register(&app, "york-dots").await;
    let signed = leeds.sign(&leeds.award(&app, "Marian Wright", None));
    york.submit(&signed).await.expect(403).problem("forbidden");
    app.anyone().post("/v1/certificates", &signed).await.expect(401).problem("unauthorized");
    app.as_new_practitioner().await.post("/v1/certificates", &signed).await.expect(403).problem("forbidden");
}

#[tokio::test]
async fn a_key_of_another_academy_or_of_nobody_is_refused() {
    let app = TestApp::new().await;
    let leeds = Academy::register(&app, "leeds-smp-school").await;
    let york = Academy::register(&app, "york-dots").await;
    let award = leeds.award(&app, "Marian Wright", None);
    let at = award.valid_from;
    // York's key under Leeds' name, York's key under its own, and a key nobody registered.
    for (did, key) in [(&leeds.did, &york.key), (&york.did, &york.key)] {
        let forged = sign_with(award.to_credential(), did, key, at);
        let problem = leeds.submit(&forged).await.expect(422).json();
        assert!(
            ["key-not-active", "certificate-shape"].contains(&problem["code"].as_str().unwrap()),
            "{problem}"
        );
    }
    let stranger = SigningKey::from_seed(&Zeroizing::new([7; 32]));
    let forged = sign_with(award.to_credential(), &leeds.did, &stranger, at);
    leeds.submit(&forged).await.problem("key-not-active");
}

#[tokio::test]
async fn a_retired_key_signs_nothing_new_whatever_date_it_writes() {
    let app = TestApp::new().await;
    let academy = Academy::register(&app, "leeds-smp-school").await;
    let mut award = academy.award(&app, "Marian Wright", None);
    academy.submit(&academy.sign(&award)).await.expect(201);
    let multibase = academy.key.public().to_multibase();
    app.place.clock.advance(Duration::from_secs(60));
    let path = format!("/v1/academies/leeds-smp-school/keys/{multibase}/retire");
    academy.keeper.post(&path, &json!({})).await.expect(200);
    app.place.clock.advance(Duration::from_secs(60));
    // Dated back to when the key was good.
    award.id = app.ids.random_uuid();
    academy.submit(&academy.sign(&award)).await.problem("key-not-active");
}

#[tokio::test]
async fn changed_swapped_and_stripped_proofs_are_refused() {
    let app = TestApp::new().await;
    let academy = Academy::register(&app, "leeds-smp-school").await;
    let one = academy.sign(&academy.award(&app, "Marian Wright", None));
    let two = academy.sign(&academy.award(&app, "Joan Clarke", None));
    let mut swapped = one.clone();
    swapped["proof"] = two["proof"].clone();
    academy.submit(&swapped).await.problem("bad-signature");
    let mut renamed = one.clone();
    renamed["credentialSubject"]["identifier"][0]["identityHash"] = json!("Joan Clarke");
    academy.submit(&renamed).await.problem("bad-signature");
    let mut stripped = one.clone();
    stripped.as_object_mut().unwrap().remove("proof");
    academy.submit(&stripped).await.problem("certificate-shape");
}

#[tokio::test]
async fn a_course_that_is_not_the_academys_is_refused() {
    let app = TestApp::new().await;
    let leeds = Academy::register(&app, "leeds-smp-school").await;
    let york = Academy::register(&app, "york-dots").await;
    let mut award = leeds.award(&app, "Marian Wright", None);
    award.course.link = york.course.clone();
    leeds.submit(&leeds.sign(&award)).await.problem("unknown-course");
}

#[tokio::test]
async fn every_fault_of_the_shape_is_named_at_once() {
    let app = TestApp::new().await;
    let academy = Academy::register(&app, "leeds-smp-school").await;
    let mut document = academy.award(&app, "Marian Wright", None).to_credential();
    document.insert("validFrom".to_owned(), json!("2026-02-30T00:00:00Z"));
    document.insert("type".to_owned(), json!(["VerifiableCredential"]));
    let signed = sign_with(document, &academy.did, &academy.key, app.clock.now());
    let faults = academy.submit(&signed).await.faults("certificate-shape");
    let pointers: Vec<&str> = faults.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert!(pointers.contains(&"/validFrom") && pointers.contains(&"/type"), "{faults:?}");
}

#[tokio::test]
async fn a_listing_that_is_not_there_is_refused_and_a_status_list_too() {
    let app = TestApp::new().await;
    let academy = Academy::register(&app, "leeds-smp-school").await;
    let nobody = app.ids.number(stipple::platform::id::NumberKind::Listing).to_string();
    let signed = academy.sign(&academy.award(&app, "Marian Wright", Some(&nobody)));
    academy.submit(&signed).await.problem("unknown-listing");

    let mut document = academy.award(&app, "Marian Wright", None).to_credential();
    let list = "https://stipple.example/academies/leeds-smp-school/status/1";
    document.insert(
        "credentialStatus".to_owned(),
        json!({"id": format!("{list}#7"), "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
            "statusListIndex": "7", "statusListCredential": list}),
    );
    let signed = sign_with(document, &academy.did, &academy.key, app.clock.now());
    academy.submit(&signed).await.problem("status-list-not-taken");
}

#[tokio::test]
async fn what_does_not_count_says_why() {
    let app = TestApp::new().await;
    let unknown = Academy::register(&app, "weekend-dots").await;
    let known = Academy::recognised(&app, "leeds-smp-school").await;
    let listing = list(&app, "Marian Wright").await;
    let lacks = |view: &Value| -> Vec<String> {
        let lacks = view["lacks"].as_array().unwrap().iter();
        lacks.map(|lack| lack["requirement"].as_str().unwrap().to_owned()).collect()
    };

    let view = unknown.submit(&unknown.sign(&unknown.award(&app, "Marian Wright", Some(&listing)))).await;
    let view = view.expect(201).json();
    assert_eq!((&view["counts"], lacks(&view)), (&json!(false), vec!["recognised-academy".to_owned()]));

    let view =
        known.submit(&known.sign(&known.award(&app, "Joan Clarke", Some(&listing)))).await.expect(201).json();
    assert_eq!((&view["holder"], lacks(&view)), (&json!("differs"), vec!["holder-name".to_owned()]));

    let mut online = counting_course();
    online["hours"] = json!({"online-theory": 20});
    online["live_models"] = json!(0);
    let mut award = known.award(&app, "Marian Wright", Some(&listing));
    award.course.link = known.add_course(&online).await;
    let view = known.submit(&known.sign(&award)).await.expect(201).json();
    assert_eq!((&view["counts"], lacks(&view)), (&json!(false), vec!["supervised-live".to_owned()]));
    assert_eq!(view["course"]["online_only"], true);

    let mut award = known.award(&app, "Marian Wright", Some(&listing));
    award.valid_until = Some(app.clock.now().plus(Duration::from_secs(3600)));
    let view = known.submit(&known.sign(&award)).await.expect(201).json();
    assert_eq!(view["counts"], true);
    app.place.clock.advance(Duration::from_secs(7200));
    let path = format!("/v1/certificates/{}", view["number"].as_str().unwrap());
    let view = app.anyone().get(&path).await.expect(200).json();
    assert_eq!((&view["status"], lacks(&view)), (&json!("expired"), vec!["in-force".to_owned()]));
}

#[tokio::test]
async fn recognition_at_receipt_cannot_be_made_up_afterwards() {
    let app = TestApp::new().await;
    let academy = Academy::register(&app, "leeds-smp-school").await;
    let listing = list(&app, "Marian Wright").await;
    let signed = academy.sign(&academy.award(&app, "Marian Wright", Some(&listing)));
    let number = academy.submit(&signed).await.expect(201).json()["number"].as_str().unwrap().to_owned();
    app.place.clock.advance(Duration::from_secs(60));
    let body = json!({"from": "2019-01-01", "vouched_by": "A late friend"});
    let path = "/v1/academies/leeds-smp-school/recognitions";
    app.as_operator().await.post(path, &body).await.expect(201);
    app.place.clock.advance(Duration::from_secs(60));
    let view = app.anyone().get(&format!("/v1/certificates/{number}")).await.expect(200).json();
    assert_eq!(view["academy"]["recognised"], true);
    assert_eq!(view["academy"]["recognised_at_receipt"], false);
    assert_eq!(view["counts"], false, "what was received before nobody vouched for");
}

#[tokio::test]
async fn a_certificate_without_a_listing_needs_both_sides() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let holder = app.as_new_practitioner().await;
    let made = holder.post("/v1/practitioners", &json!({"name": "Marian Wright"})).await.expect(201).json();
    let listing = made["number"].as_str().unwrap().to_owned();
    let signed = academy.sign(&academy.award(&app, "Marian Wright", None));
    let submitted = academy.submit(&signed).await.expect(201);
    let view = submitted.json();
    assert_eq!((&view["holder"], &view["listed"]), (&json!("unattached"), &json!(false)));
    let path = format!("/v1/certificates/{}/listing", view["number"].as_str().unwrap());
    let body = json!({"listing": listing});

    app.as_operator()
        .await
        .put(&path, &body)
        .if_match(submitted.etag())
        .await
        .expect(403)
        .problem("forbidden");
    academy.keeper.put(&path, &body).await.problem("precondition-required");
    let agreed = academy.keeper.put(&path, &body).if_match(submitted.etag()).await.expect(200);
    assert_eq!(agreed.json()["listed"], false, "one side is not enough");
    holder.put(&path, &body).if_match(submitted.etag()).await.problem("precondition-failed");
    let both = holder.put(&path, &body).if_match(agreed.etag()).await.expect(200);
    assert_eq!((&both.json()["listed"], &both.json()["counts"]), (&json!(true), &json!(true)));

    let certificate = format!("/v1/certificates/{}", view["number"].as_str().unwrap());
    let hidden =
        holder.patch(&certificate, &json!({"listed": false})).if_match(both.etag()).await.expect(200);
    assert_eq!(hidden.json()["listed"], false);
    let page =
        app.anyone().get(&format!("/v1/practitioners/{listing}/certificates")).await.expect(200).json();
    assert_eq!(page["items"], json!([]), "its holder does not show it");
    app.anyone().get(&certificate).await.expect(200);
}
