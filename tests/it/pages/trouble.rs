//! Bad input: script in every field, names without end, listings that go while they are read, forms sent twice, files that
//! are no certificates.

use poem::http::Method;
use serde_json::{Value, json};
use stipple::config::limits;

use crate::cases::{Keeper, story};
use crate::directory::{Directory, at, clinic, manchester};
use crate::reviews::{World, review};
use crate::support::academy::{Academy, counting_course};
use crate::support::{Response, TestApp};

/// What would run if a page put it out as it is: in an element and in an attribute.
pub(crate) const SCRIPT: &str = "\"><script>pwned=1</script><img src=x onerror=pwned=1>";

/// A directory in which every field that somebody may write says the same.
pub(crate) struct Said {
    pub(crate) directory: Directory,
    pub(crate) listing: String,
    other: String,
    certificate: String,
    review: String,
    author: String,
    text: String,
}

impl Said {
    /// Where it says `text`, which has 3 to 120 letters.
    pub(crate) async fn everywhere(text: &str) -> Self {
        let directory = Directory::new().await;
        let listing = directory.add(&listing_of(text)).await;
        let other = directory.add(&at(text, &manchester())).await;
        let academy = Academy::register(&directory, "said").await;
        let voucher = json!({
            "from": "2020-01-01", "vouched_by": text, "note": text, "evidence": {"text": text, "url": address(text)},
        });
        let recognitions = "/v1/academies/said/recognitions";
        directory.as_operator().await.post(recognitions, &voucher).await.expect(201);
        let mut content = counting_course();
        (content["title"], content["description"]) = (text.into(), text.into());
        let short: String = text.chars().take(20).collect();
        content["awarding_body"] = json!({"name": text, "number": short, "level": short});
        let mut award = academy.award(&directory, text, Some(&listing));
        award.course.link = academy.add_course(&content).await;
        (award.course.name, award.course.description) = (text.to_owned(), text.to_owned());
        let signed = academy.submit(&academy.sign(&award)).await.expect(201).json();
        let own = json!({"name": text, "own_words": text, "legal_name": text, "website": address(text)});
        academy.keeper.patch("/v1/academies/said", &own).if_match("*").await.expect(200);
        let trainer = json!({"name": text, "evidence": {"text": text, "url": address(text)}});
        academy.keeper.post("/v1/academies/said/trainers", &trainer).await.expect(201);
        let written = written(&directory, &listing, text).await;
        directory.settle().await;
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            listing,
            other,
            certificate: word(&signed["number"]),
            review: word(&written["review"]["id"]),
            author: word(&written["author_token"]),
            text: text.to_owned(),
            directory,
        }
    }

    /// The pages that show it.
    pub(crate) fn pages(&self) -> Vec<String> {
        let Self { listing, other, certificate, review, .. } = self;
        let of_listing = ["", "?reviews=worst", "/questions", "/history"];
        let listings = of_listing.map(|rest| format!("/practitioners/{listing}{rest}"));
        let more = [
            "/find?near=Leeds&radius_km=80&all=1".to_owned(),
            "/find?near=Leeds&radius_km=80&all=1&view=map".to_owned(),
            format!("/compare?id={listing}&id={other}"),
            format!("/certificates/{certificate}"),
            "/academies".to_owned(),
            "/academies/said".to_owned(),
            format!("/reviews/{review}"),
            format!("/badges/{listing}"),
        ];
        listings.into_iter().chain(more).collect()
    }

    /// The addresses that hold it themselves.
    fn addresses(&self) -> Vec<String> {
        let text: String = url::form_urlencoded::byte_serialize(self.text.as_bytes()).collect();
        let path = text.replace('+', "%20");
        let listing = &self.listing;
        [
            "/find?q={}",
            "/find?near={}",
            "/find?near=Leeds&cursor={}",
            "/find?conditions={}&price={}",
            "/find?bbox={}&view=map",
            "/check?who={}",
            "/academies?q={}",
            "/academies?cursor={}",
            "/compare?id={}",
            "/compare?id={L}&id={O}&near={}",
            "/rating?listing={}",
            "/work?condition={}",
            "/work?cursor={}",
            "/practitioners/{L}?from={}",
            "/practitioners/{L}?reviews={}",
            "/practitioners/{L}/history?from={}",
            "/practitioners/{P}",
            "/certificates/{P}",
            "/academies/{P}",
            "/badges/{P}",
            "/badges/{P}.svg",
            "/review/{P}",
            "/reviews/{P}",
            "/consents/{P}",
            "/problems/{P}",
            "/sitemaps/{P}",
            "/{P}",
        ]
        .map(|address| {
            address
                .replace("{}", &text)
                .replace("{P}", &path)
                .replace("{L}", listing)
                .replace("{O}", &self.other)
        })
        .into()
    }
}

