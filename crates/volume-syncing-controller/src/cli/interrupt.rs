//! `interrupt`: the end of a long-running sync, asked for from outside.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::sync::DEFAULT_PID_PATH;
use super::{help, values};
use crate::environment;

/// Ask the long-running process to end well
///
/// Sends SIGTERM to the process that the PID file names, after making sure that it is the one that wrote the file. That
/// process lets a running sync end, syncs to the remote one last time, and exits. Asking a second time makes it give up
/// the rest at once.
#[derive(Debug, Args)]
#[command(after_long_help = help::interrupt())]
pub(crate) struct Interrupt {
    /// The PID file
    #[arg(long, value_name = "PATH", default_value = DEFAULT_PID_PATH, value_parser = values::path,
          env = environment::PID_PATH.name, hide_env_values = true)]
    pub(crate) pid_path: PathBuf,

    /// Wait until the process has ended, at most so many seconds
    ///
    /// Use it in a preStop hook: the SIGTERM that follows the hook would otherwise be the second one, and cut the
    /// last sync short.
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds)]
    pub(crate) wait: Option<Duration>,

    /// Only say whether there is such a process, and send it nothing
    ///
    /// What a probe of a container asks.
    #[arg(long, conflicts_with = "wait")]
    pub(crate) dry_run: bool,
}
