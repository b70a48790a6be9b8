//! Other people's software for credentials, run beside the tests: `scripts/peers/peers.mjs` says what it answers.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::Value;

struct Peers {
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    // Its standard input closes with this process, which ends it.
    _process: Child,
}

/// Asks, and answers what came back, or in words why nothing did.
pub(crate) fn ask(question: &Value) -> Result<Value, String> {
    static PEERS: OnceLock<Mutex<Peers>> = OnceLock::new();
    let peers = PEERS.get_or_init(|| Mutex::new(start()));
    let mut peers = peers.lock().unwrap_or_else(PoisonError::into_inner);
    writeln!(peers.questions, "{question}").expect("the peers listen");
    let mut line = String::new();
    peers.answers.read_line(&mut line).expect("the peers answer");
    let mut answer: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("the peers said: {line}"));
    match answer.get("error").and_then(Value::as_str) {
        Some(error) => Err(error.to_owned()),
        None => Ok(answer["answer"].take()),
    }
}

fn start() -> Peers {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (scripts, installed) = (root.join("scripts/peers"), root.join("target/tools/peers"));
    let installing =
        Command::new(scripts.join("install.sh")).arg(&installed).output().expect("install.sh runs");
    assert!(installing.status.success(), "{}", String::from_utf8_lossy(&installing.stderr));
    // Node looks for packages beside the script.
    let script = installed.join("peers.mjs");
    std::fs::copy(scripts.join("peers.mjs"), &script).expect("the script is copied");
    let mut process = Command::new("node")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Node.js runs");
    let (questions, answers) = (process.stdin.take(), process.stdout.take());
    Peers {
        questions: questions.expect("piped"),
        answers: BufReader::new(answers.expect("piped")),
        _process: process,
    }
}
