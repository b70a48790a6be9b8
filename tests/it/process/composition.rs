//! The composition of `deploy/compose.yaml` as plain processes: two instances on one PostgreSQL behind Caddy, with the
//! composition's own settings and Caddyfile. A Meilisearch server and a store of photos take part where they are given
//! (`STIPPLE_TEST_MEILISEARCH_URL`, `STIPPLE_TEST_S3_URL`).

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::Request;
use serde_json::{Value, json};
use stipple::platform::fetch::{Ask, Fetch, KnownHost, Method, Reach, authorities};
use stipple::search::meilisearch::Server as SearchServer;
use tempfile::TempDir;

use crate::cases::jpeg;
use crate::support::cluster::Cluster;
use crate::support::meilisearch::search_server;
use crate::support::process::{Server, finish, stipple_in};
use crate::support::{postgres_url, skip};

const COMPOSITION: &str = include_str!("../../../deploy/compose.yaml");
const CADDYFILE: &str = include_str!("../../../deploy/Caddyfile");
const HOST: &str = "directory.localhost";

/// A port that is free now.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// What the composition's `store-setup` does.
async fn make_bucket(store: &str) {
    let fetch = Fetch::new(Reach::Chosen, &[], &[]).unwrap();
    let (address, within) = (format!("{store}/stipple"), Duration::from_secs(10));
    let ask = Ask { method: Method::PUT, address: &address, token: None, body: None, limit: 1 << 20, within };
    let (status, answer) = fetch.ask(ask).await.unwrap();
    assert!(matches!(status, 200 | 409), "{status}: {}", String::from_utf8_lossy(&answer));
}

/// Everything that runs, in the composition's order.
struct Composition {
    _cluster: Cluster,
    search: Option<SearchServer>,
    store: Option<String>,
    folder: TempDir,
    proxy: SocketAddr,
    instances: [SocketAddr; 2],
}

