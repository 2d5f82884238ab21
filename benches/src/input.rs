//! The files that the contestants carry, the same in every run and on every machine.

use std::cell::OnceCell;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use podfs_testkit::tree::{Snapshot, make_file, set_mtime, snapshot};

/// Folders that the small files are spread over, unless there are so many that a folder would hold more than as many.
const FOLDERS: usize = 100;
/// Bytes of a small file.
const SMALL: usize = 4096;
/// Bytes of one of a million, of which nothing but the number matters.
const TINY: usize = 64;
const MIB: usize = 1024 * 1024;
/// The large file's name.
pub(crate) const LARGE: &str = "large.bin";
/// 2024-01-01 and a fraction of a second that needs all nine digits. Older than the server's own times, so that a
/// client which compares with those finds nothing to do.
const MTIME_NS: u64 = 1_704_067_200_123_456_789;

/// Which files are carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Load {
    /// As many small files as are asked for.
    Many,
    /// Small files too, but no more than a goal names.
    Some,
    /// One large file.
    Large,
    /// A big tree of small files that were synced before, one of which may change before a turn.
    Synced,
    /// A million tiny files.
    Million,
}

/// A folder to carry.
#[derive(Debug)]
pub(crate) struct Input {
    /// Where it lies.
    pub(crate) dir: PathBuf,
    /// Its files.
    pub(crate) files: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// The folders that they lie in.
    pub(crate) folders: usize,
    tree: OnceCell<Snapshot>,
}

/// A file that was written.
#[derive(Debug)]
pub(crate) struct Change {
    /// Where in the folder.
    pub(crate) path: String,
    /// What is in it now.
    pub(crate) content: Vec<u8>,
}

impl Input {
    /// Small files, all different, in folders.
    pub(crate) fn many(dir: PathBuf, files: usize) -> Result<Self> {
        Self::of_files(dir, files, SMALL)
    }

    /// The same with hardly anything in them.
    pub(crate) fn million(dir: PathBuf, files: usize) -> Result<Self> {
        Self::of_files(dir, files, TINY)
    }

    fn of_files(dir: PathBuf, files: usize, size: usize) -> Result<Self> {
        let folders = folders(files);
        for index in 0..files {
            let mtime = MTIME_NS + index as u64;
            make_file(&dir, small(index, folders), &content(index as u64, size), mtime)?;
        }
        let (files, bytes) = (files as u64, (files * size) as u64);
        Ok(Self { dir, files, bytes, folders, tree: OnceCell::new() })
    }

    /// Gives one of many files another content of the same size, and a time of now.
    pub(crate) fn change(&self) -> Result<Change> {
        let path = small(0, self.folders);
        let seed = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos() as u64;
        let content = content(seed, SMALL);
        let file = self.dir.join(&path);
        fs::write(&file, &content).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(Change { path, content })
    }

    /// One file that no compression makes smaller.
    pub(crate) fn large(dir: PathBuf, mib: u64) -> Result<Self> {
        fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        let path = dir.join(LARGE);
        write_large(&path, mib).with_context(|| format!("cannot write {}", path.display()))?;
        set_mtime(&path, MTIME_NS)?;
        Ok(Self { dir, files: 1, bytes: mib * MIB as u64, folders: 0, tree: OnceCell::new() })
    }

    /// All of it as it was when this was first asked, for comparing with what comes back.
    pub(crate) fn tree(&self) -> Result<&Snapshot> {
        if let Some(tree) = self.tree.get() {
            return Ok(tree);
        }
        let tree = snapshot(&self.dir)?;
        Ok(self.tree.get_or_init(|| tree))
    }
}

/// How many folders so many files are spread over.
fn folders(files: usize) -> usize {
    FOLDERS.max(files / FOLDERS).min(files)
}

/// Where the small file of this number lies.
fn small(index: usize, folders: usize) -> String {
    format!("folder-{:03}/file-{index:06}.bin", index % folders.max(1))
}

fn content(seed: u64, size: usize) -> Vec<u8> {
    noise(seed).take(size / 8).flatten().collect()
}

fn write_large(path: &Path, mib: u64) -> Result<()> {
    let mut to = BufWriter::with_capacity(MIB, File::create(path)?);
    let mut words = noise(u64::MAX);
    for _ in 0..mib {
        let block: Vec<u8> = words.by_ref().take(MIB / 8).flatten().collect();
        to.write_all(&block)?;
    }
    Ok(to.flush()?)
}

/// Numbers that look random, from a seed: splitmix64.
fn noise(seed: u64) -> impl Iterator<Item = [u8; 8]> {
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut state = seed.wrapping_mul(0xD134_2543_DE82_EF95);
    std::iter::from_fn(move || {
        state = state.wrapping_add(STEP);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Some((word ^ (word >> 31)).to_le_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Files and bytes that really lie there.
    fn counted(input: &Input) -> (u64, u64) {
        let sizes = || input.tree().unwrap().values().map(|entry| entry.size).filter(|size| *size > 0);
        (sizes().count() as u64, sizes().sum())
    }

    #[test]
    fn small_files_are_as_many_and_all_differ() {
        let dir = tempfile::tempdir().unwrap();
        let input = Input::many(dir.path().join("many"), 250).unwrap();
        assert_eq!((input.files, input.bytes), (250, 250 * 4096));
        assert_eq!(counted(&input), (input.files, input.bytes));
        let tree = input.tree().unwrap();
        assert_eq!(tree.values().filter(|entry| entry.size == 0).count(), input.folders);
        let contents: BTreeSet<_> = tree.values().map(|entry| &entry.sha256).collect();
        assert_eq!(contents.len(), 251, "250 contents, and the folders' empty one");
    }

    #[test]
    fn no_folder_holds_too_many() {
        assert_eq!([30, 10_000, 100_000, 1_000_000].map(folders), [30, 100, 1_000, 10_000]);
        let dir = tempfile::tempdir().unwrap();
        let input = Input::million(dir.path().join("million"), 30).unwrap();
        assert_eq!((input.files, input.bytes, input.folders), (30, 30 * 64, 30));
        assert_eq!(fs::read_dir(&input.dir).unwrap().count(), input.folders);
    }

    #[test]
    fn one_file_changes_and_keeps_its_size() {
        let dir = tempfile::tempdir().unwrap();
        let input = Input::many(dir.path().join("many"), 3).unwrap();
        let before = input.tree().unwrap();
        let change = input.change().unwrap();
        let now = snapshot(&input.dir).unwrap();
        let changed = now.iter().filter(|(path, state)| before.get(*path) != Some(*state));
        let changed: Vec<_> = changed.map(|(path, state)| (path.as_slice(), state.size)).collect();
        assert_eq!(changed, [(change.path.as_bytes(), 4096)]);
        assert_eq!(fs::read(input.dir.join(&change.path)).unwrap(), change.content);
    }

    #[test]
    fn a_large_file_is_as_large_as_asked() {
        let dir = tempfile::tempdir().unwrap();
        let input = Input::large(dir.path().join("large"), 2).unwrap();
        assert_eq!((input.files, input.bytes), (1, 2 * 1024 * 1024));
        assert_eq!(counted(&input), (input.files, input.bytes));
    }
}
