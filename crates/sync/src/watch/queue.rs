//! The kernel's side: an inotify queue, its watches, and what it says.

use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::{Errno, Result};

use super::event::{Event, What};
use super::tree::WatchNumber;

/// Room for what one reading brings, in bytes: some 2,000 events with names of usual length.
const ROOM: usize = 64 * 1024;

/// What is asked for. `MODIFY` tells of files that stay open, and `CLOSE_WRITE` of those written through a mapping, once
/// they are closed. A file without a name any more is nobody's business.
const ASKED: WatchFlags = WatchFlags::MODIFY
    .union(WatchFlags::CLOSE_WRITE)
    .union(WatchFlags::ATTRIB)
    .union(WatchFlags::CREATE)
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MOVED_FROM)
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::MOVE_SELF)
    .union(WatchFlags::EXCL_UNLINK)
    .union(WatchFlags::ONLYDIR);

/// A queue of events.
#[derive(Debug)]
pub(super) struct Queue {
    queue: OwnedFd,
    room: Vec<MaybeUninit<u8>>,
}

impl Queue {
    /// A queue without watches.
    pub(super) fn open() -> Result<Self> {
        let queue = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        Ok(Self { queue, room: vec![MaybeUninit::uninit(); ROOM] })
    }

    /// Watches an opened folder. One that is watched already keeps its number.
    ///
    /// The way through `/proc/self/fd` leads to this very folder, whatever its name has become. A process may always go
    /// it for itself, also one that others may not look into because it holds a key.
    pub(super) fn add(&self, folder: BorrowedFd<'_>) -> Result<WatchNumber> {
        inotify::add_watch(&self.queue, format!("/proc/self/fd/{}", folder.as_raw_fd()), ASKED)
    }

    /// Ends a watch. One that the kernel has ended already is no error.
    pub(super) fn remove(&self, watch: WatchNumber) {
        let _ = inotify::remove_watch(&self.queue, watch);
    }

    /// What is there to read, but not more than the room holds; nothing when nothing is there.
    pub(super) fn read(&mut self) -> Result<Vec<Event>> {
        let mut reader = Reader::new(&self.queue, &mut self.room);
        let mut events = Vec::new();
        loop {
            match reader.next() {
                Ok(event) => {
                    let what = What::of(event.events());
                    let name = event.file_name().map(|name| name.to_bytes().into());
                    let is_folder = event.events().contains(ReadFlags::ISDIR);
                    events.extend(what.map(|what| Event { watch: event.wd(), what, name, is_folder }));
                }
                Err(Errno::AGAIN) => return Ok(events),
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(errno),
            }
            if reader.is_buffer_empty() {
                return Ok(events);
            }
        }
    }
}

impl AsFd for Queue {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.queue.as_fd()
    }
}
