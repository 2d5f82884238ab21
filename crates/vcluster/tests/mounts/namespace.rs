//! A mount namespace for one test.
#![allow(unsafe_code)] // Leaving a namespace is unsafe to call, for the sake of file descriptors; those are not left here.

use std::path::Path;

use rustix::mount::{MountPropagationFlags, mount_change};
use rustix::thread::{UnshareFlags, unshare_unsafe};

/// Runs a test in a mount namespace of its own, with a temporary directory. What it mounts goes away with it.
///
/// Mount namespaces are a matter of threads, so a thread is all it takes. Its `/proc/self` still tells of the first thread.
pub(crate) fn in_private_namespace(test: impl FnOnce(&Path) + Send) {
    assert!(
        rustix::process::geteuid().is_root(),
        "these tests mount file systems and need root: run them as root, as the CI does"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap();
    in_own_namespace(|| {
        let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
        mount_change("/", private).expect("a private tree");
        test(&path);
    });
}

/// Runs something in a copy of this thread's mount namespace. What is shared here stays shared with it.
pub(crate) fn in_own_namespace(work: impl FnOnce() + Send) {
    let outcome = std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            // SAFETY: the table of file descriptors stays shared; only mounts, and the working directory, become our own.
            unsafe { unshare_unsafe(UnshareFlags::NEWNS) }.expect("a mount namespace");
            work();
        });
        thread.join()
    });
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}
