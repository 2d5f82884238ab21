//! From a parsed command to its exit code.

mod documents;
mod schedule;
mod sync;

use crate::cli::{Command, Question};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{output, pid_file};

/// Runs a command. What went wrong has been told when this returns.
pub(crate) fn run(command: Command) -> Exit {
    let outcome = match command {
        Command::SyncToRemote(command) => command.into_order().map(sync::run),
        Command::RemoteToLocalSync(command) => command.into_order().map(sync::run),
        Command::Interrupt(command) => pid_file::interrupt(&command.pid_path, command.wait).and_then(tell),
        Command::Schedule(command) => match command.question {
            Question::Next(question) => schedule::next(&question).and_then(tell),
        },
        Command::Completions(command) => documents::print(&command.render()),
        Command::Man(command) => documents::man(&command),
        Command::Reference(command) => documents::print(command.render().as_bytes()),
    };
    outcome.unwrap_or_else(|failure| {
        output::print_failure(&failure);
        failure.exit
    })
}

fn tell(text: impl AsRef<str>) -> Result<Exit, Failure> {
    documents::print(format!("{}\n", text.as_ref()).as_bytes())
}
