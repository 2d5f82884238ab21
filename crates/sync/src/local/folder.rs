//! Opening things beneath a folder without ever following a symbolic link.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{Mode, OFlags, ResolveFlags, openat, openat2};
use rustix::io::{Errno, Result};

use crate::path::RelativePath;

/// Flags for a folder that is only passed through or worked in.
const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);

/// Opens what lies at `path` beneath `root`. A symbolic link anywhere on the way is an error (`ELOOP`).
pub(super) fn open_beneath(root: BorrowedFd<'_>, path: &RelativePath, flags: OFlags) -> Result<OwnedFd> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    match openat2(root, path.as_path(), flags, Mode::empty(), resolve) {
        // No openat2 (kernels before 5.6, old seccomp profiles answer EPERM), or a path beyond PATH_MAX.
        Err(Errno::NOSYS | Errno::PERM | Errno::NAMETOOLONG) => step_by_step(root, path, flags),
        other => other,
    }
}

/// Opens the folder at `path` for working in it and for reading its names.
pub(super) fn open_folder(root: BorrowedFd<'_>, path: Option<&RelativePath>) -> Result<OwnedFd> {
    match path {
        Some(path) => open_beneath(root, path, OFlags::RDONLY | OFlags::DIRECTORY),
        None => openat(root, ".", OFlags::RDONLY | FOLDER, Mode::empty()),
    }
}

/// Opens the folder at `path` and makes what is missing of it, with the process's umask.
pub(super) fn make_folders(root: BorrowedFd<'_>, path: &RelativePath) -> Result<OwnedFd> {
    match open_folder(root, Some(path)) {
        Err(Errno::NOENT) => {}
        other => return other,
    }
    let mut folder = open_folder(root, None)?;
    for segment in path.segments() {
        match rustix::fs::mkdirat(&folder, segment, Mode::from_raw_mode(0o777)) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(errno),
        }
        folder = openat(&folder, segment, OFlags::RDONLY | FOLDER, Mode::empty()).map_err(not_a_folder)?;
    }
    Ok(folder)
}

fn step_by_step(root: BorrowedFd<'_>, path: &RelativePath, flags: OFlags) -> Result<OwnedFd> {
    let mut folder: Option<OwnedFd> = None;
    if let Some(parent) = path.parent() {
        for segment in parent.segments() {
            let here = folder.as_ref().map_or(root, OwnedFd::as_fd);
            let next = openat(here, segment, OFlags::PATH | FOLDER, Mode::empty()).map_err(not_a_folder)?;
            folder = Some(next);
        }
    }
    openat(folder.as_ref().map_or(root, OwnedFd::as_fd), path.file_name(), flags, Mode::empty())
}

/// `O_DIRECTORY|O_NOFOLLOW` on a symbolic link says `ENOTDIR` on some kernels and `ELOOP` on others.
fn not_a_folder(errno: Errno) -> Errno {
    if errno == Errno::LOOP { Errno::NOTDIR } else { errno }
}
