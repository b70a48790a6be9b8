//! A PostgreSQL of one test's own, which can be killed and started again.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::{Connection as _, Executor as _, PgConnection};

/// The cluster; gone when dropped.
pub(crate) struct Cluster {
    script: Child,
    /// Closed, the script ends.
    stdin: Option<ChildStdin>,
    home: PathBuf,
    /// An address in it.
    pub(crate) url: String,
}

impl Cluster {
    pub(crate) async fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/with-postgres.sh");
        let mut script = Command::new(script)
            .args(["sh", "-c", "echo \"$STIPPLE_TEST_POSTGRES_URL\"; cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = script.stdin.take();
        let mut url = String::new();
        BufReader::new(script.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let url = url.trim().to_owned();
        let home = PathBuf::from(url.rsplit("host=").next().unwrap());
        let cluster = Self { script, stdin, home, url };
        // What is acknowledged has to be in the server's files; that these are synced is the system's part.
        let mut conn = PgConnection::connect(&cluster.url).await.unwrap();
        conn.execute("alter system set synchronous_commit = on").await.unwrap();
        conn.execute("select pg_reload_conf()").await.unwrap();
        cluster
    }

    fn process(&self) -> Option<u32> {
        let file = std::fs::read_to_string(self.home.join("data/postmaster.pid")).ok()?;
        file.lines().next()?.trim().parse().ok()
    }

    /// Kills the server as a loss of power to it alone would.
    pub(crate) fn kill(&self) {
        let server = self.process().expect("the server runs").to_string();
        assert!(Command::new("kill").args(["-QUIT", &server]).status().unwrap().success());
        let began = Instant::now();
        while Command::new("kill").args(["-0", &server]).stderr(Stdio::null()).status().unwrap().success() {
            assert!(began.elapsed() < Duration::from_secs(30), "the server does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Starts it again.
    pub(crate) fn restart(&self) {
        start(&self.home, &self.home);
    }

    /// A standby that streams from it.
    pub(crate) fn standby(&self) -> Standby {
        let home = tempfile::Builder::new().prefix("stipple-standby-").tempdir_in("/tmp").unwrap();
        let owner = owner_of(&self.home);
        assert!(Command::new("chown").arg(&owner).arg(home.path()).status().unwrap().success());
        let mut copy = as_owner(&owner, &program("pg_basebackup"));
        copy.current_dir(home.path()).arg("--host").arg(&self.home).args(["--username=stipple", "--no-sync"]);
        copy.args(["--write-recovery-conf", "--checkpoint=fast", "--pgdata"]).arg(home.path().join("data"));
        assert!(copy.status().unwrap().success(), "the server is not copied");
        let settings = home.path().join("data/postgresql.auto.conf");
        let mut text = std::fs::read_to_string(&settings).unwrap();
        text = format!("{text}unix_socket_directories = '{}'\n", home.path().display());
        std::fs::write(&settings, text).unwrap();
        start(home.path(), home.path());
        Standby { url: format!("postgres://stipple@localhost/postgres?host={}", home.path().display()), home }
    }
}

/// A standby; gone when dropped.
pub(crate) struct Standby {
    home: tempfile::TempDir,
    /// An address in it.
    pub(crate) url: String,
}

impl Drop for Standby {
    fn drop(&mut self) {
        let file = std::fs::read_to_string(self.home.path().join("data/postmaster.pid")).unwrap_or_default();
        if let Some(server) = file.lines().next() {
            let _ = Command::new("kill").args(["-QUIT", server.trim()]).status();
        }
    }
}

/// Starts the server whose data is below `home`.
fn start(home: &Path, log: &Path) {
    let data = home.join("data");
    let mut command = as_owner(&owner_of(&data), &program("pg_ctl"));
    command.current_dir(home).arg("--pgdata").arg(&data).args(["--wait", "--silent", "start"]);
    command.arg("--log").arg(log.join("server.log"));
    assert!(command.status().unwrap().success(), "the server does not start");
}

/// A program of PostgreSQL, of the newest version there is.
fn program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> =
        versions.map(|entry| entry.path().join("bin").join(name)).filter(|path| path.exists()).collect();
    found.sort();
    found.pop().unwrap_or_else(|| PathBuf::from(name))
}

/// Whose a file is, as `user:group`.
fn owner_of(path: &Path) -> String {
    let owner = Command::new("stat").args(["-c", "%u:%g"]).arg(path).output().unwrap();
    String::from_utf8(owner.stdout).unwrap().trim().to_owned()
}

/// A command as that user, which root has to become: PostgreSQL refuses root.
fn as_owner(owner: &str, program: &Path) -> Command {
    let (user, group) = owner.split_once(':').unwrap();
    if user == "0" || !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={user}"), &format!("--regid={group}"), "--clear-groups"]).arg(program);
    command
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0\n"))
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.stdin.take());
        drop(self.script.wait());
    }
}
