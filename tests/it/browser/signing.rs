//! An academy signs in its browser, and what it signed is checked a second time in somebody else's.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::driver::{Browser, Screen};
use super::judge;
use crate::support::academy::counting_course;
use crate::support::process::{Server, finish, stipple_in};

const SLUG: &str = "school-of-dots";
/// Keeps what the page saves in the page, in place of a folder for downloads.
const KEEP_FILES: &str = "window.files = [];
    const make = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (file) => { file.text().then((text) => files.push(text)); return make(file); };
    HTMLAnchorElement.prototype.click = () => {};";

/// A directory with an academy that has a course and no key yet.
struct School {
    place: tempfile::TempDir,
    server: Server,
    token: String,
}

impl School {
    fn new() -> Self {
        let place = tempfile::tempdir().expect("a folder");
        let server = Server::started(stipple_in(place.path(), &["serve", "--listen", "127.0.0.1:0"]))
            .expect("the service starts");
        let made = finish(stipple_in(place.path(), &["token", "new", "--role", "academy"]));
        let token = String::from_utf8_lossy(&made.stdout).trim().to_owned();
        let school = Self { place, server, token };
        let academy = json!({"slug": SLUG, "name": "School of <Dots>", "country": "GB"});
        school.post("/v1/academies", &academy);
        school.post(&format!("/v1/academies/{SLUG}/courses"), &counting_course());
        school
    }

    fn post(&self, path: &str, body: &Value) {
        let (status, answer) = self.server.call("POST", path, &self.token, Some(body)).expect("it answers");
        assert_eq!(status, 201, "{path}: {answer:#}");
    }

    fn get(&self, path: &str) -> Value {
        let (status, answer) = self.server.call("GET", path, &self.token, None).expect("it answers");
        assert_eq!(status, 200, "{path}: {answer:#}");
        answer
    }

    fn file(&self, name: &str, content: &str) -> std::path::PathBuf {
        let path = self.place.path().join(name);
        std::fs::write(&path, content).expect("a file");
        path
    }

    /// Opens the link, and makes and confirms a key.
    fn with_key(&self, browser: &Browser) {
        browser.go(&format!("/sign?academy={SLUG}#token={}", self.token));
        browser.until("!document.querySelector('[data-part=\"key\"]').hidden");
        assert!(!browser.path().contains("stp_"), "the token stays in the address: {}", browser.path());
        browser.script(KEEP_FILES);
        browser.click("[data-make]");
        browser.until("window.files.length === 1");
        assert_eq!(
            self.get(&format!("/v1/academies/{SLUG}/keys"))["total"]["value"],
            0,
            "before it is saved"
        );
        let saved = browser.script("return window.files[0]");
        let saved = self.file("school.key.json", saved.as_str().expect("a file"));
        browser.choose_file("#saved-file", &self.file("other.json", "{\"a\": 1}"));
        browser.until("document.querySelector('.note.bad:not([hidden])') !== null");
        browser.choose_file("#saved-file", &saved);
        browser.until("!document.querySelector('[data-part=\"who\"]').hidden");
    }
}

/// Whether the browser's own check came to its end, and to what.
fn second(browser: &Browser) -> String {
    browser.until("document.querySelector('[data-second]')?.dataset.done !== undefined");
    let done = browser.script("return document.querySelector('[data-second]').dataset.done");
    done.as_str().expect("a word").to_owned()
}

fn outcome(browser: &Browser, step: &str) -> String {
    let script =
        format!("return document.querySelector('[data-step=\"{step}\"]')?.dataset.outcome ?? 'none'");
    browser.script(&script).as_str().expect("a word").to_owned()
}

fn check_file(browser: &Browser, file: &Path) -> String {
    browser.go("/verify");
    browser.choose_file("#file", file);
    browser.click("form.verify button[type='submit']");
    browser.until("document.querySelector('[data-verdict]') !== null");
    second(browser)
}

