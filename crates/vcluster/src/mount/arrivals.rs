//! Tells when a Pod's directory appears, without looking again and again.
//!
//! Watch first and look after, then nothing is missed in between: what appears before the look is seen by it, and what appears
//! later is told here.

use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;

use super::MountError;
use crate::layout::{Source, SourceRoot};

/// Room for what one reading of the kernel's queue brings, in bytes.
const ROOM: usize = 8 * 1024;

/// Something that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// A Pod's directory is there now.
    Source(Source),
    /// More happened than the kernel could queue: look at everything.
    Lost,
}

/// A watch over a directory of sources.
#[derive(Debug)]
pub struct Arrivals {
    root: SourceRoot,
    path: PathBuf,
    queue: OwnedFd,
}

impl Arrivals {
    /// Begins to watch.
    ///
    /// # Errors
    /// When the directory is missing, or this user's inotify watches are used up.
    pub fn watch(root: SourceRoot, path: &Path) -> Result<Self, MountError> {
        let failed = |cause| MountError::failed("watch", path.display(), cause);
        let queue = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).map_err(failed)?;
        let flags = WatchFlags::CREATE | WatchFlags::MOVED_TO | WatchFlags::ONLYDIR;
        inotify::add_watch(&queue, path, flags).map_err(failed)?;
        Ok(Self { root, path: path.to_path_buf(), queue })
    }

    /// Takes what was seen since the last time; nothing, when there was nothing.
    ///
    /// # Errors
    /// When the directory itself went away: nothing more will be seen.
    pub fn take(&mut self) -> Result<Vec<Arrival>, MountError> {
        let mut room = [MaybeUninit::uninit(); ROOM];
        let mut reader = Reader::new(&self.queue, &mut room);
        let mut arrivals = Vec::new();
        loop {
            match reader.next() {
                Ok(event) if event.events().contains(ReadFlags::QUEUE_OVERFLOW) => {
                    arrivals.push(Arrival::Lost);
                }
                Ok(event) if event.events().intersects(ReadFlags::IGNORED | ReadFlags::UNMOUNT) => {
                    return Err(self.failed(Errno::NOENT));
                }
                Ok(event) => {
                    let name = event.file_name().filter(|_| event.events().contains(ReadFlags::ISDIR));
                    let source = name.and_then(|name| Source::parse(self.root, name.to_bytes()));
                    arrivals.extend(source.map(Arrival::Source));
                }
                Err(Errno::AGAIN) => return Ok(arrivals),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(self.failed(errno)),
            }
        }
    }

    /// Waits until there is something to take, or for so long. An event loop waits for [`AsFd`] instead.
    ///
    /// # Errors
    /// When the kernel refuses to wait.
    pub fn wait(&self, at_most: Duration) -> Result<bool, MountError> {
        let timeout = Timespec::try_from(at_most).map_err(|_| self.failed(Errno::INVAL))?;
        let mut waited = [PollFd::new(&self.queue, PollFlags::IN)];
        match poll(&mut waited, Some(&timeout)) {
            Ok(ready) => Ok(ready > 0),
            Err(Errno::INTR) => Ok(false),
            Err(errno) => Err(self.failed(errno)),
        }
    }

    fn failed(&self, cause: Errno) -> MountError {
        MountError::failed("watch", self.path.display(), cause)
    }
}

impl AsFd for Arrivals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.queue.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UID: &str = "11111111-1111-4111-8111-111111111111";

    fn watched() -> (tempfile::TempDir, Arrivals) {
        let folder = tempfile::tempdir().unwrap();
        let arrivals = Arrivals::watch(SourceRoot::Pods, folder.path()).unwrap();
        (folder, arrivals)
    }

    #[test]
    fn a_pod_directory_that_appears_is_told() {
        let (folder, mut arrivals) = watched();
        assert_eq!(arrivals.take().unwrap(), []);
        std::fs::create_dir(folder.path().join(UID)).unwrap();
        assert!(arrivals.wait(Duration::from_secs(30)).unwrap());
        let source = Source::parse(SourceRoot::Pods, UID.as_bytes()).unwrap();
        assert_eq!(arrivals.take().unwrap(), [Arrival::Source(source)]);
        assert_eq!(arrivals.take().unwrap(), []);
    }

    #[test]
    fn one_that_is_moved_there_is_told_too() {
        let (folder, mut arrivals) = watched();
        let elsewhere = tempfile::tempdir_in(folder.path().parent().unwrap()).unwrap();
        let made = elsewhere.path().join("made");
        std::fs::create_dir(&made).unwrap();
        std::fs::rename(&made, folder.path().join(UID)).unwrap();
        assert_eq!(arrivals.take().unwrap().len(), 1);
    }

    #[test]
    fn other_names_and_files_are_not_told() {
        let (folder, mut arrivals) = watched();
        std::fs::create_dir(folder.path().join("other")).unwrap();
        std::fs::write(folder.path().join(UID), "").unwrap();
        assert_eq!(arrivals.take().unwrap(), []);
    }

    #[test]
    fn a_directory_that_goes_away_is_an_error() {
        let (folder, mut arrivals) = watched();
        folder.close().unwrap();
        assert!(arrivals.take().is_err());
    }

    #[test]
    fn a_missing_directory_is_named() {
        let error = Arrivals::watch(SourceRoot::Pods, Path::new("/nowhere/at/all")).unwrap_err();
        assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
    }
}
