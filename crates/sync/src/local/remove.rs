//! Removing local files, and the folders that this leaves empty. Never more than that.

use std::collections::BTreeSet;

use rustix::fs::{AtFlags, unlinkat};
use rustix::io::Errno;

use super::error::LocalError;
use super::root::LocalRoot;
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

    /// Removes these folders where they are empty. One that is not keeps what it has: something that was never synced.
    pub fn folders(root: &'root LocalRoot, paths: Vec<RelativePath>) {
        let mut remover = Self::new(root);
        remover.emptied.extend(paths);
        remover.finish_without_parents();
    }

    /// Removes one file or symbolic link; one that is gone already counts as removed.
    ///
    /// # Errors
    /// When it cannot be removed, or a symbolic link leads there.
    pub fn file(&mut self, path: &RelativePath) -> Result<(), LocalError> {
        let folder = match self.root.open_parent(path, false) {
            Err(error) if error.is_not_found() => return Ok(()),
            other => other?,
        };
        match unlinkat(&folder, path.file_name(), AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(errno) => return Err(self.root.error("remove", path, errno)),
        }
        self.emptied.extend(path.parent());
        Ok(())
    }

    /// Removes the folders that [`Self::file`] left empty, inner ones first, and their parents that this leaves
    /// empty. `rmdir` itself decides what is empty.
    pub fn finish(self) {
        let mut folders = self.emptied;
        while let Some(path) = folders.pop_last() {
            let Ok(parent) = self.root.open_parent(&path, false) else { continue };
            if unlinkat(&parent, path.file_name(), AtFlags::REMOVEDIR).is_ok() {
                folders.extend(path.parent());
            }
        }
    }

    fn finish_without_parents(mut self) {
        while let Some(path) = self.emptied.pop_last() {
            let Ok(parent) = self.root.open_parent(&path, false) else { continue };
            if let Err(errno) = unlinkat(&parent, path.file_name(), AtFlags::REMOVEDIR) {
                tracing::info!(%path, %errno, "the folder stays");
            }
        }
    }
}
