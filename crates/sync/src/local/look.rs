//! A look at one path: everything about it but its content.

use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{AtFlags, FileType, Stat, fstat, readlinkat, statat};
use rustix::io::{Errno, Result};

use super::folder;
use super::node::{LocalNode, LocalWhat, Seen};
use super::root::LocalRoot;
use crate::attributes::{Attributes, read_extended, read_extended_at};
use crate::manifest::Tie;
use crate::path::RelativePath;

/// What the system says of the thing at `path`, which may be a symbolic link itself but lies behind none.
pub(super) fn stat(root: &LocalRoot, path: &RelativePath) -> Result<Stat> {
    let parent = folder::open_folder(root.as_fd(), path.parent().as_ref())?;
    statat(&parent, path.file_name(), AtFlags::SYMLINK_NOFOLLOW)
}

/// Whether nothing lies there: an ancestor that is no folder any more holds nothing.
pub(super) const fn is_gone(errno: Errno) -> bool {
    matches!(errno, Errno::NOENT | Errno::NOTDIR | Errno::LOOP)
}

/// What is no folder, with its extended attributes and where a link points.
pub(super) fn closer(
    folder: BorrowedFd<'_>,
    name: &[u8],
    stat: &Stat,
    tie: Option<Tie>,
) -> Result<LocalWhat> {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(LocalWhat::of(stat, read_extended_at(folder, name)?, tie)),
        FileType::Symlink => {
            let target = readlinkat(folder, name, Vec::new())?.into_bytes();
            let attributes = Attributes::of(stat, read_extended_at(folder, name)?);
            Ok(LocalWhat::SymbolicLink { target, attributes })
        }
        _ => Ok(LocalWhat::of(stat, Vec::new(), tie)),
    }
}

impl LocalRoot {
    /// Everything about what lies at `path` (`None`: the root) but content and other names; `None` when nothing does.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub(crate) fn look(&self, path: Option<&RelativePath>) -> Result<Option<LocalNode>> {
        match self.look_there(path) {
            Err(errno) if is_gone(errno) => Ok(None),
            other => other.map(Some),
        }
    }

    /// The same without extended attributes, without where a link points, and without opening anything.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub(crate) fn glance(&self, path: Option<&RelativePath>) -> Result<Option<LocalNode>> {
        let stat = match path {
            Some(path) => stat(self, path),
            None => fstat(self),
        };
        let stat = match stat {
            Ok(stat) => stat,
            Err(errno) if is_gone(errno) => return Ok(None),
            Err(errno) => return Err(errno),
        };
        let what = LocalWhat::of(&stat, Vec::new(), None);
        Ok(Some(LocalNode { path: path.cloned(), what, seen: Seen::of(&stat) }))
    }

    fn look_there(&self, path: Option<&RelativePath>) -> Result<LocalNode> {
        let Some(path) = path else { return self.look_into(None) };
        let folder = folder::open_folder(self.as_fd(), path.parent().as_ref())?;
        let stat = statat(&folder, path.file_name(), AtFlags::SYMLINK_NOFOLLOW)?;
        if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
            return self.look_into(Some(path));
        }
        let what = closer(folder.as_fd(), path.file_name(), &stat, None)?;
        Ok(LocalNode { path: Some(path.clone()), what, seen: Seen::of(&stat) })
    }

    fn look_into(&self, path: Option<&RelativePath>) -> Result<LocalNode> {
        let folder = folder::open_folder(self.as_fd(), path)?;
        let extended = read_extended(folder.as_fd())?;
        let stat = fstat(&folder)?;
        Ok(LocalNode {
            path: path.cloned(),
            what: LocalWhat::of(&stat, extended, None),
            seen: Seen::of(&stat),
        })
    }
}
