//! The PID file of a long-running process: one process at a time, found by `interrupt`, never confused with another
//! process that got the same number later.

mod content;
mod file;
mod interrupt;
mod process;

pub(crate) use file::PidFile;
pub(crate) use interrupt::{interrupt, look};
