//! What the machine gives this process: the memory that it, or the container it runs in, may take.

use std::fs;
use std::path::{Path, PathBuf};

/// The memory that this process can hope for, in bytes; none where nothing can be learnt.
pub fn memory() -> Option<u64> {
    memory_by(&|file| fs::read_to_string(file).ok())
}

/// The same, by what files say: the machine's memory, or less where a control group of the process's own or one around it
/// says so.
pub fn memory_by(read: &dyn Fn(&Path) -> Option<String>) -> Option<u64> {
    let groups = read(Path::new("/proc/self/cgroup")).unwrap_or_default();
    let limits = limit_files(&groups).into_iter().filter_map(|file| limit(&read(&file)?));
    let machine = read(Path::new("/proc/meminfo")).and_then(|text| total(&text));
    limits.chain(machine).min()
}

/// Where the limits of a process stand whose `/proc/<pid>/cgroup` is this: its group's and those around it, as both
/// versions of control groups write them (cgroups(7)).
fn limit_files(groups: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        let (root, file) = if controllers.is_empty() {
            ("/sys/fs/cgroup", "memory.max")
        } else if controllers.split(',').any(|name| name == "memory") {
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
        } else {
            continue;
        };
        // In a container the path may be the host's; what is mounted there is the container's own group.
        let around = Path::new(path.trim_start_matches('/')).ancestors();
        files.extend(around.map(|group| Path::new(root).join(group).join(file)));
    }
    files
}

/// A limit as such a file says it; `max` is none.
fn limit(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// The machine's memory (`proc_meminfo(5)`).
fn total(meminfo: &str) -> Option<u64> {
    let kibibytes =
        meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?.trim().strip_suffix("kB")?;
    Some(kibibytes.trim().parse::<u64>().ok()? * 1024)
}
