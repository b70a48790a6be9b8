//! The live badge: green while it is so, red by itself when it is not, and words under every address.

use serde_json::json;
use stipple::certificates::acts::{Act, ActReason};

use crate::support::academy::Academy;
use crate::support::{Response, TestApp};

/// A listing with a certificate that counts: its number, the certificate's, and the academy with what it signed.
pub(super) async fn trained(app: &TestApp, name: &str) -> (String, String, Academy, serde_json::Value) {
    let academy = Academy::recognised(app, "leeds-smp-school").await;
    let body = json!({"name": name, "clinics": [{"name": "Aire Clinic", "address": {"city": "Leeds", "country": "GB"}}]});
    let listing = app.as_operator().await.post("/v1/practitioners", &body).await.expect(201).json();
    let listing = listing["number"].as_str().unwrap().to_owned();
    let signed = academy.sign(&academy.award(app, name, Some(&listing)));
    let certificate = academy.submit(&signed).await.expect(201).json()["number"].as_str().unwrap().to_owned();
    (listing, certificate, academy, signed)
}

/// Listings that are no more, by number: one removed, one merged, and the one that it was merged into.
pub(super) async fn ended(app: &TestApp) -> (String, String, String) {
    let operator = app.as_operator().await;
    let add = async |name: &str| {
        let made = operator.post("/v1/practitioners", &json!({"name": name})).await.expect(201).json();
        made["number"].as_str().unwrap().to_owned()
    };
    let (gone, merged, into) = (add("Ann Gone").await, add("Ann Twice").await, add("Ann Once").await);
    operator.delete(&format!("/v1/practitioners/{gone}?reason=not-genuine")).if_match("*").await.expect(204);
    operator.post(&format!("/v1/practitioners/{merged}/merge"), &json!({"into": into})).await.expect(200);
    (gone, merged, into)
}

/// The academy takes the certificate back.
pub(super) async fn revoke(app: &TestApp, academy: &Academy, signed: &serde_json::Value, certificate: &str) {
    app.clock.advance(std::time::Duration::from_secs(60));
    let act = academy.act(app, signed, Act::Revoke, ActReason::TrainingNotCompleted);
    academy.keeper.post(&format!("/v1/certificates/{certificate}/acts"), &act).await.expect(201);
}

async fn badge(app: &TestApp, file: &str) -> Response {
    app.anyone().get(&format!("/badges/{file}")).await
}

/// A drawing must be one, whatever it says: parsed as XML, with its sentence.
fn drawn(badge: &Response, tone: &str, words: &str) -> String {
    assert_eq!(badge.header("content-type"), Some("image/svg+xml"));
    let text = badge.text();
    let document = usvg::roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"), "{text}");
    assert_eq!(root.attribute("data-tone"), Some(tone), "{text}");
    let title =
        root.children().find(|node| node.has_tag_name((root.tag_name().namespace().unwrap(), "title")));
    let title = title.and_then(|node| node.text()).expect("a title").to_owned();
    assert!(title.starts_with(words), "{title}");
    assert!(!document.descendants().any(|node| node.tag_name().name() == "script"), "{text}");
    title
}

#[tokio::test]
async fn it_turns_red_by_itself_when_the_certificate_is_taken_back() {
    let app = TestApp::new().await;
    let (listing, certificate, academy, signed) = trained(&app, "Marian Wright").await;
    let good = badge(&app, &format!("{listing}.svg")).await.expect(200);
    let said = drawn(&good, "good", "Training verified. ");
    assert!(
        said.contains("Marian Wright") && said.contains(&listing) && said.contains("checked at "),
        "{said}"
    );
    assert_eq!(good.header("cache-control"), Some("no-cache"), "nobody shows it without asking");
    assert_eq!(good.header("access-control-allow-origin"), Some("*"));
    assert!(good.header("set-cookie").is_none());
    let tag = good.etag();
    let unchanged = app.anyone().get(&format!("/badges/{listing}.svg")).header("if-none-match", &tag).await;
    assert_eq!(unchanged.status.as_u16(), 304);

    revoke(&app, &academy, &signed, &certificate).await;
    let bad =
        app.anyone().get(&format!("/badges/{listing}.svg")).header("if-none-match", &tag).await.expect(200);
    drawn(&bad, "bad", "Training not verified any more. ");
}

#[tokio::test]
async fn who_was_never_verified_is_not_said_to_have_been() {
    let app = TestApp::new().await;
    let body = json!({"name": "<b>&\"']]>\u{1} Evil\u{202e} العربية with a name that goes on and on and on"});
    let made = app.as_operator().await.post("/v1/practitioners", &body).await;
    // A name with control characters may be refused: the badge must stand whatever is let in.
    let body = json!({"name": "<b>&\"']]> Evil العربية 🙂 with a name that goes on and on and on"});
    let made = if made.status == 201 {
        made
    } else {
        app.as_operator().await.post("/v1/practitioners", &body).await
    };
    let listing = made.expect(201).json()["number"].as_str().unwrap().to_owned();
    let red = badge(&app, &format!("{listing}.svg")).await.expect(200);
    let said = drawn(&red, "bad", "Training not verified. ");
    assert!(said.contains("<b>&"), "{said}");
    let framed = badge(&app, &listing).await.expect(200).text();
    assert!(!framed.contains("<b>") && framed.contains("&lt;b&gt;"), "{framed}");
}

#[tokio::test]
async fn every_address_is_a_badge_with_words_and_the_right_status() {
    let app = TestApp::new().await;
    let (gone, merged, into) = ended(&app).await;
    for (file, status, tone, words) in [
        (gone.as_str(), 410, "bad", "Listing removed. ".to_owned()),
        (merged.as_str(), 200, "unknown", format!("Moved to {into}. ")),
        ("SMP-2222-2222-2", 404, "unknown", "Not a listing of ours. ".to_owned()),
        ("nonsense", 404, "unknown", "Not a listing of ours. ".to_owned()),
    ] {
        let svg = badge(&app, &format!("{file}.svg")).await.expect(status);
        let said = drawn(&svg, tone, &words);
        assert!(!said.contains("Ann"), "nothing is said of who is not listed: {said}");
        assert_eq!(svg.header("cache-control"), Some("no-cache"), "{file}");
        let frame = badge(&app, file).await.expect(status);
        assert_eq!(frame.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(frame.text().contains(words.trim_end()), "{}", frame.text());
    }
}

#[tokio::test]
async fn only_the_frame_may_be_framed_and_the_listing_shows_what_to_copy() {
    let app = TestApp::new().await;
    let (listing, ..) = trained(&app, "Marian Wright").await;
    let frame = badge(&app, &listing).await.expect(200);
    let policy = frame.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors *") && !policy.contains("script"), "{policy}");
    assert!(!frame.text().contains("<script"), "{}", frame.text());
    let page = app.anyone().get(&format!("/practitioners/{listing}")).await.expect(200);
    assert!(page.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
    let copied =
        format!("&lt;img src=\"{}/badges/{listing}.svg\"", app.config.public_url).replace('"', "&quot;");
    assert!(page.text().contains(&copied), "{}", page.text());
}
