//! One sync at a time for each local directory, also between a long-running process and one started by hand.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::directory::{StateDirectory, name_of};
use crate::failure::Failure;

/// How often a waiting process tries again. A blocking wait could not be given up when a signal comes.
const PAUSE: Duration = Duration::from_millis(100);
/// More than a process number needs.
const MOST_BYTES: u64 = 32;

/// Which file stands for a local directory.
#[derive(Debug, Clone)]
pub(crate) struct LockName {
    path: PathBuf,
}

/// The lock of one local directory; given back when dropped, and by the kernel when the process dies.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

impl LockName {
    /// The lock of the directory at `local` (a real path).
    pub(crate) fn new(state: &StateDirectory, local: &Path) -> Self {
        Self { path: state.locks().join(format!("{}.lock", name_of(local))) }
    }

    /// Takes the lock, waiting as long as another process has it; `waiting` is told once who that is. To stop
    /// waiting, drop the future.
    pub(crate) async fn acquire(&self, waiting: impl FnOnce(Option<u32>)) -> Result<FolderLock, Failure> {
        let mut waiting = Some(waiting);
        let mut file = self.open().map_err(|error| self.failure(&error))?;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(self.failure(&error)),
                Err(TryLockError::WouldBlock) => {}
            }
            if let Some(waiting) = waiting.take() {
                waiting(self.holder());
            }
            tokio::time::sleep(PAUSE).await;
        }
        sign(&mut file).map_err(|error| self.failure(&error))?;
        Ok(FolderLock { _file: file })
    }

    /// The file stays when the lock is given back: removing it would let two processes lock two files of one name.
    fn open(&self) -> io::Result<File> {
        let flags = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
        OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(flags)
            .open(&self.path)
    }

    fn holder(&self) -> Option<u32> {
        let mut text = String::new();
        File::open(&self.path).ok()?.take(MOST_BYTES).read_to_string(&mut text).ok()?;
        text.trim().parse().ok()
    }

    fn failure(&self, error: &io::Error) -> Failure {
        let path = self.path.display();
        Failure::configuration(format!(
            "cannot lock {path}: {error}; give a state directory of this user with --state-dir"
        ))
    }
}

/// Leaves the number of this process for those who wait.
fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.write_all(format!("{}\n", std::process::id()).as_bytes())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::state::Surroundings;

    fn lock_in(folder: &Path, local: &str) -> LockName {
        let state = folder.join("state");
        let directory =
            StateDirectory::open(Some(&state), &Surroundings::of_this_process(), Some(Path::new("/nowhere")));
        LockName::new(&directory.unwrap(), Path::new(local))
    }

    #[tokio::test]
    async fn the_second_waits_for_the_first_and_knows_who_that_is() {
        let folder = tempfile::tempdir().unwrap();
        let name = lock_in(folder.path(), "/data");
        let first = name.acquire(|_| panic!("nobody has it")).await.unwrap();
        let holder = AtomicU32::new(0);
        let told = tokio::sync::Notify::new();
        let second = name.acquire(|pid| {
            holder.store(pid.unwrap(), Ordering::SeqCst);
            told.notify_one();
        });
        let release = async {
            told.notified().await;
            drop(first);
        };
        let (second, ()) = tokio::join!(second, release);
        assert!(second.is_ok());
        assert_eq!(holder.load(Ordering::SeqCst), std::process::id());
    }

    #[tokio::test]
    async fn two_directories_do_not_wait_for_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let one = lock_in(folder.path(), "/data").acquire(|_| panic!()).await;
        let two = lock_in(folder.path(), "/database").acquire(|_| panic!()).await;
        assert!(one.is_ok() && two.is_ok());
    }
}
