//! Photos over HTTP: sent, served, refused, and never left lying.

use std::sync::Mutex;

use image::ImageFormat;
use poem::http::Method;
use serde_json::json;
use stipple::cases::{Developed, UploadState};

use super::{Keeper, files, jpeg, local, send, story, text};
use crate::support::TestApp;
use crate::support::pictures::{encoded, scalp, with_exif};

#[tokio::test]
async fn a_photo_is_served_in_three_widths_and_two_ways_and_tells_nothing() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let case = keeper.draft(&story()).await;
    let sent = with_exif(&encoded(scalp(1, 900, 600), ImageFormat::Jpeg));
    let answer = keeper.photo(&case, "before", "front", "2025-01-05", sent).await.expect(201);
    assert!(
        answer.header("location").is_some_and(|url| url.contains("/photos/")),
        "it says where the photo is"
    );
    keeper.photo(&case, "settled", "front", "2025-06-01", jpeg(2)).await.expect(201);
    keeper.photo(&case, "settled", "hairline-close", "2025-06-01", jpeg(3)).await.expect(201);
    keeper.publish(&case).await.expect(200);
    assert_eq!(files(&app), 18);

    let shown = app.anyone().get(&format!("/v1/cases/{case}")).await.expect(200).json();
    let photo = &shown["photos"][0];
    assert_eq!((&photo["stage"], &photo["taken_on"]), (&json!("before"), &json!("2025-01-05")));
    assert!(text(&photo["placeholder"]).starts_with("data:image/webp;base64,"));
    let listed = photo["files"].as_array().expect("files").clone();
    assert_eq!(listed.len(), 6);
    for file in &listed {
        let read = app.anyone().get(&local(&file["url"])).await.expect(200);
        assert_eq!(read.header("content-type"), file["media_type"].as_str());
        assert_eq!(read.header("cache-control"), Some("public, max-age=60"));
        assert_eq!(read.header("x-content-type-options"), Some("nosniff"));
        for secret in [&b"Exif"[..], b"SecretCamera", b"taken at home", b"GPS"] {
            assert!(!read.bytes.windows(secret.len()).any(|window| window == secret), "{secret:?}");
        }
        let again = app.anyone().get(&local(&file["url"])).header("if-none-match", read.etag()).await;
        again.expect(304);
    }
    let own = format!("/v1/cases/{case}/photos/{}", text(&photo["id"]));
    app.anyone().get(&own).await.expect(200);
    app.anyone().get(&format!("{own}?width=5000")).await.problem("invalid-parameter");
    app.anyone().get(&format!("{own}?format=gif")).await.problem("invalid-parameter");
    app.anyone().get(&format!("/v1/cases/{case}/photos/{case}")).await.problem("not-found");
}

#[tokio::test]
async fn what_is_no_photo_is_refused_by_its_own_code_and_leaves_nothing() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let case = keeper.draft(&story()).await;
    let good = jpeg(1);
    let polyglot = [&good[..], b"<script>alert(1)</script>"].concat();
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec();
    for (bytes, code) in [
        (b"<html>a page named photo.jpg</html>".to_vec(), "unsupported-media-type"),
        (heic, "heic-not-taken"),
        (polyglot, "bytes-after-picture"),
        (good[..good.len() / 2].to_vec(), "picture-truncated"),
        (encoded(scalp(1, 300, 300), ImageFormat::Png), "picture-too-small"),
        (Vec::new(), "unsupported-media-type"),
        (vec![0xff; 21 * 1024 * 1024], "payload-too-large"),
    ] {
        keeper.photo(&case, "before", "front", "2025-01-05", bytes).await.problem(code);
    }
    let path = format!(
        "/v1/cases/{case}/photos?stage=before&view=front&taken_on=2025-01-05&light=ring&identity=hidden"
    );
    let call = keeper.client.call(Method::POST, &path);
    call.body("text/html", good.clone()).await.problem("unsupported-media-type");
    // A PNG that is called a JPEG is a PNG.
    let png = encoded(scalp(1, 400, 340), ImageFormat::Png);
    keeper.photo(&case, "before", "front", "2025-01-05", png).await.expect(201);
    let other = Keeper::new(&app).await;
    send(&other.client, &case, "before", "front", "2025-01-05", good.clone()).await.problem("forbidden");
    send(&app.anyone(), &case, "before", "front", "2025-01-05", good.clone()).await.problem("unauthorized");
    keeper.photo(&case, "blurry", "front", "2025-01-05", good.clone()).await.problem("invalid-parameter");
    let path = path.replace("hidden", "hidden&edits=none&edits=crop");
    let call = keeper.client.call(Method::POST, &path).body("image/jpeg", good);
    assert_eq!(
        call.await.faults("invalid-parameter"),
        [("query:edits".to_owned(), "contradiction".to_owned())]
    );
    assert_eq!(files(&app), 6);
}

