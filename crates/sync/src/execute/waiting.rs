//! Deletes on the remote that have to wait, and what has to wait with them.
//!
//! After a failure all do. Else those of old names: the file has another name here by now, and the remote does not have it
//! under that, because it could not be uploaded.

use std::io;

use super::Execution;
use super::held_back::Staying;
use crate::manifest::Record;
use crate::path::RelativePath;
use crate::plan::Step;
use crate::spool::{Sorter, Spool};

impl Execution<'_> {
    /// The deletes that are due, and those that wait. Whoever has failed by now has copied everything that it could.
    pub(super) fn sort_deletes(&mut self, deletes: Spool<Step>) -> io::Result<(Spool<Step>, Spool<Step>)> {
        let scratch = &self.sync.settings.scratch;
        let (mut due, mut waiting) = (Spool::new(scratch), Spool::new(scratch));
        let failed = self.tally.report.failed > 0;
        for step in deletes.into_items()? {
            let step = step?;
            let Step::Delete { path, victim, .. } = &step else { continue };
            if failed {
                waiting.push(&step)?;
            } else if self.missed.may_have_been(victim) {
                tracing::info!(%path, "stays on the remote until the file has gone there under its new name");
                self.waiting.insert(path.clone());
                waiting.push(&step)?;
            } else {
                due.push(&step)?;
            }
        }
        Ok((due, waiting))
    }

    /// Takes what the steps say, but for what has to wait for deletes. Tells how many were taken.
    pub(super) fn take_records(
        &mut self,
        steps: Spool<Step>,
        waiting: &mut Spool<Step>,
        records: &mut Sorter<Record>,
    ) -> io::Result<u64> {
        let mut staying = Staying::new(paths(waiting)?);
        let mut taken = 0;
        for step in steps.into_items()? {
            let Step::Attributes { record, .. } = step? else { continue };
            if staying.is_in_the_way(&record)? {
                self.waiting.extend(record.path);
            } else {
                records.push(*record)?;
                taken += 1;
            }
        }
        Ok(taken)
    }

    /// The late copies that nothing is in the way of any more, and those that wait.
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

fn paths(waiting: &mut Spool<Step>) -> io::Result<impl Iterator<Item = io::Result<RelativePath>> + '_> {
    let path = |step: io::Result<Step>| match step {
        Ok(Step::Delete { path, .. }) => Some(Ok(path)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    };
    Ok(waiting.items()?.filter_map(path))
}
