//! Flags that say how and when a sync runs; the same for both directions.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use podfs_sync::schedule::Schedule;
use podfs_sync::{DeleteLimit, Direction, Fidelity};

use super::logging::LoggingArguments;
use super::values::{self, Format};
use crate::environment;
use crate::failure::Failure;
use crate::remote_request::RemoteRequest;
use crate::run::Order;

/// Where the PID file of a long-running process lies.
pub(super) const DEFAULT_PID_PATH: &str = "/run/volume-syncing-controller.pid";

/// What the two directions have under names of their own.
pub(super) struct OfDirection {
    pub(super) direction: Direction,
    pub(super) local: PathBuf,
    pub(super) force: bool,
    pub(super) require_receipt: bool,
    pub(super) overwrite: bool,
    pub(super) fidelity: Fidelity,
}

/// How and when to sync.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sync")]
pub(crate) struct SyncArguments {
    /// Stay and sync at these times: `0 3 * * *`, `0 30 * * * *` (second first), `@hourly`, `@every 15m`
    ///
    /// The first sync is at the first such time, not at start. A time that comes while a sync is still running is
    /// skipped and counted. `volume-syncing-controller schedule next EXPR` shows the coming times.
    #[arg(long, value_name = "EXPR")]
    pub(super) schedule: Option<String>,

    /// Copy only; never delete what only the destination has
    #[arg(short = 'x', long)]
    pub(super) no_delete: bool,

    /// Refuse a sync that would delete more files than this, or more than this share of them
    #[arg(long, value_name = "N|N%")]
    pub(super) max_delete: Option<DeleteLimit>,

    /// Show what would be done and why, and do nothing
    #[arg(long, conflicts_with = "schedule")]
    pub(super) dry_run: bool,

    /// Leave a plain mirror: add nothing of ours (`.podfs/`) to the remote
    #[arg(long)]
    pub(super) plain: bool,

    /// What goes to standard output; with `json` nothing else does
    ///
    /// JSON is one document on one line for each run: `plan` with `totals` and `steps` (`action`, `path`, `reason`),
    /// `result` with what was done, `error` if there was one, and `exit`, the exit code. A path that is not UTF-8 has
    /// its bytes in `path_bytes`.
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(crate) output: Format,

    /// Where locks and scratch files live; not inside the synced directory
    ///
    /// Commands that sync the same directory wait for each other there. Receipts of volumes whose file system cannot
    /// hold them lie there too. Default: /var/lib/podfs for root, else
    /// $XDG_STATE_HOME/podfs or ~/.local/state/podfs, else a private directory under $TMPDIR.
    #[arg(long, value_name = "PATH", value_parser = values::path,
          env = environment::STATE_DIR.name, hide_env_values = true)]
    pub(super) state_dir: Option<PathBuf>,

    /// The PID file that `interrupt` reads; only a process that stays writes one
    #[arg(long, value_name = "PATH", default_value = DEFAULT_PID_PATH, value_parser = values::path,
          env = environment::PID_PATH.name, hide_env_values = true)]
    pub(super) pid_path: PathBuf,
}

impl SyncArguments {
    /// Puts everything about one sync together, whatever its direction.
    pub(super) fn into_order(
        self,
        of: OfDirection,
        request: RemoteRequest,
        logging: &LoggingArguments,
    ) -> Result<Order, Failure> {
        if of.require_receipt && self.plain {
            return Err(Failure::configuration(
                "--require-receipt needs what --plain leaves out: without `.podfs/` on the remote nothing says which \
                 state of it a receipt is for; give one of the two",
            ));
        }
        let schedule = self.schedule.as_deref().map(Schedule::parse).transpose();
        Ok(Order {
            direction: of.direction,
            local: of.local,
            force: of.force,
            require_receipt: of.require_receipt,
            overwrite: of.overwrite,
            delete: !self.no_delete,
            max_delete: self.max_delete,
            plain: self.plain,
            checksum: false,
            only_if_synced: false,
            list_every: Duration::ZERO,
            fidelity: of.fidelity,
            dry_run: self.dry_run,
            schedule: schedule.map_err(Failure::configuration)?,
            events: None,
            format: self.output,
            log_level: logging.level(),
            log_json: logging.log_json,
            state_dir: self.state_dir,
            pid_path: self.pid_path,
            request,
        })
    }
}
