//! Who may do what: every operation of the API, called by everybody there is.

mod reviews;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use poem::http::Method;
use serde_json::{Value, json};
use stipple::directory;
use stipple::platform::changes;
use stipple::signing::keys::SigningKey;
use stipple::signing::possession;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use self::reviews::Reviewed;
use self::table::{CALLERS, rows};
use crate::cases::{Keeper, jpeg, story};
use crate::support::academy::{Academy, counting_course};
use crate::support::{Client, Response, TestApp};

/// The served operations: method and path by id.
fn served() -> BTreeMap<String, (Method, String)> {
    let paths = stipple::api::documents().v3_1["paths"].as_object().unwrap();
    let mut served = BTreeMap::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().expect("every operation has an id").to_owned();
            let method = method.to_uppercase().parse().unwrap();
            assert!(served.insert(id, (method, path.clone())).is_none(), "{path} shares its id");
        }
    }
    served
}

#[test]
fn every_operation_has_a_row_and_every_row_an_operation() {
    let rows: BTreeSet<String> = rows().into_keys().map(str::to_owned).collect();
    let documented: BTreeSet<String> = served().into_keys().collect();
    let declared: BTreeSet<String> = stipple::api::operation_ids().into_iter().collect();
    let difference =
        |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>();
    assert_eq!(difference(&documented, &rows), [""; 0], "operations without a row");
    assert_eq!(difference(&rows, &documented), [""; 0], "rows without an operation");
    assert_eq!(declared, documented, "what is declared is what is served");
}

#[tokio::test]
async fn reads_are_open_to_everybody() {
    let world = World::new().await;
    let stop = CancellationToken::new();
    let follower = tokio::spawn(directory::follow_changes(world.app.app.clone(), stop.clone()));
    let mut conn = world.app.db.read().await.unwrap();
    let latest = changes::latest(&mut conn).await.unwrap();
    drop(conn);
    let indexed = world.app.search.wait_until_indexed(latest);
    tokio::time::timeout(Duration::from_secs(20), indexed).await.expect("the index follows");
    for (id, statuses) in rows().into_iter().filter(|(_, statuses)| statuses[0] == 200) {
        for (caller, status) in statuses.into_iter().enumerate() {
            world.prepare(id).await;
            world.check(id, caller, status).await;
        }
    }
    stop.cancel();
    follower.await.unwrap();
}

#[tokio::test]
async fn changes_are_for_their_keepers_alone() {
    let world = World::new().await;
    for (id, statuses) in rows().into_iter().filter(|(_, statuses)| statuses[0] != 200) {
        world.prepare(id).await;
        for caller in (0..CALLERS.len()).filter(|caller| statuses[*caller] >= 400) {
            world.check(id, caller, statuses[caller]).await;
        }
    }
}

/// What takes away a thing that other operations are about: a fresh world follows.
const ENDS: [&str; 6] = [
    "declare_tie",
    "detach_clinic",
    "merge_practitioner",
    "remove_case",
    "remove_practitioner",
    "retire_key",
];

#[tokio::test]
async fn keepers_can_do_what_is_theirs() {
    for caller in 1..CALLERS.len() {
        let mut world = World::new().await;
        for (id, statuses) in rows().into_iter().filter(|(_, statuses)| statuses[0] != 200) {
            if statuses[caller] >= 400 {
                continue;
            }
            world.prepare(id).await;
            world.check(id, caller, statuses[caller]).await;
            if ENDS.contains(&id) {
                world = World::new().await;
            }
        }
    }
}

/// The things the requests are about, and the callers in the order of [`CALLERS`].
struct World {
    app: TestApp,
    callers: [Client; 6],
    academy: Academy,
    listing: String,
    other_listing: String,
    clinic: String,
    recognition: String,
    /// Belongs to the listing.
    certificate: String,
    /// Names no listing.
    loose: String,
    /// Signed by the academy and not submitted.
    unsent: Value,
    /// The academy's second status list, signed and not enrolled.
    list: Value,
    challenge: String,
    next_key: SigningKey,
    unconfirmed: SigningKey,
    /// What was made last for an operation on reviews.
    reviewed: Mutex<Reviewed>,
    /// Made when an operation on them is asked for the first time.
    cases: OnceCell<Cases>,
    /// A case of the listing that was made last for an operation on appeals or letters.
    fresh: Mutex<String>,
    seeds: AtomicU64,
}

