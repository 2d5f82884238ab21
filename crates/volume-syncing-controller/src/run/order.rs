//! One sync as it was ordered: everything from the command line, checked and plain.

use std::path::{Path, PathBuf};
use std::time::Duration;

use podfs_sync::schedule::Schedule;
use podfs_sync::{DeleteLimit, Direction, Fidelity, RelativePath, Settings};
use tracing::Level;

use crate::cli::Format;
use crate::remote_request::RemoteRequest;
use crate::state::StateDirectory;

/// What to sync, how, and when.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) direction: Direction,
    pub(crate) local: PathBuf,
    pub(crate) force: bool,
    pub(crate) require_receipt: bool,
    pub(crate) overwrite: bool,
    pub(crate) delete: bool,
    pub(crate) max_delete: Option<DeleteLimit>,
    pub(crate) plain: bool,
    pub(crate) checksum: bool,
    /// A restore only of what we have synced there.
    pub(crate) only_if_synced: bool,
    pub(crate) list_every: Duration,
    pub(crate) fidelity: Fidelity,
    pub(crate) dry_run: bool,
    pub(crate) schedule: Option<Schedule>,
    pub(crate) events: Option<Events>,
    pub(crate) format: Format,
    pub(crate) log_level: Level,
    pub(crate) log_json: bool,
    pub(crate) state_dir: Option<PathBuf>,
    pub(crate) pid_path: PathBuf,
    pub(crate) request: RemoteRequest,
}

/// Syncing on file events.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Events {
    /// At most one sync in this time.
    pub(crate) interval: Duration,
    /// At least one look at everything in this time.
    pub(crate) rescan: Duration,
}

impl Order {
    /// Whether the process stays, to sync again and again.
    pub(crate) const fn stays(&self) -> bool {
        self.schedule.is_some() || self.events.is_some()
    }

    /// What of it the engine decides by; `local` is the real path of the directory.
    pub(super) fn settings(
        &self,
        state: &StateDirectory,
        local: &Path,
        excluded: Vec<RelativePath>,
    ) -> Settings {
        Settings {
            direction: self.direction,
            delete: self.delete,
            force: self.force,
            require_receipt: self.require_receipt,
            overwrite: self.overwrite,
            receipt_file: Some(state.receipt_of(local)),
            unfinished_file: Some(state.downloads_of(local)),
            max_delete: self.max_delete,
            transfers: self.request.transfers,
            plain: self.plain,
            checksum: self.checksum,
            fidelity: self.fidelity,
            excluded,
            scratch: state.scratch(),
        }
    }
}
