//! Does what a plan says: copies side by side, then deletes, then what had to wait for them.

mod download;
mod progress;
mod upload;

use std::io;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use self::progress::Tally;
use crate::engine::{Sync, SyncError};
use crate::entry::Entry;
use crate::local::{Committer, LocalRoot, Remover};
use crate::path::RelativePath;
use crate::plan::{Plan, Step};
use crate::remote::RemoteError;
use crate::report::{Failure, Report};
use crate::settings::Direction;
use crate::spool::Spool;

/// A file that could not be deleted, and why.
type NotDeleted = (RelativePath, RemoteError);

/// What one copy came to, when it did not fail.
enum Copied {
    /// So many bytes are in place.
    Bytes(u64),
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
}

impl<'sync> Execution<'sync> {
    pub(crate) fn new(sync: &'sync Sync, root: Option<Arc<LocalRoot>>) -> Self {
        Self { sync, root, tally: Tally::new(&*sync.observer) }
    }

    /// Runs to the end, or to the first error after which nothing can go well.
    pub(crate) async fn run(mut self, mut plan: Plan) -> Result<Report, SyncError> {
        self.tally.report.unchanged = plan.totals.unchanged;
        self.tally.report.skipped = std::mem::take(&mut plan.skipped);
        if self.sync.settings.direction == Direction::FromRemote {
            self.remove_leftovers(&plan.leftovers);
        }
        let committer = Committer::start();
        self.copy_all(plan.copies, &committer).await?;
        if self.tally.report.failed == 0 {
            self.delete_all(plan.deletes).await?;
        } else {
            self.tally.report.deletes_held_back = plan.deletes.len();
        }
        self.copy_late(plan.late_copies, &committer).await?;
        for failure in plan.failures {
            self.tally.failure(failure);
        }
        Ok(self.tally.report)
    }

    fn remove_leftovers(&self, leftovers: &[RelativePath]) {
        let Some(root) = &self.root else { return };
        let mut remover = Remover::new(root);
        for path in leftovers {
            match remover.file(path) {
                Ok(()) => tracing::info!(%path, "removed a leftover of an earlier restore"),
                Err(error) => tracing::warn!(%error, "a leftover of an earlier restore stays"),
            }
        }
        remover.finish();
    }

    /// Copies that wait for deletes make no sense when the deletes were held back or failed.
    async fn copy_late(&mut self, copies: Spool<Step>, committer: &Committer) -> Result<(), SyncError> {
        if self.tally.report.failed == 0 {
            return self.copy_all(copies, committer).await;
        }
        for step in copies.into_items().map_err(SyncError::Scratch)? {
            let path = step.map_err(SyncError::Scratch)?.path().to_string();
            let error = "a file and a folder are in each other's way, and deletes were held back".to_owned();
            self.tally.failure(Failure { path, error, unreadable: false });
        }
        Ok(())
    }

    /// Runs the copies, as many at once as the settings say; more of them may wait for the disk.
    async fn copy_all(&mut self, copies: Spool<Step>, committer: &Committer) -> Result<(), SyncError> {
        let Some(root) = self.root.clone() else { return Ok(()) };
        let transfers = self.sync.settings.transfers.get();
        let turns = Arc::new(Semaphore::new(transfers));
        let most = transfers.max(Committer::room());
        let mut running = JoinSet::new();
        let mut steps = copies.into_items().map_err(SyncError::Scratch)?;
        let mut next = next_copy(&mut steps)?;
        while next.is_some() || !running.is_empty() {
            tokio::select! {
                turn = Arc::clone(&turns).acquire_owned(), if next.is_some() && running.len() < most => {
                    // Nobody closes the semaphore.
                    if let (Ok(turn), Some(entry)) = (turn, next.take()) {
                        running.spawn(self.copy(entry, Arc::clone(&root), committer.clone(), turn));
                    }
                    next = next_copy(&mut steps)?;
                }
                Some(ended) = running.join_next() => {
                    let (path, result) = ended?;
                    if let Some(cause) = self.tally.copied(&path, result) {
                        return Err(self.give_up(running, Some(cause)).await);
                    }
                }
                () = self.sync.stop.cancelled() => return Err(self.give_up(running, None).await),
            }
        }
        Ok(())
    }

    fn copy(
        &self,
        entry: Entry,
        root: Arc<LocalRoot>,
        committer: Committer,
        turn: OwnedSemaphorePermit,
    ) -> impl Future<Output = (RelativePath, Result<Copied, CopyError>)> + use<> {
        let remote = Arc::clone(&self.sync.remote);
        let direction = self.sync.settings.direction;
        async move {
            let result = match direction {
                Direction::ToRemote => upload::upload(&*remote, &root, &entry.path).await,
                Direction::FromRemote => download::download(&*remote, &root, &entry, &committer, turn).await,
            };
            (entry.path, result)
        }
    }

    /// Stops what is under way and waits until it has cleaned up after itself.
    async fn give_up<T: 'static>(
        &mut self,
        mut running: JoinSet<T>,
        cause: Option<RemoteError>,
    ) -> SyncError {
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

    async fn delete_all(&mut self, deletes: Spool<Step>) -> Result<(), SyncError> {
        let batch_size = match self.sync.settings.direction {
            Direction::ToRemote => self.sync.remote.abilities().delete_batch.max(1),
            Direction::FromRemote => 1_000,
        };
        let mut paths = deletes.into_items().map_err(SyncError::Scratch)?.peekable();
        while paths.peek().is_some() {
            let batch: io::Result<Vec<_>> =
                paths.by_ref().take(batch_size).map(|step| step.map(|step| step.path().clone())).collect();
            let batch = batch.map_err(SyncError::Scratch)?;
            let due = batch.len() as u64;
            let failed = tokio::select! {
                failed = self.delete(batch) => failed?,
                () = self.sync.stop.cancelled() => {
                    return Err(self.give_up(JoinSet::<()>::new(), None).await);
                }
            };
            self.tally.deleted(due - (failed.len() as u64).min(due));
            for (path, error) in failed {
                let fatal = error.kind.is_fatal();
                self.tally.failure(Failure {
                    path: path.to_string(),
                    error: error.to_string(),
                    unreadable: false,
                });
                if fatal {
                    return Err(self.give_up(JoinSet::<()>::new(), Some(error)).await);
                }
            }
        }
        Ok(())
    }

    async fn delete(&self, batch: Vec<RelativePath>) -> Result<Vec<NotDeleted>, SyncError> {
        match (self.sync.settings.direction, self.root.clone()) {
            (Direction::FromRemote, Some(root)) => {
                Ok(tokio::task::spawn_blocking(move || Remover::remove_all(&root, batch)).await?)
            }
            _ => Ok(self.sync.remote.delete(&batch).await),
        }
    }
}

fn next_copy(steps: &mut impl Iterator<Item = io::Result<Step>>) -> Result<Option<Entry>, SyncError> {
    for step in steps {
        if let Step::Copy { entry, .. } = step.map_err(SyncError::Scratch)? {
            return Ok(Some(entry));
        }
    }
    Ok(None)
}
