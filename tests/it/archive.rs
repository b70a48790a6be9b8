//! Archives: a directory moves from one database to another and back, is backed up while it is served, and is put back.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::process::{Server, finish, stipple, stipple_in};
use crate::support::{self, TestDb};

const SECRET: &str = "a secret that only tests know, 32 characters";

/// The columns that are fractions.
const FRACTIONS: [&str; 4] = ["lat", "lon", "weight", "weighted_stars"];

/// A directory on the database this run is about, or on SQLite whichever that is.
struct Site {
    place: Option<TestDb>,
    dir: TempDir,
}

impl Site {
    async fn of_this_run() -> Self {
        Self { place: Some(support::db().await), dir: tempfile::tempdir().unwrap() }
    }

    fn on_sqlite() -> Self {
        Self { place: None, dir: tempfile::tempdir().unwrap() }
    }

    fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = match &self.place {
            Some(place) => stipple(place, arguments),
            None => stipple_in(&self.data_dir(), arguments),
        };
        command.env("STIPPLE_DATA_DIR", self.data_dir()).env("STIPPLE_SECRET", SECRET);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        finish(self.command(arguments))
    }

    /// Runs what must succeed; what it said.
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs what must be refused; why it was.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    fn serve(&self) -> Server {
        Server::started(self.command(&["serve", "--listen", "127.0.0.1:0"])).unwrap()
    }

    /// A demo, served until everything is in its log.
    fn fill(&self) -> Server {
        self.done(&["demo", "--fill-only", "--practitioners", "20", "--listen", "127.0.0.1:0"]);
        let server = self.serve();
        let began = Instant::now();
        loop {
            let log: Value = serde_json::from_str(&read(&server, "/v1/log")).unwrap();
            if log["waiting"] == 0 && log["size"].as_u64() > Some(20) {
                return server;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{log:#}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// The rows of every table of an archive, in an order of their own. Documents are compared as what they say, because
/// PostgreSQL writes its own white space.
fn rows_of(archive: &Path) -> BTreeMap<String, Vec<String>> {
    let mut tables = BTreeMap::new();
    for entry in fs::read_dir(archive.join("tables")).unwrap().flatten() {
        let mut text = String::new();
        GzDecoder::new(fs::File::open(entry.path()).unwrap()).read_to_string(&mut text).unwrap();
        let plain = |line: &str| {
            let mut row: BTreeMap<String, Value> = serde_json::from_str(line).unwrap();
            for (column, value) in &mut row {
                // The two write the same number in more digits or in fewer.
                if let Some(text) = value.as_str().filter(|_| FRACTIONS.contains(&column.as_str())) {
                    *value = text.parse::<f64>().unwrap().into();
                }
                let inside = value.as_str().filter(|text| text.starts_with(['{', '[']));
                if let Some(document) = inside.and_then(|text| serde_json::from_str(text).ok()) {
                    *value = document;
                }
            }
            serde_json::to_string(&row).unwrap()
        };
        let mut rows: Vec<String> = text.lines().map(plain).collect();
        rows.sort_unstable();
        tables.insert(entry.file_name().into_string().unwrap(), rows);
    }
    tables
}

fn same(one: &Path, other: &Path) {
    let (one, other) = (rows_of(one), rows_of(other));
    assert!(one.keys().eq(other.keys()));
    assert!(one["certificates.jsonl.gz"].len() > 5 && one["log_entries.jsonl.gz"].len() > 20);
    for (table, rows) in &one {
        for (before, after) in rows.iter().zip(&other[table]) {
            assert_eq!(before, after, "{table}");
        }
        assert_eq!(rows.len(), other[table].len(), "{table}");
    }
}

/// What a stranger reads, byte for byte.
fn read(server: &Server, path: &str) -> String {
    let (status, answer) = server.call("GET", path, "", None).unwrap();
    assert_eq!(status, 200, "{path}: {answer}");
    answer.to_string()
}

/// One directory for all of it: to fill one takes longer than everything that is done with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_moves_is_backed_up_and_put_back() {
    let site = Site::of_this_run().await;
    let served = site.fill();
    everything_moves_to_another_database_and_back(&site, served).await;
    what_was_put_back_signs_nothing_until_somebody_says_so(&site).await;
    an_archive_that_does_not_fit_is_refused_and_nothing_is_taken_in(&site).await;
}

async fn everything_moves_to_another_database_and_back(from: &Site, served: Server) {
    // The service goes on while it is exported.
    let archives = tempfile::tempdir().unwrap();
    let at = |name: &str| archives.path().join(name);
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let said = from.done(&["export", &text(&at("first"))]);
    assert!(said.contains("rows and"), "{said}");
    let listed = read(&served, "/v1/practitioners?sort=name&limit=100");
    let certificates: Vec<String> = rows_of(&at("first"))["certificates.jsonl.gz"].clone();
    let numbers: Vec<String> = certificates
        .iter()
        .map(|row| serde_json::from_str::<Value>(row).unwrap()["number"].as_str().unwrap().to_owned())
        .collect();
    let number = &numbers[0];
    let certificate = read(&served, &format!("/v1/certificates/{number}"));
    drop(served);

    let between = Site::on_sqlite();
    between.done(&["import", &text(&at("first"))]);
    between.done(&["export", &text(&at("second"))]);
    same(&at("first"), &at("second"));
    let to = Site::of_this_run().await;
    let said = to.done(&["import", &text(&at("second"))]);
    assert!(said.contains("stipple serve"), "{said}");
    to.done(&["export", &text(&at("third"))]);
    same(&at("first"), &at("third"));
    let blobs = |name: &str| fs::read_to_string(at(name).join("blobs.jsonl")).unwrap();
    assert!(!blobs("first").is_empty() && blobs("first") == blobs("third"));

    let server = to.serve();
    assert_eq!(read(&server, &format!("/v1/certificates/{number}")), certificate);
    let again = read(&server, "/v1/practitioners?sort=name&limit=100");
    let names = |answer: &str| {
        let answer: Value = serde_json::from_str(answer).unwrap();
        answer["items"].as_array().unwrap().iter().map(|item| item["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&again), names(&listed));
    // The log goes on under its own name and key, and a stranger finds nothing wrong with it.
    let state = to.dir.path().join("state");
    let url = format!("http://{}", server.address);
    let audit = finish(stipple_in(to.dir.path(), &["log", "audit", &url, "--state", &text(&state)]));
    assert_eq!(audit.status.code(), Some(0), "{}", String::from_utf8_lossy(&audit.stdout));
    // Numbered tables go on after their highest number.
    let token = fs::read(from.data_dir().join("demo.json")).unwrap();
    let token: Value = serde_json::from_slice(&token).unwrap();
    let operator = token["tokens"]["operator"].as_str().unwrap();
    let new = serde_json::json!({"name": "Somebody New"});
    let (status, made) = server.call("POST", "/v1/practitioners", operator, Some(&new)).unwrap();
    assert_eq!(status, 201, "{made}");
}

async fn what_was_put_back_signs_nothing_until_somebody_says_so(site: &Site) {
    let folder = site.dir.path().join("backups");
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    for _ in 0..3 {
        site.done(&["backup", &text(&folder), "--keep", "2"]);
    }
    let mut kept: Vec<PathBuf> = fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.path()).collect();
    kept.sort();
    assert_eq!(kept.len(), 2);
    let backup = text(&kept[1]);

    let back = Site::of_this_run().await;
    let said = back.done(&["restore", &backup]);
    assert!(said.contains("--nothing-since"), "{said}");
    let server = back.serve();
    let log: Value = serde_json::from_str(&read(&server, "/v1/log")).unwrap();
    assert!(log["frozen"].as_str().unwrap().contains("put back from a backup"), "{log:#}");
    drop(server);
    let said = back.done(&["log", "recover", "--nothing-since"]);
    assert!(said.contains("goes on"), "{said}");
    let server = back.serve();
    let log: Value = serde_json::from_str(&read(&server, "/v1/log")).unwrap();
    assert!(log["frozen"].is_null(), "{log:#}");
    drop(server);

    // A data directory that knows of a later checkpoint does not take that word for it.
    let highest = fs::read(site.data_dir().join("log/highest-checkpoint")).unwrap();
    let again = Site::of_this_run().await;
    fs::create_dir_all(again.data_dir().join("log")).unwrap();
    let longer = String::from_utf8(highest).unwrap();
    let size = longer.lines().nth(1).unwrap().to_owned();
    let longer = longer.replacen(&size, &format!("{size}0"), 1);
    fs::write(again.data_dir().join("log/highest-checkpoint"), &longer).unwrap();
    again.done(&["restore", &backup]);
    let why = again.refused(&["log", "recover", "--nothing-since"]);
    assert!(why.contains("Something was signed since"), "{why}");
    assert_eq!(fs::read_to_string(again.data_dir().join("log/highest-checkpoint")).unwrap(), longer);
}

async fn an_archive_that_does_not_fit_is_refused_and_nothing_is_taken_in(site: &Site) {
    let archive = site.dir.path().join("archive");
    let text = archive.to_str().unwrap();
    site.done(&["export", text]);
    assert!(site.refused(&["export", text]).contains("is there already"));
    assert!(site.refused(&["import", text]).contains("not empty"));

    let empty = Site::of_this_run().await;
    let mut command = empty.command(&["import", text]);
    command.env("STIPPLE_SECRET", "another secret, that has as many as 32 characters");
    let output = finish(command);
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && why.contains("another secret"), "{why}");
    let mut command = empty.command(&["import", text]);
    command.env_remove("STIPPLE_SECRET");
    let why = String::from_utf8_lossy(&finish(command).stderr).into_owned();
    assert!(why.contains("secret"), "{why}");

    let manifest = fs::read_to_string(archive.join("manifest.json")).unwrap();
    fs::write(archive.join("manifest.json"), manifest.replace("stipple-archive/1", "stipple-archive/9"))
        .unwrap();
    assert!(empty.refused(&["import", text]).contains("stipple-archive/9"));
    fs::write(archive.join("manifest.json"), manifest.replacen("\"schema\": ", "\"schema\": 9", 1)).unwrap();
    assert!(empty.refused(&["import", text]).contains("upgrade"));
    fs::write(archive.join("manifest.json"), &manifest).unwrap();
    let table = archive.join("tables/certificates.jsonl.gz");
    let bytes = fs::read(&table).unwrap();
    fs::write(&table, &bytes[..bytes.len() - 1]).unwrap();
    assert!(empty.refused(&["import", text]).contains("damaged"));
    fs::write(&table, &bytes).unwrap();
    let list = fs::read_to_string(archive.join("blobs.jsonl")).unwrap();
    let first: Value = serde_json::from_str(list.lines().next().unwrap()).unwrap();
    let photo = archive.join("blobs").join(first["path"].as_str().unwrap());
    let picture = fs::read(&photo).unwrap();
    fs::write(&photo, b"another picture").unwrap();
    assert!(empty.refused(&["import", text]).contains("damaged"));
    fs::write(&photo, &picture).unwrap();
    // After all that was refused the database is as empty as it was.
    empty.done(&["import", text]);
}
