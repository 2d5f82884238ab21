//! Opening and making directories beneath a root, never through a symbolic link.
//!
//! A tenant's daemonset may write to the folder that holds its targets. So nothing on the way to a target is believed: each
//! path is walked by the kernel beneath the opened root, and a link or a mount on the way is an error.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::{Errno, Result};

/// Never out, never through links.
const BENEATH: ResolveFlags =
    ResolveFlags::BENEATH.union(ResolveFlags::NO_SYMLINKS).union(ResolveFlags::NO_MAGICLINKS);

/// Whether mounts may be walked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crossing {
    /// A mount is an error, `EXDEV`.
    Refused,
    /// As paths usually are.
    Allowed,
}

/// Opens a directory, to work with it and not to read it.
pub(super) fn open<'name>(
    root: impl AsFd,
    names: impl IntoIterator<Item = &'name str>,
    crossing: Crossing,
) -> Result<OwnedFd> {
    open_with(root, names, crossing, OFlags::PATH)
}

/// Opens a directory, to read it.
pub(super) fn open_to_read<'name>(
    root: impl AsFd,
    names: impl IntoIterator<Item = &'name str>,
) -> Result<OwnedFd> {
    open_with(root, names, Crossing::Refused, OFlags::RDONLY)
}

/// Makes each directory that is missing, one after the other.
pub(super) fn make<'name>(root: BorrowedFd<'_>, names: impl IntoIterator<Item = &'name str>) -> Result<()> {
    let mut folder: Option<OwnedFd> = None;
    for name in names {
        let here = folder.as_ref().map_or(root, OwnedFd::as_fd);
        match rustix::fs::mkdirat(here, name, Mode::from_raw_mode(0o755)) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(errno),
        }
        folder = Some(open(here, [name], Crossing::Refused)?);
    }
    Ok(())
}

/// Removes an empty directory.
pub(super) fn remove(root: impl AsFd, names: &[&str]) -> Result<()> {
    let Some((name, parents)) = names.split_last() else { return Err(Errno::INVAL) };
    let parent = open(root, parents.iter().copied(), Crossing::Refused)?;
    rustix::fs::unlinkat(parent, *name, AtFlags::REMOVEDIR)
}

fn open_with<'name>(
    root: impl AsFd,
    names: impl IntoIterator<Item = &'name str>,
    crossing: Crossing,
    access: OFlags,
) -> Result<OwnedFd> {
    let names: Vec<&str> = names.into_iter().collect();
    let path = if names.is_empty() { ".".to_owned() } else { names.join("/") };
    let flags = access | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let resolve = match crossing {
        Crossing::Refused => BENEATH | ResolveFlags::NO_XDEV,
        Crossing::Allowed => BENEATH,
    };
    openat2(root, path, flags, Mode::empty(), resolve)
}
