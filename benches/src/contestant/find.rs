//! Calling find: what a look at every file costs, with nothing of a sync around it.

use std::process::Command;

use super::isolated;
use crate::job::Job;

/// GNU's, of the machine.
pub(super) const PROGRAM: &str = "find";

/// What an index compares: size, both times and inode. Written to nowhere, which is the least that it can cost.
pub(super) const FLAGS: [&str; 3] = ["-fprintf", "/dev/null", r"%s %T@ %C@ %i\n"];

/// One walk over the tree.
pub(super) fn command(job: &Job<'_>) -> Command {
    let mut command = isolated(Command::new(PROGRAM), job);
    command.arg(job.local).args(FLAGS);
    command
}
