//! A client's whole story: to search, to look, to check, to review, and to decide about their photos.

use serde_json::json;

use super::driver::{Browser, ENTER, Screen};
use super::{Demo, judge};
use crate::cases::Keeper;
use crate::reviews::World;
use crate::support::TestApp;

#[test]
fn a_client_finds_somebody_reads_the_worst_review_and_checks_the_certificate() {
    let demo = Demo::shared();
    for screen in [Screen::Phone, Screen::Desktop, Screen::NoScript] {
        let Some(browser) = Browser::open(screen, demo.address()) else { return };
        browser.go("/");
        browser.type_in("#q", "hairline near Leeds");
        browser.press(ENTER);
        browser.comes_to("/find?q=hairline+near+Leeds");
        // Somebody whom others have reviewed.
        browser.click("#sort option[value='rating']");
        browser.click("#search > button[type='submit']");
        browser.comes_to("sort=rating");
        assert!(browser.count(".results article") > 0, "{}", browser.source());
        browser.click(".results article h3 a");
        browser.comes_to("/practitioners/SMP-");
        assert_eq!(browser.count("section.checks article[data-check]"), 4);
        browser.click("section.checks details summary");
        browser.follow("Worst first");
        browser.says("#reviews", "Newest first");
        browser.click("#certificates article h3 a");
        browser.comes_to("/certificates/CRT-");
        browser.says("section.verdict h1", "Valid");
        let number = browser.path().rsplit('/').next().unwrap().to_owned();
        browser.follow("Check a certificate");
        browser.type_in("#text", &number);
        browser.click("form.verify button[type='submit']");
        browser.says("section.verdict h1", "Valid");
        browser.back();
        browser.back();
        browser.comes_to("/certificates/CRT-");
    }
}

#[test]
fn a_changed_certificate_is_told_from_the_signed_one() {
    let demo = Demo::shared();
    let found = demo.get("/v1/practitioners?limit=1&verified=true");
    let number = found["items"][0]["number"].as_str().unwrap();
    let certificates = demo.get(&format!("/v1/practitioners/{number}/certificates?limit=1"));
    let url = certificates["items"][0]["credential_url"].as_str().unwrap();
    let signed = demo.get(&url[url.find("/v1/").unwrap()..]);
    let mut changed = signed.clone();
    changed["credentialSubject"]["name"] = json!("Somebody Else");
    let place = tempfile::tempdir().unwrap();
    let Some(browser) = Browser::open(Screen::Desktop, demo.address()) else { return };
    for (document, verdict) in [(&signed, "Valid"), (&changed, "Not valid")] {
        let file = place.path().join("certificate.json");
        std::fs::write(&file, document.to_string()).unwrap();
        browser.go("/verify");
        browser.choose_file("#file", &file);
        browser.click("form.verify button[type='submit']");
        browser.says("section.verdict h1", verdict);
        judge(&browser, demo.address(), &format!("verdict-{}", verdict.replace(' ', "-").to_lowercase()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_review_is_written_on_a_phone_looked_after_and_taken_back() {
    let world = World::new().await;
    world.record("ann@example.com").await;
    let token = world.token_for("ann@example.com").await;
    let site = world.app.listen().await;
    let Some(browser) = Browser::open(Screen::Phone, site) else { return };
    browser.go(&format!("/review/{token}"));
    judge(&browser, site, "phone-review");
    browser.click("input[name='stars'][value='2']");
    browser.click("input[name='would_recommend'][value='no']");
    // The browser would not send so little; one without its checks is told what is wrong, and loses nothing.
    browser.script("document.querySelector('form.tall').noValidate = true");
    browser.type_in("#text", "Too short <script>alert(1)</script>");
    browser.click("#relationship option[value='client']");
    browser.click("#incentive option[value='none']");
    browser.click("form.tall button");
    browser.says("[role='alert']", "Please change this");
    assert_eq!(browser.complaints().len(), 1, "the status of what was refused");
    assert_eq!(browser.count("input[name='stars'][value='2']:checked"), 1);
    judge(&browser, site, "phone-review-refused");
    browser.type_in(
        "#text",
        "The hairline is lower than we drew it, and nobody called back when I asked. <b>Ask.</b>",
    );
    browser.click("form.tall button");
    browser.says("h1", "Thank you");
    judge(&browser, site, "phone-review-thanks");
    let author = browser.text(".message code");
    let list = world.reviews("").await;
    assert_eq!((&list["total"]["value"], &list["items"][0]["stars"]), (&json!(1), &json!(2)));

    // Sent twice, or opened again: it says so, and changes nothing.
    browser.go(&format!("/review/{token}"));
    browser.says("h1", "You have written your review");
    assert_eq!(browser.complaints().len(), 1, "the status of a link that was used");
    browser.follow("Your review, and how to take it back");
    judge(&browser, site, "phone-review-own");
    browser.type_in("#author_token", "not mine");
    browser.click("input[name='sure']");
    browser.click("button[value='withdraw']");
    browser.says("[role='alert']", "");
    browser.type_in("#author_token", &author);
    browser.click("input[name='sure']");
    browser.click("button[value='withdraw']");
    browser.says("[role='status']", "You have taken your review back.");
    assert_eq!(world.reviews("").await["total"]["value"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_agrees_to_what_they_like_and_takes_it_back() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let (case, page) = keeper.asked(&app).await;
    let site = app.listen().await;
    let Some(browser) = Browser::open(Screen::Phone, site) else { return };
    browser.go(&page);
    assert_eq!(browser.count(".photo > img:not(.soft)"), 3, "{}", browser.source());
    judge(&browser, site, "phone-consent");
    browser.click("input[value='directory']");
    browser.click("input[value='api']");
    browser.click("input[name='adult']");
    browser.click("form.tall button");
    browser.says(".lead", "You agreed on");
    judge(&browser, site, "phone-consent-given");
    let seen = keeper.client.get(&format!("/v1/cases/{case}")).await.expect(200).json();
    assert_eq!(seen["consent"]["word"], "client", "{seen:#}");
    browser.click("form[action$='/withdrawal'] input[name='sure']");
    browser.click("form[action$='/withdrawal'] button");
    browser.says(".lead", "Your photos are gone.");
    keeper.client.get(&format!("/v1/cases/{case}")).await.expect(410);
    browser.go("/consents/stc_nobody");
    browser.says("main", "no such consent link");
}
