//! A plan carried out on the remote: copies, what the manifest learns, deletes, then what had to wait for them.

use crate::commit::Commit;
use crate::engine::SyncError;
use crate::head::{Head, State};
use crate::index::Row;
use crate::manifest::{Record, What};
use crate::plan::{Plan, Step, Victim};
use crate::report::{Report, Verdict};
use crate::spool::{Sorter, Spool};

use super::Execution;
use super::held_back::Staying;

/// What came of it.
pub(crate) struct Mirrored {
    pub(crate) report: Report,
    /// The head that was written, if one was.
    pub(crate) head: Option<Head>,
    /// For the index: what was uploaded.
    pub(crate) uploaded: Spool<Row>,
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
        let uploaded = self.uploaded;
        let Some(mut commit) = commit else { return Ok(Mirrored { report, head: None, uploaded }) };
        let good = report.verdict() != Verdict::Failed;
        if let Err(cause) = commit.publish(if good { State::Flushed } else { State::Open }).await {
            return Err(SyncError::GaveUp { cause, report: Box::new(report) });
        }
        if good {
            commit.remove_old_parts(&own).await;
        }
        Ok(Mirrored { report, head: Some(commit.into_head()), uploaded })
    }

    async fn all_steps(
        &mut self,
        mut plan: Plan,
        mut commit: Option<Commit>,
    ) -> Result<Option<Commit>, SyncError> {
        let scratch = self.sync.settings.scratch.clone();
        let (mut records, mut afterwards) = (Sorter::new(&scratch), Sorter::new(&scratch));
        self.copy_all(plan.copies, &mut records).await?;
        if let Some(commit) = &mut commit {
            let held_back = self.tally.report.failed > 0;
            let taken = take_records(plan.attributes, &mut plan.deletes, held_back, &mut records)?;
            self.tally.report.attributes += taken;
            if self.tally.report.failed == 0 {
                mark_deleted(&mut plan.deletes, &mut records, &mut afterwards)?;
            }
            take_tidy(plan.tidy, &mut records)?;
            commit.note(records).await?;
            // From here on a crash cannot bring back what is about to be deleted.
            if self.tally.report.failed == 0 && !plan.deletes.is_empty() {
                commit.publish(State::Open).await?;
            }
        }
        self.delete_or_hold_back(plan.deletes).await?;
        if self.tally.report.failed > 0 {
            // What is still there stays marked.
            afterwards = Sorter::new(&scratch);
        }
        self.copy_late(plan.late_copies, &mut afterwards).await?;
        if let Some(commit) = &mut commit
            && !afterwards.is_empty()
        {
            commit.note(afterwards).await?;
        }
        Ok(commit)
    }
}

/// Takes what the steps say, but for what has to wait for deletes that are held back. Tells how many were taken.
fn take_records(
    steps: Spool<Step>,
    deletes: &mut Spool<Step>,
    held_back: bool,
    records: &mut Sorter<Record>,
) -> Result<u64, SyncError> {
    let deletes = deletes.items().map_err(SyncError::Scratch)?.filter(|_| held_back);
    let mut staying = Staying::new(deletes.filter_map(|step| match step {
        Ok(Step::Delete { path, .. }) => Some(Ok(path)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    }));
    let mut taken = 0;
    for step in steps.into_items().map_err(SyncError::Scratch)? {
        if let Step::Attributes { record, .. } = step.map_err(SyncError::Scratch)?
            && !staying.is_in_the_way(&record).map_err(SyncError::Scratch)?
        {
            records.push(*record).map_err(SyncError::Scratch)?;
            taken += 1;
        }
    }
    Ok(taken)
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
        if let Step::Delete { path, victim: Victim::Object(entry), .. } = step.map_err(SyncError::Scratch)? {
            let path = Some(path);
            let what = What::Deleted { size: entry.size, stored: entry.into() };
            records.push(Record { path: path.clone(), what }).map_err(SyncError::Scratch)?;
            afterwards.push(Record { path, what: What::Absent }).map_err(SyncError::Scratch)?;
        }
    }
    Ok(())
}
