//! The command line.

mod reference;
mod settings;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

pub(crate) use settings::SettingsArguments;

use crate::exit::{Exit, Failure};
use crate::list::ListArguments;
use crate::telemetry::logging;
use crate::{agent, dry_run, list, privileges};

/// Shows each virtual cluster the kubelet's directories of its own Pods.
///
/// For each Pod of this node that vcluster made, the directory below fromPath is mounted below toPath, at
/// <vcluster>/pods/<uid inside the virtual cluster>, and taken away when the Pod goes. Mounts outlive this program.
#[derive(Debug, Parser)]
#[command(name = "vcluster-fs-syncer", version, max_term_width = 110, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    settings: SettingsArguments,

    #[command(flatten)]
    logging: logging::Arguments,

    /// Print what would be done, do nothing, and end
    #[arg(long)]
    dry_run: bool,

    #[command(subcommand)]
    command: Option<Command>,
}

/// What to do instead of running as the agent.
#[derive(Debug, Subcommand)]
enum Command {
    /// Show what is mounted on this node, for whom, since when, and what is wrong
    List(ListArguments),
    /// Print the reference as Markdown, for a generated document
    #[command(hide = true)]
    Reference,
}

/// Reads the command line and the environment. Help, version and errors are printed here; what comes back is then the
/// exit code.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, ExitCode> {
    Cli::try_parse_from(arguments).map_err(|error| {
        // Nothing can be done when not even this can be printed.
        let _ = error.print();
        if error.use_stderr() { Exit::Configuration.into() } else { Exit::Done.into() }
    })
}

/// Does what the command line says.
pub(crate) fn run(cli: Cli) -> ExitCode {
    match act(cli) {
        Ok(()) => Exit::Done.into(),
        Err(failure) => {
            eprintln!("error: {failure}");
            failure.exit.into()
        }
    }
}

fn act(cli: Cli) -> Result<(), Failure> {
    if matches!(cli.command, Some(Command::Reference)) {
        print!("{}", reference::render(&Cli::command()));
        return Ok(());
    }
    logging::start(&cli.logging);
    let settings = crate::settings::resolve(cli.settings)?;
    // Before there is any other thread: what is dropped here is dropped for all.
    if let Err(cause) = privileges::drop_all_but_needed() {
        tracing::warn!(%cause, "cannot give up privileges that are not needed");
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|cause| Failure::unexpected(format!("cannot start: {cause}")))?;
    let outcome = match cli.command {
        Some(Command::List(arguments)) => runtime.block_on(list::run(&arguments, &settings)),
        _ if cli.dry_run => runtime.block_on(dry_run::run(&settings)),
        _ => runtime.block_on(agent::run(&settings)),
    };
    // A pass that hangs in the kernel must not keep the program from ending.
    runtime.shutdown_background();
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn settings_may_stand_before_and_after_a_command() {
        for words in [["--from-path", "/from", "list"], ["list", "--from-path", "/from"]] {
            let arguments = ["vcluster-fs-syncer"].into_iter().chain(words).map(OsString::from);
            let cli = parse(arguments).unwrap();
            assert_eq!(cli.settings.from_path, Some("/from".into()));
        }
    }
}
