//! Taking, reading and giving back the PID file.
//!
//! Whoever writes or removes the file holds its lock (`flock`) for that moment and then makes sure that the path still
//! leads to the file that was locked. So of two processes that start at once exactly one sees the file as free, and
//! a stale file changes hands without ever being away.

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::content::Content;
use super::process::{self, Fate};
use crate::failure::Failure;

/// The lock is held for an instant; who holds it longer than this does not mean well.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(5);
/// More than any PID file holds.
const MOST_BYTES: u64 = 256;

/// The PID file of this process. Removed when dropped, if it is still ours.
#[derive(Debug)]
pub(crate) struct PidFile {
    path: PathBuf,
    content: Content,
}

impl PidFile {
    /// Writes the PID file at `path`, unless a living process holds it.
    pub(crate) fn take(path: &Path) -> Result<Self, Failure> {
        let content = process::myself().map_err(|error| {
            Failure::unexpected(format!("cannot read /proc/self/stat for the PID file: {error}"))
        })?;
        let mut file = lock_current(path, true).map_err(|error| cannot_write(path, &error))?;
        let text = read(&mut file).map_err(|error| cannot_write(path, &error))?;
        match Content::parse(&text) {
            Some(other) if process::fate(other) == Fate::Running => return Err(taken(path, other)),
            // Empty: whoever made it was killed before it wrote.
            None if !text.is_empty() => return Err(foreign(path)),
            _ => {}
        }
        write(&mut file, content).map_err(|error| cannot_write(path, &error))?;
        Ok(Self { path: path.to_path_buf(), content })
    }

    fn give_back(&self) -> io::Result<()> {
        let mut file = lock_current(&self.path, false)?;
        if Content::parse(&read(&mut file)?) == Some(self.content) {
            std::fs::remove_file(&self.path)?;
        }
        Ok(())
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        if let Err(error) = self.give_back()
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!("cannot remove the PID file {}: {error}", self.path.display());
        }
    }
}

/// Reads the PID file of another process.
pub(super) fn look(path: &Path) -> io::Result<Option<Content>> {
    let mut file = OpenOptions::new().read(true).open(path)?;
    lock(&file, File::try_lock_shared)?;
    read(&mut file).map(|text| Content::parse(&text))
}

/// Opens the file and locks it, and starts over when another one took its place meanwhile.
fn lock_current(path: &Path, create: bool) -> io::Result<File> {
    // O_NOFOLLOW: in a directory that others can write, a symbolic link would lead us to a file of theirs.
    let flags = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    loop {
        let mut options = OpenOptions::new();
        let file =
            options.read(true).write(true).create(create).mode(0o644).custom_flags(flags).open(path)?;
        lock(&file, File::try_lock)?;
        match std::fs::symlink_metadata(path) {
            Ok(now) if is_same(&now, &file.metadata()?) => return Ok(file),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
}

fn is_same(left: &std::fs::Metadata, right: &std::fs::Metadata) -> bool {
    (left.dev(), left.ino()) == (right.dev(), right.ino())
}

fn lock(file: &File, attempt: fn(&File) -> Result<(), TryLockError>) -> io::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match attempt(file) {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if Instant::now() > deadline => {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "another process keeps it locked"));
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
        }
    }
}

fn read(file: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.take(MOST_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn write(file: &mut File, content: Content) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(content.to_string().as_bytes())?;
    // The umask may have taken more away than `interrupt` by another user can do without.
    file.set_permissions(Permissions::from_mode(0o644))
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    let path = path.display();
    Failure::configuration(format!(
        "cannot write the PID file {path}: {error}; give a place that this user can write with --pid-path"
    ))
}

fn taken(path: &Path, other: Content) -> Failure {
    let (path, pid) = (path.display(), other.pid);
    Failure::configuration(format!(
        "another long-running sync (pid {pid}) holds the PID file {path}; end it with `interrupt`, or give this one \
         a file of its own with --pid-path"
    ))
}

fn foreign(path: &Path) -> Failure {
    let path = path.display();
    Failure::configuration(format!(
        "{path} exists and is no PID file, so it is left alone; remove it or give another path with --pid-path"
    ))
}

#[cfg(test)]
mod tests;
