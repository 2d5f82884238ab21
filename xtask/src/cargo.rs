//! Calling cargo from the workspace's root, as a step that must succeed.

use std::env;
use std::ffi::OsString;
use std::process::Command;

use anyhow::{Context, Result, bail};
use podfs_testkit::tools::{tools_dir, workspace_root};

/// How variables begin by which cargo tells a program about its package.
const OWN: &[&str] = &["CARGO_MANIFEST_", "CARGO_PKG_"];

/// The cargo that runs us, at the workspace's root, with the variables that our tests look at.
pub(crate) fn cargo() -> Result<Command> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace_root()?).env("PODFS_TOOLS_DIR", tools_dir()?);
    // Cargo told us about our own package. Build scripts would take that for a change, and build again what was built by hand.
    let about_us =
        |name: &&OsString| name.to_str().is_some_and(|name| OWN.iter().any(|own| name.starts_with(own)));
    for name in env::vars_os().map(|(name, _)| name).filter(|name| about_us(&name)) {
        command.env_remove(name);
    }
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
