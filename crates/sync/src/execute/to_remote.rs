//! A plan carried out on the remote: copies, what the manifest learns, deletes, and what had to wait for some of them.

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

/// What of a plan takes away or replaces something, and is not done yet.
pub(super) struct Rest {
    pub(super) deletes: Spool<Step>,
    /// For the manifest.
    pub(super) attributes: Spool<Step>,
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

    /// Copies, deletes, and between two rounds of these the late copies. What has another name by now goes after they are there,
    /// because until then its old name is all that the remote has of it.
    async fn all_steps(
        &mut self,
        plan: Plan,
        mut commit: Option<Commit>,
    ) -> Result<Option<Commit>, SyncError> {
        let mut records = Sorter::new(&self.sync.settings.scratch);
        self.copy_all(plan.copies, &mut records).await?;
        take_tidy(plan.tidy, &mut records)?;
        let mut rest = Rest { deletes: plan.deletes, attributes: plan.attributes };
        if !plan.late_copies.is_empty() {
            let mut late = self.readable(plan.late_copies).await?;
            (rest, records) = self.round(rest, Some(&mut late), records, &mut commit).await?;
            let (free, blocked) =
                self.sort_late_copies(late, &mut rest.deletes).map_err(SyncError::Scratch)?;
            self.copy_late(free, &mut records).await?;
            self.blocked(blocked)?;
        }
        let (rest, records) = self.round(rest, None, records, &mut commit).await?;
        self.note_waiting(rest).map_err(SyncError::Scratch)?;
        if let Some(commit) = &mut commit
            && !records.is_empty()
        {
            commit.note(records).await?;
        }
        Ok(commit)
    }

    /// A round of deletes, and what the manifest has to know before them; ahead of `late` copies only those that make room for
    /// these. Gives what is still to be done, and what the manifest is to know after it.
    async fn round(
        &mut self,
        rest: Rest,
        late: Option<&mut Spool<Step>>,
        mut records: Sorter<Record>,
        commit: &mut Option<Commit>,
    ) -> Result<(Rest, Sorter<Record>), SyncError> {
        let scratch = self.sync.settings.scratch.clone();
        let (mut afterwards, mut attributes) = (Sorter::new(&scratch), rest.attributes);
        let copies_follow = late.is_some();
        let (mut due, mut deletes) = self.sort_deletes(rest.deletes, late).map_err(SyncError::Scratch)?;
        if let Some(commit) = commit {
            let taken = self.take_records(attributes, &mut deletes, &mut records);
            attributes = taken.map_err(SyncError::Scratch)?;
            mark_deleted(&mut due, &mut records, &mut afterwards)?;
            commit.note(records).await?;
            // From here on a crash cannot bring back what is about to be deleted, nor a link in the way of what is about to come.
            if !due.is_empty() || copies_follow {
                commit.publish(State::Open).await?;
            }
        }
        self.delete_or_hold_back(due).await?;
        if self.tally.report.failed > 0 {
            // What is still there stays marked.
            afterwards = Sorter::new(&scratch);
        }
        Ok((Rest { deletes, attributes }, afterwards))
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