/// A case of the listing that is shown, with a photo it could do without, and a draft of it whose client
/// has a link; and a photo of the other listing that looks like one of it and waits.
struct Cases {
    shown: String,
    photo: String,
    consent: String,
    hold: String,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let operator = app.as_operator().await;
        let academy = Academy::recognised(&app, "northern").await;
        let other_academy = app.as_new_academy().await;
        let body = json!({"slug": "southern", "name": "Southern School", "country": "GB"});
        other_academy.post("/v1/academies", &body).await.expect(201);
        let recognitions = app.anyone().get("/v1/academies/northern/recognitions").await.expect(200).json();

        let practitioner = app.as_new_practitioner().await;
        let listing =
            made(&practitioner, "/v1/practitioners", json!({"name": "Marian Wright"}), "number").await;
        let other = app.as_new_practitioner().await;
        let other_listing =
            made(&other, "/v1/practitioners", json!({"name": "Somebody Else"}), "number").await;
        let clinic = made(&practitioner, "/v1/clinics", clinic(), "id").await;
        let attached = format!("/v1/practitioners/{listing}/clinics/{clinic}");
        practitioner.put(&attached, &json!({})).if_match("*").await.expect(200);

        let sign = |listing| academy.sign(&academy.award(&app, "Marian Wright", listing));
        let documents = [sign(Some(&listing)), sign(None), sign(Some(&listing))];
        let certificate = submitted(&academy, &documents[0]).await;
        let loose = submitted(&academy, &documents[1]).await;
        academy.enrol(&app, 1).await;
        let [next_key, unconfirmed] = [0; 2].map(|_| SigningKey::from_seed(&Zeroizing::new(app.ids.bytes())));
        Self {
            callers: [app.anyone(), operator, academy.keeper.clone(), other_academy, practitioner, other],
            recognition: recognitions["items"][0]["id"].as_str().unwrap().to_owned(),
            unsent: documents[2].clone(),
            list: academy.list(&app, 2, &[]),
            challenge: challenge(&academy).await,
            academy,
            listing,
            other_listing,
            clinic,
            certificate,
            loose,
            next_key,
            unconfirmed,
            reviewed: Mutex::default(),
            cases: OnceCell::new(),
            fresh: Mutex::default(),
            seeds: AtomicU64::new(1_000),
            app,
        }
    }

    /// What some operations need to be there first.
    async fn prepare(&self, id: &str) {
        if ["case", "consent", "photo"].iter().any(|word| id.contains(word)) {
            self.cases.get_or_init(|| self.make_cases()).await;
        }
        let portrait = format!("/v1/practitioners/{}/portrait", self.listing);
        match id {
            "read_portrait" | "remove_portrait" => {
                let call = self.callers[4].call(Method::PUT, &portrait).if_match("*");
                call.body("image/png", picture()).await.expect(200);
            }
            "list_reviews"
            | "read_review"
            | "read_invitation"
            | "submit_review"
            | "withdraw_review"
            | "mark_review_helpful"
            | "report_review"
            | "send_proof"
            | "read_statement"
            | "appeal_removal"
            | "add_session"
            | "reply_to_review"
            | "dismiss_report"
            | "remove_review"
            | "decide_appeal"
            | "read_proof"
            | "judge_proof"
            | "decide_concern" => {
                let reviewed = self.review(id).await;
                *self.reviewed.lock().unwrap() = reviewed;
            }
            "mail_consent_link" => {
                let keeper = Keeper { client: self.callers[4].clone(), number: self.listing.clone() };
                let draft = keeper.draft(&story()).await;
                *self.fresh.lock().unwrap() = draft;
            }
            "appeal_photo_decision" | "read_photo_appeal" | "decide_photo_appeal" => {
                let lost = self.lose_a_case().await;
                if id != "appeal_photo_decision" {
                    let body = json!({"text": "The picture was taken in my own clinic."});
                    let path = format!("/v1/cases/{lost}/appeals");
                    self.callers[4].post(&path, &body).await.expect(200);
                }
                *self.fresh.lock().unwrap() = lost;
            }
            "object_to_earlier_listing" | "decide_earlier_listing" => {
                *self.fresh.lock().unwrap() = self.shed_a_listing().await;
            }
            "confirm_key" => {
                let body = self.new_key(&self.unconfirmed, &challenge(&self.academy).await);
                self.academy.keeper.post("/v1/academies/northern/keys", &body).await.expect(201);
            }
            _ => {}
        }
    }

    /// A listing that was taken off and had the telephone number that the listing has now.
    async fn shed_a_listing(&self) -> String {
        let seed = self.seeds.fetch_add(1, Ordering::Relaxed);
        let contact = json!({"phone": format!("+44113496{seed:04}")});
        let body = json!({"name": "Marian W.", "contact": contact});
        let shed = made(&self.callers[1], "/v1/practitioners", body, "number").await;
        self.app.clock.advance(Duration::from_secs(1));
        let path = format!("/v1/practitioners/{shed}?reason=withdrawn");
        self.callers[1].delete(&path).if_match("*").await.expect(204);
        let path = format!("/v1/practitioners/{}", self.listing);
        self.callers[4].patch(&path, &json!({"contact": contact})).if_match("*").await.expect(200);
        shed
    }

    /// A case of the listing that another operator takes away for a picture of the other listing.
    async fn lose_a_case(&self) -> String {
        let seed = self.seeds.fetch_add(1, Ordering::Relaxed);
        let mine = Keeper { client: self.callers[4].clone(), number: self.listing.clone() };
        let theirs = Keeper { client: self.callers[5].clone(), number: self.other_listing.clone() };
        let (known, copy) = (theirs.draft(&story()).await, mine.draft(&story()).await);
        theirs.photo(&known, "before", "front", "2025-01-05", jpeg(seed)).await.expect(201);
        mine.photo(&copy, "before", "front", "2025-01-05", jpeg(seed)).await.expect(201);
        let holds = self.callers[1].get("/v1/photo-holds?limit=100").await.expect(200).json();
        let holds = holds["items"].as_array().unwrap();
        let ours = |hold: &&Value| hold["new"]["case_url"].as_str().unwrap().ends_with(&copy);
        let hold = holds.iter().find(ours).expect("the copy waits")["id"].as_str().unwrap().to_owned();
        let body = json!({"decision": "keep-known", "note": "The known one is larger."});
        let other = self.app.as_operator_called("another").await;
        other.post(&format!("/v1/photo-holds/{hold}/decision"), &body).await.expect(200);
        copy
    }

    async fn make_cases(&self) -> Cases {
        let keeper = Keeper { client: self.callers[4].clone(), number: self.listing.clone() };
        let shown = keeper.shown(&story(), 1).await;
        let spare = keeper.photo(&shown, "settled", "crown", "2025-06-01", jpeg(9)).await.expect(201);
        let draft = keeper.draft(&story()).await;
        let link = format!("/v1/cases/{draft}/consent-links");
        let link = made(&keeper.client, &link, json!({}), "url").await;
        let other = Keeper { client: self.callers[5].clone(), number: self.other_listing.clone() };
        let copy = other.draft(&story()).await;
        other.photo(&copy, "before", "front", "2025-01-05", jpeg(1)).await.expect(201);
        let holds = self.callers[1].get("/v1/photo-holds").await.expect(200).json();
        let last = |url: &str| url.rsplit('/').next().unwrap().to_owned();
        Cases {
            photo: last(spare.header("location").unwrap()),
            consent: last(&link),
            hold: holds["items"][0]["id"].as_str().unwrap().to_owned(),
            shown,
        }
    }

    async fn check(&self, id: &str, caller: usize, status: u16) {
        let answer = self.ask(id, &self.callers[caller]).await;
        assert_eq!(
            answer.status.as_u16(),
            status,
            "{id} answers this to the {}: {}",
            CALLERS[caller],
            answer.text()
        );
        match status {
            401 => drop(answer.problem("unauthorized")),
            403 => drop(answer.problem("forbidden")),
            _ => {}
        }
    }

    async fn ask(&self, id: &str, caller: &Client) -> Response {
        let (method, path) = served().remove(id).unwrap();
        let mut call = caller.call(method.clone(), &format!("{}{}", self.path(id, &path), self.query(id)));
        if method != Method::GET && method != Method::POST {
            call = call.if_match("*");
        }
        if id == "set_portrait" {
            call = call.body("image/png", picture());
        } else if id == "add_case_photo" || id == "check_image" {
            call = call.body("image/jpeg", jpeg(5));
        } else if id == "submit_certificates" {
            call = call.body("application/x-ndjson", self.unsent.to_string());
        } else if let Some(body) = self.body(id) {
            call = call.json(&body);
        }
        call.await
    }

    /// The path with the things of this world in it.
    fn path(&self, id: &str, path: &str) -> String {
        let certificate = if id == "attach_certificate" { &self.loose } else { &self.certificate };
        let version = self.academy.course.hash().to_string();
        let key = match id {
            "confirm_key" => self.unconfirmed.public().to_multibase(),
            _ => self.academy.key.public().to_multibase(),
        };
        let reviewed = self.reviewed.lock().unwrap().clone();
        let none =
            Cases { shown: String::new(), photo: String::new(), consent: String::new(), hold: String::new() };
        let cases = self.cases.get().unwrap_or(&none);
        let fresh = self.fresh.lock().unwrap().clone();
        let is_fresh =
            ["mail_consent_link", "appeal_photo_decision", "read_photo_appeal", "decide_photo_appeal"];
        let case = if is_fresh.contains(&id) { &fresh } else { &cases.shown };
        let things: [(&str, &str); 25] = [
            ("/signing-requests/{id}", "00000000-0000-0000-0000-000000000000"),
            ("/identifiers/{did}", &self.academy.did),
            ("/earlier-listings/{earlier}", &fresh),
            ("/treatments/{id}", &reviewed.treatment),
            ("/review-invitations/{token}", &reviewed.token),
            ("/reviews/{id}", &reviewed.review),
            ("/review-reports/{id}", &reviewed.report),
            ("/concerns/{id}", &reviewed.concern),
            ("/cases/{id}", case),
            ("/photos/{photo_id}", &cases.photo),
            ("/consents/{token}", &cases.consent),
            ("/photo-holds/{id}", &cases.hold),
            ("/uploads/{id}", "00000000-0000-0000-0000-000000000000"),
            ("/practitioners/{number}", &self.listing),
            ("/status/{number}", "1"),
            ("/certificates/{number}", certificate),
            ("/courses/{number}", self.academy.course.course_number()),
            ("/versions/{sha256}", &version),
            ("/academies/{slug}", "northern"),
            ("/clinics/{id}", &self.clinic),
            ("/clinics/{clinic_id}", &self.clinic),
            ("/recognitions/{id}", &self.recognition),
            ("/keys/{key}", &key),
            ("/places/{id}", "gb-outward:LS1"),
            ("/vocabularies/{name}", "services"),
        ];
        let mut path = path.to_owned();
        for (place, thing) in things {
            let (start, _) = place.split_once('{').unwrap();
            path = path.replace(place, &format!("{start}{thing}"));
        }
        assert!(!path.contains('{'), "{id}: nothing is known to put into {path}");
        path
    }

    fn body(&self, id: &str) -> Option<Value> {
        Some(match id {
            "create_practitioner" => json!({"name": "Newly Listed"}),
            "change_practitioner" => json!({"own_words": {"headline": "Hello"}}),
            "merge_practitioner" => json!({"into": self.other_listing}),
            "create_clinic" => clinic(),
            "change_clinic" => json!({"step_free": true}),
            "attach_clinic" => json!({"role": "guest", "from": "2024-03-01"}),
            "register_academy" => json!({"slug": "western", "name": "Western School", "country": "GB"}),
            "change_academy" => json!({"own_words": "We teach."}),
            "recognise_academy" => {
                json!({"from": "2020-01-01", "vouched_by": "The operators, after a visit"})
            }
            "end_recognition" => json!({"reason": "The academy has closed."}),
            "issue_certificate" => json!({
                "holder": "Marian Wright", "course": self.academy.course.url(), "awarded": "2026-05-01",
            }),
            "ask_to_sign" => json!({"academy": self.academy.slug, "training": 99}),
            "sign_request" => json!({"course": self.academy.course.url(), "awarded": "2026-05-01"}),
            "decline_request" => json!({"reason": "no-record"}),
            "set_academy_did" => json!({"did": "did:web:own.example"}),
            "report_key" => json!({"since": "2026-01-01T00:00:00Z"}),
            "add_key" => self.new_key(&self.next_key, &self.challenge),
            "add_course" | "add_course_version" => {
                let mut course = counting_course();
                course["title"] = json!("SMP for Those Who Know It");
                course
            }
            "add_trainer" => json!({"name": "Tamsin Teacher", "practising_since": 2011}),
            "submit_certificate" | "verify" => self.unsent.clone(),
            "enrol_status_list" => self.list.clone(),
            "reserve_status_entries" => json!({"count": 3}),
            "act_on_certificate" => json!({"act": "directory-withdraw", "reason": "under-review"}),
            "attach_certificate" => json!({"listing": self.listing}),
            "change_certificate" => json!({"listed": false}),
            "create_case" => story(),
            "change_case" => json!({"techniques": ["stippling"]}),
            "make_consent_link" | "withdraw_consent" | "vc_verify" | "vp_verify" | "vc_issue" => json!({}),
            "mail_consent_link" => json!({"email": "ann@example.com"}),
            "object_to_earlier_listing" => {
                json!({"text": "That was my sister, who had the number before me."})
            }
            "decide_earlier_listing" => {
                json!({"outcome": "dropped", "findings": "The sister answered and sent her licence."})
            }
            "check_image_hashes" => json!({"pictures": [{"hashes": ["0123456789abcdef"]}]}),
            "appeal_photo_decision" => json!({"text": "The picture was taken in my own clinic."}),
            "decide_photo_appeal" => {
                json!({"outcome": "restored", "findings": "Both pictures were taken at one event."})
            }
            "give_consent" => json!({"scopes": ["directory", "api"], "adult": true}),
            "decide_photo_hold" => json!({"decision": "unrelated", "note": "Two different heads."}),
            _ => return self.review_body(id),
        })
    }

    fn query(&self, id: &str) -> String {
        match id {
            "remove_practitioner" => "?reason=retired".to_owned(),
            "add_case_photo" => {
                "?stage=before&view=back&taken_on=2025-01-05&light=ring&identity=hidden".to_owned()
            }
            "lookup" => "?name=Marian%20Wright".to_owned(),
            "find_places" | "suggest" => "?q=leeds".to_owned(),
            "compare_practitioners" => format!("?numbers={},{}", self.listing, self.other_listing),
            _ => String::new(),
        }
    }

    fn new_key(&self, key: &SigningKey, challenge: &str) -> Value {
        json!({
            "public_key_multibase": key.public().to_multibase(),
            "challenge": challenge,
            "proof": possession::prove(&self.academy.did, key, challenge).unwrap(),
        })
    }
}

fn clinic() -> Value {
    json!({"name": "Ink & Co", "address": {"city": "Leeds", "country": "GB"}})
}

async fn made(caller: &Client, path: &str, body: Value, member: &str) -> String {
    caller.post(path, &body).await.expect(201).json()[member].as_str().unwrap().to_owned()
}

async fn submitted(academy: &Academy, document: &Value) -> String {
    academy.submit(document).await.expect(201).json()["number"].as_str().unwrap().to_owned()
}

async fn challenge(academy: &Academy) -> String {
    made(&academy.keeper, "/v1/academies/northern/keys/challenges", json!({}), "challenge").await
}

/// A small picture of a kind that is taken.
fn picture() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(200, 200).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}
