//! Keeps keys out of core dumps.

use std::io;

use rustix::process::{DumpableBehavior, set_dumpable_behavior};

/// Forbids core dumps of this process, and other processes of the same user to read its memory (`PR_SET_DUMPABLE`).
/// To be called before the first key is loaded. Undone by `execve`, so a started program is dumpable again.
///
/// # Errors
/// The kernel's refusal.
pub fn protect_process() -> io::Result<()> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(io::Error::from)
}