/// As much of it as the name of a town may have.
fn town_of(text: &str) -> String {
    text.chars().take(60).collect()
}

/// An address on the web that says it.
fn address(text: &str) -> String {
    let text = text.replace(' ', "/");
    format!("https://site.example/{text}?said={text}#{text}")
}

fn listing_of(text: &str) -> Value {
    let town = town_of(text);
    let mut listing = at(text, &clinic(text, &town, "GB", 53.8, -1.55));
    let own = &mut listing["clinics"][0];
    own["website"] = address(text).into();
    for (name, value) in [("lines", json!([town])), ("region", json!(town))] {
        own["address"][name] = value;
    }
    for (name, value) in [
        ("also_known_as", json!([text])),
        ("former_names", json!([text])),
        ("given_name", json!(town)),
        ("family_name", json!(town)),
        ("contact", json!({"website": address(text), "booking_url": address(text)})),
        ("own_words", json!({"headline": text, "bio": text})),
        ("stated_training", json!([{"academy": text, "course": text, "year": 2019}])),
    ] {
        listing[name] = value;
    }
    listing
}

/// A review that says it, and its reply.
async fn written(app: &TestApp, listing: &str, text: &str) -> Value {
    let keeper = app.as_practitioner(listing).await;
    let treated = json!({
        "service": "full-head", "sessions": [app.clock.today().to_string()], "email": "ann@example.com",
    });
    keeper.post(&format!("/v1/practitioners/{listing}/treatments"), &treated).await.expect(201);
    let letters = app.letters().await;
    let letter = letters.iter().rev().find(|letter| letter.contains("stp_rv_")).expect("an invitation");
    let token: String = letter[letter.find("stp_rv_").unwrap()..]
        .chars()
        .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
        .collect();
    let mut said = review(2);
    said["text"] = format!("{text} {text}").into();
    let written =
        app.anyone().post(&format!("/v1/review-invitations/{token}"), &said).await.expect(201).json();
    let path = format!("/v1/reviews/{}", written["review"]["id"].as_str().unwrap());
    let etag = app.anyone().get(&path).await.expect(200).etag();
    keeper.put(&format!("{path}/reply"), &json!({"text": text})).if_match(etag).await.expect(200);
    written
}

/// Nothing of [`SCRIPT`] stands in the answer as it is.
#[track_caller]
fn is_text(answer: &Response, asked: &str) {
    let text = answer.text();
    let kind = answer.header("content-type").unwrap_or_default();
    let is_markup = kind.contains("html") || kind.contains("xml") || kind.contains("svg");
    let runs = ["<script>pwned", "<img src=x"].iter().any(|sign| text.contains(sign));
    assert!(!(is_markup && runs), "{asked}: {text}");
    assert!(answer.status.as_u16() < 500, "{asked}: {} {text}", answer.status);
}

/// Sends a form of a page.
async fn send(app: &TestApp, path: &str, fields: &[(&str, &str)]) -> Response {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    app.anyone().call(Method::POST, path).body("application/x-www-form-urlencoded", body).await
}

