//! A disk that runs full under the service: what was acknowledged stays readable, what was not is refused
//! in words, and room made later is used without a restart.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support;
use crate::support::process::{Server, finish, stipple_in};

/// A small file system of its own, when this machine lets us mount one.
struct Small(tempfile::TempDir);

impl Small {
    fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let small = Self(dir);
        let options = ["-t", "tmpfs", "-o", "size=8m", "none"];
        let mounted = Command::new("mount").args(options).arg(small.0.path()).output();
        // Unmounting what was not mounted says so to nobody.
        mounted.is_ok_and(|output| output.status.success()).then_some(small)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn grow(&self) {
        let grown = Command::new("mount").args(["-o", "remount,size=64m"]).arg(self.path()).status();
        assert!(grown.unwrap().success());
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.0.path()).output());
    }
}

fn create(server: &Server, token: &str, name: &str) -> (u16, Value) {
    // As large as a listing gets, so that the end comes soon.
    let bio = "Hairlines, density and scars, always by appointment. ".repeat(80);
    let body = json!({"name": name, "own_words": {"bio": bio}});
    server.call("POST", "/v1/practitioners", token, Some(&body)).expect("it still answers")
}

/// Creates listings until one is refused, for want of room.
fn fill(server: &Server, token: &str, acknowledged: &mut Vec<String>) {
    let refusal = loop {
        match create(server, token, &format!("Practitioner {}", acknowledged.len())) {
            (201, made) => acknowledged.push(made["number"].as_str().unwrap().to_owned()),
            other => break other,
        }
        assert!(acknowledged.len() < 20_000, "eight megabytes do not hold this");
    };
    assert_eq!((refusal.0, &refusal.1["code"]), (507, &json!("storage-full")), "{:#}", refusal.1);
}

#[tokio::test]
async fn a_disk_that_runs_full_costs_nothing_that_was_acknowledged() {
    if support::postgres_url().is_some() {
        support::skip("a full disk under the process: here the data is PostgreSQL's");
        return;
    }
    let Some(small) = Small::mount() else {
        support::skip("a full disk under the process: this user may not mount a small file system");
        return;
    };
    let made = finish(stipple_in(small.path(), &["token", "new", "--role", "operator"]));
    let token = String::from_utf8_lossy(&made.stdout).trim().to_owned();
    assert!(token.starts_with("stp_op_"), "{}", String::from_utf8_lossy(&made.stderr));
    let server = Server::started(stipple_in(small.path(), &["serve", "--listen", "127.0.0.1:0"])).unwrap();

    let mut acknowledged = Vec::new();
    fill(&server, &token, &mut acknowledged);
    assert!(acknowledged.len() > 10, "{}", acknowledged.len());

    let read = |server: &Server, number: &str| {
        server.call("GET", &format!("/v1/practitioners/{number}"), "", None).expect("it answers").0
    };
    for number in &acknowledged {
        assert_eq!(read(&server, number), 200, "{number} was acknowledged");
    }
    // What works behind the requests, the merging of the index above all, gives room back; it is soon gone too.
    let before = acknowledged.len();
    fill(&server, &token, &mut acknowledged);
    assert!(acknowledged.len() < 2 * before, "it stays full");
    small.grow();
    let (status, made) = create(&server, &token, "After room was made");
    assert_eq!(status, 201, "{made:#}");
    acknowledged.push(made["number"].as_str().unwrap().to_owned());
    super::found_are(&server, &mut acknowledged).await;

    server.kill();
    let server = Server::started(stipple_in(small.path(), &["serve", "--listen", "127.0.0.1:0"])).unwrap();
    super::found_are(&server, &mut acknowledged).await;
}
