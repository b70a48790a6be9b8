//! Courses and their versions: the exact bytes that certificates point at.

use proptest::prelude::*;
use serde_json::{Value, json};
use stipple::academies::{self, CourseVersionUrl, course_version_url};
use stipple::platform::clock::{Clock, Ts};
use stipple::platform::id::{Ids, NumberKind};
use stipple::signing::digest::Digest;
use stipple::signing::{jcs, json as strict_json};

use super::leeds_keeper;
use crate::support::TestApp;

pub(super) fn course() -> Value {
    json!({"title": "Foundation in SMP", "description": "Five days of theory and practice.", "language": "en",
        "credential_kind": "training-certificate", "level": "foundation",
        "hours": {"online-theory": 8, "classroom": 16, "supervised-live": 16}, "live_models": 3,
        "topics": ["needle-theory", "hairline-design"], "assessments": ["performance", "exam"]})
}

#[tokio::test]
async fn a_course_version_is_the_bytes_that_hash_to_its_address() {
    let app = TestApp::new().await;
    let keeper = leeds_keeper(&app).await;
    let base = "/v1/academies/leeds-smp-school";
    let trainer = keeper
        .post(&format!("{base}/trainers"), &json!({"name": "Ana Díaz", "practising_since": 2014}))
        .await
        .expect(201)
        .json();
    let mut body = course();
    body["trainers"] = json!([trainer["number"]]);
    let made = keeper.post(&format!("{base}/courses"), &body).await.expect(201).json();
    let url = made["current"]["url"].as_str().unwrap();
    let path = url.strip_prefix(&app.config.public_url).unwrap();

    let served = app.anyone().get(path).await.expect(200);
    assert!(served.header("cache-control").unwrap().contains("immutable"));
    assert_eq!(Digest::of_bytes(&served.bytes).to_string(), made["current"]["sha256"].as_str().unwrap());
    assert!(url.ends_with(made["current"]["sha256"].as_str().unwrap()));
    let value = strict_json::parse(&served.bytes, strict_json::Limits::CERTIFICATE).unwrap();
    assert_eq!(jcs::to_vec(&value).unwrap(), served.bytes, "they are canonical");
    assert_eq!(value["content"]["topics"], json!(["hairline-design", "needle-theory"]), "sorted");
    assert_eq!(value["content"]["hours"]["supervised-live"], 16);
    assert_eq!(value["academy"], "did:web:stipple.example:academies:leeds-smp-school");

    let mut conn = app.db.read().await.unwrap();
    let read = CourseVersionUrl::parse(url).unwrap();
    let version = academies::course_version(&mut conn, &read).await.unwrap().unwrap();
    assert_eq!(version.bytes, served.bytes);
    assert!(version.content.has_supervised_training());
    let elsewhere = CourseVersionUrl { slug: "york-smp".into(), ..read };
    assert!(academies::course_version(&mut conn, &elsewhere).await.unwrap().is_none());
}

#[tokio::test]
async fn versions_are_added_and_never_changed_or_repeated() {
    let app = TestApp::new().await;
    let keeper = leeds_keeper(&app).await;
    let courses = "/v1/academies/leeds-smp-school/courses";
    let made = keeper.post(courses, &course()).await.expect(201).json();
    let number = made["number"].as_str().unwrap();
    let versions = format!("{courses}/{number}/versions");
    // The same content in another order and with other spaces is the same version.
    let mut same = course();
    same["topics"] = json!(["hairline-design", "needle-theory", "needle-theory"]);
    same["title"] = json!(" Foundation  in SMP ");
    let refused = keeper.post(&versions, &same).await.expect(409).problem("course-version-exists");
    assert_eq!(refused["version_url"], made["current"]["url"]);

    let mut second = course();
    second["hours"]["supervised-live"] = json!(24);
    let second = keeper.post(&versions, &second).await.expect(201).json();
    assert_eq!(second["version"], 2);
    let now = app.anyone().get(&format!("{courses}/{number}")).await.expect(200).json();
    assert_eq!(now["current"]["sha256"], second["sha256"]);
    let all = app.anyone().get(&format!("{versions}?limit=1")).await.expect(200).json();
    assert_eq!((&all["total"]["value"], &all["items"][0]["version"]), (&json!(2), &json!(2)));
    let next = format!("{versions}?limit=1&cursor={}", all["next_cursor"].as_str().unwrap());
    assert_eq!(app.anyone().get(&next).await.expect(200).json()["items"][0]["version"], 1);
    // The same content as another course is another version: the course is part of it.
    let other = keeper.post(courses, &course()).await.expect(201).json();
    assert_ne!(other["current"]["sha256"], made["current"]["sha256"]);
    app.anyone()
        .get(&format!("{versions}/{}", other["current"]["sha256"].as_str().unwrap()))
        .await
        .expect(404);
}

#[tokio::test]
async fn a_course_that_contradicts_itself_is_refused_with_every_fault() {
    let app = TestApp::new().await;
    let keeper = leeds_keeper(&app).await;
    let courses = "/v1/academies/leeds-smp-school/courses";
    let mut body = course();
    body["credential_kind"] = json!("regulated-qualification");
    body["hours"] = json!({"online-theory": 4});
    body["assessments"] = json!([]);
    let faults = keeper.post(courses, &body).await.expect(422).faults("invalid");
    let pointers: Vec<&str> = faults.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(pointers, ["/live_models", "/awarding_body", "/assessments"]);
    for (member, value, pointer) in [
        ("credential_kind", json!("background-check"), "/credential_kind"),
        ("hours", json!({}), "/hours"),
        ("hours", json!({"classroom": 1.5}), "/hours/classroom"),
        ("topics", json!(["needles"]), "/topics/0"),
        ("trainers", json!(["SMP-7K3F-9Q2M-4"]), "/trainers/0"),
        ("described_from_records", json!(2031), "/described_from_records"),
    ] {
        let mut body = course();
        body[member] = value;
        let faults = keeper.post(courses, &body).await.expect(422).faults("invalid");
        assert!(faults.iter().any(|(found, _)| found == pointer), "{member}: {faults:?}");
    }
    app.anyone().post(courses, &course()).await.expect(401);
}

proptest! {
    #[test]
    fn the_address_of_a_version_reads_back(slug in "[a-z][a-z0-9]{2,20}", hash: [u8; 32], seed: u64) {
        let ids = Ids::seeded(Clock::fixed(Ts::ZERO), seed);
        let number = ids.number(NumberKind::Course);
        let url = course_version_url("https://stipple.example:8443/dir", &slug, number, Digest(hash));
        let read = CourseVersionUrl::parse(&url).unwrap();
        prop_assert_eq!(read.to_string(), url.clone());
        prop_assert_eq!((read.slug, read.course, read.hash), (slug, number, Digest(hash)));
        let longer = url.clone() + "x";
        prop_assert!(CourseVersionUrl::parse(&longer).is_none());
        prop_assert!(CourseVersionUrl::parse(&url.to_uppercase()).is_none());
        prop_assert!(CourseVersionUrl::parse(&url[..url.len() - 1]).is_none());
    }
}