#[tokio::test]
async fn what_people_write_is_shown_as_text_wherever_it_stands() {
    let said = Said::everywhere(SCRIPT).await;
    let app = &said.directory;
    for path in said.pages() {
        let page = app.anyone().get(&path).header("accept", "text/html").await.expect(200);
        is_text(&page, &path);
        assert!(page.text().contains("&lt;script&gt;pwned=1"), "{path} does not show it: {}", page.text());
    }
    let (listing, certificate) = (&said.listing, &said.certificate);
    let drawn = app.anyone().get(&format!("/badges/{listing}.svg")).await.expect(200);
    is_text(&drawn, "the badge");
    for picture in [format!("/practitioners/{listing}"), format!("/certificates/{certificate}")] {
        let picture = app.anyone().get(&format!("{picture}/picture.png")).await.expect(200);
        assert!(picture.bytes.starts_with(b"\x89PNG"));
    }
    for path in said.addresses() {
        is_text(&app.anyone().get(&path).header("accept", "text/html").await, &path);
    }
    let review = format!("/reviews/{}", said.review);
    for (path, fields) in [
        (format!("/practitioners/{listing}/review"), vec![("email", SCRIPT), ("last_session", SCRIPT)]),
        (review.clone(), vec![("do", "withdraw"), ("author_token", SCRIPT)]),
        (format!("/consents/{SCRIPT}").replace(['"', '<', '>', ' '], "-"), vec![("scope", SCRIPT)]),
    ] {
        is_text(&send(app, &path, &fields).await, &path);
    }
    // The reasons of a removal, and what its author answers.
    let removal = json!({"reason": "spam", "facts": format!("{SCRIPT} and nothing but that.")});
    app.as_operator().await.post(&format!("/v1{review}/removal"), &removal).await.expect(200);
    for (fields, shown) in [
        (vec![("do", "statement"), ("author_token", said.author.as_str())], true),
        (vec![("do", "appeal"), ("author_token", "not mine"), ("appeal", SCRIPT)], true),
        (vec![("do", "appeal"), ("author_token", said.author.as_str()), ("appeal", SCRIPT)], false),
    ] {
        let page = send(app, &review, &fields).await;
        is_text(&page, &review);
        assert!(!shown || page.text().contains("&lt;script&gt;pwned=1"), "{fields:?}: {}", page.text());
    }
}

#[tokio::test]
async fn ten_thousand_letters_are_no_name() {
    let app = TestApp::new().await;
    let long = "W".repeat(10_000);
    let operator = app.as_operator().await;
    let refused = operator.post("/v1/practitioners", &json!({"name": long})).await.expect(422);
    assert_eq!(refused.faults("invalid"), [("/name".to_owned(), "too-long".to_owned())]);
    let whole = operator.post("/v1/practitioners", &json!({"name": &long[..limits::NAME_CHARS]})).await;
    whole.expect(201);
    // Whoever searches for so much is told so, in the form.
    for path in ["/find?q=", "/find?near=", "/check?who=", "/academies?q="] {
        let page = app.anyone().get(&format!("{path}{long}")).header("accept", "text/html").await;
        let (status, text) = (page.status.as_u16(), page.text());
        assert!(status == 400 || status == 503, "{path}: {status} {text}");
        assert!(text.contains("<form") || text.contains("<main"), "{path}: {text}");
    }
}

