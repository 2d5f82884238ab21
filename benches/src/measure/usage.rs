//! Asking the kernel what ended children have used.
#![allow(unsafe_code)] // `getrusage` has no safe form in the crates that we use.

use std::io;
use std::mem::MaybeUninit;
use std::time::Duration;

use anyhow::{Context, Result};

/// What processes have used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// Time on the processors, in the programs and in the kernel for them.
    pub(crate) cpu: Duration,
    /// The resident memory of the biggest of them at its peak, in bytes.
    pub(crate) peak_rss: u64,
}

/// The usage of all children of this process that have ended and were waited for, and of theirs in turn.
pub(super) fn of_children() -> Result<Usage> {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the pointer is valid for writes of one `rusage`, which is all that the call writes.
    let answer = unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr()) };
    if answer != 0 {
        return Err(io::Error::last_os_error()).context("getrusage");
    }
    // SAFETY: the struct was zeroed and consists of integers, so it is valid whatever the kernel filled in.
    let usage = unsafe { usage.assume_init() };
    Ok(Usage {
        cpu: duration(usage.ru_utime)? + duration(usage.ru_stime)?,
        peak_rss: u64::try_from(usage.ru_maxrss)? * 1024,
    })
}

fn duration(time: libc::timeval) -> Result<Duration> {
    Ok(Duration::from_secs(u64::try_from(time.tv_sec)?) + Duration::from_micros(u64::try_from(time.tv_usec)?))
}
