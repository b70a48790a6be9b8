//! Many certificates at once: over HTTP, and with `stipple certificate issue` from a CSV file.

use std::fs;
use std::path::PathBuf;

use poem::http::Method;
use serde_json::Value;
use stipple::platform::clock::{Clock, Ts};
use stipple::signing::keys::KeyFile;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::outcome;
use crate::support::academy::Academy;
use crate::support::process::{finish, stipple_in};
use crate::support::{Response, TestApp};

async fn send(academy: &Academy, lines: &[String]) -> Response {
    let call = academy.keeper.call(Method::POST, "/v1/certificates/batch");
    call.body("application/x-ndjson", lines.join("\n")).await
}

#[tokio::test]
async fn every_line_is_taken_or_refused_for_itself() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    academy.enrol(&app, 1).await;
    let mut lines = Vec::new();
    let entry = academy.entry().await;
    for name in ["Marian Wright", "Paul Oduya"] {
        let mut award = academy.award(&app, name, None);
        // The second names the same bit, which is found out after it was written.
        award.status = Some(entry.clone());
        lines.push(academy.sign(&award).to_string());
    }
    let mut changed = academy.sign(&academy.award(&app, "Zoë Lee", None));
    changed["credentialSubject"]["identifier"][0]["identityHash"] = "Somebody Else".into();
    lines.push(changed.to_string());
    lines.push("{}".to_owned());
    lines.push("{\"a\":1,\"a\":2}".to_owned());
    lines.push(academy.sign(&academy.award(&app, "Ana Maria", None)).to_string());
    let answer = send(&academy, &lines).await.expect(200).json();
    assert_eq!((answer["stored"].as_u64(), answer["refused"].as_u64()), (Some(2), Some(4)), "{answer:#}");
    let codes: Vec<&str> =
        answer["lines"].as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap_or("")).collect();
    assert_eq!(
        codes,
        ["", "status-list-not-taken", "bad-signature", "certificate-shape", "duplicate-key", ""]
    );
    assert!(answer["lines"][0]["receipt"].as_str().unwrap().contains("stipple.example/log"));
    assert!(answer["lines"][3]["errors"].as_array().unwrap().len() > 3);
    // What was refused left nothing behind: neither a row, nor an entry of the log.
    let listed = academy.keeper.get("/v1/academies/leeds-smp-school/certificates").await.expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    let before = app.log().await;
    let again = send(&academy, &lines[..1]).await.expect(200).json();
    assert_eq!(
        (again["lines"][0]["status"].as_u64(), &again["lines"][0]["number"]),
        (Some(200), &answer["lines"][0]["number"])
    );
    assert_eq!(app.log().await, before, "nothing was stored twice");
}

#[tokio::test]
async fn a_batch_has_limits_and_an_academy_sends_only_its_own() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let other = Academy::recognised(&app, "york-smp-school").await;
    let line = academy.sign(&academy.award(&app, "Marian Wright", None)).to_string();
    for lines in [vec![], vec![line.clone(); 101]] {
        send(&academy, &lines).await.expect(422).problem("invalid");
    }
    let answer = send(&other, &[line]).await.expect(200).json();
    assert_eq!(answer["lines"][0]["status"], 403, "{answer:#}");
    let large = academy.keeper.call(Method::POST, "/v1/certificates/batch");
    large.body("application/x-ndjson", "x".repeat(3 << 20)).await.expect(413);
}

/// A directory on a socket, and a folder to work in.
struct Office {
    app: TestApp,
    academy: Academy,
    address: String,
    stop: CancellationToken,
}