#[tokio::test]
async fn a_stage_cannot_come_before_its_day() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    // The last session is on 2025-02-10, the first on 2025-01-10.
    let case = keeper.draft(&story()).await;
    for (stage, day) in [
        ("before", "2025-01-11"),
        ("fresh", "2025-01-09"),
        ("fresh", "2025-03-20"),
        ("between-sessions", "2025-02-11"),
        ("healed", "2025-03-11"),
        ("settled", "2025-04-10"),
        ("year1", "2026-02-09"),
        ("before", "2999-01-01"),
        ("before", "1950-01-01"),
    ] {
        let answer = keeper.photo(&case, stage, "front", day, jpeg(1)).await;
        let faults = answer.faults("invalid-parameter");
        assert!(
            !faults.is_empty() && faults.iter().all(|fault| fault.0 == "query:taken_on"),
            "{stage} {day}: {faults:?}"
        );
    }
    for (seed, stage, day) in [
        (1, "before", "2025-01-10"),
        (2, "fresh", "2025-02-12"),
        (3, "between-sessions", "2025-01-20"),
        (4, "healed", "2025-03-12"),
        (5, "settled", "2025-04-11"),
    ] {
        keeper.photo(&case, stage, "front", day, jpeg(seed)).await.expect(201);
    }
    // Moving the sessions must not make a kept photo impossible.
    let later = json!({"sessions": ["2025-01-10", "2025-03-01"]});
    let refused = keeper.client.patch(&format!("/v1/cases/{case}"), &later).if_match("*").await;
    let faults = refused.faults("invalid");
    assert!(faults.contains(&("/sessions".to_owned(), "impossible-date".to_owned())), "{faults:?}");
    let bare = keeper.draft(&json!({"conditions": ["scar-fue"]})).await;
    keeper.photo(&bare, "settled", "front", "2025-04-11", jpeg(1)).await.problem("invalid-parameter");
}

#[tokio::test]
async fn the_same_key_keeps_one_photo() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let case = keeper.draft(&story()).await;
    let path = format!(
        "/v1/cases/{case}/photos?stage=before&view=front&taken_on=2025-01-05&light=ring&identity=hidden"
    );
    let once = || keeper.client.call(Method::POST, &path).key("one").body("image/jpeg", jpeg(1));
    let first = once().await.expect(201).json();
    let second = once().await.expect(201).json();
    assert_eq!(first, second);
    assert_eq!(files(&app), 6, "the second rendering is gone");
    let other = keeper.client.call(Method::POST, &path).key("one").body("image/jpeg", jpeg(2));
    other.await.problem("idempotency-key-reused");
    assert_eq!(files(&app), 6);
}

#[tokio::test]
async fn a_hundred_uploads_at_once_keep_forty_whole_photos() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let case = keeper.draft(&story()).await;
    let bytes = encoded(scalp(1, 320, 320), ImageFormat::Jpeg);
    let uploads = (0..100).map(|_| keeper.photo(&case, "before", "front", "2025-01-05", bytes.clone()));
    let answers = futures_util::future::join_all(uploads).await;
    let (mut kept, mut full) = (0, 0);
    for mut answer in answers {
        if answer.status == 503 {
            assert!(answer.header("retry-after").is_some(), "{}", answer.text());
            // Sent again when there is room, as it says.
            answer = keeper.photo(&case, "before", "front", "2025-01-05", bytes.clone()).await;
        }
        match answer.status.as_u16() {
            201 => kept += 1,
            409 => full += 1,
            _ => panic!("{}", answer.text()),
        }
    }
    assert_eq!((kept, full), (40, 60), "a case has room for so many");
    let shown = keeper.client.get(&format!("/v1/cases/{case}")).await.expect(200).json();
    assert_eq!(shown["photos"].as_array().map(Vec::len), Some(kept));
    assert_eq!(files(&app), kept * 6, "every kept photo is whole, and nothing else is there");
}

