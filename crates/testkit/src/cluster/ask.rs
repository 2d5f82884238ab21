//! Asking a cluster with kubectl, and giving it objects.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};

/// The cluster that charts are for: a helm that its own project did not build takes it for a very old one.
pub const HELM_SERVER_VERSION: &str = "--kube-version=1.36";

/// Runs a command that reads `input`; gives all that it said, however it ended.
///
/// # Errors
/// When it cannot be run, or does not read all of it.
pub fn output_with_input(command: &mut Command, input: &str) -> Result<Output> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot run {command:?}"))?;
    // Closed at the end of this line, so that it knows that nothing more comes.
    let written = child.stdin.take().context("it takes no input")?.write_all(input.as_bytes());
    let output = child.wait_with_output()?;
    if let Err(error) = written {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{command:?} did not read its input ({error}): {said}");
    }
    Ok(output)
}

/// What a command prints; an error with what it complains of when it fails.
///
/// # Errors
/// That, and when it cannot be run, or prints what is no text.
pub fn output_of(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {command:?}"))?;
    printed(command, output)
}

pub(super) fn printed(command: &Command, output: Output) -> Result<String> {
    if !output.status.success() {
        bail!("{command:?} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}
