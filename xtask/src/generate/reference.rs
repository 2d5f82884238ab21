//! The references of the command line and the environment, as the programs themselves print them.

use anyhow::{Context, Result, bail};

use crate::cargo::cargo;

const CONTROLLER: &str = "volume-syncing-controller";
const AGENT: &str = "vcluster-fs-syncer";

/// The text of docs/cli.md.
pub(super) fn command_line() -> Result<String> {
    print(CONTROLLER, &["reference", "cli"])
}

/// The text of docs/environment.md.
pub(super) fn environment() -> Result<String> {
    print(CONTROLLER, &["reference", "environment"])
}

/// The text of docs/crd.md.
pub(super) fn resource() -> Result<String> {
    print(CONTROLLER, &["reference", "resource"])
}

/// The CustomResourceDefinition of the chart.
pub(super) fn resource_manifest() -> Result<String> {
    print(CONTROLLER, &["reference", "resource-manifest"])
}

/// The text of docs/vcluster-fs-syncer-settings.md.
pub(super) fn agent_settings() -> Result<String> {
    print(AGENT, &["reference"])
}

/// Builds the program when it is not up to date, and asks it.
fn print(program: &str, words: &[&str]) -> Result<String> {
    let mut command = cargo()?;
    command.args(["run", "--quiet", "--locked", "--package", program, "--"]).args(words);
    // Errors of the compiler go where a person sees them; only the document is caught.
    let output = command.stderr(std::process::Stdio::inherit()).output().context("cannot run cargo")?;
    if !output.status.success() {
        bail!("`{program} {}` ended with {}", words.join(" "), output.status);
    }
    String::from_utf8(output.stdout).context("the document is not UTF-8")
}
