//! Running a test on a node: the test starts itself once more, inside.

use std::env;
use std::io::{Write, stderr};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, bail};

use super::{Inside, Node};

/// Runs the test `name` on a node that all tests of this process share, or on the one that it runs on already.
///
/// `name` is the test's whole name, with its modules. Where there can be no node the test is not run, which is said
/// loudly, and is a failure where `CI` is set. What it leaves running ends with the node; when it fails, the node's logs are
/// kept, and the error says where.
pub fn on_node(name: &str, test: impl FnOnce(&Inside)) -> Result<()> {
    if let Some(inside) = Inside::here() {
        test(&inside);
        return Ok(());
    }
    if !can_run(name)? {
        return Ok(());
    }
    let mut itself = Command::new(env::current_exe().context("this program does not know where it is")?);
    itself.args(["--exact", name, "--nocapture", "--include-ignored"]);
    let node = shared()?;
    let output = node.command(&itself)?.output().context("cannot run the test on the node")?;
    let said = String::from_utf8_lossy(&output.stdout);
    // Nothing that has another name would fail.
    if !output.status.success() || !said.contains("test result: ok. 1 passed") {
        let logs = match node.keep_logs(name) {
            Ok(folder) => format!("the logs of the node are in {}", folder.display()),
            Err(error) => format!("the logs of the node are not kept: {error:#}"),
        };
        bail!(
            "on the node, {name} ended with {}:\n{said}{}\n{logs}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    // Kept by the harness, like all that a test prints.
    print!("{said}");
    Ok(())
}

/// Whether a test can have a node here. If not that is said loudly, and where `CI` is set it is an error.
pub fn can_run(name: &str) -> Result<bool> {
    let Err(lack) = Node::check_machine() else { return Ok(true) };
    if env::var_os("CI").is_some_and(|ci| !ci.is_empty()) {
        return Err(lack);
    }
    // Not by a macro, since the output of a test that passes is thrown away; in one piece, since others write too.
    stderr().write_all(format!("\nNOT RUN: {name}: {lack:#}\n").as_bytes())?;
    Ok(false)
}

fn shared() -> Result<&'static Node> {
    static SHARED: OnceLock<Result<Node>> = OnceLock::new();
    SHARED.get_or_init(Node::start).as_ref().map_err(|error| anyhow!("no node: {error:#}"))
}
