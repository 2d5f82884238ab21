//! Making single files and folders, with the time that a test wants them to have.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, Result};

/// Files of the same folder; a folder with all of a big tree would be no tree.
const FILES_PER_DIR: usize = 1000;

/// Writes a file, with its parent folders. The path is in bytes, since names need not be text.
pub fn make_file(dir: &Path, path: impl AsRef<[u8]>, content: &[u8], mtime_ns: u64) -> Result<()> {
    let full = dir.join(OsStr::from_bytes(path.as_ref()));
    let parent = full.parent().context("a file needs a folder")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    fs::write(&full, content).with_context(|| format!("cannot write {}", full.display()))?;
    set_mtime(&full, mtime_ns)
}

/// Makes a folder, with its parents.
pub fn make_dir(dir: &Path, path: impl AsRef<[u8]>) -> Result<()> {
    let full = dir.join(OsStr::from_bytes(path.as_ref()));
    fs::create_dir_all(&full).with_context(|| format!("cannot make {}", full.display()))
}

/// Sets the modification time of a file or folder, in nanoseconds since 1970.
pub fn set_mtime(path: &Path, mtime_ns: u64) -> Result<()> {
    let set =
        File::open(path).and_then(|file| file.set_modified(UNIX_EPOCH + Duration::from_nanos(mtime_ns)));
    set.with_context(|| format!("cannot set the time of {}", path.display()))
}

/// Makes many files of one size, no two with the same content when they have room for eight bytes.
pub fn many_files(dir: &Path, count: usize, size: usize) -> Result<()> {
    for first in (0..count).step_by(FILES_PER_DIR) {
        let folder = dir.join(format!("d{:05}", first / FILES_PER_DIR));
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        for index in first..count.min(first + FILES_PER_DIR) {
            let file = folder.join(format!("f{index:08}"));
            fs::write(&file, content(index, size))
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
    }
    Ok(())
}

/// Bytes that do not compress into nothing and differ from file to file: a small xorshift generator.
fn content(index: usize, size: usize) -> Vec<u8> {
    let mut word = (index as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let words = std::iter::from_fn(|| {
        let now = word;
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        Some(now.to_le_bytes())
    });
    words.flatten().take(size).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::snapshot;

    #[test]
    fn many_files_are_as_many_and_all_differ() {
        let dir = tempfile::tempdir().unwrap();
        many_files(dir.path(), 1500, 20).unwrap();
        let files: Vec<_> =
            snapshot(dir.path()).unwrap().into_values().filter(|state| state.size == 20).collect();
        let contents: std::collections::BTreeSet<_> = files.iter().map(|state| &state.sha256).collect();
        assert_eq!((files.len(), contents.len()), (1500, 1500));
    }
}
