//! The root of a local tree, opened once, so that a renamed or replaced root cannot redirect a running sync.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FsWord, Mode, OFlags};
use rustix::io::Errno;
use tokio::sync::watch;

use super::error::LocalError;
use super::filesystem::shared;
use super::folder;
use super::held::{Held, Room};
use super::node::by_any_clock;
use super::unlocked::Unlocked;
use super::write_back::WriteBack;
use crate::path::RelativePath;
use crate::timestamp::Timestamp;

// Kinds of file systems with coarse times, from Linux's `include/uapi/linux/magic.h` and their own sources.
const FAT: FsWord = 0x4d44;
const EXFAT: FsWord = 0x2011_bab0;
const SMB2: FsWord = 0xfe53_4d42;
const CIFS: FsWord = 0xff53_4d42;
const NTFS: FsWord = 0x7366_746e;

/// An opened folder whose tree is synced.
#[derive(Debug)]
pub struct LocalRoot {
    path: PathBuf,
    folder: OwnedFd,
    targets: watch::Sender<usize>,
    room: Room,
    unlocked: Unlocked,
    write_back: WriteBack,
}

/// A place among the temporary files that may exist beneath a root; given back when dropped.
#[derive(Debug)]
pub(super) struct TargetSlot(watch::Sender<usize>);

impl Drop for TargetSlot {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

impl LocalRoot {
    /// Opens the folder at `path`. Symbolic links in `path` itself are followed: the user chose it.
    ///
    /// # Errors
    /// When it is missing, not a folder, or not accessible.
    pub fn open(path: &Path) -> Result<Self, LocalError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(path, flags, Mode::empty())
            .map_err(|errno| LocalError::new("open", path.display(), errno))?;
        Ok(Self {
            path: path.to_path_buf(),
            folder,
            targets: watch::Sender::new(0),
            room: Room::default(),
            unlocked: Unlocked::default(),
            write_back: WriteBack::default(),
        })
    }

    /// Opens the folder at `path` and makes it, with its parents, where it is missing.
    ///
    /// # Errors
    /// When it cannot be made or opened.
    pub fn open_or_create(path: &Path) -> Result<Self, LocalError> {
        match Self::open(path) {
            Err(error) if error.is_not_found() => {
                std::fs::create_dir_all(path)
                    .map_err(|cause| LocalError::new("create", path.display(), cause))?;
                Self::open(path)
            }
            other => other,
        }
    }

    /// The step in which this file system keeps modification times, as far as its kind is known for it.
    #[must_use]
    pub fn time_precision(&self) -> Duration {
        match rustix::fs::fstatfs(&self.folder).map(|stat| stat.f_type) {
            Ok(FAT | EXFAT) => Duration::from_secs(2),
            Ok(SMB2 | CIFS | NTFS) => Duration::from_nanos(100),
            _ => Duration::from_nanos(1),
        }
    }

    /// The time that the clock shows by which files of this file system are stamped: `now`, or the earliest that it may be where
    /// that is not this machine's.
    pub(crate) fn time_of_stamps(&self, now: Timestamp) -> Timestamp {
        if shared(self.as_fd()).is_some() { by_any_clock(now) } else { now }
    }

    /// Waits until no temporary file of a [`super::Target`] is left beneath this root.
    pub async fn targets_gone(&self) {
        // The sender is ours, so that waiting for it cannot fail.
        let _ = self.targets.subscribe().wait_for(|count| *count == 0).await;
    }

    /// How many targets there are beneath this root, from before their temporary files to after them.
    pub(super) fn targets(&self) -> usize {
        *self.targets.borrow()
    }

    /// Keeps the content of a small file, if there is room.
    pub(super) fn hold(&self, content: &[u8]) -> Option<Held> {
        self.room.hold(content)
    }

    pub(super) fn target_slot(&self) -> TargetSlot {
        self.targets.send_modify(|count| *count += 1);
        TargetSlot(self.targets.clone())
    }

    /// Where it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lets everything on this file system reach the disk.
    ///
    /// # Errors
    /// When something could not be written.
    pub fn flush(&self) -> Result<(), LocalError> {
        rustix::fs::syncfs(&self.folder).map_err(|errno| LocalError::new("flush", self.path.display(), errno))
    }

    /// A file or folder below this root, for messages.
    #[must_use]
    pub fn show(&self, path: &RelativePath) -> String {
        format!("{}/{path}", self.path.display().to_string().trim_end_matches('/'))
    }

    /// The same, where `None` is the root itself.
    pub(crate) fn shown(&self, path: Option<&RelativePath>) -> String {
        path.map_or_else(|| self.path.display().to_string(), |path| self.show(path))
    }

    /// What makes it show that files beneath this root are stored to.
    pub(super) const fn write_back(&self) -> &WriteBack {
        &self.write_back
    }

    /// Opens a file for reading, without following links and without waiting for a FIFO's writer.
    ///
    /// # Errors
    /// When it is not there, not readable, or lies behind a symbolic link.
    pub fn open_file(&self, path: &RelativePath) -> Result<File, LocalError> {
        folder::open_beneath(self.as_fd(), path, OFlags::RDONLY | OFlags::NONBLOCK)
            .map(File::from)
            .map_err(|errno| self.error("open", path, errno))
    }

    /// From here on folders that their owner may not write to are made writable where something changes in them, until
    /// [`Self::lock_folders`].
    pub fn unlock_folders(&self) {
        self.unlocked.allow();
    }

    /// Makes the folders read-only again that were.
    pub fn lock_folders(&self) {
        self.unlocked.lock(self.as_fd());
    }

    /// Opens the folder at `path` (`None` is the root) for reading its names.
    pub(crate) fn open_folder(&self, path: Option<&RelativePath>) -> rustix::io::Result<OwnedFd> {
        folder::open_folder(self.as_fd(), path)
    }

    /// Opens the folder that holds `path`.
    pub(super) fn open_parent(&self, path: &RelativePath) -> Result<OwnedFd, LocalError> {
        folder::open_folder(self.as_fd(), path.parent().as_ref())
            .map_err(|errno| self.error("open the folder of", path, errno))
    }

    /// The same, for changing what it holds.
    pub(super) fn open_parent_to_change(&self, path: &RelativePath) -> Result<OwnedFd, LocalError> {
        let folder = self.open_parent(path)?;
        self.unlocked.unlock(folder.as_fd(), path.parent().as_ref());
        Ok(folder)
    }

    /// The same; makes what is missing of it.
    pub(super) fn make_parent(&self, path: &RelativePath) -> Result<OwnedFd, LocalError> {
        let Some(parent) = path.parent() else { return self.open_parent_to_change(path) };
        let folder = self.make_folder(&parent);
        let folder = folder.map_err(|errno| self.error("open the folder of", path, errno))?;
        self.unlocked.unlock(folder.as_fd(), Some(&parent));
        Ok(folder)
    }

    /// Opens the folder at `path` and makes what is missing of it.
    pub(super) fn make_folder(&self, path: &RelativePath) -> rustix::io::Result<OwnedFd> {
        match folder::make_folders(self.as_fd(), path) {
            Err(Errno::ACCESS) if self.unlocked.is_allowed() => {
                self.unlocked.unlock_way(self.as_fd(), path);
                folder::make_folders(self.as_fd(), path)
            }
            other => other,
        }
    }

    pub(super) fn error(&self, operation: &'static str, path: &RelativePath, errno: Errno) -> LocalError {
        LocalError::new(operation, self.show(path), errno)
    }
}

impl AsFd for LocalRoot {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.folder.as_fd()
    }
}
