//! A file beside the index that says: a sync changes the remote, and what the index tells of that is not so any more.
//!
//! It is made before the remote is changed and goes when the index tells of the change. It survives a kill; nobody waits
//! for the disk to have it, because the last sync of a Pod has no time to wait for a disk. When the machine itself went
//! down, [`IndexPlace::boot`](super::IndexPlace::boot) is another one, and the head tells.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::store::IndexError;

/// Says that the remote is about to change.
pub(crate) fn note(index: &Path) -> Result<(), IndexError> {
    File::create(beside(index)).map(drop).map_err(IndexError::Syncing)
}

/// Whether a sync did not end well.
pub(super) fn is_noted(index: &Path) -> Result<bool, IndexError> {
    beside(index).try_exists().map_err(IndexError::Syncing)
}

/// Says that the index counts again.
pub(super) fn forget(index: &Path) -> Result<(), IndexError> {
    fs::remove_file(beside(index)).map_err(IndexError::Syncing)
}

fn beside(index: &Path) -> PathBuf {
    index.with_extension("syncing")
}
