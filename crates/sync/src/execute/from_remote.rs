//! A plan carried out on the local tree: copies, deletes, late copies, then folders, links and attributes.

use std::io;
use std::sync::Arc;

use crate::attributes;
use crate::engine::SyncError;
use crate::local::{LocalRoot, Remover};
use crate::manifest::Record;
use crate::path::RelativePath;
use crate::plan::{Plan, Step};
use crate::report::Report;
use crate::spool::Sorter;
use crate::unfinished::Unfinished;

use super::Execution;

/// What came of a restore.
pub(crate) struct Restored {
    pub(crate) report: Report,
    /// Files that no record describes, as they are here now.
    pub(crate) brought: Sorter<Record>,
}

impl Execution<'_> {
    /// Runs to the end, or to the first error after which nothing can go well.
    pub(crate) async fn restore(mut self, mut plan: Plan) -> Result<Restored, SyncError> {
        self.begin(&mut plan);
        let mut brought = std::mem::replace(&mut plan.brought, Sorter::new(&self.sync.settings.scratch));
        // Where nothing is to be done nothing is touched, not even the time of a folder.
        let idle = plan.is_empty() && plan.leftovers.is_empty();
        let leftovers = self.sort_out(&mut plan).map_err(SyncError::Scratch)?;
        if let Some(root) = self.root.clone() {
            root.unlock_folders();
            remove_leftovers(&root, &leftovers);
            if self.faithful && !idle {
                warn_of_losses(&root);
            }
        }
        let failures = std::mem::take(&mut plan.failures);
        let conflicts = plan.totals.conflicts;
        let restored = self.restore_all(plan, &mut brought, idle).await;
        if let Some(root) = self.root.clone() {
            tokio::task::spawn_blocking(move || root.lock_folders()).await?;
        }
        if let Err(error) = restored {
            return Err(self.with_report(error));
        }
        for failure in failures {
            self.tally.failure(failure);
        }
        self.tally.report.conflicts = conflicts;
        self.judge_losses();
        Ok(Restored { report: std::mem::take(&mut self.tally.report), brought })
    }

    /// Looks at what earlier restores left. Gives what is of no use.
    fn sort_out(&mut self, plan: &mut Plan) -> io::Result<Vec<RelativePath>> {
        let leftovers = std::mem::take(&mut plan.leftovers);
        let Some(file) = &self.sync.settings.unfinished_file else { return Ok(leftovers) };
        let unfinished = Arc::new(Unfinished::open(file, self.sync.remote.label()));
        let mut wanted = Vec::new();
        if !unfinished.is_empty() {
            for step in plan.steps()? {
                match step? {
                    Step::Download { file, .. } if unfinished.knows(&file.entry) => wanted.push(file.entry),
                    _ => {}
                }
            }
        }
        let useless = unfinished.sort_out(&wanted, leftovers);
        self.unfinished = Some(unfinished);
        Ok(useless)
    }

    async fn restore_all(
        &mut self,
        plan: Plan,
        brought: &mut Sorter<Record>,
        idle: bool,
    ) -> Result<(), SyncError> {
        self.copy_all(plan.copies, brought).await?;
        self.delete_or_hold_back(plan.deletes).await?;
        self.copy_late(plan.late_copies, brought).await?;
        if self.faithful && !idle {
            self.finish_tree(plan.attributes, plan.folders).await?;
        }
        Ok(())
    }
}

fn remove_leftovers(root: &LocalRoot, leftovers: &[RelativePath]) {
    let mut remover = Remover::new(root);
    for path in leftovers {
        match remover.file(path) {
            Ok(()) => tracing::info!(%path, "removed a leftover of an earlier restore"),
            Err(error) => tracing::warn!(%error, "a leftover of an earlier restore stays"),
        }
    }
    remover.finish();
}

/// Says once what this file system cannot hold at all.
fn warn_of_losses(root: &Arc<LocalRoot>) {
    match attributes::probe(std::os::fd::AsFd::as_fd(&**root)) {
        Ok(holds) => {
            if let Some(warning) = holds.warning() {
                tracing::warn!("{}: {warning}", root.path().display());
            }
        }
        Err(errno) => tracing::debug!(%errno, "what the target can hold could not be found out"),
    }
}
