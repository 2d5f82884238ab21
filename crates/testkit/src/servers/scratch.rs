//! Folders for servers' data and logs that do not pile up, even when a test process is killed.
//!
//! A dropped folder is removed at once. One whose process died, or that sits in a static, is removed by the next
//! test process that needs a folder: its lock file is free then.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

const LOCK: &str = ".lock";

/// A folder that is removed when its owner is gone.
#[derive(Debug)]
pub(crate) struct Scratch {
    dir: TempDir,
    _lock: File,
}

impl Scratch {
    /// Makes a new folder, and removes those that dead processes left.
    pub(crate) fn new() -> Result<Self> {
        let home = home()?;
        // Held while a folder has no lock of its own yet, so that nobody takes it for a leftover.
        let gate = File::create(home.join(LOCK))?;
        gate.lock()?;
        sweep(&home);
        let dir = tempfile::tempdir_in(&home).context("cannot make a folder for a server")?;
        let lock = File::create(dir.path().join(LOCK))?;
        lock.lock()?;
        Ok(Self { dir, _lock: lock })
    }

    /// A new folder inside.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        let path = self.dir.path().join(name);
        fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(path)
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Where a server's log is kept.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.file(&format!("{name}.log"))
    }

    /// A path inside.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

fn home() -> Result<PathBuf> {
    let user = rustix::process::getuid().as_raw();
    let home = std::env::temp_dir().join(format!("podfs-test-servers-{user}"));
    fs::create_dir_all(&home).with_context(|| format!("cannot make {}", home.display()))?;
    Ok(home)
}

/// Removes what nobody holds. Failing to do so is no reason to fail a test.
fn sweep(home: &Path) {
    for entry in fs::read_dir(home).into_iter().flatten().flatten() {
        let held = File::open(entry.path().join(LOCK)).is_ok_and(|lock| lock.try_lock().is_err());
        if !held && entry.path().is_dir() {
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_without_an_owner_are_swept() {
        let kept = Scratch::new().unwrap();
        let orphan = home().unwrap().join("left-by-a-dead-process");
        fs::create_dir_all(orphan.join("data")).unwrap();
        let other = Scratch::new().unwrap();
        assert!(kept.file(LOCK).exists() && other.file(LOCK).exists());
        assert!(!orphan.exists());
    }
}
