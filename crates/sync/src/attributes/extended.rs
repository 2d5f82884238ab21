//! Extended attributes as they are read: which of them belong to the file, and which to the system it lies on.

use std::ffi::CStr;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{getxattr, lgetxattr, listxattr, llistxattr};
use rustix::io::{Errno, Result};
use serde::{Deserialize, Serialize};

/// One extended attribute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Extended {
    /// With its name space: `user.note`, `system.posix_acl_access`.
    pub name: Vec<u8>,
    /// Any bytes.
    pub value: Vec<u8>,
}

/// What is not carried to another place: labels that the node's own policy gives (SELinux, Smack, AppArmor, IMA, EVM),
/// and our receipt, which stands for this very folder.
const NOT_CARRIED: [&[u8]; 6] = [
    b"security.selinux",
    b"security.SMACK64",
    b"security.apparmor",
    b"security.ima",
    b"security.evm",
    b"user.podfs.receipt",
];

/// Name spaces of file systems that show their own workings as attributes (overlay, network and cluster file systems).
const OWN_WORKINGS: [&[u8]; 4] = [b"trusted.overlay.", b"system.nfs", b"ceph.", b"trusted.glusterfs."];

/// Longer lists and values than the kernel takes (`XATTR_LIST_MAX`, `XATTR_SIZE_MAX`) do not exist.
const LIMIT: usize = 64 * 1024;

impl Extended {
    /// Whether this is a POSIX ACL.
    #[must_use]
    pub fn is_acl(&self) -> bool {
        self.name.starts_with(b"system.posix_acl_")
    }
}

/// Whether an attribute of this name goes where the file goes.
pub(super) fn is_carried(name: &[u8]) -> bool {
    !NOT_CARRIED.contains(&name) && !OWN_WORKINGS.iter().any(|prefix| name.starts_with(prefix))
}

/// Reads the attributes of what is opened as `handle`, also with `O_PATH`. A file system without them has none.
///
/// # Errors
/// When they are there and cannot be read.
pub fn read_extended(handle: BorrowedFd<'_>) -> Result<Vec<Extended>> {
    let path = proc_path(handle);
    read(|list| listxattr(&path, list), |name, value| getxattr(&path, name, value))
}

/// Reads the attributes of `name` inside an opened folder, of a symbolic link itself.
///
/// # Errors
/// When they are there and cannot be read.
pub fn read_extended_at(folder: BorrowedFd<'_>, name: &[u8]) -> Result<Vec<Extended>> {
    let path = proc_path(folder).join(Path::new(std::ffi::OsStr::from_bytes(name)));
    read(|list| llistxattr(&path, list), |name, value| lgetxattr(&path, name, value))
}

/// A way to an opened file for calls that take only paths. It leads to the file itself, whatever its name is by now.
pub(super) fn proc_path(handle: BorrowedFd<'_>) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", handle.as_raw_fd()))
}

fn read(
    list: impl Fn(&mut [u8]) -> Result<usize>,
    value: impl Fn(&CStr, &mut [u8]) -> Result<usize>,
) -> Result<Vec<Extended>> {
    let names = match whole(&list) {
        Ok(names) => names,
        Err(Errno::OPNOTSUPP) => return Ok(Vec::new()),
        Err(errno) => return Err(errno),
    };
    let mut found = Vec::new();
    for name in names.split_inclusive(|byte| *byte == 0) {
        let Ok(name) = CStr::from_bytes_with_nul(name) else { continue };
        if !is_carried(name.to_bytes()) {
            continue;
        }
        match whole(&|buffer: &mut [u8]| value(name, buffer)) {
            Ok(value) => found.push(Extended { name: name.to_bytes().to_vec(), value }),
            // Gone since the list, or one that only shows itself.
            Err(Errno::NODATA | Errno::OPNOTSUPP) => {}
            Err(errno) => return Err(errno),
        }
    }
    found.sort();
    Ok(found)
}

/// Nearly always there is nothing, which the first small buffer tells.
fn whole(call: &impl Fn(&mut [u8]) -> Result<usize>) -> Result<Vec<u8>> {
    let mut small = [0_u8; 256];
    match call(&mut small) {
        Ok(length) => return Ok(small.get(..length).unwrap_or_default().to_vec()),
        Err(Errno::RANGE) => {}
        Err(errno) => return Err(errno),
    }
    let mut large = vec![0_u8; LIMIT];
    let length = call(&mut large)?;
    large.truncate(length);
    Ok(large)
}
