//! What has to reach the disk, and the cheapest way there: early where a file is large, and each file or folder once or whole
//! file systems.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::num::NonZeroU64;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{Advice, fadvise, fstat};
use rustix::io::{Errno, Result};

use super::error::LocalError;
use super::target::Target;

/// From this many files or folders on, one `syncfs` costs less than an `fsync` for each.
const SHARED: usize = 8;

/// Bytes of a large file that are written to disk together while the rest is still on its way.
const STRETCH: u64 = 8 << 20;

/// Lets the disk begin with a stretch of a file when this write, of so many bytes at `offset`, came to its end. Waits for
/// nothing: the flush before the file takes its place finds less to do.
pub(super) fn begin(file: &File, offset: u64, length: u64) {
    let stretch = (offset + length) / STRETCH;
    if stretch > offset / STRETCH {
        // The kernel writes what it is told not to need, and forgets of it only what was on disk before.
        let from = (stretch - 1) * STRETCH;
        let _ = fadvise(file, from, NonZeroU64::new(STRETCH), Advice::DontNeed);
    }
}

/// What of a target has to reach the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Its content and attributes.
    File,
    /// The names in its folder.
    Folder,
}

/// The two ways to flush.
pub(super) trait Disk {
    /// One file or folder.
    fn flush(&self, one: BorrowedFd<'_>) -> Result<()>;
    /// The file system on which it lies.
    fn flush_all(&self, on: BorrowedFd<'_>) -> Result<()>;
}

/// The real one.
pub(super) struct Kernel;

impl Disk for Kernel {
    fn flush(&self, one: BorrowedFd<'_>) -> Result<()> {
        rustix::fs::fsync(one)
    }

    fn flush_all(&self, on: BorrowedFd<'_>) -> Result<()> {
        rustix::fs::syncfs(on)
    }
}

/// Device and inode.
type Place = (u64, u64);

/// One flush of one part of many targets.
pub(super) struct Flush<'disk, D> {
    part: Part,
    disk: &'disk D,
    /// Whether whole file systems are flushed.
    shared: bool,
    /// The file systems that were flushed, and whether that went well.
    devices: BTreeMap<u64, bool>,
    /// The folders that were flushed by themselves: many files may lie in one.
    folders: BTreeMap<Place, Result<()>>,
}

impl<'disk, D: Disk> Flush<'disk, D> {
    /// Gets ready to flush that part of these targets.
    pub(super) fn new<'a>(
        part: Part,
        disk: &'disk D,
        targets: impl ExactSizeIterator<Item = &'a Target>,
    ) -> Self {
        let shared = targets.len() >= SHARED
            && (part == Part::File || {
                let folders: BTreeSet<_> =
                    targets.filter_map(|target| place(part.of(target).ok()?).ok()).collect();
                folders.len() >= SHARED
            });
        Self { part, disk, shared, devices: BTreeMap::new(), folders: BTreeMap::new() }
    }

    /// Makes sure that the part of this target is on disk. Since Linux 5.8 `syncfs` reports what could not be
    /// written, anywhere on the file system; when it does, each file or folder is asked.
    pub(super) fn one(&mut self, target: &Target) -> std::result::Result<(), LocalError> {
        let part = self.part.of(target)?;
        let flushed = place(part).and_then(|place| {
            if self.shared && self.whole_device(place.0, part, target) {
                return Ok(());
            }
            match self.part {
                Part::File => self.disk.flush(part),
                Part::Folder => *self.folders.entry(place).or_insert_with(|| self.disk.flush(part)),
            }
        });
        let operation = if self.part == Part::File { "write" } else { "write the folder of" };
        flushed.map_err(|errno| LocalError::new(operation, target.shown(), errno))
    }

    fn whole_device(&mut self, device: u64, part: BorrowedFd<'_>, target: &Target) -> bool {
        *self.devices.entry(device).or_insert_with(|| {
            // The kernel reports what went wrong since a descriptor was opened, and the root was opened first.
            let root = target.root().as_fd();
            let on_root = place(root).is_ok_and(|(of_root, _)| of_root == device);
            self.disk.flush_all(if on_root { root } else { part }).is_ok()
        })
    }
}

impl Part {
    fn of(self, target: &Target) -> std::result::Result<BorrowedFd<'_>, LocalError> {
        match self {
            Self::File => target.file().map(AsFd::as_fd),
            Self::Folder => target.folder(),
        }
    }
}

fn place(descriptor: BorrowedFd<'_>) -> std::result::Result<Place, Errno> {
    fstat(descriptor).map(|stat| (stat.st_dev, stat.st_ino))
}
