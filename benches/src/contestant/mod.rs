//! Who takes part, and how each is called.

mod ours;
mod rclone;
mod s5cmd;

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::job::Job;
use crate::scenario::Scenario;

pub(crate) use rclone::size_command;

/// A program with a way to call it. The order is that of the turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Contestant {
    /// volume-syncing-controller, native engine, default settings
    Ours,
    /// The same without encryption, beside it where small files are encrypted
    OursPlain,
    /// rclone as it comes
    Rclone,
    /// rclone with the flags that suit these jobs best
    RcloneTuned,
    /// s5cmd as it comes
    S5cmd,
}

impl Contestant {
    /// Whether it can do what a scenario asks, and has something to say there.
    pub(crate) fn takes_part(self, scenario: Scenario) -> bool {
        match self {
            Self::Ours | Self::Rclone => true,
            Self::OursPlain => scenario.is_beside_plain(),
            Self::RcloneTuned => !scenario.is_beside_plain(),
            Self::S5cmd => !scenario.is_encrypted(),
        }
    }

    /// Whether what it carries is encrypted on the server.
    pub(crate) fn encrypts(self, scenario: Scenario) -> bool {
        scenario.is_encrypted() && self != Self::OursPlain
    }

    /// Whether it is we.
    pub(crate) fn is_ours(self) -> bool {
        matches!(self, Self::Ours | Self::OursPlain)
    }

    /// The command that does a job. Credentials are in its environment, which holds nothing of ours besides.
    pub(crate) fn command(self, job: &Job<'_>, controller: Option<&Path>) -> Result<Command> {
        let controller =
            || controller.context("`ours` needs --controller PROGRAM; `cargo xtask bench` gives it");
        match self {
            Self::Ours | Self::OursPlain => Ok(ours::command(job, controller()?)),
            Self::Rclone => rclone::command(job),
            Self::RcloneTuned => rclone::tuned_command(job),
            Self::S5cmd => s5cmd::command(job),
        }
    }

    /// The flags that make this contestant differ from its program's defaults, for the report.
    pub(crate) fn flags(self) -> String {
        match self {
            Self::RcloneTuned => {
                format!(
                    "`{}`, for no-op and one-changed also `{}`",
                    rclone::TUNED.join(" "),
                    rclone::TUNED_NO_OP.join(" ")
                )
            }
            Self::Ours | Self::OursPlain | Self::Rclone | Self::S5cmd => "none".to_owned(),
        }
    }
}

/// The name on the command line and in reports.
impl fmt::Display for Contestant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}

/// Of our own environment a program gets `PATH` alone: a user's AWS or rclone variables must not change a result.
fn isolated(mut command: Command, job: &Job<'_>) -> Command {
    command.env_clear().env("HOME", job.scratch).envs(env::var_os("PATH").map(|path| ("PATH", path)));
    command
}

/// The first line that a contestant's program prints about its version.
pub(crate) fn version(contestant: Contestant, controller: Option<&Path>) -> Result<String> {
    let (program, arg): (PathBuf, &str) = match contestant {
        Contestant::Ours | Contestant::OursPlain => {
            (controller.context("`ours` needs --controller PROGRAM")?.into(), "--version")
        }
        Contestant::Rclone | Contestant::RcloneTuned => (podfs_testkit::tools::RCLONE.path()?, "version"),
        Contestant::S5cmd => (podfs_testkit::tools::S5CMD.path()?, "version"),
    };
    let output = Command::new(&program).arg(arg).output();
    let output = output.with_context(|| format!("cannot run {}", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.lines().next().unwrap_or_default().split(' ').next_back().unwrap_or_default();
    Ok(version.split_once('-').map_or(version, |(number, _commit)| number).to_owned())
}
