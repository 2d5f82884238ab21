//! Mounts that come and go inside the tree: no event tells of them, but the mount table does.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::mounts::table::{TABLE, escaped, lines_beneath};

/// The mounts beneath a folder.
#[derive(Debug)]
pub(super) struct Mounts {
    /// Polling it tells when the table has changed.
    table: File,
    root: Vec<u8>,
    seen: Vec<u8>,
}

impl Mounts {
    /// The mounts beneath `root` as they are now.
    pub(super) fn read(root: &Path) -> std::io::Result<Self> {
        let root = escaped(root.canonicalize()?.as_os_str().as_bytes());
        let mut mounts = Self { table: File::open(TABLE)?, root, seen: Vec::new() };
        mounts.changed()?;
        Ok(mounts)
    }

    /// Whether they are others than the last time.
    pub(super) fn changed(&mut self) -> std::io::Result<bool> {
        // The opened table is only polled: what it says is read whole, from the beginning.
        let mut text = Vec::new();
        File::open(TABLE)?.read_to_end(&mut text)?;
        let now = lines_beneath(&text, &self.root).flatten().copied().collect();
        Ok(std::mem::replace(&mut self.seen, now) != self.seen)
    }
}

impl AsFd for Mounts {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.table.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_changes_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!Mounts::read(folder.path()).unwrap().changed().unwrap());
    }
}
