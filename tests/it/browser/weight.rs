//! What pages weigh, whether they hold still, and whether keys alone are enough.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use serde_json::json;

use super::Demo;
use super::driver::{Browser, ENTER, Screen, TAB};

/// How many bytes of a body go over the wire to somebody who takes gzip.
fn weight(at: SocketAddr, path: &str) -> usize {
    let mut stream = TcpStream::connect(at).expect("it listens");
    let ask = format!(
        "GET {path} HTTP/1.1\r\nhost: {at}\r\naccept: text/html\r\naccept-encoding: gzip\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(ask.as_bytes()).expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{path}");
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
    assert!(
        answer.len() < 2_000
            || String::from_utf8_lossy(&answer[..head]).to_lowercase().contains("content-encoding: gzip"),
        "{path}"
    );
    answer.len() - head
}

#[test]
fn the_find_page_is_light_and_holds_still() {
    let demo = Demo::shared();
    let Some(browser) = Browser::open(Screen::Phone, demo.address()) else { return };
    browser.go("/find?near=Leeds&radius_km=80");
    let (mut all, mut script) = (0, 0);
    let host = format!("http://{}", demo.address());
    for url in browser.requests() {
        let Some(path) = url.strip_prefix(&host).filter(|path| !path.contains("/portrait")) else { continue };
        let weight = weight(demo.address(), path);
        all += weight;
        script += if path.starts_with("/script/") { weight } else { 0 };
    }
    assert!((1_000..=60_000).contains(&all), "{all} bytes in all");
    assert!(script <= 20_000, "{script} bytes of script");
    let shift = "const done = arguments[0]; let sum = 0;
        new PerformanceObserver((list) => { for (const one of list.getEntries()) sum += one.value; })
            .observe({type: 'layout-shift', buffered: true});
        setTimeout(() => done(sum), 1500);";
    // On a slow line script comes when the page has long been seen.
    browser.cdp("Network.enable", &json!({}));
    let slow =
        json!({"offline": false, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750});
    browser.cdp("Network.emulateNetworkConditions", &slow);
    for path in ["/", "/find?near=Leeds&radius_km=80", "/work", "/verify"] {
        browser.cdp("Network.clearBrowserCache", &json!({}));
        browser.go(path);
        let moved = browser.script_later(shift).as_f64().expect("a number");
        assert!(moved <= 0.02, "{path} shifts by {moved}");
    }
}

#[test]
fn keys_alone_are_enough() {
    let demo = Demo::shared();
    let Some(browser) = Browser::open(Screen::Desktop, demo.address()) else { return };
    let tab_to = |css: &str| {
        for _ in 0..80 {
            if browser.script(&format!("return document.activeElement.matches({css:?})")) == json!(true) {
                return;
            }
            browser.press(TAB);
        }
        panic!("{css} is not reached by Tab at {}", browser.path());
    };
    browser.go("/");
    tab_to(".skip");
    tab_to("#q");
    browser.press("hairline near Leeds");
    browser.press(ENTER);
    browser.comes_to("/find?q=hairline");
    tab_to(".results article h3 a");
    browser.press(ENTER);
    browser.comes_to("/practitioners/SMP-");
    tab_to("section.checks summary");
    browser.press(ENTER);
    assert_eq!(browser.count("section.checks details[open]"), 1);
    tab_to("#certificates article h3 a");
    browser.press(ENTER);
    browser.comes_to("/certificates/");
}
