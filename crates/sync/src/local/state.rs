//! What the system says of a file that is about to be read, and from when on that tells of every later write.

use std::cell::LazyCell;
use std::fs::File;
use std::os::fd::AsFd as _;
use std::thread;
use std::time::Instant;

use rustix::fs::{FileType, fstat};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::filesystem::shared;
use super::node::Seen;
use super::write_back::WriteBack;
use crate::timestamp::Timestamp;

/// How often a file is waited for to which somebody writes all the time.
const PATIENCE: u32 = 5;

/// What `fstat` says of a file's content: equal before and after means that nobody wrote between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileState {
    /// Bytes.
    pub size: u64,
    /// Last write to the content.
    pub modified: Timestamp,
    /// Last change of content or attributes.
    pub changed: Timestamp,
    device: u64,
    inode: u64,
}

impl FileState {
    pub(super) fn of(file: &File) -> Result<Self, Errno> {
        let stat = fstat(file)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(Errno::INVAL);
        }
        Ok(Self {
            size: u64::try_from(stat.st_size).unwrap_or(0),
            modified: Timestamp::from_parts(stat.st_mtime, stat.st_mtime_nsec.cast_signed()),
            changed: Timestamp::from_parts(stat.st_ctime, stat.st_ctime_nsec.cast_signed()),
            device: stat.st_dev,
            inode: stat.st_ino,
        })
    }

    /// What tells that something was done to it.
    #[must_use]
    pub const fn seen(&self) -> Seen {
        Seen { changed: self.changed, inode: self.inode }
    }

    /// Whether the file is as it was when an earlier process looked at it. Its volume may be another device by now: that
    /// is a matter of when it was mounted.
    #[must_use]
    pub fn is_still(&self, earlier: &Self) -> bool {
        *self == Self { device: self.device, ..*earlier }
    }
}

/// The state of a file, and whether it is settled: whatever is done to the file from here on shows in its stamps. One that
/// was stamped so recently that a change could hide is waited for, unless somebody writes to it all the time.
pub(super) fn settled(file: &File, write_back: &WriteBack) -> Result<(FileState, bool), Errno> {
    settled_by(file, write_back, || shared(file.as_fd()).is_some())
}

/// A stamp says nothing of its age where the clock `elsewhere` is behind: there a state has to last while it is looked at.
fn settled_by(
    file: &File,
    write_back: &WriteBack,
    elsewhere: impl FnOnce() -> bool,
) -> Result<(FileState, bool), Errno> {
    let elsewhere = LazyCell::new(elsewhere);
    let (mut state, mut since) = (FileState::of(file)?, Instant::now());
    for _ in 0..PATIENCE {
        // Looked at once more afterwards: else what is stored in between would hide.
        let shows = write_back.expose(file, state.changed);
        let again = FileState::of(file)?;
        if again != state {
            (state, since) = (again, Instant::now());
        }
        let (seen, now) = (state.seen(), Timestamp::now());
        let rest = match seen.may_be_new(now) && *elsewhere {
            true => Some(seen.step().saturating_sub(since.elapsed())),
            false => seen.settles_in(now),
        };
        match rest {
            Some(rest) if rest.is_zero() => return Ok((state, shows)),
            Some(rest) => thread::sleep(rest),
            // Stamped in the future, since the clock was set back: that cannot be waited for.
            None => break,
        }
    }
    Ok((state, false))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_file_is_settled_when_it_was_left_alone_and_not_waited_for_for_ever() {
        let (mut file, stop) = (tempfile::tempfile().unwrap(), AtomicBool::new(false));
        let looked_at = file.try_clone().unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    file.write_all(b"more").unwrap();
                    thread::sleep(Duration::from_millis(1));
                }
            });
            let restless = settled(&looked_at, &WriteBack::default());
            stop.store(true, Ordering::Relaxed);
            assert!(!restless.unwrap().1);
        });
        let (state, left_alone) = settled(&looked_at, &WriteBack::default()).unwrap();
        assert!(left_alone && state == FileState::of(&looked_at).unwrap());
    }

    #[test]
    fn where_another_clock_stamps_files_their_state_has_to_last() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"content").unwrap();
        thread::sleep(Duration::from_millis(50));
        let began = Instant::now();
        let (_, is_settled) = settled_by(&file, &WriteBack::default(), || true).unwrap();
        assert!(is_settled && began.elapsed() >= Duration::from_millis(20), "{:?}", began.elapsed());
    }
}
