//! A plan carried out on the remote, between the two heads that enclose it.

use std::io;
use std::sync::Arc;

use super::last_sync::{LastSync, Learned};
use super::volume::Volume;
use super::{Basics, Sync, SyncError};
use crate::commit::Commit;
use crate::execute::{Execution, Mirrored};
use crate::head::{Head, State};
use crate::local::LocalRoot;
use crate::manifest::Record;
use crate::path::RelativePath;
use crate::plan::Plan;
use crate::report::{Report, Verdict};
use crate::spool::Spool;

impl Sync {
    pub(super) async fn upload(
        &self,
        basics: Basics,
        root: Option<Arc<LocalRoot>>,
        mut last: Option<LastSync>,
        mut volume: Volume,
    ) -> Result<Report, SyncError> {
        let Basics { mut plan, head: previous, manifest } = basics;
        let scratch = &self.settings.scratch;
        let learned =
            (std::mem::replace(&mut plan.rows, Spool::new(scratch)), plan.incomplete, plan.doubtful);
        let changes = !plan.is_empty();
        let unfinished = previous.as_ref().is_some_and(|head| head.state == State::Open);
        if changes || unfinished {
            last = match last {
                Some(last) => last.begin().await,
                None => None,
            };
        }
        // Where a head is, everything else is ready.
        if changes && !previous.as_ref().is_some_and(Head::is_known) {
            self.remote.prepare().await?;
        }
        let commit = if !self.settings.plain && (changes || unfinished) {
            let next = Head::next(previous.as_ref());
            volume.syncing(root.as_deref(), previous.as_ref(), &next)?;
            let (remote, scratch) = (Arc::clone(&self.remote), scratch.clone());
            Some(Commit::open(remote, previous.as_ref(), next, manifest, plan.has_parts(), scratch).await?)
        } else {
            None
        };
        if changes || unfinished {
            self.remote.tidy(&deleted_before(&mut plan)?).await;
        }
        let faithful = commit.is_some();
        let execution = Execution::new(self, root.clone(), faithful);
        let Mirrored { report, head, uploaded, waiting } = execution.mirror(plan, commit).await?;
        if report.verdict() != Verdict::Failed && !self.settings.plain {
            volume.synced(root.as_deref(), previous.as_ref(), head.as_ref());
        }
        if let Some(last) = last {
            let (rows, incomplete, doubtful) = learned;
            let learned = Learned { rows, uploaded, waiting, incomplete, doubtful };
            last.end(learned, head.or(previous).as_ref(), &report).await;
        }
        Ok(report)
    }
}

/// Files that a run deleted which was killed before it could forget them.
fn deleted_before(plan: &mut Plan) -> Result<Vec<RelativePath>, SyncError> {
    let path = |record: io::Result<Record>| record.map(|record| record.path).transpose();
    let records = plan.tidy.items().map_err(SyncError::Scratch)?;
    records.filter_map(path).collect::<io::Result<_>>().map_err(SyncError::Scratch)
}
