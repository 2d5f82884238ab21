//! `mount_setattr(2)`, which rustix does not have.
#![allow(unsafe_code)] // A system call is made by number, with a pointer to what it reads.

use std::os::fd::{AsFd, AsRawFd};

use rustix::io::{Errno, Result};

/// What changes about a mount.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Attributes {
    /// `MOUNT_ATTR_*` to switch on.
    pub(super) set: u64,
    /// `MOUNT_ATTR_*` to switch off.
    pub(super) clear: u64,
    /// `MS_SLAVE` and its like, or 0 to leave it.
    pub(super) propagation: u64,
    /// Whether the mounts on it change too.
    pub(super) recursive: bool,
}

/// Changes the mount whose root `mount` is.
pub(super) fn set(mount: impl AsFd, attributes: Attributes) -> Result<()> {
    let attr = libc::mount_attr {
        attr_set: attributes.set,
        attr_clr: attributes.clear,
        propagation: attributes.propagation,
        userns_fd: 0,
    };
    let flags = libc::AT_EMPTY_PATH | if attributes.recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path is a C string without end of life, and the kernel reads `size` bytes of `attr`, which lives on.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_fd().as_raw_fd(),
            c"".as_ptr(),
            flags,
            &raw const attr,
            size_of::<libc::mount_attr>(),
        )
    };
    if answer == 0 { Ok(()) } else { Err(last_error()) }
}

fn last_error() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::INVAL)
}
