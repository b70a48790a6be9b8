//! The commands that work on files, run as a person runs them: keys made, certificates signed and
//! verified, without a server and without a network.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use stipple::certificates::acts::{Act, ActReason, ActStatement};
use stipple::certificates::document::StatusList;
use stipple::certificates::trust::{TrustFile, TrustedAcademy, TrustedKey, TrustedSpan};
use stipple::platform::clock::Ts;
use stipple::signing::digest::Digest;
use stipple::signing::json::Tree;
use stipple::signing::keys::{PublicKey, Signature};
use stipple::signing::possession;

const DID: &str = "did:web:stipple.example:academies:north-school";
const COURSE: &str = "https://stipple.example/v1/academies/north-school/courses/CRS-2345-6789-A";

/// A folder of files, and the command run in it.
struct Desk(tempfile::TempDir);

impl Desk {
    /// With a key and a course version.
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().expect("a folder"));
        desk.good(&["key", "new", "--out", "key.json", "--did", DID]);
        desk.write("course.json", &course());
        let document = desk.good(&["key", "show", "--key", "key.json", "--did-document"]);
        fs::write(desk.path("did.json"), document).expect("written");
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, value: &Value) {
        fs::write(self.path(name), value.to_string()).expect("written");
    }

    fn read(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path(name)).expect("read")).expect("JSON")
    }

    fn run_with(&self, args: &[&str], input: &[u8]) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_stipple"))
            .args(args)
            .current_dir(self.0.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        // A command that does not read its input may close it first.
        let _ = child.stdin.take().expect("input").write_all(input);
        child.wait_with_output().expect("the command ends")
    }

    fn run(&self, args: &[&str]) -> (i32, String, String) {
        let output = self.run_with(args, b"");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        (output.status.code().expect("an exit code"), text(&output.stdout), text(&output.stderr))
    }

    fn good(&self, args: &[&str]) -> String {
        let (code, out, err) = self.run(args);
        assert_eq!(code, 0, "{args:?}: {out}{err}");
        out
    }

    fn bad(&self, args: &[&str]) -> String {
        let (code, out, err) = self.run(args);
        assert_eq!(code, 2, "{args:?}: {out}{err}");
        err
    }

    /// Signs the usual certificate, with more arguments.
    fn sign(&self, out: &str, more: &[&str]) -> (i32, String, String) {
        let mut args =
            vec!["certificate", "sign", "--key", "key.json", "--course", "course.json", "--out", out];
        args.extend(["--course-url", COURSE, "--name", "Zoë Ångström", "--awarded", "2024-05-17", "--yes"]);
        args.extend(more);
        self.run(&args)
    }

    fn verify(&self, file: &str, more: &[&str]) -> (i32, String, String) {
        self.run(&[&["certificate", "verify", file], more].concat())
    }
}

fn course() -> Value {
    json!({
        "academy": DID,
        "course": "CRS-2345-6789-A",
        "content": {
            "title": "Foundation in Scalp Micropigmentation",
            "description": "Five days on skin, needles and hairlines, with live models.",
            "hours": {"classroom": 16, "supervised-live": 24},
            "live_models": 4,
            "assessments": ["exam", "performance"],
        },
    })
}

