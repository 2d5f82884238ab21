//! The end of a restore: folders, links, other names of one file, and attributes of what was here already.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustix::fs::FileType;
use rustix::io::Errno;

use super::Execution;
use crate::attributes::Loss;
use crate::engine::SyncError;
use crate::local::{Finisher, LocalError, LocalRoot};
use crate::manifest::{RemoteFile, What};
use crate::path::RelativePath;
use crate::plan::{CopyReason, DeepestFirst, Step};
use crate::report::{Failure, FailureKind};
use crate::spool::{Sorter, Spool};
use crate::timestamp::Timestamp;

/// Steps that go to the blocking thread together.
const BATCH: usize = 1_000;

impl Execution<'_> {
    pub(super) async fn finish_tree(
        &mut self,
        attributes: Spool<Step>,
        folders: Sorter<DeepestFirst>,
    ) -> Result<(), SyncError> {
        let Some(root) = self.root.clone() else { return Ok(()) };
        let mut untied = Spool::new(&self.sync.settings.scratch);
        let mut steps = attributes.into_items().map_err(SyncError::Scratch)?.peekable();
        while steps.peek().is_some() {
            self.check_stop().await?;
            let batch: Result<Vec<Step>, _> = steps.by_ref().take(BATCH).collect();
            let batch = batch.map_err(SyncError::Scratch)?;
            let root = Arc::clone(&root);
            let mut ended = tokio::task::spawn_blocking(move || make_all(&root, batch)).await?;
            for file in std::mem::take(&mut ended.untied) {
                let step =
                    Step::Download { file: Box::new(file), reason: CopyReason::Tied, after_deletes: false };
                untied.push(&step).map_err(SyncError::Scratch)?;
            }
            self.note(ended);
        }
        self.copy_all(untied, &mut Sorter::new(&self.sync.settings.scratch)).await?;
        // From here on nothing changes in a folder but what it is given itself.
        let locking = Arc::clone(&root);
        tokio::task::spawn_blocking(move || locking.lock_folders()).await?;
        let mut folders = folders.finish().map_err(SyncError::Scratch)?.peekable();
        while folders.peek().is_some() {
            self.check_stop().await?;
            let batch: Result<Vec<DeepestFirst>, _> = folders.by_ref().take(BATCH).collect();
            let batch = batch.map_err(SyncError::Scratch)?;
            let root = Arc::clone(&root);
            let ended = tokio::task::spawn_blocking(move || give_folders(&root, batch)).await?;
            self.note(ended);
        }
        tokio::task::spawn_blocking(move || root.flush()).await??;
        Ok(())
    }

    async fn check_stop(&mut self) -> Result<(), SyncError> {
        if self.sync.stop.is_cancelled() {
            return Err(self.give_up(tokio::task::JoinSet::<()>::new(), None).await);
        }
        Ok(())
    }

    fn note(&mut self, ended: Ended) {
        self.tally.report.attributes += ended.done;
        for loss in ended.losses {
            self.tally.report.losses.note(loss);
        }
        for (path, error) in ended.failed {
            let path = path.map_or_else(|| ".".to_owned(), |path| path.to_string());
            self.tally.failure(Failure { path, error: error.to_string(), kind: FailureKind::Failed });
        }
    }
}

/// What a batch came to.
#[derive(Default)]
struct Ended {
    done: u64,
    losses: Vec<Loss>,
    failed: Vec<(Option<RelativePath>, LocalError)>,
    /// Names that could not be tied to the file that they were tied to; each comes as a file of its own.
    untied: Vec<RemoteFile>,
}

impl Ended {
    fn take(
        &mut self,
        path: Option<RelativePath>,
        result: Result<impl IntoIterator<Item = Loss>, LocalError>,
    ) {
        match result {
            Ok(losses) => {
                self.done += 1;
                self.losses.extend(losses);
            }
            Err(error) => self.failed.push((path, error)),
        }
    }
}

fn make_all(root: &LocalRoot, steps: Vec<Step>) -> Ended {
    let finisher = Finisher::new(root);
    let mut ended = Ended::default();
    for step in steps {
        match step {
            Step::Tie { file, first } => match tie(&finisher, &file, &first) {
                Ok(losses) => ended.take(None, Ok(losses)),
                Err(error) if matches!(error.errno(), Some(Errno::STALE | Errno::NOENT)) => {
                    tracing::debug!(%error, "the names are not those of one file any more");
                    ended.untied.push(*file);
                }
                // It would come as a file of its own, and nobody would ever learn of it.
                Err(error) => ended.failed.push((Some(file.entry.path.clone()), error)),
            },
            Step::Attributes { record, .. } => {
                let path = record.path.clone();
                let result = match (&record.path, record.what) {
                    // Its attributes come with all other folders' in the end.
                    (Some(path), What::Folder(_)) => finisher.folder(path).map(|()| Default::default()),
                    (Some(path), What::SymbolicLink { target, attributes }) => {
                        finisher.link(path, &target, &attributes)
                    }
                    (Some(path), What::File(file)) => {
                        finisher.attributes(Some(path), FileType::RegularFile, &file.attributes)
                    }
                    _ => continue,
                };
                ended.take(path, result);
            }
            _ => {}
        }
    }
    ended
}

fn tie(
    finisher: &Finisher<'_>,
    file: &RemoteFile,
    first: &RelativePath,
) -> Result<BTreeSet<Loss>, LocalError> {
    let modified =
        file.record.as_ref().map_or(Timestamp::from_nanoseconds(0), |record| record.attributes.modified);
    finisher.tie(&file.entry.path, first, (file.entry.size, modified))
}

fn give_folders(root: &LocalRoot, folders: Vec<DeepestFirst>) -> Ended {
    let finisher = Finisher::new(root);
    let mut ended = Ended::default();
    for DeepestFirst(path, attributes) in folders {
        match finisher.attributes(path.0.as_ref(), FileType::Directory, &attributes) {
            Ok(losses) => ended.losses.extend(losses),
            Err(error) => ended.failed.push((path.0, error)),
        }
    }
    ended
}
