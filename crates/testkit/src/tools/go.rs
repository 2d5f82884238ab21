//! Programs that are built from Go modules, whose `go.mod` and `go.sum` pin all that goes into them.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::catalog::GO;
use super::install::{ensure, lock, place, publish};
use super::{CLUSTER, NAME_SERVERS, Tool, VELERO_PROGRAMS, workspace_root};
use crate::servers::spawner::spawn;

/// One program of a Go module.
#[derive(Debug)]
pub(super) struct GoModule {
    /// The folder under `crates/testkit/cluster` whose `go.mod` pins the program.
    pub(super) pins: &'static str,
    /// The import path of the program.
    pub(super) import: &'static str,
    /// Variables that are set when it is linked.
    pub(super) variables: &'static [(&'static str, &'static str)],
}

impl GoModule {
    /// Builds the program in `work` and moves it to `home`.
    pub(super) fn install(&self, tool: &Tool, cache: &Path, work: &Path, home: &Path) -> Result<()> {
        // The builds share packages and use every core: one after the other is the quickest way.
        let _turn = lock(&cache.join(".go.lock"))?;
        let shared = cache.join(".go");
        let (start, built) = (Instant::now(), work.join(tool.name));
        say(&format!(
            "building {} {}, once for this machine; it may take minutes …",
            tool.name, tool.version
        ));
        let mut command = go(&shared, cache)?;
        command.current_dir(workspace_root()?.join("crates/testkit/cluster").join(self.pins));
        command.env("GOTMPDIR", work);
        command.args(["build", "-trimpath", "-ldflags"]).arg(self.linker_flags()).arg("-o").arg(&built);
        command.arg(self.import).stderr(Stdio::piped());
        // As a child that ends with us: it would build on for minutes.
        let output = spawn(command)?.wait_with_output().context("cannot run Go")?;
        if !output.status.success() {
            bail!("go build {} failed:\n{}", self.import, String::from_utf8_lossy(&output.stderr).trim_end());
        }
        publish(&built, &home.join(tool.name))?;
        say(&format!("built {} in {:.0} s", tool.name, start.elapsed().as_secs_f64()));
        forget_packages(tool, &shared, cache)
    }

    fn linker_flags(&self) -> String {
        let variables: String =
            self.variables.iter().map(|(name, value)| format!(" -X {name}={value}")).collect();
        format!("-s -w{variables}")
    }
}

/// Go with folders of its own and without this machine's settings, but for where modules are fetched from.
fn go(shared: &Path, cache: &Path) -> Result<Command> {
    let mut command = Command::new(ensure(&GO, cache)?);
    command.env("GOCACHE", shared.join("build")).env("GOPATH", shared.join("path")).env_remove("GOMODCACHE");
    // Modules can be written to, so that they can be removed.
    command.env("GOFLAGS", "-mod=readonly -modcacherw -buildvcs=false").env("GOWORK", "off");
    command.env("GOTOOLCHAIN", "local").env("CGO_ENABLED", "0").env_remove("GOROOT");
    command.stdin(Stdio::null());
    Ok(command)
}

/// Removes modules and half-made packages, some gigabytes, once nothing is left to build of what belongs together.
fn forget_packages(built: &Tool, shared: &Path, cache: &Path) -> Result<()> {
    let sets = [CLUSTER, VELERO_PROGRAMS, NAME_SERVERS];
    let mut related =
        sets.into_iter().filter(|set| set.iter().any(|tool| std::ptr::eq(*tool, built))).flatten();
    if related.any(|tool| !place(tool, cache).is_file()) {
        return Ok(());
    }
    fs::remove_dir_all(shared).with_context(|| format!("cannot remove {}", shared.display()))
}

/// Past the capture of test output: who waits this long should know for what.
fn say(what: &str) {
    drop(std::io::stderr().write_all(format!("testkit: {what}\n").as_bytes()));
}