#[test]
fn a_key_is_written_for_its_owner_alone_and_never_over_another() {
    let desk = Desk::new();
    let shown = desk.good(&["key", "show", "--key", "key.json"]);
    assert!(shown.contains(DID) && shown.contains("#z6Mk"), "{shown}");
    let file = desk.read("key.json");
    assert!(!shown.contains(file["secretKeyMultibase"].as_str().expect("secret")));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(desk.path("key.json")).expect("file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let again = desk.bad(&["key", "new", "--out", "key.json", "--did", DID]);
    assert!(again.contains("not overwritten"), "{again}");
    assert_eq!(desk.read("key.json"), file);
    assert!(
        desk.bad(&["key", "new", "--out", "x.json", "--did", "did:web:127.0.0.1"]).contains("IP address")
    );
    assert!(!desk.path("x.json").exists());
    desk.good(&["key", "new", "--out", "other.json", "--did", DID]);
    assert_ne!(desk.read("other.json")["publicKeyMultibase"], file["publicKeyMultibase"]);
}

#[test]
fn possession_is_proven_for_the_challenge() {
    let desk = Desk::new();
    let challenge = "q8Jm2Zr0Vb6nTfQ1";
    let out = desk.good(&["key", "prove", "--key", "key.json", "--challenge", challenge]);
    let proof: Value = serde_json::from_str(&out).expect("JSON");
    let public = PublicKey::from_multibase(proof["publicKeyMultibase"].as_str().expect("key")).expect("key");
    let made = proof["proof"].as_str().expect("proof");
    assert_eq!(possession::verify(DID, &public, challenge, made), Ok(()));
    assert!(desk.bad(&["key", "prove", "--key", "key.json", "--challenge", "short"]).contains("16 to 256"));
}

#[test]
fn what_is_signed_verifies_and_nothing_changed_does() {
    let desk = Desk::new();
    let (code, out, shown) =
        desk.sign("cert.json", &["--valid-until", "2099-05-17", "--academy", "North School"]);
    assert_eq!(code, 0, "{out}{shown}");
    for said in ["Zoë Ångström", "2024-05-17T00:00:00Z", "Live models: 4", "North School", "CRS-2345-6789-A"]
    {
        assert!(shown.contains(said), "{said} is shown before it is signed: {shown}");
    }
    let (code, out, _) = desk.verify("cert.json", &["--issuer", "did.json"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.starts_with("VALID.") && out.contains("which you named as an issuer to trust"), "{out}");
    let with_course = desk.verify("cert.json", &["--issuer", "did.json", "--course", "course.json"]);
    assert!(
        with_course.0 == 0 && with_course.1.contains("has the content that was signed"),
        "{with_course:?}"
    );
    let mut other = course();
    other["content"]["live_models"] = json!(40);
    desk.write("other-course.json", &other);
    assert_eq!(desk.verify("cert.json", &["--issuer", "did.json", "--course", "other-course.json"]).0, 1);
    assert!(
        desk.verify("cert.json", &["--issuer", "did.json", "--name", "zoe angstrom"])
            .1
            .contains("the name agrees")
    );
    assert!(desk.verify("cert.json", &["--issuer", "did.json", "--name", "Jo"]).1.contains("name differs"));

    let (code, out, _) = desk.verify("cert.json", &[]);
    assert_eq!(code, 2, "{out}");
    assert!(out.starts_with("CANNOT TELL.") && out.contains("--trust FILE"), "{out}");

    let mut forged = desk.read("cert.json");
    forged["credentialSubject"]["identifier"][0]["identityHash"] = json!("Somebody Else");
    desk.write("forged.json", &forged);
    let (code, out, _) = desk.verify("forged.json", &["--issuer", "did.json"]);
    assert_eq!(code, 1, "{out}");
    assert!(out.starts_with("INVALID.") && out.contains("It claims:"), "{out}");
    assert_eq!(desk.verify("forged.json", &[]).0, 1, "changed, whoever signed it");

    let bytes = fs::read(desk.path("cert.json")).expect("read");
    let piped = desk.run_with(&["certificate", "verify", "-", "--issuer", "did.json", "--json"], &bytes);
    assert_eq!(piped.status.code(), Some(0));
    let verdict: Value = serde_json::from_slice(&piped.stdout).expect("JSON");
    assert_eq!((&verdict["verdict"], verdict["checks"].as_array().map(Vec::len)), (&json!("valid"), Some(6)));
}

#[test]
fn a_trust_file_tells_recognised_from_known() {
    let desk = Desk::new();
    assert_eq!(desk.sign("cert.json", &[]).0, 0);
    let key = desk.read("key.json")["publicKeyMultibase"].as_str().expect("key").to_owned();
    let added = Ts::parse("2020-01-01T00:00:00Z").expect("a time");
    let trust = |name: &str, did: &str, recognised: Vec<TrustedSpan>| {
        let keys =
            vec![TrustedKey { public_key_multibase: key.clone(), added, retired: None, compromised: None }];
        let academy =
            TrustedAcademy { did: did.to_owned(), name: "North School".to_owned(), recognised, keys };
        let file = TrustFile::new("Test Registry", added, vec![academy]);
        desk.write(name, &serde_json::to_value(file).expect("JSON"));
    };
    trust("recognised.json", DID, vec![TrustedSpan { from: added, until: None }]);
    trust("known.json", DID, vec![]);
    trust(
        "other.json",
        "did:web:stipple.example:academies:south",
        vec![TrustedSpan { from: added, until: None }],
    );
    let (code, out, _) = desk.verify("cert.json", &["--trust", "recognised.json"]);
    assert!(
        code == 0 && out.contains("recognised by Test Registry") && out.contains("as it stood on 2020-01-01"),
        "{out}"
    );
    let (code, out, _) = desk.verify("cert.json", &["--trust", "known.json"]);
    assert!(code == 1 && out.starts_with("UNRECOGNISED."), "{out}");
    let (code, out, _) = desk.verify("cert.json", &["--trust", "other.json"]);
    assert!(code == 2 && out.starts_with("CANNOT TELL."), "{out}");
    let (code, out, _) = desk.verify("cert.json", &["--trust", "recognised.json", "--as-of", "2024-06-01"]);
    assert!(code == 1 && out.contains("Today's answer: valid"), "{out}");
}

#[test]
fn misuse_is_told_apart_from_a_bad_certificate() {
    let desk = Desk::new();
    assert_eq!(desk.sign("cert.json", &[]).0, 0);
    let misused: &[(&[&str], &str)] = &[
        (&["missing.json"], "cannot be read"),
        (&["cert.json", "--as-of", "2999-01-01"], "future"),
        (&["cert.json", "--as-of", "soon"], "2026-03-01"),
        (&["cert.json", "--issuer", "cert.json"], "DID document"),
        (&["cert.json", "--trust", "did.json"], "trust file"),
        (&["cert.json", "--nonsense"], "unexpected argument"),
    ];
    for (args, said) in misused {
        let (code, out, err) = desk.verify(args[0], &args[1..]);
        assert!(code == 2 && err.contains(said), "{args:?}: {code} {out}{err}");
    }
    for (name, text) in [("empty", ""), ("array", "[]"), ("twice", "{\"id\":1,\"id\":2}"), ("text", "hello")]
    {
        fs::write(desk.path(name), text).expect("written");
        let (code, out, _) = desk.verify(name, &["--issuer", "did.json"]);
        assert!(code == 1 && out.contains("not a certificate in good form"), "{name}: {out}");
    }
    fs::write(desk.path("large"), vec![b' '; 70_000]).expect("written");
    let (code, out, _) = desk.verify("large", &[]);
    assert!(code == 1 && out.contains("larger than is taken"), "{out}");
}

#[test]
fn nothing_doubtful_is_signed() {
    let desk = Desk::new();
    let refused: &[(&[&str], &str)] = &[
        (&["--listing", "SMP-2222-2222-3"], "--listing"),
        (&["--academy", "a\u{202e}b"], "/issuer/name"),
        (&["--trainer", "CRS-2345-6789-A", "--trainer-name", "x"], "--trainer"),
        (&["--valid-until", "2024-02-30"], "--valid-until"),
        (&["--valid-until", "2020-01-01"], "/validUntil"),
        (&["--draft", "course.json"], "cannot be used with"),
    ];
    for (more, said) in refused {
        let (code, out, err) = desk.sign("x.json", more);
        assert!(code == 2 && err.contains(said), "{more:?}: {code} {out}{err}");
        assert!(!desk.path("x.json").exists());
    }
    let base = ["certificate", "sign", "--key", "key.json", "--out", "x.json", "--name", "A B", "--awarded"];
    let with = |awarded: &str, course: &str, url: &str| {
        let more = [awarded, "--course", course, "--course-url", url, "--yes"];
        desk.bad(&[&base[..], &more].concat())
    };
    assert!(with("2999-01-01", "course.json", COURSE).contains("/awardedDate"));
    assert!(with("17 May", "course.json", COURSE).contains("--awarded"));
    assert!(with("2024-05-17", "course.json", "https://x.example/").contains("address of a course"));
    let (good, wrong) = (COURSE, format!("{COURSE}/versions/{}", "0".repeat(64)));
    assert!(with("2024-05-17", "course.json", &wrong).contains("not the same version"));
    assert!(with("2024-05-17", "course.json", &good.replace("6789", "6788")).contains("the address of"));
    let mut foreign = course();
    foreign["academy"] = json!("did:web:stipple.example:academies:south");
    desk.write("foreign.json", &foreign);
    assert!(with("2024-05-17", "foreign.json", COURSE).contains("belongs to did:web"));
    let unasked = [&base[..], &["2024-05-17", "--course", "course.json", "--course-url", COURSE]].concat();
    assert!(desk.bad(&unasked).contains("--yes"));
    assert!(!desk.path("x.json").exists());
}

#[test]
fn a_prepared_document_is_signed_after_its_form_was_checked() {
    let desk = Desk::new();
    assert_eq!(desk.sign("cert.json", &[]).0, 0);
    let mut draft = desk.read("cert.json");
    draft.as_object_mut().expect("object").remove("proof");
    desk.write("draft.json", &draft);
    let sign = |file: &str, out: &str| {
        desk.run(&["certificate", "sign", "--key", "key.json", "--draft", file, "--out", out, "--yes"])
    };
    let (code, _, err) = sign("draft.json", "again.json");
    assert!(code == 0 && err.contains("course version was not at hand"), "{err}");
    assert_eq!(desk.verify("again.json", &["--issuer", "did.json"]).0, 0);
    let cases: &[(&str, Value, &str)] = &[
        ("/issuer/id", json!("did:web:stipple.example:academies:south"), "The key speaks for"),
        ("/validFrom", json!("2999-01-01T00:00:00Z"), "/validFrom"),
        ("/type", json!(["VerifiableCredential"]), "/type"),
        ("/credentialSubject/achievement/criteria", json!({"id": "https://x.example"}), "narrative"),
    ];
    for (pointer, to, said) in cases {
        let mut changed = draft.clone();
        *changed.pointer_mut(pointer).expect(pointer) = to.clone();
        desk.write("changed.json", &changed);
        let (code, _, err) = sign("changed.json", "x.json");
        assert!(code == 2 && err.contains(said), "{pointer}: {err}");
    }
    assert!(sign("cert.json", "x.json").2.contains("already"));
    assert!(!desk.path("x.json").exists());
}

#[test]
fn a_reader_that_stops_early_costs_lines_and_nothing_else() {
    // More than a pipe holds, so that writing goes on after the reader has gone.
    let mut command = Command::new(env!("CARGO_BIN_EXE_stipple"));
    command.args(["openapi"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    drop(child.stdout.take());
    let ended = child.wait_with_output().expect("it ends");
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}

#[test]
fn an_academy_signs_its_status_list_and_a_revocation_on_its_own_machine() {
    const LIST: &str = "https://stipple.example/academies/north-school/status/1";
    let desk = Desk::new();
    desk.good(&["certificate", "status-list", "--key", "key.json", "--url", LIST, "--out", "list.json"]);
    let value = desk.read("list.json");
    let tree = Tree::of(&value);
    let list = StatusList::read(&tree).expect("a status list as it is taken in");
    assert_eq!((list.url, list.issuer, list.bits.ones().count()), (LIST, DID, 0));

    let entry = format!("{LIST}#4711");
    let sign =
        ["certificate", "sign", "--key", "key.json", "--course", "course.json", "--course-url", COURSE];
    let who =
        ["--name", "Zoë Lee", "--awarded", "2026-02-27", "--status", &entry, "--yes", "--out", "signed.json"];
    desk.good(&[&sign[..], &who].concat());
    assert_eq!(desk.read("signed.json")["credentialStatus"]["statusListIndex"], "4711");
    // The list was not read, so nobody can say that it stands.
    let (code, text, _) = desk.run(&["certificate", "verify", "signed.json", "--issuer", "did.json"]);
    assert_eq!(code, 2, "{text}");

    let act = ["certificate", "act", "--key", "key.json", "--certificate", "signed.json", "--act", "revoke"];
    let why = ["--reason", "deception", "--yes"];
    let (code, _, error) = desk.run(&[&act[..], &why].concat());
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("--list"), "{error}");
    desk.good(&[&act[..], &why, &["--list", "list.json", "--out", "act.json"]].concat());
    let body = desk.read("act.json");
    let tree = Tree::of(&body["list"]);
    let next = StatusList::read(&tree).expect("the next version");
    assert_eq!(next.bits.ones().collect::<Vec<_>>(), [4711]);
    assert!(next.valid_from > list.valid_from, "a version is later than the one before");
    let key = PublicKey::from_multibase(body["key"].as_str().unwrap()).unwrap();
    let statement = ActStatement {
        did: DID,
        certificate: Digest::of_json(&desk.read("signed.json")).unwrap(),
        act: Act::Revoke,
        reason: ActReason::Deception,
        superseded_by: None,
        at: body["at"].as_str().unwrap(),
    };
    let signature = Signature::from_multibase(body["signature"].as_str().unwrap()).unwrap();
    assert!(key.verifies(&statement.bytes(), &signature));

    desk.write("list.json", &body["list"]);
    let (_, _, error) = desk.run(&[&act[..], &why, &["--list", "list.json"]].concat());
    assert!(error.contains("set already"), "{error}");
    let (_, _, error) = desk.run(&[
        "certificate",
        "act",
        "--key",
        "key.json",
        "--certificate",
        "signed.json",
        "--act",
        "directory-withdraw",
        "--reason",
        "deception",
    ]);
    assert!(error.contains("directory's own act"), "{error}");
}
