//! Calling `volume-syncing-controller`.

use std::path::Path;
use std::process::Command;

use podfs_testkit::servers::as_env;

use super::isolated;
use crate::job::Job;

/// One sync with default settings. The engine is named only so that a silent change to rclone would be a failure.
pub(super) fn command(job: &Job<'_>, program: &Path) -> Command {
    let mut command = isolated(Command::new(program), job);
    let (name, local, remote) = if job.scenario.is_down() {
        ("remote-to-local-sync", "-d", "-s")
    } else {
        ("sync-to-remote", "-s", "-d")
    };
    command.arg(name).arg(local).arg(job.local);
    match job.encryption {
        // Where an encrypted remote lies is one of its keys.
        Some(encryption) => {
            let params = encryption.params(format!("remote:{}", job.remote));
            command.envs(as_env("ENCRYPTED", &params));
        }
        None => {
            command.arg(remote).arg(&job.remote);
        }
    }
    command.arg("-c").arg(job.scratch.join("rclone.conf"));
    command.arg("--state-dir").arg(job.scratch.join("state"));
    if let Some(transfers) = job.transfers {
        command.arg("--transfers").arg(transfers.to_string());
    }
    command.envs(as_env("REMOTE", &job.params)).envs(as_env("REMOTE", job.more_params));
    command.env("PODFS_ENGINE", "native");
    command
}
