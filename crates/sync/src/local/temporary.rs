//! Temporary files beside the places that they will take.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{
    AtFlags, FileType, Gid, Mode, OFlags, Uid, fchmod, fchown, openat, renameat, statat, unlinkat,
};
use rustix::io::Errno;

use super::error::LocalError;
use super::root::LocalRoot;
use crate::path::RelativePath;
use crate::random::random_name;

const PREFIX: &[u8] = b".podfs-partial-";
const RANDOM_DIGITS: usize = 16;

/// Whether a file name is one that only a [`Target`](super::Target) makes.
#[must_use]
pub fn is_temporary_name(name: &[u8]) -> bool {
    name.strip_prefix(PREFIX)
        .is_some_and(|rest| rest.len() == RANDOM_DIGITS && rest.iter().all(u8::is_ascii_hexdigit))
}

/// A name that no other file has, and that [`is_temporary_name`] knows.
///
/// # Errors
/// When the system has no randomness.
pub fn temporary_name() -> Result<String, Errno> {
    let digits = random_name::<{ RANDOM_DIGITS / 2 }>().map_err(|_| Errno::IO)?;
    Ok(format!("{}{digits}", String::from_utf8_lossy(PREFIX)))
}

/// Whose attributes a new file has until it is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// Those of the file that it will replace, or those that the umask gives.
    OfOldFile,
    /// Nobody but the owner may look at it before it has its own.
    Private,
    /// It never has a name, so that it is gone with this process however that ends.
    Nameless,
}

/// An opened temporary file. When it is dropped before it took its place, it removes itself.
#[derive(Debug)]
pub(super) struct Temporary {
    pub(super) file: File,
    /// Nothing for one that never takes a place.
    name: Option<TemporaryName>,
}

/// The name of a temporary file, until it has taken its place.
#[derive(Debug)]
struct TemporaryName {
    folder: OwnedFd,
    name: String,
    /// Nothing has this name any more, or what has it stays.
    settled: AtomicBool,
}

impl Temporary {
    pub(super) fn create(root: &LocalRoot, path: &RelativePath, start: Start) -> Result<Self, LocalError> {
        if start == Start::Nameless {
            let made = tempfile::tempfile_in(root.path());
            let file = made.map_err(|cause| LocalError::new("create", root.show(path), cause))?;
            return Ok(Self { file, name: None });
        }
        let folder = root.make_parent(path)?;
        let name = temporary_name().map_err(|errno| root.error("create", path, errno))?;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let mode = if start == Start::Private { 0o600 } else { 0o666 };
        let file = openat(&folder, name.as_str(), flags, Mode::from_raw_mode(mode))
            .map_err(|errno| root.error("create", path, errno))?;
        if start == Start::OfOldFile {
            keep_attributes(folder.as_fd(), path.file_name(), &file);
        }
        Ok(Self { file: File::from(file), name: Some(TemporaryName::new(folder, name)) })
    }

    /// Takes on the one with this name that another process left beside `path`, if it is the file with this device and
    /// inode, and no other name leads to it. Whatever else has the name is removed.
    pub(super) fn take_on(
        root: &LocalRoot,
        path: &RelativePath,
        start: Start,
        (name, place): (&str, (u64, u64)),
    ) -> Result<Self, LocalError> {
        let folder = root.open_parent_to_change(path)?;
        let failed = |errno| root.error("go on with", path, errno);
        let name = TemporaryName::new(folder, name.to_owned());
        let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let file = openat(&name.folder, name.name.as_str(), flags, Mode::empty()).map_err(failed)?;
        let taken = Self { file: File::from(file), name: Some(name) };
        let same = |found: &std::fs::Metadata| {
            found.is_file() && found.nlink() == 1 && (found.dev(), found.ino()) == place
        };
        if !taken.file.metadata().is_ok_and(|found| same(&found)) {
            return Err(failed(Errno::STALE));
        }
        if let (Start::OfOldFile, Some(folder)) = (start, taken.folder()) {
            keep_attributes(folder, path.file_name(), &taken.file);
        }
        Ok(taken)
    }

    /// Its name, where it has one.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_ref().map(|name| name.name.as_str())
    }

    /// The folder of its name, where it has one.
    pub(super) fn folder(&self) -> Option<BorrowedFd<'_>> {
        self.name.as_ref().map(|name| name.folder.as_fd())
    }

    /// Lets it take its place, in the same folder.
    pub(super) fn put_in_place(&self, place: &[u8]) -> Result<(), Errno> {
        let TemporaryName { folder, name, settled } = self.name.as_ref().ok_or(Errno::OPNOTSUPP)?;
        renameat(folder, name.as_str(), folder, place)?;
        settled.store(true, Ordering::Release);
        Ok(())
    }

    /// It is not removed when it is dropped.
    pub(super) fn leave(&self) {
        if let Some(name) = &self.name {
            name.settled.store(true, Ordering::Release);
        }
    }
}

impl TemporaryName {
    const fn new(folder: OwnedFd, name: String) -> Self {
        Self { folder, name, settled: AtomicBool::new(false) }
    }
}

impl Drop for TemporaryName {
    fn drop(&mut self) {
        if !*self.settled.get_mut() {
            // What stays behind after a failure here is met as a leftover by the next run.
            let _ = unlinkat(&self.folder, self.name.as_str(), AtFlags::empty());
        }
    }
}

/// Gives the new file the mode and owner of the one that it will replace: what was private stays private.
fn keep_attributes(folder: BorrowedFd<'_>, name: &[u8], file: impl AsFd) {
    let Ok(old) = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) else { return };
    if FileType::from_raw_mode(old.st_mode) != FileType::RegularFile {
        return;
    }
    // The owner first: changing it clears the set-user-id bits. Only root may do so, and only then is it needed.
    let owner = (Some(Uid::from_raw(old.st_uid)), Some(Gid::from_raw(old.st_gid)));
    let owned = fchown(&file, owner.0, owner.1).is_ok();
    let mode = Mode::from_raw_mode(old.st_mode & if owned { 0o7777 } else { 0o777 });
    if let Err(errno) = fchmod(&file, mode) {
        tracing::debug!(%errno, "the mode of a replaced file could not be kept");
    }
}
