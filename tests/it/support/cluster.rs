//! A PostgreSQL of one test's own, which can be killed and started again.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
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
        let data = self.home.join("data");
        let owner = Command::new("stat").args(["-c", "%u:%g"]).arg(&data).output().unwrap();
        let owner = String::from_utf8(owner.stdout).unwrap();
        let (user, group) = owner.trim().split_once(':').unwrap();
        let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path().join("bin/pg_ctl"))
            .filter(|path| path.exists())
            .collect();
        versions.sort();
        let program = versions.pop().unwrap_or_else(|| PathBuf::from("pg_ctl"));
        let mut command = if user == "0" || !is_root() {
            Command::new(&program)
        } else {
            let mut command = Command::new("setpriv");
            command
                .args([&format!("--reuid={user}"), &format!("--regid={group}"), "--clear-groups"])
                .arg(&program);
            command
        };
        command.current_dir(&self.home).arg("--pgdata").arg(&data).args(["--wait", "--silent", "start"]);
        command.arg("--log").arg(self.home.join("server.log"));
        assert!(command.status().unwrap().success(), "the server does not start");
    }
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