impl Office {
    async fn open() -> Self {
        let app = TestApp::new().await;
        // The command signs with the time of the machine.
        let now = Clock::system().now().plus(std::time::Duration::from_secs(120));
        app.clock.advance(std::time::Duration::from_micros(
            u64::try_from(now.micros() - app.clock.now().micros()).expect("the test's clock is behind"),
        ));
        let academy = Academy::recognised(&app, "leeds-smp-school").await;
        let stop = CancellationToken::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (router, http) = (stipple::api::router(app.app.clone()), app.config.http.clone());
        let until = stop.clone();
        tokio::spawn(async move { stipple::platform::http::serve(listener, router, &http, until).await });
        let office = Self { app, academy, address, stop };
        let seed = office.academy.key.to_secret_multibase();
        let key = stipple::signing::keys::SigningKey::from_multibase(&seed).unwrap();
        let file = KeyFile { did: office.academy.did.clone(), key };
        office.key(&file.to_json());
        office
    }

    fn path(&self, name: &str) -> PathBuf {
        self.app.place.dir.path().join(name)
    }

    fn key(&self, bytes: &[u8]) {
        use std::os::unix::fs::PermissionsExt as _;
        fs::write(self.path("key.json"), bytes).unwrap();
        fs::set_permissions(self.path("key.json"), fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn students(&self, text: &str) {
        fs::write(self.path("students.csv"), text).unwrap();
    }

    fn journal(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.path("students.csv.issued.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The command; its exit code and everything it said.
    async fn issue(&self, more: &[&str]) -> (Option<i32>, String) {
        let (csv, key) = (self.path("students.csv"), self.path("key.json"));
        let course = self.academy.course.url();
        let mut arguments =
            vec!["certificate", "issue", "--csv", csv.to_str().unwrap(), "--key", key.to_str().unwrap()];
        arguments.extend([
            "--course",
            &course,
            "--directory",
            &self.address,
            "--academy",
            "Leeds SMP School",
            "--yes",
        ]);
        arguments.extend(more);
        let mut command = stipple_in(self.app.place.dir.path(), &arguments);
        command.env("STIPPLE_TOKEN", self.academy.keeper.token().unwrap());
        let output = tokio::task::spawn_blocking(move || finish(command)).await.unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&said).into_owned())
    }

    async fn issued(&self) -> Vec<Value> {
        let path = "/v1/academies/leeds-smp-school/certificates?limit=100";
        self.academy.keeper.get(path).await.expect(200).json()["items"].as_array().unwrap().clone()
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

const CLASS: &str = "name,awarded,old_number,valid_until\n\
    Marian Wright,2026-03-01,,\n\
    \"Söhne, Łukasz\",2015-06-12,LSS/0471,\n\
    Ana  Maria Lee,2026-03-01,,2029-03-01\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_class_is_issued_from_a_file_and_never_twice() {
    let office = Office::open().await;
    office.students(CLASS);
    let (code, said) = office.issue(&["--preview"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("3 to sign, of 3 rows") && said.contains("old number LSS/0471"), "{said}");
    assert!(office.issued().await.is_empty() && !office.path("students.csv.issued.jsonl").exists());

    let (code, said) = office.issue(&[]).await;
    assert_eq!(code, Some(0), "{said}");
    let issued = office.issued().await;
    let mut names: Vec<&str> = issued.iter().map(|item| item["holder_name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Ana Maria Lee", "Marian Wright", "Söhne, Łukasz"]);
    for item in &issued {
        let number = item["number"].as_str().unwrap();
        let path = format!("/v1/certificates/{number}/verdict");
        let verdict = office.app.anyone().get(&path).await.expect(200).json();
        assert_eq!(
            (verdict["verdict"].as_str(), outcome(&verdict, "status")),
            (Some("valid"), "pass"),
            "{verdict:#}"
        );
        let page = office.app.anyone().get(&format!("/certificates/{number}")).await.expect(200).text();
        let old = item["holder_name"].as_str().unwrap().starts_with("Söhne");
        assert_eq!(page.contains("records of 2015"), old, "{page}");
        if old {
            let credential =
                office.app.anyone().get(&format!("/v1/certificates/{number}/credential")).await.json();
            assert_eq!(credential["credentialSubject"]["licenseNumber"], "LSS/0471");
            assert_eq!(credential["awardedDate"], "2015-06-12T00:00:00Z");
        }
    }
    let (code, said) = office.issue(&[]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("0 to sign, of 3 rows; 3 are issued already"), "{said}");

    // Cut off between signing and the answer: the numbers were never written down, and half a line was.
    let lines = office.journal();
    let kept: String =
        lines.iter().filter(|line| line["number"].is_null()).map(|line| format!("{line}\n")).collect();
    fs::write(office.path("students.csv.issued.jsonl"), format!("{kept}{{\"row\":\"ab")).unwrap();
    let (code, said) = office.issue(&[]).await;
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(office.issued().await.len(), 3, "the same bytes were sent again");
    let numbers = |lines: &[Value]| {
        lines
            .iter()
            .filter_map(|line| line["number"].as_str().map(str::to_owned))
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(numbers(&office.journal()), numbers(&lines));

    // Without its journal it asks the directory who has one.
    fs::remove_file(office.path("students.csv.issued.jsonl")).unwrap();
    office.students(&format!("{CLASS}Paul Oduya,2026-03-01,,\n"));
    let (code, said) = office.issue(&[]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("1 to sign, of 4 rows") && said.contains("has this certificate already, CRT-"),
        "{said}"
    );
    assert_eq!(office.issued().await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_row_is_said_by_line_and_nothing_is_signed() {
    let office = Office::open().await;
    office.students(
        "Name;Awarded;Listing;Trainer;Trainer name\n\
         Marian Wright;2026-03-01;;;\n\
         X;2026-02-30;SMP-2345-6789-2;TRN-2345-6789-2;\n\
         Paul Oduya;2999-01-01;;;\n\
         \n\
         Marian Wright;2026-03-01;;;\n\
         Zoë;2026-03-01\n",
    );
    let (code, said) = office.issue(&[]).await;
    assert_eq!(code, Some(2), "{said}");
    for part in [
        "line 3: name: give the full name",
        "line 3: awarded: write a day that exists",
        "line 3: listing:",
        "line 3: trainer: give both",
        "line 4: awarded: the day is still to come",
        "line 6: it is the same as line 2",
        "line 7: it has 2 fields, and the first line 5",
        "nothing was signed",
    ] {
        assert!(said.contains(part), "`{part}` is not in:\n{said}");
    }
    assert!(office.issued().await.is_empty());
    let (code, said) = office.issue(&["--skip-faulty"]).await;
    assert_eq!((code, office.issued().await.len()), (Some(0), 1), "{said}");

    office.students("name,awardet\nMarian Wright,2026-03-01\n");
    let (code, said) = office.issue(&[]).await;
    assert!(code == Some(2) && said.contains("Did you mean `awarded`?"), "{said}");

    // A listing that is not there is the directory's to refuse: the rest of the class goes through.
    let listing = unknown_listing();
    office.students(&format!(
        "name,awarded,listing\nMarian Wright,2026-03-02,{listing}\nAna Lee,2026-03-02,\n"
    ));
    let (code, said) = office.issue(&[]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("line 2: refused:") && said.contains("1 were refused"), "{said}");
    assert_eq!(office.issued().await.len(), 2);
}

/// A listing's number that fits and was never given out.
fn unknown_listing() -> String {
    use stipple::platform::id::{Ids, NumberKind};
    Ids::seeded(Clock::fixed(Ts::MAX), 4711).number(NumberKind::Listing).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_or_a_course_of_somebody_else_signs_nothing() {
    let office = Office::open().await;
    office.students(CLASS);
    let key = stipple::signing::keys::SigningKey::from_seed(&zeroize::Zeroizing::new([9; 32]));
    let file = KeyFile { did: "did:web:stipple.example:academies:york".to_owned(), key };
    office.key(&file.to_json());
    let (code, said) = office.issue(&[]).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("the course belongs to") && office.issued().await.is_empty(), "{said}");
}
