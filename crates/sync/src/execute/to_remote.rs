//! A plan carried out on the remote: copies, what the manifest learns, deletes, then what had to wait for them.

use std::collections::HashSet;

use crate::commit::Commit;
use crate::engine::SyncError;
use crate::head::{Head, State};
use crate::index::Row;
use crate::manifest::{Record, What};
use crate::path::RelativePath;
use crate::plan::{Plan, Step, Victim};
use crate::report::{Report, Verdict};
use crate::spool::{Sorter, Spool};

use super::Execution;

/// What came of it.
pub(crate) struct Mirrored {
    pub(crate) report: Report,
    /// The head that was written, if one was.
    pub(crate) head: Option<Head>,
    /// For the index: what was uploaded.
    pub(crate) uploaded: Spool<Row>,
    /// Where the remote keeps what it had, although a delete was due: the index keeps what it knew of these.
    pub(crate) waiting: HashSet<RelativePath>,
}

impl Execution<'_> {
    /// Runs to the end, or to the first error after which nothing can go well. `commit` is `None` when nothing of ours
    /// goes to the remote. Gives the head that it wrote in the end.
    pub(crate) async fn mirror(
        mut self,
        mut plan: Plan,
        commit: Option<Commit>,
    ) -> Result<Mirrored, SyncError> {
        self.begin(&mut plan);
        let own = std::mem::take(&mut plan.own);
        let failures = std::mem::take(&mut plan.failures);
        let ended = self.all_steps(plan, commit).await;
        let commit = match ended {
            Ok(commit) => commit,
            Err(error) => return Err(self.with_report(error)),
        };
        for failure in failures {
            self.tally.failure(failure);
        }
        let report = std::mem::take(&mut self.tally.report);
        let (uploaded, waiting) = (self.uploaded, self.waiting);
        let Some(mut commit) = commit else {
            return Ok(Mirrored { report, head: None, uploaded, waiting });
        };
        let good = report.verdict() != Verdict::Failed;
        if let Err(cause) = commit.publish(if good { State::Flushed } else { State::Open }).await {
            return Err(SyncError::GaveUp { cause, report: Box::new(report) });
        }
        if good {
            commit.remove_old_parts(&own).await;
        }
        Ok(Mirrored { report, head: Some(commit.into_head()), uploaded, waiting })
    }

    async fn all_steps(
        &mut self,
        plan: Plan,
        mut commit: Option<Commit>,
    ) -> Result<Option<Commit>, SyncError> {
        let scratch = self.sync.settings.scratch.clone();
        let (mut records, mut afterwards) = (Sorter::new(&scratch), Sorter::new(&scratch));
        self.copy_all(plan.copies, &mut records).await?;
        let (mut due, mut waiting) = self.sort_deletes(plan.deletes).map_err(SyncError::Scratch)?;
        if let Some(commit) = &mut commit {
            let taken = self.take_records(plan.attributes, &mut waiting, &mut records);
            self.tally.report.attributes += taken.map_err(SyncError::Scratch)?;
            mark_deleted(&mut due, &mut records, &mut afterwards)?;
            take_tidy(plan.tidy, &mut records)?;
            commit.note(records).await?;
            // From here on a crash cannot bring back what is about to be deleted.
            if !due.is_empty() {
                commit.publish(State::Open).await?;
            }
        }
        self.delete_or_hold_back(due).await?;
        if self.tally.report.failed > 0 {
            // What is still there stays marked.
            afterwards = Sorter::new(&scratch);
        }
        let (free, blocked) =
            self.sort_late_copies(plan.late_copies, &mut waiting).map_err(SyncError::Scratch)?;
        self.copy_late(free, &mut afterwards).await?;
        self.blocked(blocked)?;
        if let Some(commit) = &mut commit
            && !afterwards.is_empty()
        {
            commit.note(afterwards).await?;
        }
        Ok(commit)
    }
}

fn take_tidy(tidy: Spool<Record>, records: &mut Sorter<Record>) -> Result<(), SyncError> {
    for record in tidy.into_items().map_err(SyncError::Scratch)? {
        records.push(record.map_err(SyncError::Scratch)?).map_err(SyncError::Scratch)?;
    }
    Ok(())
}

/// Says of each object that it is to go, so that it is known as deleted while it is still there. Once it is gone nothing is
/// said any more: whoever puts the same content there again means it.
fn mark_deleted(
    deletes: &mut Spool<Step>,
    records: &mut Sorter<Record>,
    afterwards: &mut Sorter<Record>,
) -> Result<(), SyncError> {
    for step in deletes.items().map_err(SyncError::Scratch)? {
        if let Step::Delete { path, victim: Victim::Object { entry, .. }, .. } =
            step.map_err(SyncError::Scratch)?
        {
            let path = Some(path);
            let what = What::Deleted { size: entry.size, stored: entry.into() };
            records.push(Record { path: path.clone(), what }).map_err(SyncError::Scratch)?;
            afterwards.push(Record { path, what: What::Absent }).map_err(SyncError::Scratch)?;
        }
    }
    Ok(())
}
