//! The command line: definitions and their way into plain settings. Nothing here acts.

mod completions;
mod errors;
mod help;
mod inject;
mod interrupt;
mod key;
mod logging;
mod man;
mod parameter;
mod quantity;
mod reference;
mod remote;
mod remote_to_local_sync;
mod resources;
mod schedule;
mod serve;
mod switches;
mod sync;
mod sync_to_remote;
mod values;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{FromArgMatches as _, Parser, Subcommand};

pub(crate) use completions::Completions;
pub(crate) use inject::{Inject, Mode};
pub(crate) use interrupt::Interrupt;
pub(crate) use key::{CheckKey, KeyCommand, KeyTask};
pub(crate) use man::Man;
pub(crate) use reference::Reference;
pub(crate) use remote_to_local_sync::RemoteToLocalSync;
pub(crate) use schedule::{Next, Question, ScheduleCommand};
pub(crate) use serve::Serve;
pub(crate) use sync_to_remote::SyncToRemote;
pub(crate) use values::Format;
pub(crate) use verify::Verify;

/// Syncs a directory to any storage and restores it.
///
/// Files go to a plain mirror that stock rclone can read, on every kind of storage that rclone knows. The remote is
/// described by an rclone configuration (-c), by REMOTE_* variables, or by -p key=value.
#[derive(Debug, Parser)]
#[command(
    name = "volume-syncing-controller",
    version,
    max_term_width = 110,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_long_help = help::program()
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    SyncToRemote(Box<SyncToRemote>),
    RemoteToLocalSync(Box<RemoteToLocalSync>),
    Verify(Box<Verify>),
    Interrupt(Interrupt),
    Serve(Box<Serve>),
    Schedule(ScheduleCommand),
    Key(KeyCommand),
    Inject(Inject),
    Completions(Completions),
    Man(Man),
    Reference(Reference),
}

/// The whole definition, as parsing, help, completions, man pages and the reference all see it.
pub(crate) fn command() -> clap::Command {
    switches::as_in_go(<Cli as clap::CommandFactory>::command())
}

/// Reads the command line and the environment. Help, version and errors are printed here; what comes back is then
/// the exit code.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, ExitCode> {
    let mut command = command();
    command
        .try_get_matches_from_mut(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(|error| errors::print(error, &mut command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn every_visible_argument_is_explained() {
        for command in command().get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {argument}", command.get_name());
            }
        }
    }
}
