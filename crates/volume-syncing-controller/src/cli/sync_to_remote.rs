//! `sync-to-remote`: the local directory is the truth.

use std::path::PathBuf;

use clap::Args;
use podfs_sync::{Direction, Fidelity};

use super::logging::LoggingArguments;
use super::remote::RemoteArguments;
use super::sync::{OfDirection, SyncArguments};
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

    /// Refuse to sync from a directory that does not show that it was restored completely from this remote
    ///
    /// A restore leaves a receipt with the directory. With this flag a failed or half restore, or a volume that belongs to
    /// another remote, never overwrites good data. Each sync brings the receipt up to date.
    #[arg(long, help_heading = "Safety", env = environment::REQUIRE_RECEIPT.name, hide_env_values = true)]
    require_receipt: bool,

    /// Go on although somebody else has written to the remote since this directory was last restored or synced, or its
    /// restore has not ended well: the local directory wins
    #[arg(long, help_heading = "Safety")]
    overwrite_remote: bool,

    /// Sync on file events, at most once per so many minutes (comes with a later version)
    #[arg(long, value_name = "MINUTES", help_heading = "Sync")]
    fsnotify: Option<u32>,

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
        let of = OfDirection {
            direction: Direction::ToRemote,
            local: self.src,
            force: self.force,
            require_receipt: self.require_receipt,
            overwrite: self.overwrite_remote,
            fidelity: Fidelity::default(),
        };
        let request = self.remote.into_request(self.dst)?;
        self.sync.into_order(of, request, &self.logging)
    }
}