#[test]
fn a_first_certificate_is_signed_checked_twice_and_taken_back() {
    let school = School::new();
    let site = school.server.address;
    let Some(browser) = Browser::open(Screen::Phone, site) else { return };
    school.with_key(&browser);
    browser.type_in("#name", "Ann <b>O\u{2019}Neill</b>");
    browser.click("form[data-form='one'] button");
    browser.until("!document.querySelector('[data-part=\"preview\"]').hidden");
    assert!(browser.text("[data-part='preview'] dl").contains("Ann <b>O\u{2019}Neill</b>"));
    judge(&browser, site, "phone-sign-preview");
    browser.click("[data-sign-all]");
    browser.until("!document.querySelector('[data-part=\"results\"]').hidden");
    let number = browser.text("[data-part='results'] li a");
    let kept = school.get(&format!("/v1/certificates/{number}"));
    assert_eq!(kept["holder_name"], "Ann <b>O\u{2019}Neill</b>", "{kept:#}");

    for _ in 0..100 {
        if school.get(&format!("/v1/certificates/{number}/log"))["index"].is_u64() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    browser.go(&format!("/certificates/{number}"));
    assert_eq!(second(&browser), "shown", "{}", browser.source());
    for step in ["unchanged", "key", "log", "period", "status"] {
        assert_eq!(outcome(&browser, step), "pass", "{step}: {}", browser.source());
    }
    assert_eq!(outcome(&browser, "whose"), "warn", "nobody recognises it");
    judge(&browser, site, "phone-certificate-checked-twice");

    let signed = school.get(&format!("/v1/certificates/{number}/credential"));
    assert_eq!(check_file(&browser, &school.file("good.json", &signed.to_string())), "shown");
    let mut changed = signed;
    changed["credentialSubject"]["identifier"][0]["identityHash"] = json!("Bob");
    assert_eq!(check_file(&browser, &school.file("changed.json", &changed.to_string())), "fail");
    assert_eq!(outcome(&browser, "unchanged"), "fail", "{}", browser.source());
    assert_eq!(browser.text("[data-verdict] h1"), "Not valid");
    judge(&browser, site, "phone-changed-checked-twice");

    browser.go(&format!("/sign?academy={SLUG}#token={}", school.token));
    browser.until("!document.querySelector('[data-part=\"revoke\"]').hidden");
    browser.type_in("#number", &number);
    browser.click("form[data-form='revoke'] button");
    browser.click("[data-part='revoke-sure'] [data-revoke]");
    browser.until("document.querySelector('[data-note]').textContent.includes('was taken back')");
    assert_eq!(school.get(&format!("/v1/certificates/{number}"))["status"], "revoked");
}

#[test]
fn a_class_goes_on_where_it_stopped_and_nobody_gets_two() {
    let school = School::new();
    let Some(browser) = Browser::open(Screen::Desktop, school.server.address) else { return };
    school.with_key(&browser);
    let rows: String = (0..130).map(|n| format!("Student {n},2026-03-01\n")).collect();
    let class = format!("name,awarded\n{rows}Student 7,2026-03-01\nWrong Day,2026-02-30\n");
    browser.choose_file("[data-class]", &school.file("class.csv", &class));
    browser.until("document.querySelectorAll('[data-faults] li').length === 2");
    browser.click("[data-sign-all]");
    browser.until("document.querySelector('progress').value >= 100");
    browser.go("/before-you-book");
    browser.go(&format!("/sign?academy={SLUG}#token={}", school.token));
    browser.until("!document.querySelector('[data-part=\"preview\"]').hidden || !document.querySelector('[data-part=\"key\"]').hidden");
    if browser.script("return document.querySelector('[data-part=\"preview\"]').hidden") == json!(false) {
        browser.click("[data-sign-all]");
        browser.until("!document.querySelector('[data-part=\"results\"]').hidden");
    }
    let list = format!("/v1/academies/{SLUG}/certificates?limit=1");
    assert_eq!(school.get(&list)["total"]["value"], 130);
}

#[test]
fn going_away_from_signing_and_back_signs_nothing_twice() {
    let school = School::new();
    let Some(browser) = Browser::open(Screen::Phone, school.server.address) else { return };
    school.with_key(&browser);
    let certificates =
        || school.get(&format!("/v1/academies/{SLUG}/certificates?limit=1"))["total"]["value"].clone();
    let enter = || {
        browser.type_in("#name", "Ann O'Neill");
        browser.click("form[data-form='one'] button");
        browser.until("!document.querySelector('[data-part=\"preview\"]').hidden");
    };
    enter();
    browser.follow("Who trains");
    browser.comes_to("/academies");
    browser.back();
    browser.comes_to("/sign");
    assert!(!browser.source().contains(&school.token), "the token is nowhere in the page");
    // What was typed is still there, or the link is asked for once more: with it the key is here as before.
    if browser.script("return document.querySelector('[data-part=\"preview\"]').hidden") == json!(true) {
        browser.until("!document.querySelector('[data-part=\"link\"]').hidden");
        browser.type_in("#token", &school.token);
        browser.click("form[data-form='link'] button");
        browser.until("!document.querySelector('[data-part=\"who\"]').hidden");
        enter();
    }
    browser.script("const sign = document.querySelector('[data-sign-all]'); sign.click(); sign.click();");
    browser.until("!document.querySelector('[data-part=\"results\"]').hidden");
    assert_eq!(certificates(), 1);
    browser.click("[data-part='results'] li a");
    browser.comes_to("/certificates/CRT-");
    browser.back();
    browser.comes_to("/sign");
    assert_eq!(certificates(), 1, "going back sends nothing");
}
