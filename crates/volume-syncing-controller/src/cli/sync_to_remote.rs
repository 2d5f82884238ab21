//! `sync-to-remote`: the local directory is the truth.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use podfs_sync::{Direction, Fidelity};

use super::logging::LoggingArguments;
use super::remote::RemoteArguments;
use super::sync::{OfDirection, SyncArguments};
use super::{help, values};
use crate::environment;
use crate::failure::Failure;
use crate::run::{Events, Order};

/// Make the remote path look like the local directory
///
/// New and changed files are copied; then, and only if all of that went well, files that the local directory does not
/// have are deleted from the remote (-x keeps them). With --schedule or --fsnotify the command stays and does so again
/// and again; on SIGTERM, SIGINT or `interrupt` it lets a running sync end, does one last sync, and exits.
#[derive(Debug, Args)]
#[command(after_long_help = help::sync_to_remote())]
pub(crate) struct SyncToRemote {
    /// The local directory
    #[arg(short, long, value_name = "PATH", default_value = "./", value_parser = values::path)]
    src: PathBuf,

    /// The remote path, such as `bucket/directory`; not needed with encryption, where `-e remote=…` names it
    #[arg(short, long, value_name = "REMOTE PATH", default_value = "/")]
    dst: String,

    /// Go on although the local directory is empty or missing, which empties the remote, or a file system inside of it is not
    /// mounted any more
    #[arg(short, long = "force-even-if-remote-would-be-cleared", help_heading = "Safety")]
    pub(super) force: bool,

    /// Refuse to sync from a directory that does not show that it was restored completely from this remote
    ///
    /// A restore leaves a receipt with the directory. With this flag a failed or half restore, or a volume that belongs to
    /// another remote, never overwrites good data. Each sync brings the receipt up to date.
    #[arg(long, help_heading = "Safety", env = environment::REQUIRE_RECEIPT.name, hide_env_values = true)]
    require_receipt: bool,

    /// Go on although somebody else has written to the remote since this directory was last restored or synced, or its
    /// restore has not ended well: the local directory wins
    #[arg(long, help_heading = "Safety", env = environment::OVERWRITE_REMOTE.name, hide_env_values = true)]
    overwrite_remote: bool,

    /// Stay and sync when files change, at most once per so many minutes
    ///
    /// With 0, a sync begins once the tree has been quiet for a second, and at most every 5 seconds. The first sync, at
    /// start, and the last one look at everything. Can be combined with --schedule, whose syncs look at everything too.
    #[arg(long, value_name = "MINUTES", value_parser = values::minutes, help_heading = "Sync",
          conflicts_with = "dry_run")]
    fsnotify: Option<Duration>,

    /// With --fsnotify: look at everything this often, whatever the events say
    ///
    /// Ten times as often (but not more than once a minute) where events cannot tell everything, which is logged:
    /// too few inotify watches, or a network file system.
    #[arg(long, value_name = "DURATION", value_parser = values::rescan, default_value = "1h", help_heading = "Sync",
          env = environment::RESCAN_EVERY.name, hide_env_values = true)]
    rescan_every: Duration,

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
        let rescan = self.rescan_every;
        let events = self.fsnotify.map(|interval| Events { interval, rescan });
        let of = OfDirection {
            direction: Direction::ToRemote,
            local: self.src,
            force: self.force,
            require_receipt: self.require_receipt,
            overwrite: self.overwrite_remote,
            fidelity: Fidelity::default(),
        };
        let request = self.remote.into_request(self.dst)?;
        let order = self.sync.into_order(of, request, &self.logging)?;
        Ok(Order { checksum: self.checksum, list_every: self.list_every, events, ..order })
    }
}
