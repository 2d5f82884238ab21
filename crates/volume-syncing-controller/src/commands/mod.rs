//! From a parsed command to its exit code.

mod documents;
mod inject;
mod key;
mod process;
mod schedule;
mod serve;
mod sync;
mod verify;

pub(crate) use verify::Check;

use crate::cli::{Command, KeyTask, Question};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{output, pid_file};

/// Runs a command. What went wrong has been told when this returns.
pub(crate) fn run(command: Command) -> Exit {
    let outcome = match command {
        Command::SyncToRemote(command) => {
            let format = command.sync.output;
            return sync::order_and_run(command.into_order(), format);
        }
        Command::RemoteToLocalSync(command) => {
            let format = command.sync.output;
            return sync::order_and_run(command.into_order(), format);
        }
        Command::Verify(command) => {
            let format = command.output;
            return verify::check_and_tell(command.into_check(), format);
        }
        Command::Interrupt(command) if command.dry_run => pid_file::look(&command.pid_path).and_then(tell),
        Command::Interrupt(command) => pid_file::interrupt(&command.pid_path, command.wait).and_then(tell),
        Command::Serve(command) => serve::serve(*command),
        Command::Schedule(command) => match command.question {
            Question::Next(question) => schedule::next(&question).and_then(tell),
        },
        Command::Key(command) => match command.task {
            KeyTask::Generate(_) => key::generate().and_then(tell),
            KeyTask::Check(command) => key::check(*command).and_then(tell),
        },
        Command::Inject(command) => inject::inject(&command).and_then(tell),
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
