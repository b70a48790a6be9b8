//! Every page, on every screen, in light and in the dark: readable by everybody, from here alone, and within the window.

use super::driver::{Browser, Screen};
use super::{Demo, faults};

/// The pages that need no more than an address.
const PAGES: [(&str, &str); 17] = [
    ("front", "/"),
    ("find", "/find?near=Leeds&radius_km=80"),
    ("find-all", "/find?q=scar&all=1&sort=rating"),
    ("find-none", "/find?q=zzzzqqq"),
    ("work", "/work"),
    ("check", "/check?who=Nobody+Atall"),
    ("verify", "/verify"),
    ("before", "/before-you-book"),
    ("map", "/find?near=Leeds&radius_km=80&view=map"),
    ("academies", "/academies"),
    ("log", "/log"),
    ("ranking", "/ranking"),
    ("rating", "/rating"),
    ("sign", "/sign"),
    ("docs", "/docs"),
    ("problems", "/problems"),
    ("problem", "/practitioners/SMP-0000-0000-0"),
];

#[test]
fn every_page_is_for_everybody_and_from_here_alone() {
    let demo = Demo::shared();
    let listing = demo.get("/v1/practitioners?limit=1&verified=true&sort=rating");
    let number = listing["items"][0]["number"].as_str().unwrap().to_owned();
    let certificates = demo.get(&format!("/v1/practitioners/{number}/certificates?limit=1"));
    let certificate = certificates["items"][0]["number"].as_str().unwrap().to_owned();
    let compared = demo.get("/v1/practitioners?limit=3&near=Leeds");
    let compared = compared["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("id={}", one["number"].as_str().unwrap()));
    let academy = demo.get("/v1/academies?limit=1");
    let academy = academy["items"][0]["slug"].as_str().unwrap();
    let own = [
        ("compare", format!("/compare?{}", compared.collect::<Vec<_>>().join("&"))),
        ("academy", format!("/academies/{academy}")),
        ("counters", format!("/rating?listing={number}")),
        ("listing", format!("/practitioners/{number}")),
        ("questions", format!("/practitioners/{number}/questions")),
        ("history", format!("/practitioners/{number}/history")),
        ("start-review", format!("/practitioners/{number}/review")),
        ("certificate", format!("/certificates/{certificate}")),
    ];
    let mut found = Vec::new();
    for screen in [Screen::Phone, Screen::Small, Screen::Desktop] {
        let Some(browser) = Browser::open(screen, demo.address()) else { return };
        let fixed = PAGES.iter().map(|(name, path)| (*name, (*path).to_owned()));
        for (name, path) in fixed.chain(own.iter().cloned()) {
            browser.go(&path);
            // A page that says that something is not there is answered as that, which the browser counts as a failure.
            let failed = browser.complaints();
            let unexpected = failed.into_iter().filter(|said| !(name == "problem" && said.contains("404")));
            found.extend(unexpected.map(|said| format!("{name}: {said}")));
            let name = format!("{screen:?}-{name}").to_lowercase();
            found.extend(
                faults(&browser, demo.address(), &name).into_iter().map(|fault| format!("{name}: {fault}")),
            );
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
