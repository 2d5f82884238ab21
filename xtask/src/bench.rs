//! `cargo xtask bench`: release builds of the controller and of the benchmark's driver, then the benchmark.

use std::process::Command;

use anyhow::Result;
use podfs_testkit::tools::{ALL, target_dir, tools_dir};

use crate::cargo::{self, succeed};
use crate::tools;

/// Builds what is needed and hands the arguments on. Those of the driver are explained by its own `--help`.
pub(crate) fn run(args: &[String]) -> Result<()> {
    tools::install(ALL)?;
    cargo::run(&["build", "--release", "--locked", "-p", "podfs-benches"])?;
    let release = target_dir()?.join("release");
    let mut driver = Command::new(release.join("podfs-bench"));
    driver.env("PODFS_TOOLS_DIR", tools_dir()?);
    if wants_ours(args) {
        // Alone, so that no other package's features get into the program that is measured.
        cargo::run(&["build", "--release", "--locked", "-p", "volume-syncing-controller"])?;
        driver.arg("--controller").arg(release.join("volume-syncing-controller"));
    }
    succeed(driver.args(args))
}

/// Measures the node agent, with many Pods on other nodes.
pub(crate) fn run_agent() -> Result<()> {
    by_a_test("vcluster-fs-syncer", "agent", ("PODFS_BENCH_OTHER_PODS", "9750"))
}

/// Measures the operator on a node, with many objects and Pods.
pub(crate) fn run_operator() -> Result<()> {
    by_a_test("volume-syncing-controller", "node", ("PODFS_BENCH_OPERATOR", "full"))
}

/// Runs the tests that print figures, as a release build and in full, for which a variable asks.
fn by_a_test(package: &str, program: &str, (variable, value): (&str, &str)) -> Result<()> {
    tools::install_cluster()?;
    let mut test = cargo::cargo()?;
    test.args(["test", "--release", "--locked", "-p", package, "--test", program]);
    test.args(["--", "--nocapture", "figures::"]);
    succeed(test.env(variable, value))
}

/// Whether the controller takes part and nobody said which one.
fn wants_ours(args: &[String]) -> bool {
    let is = |arg: &str, name: &str| {
        arg == name || arg.strip_prefix(name).is_some_and(|rest| rest.starts_with('='))
    };
    let named = |name: &str| args.iter().any(|arg| is(arg, name));
    // `find` looks at what was synced by us.
    let takes_us = |word: &str| word == "ours" || word.starts_with("ours-") || word == "find";
    let ours = args.iter().any(|arg| arg.split(['=', ',']).any(takes_us));
    !named("--help") && !named("-h") && !named("--controller") && (!named("--only") || ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(args: &str) -> bool {
        wants_ours(&args.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn the_controller_is_built_when_it_takes_part() {
        assert!(wants("") && wants("--files 200 --runs 1"));
        assert!(wants("--only rclone,ours") && wants("--only=ours") && wants("--only rclone ours"));
        assert!(wants("--only ours-plain") && wants("--only rclone,find"));
        assert!(!wants("--only rclone,s5cmd") && !wants("--only=s5cmd"));
        assert!(!wants("--controller ./other") && !wants("--help"));
    }
}
