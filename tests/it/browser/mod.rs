//! The pages in a real browser, clicked through as clients do it: on a phone, at a desk, and without script.

mod client;
pub(crate) mod driver;
mod everywhere;
mod signing;
mod verifier;
mod weight;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde_json::Value;

use self::driver::Browser;
use crate::support::process::{Server, stipple_in};

/// A demo of 60 practitioners, shared by the tests that run at the same time.
pub(crate) struct Demo {
    server: Server,
    said: Value,
    _place: tempfile::TempDir,
}

static SHARED: Mutex<Weak<Demo>> = Mutex::new(Weak::new());

impl Demo {
    /// The demo that others use now, or a fresh one.
    pub(crate) fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(demo) = shared.upgrade() {
            return demo;
        }
        let place = tempfile::tempdir().expect("a folder");
        let arguments = ["demo", "--practitioners", "60", "--listen", "127.0.0.1:0"];
        let server = Server::started(stipple_in(place.path(), &arguments)).expect("the demo starts");
        let said = std::fs::read(place.path().join("demo.json")).expect("it says what it made");
        let said = serde_json::from_slice(&said).expect("in JSON");
        let demo = Arc::new(Self { server, said, _place: place });
        *shared = Arc::downgrade(&demo);
        demo
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// What is at an address of its API.
    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, answer) = self.server.call("GET", path, "", None).expect("it answers");
        assert_eq!(status, 200, "{path}: {answer:#}");
        answer
    }

    /// A token of the demo, by whose it is.
    pub(crate) fn token(&self, of: &str) -> &str {
        self.said["tokens"][of].as_str().expect("a token")
    }
}

/// What every page must pass: axe finds nothing, nothing failed, nothing was loaded from elsewhere, and nothing is wider
/// than the screen. Keeps a picture.
pub(crate) fn judge(browser: &Browser, site: SocketAddr, name: &str) {
    let host = format!("http://{site}/");
    for url in browser.requests() {
        assert!(url.starts_with(&host) || url.starts_with("data:"), "{name} asks elsewhere: {url}");
    }
    browser.picture(name);
    assert_eq!(browser.axe(), Vec::<String>::new(), "{name} at {}", browser.path());
    assert_eq!(browser.complaints(), Vec::<String>::new(), "{name} at {}", browser.path());
    let wider = browser.script("return document.documentElement.scrollWidth - window.innerWidth");
    assert!(
        wider.as_f64().is_some_and(|wider| wider <= 0.0),
        "{name} is {wider} points wider than the screen"
    );
}
