//! Checking licences, sources and banned crates with a pinned cargo-deny, which is built once per machine.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use podfs_testkit::tools::{tools_dir, workspace_root};

use crate::cargo::{cargo, succeed};

const VERSION: &str = "0.20.2";

/// Checks the dependency tree against `deny.toml`.
pub(crate) fn check() -> Result<()> {
    let program = install()?;
    println!("advisories are not checked: their database is no package, so CI cannot fetch it");
    let mut command = Command::new(program);
    command.current_dir(workspace_root()?).args(["--locked", "check", "bans", "licenses", "sources"]);
    succeed(&mut command)
}

/// Builds the program into the tools' cache, which takes minutes, unless it is there.
fn install() -> Result<PathBuf> {
    let root = tools_dir()?.join(format!("cargo-deny-{VERSION}"));
    let program = root.join("bin").join("cargo-deny");
    if !program.is_file() {
        let package = format!("cargo-deny@{VERSION}");
        // Built in a folder of its own, which cargo removes: ours would keep what nobody needs again.
        let mut command = cargo()?;
        command.args(["install", "--quiet", "--locked", "--root"]).arg(&root).arg(package);
        succeed(command.env_remove("CARGO_TARGET_DIR"))?;
    }
    Ok(program)
}
