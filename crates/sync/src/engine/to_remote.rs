//! A plan carried out on the remote, between the two heads that enclose it.

use std::sync::Arc;

use super::volume::Volume;
use super::{Sync, SyncError};
use crate::commit::Commit;
use crate::execute::Execution;
use crate::head::{Head, State};
use crate::local::LocalRoot;
use crate::manifest::Manifest;
use crate::plan::Plan;
use crate::report::{Report, Verdict};

impl Sync {
    pub(super) async fn upload(
        &self,
        plan: Plan,
        root: Option<Arc<LocalRoot>>,
        previous: Option<Head>,
        manifest: Manifest,
        volume: Volume,
    ) -> Result<Report, SyncError> {
        let changes = !plan.is_empty();
        if changes {
            self.remote.prepare().await?;
        }
        let unfinished = previous.as_ref().is_some_and(|head| head.state == State::Open);
        let commit = if !self.settings.plain && (changes || unfinished) {
            let next = Head::next(previous.as_ref());
            volume.syncing(root.as_deref(), previous.as_ref(), &next)?;
            let (remote, scratch) = (Arc::clone(&self.remote), self.settings.scratch.clone());
            Some(Commit::open(remote, previous.as_ref(), next, manifest, plan.has_parts(), scratch).await?)
        } else {
            None
        };
        let faithful = commit.is_some();
        let (report, head) = Execution::new(self, root.clone(), faithful).mirror(plan, commit).await?;
        if report.verdict() != Verdict::Failed && !self.settings.plain {
            volume.synced(root.as_deref(), previous.as_ref(), head.as_ref());
        }
        Ok(report)
    }
}
