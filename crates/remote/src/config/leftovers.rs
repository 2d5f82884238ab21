//! What a save that was killed half way leaves beside the configuration: a file with secrets in it.
//!
//! A writer holds a lock on its new file before the first byte is in it. So whoever finds a file of ours without a lock
//! on it knows that its writer is gone, or done.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, Mode, OFlags, flock};

use super::text::{MARK, is_ours};

/// How the names of new files begin.
pub(super) const PREFIX: &str = ".rclone.conf-";

/// A writer locks its new file at once: one that is still empty after so long has none.
const SURELY_ABANDONED: Duration = Duration::from_secs(60);

/// Marks a new file as one whose writer lives.
pub(super) fn claim(file: &File) -> io::Result<()> {
    Ok(flock(file, FlockOperation::NonBlockingLockExclusive)?)
}

/// Removes what is clearly ours and abandoned. What cannot be looked at or removed stays: the save tells what matters.
pub(super) fn remove(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let named_so = entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes());
        if named_so && is_abandoned(&entry.path()).unwrap_or(false) {
            match fs::remove_file(entry.path()) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Ok(()) => tracing::debug!("removed {}, which a killed run left", entry.path().display()),
                Err(error) => tracing::warn!("cannot remove {}: {error}", entry.path().display()),
            }
        }
    }
}

fn is_abandoned(path: &Path) -> io::Result<bool> {
    // A link is none of ours, and opening a pipe would wait for somebody at its other end.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(false);
    }
    if metadata.len() == 0 {
        let old = metadata.modified()?.elapsed().is_ok_and(|age| age > SURELY_ABANDONED);
        return Ok(old && claim(&file).is_ok());
    }
    let mut start = Vec::new();
    (&file).take(MARK.len() as u64 + 1).read_to_end(&mut start)?;
    // In this order: a writer that has written nothing yet must get its lock.
    Ok(is_ours(&start) && claim(&file).is_ok())
}
