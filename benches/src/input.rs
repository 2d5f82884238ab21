//! The files that the contestants carry, the same in every run and on every machine.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use podfs_testkit::tree::{Snapshot, make_file, set_mtime, snapshot};

/// Folders that the small files are spread over.
const FOLDERS: usize = 100;
/// Bytes of a small file.
const SMALL: usize = 4096;
const MIB: usize = 1024 * 1024;
/// 2024-01-01 and a fraction of a second that needs all nine digits. Older than the server's own times, so that a
/// client which compares with those finds nothing to do.
const MTIME_NS: u64 = 1_704_067_200_123_456_789;

/// Which files are carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    /// As many small files as are asked for.
    Many,
    /// As many, of which one changes before each turn.
    Changing,
    /// Small files too, but no more than a goal names.
    Some,
    /// One large file.
    Large,
}

/// A folder to carry, and what must arrive.
#[derive(Debug)]
pub(crate) struct Input {
    /// Where it lies.
    pub(crate) dir: PathBuf,
    /// All of it, for comparing with what comes back.
    pub(crate) tree: Snapshot,
    /// Its files.
    pub(crate) files: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
}

impl Input {
    /// Small files, all different, a few folders.
    pub(crate) fn many(dir: PathBuf, files: usize) -> Result<Self> {
        for index in 0..files {
            make_file(&dir, small(index), &content(index as u64), MTIME_NS + index as u64)?;
        }
        Self::of(dir)
    }

    /// Gives one of many files another content of the same size, and a time of now.
    pub(crate) fn change(&self) -> Result<()> {
        let path = self.dir.join(small(0));
        let seed = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos() as u64;
        fs::write(&path, content(seed)).with_context(|| format!("cannot write {}", path.display()))
    }

    /// One file that no compression makes smaller.
    pub(crate) fn large(dir: PathBuf, mib: u64) -> Result<Self> {
        fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        let path = dir.join("large.bin");
        write_large(&path, mib).with_context(|| format!("cannot write {}", path.display()))?;
        set_mtime(&path, MTIME_NS)?;
        Self::of(dir)
    }

    fn of(dir: PathBuf) -> Result<Self> {
        let tree = snapshot(&dir)?;
        let sizes = || tree.values().map(|entry| entry.size).filter(|size| *size > 0);
        let (files, bytes) = (sizes().count() as u64, sizes().sum());
        Ok(Self { dir, tree, files, bytes })
    }
}

/// Where the small file of this number lies.
fn small(index: usize) -> String {
    format!("folder-{:03}/file-{index:06}.bin", index % FOLDERS)
}

fn content(seed: u64) -> Vec<u8> {
    noise(seed).take(SMALL / 8).flatten().collect()
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

    #[test]
    fn small_files_are_as_many_and_all_differ() {
        let dir = tempfile::tempdir().unwrap();
        let input = Input::many(dir.path().join("many"), 250).unwrap();
        assert_eq!((input.files, input.bytes), (250, 250 * 4096));
        let contents: BTreeSet<_> = input.tree.values().map(|entry| &entry.sha256).collect();
        assert_eq!(contents.len(), 251, "250 contents, and the folders' empty one");
    }

    #[test]
    fn one_file_changes_and_keeps_its_size() {
        let dir = tempfile::tempdir().unwrap();
        let input = Input::many(dir.path().join("many"), 3).unwrap();
        input.change().unwrap();
        let now = snapshot(&input.dir).unwrap();
        let changed = now.iter().filter(|(path, state)| input.tree.get(*path) != Some(*state));
        assert_eq!(changed.map(|(_, state)| state.size).collect::<Vec<_>>(), [4096]);
    }

    #[test]
    fn a_large_file_is_as_large_as_asked() {
        let dir = tempfile::tempdir().unwrap();
        let input = Input::large(dir.path().join("large"), 2).unwrap();
        assert_eq!((input.files, input.bytes), (1, 2 * 1024 * 1024));
    }
}
