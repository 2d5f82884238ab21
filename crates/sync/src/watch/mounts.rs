//! Mounts that come and go inside the tree: no event tells of them, but the mount table does.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// The mount table (`man 5 proc_pid_mountinfo`) as this thread sees it. Polling it tells when it has changed.
const TABLE: &str = "/proc/thread-self/mountinfo";

/// The mounts beneath a folder.
#[derive(Debug)]
pub(super) struct Mounts {
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
        let now = beneath(&text, &self.root);
        Ok(std::mem::replace(&mut self.seen, now) != self.seen)
    }
}

impl AsFd for Mounts {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.table.as_fd()
    }
}

/// The lines of the table whose mount point lies beneath `root` (escaped as the table is), or is it.
fn beneath(table: &[u8], root: &[u8]) -> Vec<u8> {
    let root = root.strip_suffix(b"/").unwrap_or(root);
    let lines = table.split_inclusive(|byte| *byte == b'\n');
    let inside = lines.filter(|line| {
        let point = line.split(|byte| *byte == b' ').nth(4);
        let rest = point.and_then(|point| point.strip_prefix(root));
        rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'/')))
    });
    inside.flatten().copied().collect()
}

/// A path as the table writes it: blanks, tabs, newlines and backslashes in octal.
fn escaped(path: &[u8]) -> Vec<u8> {
    let octal = |byte: u8| match byte {
        b' ' | b'\t' | b'\n' | b'\\' => format!("\\{byte:03o}").into_bytes(),
        _ => vec![byte],
    };
    path.iter().flat_map(|byte| octal(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mounts_in_the_tree_count() {
        let table = "1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /data rw - ext4 b rw\n3 1 8:3 / /data/in\\040side rw - \
                     ext4 c rw\n4 1 8:4 / /database rw - ext4 d rw\n";
        let count =
            |root: &str| beneath(table.as_bytes(), root.as_bytes()).split(|byte| *byte == b'\n').count() - 1;
        assert_eq!([count("/"), count("/data"), count("/data/in\\040side"), count("/dat")], [4, 2, 1, 0]);
        assert_eq!(escaped(b"/a b\\\n"), b"/a\\040b\\134\\012");
    }

    #[test]
    fn nothing_changes_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!Mounts::read(folder.path()).unwrap().changed().unwrap());
    }
}
