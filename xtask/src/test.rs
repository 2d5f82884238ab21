//! `cargo xtask test`: the tests with everything they need, and a list of what ran.

use std::io::{BufRead, BufReader, Write, pipe, stdout};
use std::process::Command;
use std::thread::available_parallelism;

use anyhow::{Context, Result, bail};
use podfs_testkit::cluster::node::remove_leftovers;
use podfs_testkit::servers::sweep_sockets;
use podfs_testkit::tools::ALL;

use crate::cargo::cargo;
use crate::summary::Summary;
use crate::tools;

/// The variable that says how many tests run at once.
const THREADS: &str = "RUST_TEST_THREADS";
/// Most tests wait for a server, a signal or a time limit, and compute little.
const THREADS_PER_CORE: usize = 4;

/// Installs tools, runs the tests, prints what ran, and fails when a test did.
pub(crate) fn run(args: &[String]) -> Result<()> {
    tools::install(ALL)?;
    let mut command = cargo()?;
    // One broken program must not hide what the others have to say.
    command.args(["test", "--locked", "--no-fail-fast"]);
    if !args.iter().take_while(|arg| *arg != "--").any(|arg| names_package(arg)) {
        // A test of one package builds by itself what it asks for.
        tools::install_cluster()?;
        command.arg("--workspace");
    }
    command.args(args);
    if std::env::var_os(THREADS).is_none() {
        command.env(THREADS, (THREADS_PER_CORE * available_parallelism()?.get()).to_string());
    }
    let mut summary = Summary::default();
    let passed = run_and_read(command, &mut summary)?;
    remove_leftovers()?;
    sweep_sockets();
    print!("{}", summary.report(&tools::list()));
    if !passed {
        bail!("not all tests passed");
    }
    Ok(())
}

fn names_package(arg: &str) -> bool {
    arg.starts_with("-p") || arg.starts_with("--package") || arg.starts_with("--manifest-path")
}

/// Passes the output on as it comes, both streams in one, so that results stay below the name they belong to.
fn run_and_read(mut command: Command, summary: &mut Summary) -> Result<bool> {
    let (reader, writer) = pipe()?;
    let mut child =
        command.stdout(writer.try_clone()?).stderr(writer).spawn().context("cannot run cargo test")?;
    // It holds the pipe's writing ends, and reading ends only when all of them are closed.
    drop(command);
    let mut from = BufReader::new(reader);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line)? > 0 {
        stdout().write_all(&line)?;
        summary.read(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok(child.wait()?.success())
}
