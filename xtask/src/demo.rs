//! `cargo xtask demo`: a directory goes to a remote on the local disk and comes back; both are compared.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use podfs_testkit::tools::{target_dir, workspace_root};
use podfs_testkit::tree::{Compare, assert_same, snapshot};

use crate::cargo::cargo;

const PROGRAM: &str = "volume-syncing-controller";

/// Syncs `directory` (or this project's `crates`), restores it beside, and compares.
pub(crate) fn run(directory: Option<&Path>) -> Result<()> {
    let source = match directory {
        Some(directory) => directory.to_path_buf(),
        None => workspace_root()?.join("crates"),
    };
    let source =
        source.canonicalize().with_context(|| format!("there is no directory {}", source.display()))?;
    let program = build()?;
    let demo = target_dir()?.join("demo");
    if demo.exists() {
        fs::remove_dir_all(&demo).with_context(|| format!("cannot clear {}", demo.display()))?;
    }
    fs::create_dir_all(&demo).with_context(|| format!("cannot make {}", demo.display()))?;
    let (remote, restored) = (demo.join("remote"), demo.join("restored"));

    println!("\n1. The directory goes to the remote.");
    sync(&program, &demo, &["sync-to-remote", "-s", text(&source)?, "-d", text(&remote)?])?;
    println!("\n2. It comes back somewhere else.");
    sync(&program, &demo, &["remote-to-local-sync", "-s", text(&remote)?, "-d", text(&restored)?])?;
    println!("\n3. Both are compared: names, contents, modification times.");
    let (before, after) = (snapshot(&source)?, snapshot(&restored)?);
    assert_same(&before, &after, Compare::MIRROR)?;
    println!("   identical: {} entries in {}", after.len(), restored.display());
    Ok(())
}

fn build() -> Result<PathBuf> {
    println!("Building {PROGRAM} …");
    let built = cargo()?.args(["build", "--locked", "--quiet", "--package", PROGRAM]).status()?;
    if !built.success() {
        bail!("{PROGRAM} could not be built");
    }
    Ok(target_dir()?.join("debug").join(PROGRAM))
}

fn sync(program: &Path, demo: &Path, arguments: &[&str]) -> Result<()> {
    println!("   $ REMOTE_TYPE=local {PROGRAM} {}", arguments.join(" "));
    let status = Command::new(program)
        .args(arguments)
        .arg("--config-path")
        .arg(demo.join("rclone.conf"))
        .arg("--state-dir")
        .arg(demo.join("state"))
        .env("REMOTE_TYPE", "local")
        .status()
        .with_context(|| format!("cannot run {}", program.display()))?;
    if !status.success() {
        bail!("{PROGRAM} ended with {status}");
    }
    Ok(())
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("{} is not UTF-8, which the demo needs", path.display()))
}
