//! How much memory there is to have.

use std::collections::BTreeMap;
use std::path::Path;

use stipple::platform::machine::{memory, memory_by};

const MEMINFO: (&str, &str) = ("/proc/meminfo", "MemTotal:        8388608 kB\nMemFree: 1 kB\n");

fn with(files: &[(&str, &str)]) -> Option<u64> {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    memory_by(&|file: &Path| files.get(file.to_str()?).map(|text| (*text).to_owned()))
}

#[test]
fn the_least_of_the_machine_and_every_group_around_is_what_there_is() {
    assert_eq!(with(&[MEMINFO]), Some(8 << 30));
    let group = ("/proc/self/cgroup", "0::/system.slice/stipple.service\n");
    let own = ("/sys/fs/cgroup/system.slice/stipple.service/memory.max", "1073741824\n");
    let around = ("/sys/fs/cgroup/system.slice/memory.max", "536870912\n");
    let none = ("/sys/fs/cgroup/system.slice/memory.max", "max\n");
    assert_eq!(with(&[MEMINFO, group, own]), Some(1 << 30));
    assert_eq!(with(&[MEMINFO, group, own, around]), Some(512 << 20));
    assert_eq!(with(&[MEMINFO, group, own, none]), Some(1 << 30));
    // In a container the path is the host's, and what is mounted is the container's own group.
    assert_eq!(with(&[MEMINFO, group, ("/sys/fs/cgroup/memory.max", "268435456\n")]), Some(256 << 20));
}

#[test]
fn the_older_groups_are_understood_too() {
    let groups = ("/proc/self/cgroup", "9:cpu,cpuacct:/a\n4:memory:/a\nnonsense\n");
    let limit = ("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "1073741824\n");
    // What stands there where there is no limit.
    let unlimited = ("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712\n");
    assert_eq!(with(&[MEMINFO, groups, limit]), Some(1 << 30));
    assert_eq!(with(&[MEMINFO, groups, unlimited]), Some(8 << 30));
}

#[test]
fn nothing_known_is_nothing_said() {
    assert_eq!(with(&[]), None);
    assert_eq!(with(&[("/proc/meminfo", "garbage")]), None);
    assert!(memory().is_some_and(|bytes| bytes > 64 << 20), "this machine says how much it has");
}
