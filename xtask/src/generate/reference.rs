//! The references of the command line and the environment, as the programs themselves print them.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use podfs_testkit::tools::target_dir;

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

/// Asks the program, which is up to date.
fn print(program: &str, words: &[&str]) -> Result<String> {
    let built = target_dir()?.join("debug").join(program);
    // Errors go where a person sees them; only the document is caught.
    let output = Command::new(&built).args(words).stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("cannot run {}", built.display()))?;
    if !output.status.success() {
        bail!("`{program} {}` ended with {}", words.join(" "), output.status);
    }
    String::from_utf8(output.stdout).context("the document is not UTF-8")
}
