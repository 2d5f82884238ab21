//! Calling cargo from the workspace's root, as a step that must succeed.

use std::env;
use std::process::Command;

use anyhow::{Context, Result, bail};
use podfs_testkit::tools::{tools_dir, workspace_root};

/// The cargo that runs us, at the workspace's root, with the variables that our tests look at.
pub(crate) fn cargo() -> Result<Command> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace_root()?).env("PODFS_TOOLS_DIR", tools_dir()?);
    Ok(command)
}

/// Runs `cargo` with these arguments.
pub(crate) fn run(args: &[&str]) -> Result<()> {
    succeed(cargo()?.args(args))
}

/// Builds all programs as the tests need them. With a package alone, what it depends on would be built once more, with other
/// features.
pub(crate) fn build() -> Result<()> {
    run(&["test", "--workspace", "--locked", "--no-run", "--quiet"])
}

/// Runs a command whose output goes where ours goes.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
    if !status.success() {
        bail!("{command:?} failed with {status}");
    }
    Ok(())
}