#[tokio::test]
async fn a_listing_that_goes_while_it_is_read_says_so_and_leads_on() {
    let world = World::new().await;
    world.reviewed("ann@example.com", review(2)).await;
    let operator = world.app.as_operator().await;
    let gone = world.listing.clone();
    let path = format!("/v1/practitioners/{gone}?reason=not-genuine");
    world.app.anyone().get(&format!("/practitioners/{gone}/review")).await.expect(200);
    operator.delete(&path).if_match("*").await.expect(204);
    let form = [("email", "bob@example.com"), ("last_session", "2026-01-05")];
    let mut answers = Vec::new();
    for rest in ["", "/questions", "/history", "/review"] {
        answers.push((rest, world.app.anyone().get(&format!("/practitioners/{gone}{rest}")).await));
    }
    answers.push(("form", send(&world.app, &format!("/practitioners/{gone}/review"), &form).await));
    for (what, answer) in answers {
        let text = answer.expect(410).text();
        let main = &text[text.find("<main").unwrap()..];
        assert!(main.contains("it was not genuine") && main.contains("href=\"/find\""), "{what}: {main}");
        assert!(!main.contains("That did not work"), "{what}: {main}");
        assert!(!main.contains("<form"), "{what}: {main}");
    }
    let never = world.app.anyone().get("/practitioners/SMP-2222-2222-2/review").await;
    assert_eq!(never.status.as_u16(), 404);

    let add = async |name: &str| {
        let made = operator.post("/v1/practitioners", &json!({"name": name})).await.expect(201).json();
        made["number"].as_str().unwrap().to_owned()
    };
    let (twice, once) = (add("Ann Twice").await, add("Ann Once").await);
    operator.post(&format!("/v1/practitioners/{twice}/merge"), &json!({"into": once})).await.expect(200);
    for rest in ["/questions", "/history", "/review"] {
        let moved = world.app.anyone().get(&format!("/practitioners/{twice}{rest}")).await.expect(301);
        assert_eq!(moved.header("location"), Some(format!("/practitioners/{once}").as_str()), "{rest}");
    }
}

#[tokio::test]
async fn a_review_sent_twice_at_once_is_written_once_and_links_that_are_none_lead_on() {
    let world = World::new().await;
    world.record("ann@example.com").await;
    let token = world.token_for("ann@example.com").await;
    let path = format!("/review/{token}");
    let text = "The hairline is lower than we drew it, and nobody called back when I asked.";
    let form = [
        ("stars", "2"),
        ("would_recommend", "no"),
        ("relationship", "client"),
        ("incentive", "none"),
        ("text", text),
    ];
    let (one, two) = tokio::join!(send(&world.app, &path, &form), send(&world.app, &path, &form));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 410], "{} {}", one.text(), two.text());
    let second = if one.status == 410 { one } else { two };
    assert!(second.text().contains("You have written your review"), "{}", second.text());
    assert_eq!(world.reviews("").await["total"]["value"], 1);

    let path = format!("/practitioners/{}/review", world.listing);
    let form = [("email", "bob@example.com"), ("last_session", "2026-01-05")];
    let (one, two) = tokio::join!(send(&world.app, &path, &form), send(&world.app, &path, &form));
    assert_eq!(one.expect(200).text(), two.expect(200).text(), "both are told the same");
    let letters = world.app.letters().await;
    let to_bob = letters.iter().filter(|letter| letter.contains("To: bob@example.com")).count();
    assert_eq!(to_bob, 1, "{letters:#?}");
    // A part of a link is nobody's link.
    let part = send(&world.app, &format!("/review/{}", &token[..20]), &form).await.expect(404);
    assert!(part.text().contains("We do not know this link"), "{}", part.text());
    // One that was not used in time leads to another.
    world.record("cat@example.com").await;
    let late = world.token_for("cat@example.com").await;
    world.app.clock.advance(limits::INVITATION_LIFE + std::time::Duration::from_mins(1));
    let old = world.app.anyone().get(&format!("/review/{late}")).await.expect(410).text();
    assert!(old.contains("This link is too old"), "{old}");
    assert!(old.contains(&format!("href=\"/practitioners/{}/review\"", world.listing)), "{old}");
}

