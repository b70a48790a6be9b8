//! Listings and clinics in the database, through the operations that handlers and commands use.

use stipple::accounts::{Caller, Role};
use stipple::platform::changes;
use stipple::platform::clock::Ts;
use stipple::platform::vault::Vault;
use stipple::practitioners::ops::{self, Act};
use stipple::practitioners::{
    self, Action, Address, ClinicInput, ClinicRole, ListingInput, ListingRemoval, OfferedService,
    PlacementInput, PointSource, PracticeInput, PractitionerView, Premises, Price, ProfileInput,
    SocialProfileInput, Standing, StatedTraining,
};
use stipple::vocabulary::{Code, Country};
use time::Date;
use uuid::Uuid;

use crate::support::TestDb;
use crate::support::db;

fn operator() -> Caller {
    Caller { token_id: Uuid::nil(), role: Role::Operator, subject: None, label: "tests".to_owned() }
}

fn today() -> Date {
    Ts::parse("2026-06-01T12:00:00Z").expect("an instant").date()
}

fn clinic(name: &str, city: &str, postcode: Option<&str>) -> ClinicInput {
    ClinicInput {
        name: name.to_owned(),
        address: Address {
            lines: vec!["1 High Street".to_owned()],
            city: Some(city.to_owned()),
            region: None,
            postcode: postcode.map(str::to_owned),
            country: Country::named("GB"),
        },
        point: None,
        phone: Some("0161 496 0001".to_owned()),
        website: None,
        step_free: Some(true),
        opening_hours: Vec::new(),
    }
}

fn full(name: &str) -> ListingInput {
    let profile = ProfileInput {
        name: name.to_owned(),
        given_name: Some("Jane".to_owned()),
        family_name: Some("Doe".to_owned()),
        former_names: vec!["Jane Smith".to_owned()],
        also_known_as: vec!["Scalp & Co".to_owned()],
        contact: practitioners::Contact {
            phone: Some("07400 123456".to_owned()),
            email: Some("jane@Example.com".to_owned()),
            website: Some("Example.com/jane?utm_source=x".to_owned()),
            booking_url: None,
        },
        social_profiles: vec![SocialProfileInput {
            network: None,
            handle: "https://www.instagram.com/Jane.SMP/?igsh=abc".to_owned(),
        }],
        practising_since: Some("2015-06".to_owned()),
        services: vec![OfferedService {
            service: Code::named("full-head"),
            price: Some(Price {
                amount_from: 250_000,
                amount_to: Some(300_000),
                currency: Code::named("GBP"),
                unit: Code::named("whole-treatment"),
                sessions_included: Some(3),
                touch_up_included: Some(true),
            }),
        }],
        conditions: vec![Code::named("scar-fut"), Code::named("male-pattern"), Code::named("scar-fut")],
        languages: vec![Code::named("en")],
        accepts_new_clients: Some(true),
        stated_training: vec![StatedTraining {
            academy: "An Academy".to_owned(),
            course: Some("SMP Foundations".to_owned()),
            year: Some(2014),
        }],
        ..ProfileInput::default()
    };
    let placement = PlacementInput { role: ClinicRole::Owner, ..PlacementInput::default() };
    let practice = |clinic| PracticeInput { clinic: Premises::New(clinic), placement: placement.clone() };
    ListingInput {
        profile,
        clinics: vec![
            practice(clinic("North", "Manchester", Some("m1 1ae"))),
            practice(clinic("East", "Leeds", None)),
        ],
    }
}

async fn create(db: &TestDb, input: ListingInput) -> practitioners::Practitioner {
    let caller = operator();
    let vault = Vault::new("a secret that only tests know, 32 characters");
    let act = Act { caller: &caller, ids: &db.ids, vault: &vault, now: db.clock.now() };
    let listing = input.check(today()).expect("the listing keeps every rule");
    let mut tx = db.write().await.expect("the writer is free");
    let number = ops::create(&mut tx, &act, &listing).await.expect("it is made");
    let made = practitioners::load(&mut tx, number).await.expect("it is read").expect("it is there");
    tx.commit().await.expect("it is kept");
    made
}

#[tokio::test]
async fn a_listing_comes_back_as_it_was_written() {
    let db = db().await;
    let made = create(&db, full("Jane  Doe")).await;
    assert_eq!(made.version, 1);
    assert_eq!(made.profile.name, "Jane Doe");
    assert_eq!(made.profile.country, Some(Country::named("GB")), "the country is that of the clinic");
    assert_eq!(made.profile.contact.phone.as_deref(), Some("+447400123456"));
    assert_eq!(made.profile.contact.email.as_deref(), Some("jane@example.com"));
    assert_eq!(made.profile.contact.website.as_deref(), Some("https://example.com/jane"));
    assert_eq!(made.profile.social_profiles[0].url(), "https://www.instagram.com/jane.smp/");
    assert_eq!(made.profile.conditions.len(), 2, "repetitions are folded");
    assert_eq!(made.clinics.len(), 2);
    let north = &made.clinics[0];
    assert_eq!(north.clinic.details.name, "North");
    assert_eq!(north.clinic.details.address.postcode.as_deref(), Some("M1 1AE"));
    assert_eq!(north.clinic.details.phone.as_deref(), Some("+441614960001"));
    assert_eq!(north.clinic.details.point.map(|(_, source)| source), Some(PointSource::Postcode));
    assert_eq!(made.clinics[1].clinic.details.point.map(|(_, source)| source), Some(PointSource::City));
    assert!(north.confirmed && north.is_current(today()));

    let mut conn = db.read().await.expect("a reader");
    let ids = practitioners::ids_after(&mut conn, Uuid::nil(), 10).await.expect("ids");
    assert_eq!(ids, [made.id]);
    assert_eq!(
        practitioners::load_many(&mut conn, &ids).await.expect("listings"),
        std::slice::from_ref(&made)
    );
    let history = practitioners::history_before(&mut conn, made.id, i64::MAX, 10).await.expect("history");
    assert_eq!(history.len(), 1);
    assert_eq!((history[0].action, history[0].version), (Action::Created, 1));
    assert_eq!(history[0].actor, "operator:tests");
    let seen = changes::after(&mut conn, 0, 10).await.expect("changes");
    assert!(seen.iter().any(|change| change.subject == made.subject()));

    let view = serde_json::to_value(PractitionerView::new(&made, "https://stipple.example")).expect("JSON");
    assert_eq!(view["url"], format!("https://stipple.example/v1/practitioners/{}", made.number));
    assert_eq!(view["services"][0]["price"]["amount_from"], 250_000);
    assert_eq!(view["clinics"][0]["point_source"], "postcode");
    assert_eq!(view["stated_training"][0]["academy"], "An Academy");
}

