//! What a scan says of one path of the local tree.

use std::time::Duration;

use rustix::fs::{FileType, Stat};

use crate::attributes::{Attributes, Extended};
use crate::entry::{Entry, Modified};
use crate::manifest::{SpecialKind, Tie};
use crate::path::RelativePath;
use crate::timestamp::Timestamp;

/// How long a change can hide behind an equal time stamp: kernels before 6.13 stamp files once per timer tick
/// (10 ms at `CONFIG_HZ=100`).
const TICK: Duration = Duration::from_millis(20);

/// The same where file systems keep whole seconds (ext4 with small inodes) or every second one (FAT).
const COARSE: Duration = Duration::from_millis(2_020);

/// How far the clock of another machine may be behind this one's, as Kerberos allows.
const BEHIND: Duration = Duration::from_secs(300);

/// One path of the local tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalNode {
    /// Where it lies; `None` is the root.
    pub path: Option<RelativePath>,
    /// What lies there.
    pub what: LocalWhat,
    /// What tells that something was done to it.
    pub seen: Seen,
}

/// What changes with everything that is done to a file, whatever else is set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// Last change of content or attributes, by the clock of this machine, or of the one whose file system it is. Nobody can
    /// set it.
    pub changed: Timestamp,
    /// Another one where another file took the name.
    pub inode: u64,
}

impl Seen {
    pub(super) fn of(stat: &Stat) -> Self {
        let changed = Timestamp::from_parts(stat.st_ctime, stat.st_ctime_nsec.cast_signed());
        Self { changed, inode: stat.st_ino }
    }

    /// Whether a change after `looked` would show: one that follows so soon may have the same stamp.
    #[must_use]
    pub fn is_settled(&self, looked: Timestamp) -> bool {
        self.settles_in(looked).is_some_and(|rest| rest.is_zero())
    }

    /// How long after `looked` a change would show; `None` where the stamp is later than that.
    pub(super) fn settles_in(&self, looked: Timestamp) -> Option<Duration> {
        let age = looked.nanoseconds().saturating_sub(self.changed.nanoseconds());
        let age = Duration::from_nanos(u64::try_from(age).ok()?);
        Some(self.step().saturating_sub(age))
    }

    /// Whether a clock that may be behind this machine's could have stamped it just now.
    pub(super) fn may_be_new(&self, now: Timestamp) -> bool {
        self.changed > by_any_clock(now)
    }

    /// How long a change can hide behind this stamp. That of a fine clock is no whole second but once in a thousand million
    /// times, and nobody can set it.
    pub(super) const fn step(&self) -> Duration {
        if self.changed.parts().1 == 0 { COARSE } else { TICK }
    }
}

/// The earliest time that another machine's clock may show at `now`.
pub(super) fn by_any_clock(now: Timestamp) -> Timestamp {
    let behind = i64::try_from(BEHIND.as_nanos()).unwrap_or(i64::MAX);
    Timestamp::from_nanoseconds(now.nanoseconds().saturating_sub(behind))
}

/// What lies at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocalWhat {
    /// A regular file.
    File(LocalFile),
    /// A folder.
    Folder(Attributes),
    /// A symbolic link.
    SymbolicLink {
        /// What it says.
        target: Vec<u8>,
        /// Its own attributes.
        attributes: Attributes,
    },
    /// A FIFO, socket or device.
    Special(SpecialKind),
}

/// A regular file as a scan sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalFile {
    /// Bytes.
    pub size: u64,
    /// Everything else about it. Without extended attributes where the scan was not asked for them.
    pub attributes: Attributes,
    /// Its other names, where it has any.
    pub tie: Option<Tie>,
}

impl LocalNode {
    /// The file as an entry of a listing; `None` for what is no regular file.
    #[must_use]
    pub fn into_entry(self) -> Option<Entry> {
        match (self.path, self.what) {
            (Some(path), LocalWhat::File(file)) => {
                let modified = Modified::At(file.attributes.modified);
                Some(Entry { path, size: file.size, modified, tag: None })
            }
            _ => None,
        }
    }
}

impl LocalWhat {
    /// What `stat` shows, but for a symbolic link, whose target has to be read as well.
    pub(super) fn of(stat: &Stat, extended: Vec<Extended>, tie: Option<Tie>) -> Self {
        let attributes = Attributes::of(stat, extended);
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {
                Self::File(LocalFile { size: u64::try_from(stat.st_size).unwrap_or(0), attributes, tie })
            }
            FileType::Directory => Self::Folder(attributes),
            FileType::Symlink => Self::SymbolicLink { target: Vec::new(), attributes },
            FileType::Fifo => Self::Special(SpecialKind::Fifo),
            FileType::Socket => Self::Special(SpecialKind::Socket),
            _ => Self::Special(SpecialKind::Device),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_counts_once_the_clock_behind_it_has_moved_on() {
        let settled = |stamp: i64, after: i64| {
            let at = |milliseconds: i64| Timestamp::from_nanoseconds(milliseconds * 1_000_000);
            Seen { changed: at(stamp), inode: 1 }.is_settled(at(stamp + after))
        };
        assert!(!settled(10_001, 19) && settled(10_001, 20));
        assert!(!settled(10_000, 20), "whole seconds may be all that the file system keeps");
        assert!(!settled(10_000, 2_019) && settled(10_000, 2_020), "FAT keeps every second one");
        assert!(!settled(10_001, -1) && !settled(10_000, -5_000), "the clock was set back");
    }

    #[test]
    fn a_stamp_of_another_clock_may_be_new_for_as_long_as_clocks_differ() {
        let now = Timestamp::from_parts(1_000, 0);
        let at = |seconds: i64| Seen { changed: Timestamp::from_parts(seconds, 1), inode: 1 };
        assert!(at(990).is_settled(now) && !at(990).is_settled(by_any_clock(now)));
        assert!(at(990).may_be_new(now) && at(2_000).may_be_new(now));
        assert!(at(699).is_settled(by_any_clock(now)) && !at(699).may_be_new(now));
    }
}
