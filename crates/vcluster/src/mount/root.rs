//! A configured directory, opened once: what is renamed or mounted over its path later does not redirect us.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use super::MountError;
use super::beneath;
use super::probe::mount_id;
use crate::table::{MountTable, MountedRoot};

/// An opened directory.
#[derive(Debug)]
pub(super) struct Root {
    path: Vec<u8>,
    folder: OwnedFd,
    mount: u64,
}

impl Root {
    /// Opens it. Links in the configured path itself are followed: the administrator chose it.
    pub(super) fn open(path: &Path) -> Result<Self, MountError> {
        let shown = &path.display();
        let failed = |operation| move |cause| MountError::failed(operation, shown, cause);
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(path, flags, Mode::empty()).map_err(failed("open"))?;
        let mount = mount_id(&folder).map_err(failed("look at"))?;
        let path = std::fs::read_link(link_to(&folder)).map_err(|cause| MountError::Failed {
            operation: "resolve",
            path: shown.to_string(),
            cause,
        })?;
        Ok(Self { path: path.as_os_str().as_bytes().to_vec(), folder, mount })
    }

    /// With its mount, as the table has it now.
    pub(super) fn mounted(&self, table: &MountTable) -> Result<MountedRoot, MountError> {
        let mount = table.get(self.mount).ok_or_else(|| MountError::RootGone { path: self.show("") })?;
        Ok(MountedRoot { path: self.path.clone(), mount: mount.clone() })
    }

    /// The names of the directories in the folder at `names`. What is missing, or cannot be walked to, has none.
    pub(super) fn directories(&self, names: &[&str]) -> Result<Vec<Vec<u8>>, MountError> {
        use rustix::fs::{Dir, FileType};
        use rustix::io::Errno;
        let failed = |cause| MountError::failed("list", self.show(&names.join("/")), cause);
        let folder = match beneath::open_to_read(&self.folder, names.iter().copied()) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => return Ok(Vec::new()),
            other => other.map_err(failed)?,
        };
        let mut directories = Vec::new();
        for entry in Dir::read_from(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if matches!(entry.file_type(), FileType::Directory | FileType::Unknown) {
                directories.push(entry.file_name().to_bytes().to_vec());
            }
        }
        Ok(directories)
    }

    /// A path below it, for messages.
    pub(super) fn show(&self, below: &str) -> String {
        let root = self.path.escape_ascii().to_string();
        if below.is_empty() { root } else { format!("{root}/{below}") }
    }

    /// Opens it anew, with a lock of its own.
    pub(super) fn for_lock(&self) -> Result<File, MountError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(&self.folder, ".", flags, Mode::empty());
        opened.map(File::from).map_err(|cause| MountError::failed("open", self.show(""), cause))
    }
}

impl AsFd for Root {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.folder.as_fd()
    }
}

/// A path that leads to an opened file. By thread, because mount namespaces are a matter of threads.
pub(super) fn link_to(file: impl AsFd) -> String {
    use std::os::fd::AsRawFd;
    format!("/proc/thread-self/fd/{}", file.as_fd().as_raw_fd())
}
