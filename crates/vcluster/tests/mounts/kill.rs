//! The real mounts, with a death or a fault in between.

use std::io;

use podfs_vcluster::desired::Options;
use podfs_vcluster::mount::{KernelMounts, MountError, Mounts};
use podfs_vcluster::table::Observed;
use podfs_vcluster::{Source, Target};

/// After so many steps nothing more is done, as when the process is killed. Each step changes the kernel's state by one
/// system call at most, or by one for each directory that it makes, so there is no finer place to die.
pub(crate) struct Mortal {
    mounts: KernelMounts,
    lives: usize,
    busy: Option<Target>,
}

impl Mortal {
    /// Lives for so many steps.
    pub(crate) fn new(mounts: KernelMounts, lives: usize) -> Self {
        Self { mounts, lives, busy: None }
    }

    /// Lives on, but cannot unmount this target.
    pub(crate) fn with_busy(mounts: KernelMounts, busy: Target) -> Self {
        Self { mounts, lives: usize::MAX, busy: Some(busy) }
    }

    fn step(&mut self) -> Result<&mut KernelMounts, MountError> {
        if self.lives == 0 {
            return Err(failed("live through", libc::EINTR));
        }
        self.lives -= 1;
        Ok(&mut self.mounts)
    }
}

fn failed(operation: &'static str, errno: i32) -> MountError {
    MountError::Failed { operation, path: "a step".to_owned(), cause: io::Error::from_raw_os_error(errno) }
}

impl Mounts for Mortal {
    fn observe(&mut self) -> Result<Observed, MountError> {
        self.mounts.observe()
    }

    fn make_directory(&mut self, target: &Target) -> Result<(), MountError> {
        self.step()?.make_directory(target)
    }

    fn mount(&mut self, target: &Target, source: &Source, options: Options) -> Result<(), MountError> {
        self.step()?.mount(target, source, options)
    }

    fn unmount(&mut self, target: &Target, id: u64) -> Result<(), MountError> {
        if self.busy.as_ref() == Some(target) {
            return Err(failed("unmount", libc::EBUSY));
        }
        self.step()?.unmount(target, id)
    }

    fn remove_directory(&mut self, target: &Target) -> Result<(), MountError> {
        self.step()?.remove_directory(target)
    }
}
