//! The index under another name while a sync changes the remote: what it tells of that is not so any more.
//!
//! It is put aside before the remote is changed and comes back when it tells of the change. That survives a kill; nobody
//! waits for the disk to have it, because the last sync of a Pod has no time to wait for a disk. When the machine itself went
//! down, [`IndexPlace::boot`](super::IndexPlace::boot) is another one, and the head tells. Meanwhile its marks are as good as
//! ever: a local file that has another one was changed since.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::store::IndexError;

/// Puts the index aside, because the remote is about to change.
pub(crate) fn put_aside(index: &Path) -> Result<(), IndexError> {
    match fs::rename(index, aside(index)) {
        // There is none, or it lies aside since a sync that did not end well.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.map_err(IndexError::Aside),
    }
}

/// Where an index lies that was put aside.
pub(super) fn aside(index: &Path) -> PathBuf {
    index.with_extension("syncing")
}
