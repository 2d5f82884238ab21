//! Errors of the command line, without the secrets that a slip of the keyboard may put into them.

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

use crate::exit::Exit;

/// Prints help, the version or an error, and says how to exit.
pub(super) fn print(error: Error, command: &mut Command) -> ExitCode {
    // An argument can be shown only when its command was built, and parsing builds one command alone.
    command.build();
    let error = without_stray_value(error, command);
    let variable = variable_behind(&error, command);
    // Nothing can be done when not even this can be printed.
    let _ = error.print();
    if let Some(name) = variable {
        eprintln!("The value stands in the environment variable {name}.");
    }
    if error.use_stderr() { Exit::Configuration.into() } else { Exit::Done.into() }
}

/// `-p secret_access_key= VALUE` leaves VALUE as a word of its own, which clap would repeat in its message.
fn without_stray_value(error: Error, command: &mut Command) -> Error {
    let stray = match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::UnknownArgument, Some(ContextValue::String(word))) => !word.starts_with('-'),
        (ErrorKind::TooManyValues, _) => true,
        _ => false,
    };
    if !stray {
        return error;
    }
    command.error(
        ErrorKind::UnknownArgument,
        "there is a word that belongs to no flag (not shown, it may be a secret); a value with spaces needs \
         quotes, and nothing may stand between `key=` and its value",
    )
}

/// Which variable holds the value that was refused, when it did not come from the command line.
fn variable_behind(error: &Error, command: &Command) -> Option<String> {
    if !matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue) {
        return None;
    }
    let Some(ContextValue::String(refused)) = error.get(ContextKind::InvalidArg) else { return None };
    let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue) else { return None };
    let arguments = command.get_subcommands().flat_map(Command::get_arguments);
    let mut variables = arguments
        .filter(|argument| argument.to_string() == *refused)
        .filter_map(clap::Arg::get_env)
        .filter(|name| std::env::var_os(name).is_some_and(|held| held.to_string_lossy() == *value));
    variables.next().map(|name| name.to_string_lossy().into_owned())
}
