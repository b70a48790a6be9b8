//! A small machine: one core, and so much memory that a process is killed when it takes more.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where control groups for memory are mounted, the newer kind first, with the file of the limit.
const GROUPS: [(&str, &str); 2] =
    [("/sys/fs/cgroup", "memory.max"), ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")];

/// The limits. Where control groups cannot be made (they take root, and a machine that lends them), what a process writes to
/// is limited instead (`RLIMIT_DATA`): it then gets an error and ends.
pub(crate) struct Cage {
    group: Option<PathBuf>,
    bytes: u64,
}

impl Cage {
    /// Room for so many bytes.
    pub(crate) fn new(bytes: u64) -> Self {
        let name = format!("stipple-test-{}", std::process::id());
        let group = GROUPS.iter().find_map(|(root, file)| group(&Path::new(root).join(&name), file, bytes));
        Self { group, bytes }
    }

    /// The command inside.
    pub(crate) fn inside(&self, command: &Command) -> Command {
        let mut caged = if let Some(group) = &self.group {
            let mut shell = Command::new("sh");
            shell.args(["-c", "echo $$ > \"$0\" && exec \"$@\""]).arg(group.join("cgroup.procs"));
            shell
        } else {
            let mut limited = Command::new("prlimit");
            limited.arg(format!("--data={}", self.bytes)).arg("--");
            limited
        };
        caged.args(["taskset", "--cpu-list", "0"]).arg(command.get_program()).args(command.get_args());
        caged.env_clear().env("PATH", "/usr/bin:/bin");
        for (name, value) in command.get_envs() {
            value.map(|value| caged.env(name, value));
        }
        caged
    }
}

impl Drop for Cage {
    fn drop(&mut self) {
        // Whoever was inside has ended by now, or keeps the folder for the next start of the machine.
        self.group.take().map(fs::remove_dir);
    }
}

/// A control group with that limit, where the machine lends one.
fn group(path: &Path, file: &str, bytes: u64) -> Option<PathBuf> {
    fs::create_dir(path).ok()?;
    if path.join("cgroup.procs").exists() && fs::write(path.join(file), bytes.to_string()).is_ok() {
        return Some(path.to_owned());
    }
    drop(fs::remove_dir(path));
    None
}
