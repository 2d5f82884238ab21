//! Removing local files, and the folders that this leaves empty. Never more than that.

use std::collections::BTreeSet;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, openat, statat, unlinkat};
use rustix::io::Errno;

use super::error::LocalError;
use super::root::LocalRoot;
use super::target::is_temporary_name;
use crate::path::RelativePath;
use crate::remote::RemoteError;

/// Removes files beneath one root, and in the end the folders that became empty by it.
pub struct Remover<'root> {
    root: &'root LocalRoot,
    emptied: BTreeSet<RelativePath>,
}

impl<'root> Remover<'root> {
    /// Nothing is removed yet.
    #[must_use]
    pub fn new(root: &'root LocalRoot) -> Self {
        Self { root, emptied: BTreeSet::new() }
    }

    /// Removes files, and with `sweep` the folders that this leaves empty. Gives what could not be removed.
    pub fn remove_all(
        root: &'root LocalRoot,
        paths: Vec<RelativePath>,
        sweep: bool,
    ) -> Vec<(RelativePath, RemoteError)> {
        let mut remover = Self::new(root);
        let failed = paths
            .into_iter()
            .filter_map(|path| remover.file(&path).err().map(|error| (path, RemoteError::from(error))))
            .collect();
        if sweep {
            remover.finish();
        }
        failed
    }

    /// Makes room for a file where a folder stands that holds nothing but folders, and what interrupted uploads left in them.
    /// Anything else stays, and is met by whoever puts the file there.
    pub fn make_room(root: &'root LocalRoot, path: &RelativePath) {
        let Ok(parent) = root.open_parent(path) else { return };
        let is_folder = statat(&parent, path.file_name(), AtFlags::SYMLINK_NOFOLLOW)
            .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory);
        if !is_folder {
            return;
        }
        match remove_hollow(parent.as_fd(), path.file_name()) {
            Ok(()) => tracing::info!(%path, "removed an empty folder that a file is to replace"),
            Err(errno) => tracing::debug!(%path, %errno, "the folder stays"),
        }
    }

    /// Removes the folders that are empty since these files were removed.
    pub fn sweep(root: &'root LocalRoot, gone: &[RelativePath]) {
        let mut remover = Self::new(root);
        remover.emptied.extend(gone.iter().filter_map(RelativePath::parent));
        remover.finish();
    }

    /// Removes these folders where they are empty. One that is not keeps what it has: something that was never synced. Gives
    /// what could not be removed for another reason.
    pub fn folders(root: &'root LocalRoot, mut paths: Vec<RelativePath>) -> Vec<(RelativePath, LocalError)> {
        let remover = Self::new(root);
        // Inner ones first.
        paths.sort();
        let mut failed = Vec::new();
        for path in paths.into_iter().rev() {
            match remover.folder(&path) {
                Ok(()) => {}
                Err(error) if error.is_not_found() => {}
                Err(error) if matches!(error.errno(), Some(Errno::NOTEMPTY | Errno::EXIST | Errno::BUSY)) => {
                    tracing::info!(%error, "the folder stays");
                }
                Err(error) => failed.push((path, error)),
            }
        }
        failed
    }

    /// Removes one file or symbolic link; one that is gone already counts as removed.
    ///
    /// # Errors
    /// When it cannot be removed, or a symbolic link leads there.
    pub fn file(&mut self, path: &RelativePath) -> Result<(), LocalError> {
        match self.unlink(path, AtFlags::empty()) {
            Err(error) if error.is_not_found() => {}
            other => other?,
        }
        self.emptied.extend(path.parent());
        Ok(())
    }

    /// Removes the folders that [`Self::file`] left empty, inner ones first, and their parents that this leaves
    /// empty. `rmdir` itself decides what is empty.
    pub fn finish(mut self) {
        while let Some(path) = self.emptied.pop_last() {
            if self.folder(&path).is_ok() {
                self.emptied.extend(path.parent());
            }
        }
    }

    fn folder(&self, path: &RelativePath) -> Result<(), LocalError> {
        self.unlink(path, AtFlags::REMOVEDIR)
    }

    fn unlink(&self, path: &RelativePath, flags: AtFlags) -> Result<(), LocalError> {
        let parent = self.root.open_parent_to_change(path)?;
        unlinkat(&parent, path.file_name(), flags).map_err(|errno| self.root.error("remove", path, errno))
    }
}

/// Removes a folder that holds nothing to keep, from the inside out.
fn remove_hollow(parent: BorrowedFd<'_>, name: &[u8]) -> Result<(), Errno> {
    match unlinkat(parent, name, AtFlags::REMOVEDIR) {
        Err(Errno::NOTEMPTY | Errno::EXIST) => {}
        other => return other,
    }
    let folder = open_inner(parent, name)?;
    // All of it is looked at before anything is taken away: beside something that stays, an upload may be going on.
    if !is_hollow(folder.as_fd())? {
        return Err(Errno::NOTEMPTY);
    }
    clear(folder.as_fd())?;
    unlinkat(parent, name, AtFlags::REMOVEDIR)
}

/// Whether a folder holds nothing but such folders and what interrupted uploads left.
fn is_hollow(folder: BorrowedFd<'_>) -> Result<bool, Errno> {
    for name in inner_names(folder)? {
        let hollow = match open_inner(folder, &name) {
            Ok(inner) => is_hollow(inner.as_fd())?,
            Err(Errno::NOTDIR | Errno::LOOP) => is_temporary_name(&name),
            Err(errno) => return Err(errno),
        };
        if !hollow {
            return Ok(false);
        }
    }
    Ok(true)
}

fn clear(folder: BorrowedFd<'_>) -> Result<(), Errno> {
    for name in inner_names(folder)? {
        match open_inner(folder, &name) {
            Ok(inner) => {
                clear(inner.as_fd())?;
                unlinkat(folder, &*name, AtFlags::REMOVEDIR)?;
            }
            Err(_) if is_temporary_name(&name) => unlinkat(folder, &*name, AtFlags::empty())?,
            // Somebody put it there just now.
            Err(_) => return Err(Errno::NOTEMPTY),
        }
    }
    Ok(())
}

fn open_inner(parent: BorrowedFd<'_>, name: &[u8]) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(parent, name, flags, Mode::empty())
}

fn inner_names(folder: BorrowedFd<'_>) -> Result<Vec<Vec<u8>>, Errno> {
    let names = Dir::read_from(folder)?.map(|entry| Ok(entry?.file_name().to_bytes().to_vec()));
    let inner = |name: &Result<Vec<u8>, Errno>| !matches!(name.as_deref(), Ok(b"." | b".."));
    names.filter(inner).collect()
}
