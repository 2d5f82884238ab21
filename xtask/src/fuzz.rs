//! `cargo xtask fuzz`: libFuzzer over every parser of outside data, on the pinned toolchain.
//!
//! The targets are in `fuzz/`; what they have learned is kept in `target/fuzzing/corpus`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use podfs_testkit::tools::workspace_root;

use crate::cargo::{cargo, succeed};

/// Bytes of an input: some formats have parts of 64 KiB.
const LONGEST_INPUT: usize = 70_000;
/// MiB that the process may take. What one input takes is limited by the program itself.
const MEMORY: usize = 1024;
/// Seconds for one input, of which most take less than a thousandth. A machine that stalls must not look like a bug.
const SLOWEST_INPUT: usize = 25;

/// Runs each of `targets`, or all, for `time`, and fails when one finds something.
pub(crate) fn run(time: Duration, targets: &[String]) -> Result<()> {
    let program = build()?;
    let folder = workspace_root()?.join("target/fuzzing");
    let known = write_samples(&program, &folder.join("samples"))?;
    if let Some(unknown) = targets.iter().find(|target| !known.contains(target)) {
        bail!("there is no target `{unknown}`; there are {}", known.join(", "));
    }
    let chosen = if targets.is_empty() { &known } else { targets };
    let mut failed = Vec::new();
    for target in chosen {
        if !fuzz(&program, &folder, target, time)? {
            failed.push(target.as_str());
        }
    }
    if !failed.is_empty() {
        bail!(
            "found something: {}; the inputs are in {}",
            failed.join(", "),
            folder.join("failures").display()
        );
    }
    Ok(())
}

/// Builds the program of all targets. With the wrapper our crates are others than those of tests; third-party ones are not.
fn build() -> Result<PathBuf> {
    let compiler = Command::new("c++").arg("--version").stdout(Stdio::null()).status();
    if std::env::var_os("CXX").is_none() && !compiler.is_ok_and(|status| status.success()) {
        bail!("libFuzzer is written in C++: install a compiler for it (g++), or name one in CXX");
    }
    let root = workspace_root()?;
    let mut command = cargo()?;
    command.env("RUSTC_WORKSPACE_WRAPPER", root.join("fuzz/instrumented"));
    command.args(["build", "--locked", "--quiet", "--package", "podfs-fuzz", "--features", "libfuzzer"]);
    succeed(&mut command)?;
    Ok(root.join("target/debug/podfs-fuzz"))
}

/// Writes the inputs to start from, and gives the names of the targets.
fn write_samples(program: &Path, folder: &Path) -> Result<Vec<String>> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    succeed(Command::new(program).env("PODFS_FUZZ_SAMPLES", folder))?;
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).context("no samples were written")? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Whether nothing was found.
fn fuzz(program: &Path, folder: &Path, target: &str, time: Duration) -> Result<bool> {
    let below = |name: &str| folder.join(name).join(target);
    let (corpus, samples, failures) = (below("corpus"), below("samples"), below("failures"));
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&failures)?;
    let mut command = Command::new(program);
    command.env("PODFS_FUZZ_TARGET", target);
    command.arg(format!("-max_total_time={}", time.as_secs()));
    command.arg(format!("-max_len={LONGEST_INPUT}"));
    command.arg(format!("-rss_limit_mb={MEMORY}"));
    command.arg(format!("-timeout={SLOWEST_INPUT}"));
    command.arg(format!("-artifact_prefix={}/", failures.display()));
    command.args(["-use_value_profile=1", "-print_final_stats=1", "-verbosity=0"]);
    // What is learned goes into the first folder.
    let output = command.arg(corpus).arg(samples).output().context("cannot run the fuzzer")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        println!("{target}: {}\n{said}", output.status);
        return Ok(false);
    }
    println!("{target}: {} inputs in {} s", inputs(&said).unwrap_or("some"), time.as_secs());
    Ok(true)
}

/// How many inputs were tried, as libFuzzer says it in the end.
fn inputs(said: &str) -> Option<&str> {
    said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:")).map(str::trim)
}
