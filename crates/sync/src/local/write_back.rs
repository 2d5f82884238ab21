//! Makes it show when somebody stores to a file through a mapping.
//!
//! The kernel stamps a file when a clean page of it is stored to, and not again before that page was written to the disk. So
//! what a mapping holds could change after it was read, and nothing would tell. Once written back, its pages are clean.
//! File systems without a disk (tmpfs) write nothing back, and there such a change shows in nothing but the content.
#![allow(unsafe_code)] // rustix does not have `sync_file_range(2)`.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::timestamp::Timestamp;

/// By then the kernel has written back by itself what was stored: it begins after 30 seconds (`vm.dirty_expire_centisecs`),
/// and looks every 5.
const WRITTEN_BY_ITSELF: Duration = Duration::from_secs(60);

/// How long writing back may take in all beneath one root. Thousands of files that were all just made would hold a sync up,
/// as would a disk that is slow.
const BUDGET: Duration = Duration::from_millis(250);

/// What was spent of the time for writing back.
#[derive(Debug, Default)]
pub(super) struct WriteBack {
    spent: AtomicU64,
}

impl WriteBack {
    /// Lets whatever is stored to a file from here on show, also if it was `changed` lately. Whether it will.
    pub(super) fn expose(&self, file: &File, changed: Timestamp) -> bool {
        if is_older(changed, WRITTEN_BY_ITSELF) {
            return true;
        }
        if Duration::from_nanos(self.spent.load(Ordering::Relaxed)) >= BUDGET {
            return false;
        }
        let begun = Instant::now();
        let begins = begin(file);
        let took = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.spent.fetch_add(took, Ordering::Relaxed);
        begins
    }
}

fn is_older(stamp: Timestamp, age: Duration) -> bool {
    let now = Timestamp::now().nanoseconds().saturating_sub(stamp.nanoseconds());
    u64::try_from(now).is_ok_and(|now| Duration::from_nanos(now) >= age)
}

/// Waits for pages that are under way already, since one of them may have been stored to again, and not for those that it
/// sends off itself: a page is clean once its writing has begun.
fn begin(file: &File) -> bool {
    let flags = libc::SYNC_FILE_RANGE_WAIT_BEFORE | libc::SYNC_FILE_RANGE_WRITE;
    // SAFETY: it takes numbers alone, and the descriptor is open.
    unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, flags) == 0 }
}
