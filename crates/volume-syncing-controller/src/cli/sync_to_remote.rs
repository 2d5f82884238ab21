//! `sync-to-remote`: the local directory is the truth.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use podfs_sync::{Direction, Fidelity};

use super::logging::LoggingArguments;
use super::remote::RemoteArguments;
use super::sync::SyncArguments;
use super::{help, values};
use crate::environment;
use crate::failure::Failure;
use crate::run::Order;

/// Make the remote path look like the local directory
///
/// New and changed files are copied; then, and only if all of that went well, files that the local directory does not
/// have are deleted from the remote (-x keeps them). With --schedule the command stays and does so again and again;
/// on SIGTERM, SIGINT or `interrupt` it lets a running sync end, does one last sync, and exits.
#[derive(Debug, Args)]
#[command(after_long_help = help::sync_to_remote())]
pub(crate) struct SyncToRemote {
    /// The local directory
    #[arg(short, long, value_name = "PATH", default_value = "./", value_parser = values::path)]
    src: PathBuf,

    /// The remote path, such as `bucket/directory`; not needed with encryption, where `-e remote=…` names it
    #[arg(short, long, value_name = "REMOTE PATH", default_value = "/")]
    dst: String,

    /// Go on although the local directory is empty or missing, which empties the remote
    #[arg(short, long = "force-even-if-remote-would-be-cleared", help_heading = "Safety")]
    pub(super) force: bool,

    /// Sync on file events, at most once per so many minutes (comes with a later version)
    #[arg(long, value_name = "MINUTES", help_heading = "Sync")]
    fsnotify: Option<u32>,

    /// Read every file, also those that nothing seems to have happened to, and compare it with what was uploaded
    #[arg(long, help_heading = "Sync")]
    checksum: bool,

    /// List the remote when the last listing is older than this (`24h`, `15m`); `0s`: always
    ///
    /// What a sync left on the remote is remembered in the state directory, so that the next one need not ask. What other
    /// programs did to the files there is seen by a listing alone.
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = values::duration)]
    #[arg(env = environment::LIST_EVERY.name, hide_env_values = true, help_heading = "Sync")]
    list_every: Duration,

    #[command(flatten)]
    pub(crate) sync: SyncArguments,
    #[command(flatten)]
    remote: RemoteArguments,
    #[command(flatten)]
    pub(crate) logging: LoggingArguments,
}

impl SyncToRemote {
    /// Checks what clap cannot check.
    pub(crate) fn into_order(self) -> Result<Order, Failure> {
        if self.fsnotify.is_some() {
            return Err(Failure::configuration(
                "`--fsnotify` comes with a later version; use `--schedule '@every 1m'` until then",
            ));
        }
        let force = self.force;
        let request = self.remote.into_request(self.dst)?;
        let fidelity = Fidelity::default();
        let order =
            self.sync.into_order(Direction::ToRemote, self.src, force, request, fidelity, &self.logging)?;
        Ok(Order { checksum: self.checksum, list_every: self.list_every, ..order })
    }
}
