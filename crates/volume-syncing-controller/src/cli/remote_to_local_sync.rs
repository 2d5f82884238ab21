//! `remote-to-local-sync`: the remote is the truth (a restore).

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

/// Make the local directory look like the remote path (restore)
///
/// Run again, it keeps what was changed here and is not on the remote yet, and reports it (--overwrite-local).
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

    /// Take the remote's version of everything, also where local changes are not on the remote yet
    ///
    /// Without it a restore that is run again over what it restored keeps such changes and reports them. What was changed
    /// here and on the remote is a conflict: both stay, and the exit code is 1.
    #[arg(long, help_heading = "Safety", env = environment::OVERWRITE_LOCAL.name, hide_env_values = true)]
    overwrite_local: bool,

    /// Do nothing when the remote was never synced to by us
    ///
    /// What other programs left there is then no reason to restore. Where there is nothing, the directory counts as restored
    /// completely.
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
        let of = OfDirection {
            direction: Direction::FromRemote,
            local: self.dst,
            force: self.force,
            require_receipt: false,
            overwrite: self.overwrite_local,
            fidelity: self.fidelity,
        };
        let order = self.sync.into_order(of, request, &self.logging)?;
        Ok(Order { only_if_synced: self.only_if_synced, ..order })
    }
}
