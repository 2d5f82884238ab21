//! Since when a target is mounted.
//!
//! The kernel does not keep it. So the directory that is mounted over is stamped right before: nobody can see it from then on,
//! and it tells an agent that starts later.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, StatxFlags, Timespec, Timestamps, UTIME_NOW, statx, utimensat};
use rustix::mount::{OpenTreeFlags, open_tree};

use super::MountError;
use super::beneath::{self, Crossing};
use super::kernel::KernelMounts;
use crate::layout::Target;

/// Stamps a directory with the time that it is now. Without the stamp all is well but the time that is shown.
pub(super) fn stamp(directory: &OwnedFd) {
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    let _ = utimensat(
        directory,
        "",
        &Timestamps { last_access: now, last_modification: now },
        AtFlags::EMPTY_PATH,
    );
}

impl KernelMounts {
    /// Since when these targets are mounted, as far as it can be told.
    ///
    /// # Errors
    /// When the kernel refuses to show what is beneath the mounts.
    pub fn since<'targets>(
        &self,
        targets: impl IntoIterator<Item = &'targets Target>,
    ) -> Result<BTreeMap<&'targets Target, SystemTime>, MountError> {
        let flags =
            OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_EMPTY_PATH;
        // A copy of toPath without what is mounted on it.
        let beneath = open_tree(self.to(), "", flags)
            .map_err(|cause| MountError::failed("look beneath", self.to().show(""), cause))?;
        Ok(targets.into_iter().filter_map(|target| Some((target, stamped(&beneath, target)?))).collect())
    }
}

fn stamped(beneath: &OwnedFd, target: &Target) -> Option<SystemTime> {
    let directory = beneath::open(beneath.as_fd(), target.segments(), Crossing::Refused).ok()?;
    let answer = statx(directory, "", AtFlags::EMPTY_PATH, StatxFlags::MTIME).ok()?;
    let seconds = u64::try_from(answer.stx_mtime.tv_sec).ok()?;
    Some(SystemTime::UNIX_EPOCH + Duration::new(seconds, answer.stx_mtime.tv_nsec))
}