#[tokio::test]
async fn a_process_that_dies_while_it_stores_leaves_no_file_for_long() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let case = keeper.draft(&story()).await;
    keeper.photo(&case, "before", "front", "2025-01-05", jpeg(1)).await.expect(201);
    // What a process leaves that stored the files and died before the row: the same files, without it.
    let mut tx = app.db.write().await.expect("the writer is free");
    tx.query("delete from case_photos").execute().await.expect("the row is gone");
    tx.commit().await.expect("it is so");
    app.run_jobs().await;
    assert_eq!(files(&app), 6, "an upload may still be under way");
    app.clock.advance(std::time::Duration::from_secs(11 * 60));
    app.run_jobs().await;
    assert_eq!(files(&app), 0);
}

#[tokio::test]
async fn a_photo_can_be_taken_off_unless_the_case_needs_it() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let case = keeper.shown(&story(), 1).await;
    keeper.photo(&case, "settled", "crown", "2025-06-01", jpeg(9)).await.expect(201);
    let shown = keeper.client.get(&format!("/v1/cases/{case}")).await.expect(200);
    let photos = shown.json()["photos"].as_array().expect("photos").clone();
    let of = |view: &str, stage: &str| {
        let photo = photos.iter().find(|photo| photo["view"] == view && photo["stage"] == stage);
        format!("/v1/cases/{case}/photos/{}", text(&photo.expect("it is there")["id"]))
    };
    let refused = keeper.client.delete(&of("front", "before")).if_match("*").await.faults("not-publishable");
    assert!(refused.contains(&("/photos".to_owned(), "no-before".to_owned())), "{refused:?}");
    keeper.client.delete(&of("crown", "settled")).if_match("\"v1\"").await.problem("precondition-failed");
    keeper.client.delete(&of("crown", "settled")).await.problem("precondition-required");
    keeper.client.delete(&of("crown", "settled")).if_match(shown.etag()).await.expect(200);
    app.anyone().get(&of("crown", "settled")).await.problem("not-found");
    app.run_jobs().await;
    assert_eq!(files(&app), 18);
}

#[tokio::test]
async fn who_sends_a_photo_is_told_how_far_it_is() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let case = keeper.draft(&story()).await;
    let (kept, refused) = (app.ids.uuid(), app.ids.uuid());
    let path = |stage: &str, upload| {
        format!(
            "/v1/cases/{case}/photos?stage={stage}&view=front&taken_on=2025-01-05&light=clinic-even&identity=hidden\
             &upload={upload}"
        )
    };
    let send = |path: String, bytes| keeper.client.call(Method::POST, &path).body("image/jpeg", bytes);
    send(path("before", kept), jpeg(1)).await.expect(201);
    let progress = |upload| format!("/v1/uploads/{upload}");
    let told = keeper.client.get(&progress(kept)).await.expect(200).json();
    assert_eq!((&told["state"], &told["renditions"], &told["of"]), (&json!("kept"), &json!(6), &json!(6)));
    send(path("before", refused), jpeg(1)[..400].to_vec()).await.expect(422);
    let told = keeper.client.get(&progress(refused)).await.expect(200).json();
    assert_eq!((&told["state"], &told["renditions"]), (&json!("refused"), &json!(0)));
    let other = Keeper::new(&app).await;
    other.client.get(&progress(kept)).await.problem("not-found");
    app.clock.advance(std::time::Duration::from_secs(601));
    send(path("before", refused), jpeg(2)).await.expect(201);
    keeper.client.get(&progress(kept)).await.problem("not-found");
}

#[test]
fn a_photo_under_way_is_read_then_rendered_file_by_file() {
    let told = Mutex::new(Vec::new());
    Developed::telling(&jpeg(1), |state, written| told.lock().unwrap().push((state, written))).unwrap();
    let mut wanted = vec![(UploadState::Reading, 0)];
    wanted.extend((0..=6).map(|written| (UploadState::Rendering, written)));
    assert_eq!(told.into_inner().unwrap(), wanted);
}
