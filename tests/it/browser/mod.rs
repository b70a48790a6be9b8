//! The pages in a real browser, clicked through as clients do it: on a phone, at a desk, and without script.

mod camera;
mod client;
pub(crate) mod driver;
mod everywhere;
mod signing;
mod trouble;
mod verifier;
mod weight;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use serde_json::Value;

use self::driver::Browser;
use crate::support::process::{Server, stipple_in};

/// A demo of 30 practitioners, shared by the tests that run at the same time. It is filled once, and opened again for those
/// that run later.
pub(crate) struct Demo {
    server: Server,
}

static PLACE: OnceLock<PathBuf> = OnceLock::new();
static SHARED: Mutex<Weak<Demo>> = Mutex::new(Weak::new());

impl Demo {
    /// The demo that others use now, or a fresh one.
    pub(crate) fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(demo) = shared.upgrade() {
            return demo;
        }
        let place = PLACE.get_or_init(|| {
            let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser-demo");
            drop(std::fs::remove_dir_all(&place));
            std::fs::create_dir_all(&place).expect("a folder");
            place
        });
        let arguments = ["demo", "--practitioners", "30", "--listen", "127.0.0.1:0"];
        let server = Server::started(stipple_in(place, &arguments)).expect("the demo starts");
        let demo = Arc::new(Self { server });
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
}

/// What every page must pass.
pub(crate) fn judge(browser: &Browser, site: SocketAddr, name: &str) {
    let faults = faults(browser, site, name);
    assert!(faults.is_empty(), "{name} at {}:\n{}", browser.path(), faults.join("\n"));
}

/// What is wrong with a page: what axe finds, what failed, what was loaded from elsewhere, and what is wider than the
/// screen. Keeps a picture.
pub(crate) fn faults(browser: &Browser, site: SocketAddr, name: &str) -> Vec<String> {
    let host = format!("http://{site}/");
    let elsewhere =
        |url: &String| !(url.starts_with(&host) || url.starts_with("data:") || url.starts_with("blob:"));
    let asked = browser.requests();
    let mut faults: Vec<String> =
        asked.iter().filter(|url| elsewhere(url)).map(|url| format!("asks elsewhere: {url}")).collect();
    browser.picture(name);
    faults.extend(browser.axe());
    faults.extend(browser.complaints());
    let wider = browser.script("return document.documentElement.scrollWidth - window.innerWidth");
    if wider.as_f64().is_none_or(|wider| wider > 0.0) {
        faults.push(format!("{wider} points wider than the screen"));
    }
    faults
}
