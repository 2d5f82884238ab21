//! The descriptors by whose numbers rclone opens our files.
//!
//! rclone opens by number, and it may do so late: a call that was given up here can still be on its way there. Were the number
//! another file's by then, rclone would empty that file, or send its content under a wrong name. So each call has a descriptor
//! of its own, which stays open until rclone has answered or has ended.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::{Mutex, PoisonError};

/// Those of calls that nobody waits for any more.
#[derive(Debug, Default)]
pub(super) struct Lent(Mutex<Vec<OwnedFd>>);

/// The descriptor of one call. Dropped without an answer, it stays open.
#[derive(Debug)]
pub(super) struct Loan<'a> {
    lent: &'a Lent,
    descriptor: Option<OwnedFd>,
    number: String,
}

impl Lent {
    /// A descriptor of `file` for one call.
    ///
    /// # Errors
    /// When this process may not open more.
    pub(super) fn lend(&self, file: &impl AsFd) -> io::Result<Loan<'_>> {
        let descriptor = file.as_fd().try_clone_to_owned()?;
        let number = descriptor.as_raw_fd().to_string();
        Ok(Loan { lent: self, descriptor: Some(descriptor), number })
    }

    /// Whether rclone may still open one of a call that was given up.
    pub(super) fn is_outstanding(&self) -> bool {
        !self.descriptors().is_empty()
    }

    /// rclone has ended.
    pub(super) fn take_back(&self) {
        self.descriptors().clear();
    }

    fn descriptors(&self) -> std::sync::MutexGuard<'_, Vec<OwnedFd>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Loan<'_> {
    /// What the file is called in the folder of this process's descriptors.
    pub(super) fn number(&self) -> &str {
        &self.number
    }

    /// rclone has answered.
    pub(super) fn returned(mut self) {
        self.descriptor = None;
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        self.lent.descriptors().extend(self.descriptor.take());
    }
}
