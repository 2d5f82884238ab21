//! Who takes part, and how each is called.

mod bare_puts;
mod find;
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

pub(crate) use bare_puts::upload;
pub(crate) use rclone::size_command;

/// A program with a way to call it. The order is that of the turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Contestant {
    /// volume-syncing-controller, native engine, default settings
    Ours,
    /// The same without encryption, beside it where small files are encrypted
    OursPlain,
    /// The same again with nothing changed, beside it where one file has changed
    OursNoOp,
    /// rclone as it comes
    Rclone,
    /// rclone with the flags that suit these jobs best
    RcloneTuned,
    /// s5cmd as it comes
    S5cmd,
    /// find, which looks at every file and does nothing else, where there is nothing to do
    Find,
    /// The parts of the large file by bare requests, which is the least that an upload costs
    BarePuts,
}

impl Contestant {
    /// Whether it can do what a scenario asks, and has something to say there.
    pub(crate) fn takes_part(self, scenario: Scenario) -> bool {
        match self {
            Self::Ours => true,
            Self::OursPlain | Self::OursNoOp | Self::Find => scenario.beside() == Some(self),
            Self::Rclone => scenario.is_compared(),
            Self::RcloneTuned => scenario.is_compared() && scenario.beside() != Some(Self::OursPlain),
            Self::S5cmd => scenario.is_compared() && !scenario.is_encrypted(),
            Self::BarePuts => scenario == Scenario::LargeUp,
        }
    }

    /// Whether what it carries is encrypted on the server.
    pub(crate) fn encrypts(self, scenario: Scenario) -> bool {
        scenario.is_encrypted() && self != Self::OursPlain
    }

    /// Whether it is we.
    pub(crate) fn is_ours(self) -> bool {
        matches!(self, Self::Ours | Self::OursPlain | Self::OursNoOp)
    }

    /// Whether it is another program that syncs.
    pub(crate) fn is_other(self) -> bool {
        matches!(self, Self::Rclone | Self::RcloneTuned | Self::S5cmd)
    }

    /// Whose sync it finds done when its turn comes.
    pub(crate) fn follows(self) -> Self {
        match self {
            Self::OursNoOp | Self::Find => Self::Ours,
            itself => itself,
        }
    }

    /// The command that does a job. Credentials are in its environment, which holds nothing of ours besides.
    pub(crate) fn command(self, job: &Job<'_>, controller: Option<&Path>) -> Result<Command> {
        let controller =
            || controller.context("`ours` needs --controller PROGRAM; `cargo xtask bench` gives it");
        match self {
            Self::Ours | Self::OursPlain | Self::OursNoOp => Ok(ours::command(job, controller()?)),
            Self::Rclone => rclone::command(job),
            Self::RcloneTuned => rclone::tuned_command(job),
            Self::S5cmd => s5cmd::command(job),
            Self::Find => Ok(find::command(job)),
            Self::BarePuts => bare_puts::command(job),
        }
    }

    /// Ours as a sidecar: it stays, and does a job again after each change.
    pub(crate) fn sidecar(job: &Job<'_>, controller: Option<&Path>) -> Result<Command> {
        let mut command = Self::Ours.command(job, controller)?;
        command.args(["-v", "--fsnotify", "0", "--pid-path"]).arg(job.scratch.join("pid"));
        Ok(command)
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
            Self::Find => format!("`{}`", find::FLAGS.join(" ")),
            _ => "none".to_owned(),
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
        Contestant::Ours | Contestant::OursPlain | Contestant::OursNoOp => {
            (controller.context("`ours` needs --controller PROGRAM")?.into(), "--version")
        }
        Contestant::Find => (find::PROGRAM.into(), "--version"),
        Contestant::BarePuts => (env::current_exe()?, "--version"),
        Contestant::Rclone | Contestant::RcloneTuned => (podfs_testkit::tools::RCLONE.path()?, "version"),
        Contestant::S5cmd => (podfs_testkit::tools::S5CMD.path()?, "version"),
    };
    let output = Command::new(&program).arg(arg).output();
    let output = output.with_context(|| format!("cannot run {}", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.lines().next().unwrap_or_default().split(' ').next_back().unwrap_or_default();
    Ok(version.split_once('-').map_or(version, |(number, _commit)| number).to_owned())
}
