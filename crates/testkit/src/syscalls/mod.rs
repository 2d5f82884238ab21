//! Running a program to its N-th system call, and killing it there or letting that call fail.
//!
//! All threads are counted together, so that one number is one moment of the whole program. Only calls that concern a
//! folder count, and for some tests also what is sent over the network: what a program does before it begins to work, and
//! how its threads wake each other, is of no interest. Only for x86-64, whose registers it changes.

mod call;
mod tracee;
mod tracer;

use std::path::PathBuf;

pub use tracer::run;

/// Which calls count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Those that change something in the folder.
    Changes,
    /// Those, and what is sent.
    ChangesAndSends,
    /// All that have to do with the folder.
    All,
}

/// What happens at the N-th of them, instead of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The program is killed.
    Kill,
    /// There is no room (`ENOSPC`).
    NoSpace,
    /// The disk fails (`EIO`).
    DiskFails,
}

/// When something is to happen to a program, and what.
#[derive(Debug, Clone)]
pub struct Watch {
    /// What lies beneath it is counted.
    pub folder: PathBuf,
    /// Which calls count.
    pub counted: Counted,
    /// What happens at which of them, the first being 1; `None`: they are only counted.
    pub trouble: Option<(Trouble, u64)>,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// How many calls counted.
    pub calls: u64,
    /// The call that met the trouble, in words.
    pub met: Option<String>,
}
