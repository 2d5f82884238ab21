//! A local file while it is restored: written beside its place, never in it.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use rustix::fs::{
    AtFlags, FileType, Gid, Mode, OFlags, Timespec, Timestamps, Uid, fchmod, fchown, openat, renameat,
    statat, unlinkat,
};
use rustix::io::Errno;

use super::error::LocalError;
use super::root::{LocalRoot, TargetSlot};
use crate::path::RelativePath;
use crate::remote::{ErrorKind, RemoteError};
use crate::timestamp::Timestamp;

const PREFIX: &[u8] = b".podfs-partial-";
const RANDOM_DIGITS: usize = 16;

/// Whether a file name is one that only a [`Target`] makes.
#[must_use]
pub fn is_temporary_name(name: &[u8]) -> bool {
    name.strip_prefix(PREFIX)
        .is_some_and(|rest| rest.len() == RANDOM_DIGITS && rest.iter().all(u8::is_ascii_hexdigit))
}

/// A temporary file in the folder of the file that it will become. When the last clone is dropped without being
/// put in place, it removes itself.
#[derive(Debug, Clone)]
pub struct Target {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    folder: OwnedFd,
    temporary: String,
    name: Vec<u8>,
    shown: String,
    file: File,
    in_place: std::sync::atomic::AtomicBool,
    // Last: given back after the temporary file is gone.
    _slot: TargetSlot,
}

impl Target {
    /// Makes a temporary file for `path`, and the folders that lead there, off the async threads.
    ///
    /// # Errors
    /// When a folder or the file cannot be made, or a symbolic link is in the way.
    pub async fn create(root: &Arc<LocalRoot>, path: &RelativePath) -> Result<Self, RemoteError> {
        // Taken before the thread starts, so that nobody who waits for all targets to be gone overlooks it.
        let slot = root.target_slot();
        let (root, owned) = (Arc::clone(root), path.clone());
        tokio::task::spawn_blocking(move || Self::create_now(&root, &owned, slot))
            .await
            .map_err(|cause| RemoteError::new(ErrorKind::Local, "create", path, cause))?
            .map_err(RemoteError::from)
    }

    fn create_now(root: &LocalRoot, path: &RelativePath, slot: TargetSlot) -> Result<Self, LocalError> {
        let folder = root.open_parent(path, true)?;
        let temporary = temporary_name().map_err(|errno| root.error("create", path, errno))?;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let file = openat(&folder, temporary.as_str(), flags, Mode::from_raw_mode(0o666))
            .map_err(|errno| root.error("create", path, errno))?;
        keep_attributes(&folder, path.file_name(), &file);
        let inner = Inner {
            folder,
            temporary,
            name: path.file_name().to_vec(),
            shown: root.show(path),
            file: File::from(file),
            in_place: false.into(),
            _slot: slot,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The file that this will become, for messages.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.inner.shown
    }

    /// The opened temporary file.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.inner.file
    }

    /// Writes `content` at `offset`, off the async threads.
    ///
    /// # Errors
    /// [`ErrorKind::NoSpace`] or [`ErrorKind::Local`].
    pub async fn write(&self, offset: u64, content: Bytes) -> Result<(), RemoteError> {
        let inner = Arc::clone(&self.inner);
        let written = tokio::task::spawn_blocking(move || {
            inner
                .file
                .write_all_at(&content, offset)
                .map_err(|cause| LocalError::new("write", &inner.shown, cause))
        })
        .await;
        match written {
            Ok(result) => result.map_err(RemoteError::from),
            Err(cause) => Err(RemoteError::new(ErrorKind::Local, "write", self.shown(), cause)),
        }
    }

    /// Bytes written so far.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn size(&self) -> Result<u64, LocalError> {
        match self.inner.file.metadata() {
            Ok(metadata) => Ok(metadata.len()),
            Err(cause) => Err(LocalError::new("look at", self.shown(), cause)),
        }
    }

    pub(super) fn set_modified(&self, modified: Timestamp) -> Result<(), LocalError> {
        let (tv_sec, tv_nsec) = modified.parts();
        let last_modification = Timespec { tv_sec, tv_nsec };
        let last_access = Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_OMIT };
        rustix::fs::futimens(&self.inner.file, &Timestamps { last_access, last_modification })
            .map_err(|errno| self.error("set the time of", errno))
    }

    pub(super) fn sync(&self) -> Result<(), LocalError> {
        self.inner.file.sync_all().map_err(|cause| LocalError::new("write", self.shown(), cause))
    }

    /// Lets the temporary file take its place. What is on disk must be whole by now.
    pub(super) fn put_in_place(&self) -> Result<(), LocalError> {
        let Inner { folder, temporary, name, .. } = &*self.inner;
        renameat(folder, temporary.as_str(), folder, name.as_slice())
            .map_err(|errno| self.error("replace", errno))?;
        self.inner.in_place.store(true, std::sync::atomic::Ordering::Release);
        Ok(())
    }

    pub(super) fn folder(&self) -> BorrowedFd<'_> {
        self.inner.folder.as_fd()
    }

    fn error(&self, operation: &'static str, errno: Errno) -> LocalError {
        LocalError::new(operation, self.shown(), errno)
    }
}

impl AsFd for Target {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.file.as_fd()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if !*self.in_place.get_mut() {
            // What stays behind after a failure here is met as a leftover by the next run.
            let _ = unlinkat(&self.folder, self.temporary.as_str(), AtFlags::empty());
        }
    }
}

/// Gives the new file the mode and owner of the one that it will replace: what was private stays private.
fn keep_attributes(folder: &OwnedFd, name: &[u8], file: &OwnedFd) {
    let Ok(old) = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) else { return };
    if FileType::from_raw_mode(old.st_mode) != FileType::RegularFile {
        return;
    }
    // The owner first: changing it clears the set-user-id bits. Only root may do so, and only then is it needed.
    let owner = (Some(Uid::from_raw(old.st_uid)), Some(Gid::from_raw(old.st_gid)));
    let owned = fchown(file, owner.0, owner.1).is_ok();
    let mode = Mode::from_raw_mode(old.st_mode & if owned { 0o7777 } else { 0o777 });
    if let Err(errno) = fchmod(file, mode) {
        tracing::debug!(%errno, "the mode of a replaced file could not be kept");
    }
}

impl From<LocalError> for RemoteError {
    fn from(error: LocalError) -> Self {
        Self::new(error.kind(), error.operation, &error.path, &error.cause)
    }
}

/// A name that no other file has, and that [`is_temporary_name`] knows.
///
/// # Errors
/// When the system has no randomness.
pub fn temporary_name() -> Result<String, Errno> {
    let mut random = [0_u8; RANDOM_DIGITS / 2];
    getrandom::fill(&mut random).map_err(|_| Errno::IO)?;
    let digits: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{}{digits}", String::from_utf8_lossy(PREFIX)))
}
