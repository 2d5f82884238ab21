//! Copies to the remote that something there is in the way of.

use std::io;
use std::sync::Arc;

use super::Execution;
use super::held_back::Staying;
use super::upload::unopened;
use super::waiting::paths;
use crate::engine::SyncError;
use crate::local::{LocalError, LocalRoot};
use crate::plan::Step;
use crate::spool::Spool;

/// How many files are opened in one go.
const BATCH: usize = 1_000;

impl Execution<'_> {
    /// Those whose files can be opened. The old name of a file may itself be in the way of the new one: then it has to go first,
    /// and does so only where there is something to come.
    pub(super) async fn readable(&mut self, copies: Spool<Step>) -> Result<Spool<Step>, SyncError> {
        let Some(root) = self.root.clone() else { return Ok(copies) };
        let mut readable = Spool::new(&self.sync.settings.scratch);
        let mut steps = copies.into_items().map_err(SyncError::Scratch)?.peekable();
        while steps.peek().is_some() {
            let batch = steps.by_ref().take(BATCH).collect::<io::Result<Vec<_>>>();
            let (batch, root) = (batch.map_err(SyncError::Scratch)?, Arc::clone(&root));
            let opened = tokio::task::spawn_blocking(move || open_all(&root, batch)).await?;
            for (step, opened) in opened {
                match opened {
                    Ok(()) => readable.push(&step).map_err(SyncError::Scratch)?,
                    Err(error) => self.cannot_open(&step, &error),
                }
            }
        }
        Ok(readable)
    }

    fn cannot_open(&mut self, step: &Step, error: &LocalError) {
        self.missed.note_upload(step);
        // Everything else goes on.
        let _ = self.tally.copied(step.path(), unopened(error));
    }

    /// The late copies that nothing is in the way of any more, and those that wait with what is.
    pub(super) fn sort_late_copies(
        &self,
        copies: Spool<Step>,
        waiting: &mut Spool<Step>,
    ) -> io::Result<(Spool<Step>, Spool<Step>)> {
        let scratch = &self.sync.settings.scratch;
        let (mut free, mut blocked) = (Spool::new(scratch), Spool::new(scratch));
        let mut staying = Staying::new(paths(waiting)?);
        for step in copies.into_items()? {
            let step = step?;
            let Some(path) = step.path() else { continue };
            if staying.stands_at(path, false)? { blocked.push(&step)? } else { free.push(&step)? }
        }
        Ok((free, blocked))
    }
}

fn open_all(root: &LocalRoot, steps: Vec<Step>) -> Vec<(Step, Result<(), LocalError>)> {
    let open = |step: Step| {
        let opened = step.path().map_or(Ok(()), |path| root.open_file(path).map(drop));
        (step, opened)
    };
    steps.into_iter().map(open).collect()
}
