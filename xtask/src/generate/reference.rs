//! The references of the command line and the environment, as the program itself prints them.

use anyhow::{Context, Result, bail};

use crate::cargo::cargo;

const PROGRAM: &str = "volume-syncing-controller";

/// The text of docs/cli.md.
pub(super) fn command_line() -> Result<String> {
    print("cli")
}

/// The text of docs/environment.md.
pub(super) fn environment() -> Result<String> {
    print("environment")
}

/// Builds the program when it is not up to date, and asks it.
fn print(document: &str) -> Result<String> {
    let mut command = cargo()?;
    command.args(["run", "--quiet", "--locked", "--package", PROGRAM, "--", "reference", document]);
    // Errors of the compiler go where a person sees them; only the document is caught.
    let output = command.stderr(std::process::Stdio::inherit()).output().context("cannot run cargo")?;
    if !output.status.success() {
        bail!("`{PROGRAM} reference {document}` ended with {}", output.status);
    }
    String::from_utf8(output.stdout).context("the document is not UTF-8")
}
