//! Does what a plan says: copies side by side, then deletes, and what had to wait for them.

mod copies;
mod deletes;
mod download;
mod finish;
mod from_remote;
mod held_back;
mod late;
mod progress;
mod to_remote;
mod upload;
mod waiting;

use std::collections::HashSet;
use std::sync::Arc;

pub(crate) use from_remote::Restored;
pub(crate) use to_remote::Mirrored;
use tokio::task::JoinSet;

use self::progress::Tally;
use crate::attributes::Losses;
use crate::engine::{Sync, SyncError};
use crate::index::{Mark, Row};
use crate::local::LocalRoot;
use crate::manifest::Record;
use crate::path::RelativePath;
use crate::plan::moves::Moves;
use crate::plan::{Missed, Plan};
use crate::remote::{ErrorKind, RemoteError};
use crate::report::{Failure, FailureKind};
use crate::settings::Fidelity;
use crate::spool::Spool;
use crate::unfinished::Unfinished;

/// What one copy came to, when it did not fail.
enum Copied {
    /// It is in place.
    Done {
        /// Bytes.
        bytes: u64,
        /// For the manifest, or of a file without a record for the next restore.
        record: Option<Box<Record>>,
        /// For the index.
        mark: Option<Mark>,
        /// What could not be given to it.
        losses: Losses,
    },
    /// The file went away after it was listed.
    Vanished,
}

/// Why one copy failed.
enum CopyError {
    /// The file cannot be read at its origin, or does not hold still: everything else goes on.
    Unreadable(String),
    /// It could not be copied.
    Remote(RemoteError),
}

impl From<RemoteError> for CopyError {
    fn from(error: RemoteError) -> Self {
        Self::Remote(error)
    }
}

/// One run over a plan.
pub(crate) struct Execution<'sync> {
    sync: &'sync Sync,
    /// `None` when there is no local folder, and so nothing to copy.
    root: Option<Arc<LocalRoot>>,
    tally: Tally<'sync>,
    /// Whether the manifest counts.
    faithful: bool,
    /// For the index: what was uploaded.
    uploaded: Spool<Row>,
    /// Files that moved.
    moves: Moves,
    /// Files here that could not be uploaded.
    missed: Missed,
    /// Where the remote keeps what it had, although a delete was due.
    waiting: HashSet<RelativePath>,
    /// Of a restore: what an earlier one did not finish.
    unfinished: Option<Arc<Unfinished>>,
}

impl<'sync> Execution<'sync> {
    pub(crate) fn new(sync: &'sync Sync, root: Option<Arc<LocalRoot>>, faithful: bool) -> Self {
        let uploaded = Spool::new(&sync.settings.scratch);
        let (tally, moves, missed) = (Tally::new(&*sync.observer), Moves::default(), Missed::default());
        let waiting = HashSet::new();
        Self { sync, root, faithful, tally, uploaded, moves, missed, waiting, unfinished: None }
    }

    fn begin(&mut self, plan: &mut Plan) {
        // Until their turn comes, so that a sync that breaks off says so too. Folders go with what was in them.
        self.tally.report.deletes_held_back = plan.totals.deletes;
        self.tally.report.unchanged = plan.totals.unchanged;
        self.tally.report.kept_local_changes = plan.totals.kept;
        self.tally.report.skipped = std::mem::take(&mut plan.skipped);
        self.tally.report.losses = std::mem::take(&mut plan.losses);
        self.moves = std::mem::take(&mut plan.moves);
        self.missed = std::mem::take(&mut plan.missed);
    }

    /// Stops what is under way and waits until it has cleaned up after itself.
    async fn give_up<T: 'static>(
        &mut self,
        mut running: JoinSet<T>,
        cause: Option<RemoteError>,
    ) -> SyncError {
        if cause.as_ref().is_some_and(|cause| cause.kind == ErrorKind::NoSpace)
            && let Some(unfinished) = &self.unfinished
        {
            // Who has no room needs it for something else than half a file.
            unfinished.keep_nothing();
        }
        running.shutdown().await;
        if let Some(root) = &self.root {
            root.targets_gone().await;
        }
        self.sync.remote.settle().await;
        let report = Box::new(std::mem::take(&mut self.tally.report));
        match cause {
            Some(cause) => SyncError::GaveUp { cause, report },
            None => SyncError::Interrupted(report),
        }
    }

    /// An error of our own bookkeeping after something was changed says what was done until then.
    fn with_report(&mut self, error: SyncError) -> SyncError {
        match error {
            SyncError::Remote(cause) => {
                SyncError::GaveUp { cause, report: Box::new(std::mem::take(&mut self.tally.report)) }
            }
            other => other,
        }
    }

    /// Where every loss counts as a failure.
    fn judge_losses(&mut self) {
        if self.sync.settings.fidelity != Fidelity::Strict {
            return;
        }
        let lost: Vec<_> = self.tally.report.losses.iter().collect();
        for (loss, count) in lost {
            let error =
                format!("{} could not be given back, and the fidelity is strict", loss.counted(count));
            self.tally.failure(Failure { path: ".".to_owned(), error, kind: FailureKind::Failed });
        }
    }
}
