//! Every page, at both widths: readable by everybody, from here alone, and within the window.

use super::driver::{Browser, Screen};
use super::{Demo, judge};

/// The pages that need no more than an address.
const PAGES: [(&str, &str); 9] = [
    ("front", "/"),
    ("find", "/find?near=Leeds&radius_km=80"),
    ("find-all", "/find?q=scar&all=1&sort=rating"),
    ("find-none", "/find?q=zzzzqqq"),
    ("work", "/work"),
    ("check", "/check?who=nobody%40example.com"),
    ("verify", "/verify"),
    ("before", "/before-you-book"),
    ("problem", "/practitioners/SMP-0000-0000-0"),
];

#[test]
fn every_page_is_for_everybody_and_from_here_alone() {
    let demo = Demo::shared();
    let listing = demo.get("/v1/practitioners?limit=1&verified=true&sort=rating");
    let number = listing["items"][0]["number"].as_str().unwrap().to_owned();
    let certificates = demo.get(&format!("/v1/practitioners/{number}/certificates?limit=1"));
    let certificate = certificates["items"][0]["number"].as_str().unwrap().to_owned();
    let own = [
        ("listing", format!("/practitioners/{number}")),
        ("questions", format!("/practitioners/{number}/questions")),
        ("start-review", format!("/practitioners/{number}/review")),
        ("certificate", format!("/certificates/{certificate}")),
    ];
    for screen in [Screen::Phone, Screen::Desktop] {
        let Some(browser) = Browser::open(screen, demo.address()) else { return };
        let fixed = PAGES.iter().map(|(name, path)| (*name, (*path).to_owned()));
        for (name, path) in fixed.chain(own.iter().cloned()) {
            browser.go(&path);
            // A page that says that something is not there is answered as that, which the browser counts as a failure.
            let failed = browser.complaints();
            assert!(
                failed.iter().all(|said| name == "problem" && said.contains("404")),
                "{name}: {failed:?}"
            );
            judge(&browser, demo.address(), &format!("{screen:?}-{name}").to_lowercase());
        }
    }
}
