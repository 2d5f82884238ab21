//! The operator's processes, as the kernel knows them.

use std::fs;
use std::time::Duration;

/// How the image starts the program.
const COMMAND: &[u8] = b"/usr/bin/volume-syncing-controller\0serve\0";
/// `sysconf(_SC_CLK_TCK)`, which is this on all that Linux runs on.
const TICKS_PER_SECOND: u64 = 100;

/// One process.
pub(crate) struct Process {
    pid: u32,
}

impl Process {
    /// All replicas on this node.
    pub(crate) fn replicas() -> Vec<Self> {
        let pids = fs::read_dir("/proc")
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
        let serves =
            |pid: &u32| fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.starts_with(COMMAND));
        pids.filter(serves).map(|pid| Self { pid }).collect()
    }

    /// The one that started last.
    pub(crate) fn newest() -> Self {
        Self::replicas().into_iter().max_by_key(Self::started).unwrap()
    }

    /// A line of its status that is a size, in KiB: `VmRSS` is its resident memory, `VmHWM` the most that ever was.
    pub(crate) fn kib(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Time on a processor.
    pub(crate) fn cpu(&self) -> Duration {
        time(self.field(14) + self.field(15))
    }

    /// How long it has run.
    pub(crate) fn age(&self) -> Duration {
        let uptime = fs::read_to_string("/proc/uptime").unwrap();
        let uptime: f64 = uptime.split(' ').next().unwrap().parse().unwrap();
        Duration::from_secs_f64(uptime).saturating_sub(time(self.started()))
    }

    fn started(&self) -> u64 {
        self.field(22)
    }

    /// A field, by its number in `proc_pid_stat(5)`. The second, a name, may hold anything.
    fn field(&self, number: usize) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap();
        stat.rsplit_once(") ").unwrap().1.split(' ').nth(number - 3).unwrap().parse().unwrap()
    }
}

fn time(ticks: u64) -> Duration {
    Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND)
}
