//! Folders that their owner may not write to, made writable for as long as a restore works in them.
//!
//! A restore brings back read-only folders too (a Go module cache is full of them), and the next one must get into them.
//! Root gets in anyway.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::fs::{Mode, RawMode, fchmod, fstat};

use super::folder;
use crate::path::RelativePath;

/// What an owner needs for working in a folder.
const WORKABLE: RawMode = 0o300;

/// The folders beneath one root that were made writable, with the modes that they had.
#[derive(Debug, Default)]
pub(super) struct Unlocked {
    allowed: AtomicBool,
    modes: Mutex<BTreeMap<Option<RelativePath>, RawMode>>,
}

impl Unlocked {
    /// From here on folders may be made writable.
    pub(super) fn allow(&self) {
        self.allowed.store(!rustix::process::geteuid().is_root(), Ordering::Relaxed);
    }

    /// Whether they may.
    pub(super) fn is_allowed(&self) -> bool {
        self.allowed.load(Ordering::Relaxed)
    }

    /// Makes the folder at `path` writable, where that is allowed, needed and possible.
    pub(super) fn unlock(&self, folder: BorrowedFd<'_>, path: Option<&RelativePath>) {
        if !self.is_allowed() {
            return;
        }
        let Ok(stat) = fstat(folder) else { return };
        let mode = stat.st_mode & 0o7777;
        if mode & WORKABLE == WORKABLE || stat.st_uid != rustix::process::geteuid().as_raw() {
            return;
        }
        let mut modes = self.modes();
        match fchmod(folder, Mode::from_raw_mode(mode | WORKABLE)) {
            Ok(()) => drop(modes.entry(path.cloned()).or_insert(mode)),
            Err(errno) => tracing::debug!(%errno, "a folder cannot be made writable"),
        }
    }

    /// Makes all folders that lead to `path` writable, as far as they are there.
    pub(super) fn unlock_way(&self, root: BorrowedFd<'_>, path: &RelativePath) {
        let mut way: Vec<_> = std::iter::successors(path.parent(), RelativePath::parent).map(Some).collect();
        way.push(None);
        for path in way.iter().rev() {
            let Ok(folder) = folder::open_folder(root, path.as_ref()) else { return };
            self.unlock(folder.as_fd(), path.as_ref());
        }
    }

    /// Gives them the modes back that they had.
    pub(super) fn lock(&self, root: BorrowedFd<'_>) {
        for (path, mode) in std::mem::take(&mut *self.modes()) {
            let locked = folder::open_folder(root, path.as_ref())
                .and_then(|folder| fchmod(folder, Mode::from_raw_mode(mode)));
            if let Err(errno) = locked {
                let path = path.map_or_else(|| ".".to_owned(), |path| path.to_string());
                tracing::warn!(path, %errno, "a folder that was read-only stays writable");
            }
        }
    }

    fn modes(&self) -> MutexGuard<'_, BTreeMap<Option<RelativePath>, RawMode>> {
        self.modes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
