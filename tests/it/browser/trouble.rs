//! Bad input in a real browser: nothing that somebody wrote runs or widens a page, nothing typed is lost, a second click
//! does nothing, and a file far too large is refused calmly.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::json;

use super::driver::{Browser, ENTER, Screen};
use super::{Demo, faults};
use crate::cases::{Keeper, story};
use crate::pages::trouble::{SCRIPT, Said};
use crate::reviews::World;
use crate::support::TestApp;

/// Nobody's certificate is as large, in bytes.
const LARGE: u64 = 50_000_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_people_write_runs() {
    let said = Said::everywhere(SCRIPT).await;
    let site = said.directory.listen().await;
    let Some(browser) = Browser::open(Screen::Phone, site) else { return };
    for path in said.pages() {
        browser.go(&path);
        let ran =
            browser.script("return typeof window.pwned !== 'undefined' || document.images.x !== undefined");
        assert_eq!(ran, json!(false), "{path}: {}", browser.source());
        assert_eq!(browser.complaints(), Vec::<String>::new(), "{path}");
    }
    // Completion puts names into the page too.
    browser.go("/find");
    browser.type_in("#q", "script");
    browser.until(
        "!document.getElementById('q-choices').hidden || document.getElementById('told').textContent !== ''",
    );
    assert_eq!(browser.script("return typeof window.pwned"), json!("undefined"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_without_a_break_widens_no_page() {
    let said = Said::everywhere(&"W".repeat(120)).await;
    let site = said.directory.listen().await;
    let Some(browser) = Browser::open(Screen::Desktop, site) else { return };
    browser.narrow(320);
    let mut wide = Vec::new();
    for path in said.pages() {
        browser.go(&path);
        // A phone would make its window as wide as the page.
        let width = browser.script("return document.documentElement.scrollWidth").as_f64().expect("a number");
        if width > 320.0 {
            browser.picture(&format!("wide-{}", wide.len()));
            wide.push(format!("{path}: {width}"));
        }
    }
    assert!(wide.is_empty(), "{wide:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn going_back_loses_nothing_and_a_second_click_does_nothing() {
    let world = World::new().await;
    world.record("ann@example.com").await;
    let token = world.token_for("ann@example.com").await;
    let site = world.app.listen().await;
    let Some(browser) = Browser::open(Screen::Phone, site) else { return };
    let holds = |css: &str, text: &str| {
        let held = browser.script(&format!("return document.querySelector({css:?}).value"));
        assert_eq!(held, json!(text), "{css} at {}", browser.path());
    };
    browser.go("/check");
    browser.type_in("#who", "Nobody Atall");
    browser.press(ENTER);
    browser.comes_to("/check?who=Nobody");
    browser.back();
    browser.until("location.search === ''");
    holds("#who", "Nobody Atall");

    browser.go("/verify");
    browser.type_in("#text", "CRT-2222-2222-2");
    browser.click("form.verify button[type='submit']");
    browser.says("[data-note]", "That is not the number of a certificate from here.");
    holds("#text", "CRT-2222-2222-2");

    let text = "The hairline is lower than we drew it, and nobody called back when I asked.";
    browser.go(&format!("/review/{token}"));
    browser.click("input[name='stars'][value='2']");
    browser.click("input[name='would_recommend'][value='no']");
    browser.type_in("#text", text);
    browser.click("#relationship option[value='client']");
    browser.click("#incentive option[value='none']");
    browser.script("const send = document.querySelector('form.tall button'); send.click(); send.click();");
    browser.says("h1", "Thank you");
    assert_eq!(world.reviews("").await["total"]["value"], 1);
    browser.back();
    // The page is asked for anew, and says what has become of the link.
    browser.says("h1", "You have written your review");
    assert_eq!(world.reviews("").await["total"]["value"], 1);

    // Closed while its form is filled in.
    browser.go(&format!("/practitioners/{}/review", world.listing));
    browser.type_in("#email", "bob@example.com");
    browser.script("document.querySelector('#last_session').value = '2026-01-05'");
    let path = format!("/v1/practitioners/{}?reason=not-genuine", world.listing);
    world.app.as_operator().await.delete(&path).if_match("*").await.expect(204);
    browser.click("form.tall button");
    browser.says(".lead", "it was not genuine");
    browser.follow("Find somebody else");
    browser.comes_to("/find");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consent_sent_twice_or_gone_back_to_stands_as_it_was_given() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    let (_, page) = keeper.asked(&app).await;
    let site = app.listen().await;
    let Some(browser) = Browser::open(Screen::Phone, site) else { return };
    let is_ticked = |scope: &str| browser.count(&format!("input[value='{scope}']:checked")) == 1;
    browser.go(&page);
    browser.click("input[value='directory']");
    browser.click("input[name='adult']");
    browser.script("const send = document.querySelector('form.tall button'); send.click(); send.click();");
    browser.says(".lead", "You agreed on");
    // Back to the form as it was before: it says what was agreed, and can be changed from there.
    browser.back();
    browser.says(".lead", "You agreed on");
    assert!(is_ticked("directory") && !is_ticked("api"), "{}", browser.source());
    browser.click("input[value='api']");
    // A browser may keep what was ticked on the page it goes back to.
    browser.script("document.querySelector('input[name=\"adult\"]').checked = true");
    browser.click("form.tall button");
    browser.until("!document.querySelector('input[name=\"adult\"]').checked");
    assert!(is_ticked("directory") && is_ticked("api"), "{}", browser.source());
    let given = app.anyone().get(&format!("/v1{page}")).await.expect(200).json();
    assert_eq!(given["scopes"], json!(["directory", "api"]), "{given:#}");
    let withdrawal = "form[action$='/withdrawal']";
    browser.click(&format!("{withdrawal} input[name='sure']"));
    browser.script(&format!(
        "const send = document.querySelector(\"{withdrawal} button\"); send.click(); send.click();"
    ));
    browser.says(".lead", "Your photos are gone.");
    browser.back();
    browser.says(".lead", "Your photos are gone.");
    assert_eq!(browser.count("form"), 0, "nothing is left to agree to");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_that_is_gone_leaves_its_words_and_the_page_whole() {
    let app = TestApp::new().await;
    let keeper = Keeper::new(&app).await;
    keeper.shown(&story(), 5).await;
    for file in files_in(&app.config.data_dir.join("blobs")) {
        std::fs::remove_file(file).unwrap();
    }
    let site = app.listen().await;
    let Some(browser) = Browser::open(Screen::Phone, site) else { return };
    for (name, path) in
        [("gallery", "/work".to_owned()), ("listing", format!("/practitioners/{}", keeper.number))]
    {
        browser.go(&path);
        browser
            .script("for (const photo of document.querySelectorAll('.photo > img')) photo.loading = 'eager'");
        browser.until("[...document.querySelectorAll('.photo > img')].every((photo) => photo.complete)");
        let gone = browser.script("return [...document.querySelectorAll('.photo > img:not(.soft)')].filter((photo) => photo.naturalWidth === 0).length");
        assert!(gone.as_u64() >= Some(3), "{path}: {gone} {}", browser.source());
        browser.script("document.querySelector('.case').scrollIntoView()");
        let faults = faults(&browser, site, &format!("phone-{name}-without-photos"));
        let other: Vec<_> = faults.iter().filter(|fault| !fault.contains("/photos/")).collect();
        assert!(other.is_empty(), "{path}: {other:#?}");
    }
}

/// Every file in a folder, and in those within it.
fn files_in(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("it is read").path());
    entries.flat_map(|path| if path.is_dir() { files_in(&path) } else { vec![path] }).collect()
}

#[test]
fn a_file_far_too_large_is_refused_calmly_and_the_form_goes_on() {
    let demo = Demo::shared();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("certificate.json");
    std::fs::File::create(&file).unwrap().set_len(LARGE).unwrap();
    for screen in [Screen::Phone, Screen::NoScript] {
        let Some(browser) = Browser::open(screen, demo.address()) else { return };
        browser.go("/verify");
        browser.choose_file("#file", &file);
        browser.click("form.verify button[type='submit']");
        if screen == Screen::NoScript {
            browser.says("h1", "That is too large");
            browser.follow("Check another");
        } else {
            browser.says("[data-note]", "This file is larger than any certificate.");
            browser.script("document.querySelector('#file').value = ''");
        }
        browser.type_in("#text", "CRT-2222-2222-2");
        browser.click("form.verify button[type='submit']");
        browser.says("[data-note]", "That is not the number of a certificate from here.");
    }
}

#[test]
fn a_large_body_is_answered_whether_its_length_was_said_or_not() {
    let demo = Demo::shared();
    for announced in [true, false] {
        let answer = refused(demo.address(), announced);
        assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("<h1>"), "{announced}: {answer}");
    }
}

/// What is answered to a body of [`LARGE`] bytes, as far as it is taken.
fn refused(site: SocketAddr, announced: bool) -> String {
    let mut stream = TcpStream::connect(site).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(15))).unwrap();
    let begin = b"--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"c.json\"\r\n\r\n";
    let length =
        if announced { format!("content-length: {LARGE}") } else { "transfer-encoding: chunked".into() };
    let head = format!(
        "POST /verify HTTP/1.1\r\nhost: {site}\r\naccept: text/html\r\nconnection: close\r\n\
         content-type: multipart/form-data; boundary=edge\r\n{length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("it reads");
    let chunk = |bytes: &[u8]| {
        if announced {
            bytes.to_vec()
        } else {
            [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
        }
    };
    let (first, rest) = (chunk(begin), chunk("0".repeat(65_536).as_bytes()));
    let mut left = LARGE;
    let mut piece = first.as_slice();
    // Whoever refuses may hang up before it has heard everything.
    while left > 65_536 && stream.write_all(piece).is_ok() {
        left -= 65_536;
        piece = &rest;
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}