impl Composition {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let secrets = folder.path().join("secrets");
        fs::create_dir(&secrets).unwrap();
        let cluster = Cluster::start().await;
        let search = search_server();
        let key = search.as_ref().map_or("", |search| search.key.reveal());
        for (name, secret) in [
            ("secret", "a secret that only tests know, 32 characters"),
            ("database_url", cluster.url.as_str()),
            ("search_key", key),
            ("storage_key", "a key that the store takes"),
            ("mail_url", ""),
        ] {
            fs::write(secrets.join(name), format!("{secret}\n")).unwrap();
        }
        let store = std::env::var("STIPPLE_TEST_S3_URL").ok();
        if let Some(store) = &store {
            make_bucket(store).await;
        }
        Self { _cluster: cluster, search, store, folder, proxy: free(), instances: [free(), free()] }
    }

    fn public_url(&self) -> String {
        format!("https://{HOST}:{}", self.proxy.port())
    }

    /// The settings of the composition, with this machine's addresses in place of its networks'.
    fn settings(&self) -> Vec<(String, String)> {
        let block = COMPOSITION.split("&environment\n").nth(1).unwrap().split("\n\n").next().unwrap();
        let given = block.lines().map(|line| line.trim().split_once(": ").unwrap());
        let settings = given.filter_map(|(name, value)| {
            let value = match name {
                "STIPPLE_PUBLIC_URL" => self.public_url(),
                "STIPPLE_ISSUER_HOST" => HOST.to_owned(),
                "STIPPLE_HTTP_TRUSTED_PROXIES" => "127.0.0.1/32".to_owned(),
                "STIPPLE_SEARCH_URL" => self.search.as_ref()?.url.clone(),
                "STIPPLE_STORAGE_URL" => value.replace("http://store:9000", self.store.as_ref()?),
                name if name.starts_with("STIPPLE_SEARCH") && self.search.is_none() => return None,
                name if name.starts_with("STIPPLE_STORAGE") && self.store.is_none() => return None,
                _ => value.replace("/run/secrets", &format!("{}/secrets", self.folder.path().display())),
            };
            Some((name.to_owned(), value))
        });
        let own =
            self.search.as_ref().map(|search| ("STIPPLE_SEARCH_INDEX".to_owned(), search.index.clone()));
        settings.chain(own).collect()
    }

    fn command(&self, at: usize, arguments: &[&str]) -> Command {
        let mut command = stipple_in(&self.folder.path().join(format!("stipple-{}", at + 1)), arguments);
        command.envs(self.settings());
        command
    }

    fn serve(&self, at: usize) -> Server {
        let listen = self.instances[at].to_string();
        let began = Instant::now();
        loop {
            match Server::started(self.command(at, &["serve", "--listen", &listen])) {
                Ok(server) => return server,
                // The port is free as soon as the last connection of the one before is.
                Err(said) if began.elapsed() < Duration::from_secs(20) && said.contains("listen") => {}
                Err(said) => panic!("instance {at} does not start: {said}"),
            }
        }
    }

    /// The proxy by the composition's file; only what the file leaves to its surroundings is put in.
    fn proxy(&self) -> Proxy {
        let home = self.folder.path().join("caddy");
        fs::create_dir(&home).unwrap();
        let own = "{\n\tadmin off\n\tlocal_certs\n\tskip_install_trust\n\tauto_https disable_redirects\n}\n";
        let [first, second] = self.instances.map(|address| address.to_string());
        let file = CADDYFILE.replace("stipple-1:8080", &first).replace("stipple-2:8080", &second);
        assert!(file.contains(&first) && file.contains(&second), "the file names both instances");
        fs::write(home.join("Caddyfile"), format!("{own}{file}")).unwrap();
        let child = Command::new("caddy")
            .args(["run", "--adapter", "caddyfile", "--config"])
            .arg(home.join("Caddyfile"))
            .env("PUBLIC_URL", self.public_url())
            .env("HOME", &home)
            .env("XDG_DATA_HOME", home.join("data"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Proxy { child, authority: home.join("data/caddy/pki/authorities/local/root.crt") }
    }
}

struct Proxy {
    child: Child,
    /// The certificate of whoever signs the proxy's own.
    authority: PathBuf,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Whoever is outside: sees the proxy and nothing else.
#[derive(Clone)]
struct Outside {
    fetch: Fetch,
    url: String,
}

impl Outside {
    async fn new(composition: &Composition, authority: &Path) -> Self {
        let began = Instant::now();
        let authorities = loop {
            match authorities(authority) {
                Ok(found) => break found,
                Err(_) if began.elapsed() < Duration::from_secs(30) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(said) => panic!("the proxy makes no certificate: {said}"),
            }
        };
        let known = [KnownHost { host: HOST.to_owned(), at: composition.proxy }];
        let fetch = Fetch::new(Reach::Chosen, &known, &authorities).unwrap();
        let outside = Self { fetch, url: composition.public_url() };
        while outside.send("GET", "/readyz", &[], Vec::new()).await.is_none_or(|(status, _)| status != 200) {
            assert!(began.elapsed() < Duration::from_mins(1), "nothing is ready behind the proxy");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        outside
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Option<(u16, Value)> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Bytes::from(body)).unwrap();
        let answer = self.fetch.exchange(request, 1 << 24, Duration::from_secs(30)).await.ok()?;
        let said = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
        Some((answer.status().as_u16(), said))
    }

    /// Makes a listing under a key, as often as it takes; its number.
    async fn insist(&self, token: &str, name: &str) -> String {
        let (bearer, key) = (format!("Bearer {token}"), name.replace(' ', "-"));
        let headers = [
            ("authorization", bearer.as_str()),
            ("idempotency-key", key.as_str()),
            ("content-type", "application/json"),
        ];
        let body = json!({ "name": name }).to_string();
        for _ in 0..200 {
            match self.send("POST", "/v1/practitioners", &headers, body.clone().into_bytes()).await {
                Some((201, made)) => return made["number"].as_str().unwrap().to_owned(),
                // An instance that left, or another that is still at the same key.
                None | Some((409 | 502 | 503, _)) => tokio::time::sleep(Duration::from_millis(50)).await,
                Some((status, said)) => panic!("{name}: {status} {said:#}"),
            }
        }
        panic!("{name} is never made");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_of_one_instance_after_the_other_is_not_noticed_outside() {
    if postgres_url().is_none() {
        // The other half of the suite has PostgreSQL.
        return;
    }
    if Command::new("caddy").arg("version").output().is_err() {
        skip("the composition behind its proxy: caddy is not installed");
        return;
    }
    let composition = Composition::new().await;
    let made = finish(composition.command(0, &["token", "new", "--role", "operator"]));
    let said = String::from_utf8_lossy(&made.stdout).into_owned();
    let token = said.split_whitespace().find(|word| word.starts_with("stp_op_")).expect("a token").to_owned();
    let mut instances = [composition.serve(0), composition.serve(1)].map(Some);
    let proxy = composition.proxy();
    let outside = Outside::new(&composition, &proxy.authority).await;
    let first = outside.insist(&token, "Ana Bell").await;

    let stop = AtomicBool::new(false);
    let reads = AtomicUsize::new(0);
    let numbers = Mutex::new(vec![first.clone()]);
    let read = async {
        while !stop.load(Ordering::SeqCst) {
            let (status, said) = outside
                .send("GET", &format!("/v1/practitioners/{first}"), &[], Vec::new())
                .await
                .expect("an answer");
            assert_eq!(status, 200, "{said:#}");
            reads.fetch_add(1, Ordering::SeqCst);
        }
    };
    let write = async {
        for at in 0.. {
            if stop.load(Ordering::SeqCst) {
                return;
            }
            let number = outside.insist(&token, &format!("Person {at}")).await;
            numbers.lock().unwrap().push(number);
        }
    };
    let upgrade = async {
        for (at, instance) in instances.iter_mut().enumerate() {
            tokio::time::sleep(Duration::from_secs(2)).await;
            let old = instance.take().unwrap();
            assert!(tokio::task::block_in_place(|| old.stop()).success());
            tokio::time::sleep(Duration::from_secs(1)).await;
            *instance = Some(tokio::task::block_in_place(|| composition.serve(at)));
            // As the proxy looks before it sends anybody there.
            tokio::time::sleep(Duration::from_secs(4)).await;
        }
        stop.store(true, Ordering::SeqCst);
    };
    tokio::join!(read, write, upgrade);
    assert!(reads.load(Ordering::SeqCst) > 50, "somebody read meanwhile");
    everything_is_there(&outside, &token, &numbers.into_inner().unwrap()).await;
    if composition.store.is_some() {
        a_photo_is_seen_through_either_instance(&outside, &token, &first).await;
    }
}

/// Whoever asks with a token sees all that was acknowledged, whichever instance answers.
async fn everything_is_there(outside: &Outside, token: &str, numbers: &[String]) {
    let bearer = format!("Bearer {token}");
    let began = Instant::now();
    for some in numbers.chunks(100) {
        let path = format!("/v1/practitioners?limit=1&numbers={}", some.join(","));
        let mut right = 0;
        while right < 6 {
            let (status, said) = outside
                .send("GET", &path, &[("authorization", &bearer)], Vec::new())
                .await
                .expect("an answer");
            if status == 200 && said["total"]["value"] == some.len() {
                right += 1;
            } else {
                right = 0;
                assert!(began.elapsed() < Duration::from_mins(1), "{status}: {said:#}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn a_photo_is_seen_through_either_instance(outside: &Outside, token: &str, number: &str) {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("if-match", "*"), ("content-type", "image/jpeg")];
    let path = format!("/v1/practitioners/{number}/portrait");
    let (status, said) = outside.send("PUT", &path, &headers, jpeg(3)).await.expect("an answer");
    assert_eq!(status, 200, "{said:#}");
    let portrait = said["portrait"].as_object().unwrap().values().find_map(Value::as_str).unwrap();
    let path = &portrait[portrait.find("/v1/").unwrap()..];
    for _ in 0..10 {
        let (status, _) = outside.send("GET", path, &[], Vec::new()).await.expect("an answer");
        assert_eq!(status, 200, "{portrait}");
    }
}
