//! Other people's software for credentials, to stand beside ours: `scripts/peers/peers.mjs`.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// The running peers; they end with the value.
pub(crate) struct Peers {
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    process: Child,
}

impl Peers {
    /// Installs them where they are not yet, and starts them; otherwise why not.
    pub(crate) fn start() -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let (scripts, installed) = (root.join("scripts/peers"), root.join("target/tools/peers"));
        let made = Command::new(scripts.join("install.sh")).arg(&installed).output();
        let made = made.map_err(|error| error.to_string())?;
        if !made.status.success() {
            return Err(String::from_utf8_lossy(&made.stderr).trim().to_owned());
        }
        // Node looks for packages beside the script.
        let script = installed.join("peers.mjs");
        std::fs::copy(scripts.join("peers.mjs"), &script).map_err(|error| error.to_string())?;
        let started = Command::new("node").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = started.map_err(|error| error.to_string())?;
        match (process.stdin.take(), process.stdout.take()) {
            (Some(questions), Some(answers)) => {
                Ok(Self { questions, answers: BufReader::new(answers), process })
            }
            _ => Err("node has no pipes".to_owned()),
        }
    }

    /// Asks, and answers what came back.
    pub(crate) fn ask(&mut self, question: &Value) -> Result<Value, String> {
        writeln!(self.questions, "{question}").map_err(|error| error.to_string())?;
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(|error| error.to_string())?;
        let mut answer: Value = serde_json::from_str(&line).map_err(|error| format!("{error}: {line}"))?;
        match answer["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer["answer"].take()),
        }
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
