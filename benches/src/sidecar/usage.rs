//! What a running process has used, as the kernel tells in `/proc`.
//! <https://man7.org/linux/man-pages/man5/proc.5.html>

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

/// The unit of processor times in `/proc` (`USER_HZ`), the same on every architecture that we run on.
const TICK: Duration = Duration::from_millis(10);

/// What it has used and holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Usage {
    /// Time on the processors, in the program and in the kernel for it.
    pub(super) cpu: Duration,
    /// Resident memory in bytes.
    pub(super) rss: u64,
    /// Inotify watches: one for each folder.
    pub(super) watches: u64,
}

/// Looks at a process.
pub(super) fn usage(pid: u32) -> Result<Usage> {
    let folder = format!("/proc/{pid}");
    let read = |name: &str| {
        let path = format!("{folder}/{name}");
        fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
    };
    Ok(Usage {
        cpu: cpu(&read("stat")?).context("the kernel tells no times")?,
        rss: rss(&read("status")?).context("the kernel tells no memory")?,
        watches: watches(Path::new(&folder)),
    })
}

/// The 14th and 15th word of `stat`; the second is a name in brackets that may hold blanks.
fn cpu(stat: &str) -> Option<Duration> {
    let mut words = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let [user, system]: [u32; 2] = [words.next()?.parse().ok()?, words.next()?.parse().ok()?];
    Some(TICK * (user + system))
}

fn rss(status: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    value.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib * 1024)
}

fn watches(folder: &Path) -> u64 {
    let files = fs::read_dir(folder.join("fdinfo")).into_iter().flatten().flatten();
    // A file may have been closed since it was listed.
    let texts = files.filter_map(|file| fs::read_to_string(file.path()).ok());
    texts.map(|text| text.lines().filter(|line| line.starts_with("inotify wd:")).count() as u64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_seen() {
        let usage = usage(std::process::id()).unwrap();
        assert!(usage.rss > 1 << 20, "{usage:?}");
    }

    #[test]
    fn times_stand_behind_a_name_with_brackets() {
        let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 150 25 0 0 20 0 1 0 9";
        assert_eq!(cpu(stat), Some(Duration::from_millis(1750)));
        assert_eq!(cpu("7 (a) S 1"), None);
        assert_eq!(rss("VmHWM:\t 9 kB\nVmRSS:\t  2 kB\n"), Some(2048));
    }

    #[test]
    fn watches_are_counted() {
        use rustix::fs::inotify;
        let before = watches(Path::new("/proc/self"));
        let folder = tempfile::tempdir().unwrap();
        let queue = inotify::init(inotify::CreateFlags::CLOEXEC).unwrap();
        inotify::add_watch(&queue, folder.path(), inotify::WatchFlags::CREATE).unwrap();
        assert_eq!(watches(Path::new("/proc/self")), before + 1);
    }
}
