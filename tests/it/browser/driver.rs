//! A real browser, driven over the `WebDriver` protocol.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::skip;

/// The member of an element's reference (`WebDriver` section 12.2).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Keys (`WebDriver` section 17.4.2).
pub(crate) const TAB: &str = "\u{e004}";
pub(crate) const ENTER: &str = "\u{e007}";

/// What a page is looked at with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Screen {
    /// 390 by 844 points, touched.
    Phone,
    /// 1280 by 900 points.
    Desktop,
    /// 320 by 640 points, in the dark.
    Small,
    /// A desktop whose reader has switched script off.
    NoScript,
}

/// A browser with one window, which shows one site.
pub(crate) struct Browser {
    driver: Child,
    at: SocketAddr,
    session: String,
    site: SocketAddr,
}

impl Browser {
    /// Opens it; none, and a word about it, where there is no browser.
    pub(crate) fn open(screen: Screen, site: SocketAddr) -> Option<Self> {
        Self::open_with(screen, site, &[], &json!({}))
    }

    /// The same with arguments and settings of Chromium on top.
    pub(crate) fn open_with(
        screen: Screen,
        site: SocketAddr,
        arguments: &[&str],
        settings: &Value,
    ) -> Option<Self> {
        let driver =
            Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut driver) = driver else {
            skip("a page in a browser: there is no chromedriver");
            return None;
        };
        let mut lines = BufReader::new(driver.stdout.take().expect("it is piped")).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse::<u16>().ok()
        });
        std::thread::spawn(move || lines.for_each(drop));
        let at = SocketAddr::from(([127, 0, 0, 1], port.expect("it says its port")));
        let mut browser = Self { driver, at, session: String::new(), site };
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": options(screen, arguments, settings),
            "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"},
        }}});
        let made = browser.ask("POST", "/session", &capabilities);
        browser.session = format!("/session/{}", made["sessionId"].as_str().expect("a session"));
        browser.call("/timeouts", &json!({"implicit": 8_000, "script": 30_000}));
        if screen == Screen::Small {
            let dark = json!({"features": [{"name": "prefers-color-scheme", "value": "dark"}]});
            let command = json!({"cmd": "Emulation.setEmulatedMedia", "params": dark});
            browser.call("/goog/cdp/execute", &command);
        }
        Some(browser)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = (method == "POST").then_some(body);
        let (status, mut answer) = exchange(self.at, method, path, body).expect("the driver answers");
        assert_eq!(status, 200, "{method} {path}: {answer:#}");
        answer["value"].take()
    }

    fn call(&self, command: &str, body: &Value) -> Value {
        self.ask("POST", &format!("{}{command}", self.session), body)
    }

    fn read(&self, command: &str) -> Value {
        self.ask("GET", &format!("{}{command}", self.session), &Value::Null)
    }

    /// Goes to an address of the site.
    pub(crate) fn go(&self, path: &str) {
        self.call("/url", &json!({"url": format!("http://{}{path}", self.site)}));
    }

    /// Back to the page before.
    pub(crate) fn back(&self) {
        self.call("/back", &json!({}));
    }

    /// Where it is, without the host.
    pub(crate) fn path(&self) -> String {
        let url = self.read("/url");
        let url = url.as_str().expect("an address");
        url.strip_prefix(&format!("http://{}", self.site)).unwrap_or(url).to_owned()
    }

    /// The page as it is written.
    pub(crate) fn source(&self) -> String {
        self.read("/source").as_str().expect("a page").to_owned()
    }

    fn element(&self, css: &str) -> String {
        let found = self.call("/element", &json!({"using": "css selector", "value": css}));
        found[ELEMENT].as_str().unwrap_or_else(|| panic!("{css} at {}: {found}", self.path())).to_owned()
    }

    /// Waits until this is in the address: a click may return before the page it leads to is there.
    pub(crate) fn comes_to(&self, path: &str) {
        self.wait(&format!("not at {path}"), || self.path().contains(path));
    }

    /// Waits until somebody reads this there.
    pub(crate) fn says(&self, css: &str, text: &str) {
        self.wait(&format!("{css} does not say {text:?}"), || {
            // Asked without the words that stop a test: the page may change between two questions.
            let by = json!({"using": "css selector", "value": css});
            let ask = |method, path: &str, body| {
                exchange(self.at, method, &format!("{}{path}", self.session), body)
            };
            let Ok((_, found)) = ask("POST", "/element", Some(&by)) else { return false };
            let Some(element) = found["value"][ELEMENT].as_str() else { return false };
            let read = ask("GET", &format!("/element/{element}/text"), None);
            read.is_ok_and(|(_, read)| read["value"].as_str().is_some_and(|said| said.contains(text)))
        });
    }

    fn wait(&self, otherwise: &str, is_so: impl Fn() -> bool) {
        for _ in 0..100 {
            if is_so() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("{otherwise} at {}: {}", self.path(), self.source());
    }

    /// How many elements there are.
    pub(crate) fn count(&self, css: &str) -> usize {
        // Nobody waits for what should not be there.
        self.call("/timeouts", &json!({"implicit": 0}));
        let found = self.call("/elements", &json!({"using": "css selector", "value": css}));
        self.call("/timeouts", &json!({"implicit": 8_000}));
        found.as_array().map_or(0, Vec::len)
    }

    /// What somebody reads there.
    pub(crate) fn text(&self, css: &str) -> String {
        let element = self.element(css);
        self.read(&format!("/element/{element}/text")).as_str().expect("a text").to_owned()
    }

    /// Clicks or taps it, as somebody would: it must be there to be hit.
    pub(crate) fn click(&self, css: &str) {
        let element = self.element(css);
        self.call(&format!("/element/{element}/click"), &json!({}));
    }

    /// Follows the link with this text.
    pub(crate) fn follow(&self, text: &str) {
        let found = self.call("/element", &json!({"using": "partial link text", "value": text}));
        let element = found[ELEMENT].as_str().unwrap_or_else(|| panic!("no link {text} at {}", self.path()));
        self.call(&format!("/element/{element}/click"), &json!({}));
    }

    /// Types into it, in place of what it holds.
    pub(crate) fn type_in(&self, css: &str, text: &str) {
        let element = self.element(css);
        self.call(&format!("/element/{element}/clear"), &json!({}));
        self.call(&format!("/element/{element}/value"), &json!({"text": text}));
    }

    /// Presses keys on whatever has the focus.
    pub(crate) fn press(&self, keys: &str) {
        let actions: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
            })
            .collect();
        self.call("/actions", &json!({"actions": [{"type": "key", "id": "keys", "actions": actions}]}));
    }

    /// Gives a file to a field for files.
    pub(crate) fn choose_file(&self, css: &str, file: &Path) {
        let element = self.element(css);
        self.call(&format!("/element/{element}/value"), &json!({"text": file}));
    }

    /// Runs script in the page; what it returns.
    pub(crate) fn script(&self, script: &str) -> Value {
        self.call("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// The same for script that calls its last argument when it is done.
    pub(crate) fn script_later(&self, script: &str) -> Value {
        self.call("/execute/async", &json!({"script": script, "args": []}))
    }

    /// Waits until script says yes.
    pub(crate) fn until(&self, script: &str) {
        let asked = format!("return {script}");
        self.wait(&format!("{script} did not come true"), || self.script(&asked) == json!(true));
    }

    /// Every address that was asked for since this was called last.
    pub(crate) fn requests(&self) -> BTreeSet<String> {
        let log = self.call("/se/log", &json!({"type": "performance"}));
        let sent = log.as_array().into_iter().flatten().filter_map(|entry| {
            let entry: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let is_request = entry["message"]["method"] == "Network.requestWillBeSent";
            let url = entry["message"]["params"]["request"]["url"].as_str().filter(|_| is_request)?;
            Some(url.to_owned())
        });
        sent.collect()
    }

    /// What the page complained of since this was called last: script that failed, and what the policy kept out.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let log = self.call("/se/log", &json!({"type": "browser"}));
        let said = log.as_array().into_iter().flatten().filter(|entry| entry["level"] == "SEVERE");
        said.filter_map(|entry| Some(entry["message"].as_str()?.to_owned())).collect()
    }

    /// Makes the window this narrow, in points.
    pub(crate) fn narrow(&self, width: u32) {
        let params = json!({"width": width, "height": 640, "deviceScaleFactor": 2, "mobile": false});
        self.cdp("Emulation.setDeviceMetricsOverride", &params);
    }

    /// A command of the browser's own protocol.
    pub(crate) fn cdp(&self, command: &str, params: &Value) -> Value {
        self.call("/goog/cdp/execute", &json!({"cmd": command, "params": params}))
    }

    /// Keeps what is to be seen, whole, as `target/screenshots/{name}.png`.
    pub(crate) fn picture(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
        std::fs::create_dir_all(&folder).expect("a folder");
        let size = "return [document.documentElement.clientWidth, document.documentElement.scrollHeight]";
        let size = self.script(size);
        // The browser refuses pictures that are longer than this.
        let height = size[1].as_f64().map_or(900.0, |height| height.min(7_000.0));
        let clip = json!({"x": 0, "y": 0, "width": size[0], "height": height, "scale": 1});
        let params = json!({"captureBeyondViewport": true, "clip": clip});
        let taken = self.cdp("Page.captureScreenshot", &params);
        let png = STANDARD.decode(taken["data"].as_str().expect("a picture")).expect("base64");
        std::fs::write(folder.join(format!("{name}.png")), png).expect("a file");
    }

    /// What axe finds wrong with the page, by WCAG 2.2 AA; none where axe is not there.
    pub(crate) fn axe(&self) -> Vec<String> {
        let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/axe/axe.min.js");
        let Ok(axe) = std::fs::read_to_string(axe) else {
            skip("axe on a page: scripts/browser.sh did not bring it");
            return Vec::new();
        };
        self.script(&axe);
        let run = "const done = arguments[arguments.length - 1];
            axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
               .then((found) => done(found.violations.map((one) =>
                   `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ')}`)))
               .catch((error) => done([String(error)]));";
        let found = self.script_later(run);
        found
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| one.as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

/// One question to the driver, which says how long its answer is and then keeps the connection.
fn exchange(at: SocketAddr, method: &str, path: &str, body: Option<&Value>) -> std::io::Result<(u16, Value)> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut stream = TcpStream::connect(at)?;
    stream.set_read_timeout(Some(Duration::from_mins(2)))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {at}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = BufReader::new(stream);
    let (mut status, mut length) = (0, 0);
    loop {
        let mut line = String::new();
        answer.read_line(&mut line)?;
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(said) = line.strip_prefix("http/1.1 ") {
            status = said.split(' ').next().and_then(|code| code.parse().ok()).unwrap_or(0);
        } else if let Some(said) = line.strip_prefix("content-length:") {
            length = said.trim().parse().unwrap_or(0);
        } else if line.is_empty() {
            break;
        }
    }
    let mut text = vec![0; length];
    answer.read_exact(&mut text)?;
    Ok((status, serde_json::from_slice(&text).unwrap_or(Value::Null)))
}

fn options(screen: Screen, arguments: &[&str], settings: &Value) -> Value {
    let mut options = json!({
        "prefs": settings,
        "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"],
    });
    match screen {
        Screen::Phone => {
            options["mobileEmulation"] =
                json!({"deviceMetrics": {"width": 390, "height": 844, "pixelRatio": 2.0, "touch": true}});
        }
        Screen::Small => {
            options["mobileEmulation"] =
                json!({"deviceMetrics": {"width": 320, "height": 640, "pixelRatio": 2.0, "touch": true}});
        }
        Screen::Desktop => {
            options["args"].as_array_mut().expect("a list").push(json!("--window-size=1280,900"));
        }
        Screen::NoScript => {
            options["prefs"]["profile.managed_default_content_settings.javascript"] = json!(2);
        }
    }
    options["args"].as_array_mut().expect("a list").extend(arguments.iter().map(|argument| json!(argument)));
    options
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            drop(exchange(self.at, "DELETE", &self.session, None));
        }
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}
