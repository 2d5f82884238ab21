//! `remote-to-local-sync`: the remote is the truth (a restore).

use std::path::PathBuf;

use clap::Args;
use podfs_sync::{Direction, Fidelity};

use super::logging::LoggingArguments;
use super::remote::RemoteArguments;
use super::sync::SyncArguments;
use super::{help, values};
use crate::failure::Failure;
use crate::run::Order;

/// Make the local directory look like the remote path (restore)
///
/// Each file is written beside its place, flushed to disk and then renamed into it, so that a kill at any instant
/// leaves it old or new. Files that the remote does not have are deleted in the end (-x keeps them). A target that is
/// missing is made. With --schedule the command stays and does so again and again; on SIGTERM, SIGINT or `interrupt`
/// it lets a running restore end and exits.
#[derive(Debug, Args)]
#[command(after_long_help = help::remote_to_local_sync())]
pub(crate) struct RemoteToLocalSync {
    /// The remote path, such as `bucket/directory`; not needed with encryption, where `-e remote=…` names it
    #[arg(short, long, value_name = "REMOTE PATH", default_value = "/")]
    src: String,

    /// The local directory
    #[arg(short, long, value_name = "PATH", value_parser = values::path)]
    dst: PathBuf,

    /// Go on although the remote is empty, or the target is a system directory or not our own
    #[arg(short = 'n', long = "force-delete-local-dir", help_heading = "Safety")]
    force: bool,

    /// Do nothing when the remote was never synced to by us
    ///
    /// What other programs left there is then no reason to restore.
    #[arg(long, help_heading = "Safety")]
    only_if_synced: bool,

    /// What it means when not everything can be given back: owners as another user than root, ACLs on a file system
    /// without them
    ///
    /// `possible` gives back what can be given and reports the rest, by kind and count. `strict` counts each loss as a
    /// failure.
    #[arg(long, value_parser = values::fidelity(), default_value = "possible", value_name = "FIDELITY")]
    #[arg(help_heading = "Safety")]
    fidelity: Fidelity,

    #[command(flatten)]
    pub(crate) sync: SyncArguments,
    #[command(flatten)]
    remote: RemoteArguments,
    #[command(flatten)]
    pub(crate) logging: LoggingArguments,
}

impl RemoteToLocalSync {
    /// Checks what clap cannot check.
    pub(crate) fn into_order(self) -> Result<Order, Failure> {
        let request = self.remote.into_request(self.src)?;
        let Self { sync, dst, force, only_if_synced, fidelity, logging, .. } = self;
        let order = sync.into_order(Direction::FromRemote, dst, force, request, fidelity, &logging)?;
        Ok(Order { only_if_synced, ..order })
    }
}
