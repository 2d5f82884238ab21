//! Calling `volume-syncing-controller`.

use std::path::Path;
use std::process::Command;

use podfs_testkit::servers::as_env;

use super::isolated;
use crate::job::Job;

/// One sync with default settings. The engine is named only so that a silent change to rclone would be a failure.
pub(super) fn command(job: &Job<'_>, program: &Path) -> Command {
    let mut command = isolated(Command::new(program), job);
    if job.scenario.is_down() {
        command.args(["remote-to-local-sync", "-s"]).arg(&job.remote).arg("-d").arg(job.local);
    } else {
        command.args(["sync-to-remote", "-s"]).arg(job.local).arg("-d").arg(&job.remote);
    }
    command.arg("-c").arg(job.scratch.join("rclone.conf"));
    command.arg("--state-dir").arg(job.scratch.join("state"));
    if let Some(transfers) = job.transfers {
        command.arg("--transfers").arg(transfers.to_string());
    }
    command.envs(as_env("REMOTE", &job.params)).env("PODFS_ENGINE", "native");
    command
}
