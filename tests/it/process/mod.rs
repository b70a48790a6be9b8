//! The service as a process: it starts, stops, refuses what cannot work, and loses nothing it has
//! acknowledged when it is killed.

mod composition;
mod full;
mod several;
mod small;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::support;
use crate::support::process::{Server, call, finish, operator_token, stipple, stipple_in};

#[tokio::test]
async fn it_serves_until_it_is_asked_to_stop() {
    let place = support::db().await;
    let server = Server::start(&place);
    assert_eq!(server.call("GET", "/readyz", "", None).unwrap().0, 200);
    let address = server.address;
    assert!(server.stop().success(), "an orderly end is a good one");
    assert!(call(address, "GET", "/readyz", "", None).is_none(), "nobody listens any more");
    let again = Server::start(&place);
    assert_eq!(again.call("GET", "/readyz", "", None).unwrap().0, 200);
}

#[tokio::test]
async fn a_token_made_on_the_command_line_works_with_a_later_serve() {
    let place = support::db().await;
    let token = operator_token(&place);
    let server = Server::start(&place);
    let body = json!({"name": "Ana Bell"});
    assert_eq!(server.call("POST", "/v1/practitioners", "", Some(&body)).unwrap().0, 401);
    let (status, made) = server.call("POST", "/v1/practitioners", &token, Some(&body)).unwrap();
    assert_eq!(status, 201, "{made:#}");
    let number = made["number"].as_str().unwrap();
    server.kill();
    let server = Server::start(&place);
    let (status, read) = server.call("GET", &format!("/v1/practitioners/{number}"), "", None).unwrap();
    assert_eq!((status, &read["name"]), (200, &json!("Ana Bell")));
}

/// Writers at work, the process killed in the middle, started again: what was acknowledged is there, and
/// the search agrees with the database about what that is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let place = support::db().await;
    let token = operator_token(&place);
    for round in 0..2 {
        let server = Server::start(&place);
        let (address, dead) = (server.address, AtomicBool::new(false));
        let acknowledged = Mutex::new(BTreeSet::new());
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let (acknowledged, dead, token) = (&acknowledged, &dead, &token);
                scope.spawn(move || {
                    for at in 0.. {
                        let body = json!({"name": format!("Writer {writer} of round {round}, number {at}")});
                        match call(address, "POST", "/v1/practitioners", token, Some(&body)) {
                            Some((201, made)) => {
                                acknowledged
                                    .lock()
                                    .unwrap()
                                    .insert(made["number"].as_str().unwrap().to_owned());
                            }
                            Some((status, said)) => panic!("{status}: {said:#}"),
                            None if dead.load(Ordering::SeqCst) => break,
                            None => std::thread::yield_now(),
                        }
                    }
                });
            }
            while acknowledged.lock().unwrap().len() < 40 {
                std::thread::sleep(Duration::from_millis(5));
            }
            dead.store(true, Ordering::SeqCst);
            server.kill();
        });
        let acknowledged = acknowledged.into_inner().unwrap();

        let server = Server::start(&place);
        for number in &acknowledged {
            let answer = server.call("GET", &format!("/v1/practitioners/{number}"), "", None);
            assert_eq!(answer.unwrap().0, 200, "{number} was acknowledged");
        }
        agree(&place, &server).await;
        assert!(server.stop().success());
    }
}

/// The search and the database hold the same listings, number by number.
async fn agree(place: &support::TestDb, server: &Server) {
    let mut conn = place.db.read().await.unwrap();
    let stored: Vec<(String,)> = conn.query("select number from practitioners").fetch_all().await.unwrap();
    found_are(server, &mut stored.into_iter().map(|(number,)| number).collect::<Vec<_>>()).await;
}

/// Waits until the search has read all changes: it must come to find exactly these.
pub(super) async fn found_are(server: &Server, numbers: &mut [String]) {
    numbers.sort();
    let mut found = Vec::new();
    for _ in 0..1_200 {
        found = all_numbers(server);
        if found == numbers {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the search finds {} listings and should find {}", found.len(), numbers.len());
}

fn all_numbers(server: &Server) -> Vec<String> {
    let (mut numbers, mut cursor) = (Vec::new(), String::new());
    loop {
        let (status, page) =
            server.call("GET", &format!("/v1/practitioners?limit=50{cursor}"), "", None).expect("it answers");
        assert_eq!(status, 200, "{page:#}");
        let items = page["items"].as_array().unwrap();
        numbers.extend(items.iter().map(|item| item["number"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    numbers.sort();
    numbers
}

#[tokio::test]
async fn what_cannot_work_is_said_before_it_serves() {
    let place = support::db().await;
    let refused = |command: std::process::Command| {
        let output = finish(command);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let mut command = stipple(&place, &["serve", "--listen", "127.0.0.1:0"]);
    command.env("STIPPLE_LISTNE", "x");
    assert!(refused(command).contains("did you mean STIPPLE_LISTEN?"));

    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap().to_string();
    assert!(refused(stipple(&place, &["serve", "--listen", &taken])).contains("cannot listen"));

    let file = place.dir.path().join("a-file");
    std::fs::write(&file, "x").unwrap();
    assert!(refused(stipple_in(&file, &["migrate"])).contains("data directory"));
    assert!(refused(stipple_in(&file, &["sevre"])).contains("serve"));
}

/// The public URL and the DID host are inside what others keep; a change is never an accident.
#[tokio::test]
async fn an_identity_is_fixed_at_first_use() {
    let place = support::db().await;
    let with = |pairs: &[(&str, &str)]| {
        let mut command = stipple(&place, &["migrate"]);
        command.envs(pairs.iter().copied());
        let output = finish(command);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let first = [("STIPPLE_PUBLIC_URL", "https://a.example"), ("STIPPLE_ISSUER_HOST", "a.example")];
    assert_eq!(with(&first), (Some(0), String::new()));
    assert_eq!(with(&[]), (Some(0), String::new()), "it is remembered");
    let (code, said) = with(&[("STIPPLE_PUBLIC_URL", "https://b.example")]);
    assert!(code == Some(2) && said.contains("--moved"), "{said}");
    let (code, said) = with(&[("STIPPLE_ISSUER_HOST", "b.example")]);
    assert!(code == Some(2) && said.contains("a.example"), "{said}");
}

#[tokio::test]
async fn the_secret_in_the_data_directory_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = tempfile::tempdir().unwrap();
    let data_dir = place.path().join("data");
    assert!(finish(stipple_in(&data_dir, &["migrate"])).status.success());
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data_dir), 0o700);
    assert_eq!(mode(&data_dir.join("secret")), 0o600);
    let kept = std::fs::read_to_string(data_dir.join("secret")).unwrap();
    assert!(finish(stipple_in(&data_dir, &["migrate"])).status.success());
    assert_eq!(std::fs::read_to_string(data_dir.join("secret")).unwrap(), kept, "it is made once");
}

#[tokio::test]
async fn processes_that_start_at_once_share_one_secret() {
    let place = tempfile::tempdir().unwrap();
    let data_dir = place.path().join("data");
    let outputs: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> =
            (0..12).map(|_| scope.spawn(|| finish(stipple_in(&data_dir, &["migrate"])))).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    for output in outputs {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let left: Vec<String> = std::fs::read_dir(&data_dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("secret"))
        .collect();
    assert_eq!(left, ["secret"]);
}
