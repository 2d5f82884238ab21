//! kubectl, as a scenario uses it.

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use podfs_testkit::cluster::node::Inside;

/// Longer than anything takes in a scenario that goes well.
const PATIENCE: Duration = Duration::from_secs(300);
const TICK: Duration = Duration::from_millis(200);

/// What a command prints; an error with what it complains of, when it fails.
pub(super) fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// What kubectl prints.
pub(super) fn kubectl(node: &Inside, words: &[&str]) -> Result<String> {
    output(node.kubectl()?.args(words))
}

/// Gives the cluster some objects.
pub(super) fn apply(node: &Inside, yaml: &str) -> Result<()> {
    let mut command = node.kubectl()?;
    command.args(["apply", "-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.spawn().context("cannot run kubectl")?;
    child.stdin.take().context("kubectl reads nothing")?.write_all(yaml.as_bytes())?;
    let status = child.wait()?;
    if !status.success() {
        bail!("kubectl apply ended with {status} for:\n{yaml}");
    }
    Ok(())
}

/// Waits until `look` finds what it looks for; says what it saw last when it does not.
pub(super) fn wait<T>(what: &str, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen = look();
        match seen {
            Ok(Some(found)) => return Ok(found),
            Ok(None) if Instant::now() < deadline => {}
            Ok(None) => bail!("not so after {PATIENCE:?}: {what}"),
            Err(error) if Instant::now() < deadline => drop(error),
            Err(error) => return Err(error.context(format!("not so after {PATIENCE:?}: {what}"))),
        }
        thread::sleep(TICK);
    }
}
