//! Calling rclone, with and without tuning.

use std::process::Command;

use anyhow::Result;
use podfs_testkit::servers::as_env;
use podfs_testkit::tools::RCLONE;

use super::isolated;
use crate::job::Job;

/// Flags that make rclone faster at these jobs and leave the same result; `docs/benchmarks.md` has the reasons.
pub(super) const TUNED: &[&str] = &[
    "--transfers=32",
    "--checkers=32",
    "--fast-list",
    "--s3-no-head",
    "--s3-no-check-bucket",
    "--s3-disable-checksum",
    "--s3-upload-concurrency=8",
    "--multi-thread-streams=8",
];

/// Compares by the MD5 that a listing has, which spares the HEAD that a file's time costs.
pub(super) const TUNED_NO_OP: &[&str] = &["--checksum"];

/// One `rclone sync` with its defaults.
pub(super) fn command(job: &Job<'_>) -> Result<Command> {
    let mut command = rclone(job)?;
    command.arg("sync");
    if job.scenario.is_down() {
        command.arg(remote(job)).arg(job.local);
    } else {
        command.arg(job.local).arg(remote(job));
    }
    Ok(command)
}

/// The same with the flags above.
pub(super) fn tuned_command(job: &Job<'_>) -> Result<Command> {
    let mut command = command(job)?;
    command.args(TUNED);
    if job.scenario.is_repeated() {
        command.args(TUNED_NO_OP);
    }
    Ok(command)
}

/// Counts the files and bytes of a remote as they were before any encryption, without what we keep there for ourselves.
pub(crate) fn size_command(job: &Job<'_>) -> Result<Command> {
    let mut command = rclone(job)?;
    command.args(["size", "--json", "--fast-list", "--exclude=/.podfs/**"]).arg(remote(job));
    Ok(command)
}

/// The remotes are described by variables alone: no configuration file, no secret among the arguments.
fn rclone(job: &Job<'_>) -> Result<Command> {
    let mut command = isolated(RCLONE.command()?, job);
    command.env("RCLONE_CONFIG", "/dev/null").envs(as_env("RCLONE_CONFIG_BENCH", &job.params));
    if let Some(encryption) = job.encryption {
        command.envs(as_env("RCLONE_CONFIG_ENCRYPTED", &encryption.params(plain(job))));
    }
    Ok(command)
}

fn remote(job: &Job<'_>) -> String {
    if job.encryption.is_some() { "encrypted:".to_owned() } else { plain(job) }
}

fn plain(job: &Job<'_>) -> String {
    format!("bench:{}", job.remote)
}
