//! The real binary: started on a test's own database and data directory, called over a socket, stopped
//! or killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::db::TestDb;

/// The binary with settings for a test's database and nothing else from the environment.
pub(crate) fn stipple(place: &TestDb, arguments: &[&str]) -> Command {
    let mut command = stipple_in(place.dir.path(), arguments);
    if !place.url().is_empty() {
        command.env("STIPPLE_DATABASE_URL", place.url());
        command.env("STIPPLE_SECRET", "a secret that only tests know, 32 characters");
    }
    command
}

/// The binary with a data directory and nothing else from the environment.
pub(crate) fn stipple_in(data_dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stipple"));
    command.args(arguments).env_clear().env("STIPPLE_DATA_DIR", data_dir).stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn finish(mut command: Command) -> Output {
    command.output().expect("the binary starts")
}

/// A fresh operator's token, made as an operator would.
pub(crate) fn operator_token(place: &TestDb) -> String {
    let made = finish(stipple(place, &["token", "new", "--role", "operator"]));
    let text = String::from_utf8_lossy(&made.stdout).into_owned();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    text.split_whitespace().find(|word| word.starts_with("stp_op_")).expect("a token is printed").to_owned()
}

/// A running `stipple serve`; killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts it and waits until it says where it listens.
    pub(crate) fn start(place: &TestDb) -> Self {
        Self::started(stipple(place, &["serve", "--listen", "127.0.0.1:0"]))
            .unwrap_or_else(|said| panic!("the service did not start: {said}"))
    }

    /// Starts such a command; what it said on standard error when it did not get to listen.
    pub(crate) fn started(mut command: Command) -> Result<Self, String> {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut errors = child.stderr.take().expect("it is piped");
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            line.split("http://").nth(1)?.split(['/', ' ']).next()?.trim().parse::<SocketAddr>().ok()
        });
        let Some(address) = address else {
            let mut said = String::new();
            errors.read_to_string(&mut said).expect("what it says is text");
            child.wait().expect("it has ended");
            return Err(said);
        };
        // Somebody has to read on, or the process waits for room in the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::sink()));
        Ok(Self { child, address })
    }

    /// The most memory it ever had, in bytes.
    pub(crate) fn peak(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a line about it");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
    }

    /// Takes it down without a word, as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it has ended");
    }

    /// Asks it to stop and waits until it has.
    pub(crate) fn stop(mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill is there").success());
        self.child.wait().expect("it has ended")
    }

    /// Sends one request; the status and the body come back, or `None` when the connection broke.
    pub(crate) fn call(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Option<(u16, Value)> {
        call(self.address, method, path, token, body)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Stopped or killed already when the test went as planned.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Sends one request to an address; see [`Server::call`].
pub(crate) fn call(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: &str,
    body: Option<&Value>,
) -> Option<(u16, Value)> {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    send(address, method, path, if token.is_empty() { &[] } else { &headers }, body)
}

/// The same with headers of one's own.
pub(crate) fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Option<(u16, Value)> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let headers = [headers, &[("content-type", "application/json")]].concat();
    send_bytes(address, &format!("{method} {path}"), &headers, body.as_bytes())
}

/// Sends bytes as they are; what is asked is a method and a path.
pub(crate) fn send_bytes(
    address: SocketAddr,
    asked: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_mins(2))).ok()?;
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!(
        "{asked} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let text = String::from_utf8_lossy(&answer);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, serde_json::from_str(body).unwrap_or(Value::Null)))
}