#[tokio::test]
async fn consent_is_given_and_withdrawn_once_however_often_it_is_sent() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let (_, page) = keeper.asked(&app).await;
    let form = [("scope", "directory"), ("adult", "yes")];
    let (one, two) = tokio::join!(send(&app, &page, &form), send(&app, &page, &form));
    for answer in [one, two] {
        assert_eq!(answer.expect(303).header("location"), Some(&*page));
    }
    let given = app.anyone().get(&page).await.expect(200);
    // Nothing of it stays on the client's machine, where it could outlive what was agreed.
    assert_eq!(given.header("cache-control"), Some("no-store"));
    assert!(given.text().contains("You agreed on"), "{}", given.text());
    let away = format!("{page}/withdrawal");
    let (one, two) = tokio::join!(send(&app, &away, &[]), send(&app, &away, &[]));
    for answer in [one, two, send(&app, &away, &[]).await] {
        assert_eq!(answer.expect(303).header("location"), Some(&*page));
    }
    let gone = app.anyone().get(&page).await.expect(200).text();
    assert!(gone.contains("Your photos are gone.") && !gone.contains("<form"), "{gone}");
    // Who goes back and agrees once more is told that it is over.
    let late = send(&app, &page, &form).await;
    assert_eq!(late.status.as_u16(), 410, "{}", late.text());

    // A link that was never used runs out.
    let other = keeper.draft(&story()).await;
    let letters = format!("/v1/cases/{other}/consent-letters");
    keeper.client.post(&letters, &json!({"email": "ann@example.com"})).await.expect(202);
    let letters = app.letters().await;
    let at = letters.last().unwrap();
    let at = &at[at.find("/consents/stc_").unwrap()..];
    let page: String = at.chars().take_while(|c| !c.is_whitespace()).collect();
    app.clock.advance(limits::CONSENT_LINK_LIFE + std::time::Duration::from_mins(1));
    let old = app.anyone().get(&page).await.expect(410).text();
    assert!(old.contains("This link is too old") && old.contains("Ask for a new one."), "{old}");
}

#[tokio::test]
async fn what_is_no_certificate_is_refused_in_the_form() {
    let app = TestApp::new().await;
    let check = async |part: &str, content: &[u8]| {
        let head =
            format!("--edge\r\ncontent-disposition: form-data; name=\"{part}\"; filename=\"c.json\"\r\n\r\n");
        let body = [head.as_bytes(), content, b"\r\n--edge--\r\n"].concat();
        let asked = app.anyone().call(Method::POST, "/verify").header("sec-fetch-site", "cross-site");
        asked
            .header("origin", "https://elsewhere.example")
            .body("multipart/form-data; boundary=edge", body)
            .await
    };
    let noise: Vec<u8> = (0..40_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let deep = "[".repeat(40_000);
    let huge = format!("{{\"a\": \"{}\"}}", "x".repeat(3_000_000));
    let long = "{".repeat(100_000);
    let large = vec![b'{'; limits::CARRIER_BYTES + 1];
    for (name, part, content, status) in [
        ("nothing", "file", b"".as_slice(), [200, 200]),
        ("noise", "file", &noise, [400, 422]),
        ("zeros", "file", &[0; 4_096], [400, 422]),
        ("deep", "file", deep.as_bytes(), [400, 422]),
        ("long", "file", long.as_bytes(), [413, 413]),
        ("huge", "file", huge.as_bytes(), [413, 422]),
        ("large", "file", &large, [413, 413]),
        ("half a picture", "file", b"\x89PNG\r\n\x1a\nand no more", [400, 422]),
        ("a link elsewhere", "text", b"https://elsewhere.example/certificates/CRT-2222-2222-2", [200, 200]),
        ("words", "text", "نص not a number 🙂".as_bytes(), [200, 200]),
    ] {
        let page = check(part, content).await;
        let (got, text) = (page.status.as_u16(), page.text());
        assert!(status.contains(&got), "{name}: {got} {text}");
        let note = text.split("data-note>").nth(1).and_then(|rest| rest.split("</p>").next());
        assert!(
            note.is_some_and(|note| note.len() > 20 && note.len() < 500),
            "{name} is told nothing: {text}"
        );
        assert!(text.contains("name=\"file\""), "{name}: the form is there to try again");
        // Whoever sends a form from elsewhere learns what the API tells everybody, and leaves nothing behind.
        assert!(page.header("set-cookie").is_none(), "{name}");
    }
}
