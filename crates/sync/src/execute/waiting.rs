//! Deletes on the remote that have to wait, and what has to wait with them.
//!
//! After a failure all do. Else those of old names: the file has another name here by now, and the remote does not have it
//! under that, because it could not be uploaded, or not yet.

use std::io;

use super::Execution;
use super::held_back::Staying;
use super::to_remote::Rest;
use crate::manifest::Record;
use crate::path::RelativePath;
use crate::plan::Step;
use crate::spool::{Sorter, Spool};

impl Execution<'_> {
    /// The deletes that are due, and those that wait. Ahead of `late` copies only those are due that are in the way of one:
    /// anything else may be the old name of such a file. Whoever has failed by now has copied everything that it could.
    pub(super) fn sort_deletes(
        &self,
        deletes: Spool<Step>,
        late: Option<&mut Spool<Step>>,
    ) -> io::Result<(Spool<Step>, Spool<Step>)> {
        let scratch = &self.sync.settings.scratch;
        let (mut due, mut waiting) = (Spool::new(scratch), Spool::new(scratch));
        let mut late = late.map(paths).transpose()?.map(Staying::new);
        let failed = self.tally.report.failed > 0;
        for step in deletes.into_items()? {
            let step = step?;
            let Step::Delete { path, victim, .. } = &step else { continue };
            let makes_room = match &mut late {
                Some(late) => late.stands_at(path, false)?,
                None => true,
            };
            let waits = failed || !makes_room || self.missed.may_have_been(victim);
            if waits { waiting.push(&step)? } else { due.push(&step)? }
        }
        Ok((due, waiting))
    }

    /// Takes what the steps say, but for what has to wait for deletes, which it gives back.
    pub(super) fn take_records(
        &mut self,
        steps: Spool<Step>,
        waiting: &mut Spool<Step>,
        records: &mut Sorter<Record>,
    ) -> io::Result<Spool<Step>> {
        let mut staying = Staying::new(paths(waiting)?);
        let mut left = Spool::new(&self.sync.settings.scratch);
        for step in steps.into_items()? {
            let Step::Attributes { record, reason } = step? else { continue };
            if staying.is_in_the_way(&record)? {
                left.push(&Step::Attributes { record, reason })?;
            } else {
                records.push(*record)?;
                self.tally.report.attributes += 1;
            }
        }
        Ok(left)
    }

    /// Where the remote keeps what it has, the index is to keep what it knows. After a failure it learns nothing at all.
    pub(super) fn note_waiting(&mut self, rest: Rest) -> io::Result<()> {
        if self.tally.report.failed > 0 {
            return Ok(());
        }
        for step in rest.deletes.into_items()?.chain(rest.attributes.into_items()?) {
            let step = step?;
            if let Step::Delete { path, .. } = &step {
                tracing::info!(%path, "stays on the remote until the file has gone there under its new name");
            }
            self.waiting.extend(step.path().cloned());
        }
        Ok(())
    }
}

/// Where these steps are done.
pub(super) fn paths(
    steps: &mut Spool<Step>,
) -> io::Result<impl Iterator<Item = io::Result<RelativePath>> + '_> {
    let path = |step: io::Result<Step>| step.map(|step| step.path().cloned()).transpose();
    Ok(steps.items()?.filter_map(path))
}
