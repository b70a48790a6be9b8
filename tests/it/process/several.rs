//! Several instances on one PostgreSQL: while the server and an instance are killed under load, nothing that was
//! acknowledged is lost and nothing is done twice.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};
use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use stipple::search::meilisearch::Server as SearchServer;
use tempfile::TempDir;

use super::found_are;
use crate::support::cluster::Cluster;
use crate::support::meilisearch::search_server;
use crate::support::postgres_url;
use crate::support::process::{Server, finish, operator_token, send, stipple, stipple_in};

const SECRET: &str = "a secret that only tests know, 32 characters";

/// The settings that all instances have alike; with the search server where one is given.
fn command(
    (cluster, search): (&Cluster, Option<&SearchServer>),
    data_dir: &Path,
    arguments: &[&str],
) -> Command {
    let mut command = stipple_in(data_dir, arguments);
    if let Some(search) = search {
        command
            .env("STIPPLE_SEARCH_URL", &search.url)
            .env("STIPPLE_SEARCH_KEY", search.key.reveal())
            .env("STIPPLE_SEARCH_INDEX", &search.index);
    }
    command
        .env("STIPPLE_DATABASE_URL", &cluster.url)
        .env("STIPPLE_SECRET", SECRET)
        .env("STIPPLE_HTTP_WRITES_PER_MINUTE", "0")
        .env("STIPPLE_HTTP_READS_PER_MINUTE", "0");
    command
}

struct Instances {
    cluster: Cluster,
    search: Option<SearchServer>,
    folders: [TempDir; 2],
    addresses: RwLock<[SocketAddr; 2]>,
    token: String,
}

impl Instances {
    async fn new() -> Self {
        let cluster = Cluster::start().await;
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let search = search_server();
        let both = (&cluster, search.as_ref());
        let made = finish(command(both, folders[0].path(), &["token", "new", "--role", "operator"]));
        let said = String::from_utf8_lossy(&made.stdout).into_owned();
        let token = said.split_whitespace().find(|word| word.starts_with("stp_op_")).expect("a token");
        let nowhere: SocketAddr = "127.0.0.1:1".parse().unwrap();
        Self { cluster, search, folders, addresses: RwLock::new([nowhere; 2]), token: token.to_owned() }
    }

    fn serve(&self, at: usize) -> Server {
        let folder = self.folders[at].path();
        let both = (&self.cluster, self.search.as_ref());
        let server = Server::started(command(both, folder, &["serve", "--listen", "127.0.0.1:0"]));
        let server = server.unwrap_or_else(|said| panic!("instance {at} does not start: {said}"));
        self.addresses.write().unwrap()[at] = server.address;
        server
    }

    /// Makes a listing, asking one instance after the other under one key until one of them says that it is made.
    fn insist(&self, name: &str, first: usize) -> String {
        let bearer = format!("Bearer {}", self.token);
        let key = name.replace(' ', "-");
        let headers = [("authorization", bearer.as_str()), ("idempotency-key", key.as_str())];
        let body = json!({ "name": name });
        for turn in 0..2_000 {
            let address = self.addresses.read().unwrap()[(first + turn) % 2];
            match send(address, "POST", "/v1/practitioners", &headers, Some(&body)) {
                Some((201, made)) => return made["number"].as_str().unwrap().to_owned(),
                // Nobody there, the database away, or another instance still at the same key.
                None | Some((409 | 500 | 503 | 504, _)) => std::thread::sleep(Duration::from_millis(25)),
                Some((status, said)) => panic!("{name}: {status} {said:#}"),
            }
        }
        panic!("{name} is never made");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_done_twice_when_the_database_and_an_instance_are_killed() {
    if postgres_url().is_none() {
        // The other half of the suite has PostgreSQL.
        return;
    }
    let instances = Instances::new().await;
    let (first, second) = (instances.serve(0), instances.serve(1));

    let made = Mutex::new(BTreeMap::new());
    let (count, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let reach = |at_least: usize| {
        let began = Instant::now();
        while count.load(Ordering::SeqCst) < at_least {
            if began.elapsed() > Duration::from_secs(60) {
                // The writers end, and what stopped them is told.
                stop.store(true, Ordering::SeqCst);
                panic!("{} of {at_least} listings are made", count.load(Ordering::SeqCst));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    let first = std::thread::scope(|scope| {
        for writer in 0..4 {
            let (instances, made, count, stop) = (&instances, &made, &count, &stop);
            scope.spawn(move || {
                for at in 0.. {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    let name = format!("Writer {writer} number {at}");
                    let number = instances.insist(&name, writer);
                    made.lock().unwrap().insert(name, number);
                    count.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        reach(60);
        instances.cluster.kill();
        std::thread::sleep(Duration::from_millis(500));
        instances.cluster.restart();
        reach(count.load(Ordering::SeqCst) + 60);
        first.kill();
        reach(count.load(Ordering::SeqCst) + 60);
        let again = instances.serve(0);
        reach(count.load(Ordering::SeqCst) + 60);
        stop.store(true, Ordering::SeqCst);
        again
    });

    let made = made.into_inner().unwrap();
    let mut conn = PgConnection::connect(&instances.cluster.url).await.unwrap();
    let rows: Vec<(String, String)> =
        sqlx::query_as("select name, number from practitioners").fetch_all(&mut conn).await.unwrap();
    assert_eq!(rows.len(), made.len(), "one listing for each that was asked for, however often");
    for (name, number) in rows {
        assert_eq!(made.get(&name), Some(&number), "{name}");
    }
    let mut numbers: Vec<String> = made.into_values().collect();
    found_are(&first, &mut numbers).await;
    found_are(&second, &mut numbers).await;
    let (counted,): (i64,) =
        sqlx::query_as("select count(*) from leases where name like 'instance/%' and until_at > now()")
            .fetch_one(&mut conn)
            .await
            .unwrap();
    assert!(counted >= 2, "each instance says that it is there, and {counted} do");
    let dead: (i64,) =
        sqlx::query_as("select count(*) from jobs where state = 'dead'").fetch_one(&mut conn).await.unwrap();
    assert_eq!(dead.0, 0);
}

/// Beside a service that runs the command has it done by the service, whose searches go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_is_made_anew_beside_a_service_that_runs() {
    let place = crate::support::db().await;
    let token = operator_token(&place);
    let server = Server::start(&place);
    let mut numbers = Vec::new();
    for at in 0..5 {
        let body = json!({"name": format!("Person {at}")});
        let (status, made) = server.call("POST", "/v1/practitioners", &token, Some(&body)).unwrap();
        assert_eq!(status, 201);
        numbers.push(made["number"].as_str().unwrap().to_owned());
    }
    found_are(&server, &mut numbers).await;
    let current = place.dir.path().join("search/practitioners/current");
    let before = std::fs::read_to_string(&current).unwrap();
    let done = finish(stipple(&place, &["reindex"]));
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success() && said.contains("The new index answers"), "{done:?}");
    assert_ne!(std::fs::read_to_string(&current).unwrap(), before);
    found_are(&server, &mut numbers).await;
    assert!(server.stop().success());
    // And without one it is done by the command.
    let done = finish(stipple(&place, &["reindex"]));
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success() && said.contains("5 listings indexed"), "{done:?}");
}
