//! Deletes, in batches, after everything else went well.

use std::io;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::Execution;
use crate::engine::SyncError;
use crate::local::{LocalRoot, Remover};
use crate::path::RelativePath;
use crate::plan::{Step, Victim};
use crate::remote::RemoteError;
use crate::report::{Failure, FailureKind};
use crate::settings::Direction;
use crate::spool::Spool;

/// How many local files are removed in one go.
const LOCAL_BATCH: usize = 1_000;

/// A file that could not be deleted, and why.
type NotDeleted = (RelativePath, RemoteError);

impl Execution<'_> {
    /// Nothing is deleted after something failed.
    pub(super) async fn delete_or_hold_back(&mut self, deletes: Spool<Step>) -> Result<(), SyncError> {
        if self.tally.report.failed > 0 { Ok(()) } else { self.delete_all(deletes).await }
    }

    async fn delete_all(&mut self, deletes: Spool<Step>) -> Result<(), SyncError> {
        let batch_size = match self.sync.settings.direction {
            Direction::ToRemote => self.sync.remote.abilities().delete_batch.max(1),
            Direction::FromRemote => LOCAL_BATCH,
        };
        let mut folders = Vec::new();
        let mut steps = deletes.into_items().map_err(SyncError::Scratch)?.peekable();
        while steps.peek().is_some() {
            let batch = steps.by_ref().take(batch_size).collect::<io::Result<Vec<_>>>();
            let mut files = Vec::new();
            for step in batch.map_err(SyncError::Scratch)? {
                match step {
                    Step::Delete { path, victim: Victim::Folder, .. } => folders.push(path),
                    Step::Delete { path, .. } => files.push(path),
                    _ => {}
                }
            }
            self.delete_batch(files).await?;
        }
        let Some(root) = self.root.clone().filter(|_| !folders.is_empty()) else { return Ok(()) };
        for (path, error) in tokio::task::spawn_blocking(move || Remover::folders(&root, folders)).await? {
            self.not_deleted(&path, &error);
        }
        Ok(())
    }

    fn not_deleted(&mut self, path: &RelativePath, error: &dyn std::error::Error) {
        let (path, error) = (path.to_string(), error.to_string());
        self.tally.failure(Failure { path, error, kind: FailureKind::Failed });
    }

    async fn delete_batch(&mut self, batch: Vec<RelativePath>) -> Result<(), SyncError> {
        let due = batch.len() as u64;
        let failed = tokio::select! {
            failed = self.delete(batch) => failed?,
            () = self.sync.stop.cancelled() => return Err(self.give_up(JoinSet::<()>::new(), None).await),
        };
        self.tally.report.deletes_held_back -= due;
        self.tally.deleted(due - (failed.len() as u64).min(due));
        for (path, error) in failed {
            let fatal = error.kind.is_fatal();
            self.not_deleted(&path, &error);
            if fatal {
                return Err(self.give_up(JoinSet::<()>::new(), Some(error)).await);
            }
        }
        Ok(())
    }

    async fn delete(&self, batch: Vec<RelativePath>) -> Result<Vec<NotDeleted>, SyncError> {
        let root: Option<Arc<LocalRoot>> = self.root.clone();
        // Where the manifest tells which folders there are, none goes because it is empty.
        let sweep = !self.faithful;
        match (self.sync.settings.direction, root) {
            (Direction::FromRemote, Some(root)) => {
                Ok(tokio::task::spawn_blocking(move || Remover::remove_all(&root, batch, sweep)).await?)
            }
            _ => Ok(self.sync.remote.delete(&batch).await),
        }
    }
}
