//! Copies side by side, as many at once as the settings say, and some more that only wait for the disk.

use std::io;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::download::Download;
use super::{Copied, CopyError, Execution, upload};
use crate::engine::SyncError;
use crate::index::{Mark, Row};
use crate::local::{Committer, LocalRoot};
use crate::manifest::Record;
use crate::plan::Step;
use crate::report::{Failure, FailureKind};
use crate::settings::Direction;
use crate::spool::{Sorter, Spool};

/// A step, and what came of it.
type Ended = (Step, Result<Copied, CopyError>);

impl Execution<'_> {
    /// Runs the copies, and adds what is to be known of them to `records`: by the manifest, or by the next restore.
    pub(super) async fn copy_all(
        &mut self,
        copies: Spool<Step>,
        records: &mut Sorter<Record>,
    ) -> Result<(), SyncError> {
        let Some(root) = self.root.clone() else { return Ok(()) };
        let transfers = self.sync.settings.transfers.unwrap_or(self.sync.remote.abilities().transfers).get();
        let turns = Arc::new(Semaphore::new(transfers));
        let most = transfers.max(Committer::room());
        let committer = Committer::start();
        let mut running = JoinSet::new();
        let mut steps = copies.into_items().map_err(SyncError::Scratch)?;
        let mut next = steps.next().transpose().map_err(SyncError::Scratch)?;
        while next.is_some() || !running.is_empty() {
            tokio::select! {
                turn = Arc::clone(&turns).acquire_owned(), if next.is_some() && running.len() < most => {
                    // Nobody closes the semaphore.
                    if let (Ok(turn), Some(step)) = (turn, next.take()) {
                        running.spawn(self.copy(step, Arc::clone(&root), committer.clone(), turn));
                    }
                    next = steps.next().transpose().map_err(SyncError::Scratch)?;
                }
                Some(ended) = running.join_next() => {
                    let (step, mut result) = ended?;
                    if let Ok(Copied::Done { record, mark, .. }) = &mut result
                        && let Some(record) = record.take()
                    {
                        self.note_upload(&record, *mark).map_err(SyncError::Scratch)?;
                        records.push(*record).map_err(SyncError::Scratch)?;
                    }
                    if !matches!(result, Ok(Copied::Done { .. })) {
                        self.missed.note_upload(&step);
                    }
                    if let Some(cause) = self.tally.copied(step.path(), result) {
                        return Err(self.give_up(running, Some(cause)).await);
                    }
                }
                () = self.sync.stop.cancelled() => return Err(self.give_up(running, None).await),
            }
        }
        Ok(())
    }

    /// For the index, where there is one.
    fn note_upload(&mut self, record: &Record, mark: Option<Mark>) -> io::Result<()> {
        if self.sync.index.is_none() || self.sync.settings.direction != Direction::ToRemote {
            return Ok(());
        }
        let Record { path, what } = record.clone();
        self.uploaded.push(&Row { path, mark, what })
    }

    fn copy(
        &mut self,
        step: Step,
        root: Arc<LocalRoot>,
        committer: Committer,
        turn: OwnedSemaphorePermit,
    ) -> impl Future<Output = Ended> + use<> {
        let remote = Arc::clone(&self.sync.remote);
        let faithful = self.faithful;
        let unfinished = self.unfinished.clone();
        let original = step.path().and_then(|path| self.moves.original(path));
        async move {
            let result = match &step {
                Step::Upload { path, tie, .. } => {
                    upload::upload(&*remote, &root, path, faithful.then(|| tie.clone()), original).await
                }
                Step::Download { file, .. } => {
                    let download =
                        Download { remote: &*remote, root: &root, unfinished: unfinished.as_ref() };
                    download.run((**file).clone(), &committer, turn).await
                }
                // Nothing else is in a list of copies.
                Step::Delete { .. } | Step::Attributes { .. } | Step::Tie { .. } => Ok(Copied::Vanished),
            };
            (step, result)
        }
    }

    /// Copies that wait for deletes make no sense when the deletes were held back or failed.
    pub(super) async fn copy_late(
        &mut self,
        copies: Spool<Step>,
        records: &mut Sorter<Record>,
    ) -> Result<(), SyncError> {
        if self.tally.report.failed == 0 {
            self.copy_all(copies, records).await
        } else {
            self.blocked(copies)
        }
    }

    /// Says that these cannot be made.
    pub(super) fn blocked(&mut self, copies: Spool<Step>) -> Result<(), SyncError> {
        for step in copies.into_items().map_err(SyncError::Scratch)? {
            let step = step.map_err(SyncError::Scratch)?;
            let path = step.path().map(ToString::to_string).unwrap_or_default();
            let error = "a file and a folder are in each other's way, and deletes were held back".to_owned();
            self.tally.failure(Failure { path, error, kind: FailureKind::Failed });
        }
        Ok(())
    }
}