#[tokio::test]
async fn of_two_writers_from_one_version_the_second_is_told() {
    let db = db().await;
    let made = create(&db, full("Jane Doe")).await;
    let caller = operator();
    let vault = Vault::new("a secret that only tests know, 32 characters");
    let act = Act { caller: &caller, ids: &db.ids, vault: &vault, now: db.clock.now() };
    let mut profile = made.profile.clone();
    profile.also_known_as = vec!["Another".to_owned()];
    let mut tx = db.write().await.expect("the writer");
    ops::change(&mut tx, &act, &made, &profile).await.expect("the first is taken");
    tx.commit().await.expect("kept");
    profile.also_known_as = vec!["A third".to_owned()];
    let mut tx = db.write().await.expect("the writer");
    let error = ops::change(&mut tx, &act, &made, &profile).await.expect_err("the second is not");
    assert_eq!(error.code().status, 412);
}

#[tokio::test]
async fn a_change_of_nothing_changes_nothing() {
    let db = db().await;
    let made = create(&db, full("Jane Doe")).await;
    let caller = operator();
    let vault = Vault::new("a secret that only tests know, 32 characters");
    let act = Act { caller: &caller, ids: &db.ids, vault: &vault, now: db.clock.now() };
    let mut tx = db.write().await.expect("the writer");
    let same =
        ProfileInput::from(made.profile.clone()).check(today()).expect("what is stored keeps the rules");
    assert_eq!(same, made.profile, "checking twice changes nothing");
    ops::change(&mut tx, &act, &made, &same).await.expect("taken");
    let again = practitioners::load(&mut tx, made.number).await.expect("read").expect("there");
    assert_eq!(again, made);
}

#[tokio::test]
async fn a_withdrawn_listing_keeps_its_number_and_nothing_else() {
    let db = db().await;
    let made = create(&db, full("Jane Doe")).await;
    let caller = operator();
    let vault = Vault::new("a secret that only tests know, 32 characters");
    let act = Act { caller: &caller, ids: &db.ids, vault: &vault, now: db.clock.now() };
    let mut tx = db.write().await.expect("the writer");
    ops::remove(&mut tx, &act, &made, ListingRemoval::Withdrawn).await.expect("removed");
    tx.commit().await.expect("kept");
    let mut conn = db.read().await.expect("a reader");
    assert_eq!(practitioners::load(&mut conn, made.number).await.expect("read"), None);
    let standing = practitioners::standing(&mut conn, made.number).await.expect("read").expect("known");
    assert!(matches!(standing, Standing::Removed { reason: ListingRemoval::Withdrawn, .. }), "{standing:?}");
    let error = practitioners::absence(made.number, Some(&standing), "");
    assert_eq!((error.code().status, error.members()["reason"].as_str()), (410, Some("withdrawn")));
    let history = practitioners::history_before(&mut conn, made.id, i64::MAX, 10).await.expect("history");
    let told =
        serde_json::to_string(&history.iter().map(|entry| &entry.changes).collect::<Vec<_>>()).expect("JSON");
    assert!(!told.contains("Jane") && !told.contains("example.com"), "{told}");
}

#[tokio::test]
async fn merged_numbers_lead_to_the_last_survivor() {
    let db = db().await;
    let first = create(&db, full("Jane Doe")).await;
    let second = create(&db, full("Jane M Doe")).await;
    let third = create(&db, full("Jane Mary Doe")).await;
    let caller = operator();
    let vault = Vault::new("a secret that only tests know, 32 characters");
    let act = Act { caller: &caller, ids: &db.ids, vault: &vault, now: db.clock.now() };
    let mut tx = db.write().await.expect("the writer");
    ops::merge(&mut tx, &act, &first, &second).await.expect("merged");
    let second = practitioners::load(&mut tx, second.number).await.expect("read").expect("there");
    assert_eq!((second.version, second.clinics.len()), (2, 4), "the survivor takes the clinics over");
    ops::merge(&mut tx, &act, &second, &third).await.expect("merged");
    for number in [first.number, second.number] {
        let standing = practitioners::standing(&mut tx, number).await.expect("read").expect("known");
        let error = practitioners::absence(number, Some(&standing), "/history");
        assert_eq!(error.code().status, 301);
        let place = format!("/v1/practitioners/{}/history", third.number);
        assert!(error.headers().contains(&("location", place)), "{:?}", error.headers());
    }
    let mut merged = practitioners::merged_into(&mut tx, third.id).await.expect("read");
    merged.sort_unstable();
    assert_eq!(merged, [first.id, second.id]);
}
