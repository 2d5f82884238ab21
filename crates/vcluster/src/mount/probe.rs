//! Whether this kernel, and what it grants this process, will do.
//!
//! There is no way for kernels before 5.12. The old `mount(2)` binds first and changes propagation after: in between,
//! the bind and the copies of it that reach other mount namespaces are peers of `fromPath`, and unmounting one of those
//! later unmounts the kubelet's volumes. It would also show the mount before it is `nosuid,nodev`. Neither can be had safely.

use std::os::fd::AsFd;

use rustix::fs::{AtFlags, StatxFlags, statx};
use rustix::io::{Errno, Result};
use rustix::mount::{OpenTreeFlags, open_tree};
use thiserror::Error;

use super::attributes::{self, Attributes};
use super::beneath::{self, Crossing};

/// Why nothing can be mounted on this node.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProbeError {
    /// The kernel does not know a system call.
    #[error(
        "the kernel lacks {call}, which came with Linux {since}; this agent needs Linux 5.12, because \
         older ones cannot make a mount that is safe before anybody sees it"
    )]
    TooOld {
        /// The system call.
        call: &'static str,
        /// The first kernel that has it.
        since: &'static str,
    },
    /// The process may not use it.
    #[error(
        "{call} is not permitted; the container needs CAP_SYS_ADMIN in the node's user namespace (`privileged: true`), and a \
         seccomp profile must not forbid it"
    )]
    NotPermitted {
        /// The system call.
        call: &'static str,
    },
    /// It says something unexpected.
    #[error("{call} does not work here: {cause}")]
    Failed {
        /// The system call.
        call: &'static str,
        /// What the kernel said.
        cause: Errno,
    },
}

/// Tries each system call that is needed on `toPath`, without changing anything.
pub(super) fn probe(to: impl AsFd) -> std::result::Result<(), ProbeError> {
    let to = to.as_fd();
    judge("openat2", "5.6", beneath::open(to, [], Crossing::Refused))?;
    judge("statx with mount ids", "5.8", mount_id(to))?;
    judge("mount_setattr", "5.12", attributes::set(to, Attributes::default()))?;
    let flags =
        OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_EMPTY_PATH;
    judge("open_tree", "5.2", open_tree(to, "", flags))?;
    Ok(())
}

/// The number of the mount that an opened file is on.
pub(super) fn mount_id(file: impl AsFd) -> Result<u64> {
    let answer = statx(file, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID)?;
    if answer.stx_mask & StatxFlags::MNT_ID.bits() == 0 {
        return Err(Errno::NOSYS);
    }
    Ok(answer.stx_mnt_id)
}

fn judge<T>(
    call: &'static str,
    since: &'static str,
    answer: Result<T>,
) -> std::result::Result<T, ProbeError> {
    answer.map_err(|errno| match errno {
        Errno::NOSYS => ProbeError::TooOld { call, since },
        Errno::PERM | Errno::ACCESS => ProbeError::NotPermitted { call },
        cause => ProbeError::Failed { call, cause },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_kernel_is_told_with_the_reason() {
        let error = judge::<()>("mount_setattr", "5.12", Err(Errno::NOSYS)).unwrap_err();
        assert!(error.to_string().contains("came with Linux 5.12"), "{error}");
    }

    #[test]
    fn a_process_that_may_not_mount_is_told_what_it_needs() {
        let error = judge::<()>("open_tree", "5.2", Err(Errno::PERM)).unwrap_err();
        assert!(error.to_string().contains("CAP_SYS_ADMIN"), "{error}");
    }
}
