//! A mount that is ready and that nobody sees yet.
//!
//! The copy of the source's tree gets all that makes it safe before it is attached. It **receives** mounts and unmounts from the
//! kubelet's tree and hands none back (`MS_SLAVE`): otherwise unmounting it would unmount the kubelet's volumes.
//! Attaching it to a shared mount makes it share with the copies that virtual clusters have of it, so that what it
//! receives reaches them too. Until then a kill leaves nothing behind; after it, all is done.
//!
//! `nosuid`, `nodev` and read-only hold for the Pod's directory and the volumes that are mounted then. A volume that the
//! kubelet mounts later arrives with the flags that the kubelet gave it.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, StatxFlags, statx};
use rustix::io::Result;
use rustix::mount::{MoveMountFlags, OpenTreeFlags, UnmountFlags, move_mount, open_tree, unmount};

use super::MountError;
use super::attributes::{self, Attributes};
use super::beneath::{self, Crossing};
use super::kernel::KernelMounts;
use super::probe::mount_id;
use super::root::link_to;
use super::since::stamp;
use crate::desired::Options;
use crate::layout::{Source, Target};

/// A copy of a source's tree, and the directory that it is for.
#[derive(Debug)]
pub struct Prepared<'mounts> {
    mounts: &'mounts KernelMounts,
    target: &'mounts Target,
    source: &'mounts Source,
    tree: OwnedFd,
    directory: OwnedFd,
}

impl<'mounts> Prepared<'mounts> {
    pub(super) fn new(
        mounts: &'mounts KernelMounts,
        target: &'mounts Target,
        source: &'mounts Source,
        options: Options,
    ) -> std::result::Result<Self, MountError> {
        let failed = |cause| MountError::at_target("open", mounts.show_target(target), cause);
        let directory = beneath::open(mounts.to(), target.segments(), Crossing::Refused).map_err(failed)?;
        let opened = mounts.open_source(source)?;
        let failed = |cause| MountError::failed("copy the mounts of", mounts.show_source(source), cause);
        let tree = copy(&opened, options).map_err(failed)?;
        Ok(Self { mounts, target, source, tree, directory })
    }

    /// Attaches it, and takes it back when its source is not what it was any more.
    ///
    /// # Errors
    /// When the kernel refuses, when the source went away in between, or when another mount got there first.
    pub fn attach(self) -> std::result::Result<(), MountError> {
        stamp(&self.directory);
        let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
        if let Err(cause) = move_mount(&self.tree, "", &self.directory, "", flags) {
            // The kernel says ENOENT for a removed source as for a removed target.
            self.check_source()?;
            return Err(MountError::at_target("mount on", self.mounts.show_target(self.target), cause));
        }
        // With someone else's mount on top, taking ours back would take theirs along: the next pass tells of it.
        self.check_target()?;
        self.check_source().inspect_err(|_| self.take_back())
    }

    /// Our mount is the topmost at the target.
    fn check_target(&self) -> std::result::Result<(), MountError> {
        let target = || self.mounts.show_target(self.target);
        let failed = |cause| MountError::at_target("check", target(), cause);
        let top =
            beneath::open(self.mounts.to(), self.target.segments(), Crossing::Allowed).map_err(failed)?;
        if mount_id(&top).map_err(failed)? != mount_id(&self.tree).map_err(failed)? {
            return Err(MountError::Changed { path: target() });
        }
        Ok(())
    }

    /// What was copied is still what the kubelet has under that name.
    fn check_source(&self) -> std::result::Result<(), MountError> {
        let failed = |cause| MountError::failed("check", self.mounts.show_source(self.source), cause);
        let source = self.mounts.open_source(self.source)?;
        if file(&source).map_err(failed)? != file(&self.tree).map_err(failed)? {
            return Err(MountError::SourceGone { path: self.mounts.show_source(self.source) });
        }
        Ok(())
    }

    /// The error that led here is the one to tell; should this fail too, the next pass sees the mount.
    fn take_back(&self) {
        let _ = detach(&self.tree);
    }
}

/// Takes away the mount whose root `mount` is, and all that is mounted on it. Whoever has a file of it open keeps it.
pub(super) fn detach(mount: impl AsFd) -> Result<()> {
    // The link itself must be followed; what it leads to must not be left again.
    unmount(format!("{}/.", link_to(mount)), UnmountFlags::DETACH | UnmountFlags::NOFOLLOW)
}

fn copy(source: &OwnedFd, options: Options) -> Result<OwnedFd> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_EMPTY_PATH
        | OpenTreeFlags::AT_RECURSIVE;
    let tree = open_tree(source, "", flags)?;
    let read_only = if options.read_only { libc::MOUNT_ATTR_RDONLY } else { 0 };
    let confined = libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV | read_only;
    attributes::set(
        &tree,
        Attributes { set: confined, propagation: libc::MS_SLAVE, recursive: true, ..Attributes::default() },
    )?;
    if !options.read_only {
        // The agent's own view of `fromPath` may be read-only. The volumes on it keep what the kubelet gave them.
        attributes::set(&tree, Attributes { clear: libc::MOUNT_ATTR_RDONLY, ..Attributes::default() })?;
    }
    Ok(tree)
}

/// What makes a file itself: its file system and its number there.
fn file(opened: &OwnedFd) -> Result<(u32, u32, u64)> {
    let answer = statx(opened, "", AtFlags::EMPTY_PATH, StatxFlags::INO)?;
    Ok((answer.stx_dev_major, answer.stx_dev_minor, answer.stx_ino))
}
